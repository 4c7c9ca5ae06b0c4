// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// A bound statement and what SQLite makes of it, to be run any number of times.
struct CompiledStatement {
  /// Held, so that no other statement can be taken for it while this is kept.
  let statement: ParsedStatement
  let plan: Plan
  let programs: Programs
}

/// The SQLite statements of one plan, each compiled when it is first run.
final class Programs {
  private let connection: Connection
  private var compiled: [(sql: String, prepared: Prepared)] = []

  init(_ connection: Connection) { self.connection = connection }

  /// What a text of the plan is compiled to; whoever runs it resets it.
  func prepared(_ sql: String) throws(SQLiteError) -> Prepared {
    // There are three at most: rows, DO UPDATE, RETURNING.
    if let known = compiled.first(where: { $0.sql == sql }) { return known.prepared }
    let prepared = try connection.prepare(sql, persistent: true)
    compiled.append((sql, prepared))
    return prepared
  }
}

extension Plan {
  /// Whether it is an INSERT, UPDATE or DELETE.
  var changesRows: Bool {
    switch self {
    case .insert, .update, .delete: true
    case .query, .explain, .schema, .transaction: false
    }
  }

  /// The tables that what it gives back comes from, each once; `nil` where it gives nothing back.
  var tablesReturned: [String]? {
    let (table, source, returning): (Table, QueryPlan, RowProgram?)
    switch self {
    case .insert(let plan): (table, source, returning) = (plan.table, plan.source, plan.returning)
    case .update(let plan): (table, source, returning) = (plan.table, plan.source, plan.returning)
    case .delete(let plan): (table, source, returning) = (plan.table, plan.source, plan.returning)
    case .query(let plan): return plan.tables
    case .explain, .schema, .transaction: return nil
    }
    guard let returning else { return nil }
    var tables = [table.name]
    for name in source.tables + returning.tables where !tables.contains(name) {
      tables.append(name)
    }
    return tables
  }
}
