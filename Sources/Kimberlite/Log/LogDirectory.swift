// SPDX-License-Identifier: Apache-2.0
// The names in a log directory and the two small things there: segments' headers and the
// checkpoint. kb-log(5), Files.

internal import Glibc
package import KimberliteCore

/// A log directory on a disk.
package struct LogDirectory: Sendable {
  let path: String
  let disk: any Disk
  let keys: KeyRing

  package init(path: String, disk: any Disk, key: MasterKey? = nil) {
    self.path = path
    self.disk = disk
    keys = KeyRing(of: path, disk: disk, master: key)
  }

  static let segmentsName = "segments"
  static let checkpointName = "checkpoint"
  static let lockName = "lock"
  static let anchorsName = "anchors"
  static let ordersName = "orders"
  static let chainsName = "chains"
  static let linkSuffix = ".link"
  static let suffix = ".kbl"
  static let temporarySuffix = ".tmp"

  /// Bytes whose CRC is looked at before memory is taken for them.
  ///
  /// A file may be long and hold nothing. Beyond what is usual, so that hardly anything is read
  /// twice.
  static let largeByteCount = 8 << 20

  var segmentsPath: String { "\(path)/\(Self.segmentsName)" }
  var checkpointPath: String { "\(path)/\(Self.checkpointName)" }
  var lockPath: String { "\(path)/\(Self.lockName)" }

  /// The directory that the log directory's name stands in.
  var parentPath: String {
    let trimmed = path.dropLast(path.utf8.reversed().prefix { $0 == UInt8(ascii: "/") }.count)
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }

  /// The path of a segment relative to the log directory, as messages name it.
  static func segmentName(_ firstOffset: UInt64) -> String {
    let digits = String(firstOffset)
    let zeros = String(repeating: "0", count: 20 - digits.utf8.count)
    return "\(segmentsName)/\(zeros)\(digits)\(suffix)"
  }

  func segmentPath(_ firstOffset: UInt64) -> String {
    "\(path)/\(Self.segmentName(firstOffset))"
  }

  /// The first offset that a file name of `segments/` states; `nil` for a stray file.
  static func firstOffset(of name: String) -> UInt64? {
    guard name.hasSuffix(suffix), name.utf8.count == 20 + suffix.utf8.count,
      let offset = UInt64(name.dropLast(suffix.utf8.count)),
      segmentName(offset) == "\(segmentsName)/\(name)"
    else { return nil }
    return offset
  }

  /// The first offsets of the segments, ascending.
  func segments() throws(LogError) -> [UInt64] {
    try disk.list(segmentsPath).compactMap(Self.firstOffset).sorted()
  }

  /// Whether a name in a log directory is one that the tools give.
  static func mayHold(_ name: String) -> Bool {
    let own = [
      checkpointName, lockName, segmentsName, TreeFiles.name, anchorsName, ordersName,
      Keystore.name, LogKeys.verifierName, LogKeys.signingName, Denylist.name, chainsName,
      AccessLog.directoryName, "socket",
    ]
    // The view with what SQLite puts beside it, and one that it is held against.
    let view = ["", "-wal", "-shm", "-journal"].map { View.name + $0 }
    return (own + view).contains(name) || name.hasSuffix(temporarySuffix)
      || name.hasPrefix(View.scratchName)
  }

  /// Whether a log may be made here: nothing is here, or what an interrupted creation left.
  func isVacant() throws(LogError) -> Bool {
    // The checkpoint is made last: with it, this is a log.
    let keys = [Keystore.name, LogKeys.verifierName, LogKeys.signingName]
    let own =
      [
        Self.lockName, Self.segmentsName, TreeFiles.name,
        Self.checkpointName + Self.temporarySuffix,
      ] + keys
      + keys.map { $0 + Self.temporarySuffix }
    guard try disk.list(path).allSatisfy(own.contains) else { return false }
    guard try disk.exists(segmentsPath) else { return true }
    for name in try disk.list(segmentsPath) where !name.hasSuffix(Self.temporarySuffix) {
      guard Self.firstOffset(of: name) == 0 else { return false }
      let byteCount = try disk.open(segmentPath(0), .read).byteCount()
      // No frame is as short as the key block that may be there.
      guard byteCount >= UInt64(SegmentHeader.fixedByteCount),
        byteCount <= UInt64(SegmentHeader.byteCountMax)
      else { return false }
    }
    return true
  }

  /// Throws unless the directory is a log.
  func requireLog() throws(LogError) {
    guard try disk.exists(path) else {
      throw .io(operation: "open", path: path, code: ENOENT)
    }
    guard try disk.exists(segmentsPath) else {
      throw .notALog(path: path, why: "it has no '\(Self.segmentsName)'")
    }
    if try !disk.exists(checkpointPath), try isVacant() {
      throw .notALog(path: path, why: "its creation did not come to its end; create it again")
    }
  }

  /// Reads the checkpoint; a log without one is damaged.
  package func checkpoint() throws(LogError) -> Checkpoint { try signedCheckpoint().checkpoint }

  /// Reads the checkpoint with its signatures, which are not checked.
  package func signedCheckpoint() throws(LogError) -> SignedCheckpoint {
    func damaged(_ what: String, at position: Int? = nil) -> LogError {
      .damaged(
        Damage(file: Self.checkpointName, position: position.map(UInt64.init), what: what))
    }
    guard try disk.exists(checkpointPath) else { throw damaged("the checkpoint is missing") }
    let file = try disk.open(checkpointPath, .read)
    var bytes = ByteBuffer()
    try file.read(at: 0, count: Checkpoint.byteCountMax + 1, into: &bytes)
    guard bytes.count <= Checkpoint.byteCountMax,
      let text = String(validating: bytes.array(), as: UTF8.self)
    else {
      throw damaged("the checkpoint is not text", at: bytes.array().firstIndex { $0 > 127 } ?? 0)
    }
    do {
      return try SignedCheckpoint(text: text)
    } catch {
      throw damaged(error.what, at: error.position)
    }
  }

  /// Replaces the checkpoint.
  ///
  /// Its content is durable before its name is, so no crash leaves half of one. Only `isDurable`
  /// waits for the name too: a lost renewal leaves an older checkpoint, which is as true.
  func write(_ checkpoint: SignedCheckpoint, isDurable: Bool) throws(LogError) {
    try disk.replace(checkpointPath, with: Array(checkpoint.text.utf8).span)
    if isDurable { try disk.synchronizeDirectory(path) }
  }

  /// Opens a segment and reads its header.
  func openSegment(
    _ firstOffset: UInt64, _ access: FileAccess = .read
  ) throws(LogError) -> (file: any DiskFile, header: SegmentHeader) {
    let file = try disk.open(segmentPath(firstOffset), access)
    var bytes = ByteBuffer(capacity: SegmentHeader.byteCountMax)
    try file.read(at: 0, count: SegmentHeader.byteCountMax, into: &bytes)
    let header: SegmentHeader
    do {
      header = try SegmentHeader(bytes.span)
    } catch {
      if let version = error.version {
        throw .tooNew(path: path, found: version, known: Int(SegmentHeader.version))
      }
      throw .damaged(Self.damage(firstOffset, at: error.position, error.what))
    }
    guard header.firstOffset == firstOffset else {
      throw .damaged(
        Self.damage(firstOffset, at: 32, "the segment begins at offset \(header.firstOffset)"))
    }
    return (file, header)
  }

  /// Damage at a byte of a segment; from its first record on, unless a later one is known.
  static func damage(
    _ segment: UInt64, offset: UInt64? = nil, at position: some BinaryInteger, _ what: String
  ) -> Damage {
    Damage(
      file: segmentName(segment), offset: offset ?? segment, position: UInt64(position),
      what: what)
  }

  /// Makes a segment file appear at once and for good, with its header alone.
  func createSegment(_ header: SegmentHeader) throws(LogError) -> any DiskFile {
    let final = segmentPath(header.firstOffset)
    let temporary = final + Self.temporarySuffix
    var bytes = ByteBuffer(capacity: header.byteCount)
    bytes.append(header)
    let file = try disk.open(temporary, .replace)
    try file.write(bytes.span, at: 0)
    try file.synchronize()
    try disk.rename(temporary, to: final)
    try disk.synchronizeDirectory(segmentsPath)
    return file
  }

  /// Removes what a crash left half written.
  func removeTemporaries() throws(LogError) {
    for name in try disk.list(segmentsPath) where name.hasSuffix(Self.temporarySuffix) {
      try disk.remove("\(segmentsPath)/\(name)")
    }
    for name in [
      Self.checkpointName, Keystore.name, LogKeys.verifierName, LogKeys.signingName,
    ] {
      let temporary = "\(path)/\(name)\(Self.temporarySuffix)"
      if try disk.exists(temporary) { try disk.remove(temporary) }
    }
  }
}
