// SPDX-License-Identifier: Apache-2.0
// ALTER TABLE and COMMENT ON.

extension StatementParser {
  mutating func alterTable() throws(SQLError) -> AlterTableStatement {
    let start = token.start
    advance()
    guard accept("table") else { throw refusedDefinition("ALTER", at: start) }
    let ifExists = try ifExists()
    if at("only") { throw unsupported("ONLY") }
    let table = try objectName("a table")
    let first = token
    var actions = [try action()]
    while at(symbol: ",") {
      if first.isWord("rename") { throw syntaxError(expected: "the end of the statement") }
      advance()
      if at("rename") {
        throw syntaxError(expected: "another action", hint: "RENAME stands in a statement alone")
      }
      actions.append(try action())
    }
    return AlterTableStatement(
      table: table, ifExists: ifExists, actions: actions, position: start)
  }

  private mutating func action() throws(SQLError) -> AlterTableStatement.Action {
    if accept("add") { return try add() }
    if at("drop", "retention") {
      let start = token.start
      _ = accept("drop", "retention")
      return .dropRetention(position: start)
    }
    if accept("drop") { return try dropPart() }
    if accept("alter") {
      _ = accept("column")
      return .alterColumn(try name("a column name"), try columnAction())
    }
    if accept("rename") { return try rename() }
    if accept("set", "retention") { return try retention() }
    if accept("validate") {
      try expect("constraint")
      return .validateConstraint(try name("a constraint's name"))
    }
    let others: [String: String] = [
      "owner": "rights are not of the log", "set": "", "reset": "", "enable": "", "disable": "",
      "attach": "", "detach": "", "inherit": "", "no": "", "cluster": "", "replica": "",
      "force": "", "of": "", "not": "",
    ]
    if token.kind == .word, let hint = others[token.text] {
      let noun = peek().kind == .word ? " \(peek().text.uppercased())" : ""
      throw unsupported(
        "ALTER TABLE … \(token.text.uppercased())\(noun)", hint: hint.isEmpty ? nil : hint)
    }
    throw syntaxError(expected: "ADD, DROP, ALTER, RENAME, VALIDATE or SET RETENTION")
  }

  private mutating func add() throws(SQLError) -> AlterTableStatement.Action {
    if isAtTableConstraint {
      if at("subject", "key") {
        throw unsupported(
          "a subject key of a table that exists", hint: "make a new table, and copy the rows")
      }
      mayBeInvalid = true
      defer { mayBeInvalid = false }
      return .addConstraint(try tableConstraint())
    }
    _ = accept("column")
    let ifNotExists = try ifNotExists()
    return .addColumn(try columnDefinition(), ifNotExists: ifNotExists)
  }

  private mutating func dropPart() throws(SQLError) -> AlterTableStatement.Action {
    if accept("constraint") {
      let ifExists = try ifExists()
      let name = try name("a constraint's name")
      return .dropConstraint(name, ifExists: ifExists, cascades: acceptCascade())
    }
    _ = accept("column")
    let ifExists = try ifExists()
    let name = try name("a column name")
    return .dropColumn(name, ifExists: ifExists, cascades: acceptCascade())
  }

  private mutating func columnAction() throws(SQLError) -> AlterTableStatement.ColumnAction {
    if accept("set", "default") { return .setDefault(try defaultValue()) }
    if accept("drop", "default") { return .setDefault(nil) }
    if at("set"), peek().isWord("not"), peek(2).isWord("null") {
      for _ in 0..<3 { advance() }
      return .setNotNull(true)
    }
    if at("drop"), peek().isWord("not"), peek(2).isWord("null") {
      for _ in 0..<3 { advance() }
      return .setNotNull(false)
    }
    if accept("type") || (at("set", "data") && peek(2).isWord("type")) {
      if at("set") { for _ in 0..<3 { advance() } }
      let type = try typeName()
      if at("collate") { throw unsupported("COLLATE") }
      return .setType(type, using: accept("using") ? try expression() : nil)
    }
    if at("add", "generated") {
      advance()
      let start = token.start
      guard case .identity(let always, let options) = try generation() else {
        throw unsupported("ADD GENERATED of an expression", at: start)
      }
      return .addIdentity(always: always, options)
    }
    if accept("drop", "identity") { return .dropIdentity(ifExists: try ifExists()) }
    if accept("drop", "expression") { return .dropExpression(ifExists: try ifExists()) }
    if let action = try identityOptions() { return action }
    if token.kind == .word, ["set", "drop", "add", "reset", "restart"].contains(token.text) {
      let noun = peek().kind == .word ? " \(peek().text.uppercased())" : ""
      throw unsupported("ALTER COLUMN … \(token.text.uppercased())\(noun)")
    }
    throw syntaxError(expected: "SET, DROP or TYPE")
  }

