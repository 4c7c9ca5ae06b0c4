// SPDX-License-Identifier: Apache-2.0
// What a change of the schema is for the shell: changes of the catalog, and what has to happen to
// the rows that exist, in order.

/// One step of a change of the schema.
public enum SchemaStep: Sendable {
  case change(SchemaChange)
  /// The rows of a table get new values, which the query computes before the change: whole rows of
  /// the table as it is after it.
  case rewrite(SchemaChange, Table, QueryPlan)
  /// If the query has a row, what was asked for cannot be.
  case refuse(QueryPlan, SQLError)
  /// The first rows of a table that was just made.
  case fill(InsertPlan)

  /// What it does to the catalog.
  public var change: SchemaChange? {
    switch self {
    case .change(let change), .rewrite(let change, _, _): change
    case .refuse, .fill: nil
    }
  }
}

extension Binder {
  /// The binder of the catalog as it is after these steps.
  func after(_ steps: [SchemaStep]) -> Binder {
    var binder = self
    for step in steps { if let change = step.change { binder.catalog.apply(change) } }
    return binder
  }

  /// A query over the live rows of a table: `items` and `condition` are SQLite text over its stored
  /// columns.
  static func liveRows(of table: Table, _ items: [String], where condition: String? = nil)
    -> QueryPlan
  {
    let filter = condition.map { " AND \($0)" } ?? ""
    return QueryPlan(
      sql: "SELECT \(items.joined(separator: ", ")) FROM \(SQLText.name(table.storageName)) "
        + "WHERE \"_live\" = 1\(filter)", parameters: [], columns: [])
  }

  /// Refuses a constraint that a row breaks.
  func refusal(of constraint: Constraint, on table: Table) throws(SQLError) -> SchemaStep? {
    let condition: String
    let error: SQLError
    switch constraint.kind {
    case .primaryKey, .unique, .withoutOverlaps: return nil
    case .check(let text):
      // NULL is no violation.
      condition = "NOT (\(try rowText(Parser.parseExpression(text), table, .check, "CHECK")))"
      error = SQLError(
        .checkViolation,
        "check constraint \"\(constraint.name)\" of table \"\(table.name)\" is violated by some row"
      )
    case .foreignKey:
      let parts = try foreignKey(constraint, of: table)
      let filled = parts.map { "\($0.column) IS NOT NULL" }.joined(separator: " AND ")
      let same = parts.map { "\"kb_target\".\($0.target) = \($0.column)" }.joined(
        separator: " AND ")
      guard let id = constraint.target, let target = catalog.table(id) else { return nil }
      condition =
        "\(filled) AND NOT EXISTS (SELECT 1 FROM \(SQLText.name(target.storageName)) AS \"kb_target\" "
        + "WHERE \"kb_target\".\"_live\" = 1 AND \(same))"
      error = SQLError(
        .foreignKeyViolation,
        "insert or update on table \"\(table.name)\" violates foreign key constraint "
          + "\"\(constraint.name)\": a row refers to none of table \"\(target.name)\"")
    }
    return .refuse(Self.liveRows(of: table, ["1"], where: "\(condition) LIMIT 1"), error)
  }

  private func foreignKey(_ constraint: Constraint, of table: Table) throws(SQLError)
    -> [(column: String, target: String)]
  {
    guard let id = constraint.target, let target = catalog.table(id) else { return [] }
    return zip(constraint.columns, constraint.targetColumns).map { column, other in
      (
        SQLText.name(table.storageName) + "."
          + SQLText.name(table.columns[table.position(of: column)].storageName),
        SQLText.name(target.columns[target.position(of: other)].storageName)
      )
    }
  }

  /// An expression over the columns of a table as SQLite text over its stored columns.
  func rowText(_ expression: Expression, _ table: Table, _ clause: Clause, _ what: String)
    throws(SQLError) -> String
  {
    var binding = rowBinding(table, clause)
    return binding.text(try binding.bindBoolean(expression, what))
  }

  /// A binding in which the stored columns of a table can be named.
  func rowBinding(_ table: Table, _ clause: Clause) -> Binding {
    var binding = Binding(self)
    binding.scopes.append(Scope(clause))
    let columns = table.columns.map { column in
      RelationColumn(
        name: column.name, type: column.type, nullable: !column.notNull,
        source: "\(SQLText.name(table.storageName)).\(SQLText.name(column.storageName))",
        starred: !column.hidden, collates: column.type.isNumeric)
    }
    binding.scopes[0].relations = [binding.add(table.name, .inputs, columns)]
    return binding
  }
}
