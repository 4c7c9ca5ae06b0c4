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
  /// Throws unless bytes `range` are all zero.
  func requireZero(_ range: Range<Int>) throws(FormatError) {
    for position in range where self[position] != 0 {
      throw FormatError(at: position, "a reserved byte is not zero")
    }
  }
}
