// SPDX-License-Identifier: Apache-2.0
// What a statement is to do, computed before any of it is done: UPDATE, DELETE, MERGE, and WITH,
// all parts of which see what was there before the first.

internal import KimberliteCore

/// Changes of one table, and what RETURNING says of them.
struct Effects {
  var changes: [RowChange]
  var returned: ReturnedRows?
}

extension StatementRunner {
  /// What a statement is to do.
  func effects(of plan: Plan) throws(SQLError) -> Effects {
    switch plan {
    case .insert(let plan): return try effects(plan)
    case .update(let plan):
      let width = plan.table.columns.count
      if let portion = plan.portion {
        return try effects(plan, of: portion)
      }
      var rows = try found(plan.source, plan.table)
      for index in rows.indices {
        rows[index] = try completed(rows[index], from: width, of: plan.table)
      }
      let found = rows.map { row in
        (
          RowChange(
            table: plan.table, old: Array(row[..<width]), new: Array(row[width..<2 * width])),
          Array(row[width...])
        )
      }
      return Effects(
        changes: found.map(\.0), returned: try returned(plan.returning, found.map(\.1)))
    case .delete(let plan):
      let width = plan.table.columns.count
      let found = try found(plan.source, plan.table)
      if let portion = plan.portion {
        return try effects(plan, of: portion, found)
      }
      return Effects(
        changes: found.map {
          RowChange(table: plan.table, old: Array($0[..<width]), new: nil)
        }, returned: try returned(plan.returning, found))
    case .merge(let plan): return Effects(changes: try merge(plan), returned: nil)
    default: preconditionFailure("only statements that change rows have effects")
    }
  }

  /// The rows that are to be changed, each once: what another part of the statement has changed
  /// is passed over, as in PostgreSQL.
  func found(_ source: QueryPlan, _ table: Table) throws(SQLError) -> [[Value]] {
    try rows(source).filter { touched.insert(keyBytes($0, table)).inserted }
  }

  /// Rows of an INSERT beside which other things are done.
  ///
  /// What it meets is known only when it is done: it is tried, and taken back.
  private func effects(_ plan: InsertPlan) throws(SQLError) -> Effects {
    if plan.conflict == nil {
      var rows = try rows(plan.source)
      for index in rows.indices { rows[index] = try completed(rows[index], of: plan.table) }
      return Effects(
        changes: rows.map { RowChange(table: plan.table, old: nil, new: $0) },
        returned: try returned(plan.returning, rows))
    }
    let view = writer.view
    let depth = writer.transaction?.savepoints.count ?? 0
    let eventCount = draft.count
    let mark = try view.run { () throws(SQLiteError) in try view.mark(depth: depth) }
    let (changes, returned) = try insert(plan, keepsAll: true)
    try view.run { () throws(SQLiteError) in
      try view.rollback(to: mark)
      try view.release(mark)
    }
    draft.truncate(to: eventCount)
    for case let old? in changes.map(\.old) { touched.insert(keyBytes(old, plan.table)) }
    return Effects(changes: changes, returned: returned)
  }

  // MARK: MERGE

  private func merge(_ plan: MergePlan) throws(SQLError) -> [RowChange] {
    let width = plan.table.columns.count
    var changes: [RowChange] = []
    var met: Set<[UInt8]> = []
    var clauses: [(MergePlan.Clause, Program)] = []
    for clause in plan.clauses { clauses.append((clause, try Program(clause.program, self))) }
    for row in try rows(plan.source) {
      let old = Array(row[..<width])
      let isMatched = row[width] == .integer(1)
      let inputs = old + row[(width + 1)...]
      search: for (clause, program) in clauses where clause.isMatched == isMatched {
        let outcome = try program.run(inputs)
        guard outcome[0] == .integer(1) else { continue }
        let new = Array(outcome.dropFirst())
        switch clause.action {
        case .nothing: break
        case .insert:
          changes.append(
            RowChange(table: plan.table, old: nil, new: try completed(new, of: plan.table)))
        case .update, .delete:
          let key = keyBytes(old, plan.table)
          if !met.insert(key).inserted {
            throw SQLError(
              .cardinalityViolation, "MERGE command cannot affect row a second time",
              hint: "see that not more than one source row matches any one target row")
          }
          if touched.insert(key).inserted {
            let isDeleted = clause.action == .delete
            changes.append(
              RowChange(
                table: plan.table, old: old,
                new: isDeleted ? nil : try completed(new, of: plan.table)))
          }
        }
        break search
      }
    }
    return changes
  }

  // MARK: WITH

  /// Runs a statement with what stands in its WITH: everything is computed, then done, in the
  /// order in which it is written.
  func run(_ plan: CombinedPlan) throws(SQLError) -> ReturnedRows? {
    var effects: [Effects] = []
    let connection = writer.view.connection
    defer {
      for part in plan.parts { try? connection.execute("DROP TABLE IF EXISTS temp.\(part.name)") }
    }
    for part in plan.parts {
      let answer: ReturnedRows?
      if case .query(let query) = part.plan {
        answer = ReturnedRows(columns: query.columns, rows: try rows(query))
      } else {
        effects.append(try self.effects(of: part.plan))
        answer = effects.last?.returned
      }
      if let answer { try keep(answer, as: part.name) }
    }
    let returned: ReturnedRows?
    if case .query(let query) = plan.last {
      returned = ReturnedRows(columns: query.columns, rows: try rows(query))
    } else {
      effects.append(try self.effects(of: plan.last))
      returned = effects.last?.returned
    }
    var changes: [RowChange] = []
    for effect in effects { changes += try apply(effect.changes) }
    // A row that one part has added may be one that another part's row refers to.
    try settle(changes, isOneStatement: false)
    return returned
  }

  /// Puts rows where the SQL of later parts finds them.
  private func keep(_ answer: ReturnedRows, as name: String) throws(SQLError) {
    let connection = writer.view.connection
    try writer.view.run { () throws(SQLiteError) in
      let columns = answer.columns.enumerated().map { "c\($0 + 1) \(Storage.type($1.type))" }
      try connection.execute("CREATE TEMP TABLE \(name) (\(columns.joined(separator: ", ")))")
      let marks = answer.columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
      let insert = try connection.prepare("INSERT INTO temp.\(name) VALUES (\(marks))")
      for row in answer.rows {
        try insert.bind(from: 1, row)
        try insert.run()
      }
    }
  }
}
