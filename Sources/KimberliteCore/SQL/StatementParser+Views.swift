// SPDX-License-Identifier: Apache-2.0
// CREATE VIEW and ALTER VIEW.

extension StatementParser {
  /// What follows `CREATE [OR REPLACE] VIEW`.
  mutating func createView(replaces: Bool, at start: Int) throws(SQLError) -> CreateViewStatement {
    if at("if") { throw unsupported("CREATE VIEW IF NOT EXISTS", hint: "write OR REPLACE") }
    let name = try objectName("a view")
    let columns = at(symbol: "(") ? try parenthesizedNames("a column name") : []
    if at("with") { throw unsupported("WITH in CREATE VIEW") }
    try expect("as")
    let first = index
    let query = try query()
    let text = text(from: first)
    if at("with") { throw unsupported("WITH CHECK OPTION", hint: "views are only read") }
    return CreateViewStatement(
      name: name, replaces: replaces, columns: columns, query: query, text: text, position: start)
  }

  /// What follows `ALTER VIEW`, `ALTER INDEX`: only a new name.
  mutating func renameObject(_ kind: DropStatement.Kind) throws(SQLError) -> Statement {
    let ifExists = try ifExists()
    let name = try objectName("a name")
    guard accept("rename") else {
      if token.kind == .word {
        throw unsupported("ALTER \("\(kind)".uppercased()) … \(token.text.uppercased())")
      }
      throw syntaxError(expected: "RENAME TO")
    }
    if at("column") || !at("to") {
      throw unsupported("renaming a column of a view", hint: "write CREATE VIEW anew")
    }
    try expect("to")
    return .rename(
      RenameStatement(
        kind: kind, name: name, ifExists: ifExists, newName: try self.name("a name")))
  }
}
