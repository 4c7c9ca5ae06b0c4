// SPDX-License-Identifier: Apache-2.0
// Changes of the schema, and what they do to the rows that exist.

internal import KimberliteCore

extension StatementRunner {
  func schema(_ steps: [SchemaStep]) throws(SQLError) {
    let before = view.catalog
    for step in steps {
      switch step {
      case .change(let change): try apply(change)
      case .rewrite(let change, let table, let source):
        let rows = try rows(source)
        try apply(change)
        try rewrite(rows, table)
      case .refuse(let query, let error):
        if try !rows(query).isEmpty { throw error }
      case .fill(let plan): _ = try insert(plan)
      }
    }
    let after = view.catalog
    if before == after { return }
    try writer.requireNothingDeferred { before.table($0)?.columns != after.table($0)?.columns }
  }

  /// Notes how far sequences have come.
  func keepSequences() throws(SQLError) {
    guard let moved = view.connection.sequences?.takeMoved() else { return }
    for position in moved { try apply(.define(.setSequence(position))) }
  }

  private func apply(_ change: SchemaChange) throws(SQLError) {
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
  }

  /// Gives live rows a new version each: whole rows with the keys that they have.
  private func rewrite(_ rows: [[Value]], _ table: Table) throws(SQLError) {
    let constraints = try writer.constraints(table)
    for var row in rows {
      try constraints.complete(&row)
      try constraints.checkRow(row, after: row)
      try emit(.update, row, table, constraints)
    }
  }
}
