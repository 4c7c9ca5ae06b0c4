// SPDX-License-Identifier: Apache-2.0
// Many records together, as a sealed segment holds them. kb-log(5), Block. The headers stand
// apart from the bodies so that the chain can be checked without reading these.

/// The 48 bytes before the two sections of a sealed block.
///
/// A section is stored as LZ4 exactly when its size, before encryption, is below its raw size.
public struct BlockHeader: Sendable, Equatable {
  /// Bytes of the headers section as stored.
  public var storedHeadersByteCount: UInt32
  /// Bytes of the bodies section as stored.
  public var storedBodiesByteCount: UInt32
  /// Bytes of the bodies section before compression: for each record a length and its raw body.
  public var rawBodiesByteCount: UInt32
  /// The offset of the first record.
  public var firstOffset: UInt64
  /// Records of the block, at least 1.
  public var recordCount: UInt32
  /// CRC-32C of the stored headers section.
  public var headersCRC: UInt32
  /// CRC-32C of the stored bodies section.
  public var bodiesCRC: UInt32
  /// Whether the bodies section is stored encrypted.
  public var isEncrypted: Bool

  /// Bytes of an encoded block header.
  public static let byteCount = 48
  /// Records of the largest block: its headers stay below 8 MiB.
  public static let recordCountMax = 1 << 16
  /// Bytes of raw bodies at which a block takes no further record, at most.
  public static let fullByteCountMax = 1 << 20
  /// Where the CRC of the block header stands.
  public static let checksumStart = 44
  private static let magic: UInt32 = 0x4b42_4c4b  // "KBLK"
  fileprivate static let encryptedFlag: UInt32 = 2

  /// A block header of known parts.
  public init(
    storedHeadersByteCount: UInt32, storedBodiesByteCount: UInt32, rawBodiesByteCount: UInt32,
    firstOffset: UInt64, recordCount: UInt32, headersCRC: UInt32, bodiesCRC: UInt32,
    isEncrypted: Bool = false
  ) {
    self.storedHeadersByteCount = storedHeadersByteCount
    self.storedBodiesByteCount = storedBodiesByteCount
    self.rawBodiesByteCount = rawBodiesByteCount
    self.firstOffset = firstOffset
    self.recordCount = recordCount
    self.headersCRC = headersCRC
    self.bodiesCRC = bodiesCRC
    self.isEncrypted = isEncrypted
  }

  /// Bytes of the bodies section as compressed, before encryption; below 1 in a block that is none.
  public var packedBodiesByteCount: Int {
    Int(storedBodiesByteCount) - (isEncrypted ? FrameHeader.envelopeByteCount : 0)
  }

  /// Bytes of the headers section before compression.
  public var rawHeadersByteCount: Int { Int(recordCount) * RecordHeader.byteCount }
  /// Bytes of the whole block.
  public var blockByteCount: Int {
    Self.byteCount + Int(storedHeadersByteCount) + Int(storedBodiesByteCount)
  }

  /// Decodes the 48 bytes at `start`, of which there must be enough.
  public init(_ bytes: Span<UInt8>, at start: Int = 0) throws(FormatError) {
    let crc = CRC32C.of(bytes.extracting(start..<start + Self.checksumStart))
    guard crc == bytes.bigEndian(at: start + Self.checksumStart) else {
      throw FormatError(at: start + Self.checksumStart, "the CRC of the block header differs")
    }
    guard bytes.bigEndian(at: start, as: UInt32.self) == Self.magic else {
      throw FormatError(at: start, "no block here")
    }
    storedHeadersByteCount = bytes.bigEndian(at: start + 4)
    storedBodiesByteCount = bytes.bigEndian(at: start + 8)
    rawBodiesByteCount = bytes.bigEndian(at: start + 12)
    firstOffset = bytes.bigEndian(at: start + 16)
    recordCount = bytes.bigEndian(at: start + 24)
    headersCRC = bytes.bigEndian(at: start + 28)
    bodiesCRC = bytes.bigEndian(at: start + 32)
    let flags: UInt32 = bytes.bigEndian(at: start + 36)
    isEncrypted = flags == Self.encryptedFlag
    guard isEncrypted || flags == 0 else {
      throw FormatError(at: start + 36, "unknown block flags \(flags)")
    }
    // Key id.
    try bytes.requireZero(start + 40..<start + Self.checksumStart)
    guard recordCount >= 1, recordCount <= Self.recordCountMax else {
      throw FormatError(at: start + 24, "\(recordCount) records in a block")
    }
    guard storedHeadersByteCount >= 1, storedHeadersByteCount <= rawHeadersByteCount else {
      throw FormatError(at: start + 4, "headers of \(storedHeadersByteCount) bytes")
    }
    guard packedBodiesByteCount >= 1, packedBodiesByteCount <= rawBodiesByteCount,
      UInt64(rawBodiesByteCount) <= UInt64(packedBodiesByteCount) * FrameHeader.expansionMax,
      // A block is closed by the record that fills it, which may be the largest there is.
      Int(rawBodiesByteCount) < Self.fullByteCountMax + 4 + RecordBody.byteCountMax
    else {
      throw FormatError(
        at: start + 8, "bodies of \(storedBodiesByteCount) for \(rawBodiesByteCount) bytes")
    }
  }

  /// Where the raw bodies are in a bodies section.
  public func bodyRanges(in bodies: Span<UInt8>) throws(FormatError) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(Int(recordCount))
    var position = 0
    for _ in 0..<recordCount {
      guard bodies.count - position >= 4 else {
        throw FormatError(at: position, "a body is cut short")
      }
      let length = Int(bodies.bigEndian(at: position, as: UInt32.self))
      guard length >= 1, length <= bodies.count - position - 4 else {
        throw FormatError(at: position, "a body of \(length) bytes")
      }
      ranges.append(position + 4..<position + 4 + length)
      position += 4 + length
    }
    guard position == bodies.count else {
      throw FormatError(at: position, "bytes after the last body")
    }
    return ranges
  }

  fileprivate static func appendMagic(to buffer: inout ByteBuffer) {
    buffer.append(bigEndian: magic)
  }
}

extension ByteBuffer {
  /// Appends what the encryption of a bodies section is bound to: the log and which records.
  public mutating func append(associated block: BlockHeader, in log: LogID) {
    append(log)
    append(place: block)
  }

  /// Appends the first 28 bytes of a block header.
  private mutating func append(place block: BlockHeader) {
    BlockHeader.appendMagic(to: &self)
    append(bigEndian: block.storedHeadersByteCount)
    append(bigEndian: block.storedBodiesByteCount)
    append(bigEndian: block.rawBodiesByteCount)
    append(bigEndian: block.firstOffset)
    append(bigEndian: block.recordCount)
  }

  /// Appends the 48 bytes of a block header; the stored headers and bodies follow.
  public mutating func append(_ block: BlockHeader) {
    let start = count
    append(place: block)
    append(bigEndian: block.headersCRC)
    append(bigEndian: block.bodiesCRC)
    append(bigEndian: block.isEncrypted ? BlockHeader.encryptedFlag : 0)
    append(zeros: 4)
    append(bigEndian: CRC32C.of(span.extracting(start..<count)))
  }
}
