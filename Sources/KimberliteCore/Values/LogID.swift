// SPDX-License-Identifier: Apache-2.0

/// The random 128-bit name of a log, in every record header.
public struct LogID: Sendable, Hashable {
  /// The first eight bytes, most significant first.
  public var high: UInt64
  /// The last eight bytes, most significant first.
  public var low: UInt64

  /// A log id of two words; the caller draws them at random.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads 16 bytes at `offset`.
  public init(_ bytes: Span<UInt8>, at offset: Int = 0) {
    high = bytes.bigEndian(at: offset)
    low = bytes.bigEndian(at: offset + 8)
  }

  /// Reads 32 lower-case hex digits.
  public init?(hex: some StringProtocol) {
    let digits = hex.utf8
    func isDigit(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
      default: false
      }
    }
    guard digits.count == 32, digits.allSatisfy(isDigit),
      let high = UInt64(hex.prefix(16), radix: 16), let low = UInt64(hex.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  /// 32 lower-case hex digits.
  public var hex: String {
    [high, low].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }.joined()
  }
}

extension ByteBuffer {
  /// Appends the 16 bytes of a log id.
  public mutating func append(_ id: LogID) {
    append(bigEndian: id.high)
    append(bigEndian: id.low)
  }
}
