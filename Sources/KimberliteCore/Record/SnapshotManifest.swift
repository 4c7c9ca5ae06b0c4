// SPDX-License-Identifier: Apache-2.0
// The last file of a snapshot: which records the archive holds and what each of its files must
// be. kb-snapshot(1), ARCHIVE FORMAT. Encode and decode are exact inverses: each line is written
// in one way only.

/// What a snapshot holds.
public struct SnapshotManifest: Sendable, Equatable {
  /// A file of the archive.
  public struct File: Sendable, Equatable {
    /// Its name in the archive: `segments/00000000000000000000.kbl`.
    public var name: String
    /// Its bytes.
    public var byteCount: UInt64
    /// SHA-256 of its bytes.
    public var digest: Digest

    /// A file of known parts.
    public init(name: String, byteCount: UInt64, digest: Digest) {
      self.name = name
      self.byteCount = byteCount
      self.digest = digest
    }
  }

  /// The log.
  public var logID: LogID
  /// Records before the archive: 0 in a full one, else what an increment continues.
  ///
  /// The roots of the perfect subtrees over them make the archive's root provable without them.
  public var before: CompactRange
  /// The hash of the last record before the archive; zero for a full one.
  public var previous: Digest
  /// Records of the log up to the end of the archive.
  public var size: UInt64
  /// The hash of the last record; zero where there is none.
  public var hash: Digest
  /// The timestamp of the last record; 0 where there is none.
  ///
  /// Nanoseconds since 1970.
  public var timestamp: UInt64
  /// The Merkle root over all records.
  public var root: Digest
  /// The files before this one, in order.
  public var files: [File]

  /// The version of the archive's format.
  public static let version: UInt64 = 1
  /// Bytes of the longest manifest: a line is below 300 bytes, and a log of terabytes has less than
  /// 100 000 segments.
  public static let byteCountMax = 64 << 20

  /// A manifest of known parts.
  public init(
    logID: LogID, before: CompactRange, previous: Digest, size: UInt64, hash: Digest,
    timestamp: UInt64, root: Digest, files: [File]
  ) {
    self.logID = logID
    self.before = before
    self.previous = previous
    self.size = size
    self.hash = hash
    self.timestamp = timestamp
    self.root = root
    self.files = files
  }

  /// The offset of the first record.
  public var first: UInt64 { before.end }
  /// Whether the archive holds the log from its first record on.
  public var isComplete: Bool { first == 0 }

  // MARK: Text

  /// The lines: JSON objects, the archive's first, then one for each file.
  public var text: String {
    let edge = before.hashes.map { "\"\($0.hex)\"" }.joined(separator: ",")
    var text =
      "{\"type\":\"snapshot\",\"format\":\(Self.version),\"log\":\"\(logID.hex)\",\"complete\":\(isComplete),\"first\":\(first),\"previous\":\"\(previous.hex)\",\"before\":[\(edge)],\"size\":\(size),\"hash\":\"\(hash.hex)\",\"timestamp\":\"\(Self.time(timestamp))\",\"root\":\"\(root.hex)\"}\n"
    for file in files {
      text +=
        "{\"type\":\"file\",\"name\":\"\(file.name)\",\"bytes\":\(file.byteCount),\"sha256\":\"\(file.digest.hex)\"}\n"
    }
    return text
  }

