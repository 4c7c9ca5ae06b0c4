// SPDX-License-Identifier: Apache-2.0

/// `f(…) [WITH ORDINALITY]` in FROM.
public struct TableFunction: Sendable {
  /// The function and its arguments, which may name what stands before it in FROM.
  public var call: FunctionCall
  /// Whether a column counts the rows.
  public var ordinality = false
  /// `AS t (a int, b text)`: the columns of a function that returns records.
  public var definitions: [(name: Name, type: SQLType)] = []
  /// A call of known parts.
  public init(_ call: FunctionCall) { self.call = call }
}
