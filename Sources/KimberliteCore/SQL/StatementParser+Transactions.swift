// SPDX-License-Identifier: Apache-2.0
// BEGIN, COMMIT, ROLLBACK, SAVEPOINT and SET of what they are about.

extension StatementParser {
  /// BEGIN, START, COMMIT, END, ROLLBACK or ABORT.
  mutating func transaction() throws(SQLError) -> TransactionStatement {
    let verb = token.text
    advance()
    if verb == "start" {
      try expect("transaction")
      return .begin(try transactionModes())
    }
    let hasNoun = accept("transaction") || accept("work")
    if verb == "begin" { return .begin(try transactionModes()) }
    if at("prepared"), !hasNoun { throw unsupported("two-phase commit") }
    if verb == "rollback", accept("to") {
      _ = accept("savepoint")
      return .rollbackTo(try name("a savepoint's name"))
    }
    var chains = false
    if accept("and") {
      chains = !accept("no")
      try expect("chain")
    }
    return verb == "commit" || verb == "end" ? .commit(chains: chains) : .rollback(chains: chains)
  }

  /// `SAVEPOINT name`.
  mutating func savepoint() throws(SQLError) -> TransactionStatement {
    advance()
    return .savepoint(try name("a savepoint's name"))
  }

  /// `RELEASE [SAVEPOINT] name`.
  mutating func releaseSavepoint() throws(SQLError) -> TransactionStatement {
    advance()
    _ = accept("savepoint")
    return .release(try name("a savepoint's name"))
  }

  /// `SET TRANSACTION …`, `SET CONSTRAINTS …`; `nil`: another SET.
  mutating func setOfTransaction() throws(SQLError) -> TransactionStatement? {
    if at("set", "transaction") {
      advance()
      advance()
      if at("snapshot") { throw unsupported("SET TRANSACTION SNAPSHOT") }
      let modes = try transactionModes()
      if modes == TransactionModes() { throw syntaxError(expected: "a transaction mode") }
      return .setModes(modes)
    }
    guard at("set", "constraints") else { return nil }
    advance()
    advance()
    var names: [Name] = []
    if !accept("all") {
      repeat { names.append(try name("a constraint's name")) } while accept(symbol: ",")
    }
    let areDeferred = accept("deferred")
    if !areDeferred { try expect("immediate") }
    return .setConstraints(names, areDeferred: areDeferred)
  }

  /// `ISOLATION LEVEL …`, `READ ONLY`, `NOT DEFERRABLE`, …, with commas or without.
  private mutating func transactionModes() throws(SQLError) -> TransactionModes {
    var modes = TransactionModes()
    var mustFollow = false
    while true {
      if accept("isolation", "level") {
        let isKnown =
          accept("serializable") || accept("repeatable", "read") || accept("read", "committed")
          || accept("read", "uncommitted")
        if !isKnown { throw syntaxError(expected: "an isolation level") }
        modes.setsIsolation = true
      } else if accept("read", "only") {
        modes.isReadOnly = true
      } else if accept("read", "write") {
        modes.isReadOnly = false
      } else if !accept("deferrable"), !accept("not", "deferrable") {
        if mustFollow { throw syntaxError(expected: "a transaction mode") }
        return modes
      }
      mustFollow = accept(symbol: ",")
    }
  }
}
