// SPDX-License-Identifier: Apache-2.0
// Retention, holds and the settings of the log. kb-sql(7), Retention and holds, Settings of the log.

extension StatementParser {
  /// `'text'`.
  private mutating func textLiteral(_ expected: String) throws(SQLError) -> TextLiteral {
    guard token.kind == .string else { throw syntaxError(expected: expected) }
    let literal = TextLiteral(token.text, at: token.start)
    advance()
    return literal
  }

  /// `[INTERVAL] 'text'`.
  private mutating func interval() throws(SQLError) -> TextLiteral {
    _ = accept("interval")
    return try textLiteral("an interval such as '6 years'")
  }

  // MARK: Retention

  /// What follows `ALTER TABLE t SET RETENTION`.
  mutating func retention() throws(SQLError) -> AlterTableStatement.Action {
    let interval = try interval()
    try expect("from")
    let column = try name("a column name")
    return .setRetention(
      RetentionClause(interval: interval, column: column, isLocked: accept("lock")))
  }

  // MARK: Holds

  /// What follows `CREATE HOLD`.
  mutating func createHold() throws(SQLError) -> Statement {
    let matter = try textLiteral("the matter in single quotes")
    try expect("on")
    let table = try objectName("a table")
    var condition: SourceExpression?
    if accept("where") {
      let first = index
      let expression = try expression()
      condition = SourceExpression(expression: expression, text: text(from: first))
    }
    return .createHold(CreateHoldStatement(matter: matter, table: table, condition: condition))
  }

  /// `RELEASE HOLD 'matter' [ON table]`.
  mutating func releaseHold() throws(SQLError) -> Statement {
    advance()
    try expect("hold")
    let matter = try textLiteral("the matter in single quotes")
    return .releaseHold(matter, table: accept("on") ? try objectName("a table") : nil)
  }

  // MARK: Settings of the log

  /// What follows `ALTER LOG`.
  mutating func alterLog() throws(SQLError) -> AlterLogStatement {
    if accept("reset") {
      if accept("audit", "reads") { return .auditReads(false) }
      let start = token.start
      if accept("purge", "approvals") {
        return .purgeApprovals(needed: 0, keys: [], position: start)
      }
      if accept("purge", "delay") { return .purgeDelay(nil) }
      throw syntaxError(expected: Self.settings)
    }
    guard accept("set") else { throw syntaxError(expected: "SET or RESET") }
    if accept("audit", "reads") {
      if accept("on") { return .auditReads(true) }
      guard accept("off") else { throw syntaxError(expected: "ON or OFF") }
      return .auditReads(false)
    }
    if accept("purge", "approvals") { return try approvals() }
    if accept("purge", "delay") { return .purgeDelay(try interval()) }
    throw syntaxError(expected: Self.settings)
  }

  private static let settings = "AUDIT READS, PURGE APPROVALS or PURGE DELAY"

  /// `k OF ('key', …)`, or 0.
  private mutating func approvals() throws(SQLError) -> AlterLogStatement {
    let start = token.start
    guard token.kind == .number, let needed = Int(token.text) else {
      throw syntaxError(expected: "how many must approve")
    }
    advance()
    if needed == 0, !at("of") { return .purgeApprovals(needed: 0, keys: [], position: start) }
    try expect("of")
    try expect(symbol: "(")
    var keys: [TextLiteral] = []
    repeat {
      keys.append(try textLiteral("a public key in single quotes"))
    } while accept(symbol: ",")
    try expect(symbol: ")")
    return .purgeApprovals(needed: needed, keys: keys, position: start)
  }
}
