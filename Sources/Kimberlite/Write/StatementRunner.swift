// SPDX-License-Identifier: Apache-2.0
// Statements that write. A statement's rows are computed by a SELECT, become events, and the
// events are applied: the log holds what changed, never a statement to be run again.

internal import KimberliteCore

/// Rows that a statement gives back.
struct ReturnedRows {
  var columns: [ResultColumn]
  var rows: [[Value]]
}

/// Runs bound statements into a record's draft.
final class StatementRunner {
  let writer: Writer
  let draft: RecordDraft
  private let programs: Programs
  /// The values of parameters, as text, or as they are.
  private let parameters: [String: String?]
  private let values: [String: Value]
  /// Rows that the statement has changed: another part of it does not find them again.
  var touched: Set<[UInt8]> = []

  var view: View { writer.view }

  init(
    _ writer: Writer, _ draft: RecordDraft, programs: Programs? = nil,
    parameters: [String: String?] = [:], values: [String: Value] = [:]
  ) {
    self.writer = writer
    self.draft = draft
    self.programs = programs ?? Programs(writer.view.connection)
    self.parameters = parameters
    self.values = values
  }

  /// Runs a statement that changes rows.
  func run(_ plan: Plan) throws(SQLError) -> ReturnedRows? {
    switch plan {
    case .insert(let plan):
      let (changes, returned) = try insert(plan)
      try settle(changes)
      return returned
    case .update, .delete, .merge:
      let effects = try effects(of: plan)
      try settle(apply(effects.changes))
      return effects.returned
    case .combined(let plan): return try run(plan)
    default: preconditionFailure("only statements that change rows come here")
    }
  }

  // MARK: INSERT

  /// Inserts row by row: what a row meets may be what the one before it left.
  ///
  /// `keepsAll`: answers what was changed even where no reference asks for it.
  func insert(
    _ plan: InsertPlan, keepsAll: Bool = false
  ) throws(SQLError) -> ([RowChange], ReturnedRows?) {
    let constraints = try writer.constraints(plan.table)
    var proposals = try rows(plan.source)
    if constraints.hasGenerated {
      for index in proposals.indices {
        proposals[index] = try completed(proposals[index], of: plan.table)
      }
    }
    let ahead = try plan.readsTables ? self.ahead(plan, proposals, constraints) : nil
    let update = try plan.conflict?.update.map { (program) throws(SQLError) in
      try Program(program, self)
    }
    var changes: [RowChange] = []
    var done: [Int] = []
    var met: Set<[UInt8]> = []
    for (index, proposal) in proposals.enumerated() {
      var row = proposal
      fillHiddenKey(&row, plan.table)
      if let conflict = plan.conflict,
        let existing = try constraints.conflict(of: row, on: conflict.key)
      {
        guard let update else { continue }
        guard met.insert(keyBytes(existing, plan.table)).inserted else {
          throw SQLError(
            .cardinalityViolation,
            "ON CONFLICT DO UPDATE command cannot affect row a second time",
            hint: "the same key is proposed twice")
        }
        var outcome = ahead?.outcomes[index] ?? []
        if outcome.isEmpty { outcome = try update.run(existing + row) }
        guard outcome[0] == .integer(1) else { continue }
        var replacement = Array(outcome.dropFirst())
        try constraints.complete(&replacement)
        changes += try apply([RowChange(table: plan.table, old: existing, new: replacement)])
        met.insert(keyBytes(replacement, plan.table))
        done.append(index)
        continue
      }
      try constraints.checkRow(row)
      do { try constraints.checkOverlaps(row) } catch {
        // Any conflict will do where no key is named.
        if let conflict = plan.conflict, conflict.key.isEmpty { continue }
        throw error
      }
      try emit(.insert, row, plan.table, constraints)
      if update != nil { met.insert(keyBytes(row, plan.table)) }
      changes.append(RowChange(table: plan.table, old: nil, new: row))
      done.append(index)
    }
    let returned: ReturnedRows?
    if let ahead {
      returned = ahead.returned.map { answers in
        ReturnedRows(columns: answers.columns, rows: done.map { answers.rows[$0] })
      }
    } else {
      returned = try self.returned(plan.returning, changes.compactMap(\.new))
    }
    return (keepsAll || constraints.hasReferences ? changes : [], returned)
  }

