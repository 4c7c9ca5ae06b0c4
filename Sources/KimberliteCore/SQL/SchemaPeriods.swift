// SPDX-License-Identifier: Apache-2.0
// PERIOD FOR and WITHOUT OVERLAPS of a table that is being made. SQL:2011 §11.27, §11.7.

extension TablePlanner {
  /// A period makes its columns NOT NULL and is never empty.
  mutating func addPeriod(_ name: Name, _ from: Name, _ to: Name, at position: Int)
    throws(SQLError)
  {
    try requireNewTable("PERIOD FOR", at: position)
    try binder.requireUnreserved(name)
    if table.period != nil {
      throw SQLError(
        .invalidTableDefinition, "a table has at most one period", at: name.position)
    }
    if table.column(named: name.text) != nil {
      throw SQLError(
        .duplicateColumn, "the period \"\(name.text)\" has the name of a column",
        at: name.position)
    }
    var ids: [ColumnID] = []
    for end in [from, to] {
      let index = try binder.position(of: end, in: table)
      let column = table.columns[index]
      let isInstant = column.type.family == .datetime || column.type.isInteger
      if !isInstant {
        throw SQLError(
          .datatypeMismatch,
          "a period is of DATE, TIMESTAMP, TIMESTAMPTZ or an integer; column \"\(column.name)\" "
            + "is of type \(column.type.messageName)", at: end.position)
      }
      if column.personal { throw personalEnd(column, at: end.position) }
      table.columns[index].notNull = true
      ids.append(column.id)
    }
    let types = ids.map { table.columns[table.position(of: $0)].type }
    if ids[0] == ids[1] || types[0] != types[1] {
      throw SQLError(
        .datatypeMismatch, "the ends of a period are two columns of one type", at: to.position)
    }
    table.period = Period(name: name.text, from: ids[0], to: ids[1])
    let check = TableConstraint(
      name: nil,
      kind: .check(
        SourceExpression(
          expression: Expression(
            .binary(
              .less, Expression(.column([from]), at: from.position),
              Expression(.column([to]), at: to.position)), at: from.position),
          text: "\(SQLText.name(from.text)) < \(SQLText.name(to.text))")), position: position)
    try append(check, "\(table.name)_\(name.text)_check", checkKind(check))
  }

  private func checkKind(_ constraint: TableConstraint) -> Constraint.Kind {
    guard case .check(let source) = constraint.kind else { preconditionFailure("it is a CHECK") }
    return .check(source.text)
  }

  private func personalEnd(_ column: Column, at position: Int) -> SQLError {
    SQLError(
      .invalidTableDefinition, "column \"\(column.name)\" of a period cannot be PERSONAL",
      at: position)
  }

  /// `PRIMARY KEY | UNIQUE (columns, period WITHOUT OVERLAPS)`: since rows of a key do not overlap,
  /// the columns and the begin of the period are unique, and an index of these finds what meets.
  mutating func addKey(
    _ constraint: TableConstraint, _ names: [Name], without period: Name, isPrimary: Bool
  ) throws(SQLError) {
    let position = constraint.position
    try requireNewTable("WITHOUT OVERLAPS", at: position)
    let known = try table.period(named: period)
    if names.isEmpty {
      throw SQLError(
        .invalidTableDefinition,
        "constraint using WITHOUT OVERLAPS needs at least two columns", at: position)
    }
    let ids = try keyColumns(names, at: position)
    if let end = ids.first(where: { $0 == known.from || $0 == known.to }) {
      throw SQLError(
        .duplicateColumn,
        "column \"\(table.columns[table.position(of: end)].name)\" is in the period of the key",
        at: position)
    }
    let from = Name(table.columns[table.position(of: known.from)].name, at: period.position)
    let parts = (names + [period]).map(\.text).joined(separator: "_")
    if isPrimary {
      try add(
        TableConstraint(
          name: constraint.name, kind: .primaryKey(names + [from]), position: position))
      guard let key = table.constraints.last else { preconditionFailure("a key was added") }
      table.constraints.append(Constraint(name: key.name, kind: .withoutOverlaps(ids)))
      return
    }
    let name = try append(constraint, "\(table.name)_\(parts)_key", .withoutOverlaps(ids))
    let next = max(binder.catalog.nextID, table.id + 1) + ObjectID(indexes.count)
    indexes.append(
      Index(
        id: next, name: name, table: table.id, columns: (ids + [known.from]).map { ($0, false) },
        unique: false))
  }

  private func requireNewTable(_ what: String, at position: Int) throws(SQLError) {
    if binder.catalog.table(table.id) == nil { return }
    throw SQLError(
      .featureNotSupported, "\(what) of a table that exists is not supported", at: position,
      hint: "make another table with it and INSERT … SELECT")
  }
}

extension Constraint.Kind {
  /// Whether an index of the constraint's name goes with it.
  var needsIndex: Bool {
    switch self {
    case .unique, .withoutOverlaps: true
    case .primaryKey, .check, .foreignKey: false
    }
  }
}
