// SPDX-License-Identifier: Apache-2.0
// Valid time: PERIOD FOR and WITHOUT OVERLAPS of a table, FOR period behind a table, FOR PORTION OF
// in a change, and the predicates of periods. SQL:2011 §4.15.2, §8.20.

extension StatementParser {
  /// `PERIOD FOR name (from, to)`.
  mutating func period() throws(SQLError) -> TableConstraint.Kind {
    _ = accept("period", "for")
    if at("system_time") {
      throw unsupported("PERIOD FOR SYSTEM_TIME", hint: "every table has its history here")
    }
    let name = try name("a name for the period")
    let start = token.start
    let columns = try parenthesizedNames("a column name")
    guard columns.count == 2 else {
      throw SQLError(.syntaxError, "a period has two columns: (begin, end)", at: start)
    }
    return .period(name, from: columns[0], to: columns[1])
  }

  /// `(a, b)` of PRIMARY KEY or UNIQUE, or `(a, period WITHOUT OVERLAPS)`.
  mutating func key(isPrimary: Bool) throws(SQLError) -> TableConstraint.Kind {
    try expect(symbol: "(")
    var names: [Name] = []
    var isWithoutOverlaps = false
    repeat {
      names.append(try name("a column name"))
      if accept("without") {
        try expect("overlaps")
        isWithoutOverlaps = true
        if at(symbol: ",") {
          throw syntaxError(expected: "\")\", since the period is the last of a key")
        }
      }
    } while accept(symbol: ",")
    try expect(symbol: ")")
    if isWithoutOverlaps {
      let period = names.removeLast()
      return .withoutOverlaps(names, period: period, isPrimary: isPrimary)
    }
    return isPrimary ? .primaryKey(names) : .unique(names)
  }

  /// `FOR period AS OF … | BETWEEN … | FROM … | ALL`; `FOR SYSTEM_TIME` is another's.
  mutating func periodClause() throws(SQLError) -> PeriodClause? {
    let next = peek()
    guard at("for"), next.kind == .quoted || (next.kind == .word && !next.isWord("system_time")),
      ["as", "between", "from", "all"].contains(where: { peek(2).isWord($0) })
    else { return nil }
    advance()
    let period = try name("a period")
    if accept("as", "of") {
      return PeriodClause(period: period, extent: .asOf(try expression(above: .pattern)))
    }
    if accept("between") {
      let low = try expression(above: .pattern)
      try expect("and")
      return PeriodClause(
        period: period, extent: .between(low, try expression(above: .pattern)))
    }
    if accept("from") {
      let low = try expression(above: .pattern)
      try expect("to")
      return PeriodClause(period: period, extent: .fromTo(low, try expression(above: .pattern)))
    }
    guard accept("all") else { throw syntaxError(expected: "AS OF, BETWEEN, FROM or ALL") }
    return PeriodClause(period: period, extent: .all)
  }

  /// `FOR PORTION OF period FROM a TO b`.
  mutating func portion() throws(SQLError) -> PortionClause? {
    guard accept("for", "portion") else { return nil }
    try expect("of")
    let period = try name("a period")
    try expect("from")
    let from = try expression()
    try expect("to")
    return PortionClause(period: period, from: from, to: try expression())
  }

  // MARK: Predicates

  /// Whether `PERIOD (a, b)` begins here; another function may have that name.
  var isAtPeriodValue: Bool { at("period") && peek().isSymbol("(") }

  /// `PERIOD (a, b) predicate PERIOD (c, d)`, or an instant behind CONTAINS, as the comparisons
  /// that it means.
  mutating func periodPredicate() throws(SQLError) -> Expression {
    let (a, b) = try periodValue()
    let start = token.start
    func both(_ left: Expression, _ right: Expression) -> Expression {
      Expression(.binary(.and, left, right), at: start)
    }
    func compare(_ op: BinaryOperator, _ left: Expression, _ right: Expression) -> Expression {
      Expression(.binary(op, left, right), at: start)
    }
    try grow()
    try grow()
    if accept("overlaps") {
      let (c, d) = try periodValue()
      return both(compare(.less, a, d), compare(.less, c, b))
    }
    if accept("equals") {
      let (c, d) = try periodValue()
      return both(compare(.equal, a, c), compare(.equal, b, d))
    }
    if accept("contains") {
      if isAtPeriodValue {
        let (c, d) = try periodValue()
        return both(compare(.lessOrEqual, a, c), compare(.greaterOrEqual, b, d))
      }
      let instant = try expression(above: .pattern)
      return both(compare(.lessOrEqual, a, instant), compare(.greater, b, instant))
    }
    let isImmediate = accept("immediately")
    if accept("precedes") {
      return compare(isImmediate ? .equal : .lessOrEqual, b, try periodValue().0)
    }
    if accept("succeeds") {
      return compare(isImmediate ? .equal : .greaterOrEqual, a, try periodValue().1)
    }
    throw syntaxError(
      expected: "OVERLAPS, EQUALS, CONTAINS, [IMMEDIATELY] PRECEDES or SUCCEEDS")
  }

  private mutating func periodValue() throws(SQLError) -> (Expression, Expression) {
    guard isAtPeriodValue else { throw syntaxError(expected: "PERIOD (begin, end)") }
    try enter()
    defer { leave() }
    advance()
    advance()
    let from = try expression()
    try expect(symbol: ",")
    let to = try expression()
    try expect(symbol: ")")
    return (from, to)
  }
}