  /// What DO UPDATE makes of the rows that are there, empty where there is none, and what RETURNING
  /// says of each proposal: both may ask for rows, and see those from before the statement.
  private func ahead(
    _ plan: InsertPlan, _ proposals: [[Value]], _ constraints: Constraints
  ) throws(SQLError) -> (outcomes: [[Value]], returned: ReturnedRows?) {
    let update = try plan.conflict?.update.map { (program) throws(SQLError) in
      try Program(program, self)
    }
    var outcomes: [[Value]] = []
    var shown: [[Value]] = []
    for row in proposals {
      var outcome: [Value] = []
      if let update, let conflict = plan.conflict,
        let existing = try constraints.conflict(of: row, on: conflict.key)
      {
        outcome = try update.run(existing + row)
        if outcome[0] == .integer(1) { outcome = try completed(outcome, from: 1, of: plan.table) }
      }
      shown.append(outcome.first == .integer(1) ? Array(outcome.dropFirst()) : row)
      outcomes.append(outcome)
    }
    return (outcomes, try returned(plan.returning, shown))
  }

  /// A key of a table without primary key: unique without a counter to keep.
  private func fillHiddenKey(_ row: inout [Value], _ table: Table) {
    guard let position = table.columns.firstIndex(where: \.hidden) else { return }
    row[position] = .integer(HiddenKey.value(offset: writer.nextOffset, place: draft.count))
  }

  func keyBytes(_ row: [Value], _ table: Table) -> [UInt8] {
    var buffer = ByteBuffer(capacity: 64)
    buffer.appendCBOR(.integer(Int64(table.id)), as: .bigint)
    for position in table.keyColumns {
      buffer.appendCBOR(row[position], as: table.columns[position].type)
    }
    return buffer.array()
  }

  // MARK: Changes

  /// Puts changes of one table into the record; answers them as they are there.
  func apply(_ changes: [RowChange]) throws(SQLError) -> [RowChange] {
    guard let table = changes.first?.table else { return [] }
    let constraints = try writer.constraints(table)
    for change in changes {
      if let new = change.new { try constraints.checkRow(new, after: change.old) }
    }
    // Rows that go or change their key all leave before the first arrives, so that keys may be
    // shifted.
    for change in changes {
      if let old = change.old, change.new.map({ isMove(old, to: $0, table) }) ?? true {
        try emitDelete(old, table)
      }
    }
    for case (let old?, let new?) in changes.map({ ($0.old, $0.new) })
    where isMove(old, to: new, table) {
      try emit(.insert, new, table, constraints)
    }
    for case (let old?, let new?) in changes.map({ ($0.old, $0.new) })
    where !isMove(old, to: new, table) {
      try emit(.update, new, table, constraints)
    }
    var applied = changes
    for (index, change) in changes.enumerated() where change.old == nil {
      guard var new = change.new else { continue }
      fillHiddenKey(&new, table)
      try emit(.insert, new, table, constraints)
      applied[index] = RowChange(table: table, old: nil, new: new)
    }
    for change in applied where constraints.hasOverlapRules {
      if let new = change.new { try constraints.checkOverlaps(new) }
    }
    return applied
  }

  /// Whether a row ends and another begins: under another key, or another subject's, for what is
  /// said of one subject must not be needed to know what became of another's.
  private func isMove(_ old: [Value], to new: [Value], _ table: Table) -> Bool {
    keyBytes(old, table) != keyBytes(new, table) || table.subject(of: old) != table.subject(of: new)
  }

  /// A row with its generated columns computed, which begins at a place of what a query gave.
  func completed(_ row: [Value], from first: Int = 0, of table: Table) throws(SQLError) -> [Value] {
    let constraints = try writer.constraints(table)
    if !constraints.hasGenerated { return row }
    let end = first + table.columns.count
    var whole = Array(row[first..<end])
    try constraints.complete(&whole)
    return row[..<first] + whole + row[end...]
  }

  // MARK: Events

