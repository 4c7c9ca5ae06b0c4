// SPDX-License-Identifier: Apache-2.0
// REFERENCES and what follows it.

extension StatementParser {
  /// `REFERENCES table [(columns)]` and what follows it.
  mutating func references(_ columns: [Name]) throws(SQLError) -> TableConstraint.Kind {
    try expect("references")
    let table = try objectName("a table")
    let targets = at(symbol: "(") ? try parenthesizedNames("a column name") : []
    var rules = ReferenceRules<Name>()
    while true {
      if accept("match") {
        rules.matchesFull = accept("full")
        if !rules.matchesFull, !accept("simple") {
          throw unsupported("MATCH \(token.text.uppercased())")
        }
      } else if accept("on", "delete") {
        rules.onDelete = try referentialAction()
      } else if accept("on", "update") {
        let start = token.start
        rules.onUpdate = try referentialAction()
        switch rules.onUpdate {
        case .setNull(let names) where !names.isEmpty, .setDefault(let names) where !names.isEmpty:
          throw SQLError(
            .featureNotSupported,
            "a column list with SET NULL or SET DEFAULT is only supported for ON DELETE actions",
            at: start)
        default: break
        }
      } else if at("on") {
        advance()
        throw syntaxError(expected: "DELETE or UPDATE")
      } else {
        break
      }
    }
    try deferral(of: &rules)
    return .foreignKey(columns, table: table, targets: targets, rules: rules)
  }

  private mutating func referentialAction() throws(SQLError) -> ReferentialAction<Name> {
    if accept("restrict") { return .restrict }
    if accept("cascade") { return .cascade }
    if accept("no") {
      try expect("action")
      return .noAction
    }
    guard accept("set") else {
      throw syntaxError(expected: "NO ACTION, RESTRICT, CASCADE, SET NULL or SET DEFAULT")
    }
    let isNull = accept("null")
    if !isNull { try expect("default") }
    let names = at(symbol: "(") ? try parenthesizedNames("a column name") : []
    return isNull ? .setNull(names) : .setDefault(names)
  }

  /// `[NOT] DEFERRABLE`, `INITIALLY DEFERRED | IMMEDIATE`.
  private mutating func deferral(of rules: inout ReferenceRules<Name>) throws(SQLError) {
    var isDeferrable: Bool?
    var isDeferred: Bool?
    while token.kind == .word {
      let start = token.start
      if accept("deferrable") {
        isDeferrable = try once(isDeferrable, true, at: start)
      } else if accept("not", "deferrable") {
        isDeferrable = try once(isDeferrable, false, at: start)
      } else if accept("initially", "deferred") {
        isDeferred = try once(isDeferred, true, at: start)
      } else if accept("initially", "immediate") {
        isDeferred = try once(isDeferred, false, at: start)
      } else {
        break
      }
      if isDeferrable == false, isDeferred == true {
        throw SQLError(
          .syntaxError, "constraint declared INITIALLY DEFERRED must be DEFERRABLE", at: start)
      }
    }
    rules.isDeferred = isDeferred ?? false
    rules.isDeferrable = isDeferrable ?? rules.isDeferred
    try constraintEnd()
  }

  private func once(_ old: Bool?, _ new: Bool, at position: Int) throws(SQLError) -> Bool {
    if old == nil { return new }
    throw SQLError(.syntaxError, "multiple DEFERRABLE or INITIALLY clauses", at: position)
  }
}
