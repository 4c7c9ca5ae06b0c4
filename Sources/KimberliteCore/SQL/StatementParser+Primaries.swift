// SPDX-License-Identifier: Apache-2.0
// Expressions without an operator on top: literals, columns, parentheses, CASE, CAST.
// Function calls are in StatementParser+Calls.swift.

extension StatementParser {
  mutating func primary() throws(SQLError) -> Expression {
    let start = token.start
    let text = token.text
    switch token.kind {
    case .number:
      advance()
      return Expression(.number(text), at: start)
    case .string:
      advance()
      return Expression(.string(text), at: start)
    case .bytes:
      advance()
      return Expression(.bytes(bytes(ofHexadecimal: text)), at: start)
    case .parameter: return parameter()
    case .quoted: return try columnOrCall()
    case .word: return try word()
    case .symbol:
      if text == "(" { return try parenthesized() }
      if text == "~" || text == "@" || text == "!" || text == "#" {
        throw unsupported("operator \(text)")
      }
      throw syntaxError(expected: "an expression")
    case .semicolon, .end: throw syntaxError(expected: "an expression")
    }
  }

  private func bytes(ofHexadecimal text: String) -> [UInt8] {
    var result: [UInt8] = []
    var high: UInt8?
    for digit in text.utf8.compactMap(\.hexadecimalValue) {
      if let first = high {
        result.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return result
  }

  private mutating func word() throws(SQLError) -> Expression {
    let start = token.start
    switch token.text {
    case "null": return constant(.null)
    case "true": return constant(.boolean(true))
    case "false": return constant(.boolean(false))
    case "case": return try caseExpression()
    case "cast" where peek().isSymbol("("): return try castCall()
    case "exists" where peek().isSymbol("("):
      advance()
      return Expression(.exists(try parenthesizedQuery()), at: start)
    case "array" where peek().isSymbol("[") || peek().isSymbol("("): return try array()
    case "row" where peek().isSymbol("("): return try row()
    case "any", "all", "some": throw unsupported("\(token.text.uppercased()) (…)")
    case "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp":
      return try valueFunction()
    case "current_user", "session_user", "user", "current_role", "current_catalog":
      return try valueFunction()
    case "current_schema" where !peek().isSymbol("("): return try valueFunction()
    case "system_user": throw unsupported("SYSTEM_USER")
    case "default":
      throw SQLError(
        .syntaxError, "DEFAULT is not allowed here", at: start,
        hint: "it can be a whole value of INSERT or UPDATE")
    default:
      if let literal = try typedLiteral() { return literal }
      return try columnOrCall()
    }
  }

  private mutating func constant(_ kind: Expression.Kind) -> Expression {
    let start = token.start
    advance()
    return Expression(kind, at: start)
  }

  /// `current_date` and its like: calls without parentheses.
  private mutating func valueFunction() throws(SQLError) -> Expression {
    let name = Name(token.text, at: token.start)
    advance()
    if at(symbol: "(") { throw unsupported("the precision of \(name.text.uppercased())") }
    return Expression(.call(FunctionCall(name: name, arguments: [])), at: name.position)
  }

  // MARK: Typed literals

  /// `DATE '2026-01-01'`, `TIMESTAMP WITH TIME ZONE '…'`, `NUMERIC(5,2) '…'`.
  private mutating func typedLiteral() throws(SQLError) -> Expression? {
    guard isAtTypedLiteral() else { return nil }
    let start = token.start
    let type = try typeName()
    let text = token.text
    advance()
    if type == .interval, token.kind == .word {
      switch token.text {
      case "year", "month", "day", "hour", "minute", "second":
        throw unsupported(
          "INTERVAL '…' \(token.text.uppercased())", hint: "write INTERVAL '1 \(token.text)'")
      default: break
      }
    }
    return Expression(.typed(type, text), at: start)
  }

  /// Looks ahead over a type's words and `(n)` for the string that makes it a literal.
  private func isAtTypedLiteral() -> Bool {
    if peek().kind == .string { return !Keywords.isReserved(token.text) }
    guard Self.isTypeWord(token.text) else { return false }
    var distance = 1
    if peek(distance).isSymbol("(") {
      distance += 1
      while peek(distance).kind == .number || peek(distance).isSymbol(",") {
        distance += 1
        if distance > 5 { return false }
      }
      guard peek(distance).isSymbol(")") else { return false }
      distance += 1
    }
    if peek(distance).isWord("with") || peek(distance).isWord("without") {
      guard peek(distance + 1).isWord("time"), peek(distance + 2).isWord("zone") else {
        return false
      }
      distance += 3
    } else if peek(distance).isWord("precision") || peek(distance).isWord("varying") {
      distance += 1
    }
    return peek(distance).kind == .string
  }

  // MARK: Columns

  /// `a`, `t.a`, `kb.records.a`, or `f(…)`.
  private mutating func columnOrCall() throws(SQLError) -> Expression {
    let start = token.start
    if peek().isSymbol("("), token.kind == .quoted || Keywords.canNameFunction(token.text) {
      return try call()
    }
    if token.isWord("pg_catalog"), peek().isSymbol("."), peek(3).isSymbol("(") {
      // PostgreSQL's own schema, which needs no naming.
      advance()
      advance()
      return try call()
    }
    var names = [try name("an expression")]
    while accept(symbol: ".") {
      if at(symbol: "*") { throw syntaxError(expected: "a column name") }
      names.append(try label("a column name"))
      if at(symbol: "(") { throw unsupported("a schema before a function's name", at: start) }
      guard names.count <= 3 else {
        throw SQLError(.syntaxError, "a column name has at most three parts", at: start)
      }
    }
    return Expression(.column(names), at: start)
  }

  // MARK: Parentheses

  /// Whether a query begins here.
  var isAtQuery: Bool {
    at("select") || at("with") || at("table") || (at("values") && peek().isSymbol("("))
  }

  /// `(expression)` or `(query)`.
  private mutating func parenthesized() throws(SQLError) -> Expression {
    let start = token.start
    try enter()
    defer { leave() }
    advance()
    if isAtQuery {
      let query = try query()
      try expect(symbol: ")")
      try grow()
      return Expression(.subquery(query), at: start)
    }
    let inner = try expression()
    if let query = try continuedQuery(inner) {
      try expect(symbol: ")")
      try grow()
      return Expression(.subquery(query), at: start)
    }
    if accept(symbol: ",") {
      let items = [inner] + (try expressions())
      try expect(symbol: ")")
      try grow()
      return Expression(.row(items), at: start)
    }
    try expect(symbol: ")")
    if at(symbol: ".") { throw unsupported("selecting a field of an expression") }
    return inner
  }

  /// `(query)`.
  mutating func parenthesizedQuery() throws(SQLError) -> Query {
    try expect(symbol: "(")
    let query = try query()
    try expect(symbol: ")")
    try grow()
    return query
  }

  /// `((SELECT 1) UNION SELECT 2)`: what began like an expression in parentheses was the first
  /// operand of a query.
  mutating func continuedQuery(_ inner: Expression) throws(SQLError) -> Query? {
    guard case .subquery(let first) = inner.kind, isAtQueryTail else { return nil }
    return try query(startingWith: first)
  }

  // MARK: CASE and CAST

  private mutating func caseExpression() throws(SQLError) -> Expression {
    let start = token.start
    try enter()
    defer { leave() }
    advance()
    let operand = at("when") ? nil : try expression()
    var branches: [(when: Expression, then: Expression)] = []
    while accept("when") {
      let when = try expression()
      try expect("then")
      branches.append((when: when, then: try expression()))
    }
    guard !branches.isEmpty else { throw syntaxError(expected: "WHEN") }
    let otherwise = accept("else") ? try expression() : nil
    try expect("end")
    try grow()
    return Expression(
      .caseWhen(operand: operand, branches, otherwise: otherwise), at: start)
  }

  private mutating func castCall() throws(SQLError) -> Expression {
    let start = token.start
    try enter()
    defer { leave() }
    advance()
    try expect(symbol: "(")
    let operand = try expression()
    try expect("as")
    let result = try cast(operand, at: start)
    try expect(symbol: ")")
    try grow()
    return result
  }
}
