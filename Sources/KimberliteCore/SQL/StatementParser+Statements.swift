// SPDX-License-Identifier: Apache-2.0
// Which statement it is, INSERT, UPDATE and DELETE. CREATE, DROP and ALTER are in
// StatementParser+Definitions.swift.

extension StatementParser {
  mutating func statement() throws(SQLError) -> Statement {
    if at(symbol: "(") { return .select(try query()) }
    guard token.kind == .word else { throw syntaxError(expected: "a statement") }
    switch token.text {
    case "select", "values", "table": return .select(try query())
    case "with": return try with()
    case "insert": return .insert(try insert())
    case "update": return .update(try update())
    case "delete": return .delete(try delete())
    case "merge": return .merge(try merge())
    case "create": return try create()
    case "drop": return .drop(try drop())
    case "alter" where accept("alter", "log"):
      return .alterLog(try alterLog())
    case "alter" where accept("alter", "view"): return try renameObject(.view)
    case "alter" where accept("alter", "sequence"): return try alterSequence()
    case "alter" where accept("alter", "index"): return try renameObject(.index)
    case "comment": return .comment(try comment())
    case "alter": return .alterTable(try alterTable())
    case "release" where peek().isWord("hold") && peek(2).kind != .end:
      return try releaseHold()
    case "release": return .transaction(try releaseSavepoint())
    case "prepare": return .prepare(try prepare())
    case "execute": return .execute(try execute())
    case "deallocate": return .deallocate(try deallocate())
    case "savepoint": return .transaction(try savepoint())
    case "set" where peek().isWord("transaction") || peek().isWord("constraints"):
      if let set = try setOfTransaction() { return .transaction(set) }
    case "explain": return .explain(try explain())
    case "begin", "start", "commit", "end", "rollback", "abort":
      return .transaction(try transaction())
    default: break
    }
    if let hint = Self.foreignStatements[token.text] {
      throw unsupported(token.text.uppercased(), hint: hint.isEmpty ? nil : hint)
    }
    throw syntaxError(expected: "a statement such as SELECT, INSERT or CREATE TABLE")
  }

  private static let settingsHint =
    "a session has no settings: times are UTC, texts are UTF-8, transactions are SERIALIZABLE"

  /// Statements of PostgreSQL that we have not, with what to use instead where there is something.
  private static let foreignStatements: [String: String] = [
    "truncate":
      "DELETE ends rows and keeps their past; kb-purge --table TABLE --where true erases them",
    "grant": "", "revoke": "",
    "copy": "load rows with kb-append --table, read them with kb-query --format csv", "vacuum": "",
    "analyze": "", "reindex": "",
    "cluster": "", "set": settingsHint, "reset": settingsHint, "show": Catalog.tablesHint,
    "do": "",
    "call": "",
    "lock": "there is one writer, so nothing needs a lock",
    "declare": "", "fetch": "", "move": "", "close": "", "listen": "",
    "notify": "", "unlisten": "", "discard": "", "refresh": "", "security": "", "import": "",
    "reassign": "", "load": "", "checkpoint": "", "replace": "use INSERT … ON CONFLICT DO UPDATE",
    "upsert": "use INSERT … ON CONFLICT DO UPDATE", "use": "", "describe": Catalog.tablesHint,
    "desc": Catalog.tablesHint, "pragma": "",
    "attach": "",
  ]

  // MARK: INSERT

  mutating func insert() throws(SQLError) -> InsertStatement {
    let start = token.start
    advance()
    try expect("into")
    let table = try objectName("a table")
    try refusePast()
    let alias = accept("as") ? try name("an alias") : nil
    var columns: [Name] = []
    if at(symbol: "("), !peek().isWord("select"), !peek().isWord("with"),
      !(peek().isWord("values") && peek(2).isSymbol("(")),
      !peek().isSymbol("(")
    {
      columns = try parenthesizedNames("a column name")
    }
    let overriding = try overriding()
    let source = try insertSource()
    let conflict = at("on") ? try conflictClause() : nil
    let returning = try returning()
    var insert = InsertStatement(
      table: table, alias: alias, columns: columns, source: source, conflict: conflict,
      returning: returning, position: start)
    insert.overriding = overriding
    return insert
  }

  private mutating func overriding() throws(SQLError) -> Overriding? {
    guard accept("overriding") else { return nil }
    let overriding: Overriding = at("user") ? .user : .system
    guard accept("user") || accept("system") else { throw syntaxError(expected: "SYSTEM or USER") }
    try expect("value")
    return overriding
  }

  private mutating func insertSource() throws(SQLError) -> InsertSource {
    if accept("default", "values") { return .defaultValues }
    if at("select") || at("with") || at("table") || at(symbol: "(") { return .query(try query()) }
    let first = index
    guard accept("values") else { throw syntaxError(expected: "VALUES, SELECT or DEFAULT VALUES") }
    var rows: [[Expression?]] = []
    repeat { rows.append(try valuesOrDefaults()) } while accept(symbol: ",")
    if isAtQueryTail {
      // It is a query after all.
      index = first
      return .query(try query())
    }
    return .values(rows)
  }

  /// `(value, …)`, where a value may be the keyword DEFAULT.
  mutating func valuesOrDefaults() throws(SQLError) -> [Expression?] {
    try expect(symbol: "(")
    var row = [try valueOrDefault()]
    while accept(symbol: ",") { row.append(try valueOrDefault()) }
    try expect(symbol: ")")
    return row
  }

