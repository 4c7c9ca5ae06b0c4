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
    // There are few: rows, DO UPDATE or WHEN, RETURNING, of each part.
    if let known = compiled.first(where: { $0.sql == sql }) { return known.prepared }
    let prepared = try connection.prepare(sql, persistent: true)
    compiled.append((sql, prepared))
    return prepared
  }
}

extension Plan {
  /// Whether it is a statement that changes rows.
  var changesRows: Bool {
    switch self {
    case .insert, .update, .delete, .merge, .combined: true
    case .query, .explain, .schema, .transaction: false
    }
  }

  /// The tables that what it gives back comes from, each once; `nil` where it gives nothing back.
  var tablesReturned: [String]? {
    switch self {
    case .query(let plan): return plan.tables
    case .insert(let plan): return Self.tables(plan.table, plan.source, plan.returning)
    case .update(let plan): return Self.tables(plan.table, plan.source, plan.returning)
    case .delete(let plan): return Self.tables(plan.table, plan.source, plan.returning)
    case .combined(let plan):
      guard let last = plan.last.tablesReturned else { return nil }
      return Self.united(
        plan.parts.flatMap { $0.plan.tablesReturned ?? [] } + last.filter { !$0.isEmpty })
    case .merge, .explain, .schema, .transaction: return nil
    }
  }

  private static func tables(
    _ table: Table, _ source: QueryPlan, _ returning: RowProgram?
  ) -> [String]? {
    guard let returning else { return nil }
    return united([table.name] + source.tables + returning.tables)
  }

  private static func united(_ names: [String]) -> [String] {
    var tables: [String] = []
    for name in names where !tables.contains(name) { tables.append(name) }
    return tables
  }
}
