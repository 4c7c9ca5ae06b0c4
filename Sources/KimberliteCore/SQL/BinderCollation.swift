// SPDX-License-Identifier: Apache-2.0
// COLLATE. Text compares by code points, under the names that PostgreSQL has for that.

extension Binding {
  /// The names of the one collation there is.
  private static let binary = ["default", "C", "POSIX", "ucs_basic"]

  func collate(_ bound: Bound, _ name: Name, at position: Int) throws(SQLError) -> Bound {
    if let type = bound.type, type.family != .text {
      throw SQLError(
        .datatypeMismatch, "collations are not supported by type \(type.messageName)",
        at: position)
    }
    guard Self.binary.contains(name.text) else {
      throw SQLError(
        .undefinedObject, "collation \"\(name.text)\" does not exist", at: name.position,
        hint: "text compares by code points: \(Self.binary.joined(separator: ", "))")
    }
    return bound
  }
}