  /// `nil` is the keyword DEFAULT.
  private mutating func valueOrDefault() throws(SQLError) -> Expression? {
    accept("default") ? nil : try expression()
  }

  private mutating func conflictClause() throws(SQLError) -> ConflictClause {
    let start = token.start
    advance()
    try expect("conflict")
    var clause = ConflictClause(columns: [], action: .nothing, position: start)
    if accept("on", "constraint") {
      clause.constraint = try name("a constraint's name")
    } else if at(symbol: "(") {
      clause.columns = try parenthesizedNames("a column name")
      clause.filter = accept("where") ? try expression() : nil
    }
    try expect("do")
    if accept("nothing") { return clause }
    guard accept("update") else { throw syntaxError(expected: "NOTHING or UPDATE") }
    if clause.columns.isEmpty, clause.constraint == nil {
      throw SQLError(
        .syntaxError, "ON CONFLICT DO UPDATE needs the columns of a key", at: start,
        hint: "write ON CONFLICT (column) DO UPDATE SET …")
    }
    let assignments = try assignments()
    clause.action = .update(assignments, filter: accept("where") ? try expression() : nil)
    return clause
  }

  /// `RETURNING …`, with `WITH REASON …` before it or after it.
  private mutating func returning() throws(SQLError) -> [SelectItem]? {
    try acceptReason()
    guard accept("returning") else { return nil }
    let items = try selectItems()
    try acceptReason()
    return items
  }

  mutating func acceptReason() throws(SQLError) {
    guard at("with", "reason") else { return }
    if reason != nil {
      throw SQLError(.syntaxError, "the statement has two reasons", at: token.start)
    }
    advance()
    advance()
    guard token.kind == .string || token.kind == .parameter else {
      throw syntaxError(expected: "a string that says why")
    }
    reason = try primary()
  }

  // MARK: UPDATE and DELETE

  mutating func assignments() throws(SQLError) -> [Assignment] {
    try expect("set")
    var list: [Assignment] = []
    repeat {
      if at(symbol: "(") {
        list += try rowAssignment()
        continue
      }
      let column = try name("a column name")
      if at(symbol: ".") { throw unsupported("assigning to a field or with a table's name") }
      if at(symbol: "[") { throw unsupported("array subscripts") }
      try expect(symbol: "=")
      list.append(Assignment(column: column, value: try valueOrDefault()))
    } while accept(symbol: ",")
    return list
  }

  /// `(columns) = (values)`, `= ROW (values)` or `= (SELECT …)`.
  private mutating func rowAssignment() throws(SQLError) -> [Assignment] {
    let columns = try parenthesizedNames("a column name")
    try expect(symbol: "=")
    let start = token.start
    let isRow = at("row")
    if isRow { advance() }
    if !isRow, at(symbol: "("), peek().isWord("select") || peek().isWord("with") {
      let query = try parenthesizedQuery()
      return columns.enumerated().map { index, column in
        var assignment = Assignment(column: column, value: nil)
        assignment.output = (query, index, columns.count)
        return assignment
      }
    }
    let values = try valuesOrDefaults()
    if !isRow, values.count == 1 {
      throw SQLError(
        .featureNotSupported,
        "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression",
        at: start)
    }
    if values.count != columns.count {
      throw SQLError(
        .syntaxError, "number of columns does not match number of values", at: start)
    }
    return zip(columns, values).map { Assignment(column: $0, value: $1) }
  }

  private func refusePast() throws(SQLError) {
    if at("as", "of"), peek(2).isWord("timestamp") || peek(2).isWord("offset") {
      throw SQLError(
        .syntaxError, "the past cannot be changed: AS OF is for reading", at: token.start)
    }
  }

  /// `table [[AS] alias]`.
  mutating func target() throws(SQLError) -> (ObjectName, alias: Name?) {
    let (table, portion, alias) = try portionTarget()
    if let portion {
      throw unsupported("FOR PORTION OF here", at: portion.period.position)
    }
    return (table, alias)
  }

  /// `table [FOR PORTION OF …] [[AS] alias]`.
  private mutating func portionTarget()
    throws(SQLError) -> (ObjectName, PortionClause?, alias: Name?)
  {
    if at("only") { throw unsupported("ONLY") }
    let table = try objectName("a table")
    try refusePast()
    let portion = try portion()
    if at("for") { throw unsupported("FOR \(peek().text.uppercased()) in a change") }
    if accept("as") { return (table, portion, try name("an alias")) }
    return (table, portion, isAtName && !at("set") ? try name("an alias") : nil)
  }

  mutating func update() throws(SQLError) -> UpdateStatement {
    let start = token.start
    advance()
    let (table, portion, alias) = try portionTarget()
    let assignments = try assignments()
    let from = accept("from") ? try tables() : []
    let filter = try filter()
    var statement = UpdateStatement(
      table: table, alias: alias, assignments: assignments, from: from, filter: filter,
      returning: try returning(), position: start)
    statement.portion = portion
    return statement
  }

  mutating func delete() throws(SQLError) -> DeleteStatement {
    let start = token.start
    advance()
    try expect("from")
    let (table, portion, alias) = try portionTarget()
    let using = accept("using") ? try tables() : []
    let filter = try filter()
    var statement = DeleteStatement(
      table: table, alias: alias, using: using, filter: filter, returning: try returning(),
      position: start)
    statement.portion = portion
    return statement
  }

  private mutating func filter() throws(SQLError) -> Expression? {
    guard accept("where") else { return nil }
    if at("current", "of") { throw unsupported("WHERE CURRENT OF", hint: "there are no cursors") }
    return try expression()
  }
}
