// SPDX-License-Identifier: Apache-2.0
// Statements that write. A statement's rows are computed by a SELECT, become events, and the
// events are applied: the log holds what changed, never a statement to be run again.

internal import KimberliteCore

/// Rows that RETURNING asked for.
struct ReturnedRows {
  var columns: [ResultColumn]
  var rows: [[Value]]
}

/// Runs bound statements into a record's draft.
final class StatementRunner {
  private let view: View
  private let draft: RecordDraft
  private let offset: UInt64
  private let programs: Programs
  /// The values of parameters, as text.
  private let parameters: [String: String?]
  /// Makes the constraints of a table.
  private let constraints: (Table) throws(SQLError) -> Constraints

  init(
    view: View, draft: RecordDraft, offset: UInt64, programs: Programs? = nil,
    parameters: [String: String?] = [:],
    constraints: @escaping (Table) throws(SQLError) -> Constraints
  ) {
    self.view = view
    self.draft = draft
    self.offset = offset
    self.programs = programs ?? Programs(view.connection)
    self.parameters = parameters
    self.constraints = constraints
  }

  // MARK: INSERT

  func insert(_ plan: InsertPlan) throws(SQLError) -> ReturnedRows? {
    let constraints = try constraints(plan.table)
    let proposals = try rows(plan.source)
    let update = try plan.conflict?.update.map { (program) throws(SQLError) in
      try Program(program, self)
    }
    var results: [[Value]] = []
    var touched: Set<[UInt8]> = []
    for var row in proposals {
      fillHiddenKey(&row, plan.table)
      if let conflict = plan.conflict,
        let existing = try constraints.conflict(of: row, on: conflict.key)
      {
        guard let update else { continue }
        guard touched.insert(keyBytes(existing, plan.table)).inserted else {
          throw SQLError(
            .cardinalityViolation,
            "ON CONFLICT DO UPDATE command cannot affect row a second time",
            hint: "the same key is proposed twice")
        }
        let outcome = try update.run(existing + row)
        guard outcome[0] == .integer(1) else { continue }
        let replacement = Array(outcome.dropFirst())
        try replace(existing, by: replacement, plan.table, constraints)
        results.append(replacement)
        touched.insert(keyBytes(replacement, plan.table))
        continue
      }
      try constraints.checkRow(row)
      try emit(.insert, row, plan.table, constraints)
      if update != nil { touched.insert(keyBytes(row, plan.table)) }
      results.append(row)
    }
    if constraints.hasReferences {
      for row in results { try constraints.checkReferences(of: row) }
    }
    return try returned(plan.returning, results)
  }

  /// A key of a table without primary key: unique without a counter to keep.
  private func fillHiddenKey(_ row: inout [Value], _ table: Table) {
    guard let position = table.columns.firstIndex(where: \.hidden) else { return }
    row[position] = .integer(HiddenKey.value(offset: offset, place: draft.count))
  }

  private func keyBytes(_ row: [Value], _ table: Table) -> [UInt8] {
    var buffer = ByteBuffer(capacity: 64)
    for position in table.keyColumns {
      buffer.appendCBOR(row[position], as: table.columns[position].type)
    }
    return buffer.array()
  }

  // MARK: UPDATE and DELETE

  func update(_ plan: UpdatePlan) throws(SQLError) -> ReturnedRows? {
    let constraints = try constraints(plan.table)
    let width = plan.table.columns.count
    var seen: Set<[UInt8]> = []
    var changes: [(old: [Value], new: [Value])] = []
    for pair in try rows(plan.source) {
      let old = Array(pair[..<width])
      // UPDATE … FROM may meet a row several times; the first match counts, as in PostgreSQL.
      if seen.insert(keyBytes(old, plan.table)).inserted {
        changes.append((old, Array(pair[width...])))
      }
    }
    for (old, new) in changes { try constraints.checkRow(new, after: old) }
    // Rows that change their key all leave before the first arrives, so that keys may be shifted.
    let moves = changes.filter { isMove($0.old, to: $0.new, plan.table) }
    for (old, _) in moves { try emitDelete(old, plan.table) }
    for (_, new) in moves { try emit(.insert, new, plan.table, constraints) }
    for (old, new) in changes where !isMove(old, to: new, plan.table) {
      try emit(.update, new, plan.table, constraints)
    }
    if constraints.hasReferences {
      for (old, new) in changes {
        try constraints.checkReferences(of: new)
        try constraints.checkDependents(of: old)
      }
    }
    return try returned(plan.returning, changes.map(\.new))
  }

