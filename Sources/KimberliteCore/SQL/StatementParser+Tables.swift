// SPDX-License-Identifier: Apache-2.0
// FROM: tables, joins, derived tables and their time travel. SQL:2011 §7.6, kb-sql(7).

extension StatementParser {
  /// `a, b JOIN c …`.
  mutating func tables() throws(SQLError) -> [TableReference] {
    var list = [try joinedTable()]
    while accept(symbol: ",") { list.append(try joinedTable()) }
    return list
  }

  // MARK: Joins

  private mutating func joinedTable() throws(SQLError) -> TableReference {
    let outerHeight = height
    height = 0
    var left = try tablePrimary()
    while let (kind, isNatural, position) = try joinOperator() {
      let right = try tablePrimary()
      let condition: JoinCondition
      if isNatural {
        condition = .natural
      } else if kind == .cross {
        condition = .none
      } else if accept("on") {
        condition = .on(try expression())
      } else if accept("using") {
        condition = .using(try parenthesizedNames("a column name"))
        if at("as") { throw unsupported("an alias of USING") }
      } else {
        throw syntaxError(expected: "ON or USING")
      }
      try grow()
      left = .join(kind, left: left, right: right, condition, position: position)
    }
    height = max(outerHeight, height)
    return left
  }

  private mutating func joinOperator()
    throws(SQLError) -> (JoinKind, isNatural: Bool, position: Int)?
  {
    let start = token.start
    guard token.kind == .word else { return nil }
    switch token.text {
    case "join", "inner", "left", "right", "full", "cross", "natural": break
    default: return nil
    }
    if accept("cross") {
      try expect("join")
      return (.cross, false, start)
    }
    let isNatural = accept("natural")
    let kind: JoinKind
    switch token.text {
    case "left": kind = .left
    case "right": kind = .right
    case "full": kind = .full
    default: kind = .inner
    }
    if kind == .inner {
      _ = accept("inner")
    } else {
      advance()
      _ = accept("outer")
    }
    try expect("join")
    return (kind, isNatural, start)
  }

  // MARK: Table references

  private mutating func tablePrimary() throws(SQLError) -> TableReference {
    if at(symbol: "(") { return try parenthesizedTable() }
    if at("rows", "from") { throw unsupported("ROWS FROM") }
    if isAtTableFunction { return try tableFunction() }
    if at("lateral") { return try lateral() }
    if at("only") { throw unsupported("ONLY") }
    if isAtDifference { return .difference(try difference()) }
    let name = try objectName("a table")
    var period = try periodClause()
    let early = try timeClause()
    if early != nil { try refuseTimeClause() }
    if period == nil { period = try periodClause() }
    let alias = try tableAlias()
    if period == nil { period = try periodClause() }
    if early != nil { try refuseTimeClause() }
    let late = try timeClause()
    if period == nil { period = try periodClause() }
    if at("tablesample") { throw unsupported("TABLESAMPLE") }
    let table = TableReference.named(name, time: early ?? late, alias: alias)
    return period.map { .during(table, $0) } ?? table
  }

  /// A derived table, or joins in parentheses.
  private mutating func parenthesizedTable() throws(SQLError) -> TableReference {
    let start = token.start
    try enter()
    defer { leave() }
    advance()
    if isAtQuery {
      let query = try query()
      try expect(symbol: ")")
      try grow()
      return try derivedTable(query, at: start)
    }
    let inner = try joinedTable()
    if case .subquery(let first, alias: nil, position: _) = inner {
      let query = isAtQueryTail ? try query(startingWith: first) : first
      try expect(symbol: ")")
      try grow()
      return try derivedTable(query, at: start)
    }
    guard case .join = inner else { throw syntaxError(expected: "JOIN") }
    try expect(symbol: ")")
    guard at("as") || isAtName else { return inner }
    // The alias hides the tables inside, as a derived table's does.
    var select = Select(position: start)
    select.items = [.all(position: start)]
    select.from = [inner]
    return try derivedTable(Query(body: .select(select), position: start), at: start)
  }

  /// `LATERAL (query)`.
  private mutating func lateral() throws(SQLError) -> TableReference {
    let start = token.start
    advance()
    guard at(symbol: "(") else { throw syntaxError(expected: "\"(\" and a query") }
    guard case .subquery(let query, let alias, _) = try parenthesizedTable() else {
      throw SQLError(.syntaxError, "LATERAL is followed by a query in parentheses", at: start)
    }
    return .lateral(query, alias: alias, position: start)
  }

