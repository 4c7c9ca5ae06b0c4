// SPDX-License-Identifier: Apache-2.0
// The request for a time stamp: RFC 3161 §2.4.1. Ours has one shape, so it is a template and not
// an encoder.

/// Asks an authority to state that a digest was there at a time.
public struct TimeStampRequest: Sendable, Equatable {
  /// What is stamped.
  public var digest: Digest
  /// What the answer repeats, so that an old one cannot be passed off as it.
  public var nonce: UInt64

  /// Bytes of a request.
  public static let byteCount = 69

  // TimeStampReq ::= SEQUENCE { version 1, MessageImprint { SHA-256, …
  private static let head: [UInt8] = [
    0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09,
    0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
  ]
  // An INTEGER of eight bytes.
  private static let nonceHead: [UInt8] = [0x02, 0x08]
  // … certReq TRUE }: the answer brings its certificate along.
  private static let tail: [UInt8] = [0x01, 0x01, 0xff]

  /// A request; of `random`, 63 bits become the nonce.
  ///
  /// DER writes an INTEGER as short as it can and with its sign, so the first byte of one that
  /// takes eight is from 1 to 127.
  public init(digest: Digest, random: UInt64) {
    self.digest = digest
    let positive = random & (.max >> 1)
    nonce = positive >> 56 == 0 ? positive | 1 << 56 : positive
  }

  /// Reads a request as `der` writes it.
  public init(der bytes: Span<UInt8>) throws(FormatError) {
    let nonceStart = Self.head.count + 32 + Self.nonceHead.count
    guard bytes.count == Self.byteCount else {
      throw FormatError(at: min(bytes.count, Self.byteCount), "the request has another length")
    }
    self.init(
      digest: Digest(bytes, at: Self.head.count), random: bytes.bigEndian(at: nonceStart))
    let canonical = der
    for position in 0..<bytes.count where bytes[position] != canonical[position] {
      throw FormatError(at: position, "the request is not of our shape")
    }
  }

  /// The request as DER.
  public var der: [UInt8] {
    let nonce = (0..<8).map { UInt8(truncatingIfNeeded: self.nonce >> (56 - 8 * UInt64($0))) }
    return Self.head + digest.bytes + Self.nonceHead + nonce + Self.tail
  }
}
