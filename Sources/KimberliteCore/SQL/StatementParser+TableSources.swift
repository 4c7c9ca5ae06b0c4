// SPDX-License-Identifier: Apache-2.0
// CREATE TABLE … AS and LIKE.

extension StatementParser {
  /// Whether `(names)` and AS follow, or AS alone.
  var isAtTableQuery: Bool {
    if at("as") { return true }
    guard at(symbol: "(") else { return false }
    var distance = 1
    while peek(distance).kind == .word || peek(distance).kind == .quoted {
      if peek(distance + 1).isSymbol(")") { return peek(distance + 2).isWord("as") }
      guard peek(distance + 1).isSymbol(",") else { return false }
      distance += 2
    }
    return false
  }

  /// `[(names)] AS query [WITH [NO] DATA]`.
  mutating func tableQuery() throws(SQLError) -> TableQuery {
    let names = at(symbol: "(") ? try parenthesizedNames("a column name") : []
    try expect("as")
    if at("execute") { throw unsupported("CREATE TABLE … AS EXECUTE") }
    let query = try query()
    var hasData = true
    if accept("with") {
      hasData = !accept("no")
      try expect("data")
    }
    return TableQuery(query: query, names: names, hasData: hasData)
  }

  /// `LIKE table [INCLUDING | EXCLUDING option …]`.
  mutating func likeClause(behind place: Int) throws(SQLError) -> LikeClause {
    try expect("like")
    var clause = LikeClause(source: try objectName("a table"), place: place, options: [])
    while at("including") || at("excluding") {
      let includes = at("including")
      advance()
      let options: Set<LikeClause.Option>
      if at("all") {
        options = Set(LikeClause.Option.allCases)
      } else if let option = LikeClause.Option(rawValue: token.text), token.kind == .word {
        options = [option]
      } else {
        throw syntaxError(expected: "DEFAULTS, CONSTRAINTS, INDEXES, … or ALL")
      }
      advance()
      if includes { clause.options.formUnion(options) } else { clause.options.subtract(options) }
    }
    return clause
  }
}
