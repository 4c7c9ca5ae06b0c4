// SPDX-License-Identifier: Apache-2.0
// SQL that writes: each statement is a record, or each BEGIN … COMMIT; and what is asked between
// them, which sees what the open transaction has done so far.

public import KimberliteCore

/// What running a statement brought.
public struct StatementOutcome: Sendable {
  /// What a query or RETURNING asked for; `nil` without them.
  public var columns: [ResultColumn]?
  /// Whether the statement only reads.
  public var isRead = false
  /// The rows.
  public var rows: [[Value]] = []
}

extension Writer {
  /// Whether BEGIN has opened a transaction that COMMIT has not ended.
  public var isInTransaction: Bool { transaction != nil }

  /// Opens a transaction: what is run until `commit` is one record.
  public func begin() throws(DatabaseError) {
    try run(.begin(TransactionModes()), at: 0)
  }

  /// Ends a transaction; its record becomes durable like any other.
  ///
  /// One that a statement failed in, or that cannot be kept, is dropped.
  public func commit() throws(DatabaseError) {
    do throws(DatabaseError) {
      try requireSound(at: 0)
      try endRecord()
    } catch {
      if draft != nil { try abandonRecord() }
      throw error
    }
    transaction = nil
  }

  /// Runs one statement.
  ///
  /// Outside BEGIN … COMMIT it is a record of its own, if it changes anything. One with parameters
  /// is bound when it first runs and kept: run the same again with other values.
  ///
  /// Errors of the statement carry its position. A transaction in which one failed takes nothing
  /// more until it is ended, or taken back to a savepoint.
  public func run(_ statement: ParsedStatement, parameters: [String: String?] = [:])
    throws(DatabaseError) -> StatementOutcome
  {
    do throws(DatabaseError) {
      return try runOpen(statement, parameters)
    } catch {
      _ = view.connection.sequences?.takeMoved()
      if transaction != nil {
        transaction?.hasFailed = true
      } else if draft != nil {
        try abandonRecord()
      }
      throw error
    }
  }

  private func runOpen(_ statement: ParsedStatement, _ parameters: [String: String?])
    throws(DatabaseError) -> StatementOutcome
  {
    let position = statement.range.lowerBound
    if case .transaction(let statement) = statement.statement {
      try run(statement, at: position)
      return StatementOutcome()
    }
    try requireSound(at: position)
    // Of a transaction the clock stands still.
    if !isInTransaction { view.connection.now = Int64(Clock.realtime / 1000) }
    view.connection.user = context.actor
    let resolved = try DatabaseError.wrap { () throws(SQLError) in
      try prepared.resolve(statement, parameters, on: view.connection) { types in
        binder(parameters: parameters, types: types)
      }
    }
    guard let (meant, values) = resolved else { return StatementOutcome() }
    if meant === statement { return try run(meant, values, at: position) }
    do throws(DatabaseError) { return try run(meant, values, at: position) } catch {
      // Its place is in the text that was prepared.
      var error = error
      error.sql?.position = position
      throw error
    }
  }

  /// Runs a statement that reads, writes rows or changes the schema.
  private func run(
    _ statement: ParsedStatement, _ parameters: [String: String?], at position: Int
  ) throws(DatabaseError) -> StatementOutcome {
    let compiled = try DatabaseError.wrap { () throws(SQLError) in
      try compile(statement, parameters)
    }
    transaction?.hasRun = true
    switch compiled.plan {
    case .query(let plan) where plan.movesSequences:
      return try noting(compiled) { () throws(DatabaseError) in
        try move(by: plan, statement, parameters)
      }
    case .query(let plan):
      return try noting(compiled) { () throws(DatabaseError) in
        try read(plan) { () throws(DatabaseError) in
          try Rows(plan, view.connection, parameters)
        }
      }
    case .explain(let plan):
      return try read(plan) { () throws(DatabaseError) in
        try Rows(explaining: plan, view.connection, parameters)
      }
    case .transaction: preconditionFailure("it was run before anything was bound")
    case .insert, .update, .delete, .merge, .combined, .schema:
      if transaction?.isReadOnly == true {
        throw DatabaseError(
          SQLError(
            .readOnlyStatement,
            "cannot execute \(statement.verb) in a read-only transaction", at: position))
      }
      let isOwnRecord = draft == nil
      if isOwnRecord { _ = try beginRecord() }
      let outcome = try noting(compiled) { () throws(DatabaseError) in
        try write(compiled, parameters)
      }
      if isOwnRecord { try endRecord() }
      return outcome
    }
  }

  /// Runs a query that takes values of sequences, or sets them: it writes into a record.
  private func move(
    by plan: QueryPlan, _ statement: ParsedStatement, _ parameters: [String: String?]
  ) throws(DatabaseError) -> StatementOutcome {
    if transaction?.isReadOnly == true {
      throw DatabaseError(
        SQLError(
          .readOnlyStatement, "cannot execute nextval() in a read-only transaction",
          at: statement.range.lowerBound))
    }
    let isOwnRecord = draft == nil
    if isOwnRecord { _ = try beginRecord() }
    guard let draft else { preconditionFailure("a record is open") }
    var outcome = StatementOutcome()
    let rows = try Rows(plan, view.connection, parameters)
    outcome.columns = rows.columns
    while try rows.next() {
      var row: [Value] = []
      for column in rows.columns.indices { row.append(try rows.value(column)) }
      outcome.rows.append(row)
    }
    try DatabaseError.wrap { () throws(SQLError) in
      try StatementRunner(self, draft).keepSequences()
    }
    if isOwnRecord { try endRecord() }
    return outcome
  }

  /// Reads what is durable, and what the open transaction has changed.
  private func read(
    _ plan: QueryPlan, _ open: () throws(DatabaseError) -> Rows
  ) throws(DatabaseError) -> StatementOutcome {
    if !isInTransaction {
      try settle()
    } else if plan.tables.contains("kb.records") {
      try noteHashes()
    }
    view.connection.accesses = AccessSource(accessLog)
    let rows = try open()
    var outcome = StatementOutcome(columns: rows.columns)
    outcome.isRead = true
    while try rows.next() {
      var row: [Value] = []
      for column in rows.columns.indices { row.append(try rows.value(column)) }
      outcome.rows.append(row)
    }
    return outcome
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

  private func write(_ statement: CompiledStatement, _ texts: [String: String?])
    throws(DatabaseError) -> StatementOutcome
  {
    guard let draft else { preconditionFailure("a statement writes into an open record") }
    try note(statement.statement.reason, texts)
    return try DatabaseError.wrap { () throws(SQLError) in
      let runner = StatementRunner(
        self, draft, programs: statement.programs, parameters: texts)
      let returned: ReturnedRows?
      if case .schema(let steps) = statement.plan {
        try runner.schema(steps)
        returned = nil
      } else {
        returned = try runner.run(statement.plan)
      }
      try runner.keepSequences()
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

extension ParsedStatement {
  /// The words that say what kind of statement it is: `CREATE TABLE`.
  fileprivate var verb: String {
    var inner = statement
    while case .with(let with) = inner { inner = with.statement }
    switch inner {
    case .insert: return "INSERT"
    case .update: return "UPDATE"
    case .delete: return "DELETE"
    case .merge: return "MERGE"
    case .select: return "SELECT"
    default:
      let words = text.split(whereSeparator: { !$0.isLetter }).prefix(2)
      return words.joined(separator: " ").uppercased()
    }
  }
}