  func emit(
    _ kind: EventKind, _ row: [Value], _ table: Table, _ constraints: Constraints
  ) throws(SQLError) {
    draft.events.appendEvent(kind, table, row: row)
    try draft.endEvent()
    if table.hasPersonal {
      draft.events.appendPersonal(table, row: row)
      try draft.endEvent()
    }
    if let subject = table.subject(of: row) {
      draft.mark(last: table.hasPersonal ? 2 : 1, as: subject)
    }
    do throws(ApplyError) { try applyLast(table.hasPersonal ? 2 : 1) } catch {
      if case .row(.duplicateKey, _) = error { throw try constraints.uniqueViolation(row) }
      throw sqlError(error)
    }
  }

  private func emitDelete(_ row: [Value], _ table: Table) throws(SQLError) {
    draft.events.appendDelete(table, key: table.keyColumns.map { row[$0] })
    try draft.endEvent()
    if let subject = table.subject(of: row) { draft.mark(last: 1, as: subject) }
    do throws(ApplyError) { try applyLast() } catch { throw sqlError(error) }
  }

  func applyLast(_ count: Int = 1) throws(ApplyError) {
    let place = draft.count - count
    try draft.withEvents(from: place) { (events, bytes) throws(ApplyError) in
      try view.apply(events, of: bytes, offset: writer.nextOffset, place: place)
    }
  }

  func sqlError(_ error: ApplyError) -> SQLError { view.sqlError(error) }

  // MARK: Programs

  func rows(_ plan: QueryPlan) throws(SQLError) -> [[Value]] {
    let statement = try prepared(plan.sql, plan.parameters, inputCount: 0)
    defer { statement.reset() }
    return try view.run { () throws(SQLiteError) in
      var rows: [[Value]] = []
      while try statement.step() { rows.append(statement.row()) }
      return rows
    }
  }

  /// A program with its own parameters bound: it numbers and types them by its own uses.
  private func prepared(
    _ sql: String, _ slots: [ParameterSlot], inputCount: Int
  ) throws(SQLError) -> Prepared {
    var bound: [Value] = []
    for slot in slots {
      if let known = values[slot.name] {
        bound.append(known)
      } else {
        bound.append(try Rows.value(of: slot, in: parameters))
      }
    }
    return try view.run { () throws(SQLiteError) in
      let statement = try programs.prepared(sql)
      try statement.bind(from: inputCount + 1, bound)
      return statement
    }
  }

  func returned(_ program: RowProgram?, _ rows: [[Value]]) throws(SQLError) -> ReturnedRows? {
    guard let program else { return nil }
    let run = try Program(program, self)
    var results: [[Value]] = []
    for row in rows { results.append(try run.run(row)) }
    return ReturnedRows(columns: program.columns, rows: results)
  }

  /// A row program, prepared.
  struct Program {
    private let statement: Prepared
    private let view: View

    init(_ program: RowProgram, _ runner: StatementRunner) throws(SQLError) {
      view = runner.view
      statement = try runner.prepared(
        program.sql, program.parameters, inputCount: program.inputCount)
    }

    func run(_ inputs: [Value]) throws(SQLError) -> [Value] {
      defer { statement.reset() }
      return try view.run { () throws(SQLiteError) in
        try statement.bind(from: 1, inputs)
        _ = try statement.step()
        return statement.row()
      }
    }
  }
}

extension InsertPlan {
  /// Whether DO UPDATE or RETURNING ask for more than their rows.
  fileprivate var readsTables: Bool {
    [conflict?.update, returning].contains { $0?.tables.isEmpty == false }
  }
}

extension View {
  /// What an event that does not fit means for a live statement: the planner made it, so it is
  /// ours to explain.
  func sqlError(_ error: ApplyError) -> SQLError {
    switch error {
    case .sqlite(let error), .row(.sqlite(let error), _): connection.sqlError(error)
    case .row(.duplicateKey, _): SQLError(.uniqueViolation, "duplicate key value")
    case .row(.noSuchRow, _): SQLError(.internalError, "a row to change is not there")
    case .row(.malformed(let error), _), .malformed(let error, _):
      SQLError(.internalError, "an event is malformed: \(error)")
    case .unknownObject(let id, _): SQLError(.undefinedTable, "object \(id) does not exist")
    }
  }
}