  private mutating func derivedTable(_ query: Query, at start: Int)
    throws(SQLError) -> TableReference
  {
    let early = try timeClause()
    let alias = try tableAlias()
    let late = try timeClause()
    if let late, early != nil {
      throw SQLError(
        .syntaxError, "a table has at most one point in time", at: late.position)
    }
    var query = query
    if let time = early ?? late { query.time = time }
    return .subquery(query, alias: alias, position: start)
  }

  /// `[AS] name [(columns)]`.
  private mutating func tableAlias() throws(SQLError) -> TableAlias? {
    let name: Name
    if accept("as") {
      name = try self.name("an alias")
      if name.text == "of", token.kind == .string || token.kind == .number {
        throw syntaxError(
          expected: "TIMESTAMP or OFFSET",
          hint: "write AS OF TIMESTAMP '…' or AS OF OFFSET n")
      }
    } else {
      // UPDATE t SET: the only clause that begins with a word which is not reserved.
      guard isAtName, !at("set") else { return nil }
      name = try self.name("an alias")
    }
    guard at(symbol: "(") else { return TableAlias(name: name) }
    return TableAlias(name: name, columns: try parenthesizedNames("a column name"))
  }

  // MARK: Time travel

  private mutating func refuseTimeClause() throws(SQLError) {
    guard let second = try timeClause() else { return }
    throw SQLError(
      .syntaxError, "a table has at most one point in time", at: second.position)
  }

  /// `AS OF …` or `FOR SYSTEM_TIME …`.
  ///
  /// `AS OF` alone makes an alias called "of" unless TIMESTAMP
  /// or OFFSET follows.
  private mutating func timeClause() throws(SQLError) -> TimeClause? {
    let start = token.start
    if at("as", "of"), peek(2).isWord("timestamp") || peek(2).isWord("offset") {
      advance()
      advance()
      return .asOf(try moment(), position: start)
    }
    guard accept("for", "system_time") else { return nil }
    if accept("as", "of") { return .asOf(try moment(), position: start) }
    if accept("between") {
      let low = try moment()
      try expect("and")
      return .between(low, try moment(), position: start)
    }
    if accept("from") {
      let low = try moment()
      try expect("to")
      return .fromTo(low, try moment(), position: start)
    }
    if accept("all") { return .all(position: start) }
    throw syntaxError(expected: "AS OF, BETWEEN, FROM or ALL")
  }

  /// A table called "diff" may have the alias "of": no name can follow that.
  private var isAtDifference: Bool {
    guard at("diff", "of") else { return false }
    let next = peek(2)
    return next.kind == .quoted || (next.kind == .word && !Keywords.isReserved(next.text))
  }

  /// `DIFF OF t BETWEEN a AND b [AS alias]`; `AND n` goes on in offsets where they began.
  private mutating func difference() throws(SQLError) -> TableDifference {
    let start = token.start
    advance()
    advance()
    let table = try objectName("a table")
    try expect("between")
    let low = try moment()
    try expect("and")
    let high: Moment
    if case .offset = low, !at("offset"), !at("timestamp") {
      high = .offset(try expression(above: .pattern))
    } else {
      high = try moment()
    }
    return TableDifference(
      table: table, from: low, to: high, alias: try tableAlias(), position: start)
  }

  /// `[TIMESTAMP | OFFSET] e`.
  ///
  /// The operators of `e` bind tighter than BETWEEN, whose AND it must
  /// leave alone.
  private mutating func moment() throws(SQLError) -> Moment {
    if accept("offset") { return .offset(try expression(above: .pattern)) }
    // `TIMESTAMP WITH TIME ZONE '…'` is a literal, whose first word is not ours.
    if at("timestamp"), !peek().isWord("with"), !peek().isWord("without") { advance() }
    return .timestamp(try expression(above: .pattern))
  }
}

extension TimeClause {
  /// Where the clause begins.
  var position: Int {
    switch self {
    case .asOf(_, let position), .between(_, _, let position), .fromTo(_, _, let position),
      .all(let position):
      position
    }
  }
}
