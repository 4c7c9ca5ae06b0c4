// SPDX-License-Identifier: Apache-2.0
// A record as the active segment holds it: frame header, canonical header, stored body.
// kb-log(5), Frame.

/// The 48 bytes before the canonical header of a record in an active segment.
public struct FrameHeader: Sendable, Equatable {
  /// Bytes of the body as stored.
  public var storedByteCount: UInt32
  /// Bytes of the body before compression.
  public var rawByteCount: UInt32
  /// How many records were known durable when the frame was written: evidence, after a crash,
  /// that those were acknowledged.
  public var durable: UInt64
  /// The segment's nonce.
  ///
  /// No client knows it, so no body can pose as a frame.
  public var nonce: UInt64
  /// CRC-32C of the stored body.
  public var bodyCRC: UInt32
  /// Whether the body is stored encrypted.
  public var isEncrypted: Bool

  /// Bytes of an encoded frame header.
  public static let byteCount = 48
  /// Bytes before the stored body.
  public static let bodyStart = byteCount + RecordHeader.byteCount
  /// Where the nonce stands in an encoded frame header.
  public static let nonceStart = 32
  /// Where the CRC of both headers stands.
  public static let checksumStart = 44
  /// No LZ4 sequence yields more than 255 bytes a byte, so no true frame claims more.
  public static let expansionMax: UInt64 = 255
  /// Bytes that encryption adds: a nonce before the ciphertext, a tag behind it.
  public static let envelopeByteCount = 24 + 16
  private static let compressedFlag: UInt8 = 1
  private static let encryptedFlag: UInt8 = 2

  /// A frame header of known parts.
  public init(
    storedByteCount: UInt32, rawByteCount: UInt32, durable: UInt64, nonce: UInt64,
    bodyCRC: UInt32, isEncrypted: Bool = false
  ) {
    self.storedByteCount = storedByteCount
    self.rawByteCount = rawByteCount
    self.durable = durable
    self.nonce = nonce
    self.bodyCRC = bodyCRC
    self.isEncrypted = isEncrypted
  }

  /// Bytes of the body as compressed, before encryption; below 1 in a frame that is none.
  public var packedByteCount: Int {
    Int(storedByteCount) - (isEncrypted ? Self.envelopeByteCount : 0)
  }

  /// Whether the body is stored as LZ4.
  public var isCompressed: Bool { packedByteCount < Int(rawByteCount) }

  fileprivate var flags: UInt8 {
    (isCompressed ? Self.compressedFlag : 0) | (isEncrypted ? Self.encryptedFlag : 0)
  }

  /// Bytes of the whole frame.
  public var frameByteCount: Int { Self.bodyStart + Int(storedByteCount) }

  /// Decodes the frame header at `start`; the canonical header behind it must be there too, for
  /// one CRC covers both.
  public init(_ bytes: Span<UInt8>, at start: Int = 0) throws(FormatError) {
    let crc = CRC32C.of(
      bytes.extracting(start + Self.byteCount..<start + Self.bodyStart),
      continuing: CRC32C.of(bytes.extracting(start..<start + Self.checksumStart)))
    guard crc == bytes.bigEndian(at: start + Self.checksumStart) else {
      throw FormatError(at: start + Self.checksumStart, "the CRC of the header differs")
    }
    storedByteCount = bytes.bigEndian(at: start)
    rawByteCount = bytes.bigEndian(at: start + 4)
    let flags = bytes[start + 8]
    // Three reserved bytes, key id 0, replication view 0.
    try bytes.requireZero(start + 9..<start + 24)
    durable = bytes.bigEndian(at: start + 24)
    nonce = bytes.bigEndian(at: start + 32)
    bodyCRC = bytes.bigEndian(at: start + 40)
    isEncrypted = flags & Self.encryptedFlag != 0
    guard flags == self.flags else {
      throw FormatError(at: start + 8, "unknown frame flags \(flags)")
    }
    guard packedByteCount >= 1, packedByteCount <= rawByteCount,
      rawByteCount <= RecordBody.byteCountMax,
      UInt64(rawByteCount) <= UInt64(packedByteCount) * Self.expansionMax
    else {
      throw FormatError(at: start, "a body of \(storedByteCount) for \(rawByteCount) bytes")
    }
  }
}

extension ByteBuffer {
  /// Appends a frame header and the canonical header of its record; the stored body follows.
  public mutating func append(_ frame: FrameHeader, _ header: RecordHeader) {
    precondition(frame.packedByteCount >= 1, "a stored body has bytes")
    precondition(frame.packedByteCount <= frame.rawByteCount, "LZ4 only where it saves")
    let start = count
    append(bigEndian: frame.storedByteCount)
    append(bigEndian: frame.rawByteCount)
    append(frame.flags)
    append(zeros: 15)
    append(bigEndian: frame.durable)
    append(bigEndian: frame.nonce)
    append(bigEndian: frame.bodyCRC)
    append(bigEndian: UInt32(0))
    append(header)
    let crc = CRC32C.of(
      span.extracting(start + FrameHeader.byteCount..<start + FrameHeader.bodyStart),
      continuing: CRC32C.of(span.extracting(start..<start + FrameHeader.checksumStart)))
    store(bigEndian: crc, at: start + FrameHeader.checksumStart)
  }
}
