// SPDX-License-Identifier: Apache-2.0
// The syntax tree of statements that a session gives names to.

/// `PREPARE name [(types)] AS statement`.
public struct PrepareStatement: Sendable {
  /// Its name.
  public var name: Name
  /// The types of `$1`, `$2`, …, as far as they are said.
  public var types: [SQLType]
  /// What is run later.
  public var statement: Statement
}

/// `EXECUTE name [(values)]`.
public struct ExecuteStatement: Sendable {
  /// Its name.
  public var name: Name
  /// The values of `$1`, `$2`, ….
  public var arguments: [Expression]
}