  /// Whether a row ends and another begins: under another key, or another subject's, for what is
  /// said of one subject must not be needed to know what became of another's.
  private func isMove(_ old: [Value], to new: [Value], _ table: Table) -> Bool {
    keyBytes(old, table) != keyBytes(new, table) || table.subject(of: old) != table.subject(of: new)
  }

  private func replace(
    _ old: [Value], by new: [Value], _ table: Table, _ constraints: Constraints
  ) throws(SQLError) {
    try constraints.checkRow(new, after: old)
    if isMove(old, to: new, table) {
      try emitDelete(old, table)
      try emit(.insert, new, table, constraints)
    } else {
      try emit(.update, new, table, constraints)
    }
    if constraints.isReferenced { try constraints.checkDependents(of: old) }
  }

  func delete(_ plan: DeletePlan) throws(SQLError) -> ReturnedRows? {
    let constraints = try constraints(plan.table)
    var seen: Set<[UInt8]> = []
    var gone: [[Value]] = []
    for row in try rows(plan.source) where seen.insert(keyBytes(row, plan.table)).inserted {
      gone.append(row)
    }
    for row in gone { try emitDelete(row, plan.table) }
    if constraints.isReferenced {
      for row in gone { try constraints.checkDependents(of: row) }
    }
    return try returned(plan.returning, gone)
  }

  // MARK: Schema

  func schema(_ changes: [SchemaChange]) throws(SQLError) {
    for change in changes {
      draft.events.appendEvent(change)
      try draft.endEvent()
      do throws(ApplyError) { try applyLast() } catch {
        if case .row(.duplicateKey, _) = error, case .createIndex(let index) = change {
          throw SQLError(
            .uniqueViolation,
            "could not create unique index \"\(index.name)\": the table holds duplicate keys")
        }
        throw sqlError(error)
      }
      if case .addColumn(let id, _, let added) = change, !added.isEmpty {
        try checkStoredRows(of: id)
      }
    }
  }

  /// The rows that exist must satisfy a CHECK that is added.
  private func checkStoredRows(of id: ObjectID) throws(SQLError) {
    guard let table = view.catalog.table(id) else { return }
    let constraints = try constraints(table)
    let names = table.columns.map { Storage.quote($0.storageName) }.joined(separator: ", ")
    let rows = try view.run { () throws(SQLiteError) in
      try view.connection.prepare(
        "SELECT \(names) FROM \(Storage.quote(table.storageName)) WHERE _live = 1")
    }
    while try view.run({ () throws(SQLiteError) in try rows.step() }) {
      let row = rows.row()
      do { try constraints.checkRow(row, after: row) } catch {
        var error = error
        error.message = error.message.replacing("new row for", with: "an existing row of")
        throw error
      }
    }
  }

  // MARK: Events

  private func emit(
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

  private func applyLast(_ count: Int = 1) throws(ApplyError) {
    let place = draft.count - count
    try draft.withEvents(from: place) { (events, bytes) throws(ApplyError) in
      try view.apply(events, of: bytes, offset: offset, place: place)
    }
  }

  private func sqlError(_ error: ApplyError) -> SQLError { view.sqlError(error) }

  // MARK: Programs

  private func rows(_ plan: QueryPlan) throws(SQLError) -> [[Value]] {
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
    var values: [Value] = []
    for slot in slots { values.append(try Rows.value(of: slot, in: parameters)) }
    return try view.run { () throws(SQLiteError) in
      let statement = try programs.prepared(sql)
      try statement.bind(from: inputCount + 1, values)
      return statement
    }
  }

  private func returned(_ program: RowProgram?, _ rows: [[Value]]) throws(SQLError) -> ReturnedRows?
  {
    guard let program else { return nil }
    let run = try Program(program, self)
    var results: [[Value]] = []
    for row in rows { results.append(try run.run(row)) }
    return ReturnedRows(columns: program.columns, rows: results)
  }

  /// A row program, prepared.
  private struct Program {
    let statement: Prepared
    let view: View

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
