// SPDX-License-Identifier: Apache-2.0
// Row values, arrays, and what ranges over them: ROW(…), ARRAY[…], ANY (…) and ALL (…).

extension StatementParser {
  /// `ROW(a, b)`.
  mutating func row() throws(SQLError) -> Expression {
    let start = token.start
    try enter()
    defer { leave() }
    advance()
    advance()
    let items = at(symbol: ")") ? [] : try expressions()
    try expect(symbol: ")")
    try grow()
    return Expression(.row(items), at: start)
  }

  /// `ARRAY[a, b]` or `ARRAY(query)`.
  mutating func array() throws(SQLError) -> Expression {
    let start = token.start
    try enter()
    defer { leave() }
    advance()
    if at(symbol: "(") { return Expression(.arrayQuery(try parenthesizedQuery()), at: start) }
    advance()
    var items: [Expression] = []
    if !at(symbol: "]") {
      repeat {
        if at(symbol: "[") { throw unsupported("arrays of arrays") }
        items.append(try expression())
      } while accept(symbol: ",")
    }
    try expect(symbol: "]")
    try grow()
    return Expression(.array(items), at: start)
  }

  /// What follows `::` or AS in a cast: a type, or one with `[]` behind it.
  mutating func cast(_ operand: Expression, at start: Int) throws(SQLError) -> Expression {
    acceptCatalogSchema()
    if token.kind == .word, CatalogFunction.references.contains(token.text) {
      let name = Name(token.text, at: token.start)
      advance()
      return Expression(.call(FunctionCall(name: name, arguments: [operand])), at: start)
    }
    let (type, precision) = try preciseTypeName()
    guard at(symbol: "[") || at("array") else {
      return rounded(Expression(.cast(operand, type), at: start), type, precision)
    }
    if precision != nil { throw unsupported("an array of rounded times") }
    if accept("array") {
      if at(symbol: "[") { try arrayBounds() }
    } else {
      try arrayBounds()
    }
    if at(symbol: "[") { throw unsupported("arrays of arrays") }
    return try arrayCast(operand, type, at: start)
  }

  /// `[]`, or `[3]`: PostgreSQL does not look at the number either.
  private mutating func arrayBounds() throws(SQLError) {
    try expect(symbol: "[")
    if token.kind == .number { advance() }
    try expect(symbol: "]")
  }

  /// A cast of every element, where they are written out.
  private func arrayCast(_ operand: Expression, _ type: SQLType, at start: Int) throws(SQLError)
    -> Expression
  {
    switch operand.kind {
    case .array(let items):
      return Expression(
        .array(items.map { Expression(.cast($0, type), at: $0.position) }), at: start)
    case .string(let text):
      let items = try ArrayText.parse(text, at: operand.position).map { element in
        let item = element.map(Expression.Kind.string) ?? .null
        return Expression(
          .cast(Expression(item, at: operand.position), type), at: operand.position)
      }
      return Expression(.array(items), at: start)
    default: return Expression(.arrayCast(operand, type), at: start)
    }
  }

  // MARK: ANY and ALL

  /// Whether ANY, SOME or ALL follows an operator.
  var isAtQuantifier: Bool {
    (at("any") || at("all") || at("some")) && peek().isSymbol("(")
  }

  /// `ANY (query)`, `ALL (array)`.
  mutating func quantified(_ left: Expression, _ op: QuantifiedOperator) throws(SQLError)
    -> Expression.Kind
  {
    let all = at("all")
    advance()
    try enter()
    defer { leave() }
    try expect(symbol: "(")
    if isAtQuery {
      let query = try query()
      try expect(symbol: ")")
      return .quantified(left, op, all: all, .query(query))
    }
    let operand = try expression()
    if let query = try continuedQuery(operand) {
      try expect(symbol: ")")
      return .quantified(left, op, all: all, .query(query))
    }
    try expect(symbol: ")")
    if case .subquery(let query) = operand.kind {
      return .quantified(left, op, all: all, .query(query))
    }
    return .quantified(left, op, all: all, .elements(operand))
  }
}