  /// `SET GENERATED ALWAYS | BY DEFAULT`, `SET option` and `RESTART`, as many as follow.
  private mutating func identityOptions() throws(SQLError) -> AlterTableStatement.ColumnAction? {
    var options = SequenceOptions(at: token.start)
    var always: Bool?
    var count = 0
    let first: Set<String> = [
      "generated", "increment", "minvalue", "maxvalue", "start", "restart", "cache", "cycle", "no",
    ]
    while at("restart") || (at("set") && peek().kind == .word && first.contains(peek().text)) {
      _ = accept("set")
      if accept("generated") {
        always = accept("always")
        if always == false, !accept("by", "default") {
          throw syntaxError(expected: "ALWAYS or BY DEFAULT")
        }
      } else {
        try merge(try sequenceOptions(), into: &options)
      }
      count += 1
    }
    return count == 0 ? nil : .setIdentity(always: always, options)
  }

  private func merge(_ more: SequenceOptions, into options: inout SequenceOptions)
    throws(SQLError)
  {
    options.increment = more.increment ?? options.increment
    options.minimum = more.minimum ?? options.minimum
    options.maximum = more.maximum ?? options.maximum
    options.start = more.start ?? options.start
    options.restart = more.restart ?? options.restart
    options.cycles = more.cycles ?? options.cycles
  }

  private mutating func rename() throws(SQLError) -> AlterTableStatement.Action {
    if accept("constraint") {
      let old = try name("a constraint's name")
      try expect("to")
      return .renameConstraint(old, to: try name("a name"))
    }
    if accept("to") { return .renameTable(to: try name("a name")) }
    _ = accept("column")
    let old = try name("a column name")
    try expect("to")
    return .renameColumn(old, to: try name("a name"))
  }

  /// `COMMENT ON kind name IS 'text' | NULL`.
  mutating func comment() throws(SQLError) -> CommentStatement {
    advance()
    try expect("on")
    let target: CommentStatement.Target
    if accept("column") {
      // The last of two or three names is the column.
      let first = try objectName("a column of a table")
      if accept(symbol: ".") {
        target = .column(first, try label("a column name"))
      } else if let table = first.schema {
        target = .column(ObjectName(schema: nil, name: table), first.name)
      } else {
        throw syntaxError(expected: "\".\" and a column name")
      }
    } else if accept("constraint") {
      let name = try name("a constraint's name")
      try expect("on")
      target = .constraint(name, on: try objectName("a table"))
    } else if let kind = try objectKind() {
      target = .object(kind, try objectName("a name"))
    } else if token.kind == .word {
      throw unsupported("COMMENT ON \(token.text.uppercased())")
    } else {
      throw syntaxError(expected: "TABLE, COLUMN, VIEW, SEQUENCE, INDEX, CONSTRAINT or STREAM")
    }
    try expect("is")
    if accept("null") { return CommentStatement(target: target, text: nil) }
    guard token.kind == .string else { throw syntaxError(expected: "a string or NULL") }
    // An empty comment is none, as in PostgreSQL.
    let text = token.text.isEmpty ? nil : token.text
    advance()
    return CommentStatement(target: target, text: text)
  }

  /// `TABLE`, `VIEW` and the like.
  mutating func objectKind() throws(SQLError) -> DropStatement.Kind? {
    if accept("table") { return .table }
    if accept("view") { return .view }
    if accept("index") { return .index }
    if accept("stream") { return .stream }
    if accept("sequence") { return .sequence }
    return nil
  }
}
