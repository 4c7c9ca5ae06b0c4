// SPDX-License-Identifier: Apache-2.0
// Queries: WITH, SELECT, VALUES, set operations, ORDER BY and LIMIT. FROM is in
// StatementParser+Tables.swift.

extension StatementParser {
  /// `[WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …]`.
  mutating func query() throws(SQLError) -> Query {
    let outerHeight = height
    height = 0
    try enter(levels: Self.queryLevels)
    let start = token.start
    let isRecursive = at("with", "recursive")
    let with = at("with") ? try commonTables() : []
    if !with.isEmpty, at("insert") || at("update") || at("delete") || at("merge") {
      throw unsupported("WITH before \(token.text.uppercased())", at: start)
    }
    var result = try setOperation(try intersection(try queryPrimary()))
    if !with.isEmpty {
      guard result.with.isEmpty else {
        throw SQLError(.syntaxError, "a query has at most one WITH", at: start)
      }
      result.with = with
      result.isRecursive = isRecursive
      result.position = start
    }
    try queryTail(&result)
    leave(levels: Self.queryLevels)
    height = max(outerHeight, height)
    return result
  }

  /// A query whose first operand has been read.
  mutating func query(startingWith first: Query) throws(SQLError) -> Query {
    try enter(levels: Self.queryLevels)
    var result = try setOperation(try intersection(first))
    try queryTail(&result)
    leave(levels: Self.queryLevels)
    return result
  }

  /// Whether something follows that makes a query of the query before it.
  var isAtQueryTail: Bool {
    guard token.kind == .word else { return false }
    switch token.text {
    case "union", "except", "intersect", "order", "limit", "offset", "fetch": return true
    default: return false
    }
  }

  // MARK: WITH

  private mutating func commonTables() throws(SQLError) -> [CommonTable] {
    advance()
    _ = accept("recursive")
    var tables: [CommonTable] = []
    repeat { tables.append(try commonTable()) } while accept(symbol: ",")
    return tables
  }

  /// One `name [(columns)] AS (query)`.
  mutating func commonTable() throws(SQLError) -> CommonTable {
    let name = try name("a name for the query")
    let columns = at(symbol: "(") ? try parenthesizedNames("a column name") : []
    try expect("as")
    let isMaterialized: Bool? =
      accept("materialized") ? true : accept("not", "materialized") ? false : nil
    switch peek().text {
    case "insert", "update", "delete", "merge":
      if at(symbol: "("), peek().kind == .word {
        throw unsupported(
          "\(peek().text.uppercased()) in a WITH that is not the statement's own", at: peek().start)
      }
    default: break
    }
    let query = try parenthesizedQuery()
    if at("search"), peek().isWord("depth") || peek().isWord("breadth") {
      throw unsupported("SEARCH", hint: "order by a column that the query builds up")
    }
    if at("cycle"), peek().kind == .word || peek().kind == .quoted {
      throw unsupported("CYCLE", hint: "stop at what UNION has seen, or carry the path along")
    }
    return CommonTable(
      name: name, columns: columns, isMaterialized: isMaterialized, query: query)
  }

  // MARK: Set operations

  /// UNION and EXCEPT, left to right.
  private mutating func setOperation(_ first: Query) throws(SQLError) -> Query {
    var left = first
    while at("union") || at("except") {
      let kind: SetOperator = at("union") ? .union : .except
      let (all, position) = try setOperator()
      let right = try intersection(try queryPrimary())
      left = try combined(kind, all, left, right, position)
    }
    return left
  }

  /// INTERSECT binds tighter.
  private mutating func intersection(_ first: Query) throws(SQLError) -> Query {
    var left = first
    while at("intersect") {
      let (all, position) = try setOperator()
      left = try combined(.intersect, all, left, try queryPrimary(), position)
    }
    return left
  }

  private mutating func setOperator() throws(SQLError) -> (all: Bool, position: Int) {
    let position = token.start
    advance()
    let all = accept("all")
    if !all { _ = accept("distinct") }
    return (all, position)
  }

  private mutating func combined(
    _ kind: SetOperator, _ all: Bool, _ left: Query, _ right: Query, _ position: Int
  ) throws(SQLError) -> Query {
    try grow()
    let body = QueryBody.setOperation(kind, all: all, left: left, right: right, position: position)
    return Query(body: body, position: left.position)
  }

  /// SELECT, VALUES or a query in parentheses.
  private mutating func queryPrimary() throws(SQLError) -> Query {
    let start = token.start
    if at("select") { return Query(body: .select(try select()), position: start) }
    if at("values") {
      return Query(body: .values(try rows(), position: start), position: start)
    }
    if accept("table") {
      if at("only") { throw unsupported("ONLY") }
      var select = Select(position: start)
      select.items = [.all(position: start)]
      select.from = [.named(try objectName("a table"), time: nil, alias: nil)]
      return Query(body: .select(select), position: start)
    }
    guard accept(symbol: "(") else { throw syntaxError(expected: "SELECT or VALUES") }
    let query = try query()
    try expect(symbol: ")")
    return query
  }

