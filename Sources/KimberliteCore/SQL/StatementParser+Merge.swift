// SPDX-License-Identifier: Apache-2.0
// MERGE, and WITH before or around statements that change rows.

extension StatementParser {
  /// `MERGE INTO … USING … ON … WHEN …`.
  mutating func merge() throws(SQLError) -> MergeStatement {
    let start = token.start
    advance()
    try expect("into")
    let (table, alias) = try target()
    try expect("using")
    let source = try tables()
    guard source.count == 1 else { throw syntaxError(expected: "ON") }
    try expect("on")
    let condition = try expression()
    var clauses: [MergeClause] = []
    while at("when") { clauses.append(try mergeClause()) }
    if clauses.isEmpty { throw syntaxError(expected: "WHEN") }
    for isMatched in [true, false] {
      let kind = clauses.filter { $0.isMatched == isMatched }
      if let last = kind.firstIndex(where: { $0.condition == nil }), last + 1 < kind.count {
        throw SQLError(
          .syntaxError, "unreachable WHEN clause specified after unconditional WHEN clause",
          at: kind[last + 1].position)
      }
    }
    try acceptReason()
    if at("returning") {
      throw unsupported("RETURNING of MERGE", hint: "use INSERT … ON CONFLICT or UPDATE")
    }
    return MergeStatement(
      table: table, alias: alias, source: source[0], condition: condition, clauses: clauses,
      position: start)
  }

  private mutating func mergeClause() throws(SQLError) -> MergeClause {
    let start = token.start
    advance()
    let isMatched = !accept("not")
    try expect("matched")
    if at("by") { throw unsupported("WHEN NOT MATCHED BY") }
    let condition = accept("and") ? try expression() : nil
    try expect("then")
    return MergeClause(
      isMatched: isMatched, condition: condition, action: try mergeAction(isMatched),
      position: start)
  }

  private mutating func mergeAction(_ isMatched: Bool) throws(SQLError) -> MergeClause.Action {
    if accept("do", "nothing") { return .nothing }
    if isMatched {
      if accept("delete") { return .delete }
      guard accept("update") else { throw syntaxError(expected: "UPDATE, DELETE or DO NOTHING") }
      return .update(try assignments())
    }
    guard accept("insert") else { throw syntaxError(expected: "INSERT or DO NOTHING") }
    let columns = at(symbol: "(") ? try parenthesizedNames("a column name") : []
    if at("overriding") { throw unsupported("OVERRIDING") }
    if accept("default", "values") { return .insert(columns: columns, values: nil) }
    try expect("values")
    return .insert(columns: columns, values: try valuesOrDefaults())
  }

  // MARK: WITH

  /// WITH before a query, or around what changes rows.
  mutating func with() throws(SQLError) -> Statement {
    if !withChangesRows { return .select(try query()) }
    advance()
    let isRecursive = accept("recursive")
    var parts: [WithStatement.Part] = []
    repeat { parts.append(try withPart(isRecursive: isRecursive)) } while accept(symbol: ",")
    let statement: Statement
    switch token.text {
    case "insert": statement = .insert(try insert())
    case "update": statement = .update(try update())
    case "delete": statement = .delete(try delete())
    case "merge": statement = .merge(try merge())
    default: statement = .select(try query())
    }
    return .with(WithStatement(parts: parts, statement: statement))
  }

  private mutating func withPart(isRecursive: Bool) throws(SQLError) -> WithStatement.Part {
    guard Self.changes(peek(changeDistance)) else {
      return .query(try commonTable(), isRecursive: isRecursive)
    }
    let name = try name("a name for the query")
    let columns = at(symbol: "(") ? try parenthesizedNames("a column name") : []
    try expect("as")
    if !accept("materialized") { _ = accept("not", "materialized") }
    try expect(symbol: "(")
    try enter(levels: Self.queryLevels)
    let statement: Statement
    switch token.text {
    case "insert": statement = .insert(try insert())
    case "update": statement = .update(try update())
    case "delete": statement = .delete(try delete())
    default: throw unsupported("MERGE in WITH")
    }
    leave(levels: Self.queryLevels)
    try expect(symbol: ")")
    return .change(name, columns: columns, statement)
  }

  /// How far ahead the first word inside of a part's parentheses is: behind its name, its columns
  /// and AS.
  private var changeDistance: Int {
    var distance = 1
    if peek(distance).isSymbol("(") {
      while !peek(distance).isSymbol(")"), peek(distance).kind != .end { distance += 1 }
      distance += 1
    }
    while peek(distance).kind == .word { distance += 1 }
    return distance + 1
  }

  private static func changes(_ token: Token) -> Bool {
    ["insert", "update", "delete", "merge"].contains { token.isWord($0) }
  }

  /// Whether a WITH is before what changes rows, or has it in one of its parts.
  private var withChangesRows: Bool {
    var depth = 0
    var distance = 1
    while true {
      let token = peek(distance)
      if token.kind == .end { return false }
      if token.isSymbol("(") {
        // The first word in the parentheses of a part, behind AS.
        if depth == 0, peek(distance - 1).kind == .word,
          ["as", "materialized"].contains(peek(distance - 1).text),
          Self.changes(peek(distance + 1))
        {
          return true
        }
        depth += 1
      } else if token.isSymbol(")") {
        depth -= 1
      } else if depth == 0, peek(distance - 1).isSymbol(")"), token.kind == .word,
        !["as", "cycle", "search"].contains(token.text)
      {
        return Self.changes(token)
      }
      distance += 1
    }
  }
}
