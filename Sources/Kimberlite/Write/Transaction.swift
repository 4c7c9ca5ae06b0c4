// SPDX-License-Identifier: Apache-2.0
// A transaction: one record, from BEGIN to COMMIT, with places in it to go back to.

internal import KimberliteCore

/// What a writer knows of the transaction that is open.
struct Transaction {
  /// Whether statements that write are refused.
  var isReadOnly: Bool
  /// Whether a statement failed: nothing but the end, or going back, is left.
  var hasFailed = false
  /// Whether anything was asked or changed yet.
  var hasRun = false
  /// Those not released, the outermost first.
  var savepoints: [Savepoint] = []

  /// A place to go back to.
  struct Savepoint {
    let name: String
    let mark: View.Mark
    /// Events of the draft before it.
    let eventCount: Int
    let reason: String?
    let deferred: DeferredChecks
  }

  init(_ modes: TransactionModes) { isReadOnly = modes.isReadOnly ?? false }
}

extension Writer {
  /// Does what a statement about a transaction says.
  func run(_ statement: TransactionStatement, at position: Int) throws(DatabaseError) {
    switch statement {
    case .begin(let modes):
      if isInTransaction {
        throw DatabaseError(
          SQLError(
            .activeTransaction, "there is already a transaction in progress", at: position))
      }
      try open(Transaction(modes))
    case .commit(let chains):
      let modes = try modes(for: "COMMIT", chains: chains, at: position)
      if transaction?.hasFailed == true { try abandonRecord() } else { try commit() }
      if chains { try open(Transaction(modes)) }
    case .rollback(let chains):
      let modes = try modes(for: "ROLLBACK", chains: chains, at: position)
      try abandonRecord()
      if chains { try open(Transaction(modes)) }
    case .savepoint(let name):
      try requireTransaction("SAVEPOINT", at: position)
      try requireSound(at: position)
      guard let draft, let depth = transaction?.savepoints.count else { return }
      let mark = try sqlite { () throws(SQLiteError) in try view.mark(depth: depth) }
      transaction?.savepoints.append(
        .init(
          name: name.text, mark: mark, eventCount: draft.count, reason: recordReason,
          deferred: deferred))
    case .release(let name):
      try requireTransaction("RELEASE SAVEPOINT", at: position)
      try requireSound(at: position)
      let place = try place(of: name)
      guard let savepoint = transaction?.savepoints[place] else { return }
      try sqlite { () throws(SQLiteError) in try view.release(savepoint.mark) }
      transaction?.savepoints.removeSubrange(place...)
    case .rollbackTo(let name):
      try requireTransaction("ROLLBACK TO SAVEPOINT", at: position)
      let place = try place(of: name)
      guard let savepoint = transaction?.savepoints[place] else { return }
      try sqlite { () throws(SQLiteError) in try view.rollback(to: savepoint.mark) }
      draft?.truncate(to: savepoint.eventCount)
      recordReason = savepoint.reason
      deferred = savepoint.deferred
      transaction?.savepoints.removeSubrange((place + 1)...)
      transaction?.hasFailed = false
    case .setModes(let modes):
      try requireTransaction("SET TRANSACTION", at: position)
      try requireSound(at: position)
      try set(modes, at: position)
    case .setConstraints(let names, let areDeferred):
      try requireTransaction("SET CONSTRAINTS", at: position)
      try requireSound(at: position)
      try DatabaseError.wrap { () throws(SQLError) in
        try setConstraints(names, areDeferred: areDeferred)
      }
    }
  }

  private func open(_ new: Transaction) throws(DatabaseError) {
    _ = try beginRecord()
    transaction = new
    view.connection.now = Int64(Clock.realtime / 1000)
  }

  /// The modes of the transaction that a statement ends, for the one that it may begin.
  private func modes(
    for statement: String, chains: Bool, at position: Int
  ) throws(DatabaseError) -> TransactionModes {
    guard let transaction else {
      if chains { try requireTransaction("\(statement) AND CHAIN", at: position) }
      throw DatabaseError(
        SQLError(.noActiveTransaction, "there is no transaction in progress", at: position))
    }
    return TransactionModes(isReadOnly: transaction.isReadOnly)
  }

  private func set(_ modes: TransactionModes, at position: Int) throws(DatabaseError) {
    guard let open = transaction else { return }
    if open.hasRun || !open.savepoints.isEmpty {
      let late: String? =
        if modes.setsIsolation {
          "SET TRANSACTION ISOLATION LEVEL must be called before any query"
        } else if modes.isReadOnly == false, open.isReadOnly {
          "transaction read-write mode must be set before any query"
        } else { nil }
      if let late { throw DatabaseError(SQLError(.activeTransaction, late, at: position)) }
    }
    transaction?.isReadOnly = modes.isReadOnly ?? open.isReadOnly
  }

  private func place(of name: Name) throws(DatabaseError) -> Int {
    guard let open = transaction else { preconditionFailure("a savepoint is in a transaction") }
    if let place = open.savepoints.lastIndex(where: { $0.name == name.text }) { return place }
    throw DatabaseError(
      SQLError(
        .invalidSavepoint, "savepoint \"\(name.text)\" does not exist", at: name.position,
        hint: nearestHint(to: name.text, among: open.savepoints.map(\.name))))
  }

  private func requireTransaction(_ what: String, at position: Int) throws(DatabaseError) {
    if transaction != nil { return }
    throw DatabaseError(
      SQLError(
        .noActiveTransaction, "\(what) can only be used in transaction blocks", at: position))
  }

  /// Refuses what comes behind a statement that failed.
  func requireSound(at position: Int) throws(DatabaseError) {
    guard transaction?.hasFailed == true else { return }
    throw DatabaseError(
      SQLError(
        .failedTransaction,
        "current transaction is aborted, commands ignored until end of transaction block",
        at: position))
  }
}