  private mutating func rows() throws(SQLError) -> [[Expression]] {
    advance()
    var rows: [[Expression]] = []
    repeat {
      try expect(symbol: "(")
      rows.append(try expressions())
      try expect(symbol: ")")
    } while accept(symbol: ",")
    return rows
  }

  mutating func expressions() throws(SQLError) -> [Expression] {
    var list = [try expression()]
    while accept(symbol: ",") { list.append(try expression()) }
    return list
  }

  // MARK: ORDER BY, LIMIT, OFFSET

  private mutating func queryTail(_ query: inout Query) throws(SQLError) {
    if at("order") {
      guard query.orderBy.isEmpty else { throw repeated("ORDER BY") }
      query.orderBy = try orderBy()
    }
    while token.kind == .word {
      switch token.text {
      case "limit":
        guard query.limit == nil else { throw repeated("LIMIT") }
        advance()
        if accept("all") { continue }
        query.limit = try expression()
        if at(symbol: ",") {
          throw syntaxError(expected: "OFFSET", hint: "write LIMIT count OFFSET start")
        }
      case "offset":
        guard query.offset == nil else { throw repeated("OFFSET") }
        advance()
        query.offset = try expression()
        if !accept("rows") { _ = accept("row") }
      case "fetch":
        guard query.limit == nil else { throw repeated("LIMIT") }
        query.limit = try fetch(&query)
      case "for":
        throw unsupported("FOR \(peek().text.uppercased())", hint: "readers need no locks here")
      default: return
      }
    }
  }

  private func repeated(_ clause: String) -> SQLError {
    SQLError(.syntaxError, "a query has at most one \(clause)", at: token.start)
  }

  mutating func orderBy() throws(SQLError) -> [OrderItem] {
    advance()
    try expect("by")
    var items: [OrderItem] = []
    repeat {
      let expression = try expression()
      let descending = accept("desc")
      if !descending { _ = accept("asc") }
      if at("using") { throw unsupported("ORDER BY … USING") }
      var nullsFirst: Bool?
      if accept("nulls") {
        guard at("first") || at("last") else { throw syntaxError(expected: "FIRST or LAST") }
        nullsFirst = at("first")
        advance()
      }
      items.append(
        OrderItem(expression: expression, descending: descending, nullsFirst: nullsFirst))
    } while accept(symbol: ",")
    return items
  }

  /// `FETCH FIRST [n] ROWS {ONLY | WITH TIES}`.
  private mutating func fetch(_ query: inout Query) throws(SQLError) -> Expression {
    advance()
    guard accept("first") || accept("next") else { throw syntaxError(expected: "FIRST or NEXT") }
    let start = token.start
    let isOne = at("row") || at("rows")
    let count = isOne ? Expression(.number("1"), at: start) : try expression(above: .zone)
    guard accept("rows") || accept("row") else { throw syntaxError(expected: "ROWS") }
    if accept("with", "ties") {
      if query.orderBy.isEmpty {
        throw SQLError(
          .syntaxError, "WITH TIES cannot be specified without ORDER BY clause", at: start)
      }
      query.withTies = true
    } else {
      try expect("only")
    }
    return count
  }

  // MARK: SELECT

  private mutating func select() throws(SQLError) -> Select {
    var select = Select(position: token.start)
    advance()
    if accept("distinct") {
      if at("on"), peek().isSymbol("(") {
        advance()
        advance()
        select.distinctOn = try expressions()
        try expect(symbol: ")")
      } else {
        select.distinct = true
      }
    } else {
      _ = accept("all")
    }
    select.items = try selectItems()
    if at("into") { throw unsupported("SELECT INTO", hint: "write CREATE TABLE … AS") }
    if accept("from") { select.from = try tables() }
    if accept("where") { select.filter = try expression() }
    if at("group") { try groupBy(&select) }
    if accept("having") { select.having = try expression() }
    if at("window") { select.windows = try windows() }
    return select
  }

  /// The columns of SELECT and of RETURNING.
  mutating func selectItems() throws(SQLError) -> [SelectItem] {
    var items = [try selectItem()]
    while accept(symbol: ",") { items.append(try selectItem()) }
    return items
  }

  private mutating func selectItem() throws(SQLError) -> SelectItem {
    let start = token.start
    if accept(symbol: "*") { return .all(position: start) }
    if isAtName, peek().isSymbol(".") {
      if peek(2).isSymbol("*") {
        let table = try name("a table name")
        advance()
        advance()
        return .allOf(table)
      }
      if peek(3).isSymbol("."), peek(4).isSymbol("*") {
        advance()
        advance()
        let table = try label("a table name")
        advance()
        advance()
        return .allOf(table)
      }
    }
    let expression = try expression()
    if accept("as") { return .expression(expression, alias: try label("a name after AS")) }
    return .expression(expression, alias: isAtName ? try name("a name") : nil)
  }
}
