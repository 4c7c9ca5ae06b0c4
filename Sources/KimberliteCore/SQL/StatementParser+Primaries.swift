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
      if text == "!" || text == "#" {
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
    case "period" where peek().isSymbol("("): return try periodPredicate()
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
    let call = Expression(.call(FunctionCall(name: name, arguments: [])), at: name.position)
    guard at(symbol: "(") else { return call }
    let type: SQLType? =
      switch name.text {
      case "current_timestamp": .timestamptz
      case "localtimestamp": .timestamp
      case "current_time", "localtime": .time
      default: nil
      }
    guard let type else { throw syntaxError(expected: "no precision") }
    advance()
    guard token.kind == .number, let digits = Int(token.text), digits <= 6 else {
      throw syntaxError(expected: "a precision from 0 to 6")
    }
    let precision = Expression(.number(token.text), at: token.start)
    advance()
    try expect(symbol: ")")
    return rounded(call, type, precision)
  }

  // MARK: Typed literals

  /// `DATE '2026-01-01'`, `TIMESTAMP WITH TIME ZONE '…'`, `NUMERIC(5,2) '…'`.
  private mutating func typedLiteral() throws(SQLError) -> Expression? {
    guard isAtTypedLiteral() else { return nil }
    let start = token.start
    let (type, precision) = try preciseTypeName()
    let text = token.text
    let place = token.start
    advance()
    if type == .interval, precision == nil, let fields = try intervalFields() {
      guard let interval = text.withSpan({ Interval(parsing: $0, fields: fields.range) }) else {
        throw text.withSpan { (text) in
          var error = SQLType.interval.mismatch(text)
          error.position = place
          return error
        }
      }
      let written = SQLType.interval.format(.blob(interval.storage))
      return rounded(Expression(.typed(type, written), at: start), type, fields.precision)
    }
    return rounded(Expression(.typed(type, text), at: start), type, precision)
  }

  /// `DAY`, `DAY TO SECOND(3)`: the fields that a literal of INTERVAL has.
  private mutating func intervalFields() throws(SQLError) -> (
    range: ClosedRange<IntervalField>, precision: Expression?
  )? {
    guard token.kind == .word, let first = IntervalField(name: token.text) else { return nil }
    advance()
    var last = first
    if at("to") {
      advance()
      guard token.kind == .word, let named = IntervalField(name: token.text), named > first,
        first != .year || named == .month, first != .month
      else { throw syntaxError(expected: "a smaller field, such as SECOND") }
      last = named
      advance()
    }
    guard last == .second, at(symbol: "("), peek().kind == .number, let digits = Int(peek().text),
      digits <= 6
    else { return (first...last, nil) }
    advance()
    let precision = Expression(.number(token.text), at: token.start)
    advance()
    try expect(symbol: ")")
    return (first...last, precision)
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

  /// A call of the function that rounds to a precision, which has no name that can be written.
  func rounded(_ operand: Expression, _ type: SQLType, _ precision: Expression?)
    -> Expression
  {
    guard let precision else { return operand }
    let name = Name("\(type.functionKey) precision", at: operand.position)
    return Expression(
      .call(FunctionCall(name: name, arguments: [operand, precision])), at: operand.position)
  }
}
