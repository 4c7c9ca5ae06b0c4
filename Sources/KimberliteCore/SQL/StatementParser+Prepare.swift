// SPDX-License-Identifier: Apache-2.0
// PREPARE, EXECUTE and DEALLOCATE.

extension StatementParser {
  /// `PREPARE name [(types)] AS statement`.
  mutating func prepare() throws(SQLError) -> PrepareStatement {
    advance()
    if at("transaction"), peek().kind == .string { throw unsupported("two-phase commit") }
    let name = try name("a name for the statement")
    var types: [SQLType] = []
    if accept(symbol: "(") {
      repeat { types.append(try typeName()) } while accept(symbol: ",")
      try expect(symbol: ")")
    }
    try expect("as")
    let words = ["select", "values", "table", "with", "insert", "update", "delete", "merge"]
    guard at(symbol: "(") || words.contains(where: { at($0) }) else {
      throw syntaxError(expected: "SELECT, INSERT, UPDATE, DELETE, MERGE or VALUES")
    }
    return PrepareStatement(name: name, types: types, statement: try statement())
  }

  /// `EXECUTE name [(values)]`.
  mutating func execute() throws(SQLError) -> ExecuteStatement {
    advance()
    let name = try name("the name of a prepared statement")
    var arguments: [Expression] = []
    if accept(symbol: "("), !accept(symbol: ")") {
      arguments = try expressions()
      try expect(symbol: ")")
    }
    return ExecuteStatement(name: name, arguments: arguments)
  }

  /// `DEALLOCATE [PREPARE] name | ALL`; `nil`: all.
  mutating func deallocate() throws(SQLError) -> Name? {
    advance()
    if at("prepare"), peek().kind != .end { advance() }
    return accept("all") ? nil : try name("the name of a prepared statement")
  }
}
