// SPDX-License-Identifier: Apache-2.0

/// A value as it is stored: one of SQLite's classes.
///
/// Its `SQLType` tells what it means.
///
/// See `SQLType.storageClass` for the representation of each type.
public enum Value: Sendable, Equatable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  /// Whether two values are the same, text by its bytes: Swift takes canonically equivalent texts
  /// for equal, SQL does not.
  public static func == (a: Value, b: Value) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.integer(let x), .integer(let y)): x == y
    case (.real(let x), .real(let y)): x == y
    case (.text(let x), .text(let y)): x.isIdentical(to: y)
    case (.blob(let x), .blob(let y)): x == y
    default: false
    }
  }
}

extension String {
  /// Whether the UTF-8 of two texts is the same.
  func isIdentical(to other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
