// SPDX-License-Identifier: Apache-2.0

/// A span of time as PostgreSQL counts it: months, days and microseconds kept apart.
public struct Interval: Sendable, Equatable {
  /// Months.
  public var months: Int32
  /// Days.
  public var days: Int32
  /// Microseconds.
  public var microseconds: Int64

  /// An interval of known parts.
  public init(months: Int32, days: Int32, microseconds: Int64) {
    self.months = months
    self.days = days
    self.microseconds = microseconds
  }

  /// The 32 bytes that are stored.
  ///
  /// The first 16 are the length with months of 30 days and days of 24 hours, big-endian with the
  /// sign bit flipped, so that bytes sort as PostgreSQL sorts; then months, days and microseconds,
  /// big-endian two's complement.
  public var storage: [UInt8] {
    var buffer = ByteBuffer(capacity: 32)
    let days = Int128(months) * 30 + Int128(days)
    let length = days * 86_400_000_000 + Int128(microseconds)
    buffer.append(bigEndian: UInt128(bitPattern: length) ^ (UInt128(1) << 127))
    buffer.append(bigEndian: months)
    buffer.append(bigEndian: self.days)
    buffer.append(bigEndian: microseconds)
    return buffer.array()
  }

  /// Reads what `storage` wrote.
  public init?(storage: [UInt8]) {
    guard storage.count == 32 else { return nil }
    let bytes = storage.span
    self.init(
      months: bytes.bigEndian(at: 16), days: bytes.bigEndian(at: 20),
      microseconds: bytes.bigEndian(at: 24))
  }
}
