// SPDX-License-Identifier: Apache-2.0

/// Bytes that are not what kb-log(5) says they must be.
public struct FormatError: Error, Equatable, Sendable {
  /// How many bytes into the structure.
  public var position: Int
  /// What differs, lower case: `the CRC of the header differs`.
  public var what: String
  /// A version number that this program does not know, where that is what is wrong.
  public var version: Int?

  /// An error at a byte of a structure.
  public init(at position: Int, _ what: String, version: Int? = nil) {
    self.position = position
    self.what = what
    self.version = version
  }
}

extension Span where Element == UInt8 {
  /// The number of a record or of nanoseconds at `position`.
  ///
  /// Both stay below 2^62, which is the year 2116: all arithmetic on them is then safe.
  func counter(at position: Int) throws(FormatError) -> UInt64 {
    let value: UInt64 = bigEndian(at: position)
    if value >= 1 << 62 { throw FormatError(at: position, "the number \(value) is too large") }
    return value
  }

  /// Throws unless bytes `range` are all zero.
  func requireZero(_ range: Range<Int>) throws(FormatError) {
    for position in range where self[position] != 0 {
      throw FormatError(at: position, "a reserved byte is not zero")
    }
  }
}
