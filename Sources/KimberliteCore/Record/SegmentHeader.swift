// SPDX-License-Identifier: Apache-2.0
// The first bytes of a segment file: 128, and a key block where bodies are encrypted. kb-log(5),
// Segment header.

/// What a segment is and what it continues.
public struct SegmentHeader: Sendable, Equatable {
  /// Whether frames follow, or sealed blocks.
  public enum Kind: UInt8, Sendable {
    /// Frames, then unwritten zeros.
    case active = 0
    /// Blocks, then a footer. Never changes again.
    case sealed = 1
  }

  /// Frames or blocks.
  public var kind: Kind
  /// The log.
  public var logID: LogID
  /// The offset of the segment's first record.
  public var firstOffset: UInt64
  /// The hash of the record before the first; zero for offset 0.
  public var previous: Digest
  /// The timestamp of the record before the first; 0 for offset 0.
  public var previousTimestamp: UInt64
  /// Random; repeated in each frame.
  public var nonce: UInt64
  /// The data key; `nil` where bodies are not encrypted.
  public var keyBlock: KeyBlock?

  /// Bytes of what every segment begins with.
  public static let fixedByteCount = 128
  /// Bytes of the longest header.
  public static let byteCountMax = fixedByteCount + KeyBlock.byteCount
  /// The format that this program writes and the newest it reads.
  public static let version: UInt16 = 1
  private static let checksumStart = 124
  /// Flags: a key block follows.
  static let keyFlag: UInt8 = 1
  static let magic: [UInt8] = Array("KBLSEG".utf8)

  /// A header of known parts.
  public init(
    kind: Kind, logID: LogID, firstOffset: UInt64, previous: Digest, previousTimestamp: UInt64,
    nonce: UInt64, keyBlock: KeyBlock? = nil
  ) {
    self.kind = kind
    self.logID = logID
    self.firstOffset = firstOffset
    self.previous = previous
    self.previousTimestamp = previousTimestamp
    self.nonce = nonce
    self.keyBlock = keyBlock
  }

  /// Whether bodies are encrypted.
  public var isEncrypted: Bool { keyBlock != nil }

  /// Bytes of this header as encoded: frames or blocks begin there.
  public var byteCount: Int { isEncrypted ? Self.byteCountMax : Self.fixedByteCount }

  /// Decodes the first `byteCountMax` bytes of a file, however few there are.
  public init(_ bytes: Span<UInt8>) throws(FormatError) {
    guard bytes.count >= Self.fixedByteCount else {
      throw FormatError(at: bytes.count, "the segment header is cut short")
    }
    for (index, byte) in Self.magic.enumerated() where bytes[index] != byte {
      throw FormatError(at: index, "no segment header here")
    }
    let crc = CRC32C.of(bytes.extracting(0..<Self.checksumStart))
    let version: UInt16 = bytes.bigEndian(at: 6)
    guard crc == bytes.bigEndian(at: Self.checksumStart, as: UInt32.self) else {
      throw FormatError(at: Self.checksumStart, "the CRC of the segment header differs")
    }
    guard version == Self.version else {
      throw FormatError(at: 6, "unknown format version \(version)", version: Int(version))
    }
    guard let kind = Kind(rawValue: bytes[8]) else {
      throw FormatError(at: 8, "unknown kind of segment \(bytes[8])")
    }
    let flags = bytes[9]
    guard flags & ~Self.keyFlag == 0 else {
      throw FormatError(at: 9, "unknown segment flags \(flags)")
    }
    try bytes.requireZero(10..<16)
    self.kind = kind
    logID = LogID(bytes, at: 16)
    firstOffset = try bytes.counter(at: 32)
    previous = Digest(bytes, at: 40)
    previousTimestamp = try bytes.counter(at: 72)
    nonce = bytes.bigEndian(at: 80)
    try bytes.requireZero(88..<Self.checksumStart)
    keyBlock = flags == 0 ? nil : try KeyBlock(bytes, at: Self.fixedByteCount)
  }
}

extension ByteBuffer {
  /// Appends a segment header, with its key block where it has one.
  public mutating func append(_ header: SegmentHeader) {
    let start = count
    append(SegmentHeader.magic)
    append(bigEndian: SegmentHeader.version)
    append(header.kind.rawValue)
    append(header.isEncrypted ? SegmentHeader.keyFlag : 0)
    append(zeros: 6)
    append(header.logID)
    append(bigEndian: header.firstOffset)
    append(header.previous)
    append(bigEndian: header.previousTimestamp)
    append(bigEndian: header.nonce)
    append(zeros: 36)
    append(bigEndian: CRC32C.of(span.extracting(start..<count)))
    if let keyBlock = header.keyBlock { append(keyBlock) }
  }
}
