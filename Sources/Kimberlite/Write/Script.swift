// SPDX-License-Identifier: Apache-2.0
// SQL that writes: each statement is a record, or each BEGIN … COMMIT. A statement that fails ends
// the run; what its transaction did is dropped, earlier records stay.

public import KimberliteCore

/// What running a statement brought.
public struct StatementOutcome: Sendable {
  /// What RETURNING asked for; `nil` without it.
  public var columns: [ResultColumn]?
  /// The rows.
  public var rows: [[Value]] = []
}

extension Writer {
  /// Whether BEGIN has opened a transaction that COMMIT has not ended.
  public var isInTransaction: Bool { draft != nil }

  /// Opens a transaction: what is run until `commit` is one record.
  public func begin() throws(DatabaseError) { _ = try beginRecord() }

  /// Ends a transaction; its record becomes durable like any other.
  public func commit() throws(DatabaseError) { try endRecord() }

  /// Runs one statement.
  ///
  /// Outside BEGIN … COMMIT it is a record of its own, if it changes anything. One with parameters
  /// is bound when it first runs and kept: run the same again with other values.
  ///
  /// Errors of the statement carry its position; an open transaction is dropped by any error.
  public func run(_ statement: ParsedStatement, parameters: [String: String?] = [:])
    throws(DatabaseError) -> StatementOutcome
  {
    do throws(DatabaseError) {
      return try runOpen(statement, parameters)
    } catch {
      if draft != nil { try abandonRecord() }
      throw error
    }
  }

  private func runOpen(_ statement: ParsedStatement, _ parameters: [String: String?])
    throws(DatabaseError) -> StatementOutcome
  {
    view.connection.now = Int64(Clock.realtime / 1000)
    let compiled = try DatabaseError.wrap { () throws(SQLError) in
      try compile(statement, parameters)
    }
    switch compiled.plan {
    case .begin:
      if isInTransaction {
        throw DatabaseError(
          SQLError(
            .activeTransaction, "there is already a transaction in progress",
            at: statement.range.lowerBound))
      }
      _ = try beginRecord()
      return StatementOutcome()
    case .commit:
      try requireTransaction(statement)
      try endRecord()
      return StatementOutcome()
    case .rollback:
      try requireTransaction(statement)
      try abandonRecord()
      return StatementOutcome()
    case .query, .explain:
      throw DatabaseError(
        SQLError(
          .readOnlyStatement, "this statement only reads; kb-query answers it",
          at: statement.range.lowerBound))
    case .insert, .update, .delete, .schema:
      let isOwnRecord = !isInTransaction
      if isOwnRecord { _ = try beginRecord() }
      let outcome = try noting(compiled) { () throws(DatabaseError) in
        try write(compiled, parameters)
      }
      if isOwnRecord { try endRecord() }
      return outcome
    }
  }

  /// Notes a statement that gives rows back, where the log audits reads.
  ///
  /// Its rows may be shown from then on, whatever becomes of its transaction.
  private func noting(
    _ statement: CompiledStatement, _ write: () throws(DatabaseError) -> StatementOutcome
  ) throws(DatabaseError) -> StatementOutcome {
    guard auditsReads, let tables = statement.plan.tablesReturned else { return try write() }
    let entry = AccessEntry(
      query: QueryFingerprint(statement.statement.text), tables: tables, rows: 0, asOf: nil,
      newest: newestOffset)
    return try accessLog.noting(
      entry,
      context: Context(
        actor: context.actor, reason: recordReason ?? context.reason, ticket: context.ticket),
      count: \.rows.count, write)
  }

  private func requireTransaction(_ statement: ParsedStatement) throws(DatabaseError) {
    if isInTransaction { return }
    throw DatabaseError(
      SQLError(
        .noActiveTransaction, "there is no transaction in progress",
        at: statement.range.lowerBound))
  }

  private func write(_ statement: CompiledStatement, _ texts: [String: String?])
    throws(DatabaseError) -> StatementOutcome
  {
    guard let draft else { preconditionFailure("a statement writes into an open record") }
    try note(statement.statement.reason, texts)
    return try DatabaseError.wrap { () throws(SQLError) in
      let runner = StatementRunner(
        view: view, draft: draft, offset: nextOffset, programs: statement.programs,
        parameters: texts, constraints: constraints)
      let returned: ReturnedRows?
      switch statement.plan {
      case .insert(let plan): returned = try runner.insert(plan)
      case .update(let plan): returned = try runner.update(plan)
      case .delete(let plan): returned = try runner.delete(plan)
      case .schema(let changes):
        try runner.schema(changes)
        returned = nil
      default: preconditionFailure("only statements that write come here")
      }
      return StatementOutcome(columns: returned?.columns, rows: returned?.rows ?? [])
    }
  }

  /// Takes the reason of a statement as that of its record, which has one.
  private func note(
    _ reason: Expression?, _ texts: [String: String?]
  ) throws(DatabaseError) {
    guard let reason else { return }
    try DatabaseError.wrap { () throws(SQLError) in
      let text: Value
      switch reason.kind {
      case .string(let string): text = .text(string)
      case .parameter(let name):
        text = try Rows.value(of: ParameterSlot(name: name, type: .text), in: texts)
      default: preconditionFailure("a reason is a string or a parameter")
      }
      guard case .text(let text) = text, !text.isEmpty else {
        throw SQLError(.invalidParameterValue, "the reason says nothing", at: reason.position)
      }
      if let other = recordReason, other != text {
        throw SQLError(
          .invalidTransaction, "the transaction has another reason already", at: reason.position,
          hint: "a record has one: COMMIT before what is done for another reason")
      }
      recordReason = text
    }
  }
}
