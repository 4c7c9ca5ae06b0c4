// SPDX-License-Identifier: Apache-2.0
// CREATE, DROP and ALTER. Columns and constraints are in StatementParser+Constraints.swift.

extension StatementParser {
  // MARK: CREATE

  mutating func create() throws(SQLError) -> Statement {
    let start = token.start
    advance()
    if accept("table") { return .createTable(try createTable(at: start)) }
    if at("index") || at("unique", "index") { return .createIndex(try createIndex(at: start)) }
    if accept("stream") {
      let ifNotExists = try ifNotExists()
      return .createStream(name: try objectName("a stream"), ifNotExists: ifNotExists)
    }
    if accept("hold") { return try createHold() }
    if accept("sequence") { return .createSequence(try createSequence()) }
    if accept("view") { return .createView(try createView(replaces: false, at: start)) }
    if at("or", "replace"), peek(2).isWord("view") {
      advance()
      advance()
      advance()
      return .createView(try createView(replaces: true, at: start))
    }
    throw refusedDefinition("CREATE", at: start)
  }

  /// Names what cannot be created, dropped or altered; a syntax error if nobody has heard of it.
  mutating func refusedDefinition(_ verb: String, at start: Int) -> SQLError {
    let kinds: Set<String> = [
      "function", "procedure", "trigger", "schema", "type", "domain",
      "extension", "role", "user", "database", "materialized", "temp", "temporary", "unlogged",
      "global", "local", "or", "foreign", "server", "policy", "rule", "aggregate", "operator",
      "collation", "cast", "event", "publication", "subscription", "statistics", "tablespace",
      "language", "text", "access", "conversion", "default", "group", "owned", "system",
      "recursive",
      "index", "stream", "virtual",
    ]
    guard token.kind == .word, kinds.contains(token.text) else {
      return syntaxError(
        expected: verb == "CREATE"
          ? "TABLE, VIEW, SEQUENCE, INDEX, STREAM or HOLD"
          : "TABLE, VIEW, SEQUENCE, INDEX or \(verb == "ALTER" ? "LOG" : "STREAM")")
    }
    var words = "\(verb) \(token.text.uppercased())"
    if peek().kind == .word,
      [
        "or", "materialized", "temp", "temporary", "unlogged", "global",
        "local", "foreign", "event", "text", "access", "default",
      ].contains(token.text)
    {
      words += " \(peek().text.uppercased())"
    }
    return unsupported(words, at: start, hint: Self.instead[token.text])
  }

  /// What to do instead of what cannot be made.
  private static let instead: [String: String] = [
    "materialized": "a view is always up to date; CREATE TABLE … AS keeps the rows of now",
    "temp": "use WITH, or a view", "temporary": "use WITH, or a view",
    "unlogged": "everything is in the log", "schema": "a log has one schema",
    "type": "use a CHECK, or JSONB", "domain": "use a CHECK",
    "function": "use a view, or compute before writing",
    "procedure": "a script of kb-append --sql is one",
    "trigger": "use a CHECK, a DEFAULT or a generated column", "extension": "there are none",
    "role": "rights are those of the log's files", "user": "rights are those of the log's files",
    "database": "a log is one: kb-append --create",
  ]

  mutating func ifNotExists() throws(SQLError) -> Bool {
    guard accept("if") else { return false }
    try expect("not")
    try expect("exists")
    return true
  }

  mutating func ifExists() throws(SQLError) -> Bool {
    guard accept("if") else { return false }
    try expect("exists")
    return true
  }

  private mutating func createTable(at start: Int) throws(SQLError) -> CreateTableStatement {
    let ifNotExists = try ifNotExists()
    let name = try objectName("a table")
    if isAtTableQuery {
      return CreateTableStatement(
        name: name, ifNotExists: ifNotExists, columns: [], constraints: [],
        source: try tableQuery(), position: start)
    }
    if at("partition", "of") { throw unsupported("PARTITION OF") }
    if at("of") { throw unsupported("CREATE TABLE … OF") }
    try expect(symbol: "(")
    var columns: [ColumnDefinition] = []
    var constraints: [TableConstraint] = []
    var likes: [LikeClause] = []
    repeat {
      if at("like") {
        likes.append(try likeClause(behind: columns.count))
      } else if isAtTableConstraint {
        constraints.append(try tableConstraint())
      } else {
        columns.append(try columnDefinition())
      }
    } while accept(symbol: ",")
    try expect(symbol: ")")
    if at("subject", "key") {
      let position = token.start
      constraints.append(
        TableConstraint(name: nil, kind: try subjectKey(), position: position))
    }
    switch token.text {
    case "inherits", "with", "tablespace", "using", "without":
      if token.kind == .word { throw unsupported("\(token.text.uppercased()) in CREATE TABLE") }
    case "partition": throw unsupported("PARTITION BY")
    case "on": throw unsupported("ON COMMIT")
    case "as": throw unsupported("CREATE TABLE … AS", at: start)
    default: break
    }
    return CreateTableStatement(
      name: name, ifNotExists: ifNotExists, columns: columns, constraints: constraints,
      likes: likes, position: start)
  }

  private mutating func createIndex(at start: Int) throws(SQLError) -> CreateIndexStatement {
    let unique = accept("unique")
    try expect("index")
    if at("concurrently") { throw unsupported("CONCURRENTLY") }
    let ifNotExists = try ifNotExists()
    let name = at("on") ? nil : try name("a name for the index")
    try expect("on")
    if at("only") { throw unsupported("ONLY") }
    let table = try objectName("a table")
    let isFullText = try indexMethod()
    try expect(symbol: "(")
    var columns: [(name: Name, descending: Bool)] = []
    repeat { columns.append(try indexColumn()) } while accept(symbol: ",")
    try expect(symbol: ")")
    let tokenize = isFullText ? try tokenizer() : nil
    switch token.text {
    case "where", "include", "with", "tablespace", "nulls":
      if token.kind == .word { throw unsupported("\(token.text.uppercased()) in CREATE INDEX") }
    default: break
    }
    var statement = CreateIndexStatement(
      name: name, ifNotExists: ifNotExists, unique: unique, table: table, columns: columns,
      position: start)
    statement.isFullText = isFullText
    statement.tokenize = tokenize
    return statement
  }

  private mutating func indexColumn() throws(SQLError) -> (name: Name, descending: Bool) {
    if at(symbol: "(") || peek().isSymbol("(") { throw unsupported("an index on an expression") }
    let name = try name("a column name")
    if at("collate") { throw unsupported("COLLATE") }
    let descending = accept("desc")
    if !descending { _ = accept("asc") }
    if at("nulls") { throw unsupported("NULLS FIRST or LAST in CREATE INDEX") }
    if isAtName { throw unsupported("an operator class") }
    return (name: name, descending: descending)
  }

  // MARK: DROP

  mutating func drop() throws(SQLError) -> DropStatement {
    let start = token.start
    advance()
    guard let kind = try objectKind() else { throw refusedDefinition("DROP", at: start) }
    if at("concurrently") { throw unsupported("CONCURRENTLY") }
    let ifExists = try ifExists()
    var names: [ObjectName] = []
    repeat { names.append(try objectName("a name")) } while accept(symbol: ",")
    return DropStatement(
      kind: kind, names: names, ifExists: ifExists, cascades: acceptCascade(), position: start)
  }

  /// CASCADE, or RESTRICT, which is what happens without either.
  mutating func acceptCascade() -> Bool {
    if accept("cascade") { return true }
    _ = accept("restrict")
    return false
  }
}