  /// Reads the lines as `text` writes them.
  public init(text: String) throws(FormatError) {
    var cursor = ManifestCursor(text)
    try cursor.take("{\"type\":\"snapshot\",\"format\":")
    let start = cursor.position
    let version = try cursor.number()
    guard version == Self.version else {
      throw FormatError(
        at: start, "the snapshot's format version is \(version)", version: Int(version))
    }
    try cursor.take(",\"log\":\"")
    guard let logID = LogID(hex: try cursor.text()) else { throw cursor.fault("a log id") }
    try cursor.take(",\"complete\":")
    let isComplete = cursor.accept("true")
    if !isComplete { try cursor.take("false") }
    try cursor.take(",\"first\":")
    let first = try cursor.number()
    guard isComplete == (first == 0) else { throw cursor.fault("an offset that fits complete") }
    try cursor.take(",\"previous\":\"")
    let previous = try cursor.digest()
    try cursor.take(",\"before\":[")
    var edge: [Digest] = []
    while cursor.accept("\"") {
      edge.append(try cursor.digest())
      if !cursor.accept(",") { break }
    }
    try cursor.take("],\"size\":")
    guard let before = CompactRange(size: first, edge: edge) else {
      throw cursor.fault("a hash for each subtree before")
    }
    let size = try cursor.number()
    try cursor.take(",\"hash\":\"")
    let hash = try cursor.digest()
    try cursor.take(",\"timestamp\":\"")
    guard let timestamp = Self.timestamp(try cursor.text()) else { throw cursor.fault("a time") }
    try cursor.take(",\"root\":\"")
    let root = try cursor.digest()
    try cursor.take("}\n")
    guard size >= first else { throw cursor.fault("a size of at least \(first)") }
    var files: [File] = []
    while !cursor.isAtEnd { files.append(try cursor.file()) }
    self.init(
      logID: logID, before: before, previous: previous, size: size, hash: hash,
      timestamp: timestamp, root: root, files: files)
    if self.text != text { throw FormatError(at: 0, "a line is not written as it must be") }
  }

  /// RFC 3339 with all nine digits.
  static func time(_ nanoseconds: UInt64) -> String {
    let second = Int64(nanoseconds / 1_000_000_000) * 1_000_000
    let fraction = String(1_000_000_000 + nanoseconds % 1_000_000_000).dropFirst()
    return "\(SQLType.timestamptz.format(.integer(second)).dropLast()).\(fraction)Z"
  }

  private static func timestamp(_ text: String) -> UInt64? {
    guard text.utf8.count == 30, text.hasSuffix("Z"),
      let fraction = UInt64(text.dropLast().suffix(9)),
      case .integer(let second)? = try? SQLType.timestamptz.parse(text.prefix(19) + "Z"),
      second >= 0
    else { return nil }
    let nanoseconds = UInt64(second) * 1000 + fraction
    return time(nanoseconds) == text ? nanoseconds : nil
  }
}

/// Reads a manifest from the front.
private struct ManifestCursor {
  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  var isAtEnd: Bool { position == bytes.count }

  func fault(_ wanted: String) -> FormatError {
    FormatError(at: position, "\(wanted) should be here")
  }

  mutating func accept(_ literal: String) -> Bool {
    guard bytes[position...].starts(with: literal.utf8) else { return false }
    position += literal.utf8.count
    return true
  }

  mutating func take(_ literal: String) throws(FormatError) {
    guard accept(literal) else { throw fault("'\(literal)'") }
  }

  mutating func number() throws(FormatError) -> UInt64 {
    let digits = bytes[position...].prefix { $0.isDigit }
    // Below 2^62, as every number of a record: arithmetic on them is safe.
    guard let value = UInt64(String(decoding: digits, as: UTF8.self)), value < 1 << 62 else {
      throw fault("a number")
    }
    position += digits.count
    return value
  }

  /// The rest of a string, with its closing quote; names and times need no escapes.
  mutating func text() throws(FormatError) -> String {
    let text = bytes[position...].prefix { $0 != UInt8(ascii: "\"") && $0 > 0x20 && $0 < 0x7f }
    position += text.count
    try take("\"")
    return String(decoding: text, as: UTF8.self)
  }

  mutating func digest() throws(FormatError) -> Digest {
    guard let digest = Digest(hex: try text()) else { throw fault("a hash before") }
    return digest
  }

  mutating func file() throws(FormatError) -> SnapshotManifest.File {
    try take("{\"type\":\"file\",\"name\":\"")
    let name = try text()
    try take(",\"bytes\":")
    let byteCount = try number()
    try take(",\"sha256\":\"")
    let digest = try digest()
    try take("}\n")
    return SnapshotManifest.File(name: name, byteCount: byteCount, digest: digest)
  }
}
