// SPDX-License-Identifier: Apache-2.0
// GROUP BY with grouping sets. SQL:2011 §7.9.

extension StatementParser {
  mutating func groupBy(_ select: inout Select) throws(SQLError) {
    advance()
    try expect("by")
    if accept("distinct") { select.groupDistinct = true } else { _ = accept("all") }
    select.groupBy = try groupingElements()
  }

  private mutating func groupingElements() throws(SQLError) -> [GroupingElement] {
    var list = [try groupingElement()]
    while accept(symbol: ",") { list.append(try groupingElement()) }
    return list
  }

  private mutating func groupingElement() throws(SQLError) -> GroupingElement {
    let start = token.start
    if at("rollup"), peek().isSymbol("(") { return .rollup(try steps()) }
    if at("cube"), peek().isSymbol("(") { return .cube(try steps(), position: start) }
    if at("grouping", "sets") {
      advance()
      advance()
      try enter()
      try expect(symbol: "(")
      let elements = try groupingElements()
      try expect(symbol: ")")
      leave()
      return .sets(elements)
    }
    return try listOrExpression()
  }

  /// The parts of ROLLUP and CUBE.
  private mutating func steps() throws(SQLError) -> [[Expression]] {
    advance()
    try enter()
    defer { leave() }
    try expect(symbol: "(")
    var steps: [[Expression]] = []
    repeat {
      switch try listOrExpression() {
      case .expression(let expression): steps.append([expression])
      case .list(let list): steps.append(list)
      case .rollup, .cube, .sets: preconditionFailure("a step is a list or an expression")
      }
    } while accept(symbol: ",")
    try expect(symbol: ")")
    return steps
  }

  /// `()`, `(a, b)` or an expression, which may begin with a parenthesis too.
  private mutating func listOrExpression() throws(SQLError) -> GroupingElement {
    guard at(symbol: "("), let end = closingParenthesis(), isListEnd(end + 1) else {
      return .expression(try expression())
    }
    if peek().isSymbol(")") {
      advance()
      advance()
      return .list([])
    }
    if isAtQueryBehindParenthesis { return .expression(try expression()) }
    advance()
    try enter()
    let list = try expressions()
    leave()
    try expect(symbol: ")")
    return .list(list)
  }

  private var isAtQueryBehindParenthesis: Bool {
    peek().isWord("select") || peek().isWord("with") || peek().isWord("values")
  }

  /// The index of the token that closes the parenthesis at the cursor.
  private func closingParenthesis() -> Int? {
    var open = 0
    for place in index..<tokens.count {
      if tokens[place].isSymbol("(") { open += 1 }
      if tokens[place].isSymbol(")") {
        open -= 1
        if open == 0 { return place }
      }
    }
    return nil
  }

  /// Whether an element of GROUP BY ends before a token.
  private func isListEnd(_ place: Int) -> Bool {
    guard place < tokens.count else { return true }
    let token = tokens[place]
    switch token.kind {
    case .end, .semicolon: return true
    case .symbol: return token.text == "," || token.text == ")"
    case .word:
      return [
        "having", "window", "order", "limit", "offset", "fetch", "union", "intersect", "except",
        "for", "on", "returning",
      ].contains(token.text)
    default: return false
    }
  }
}
