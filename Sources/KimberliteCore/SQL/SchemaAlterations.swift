// SPDX-License-Identifier: Apache-2.0
// ALTER TABLE: its actions in PostgreSQL's order, each planned on the schema that those before it
// leave. Columns are in SchemaColumns.swift.

extension AlterTableStatement.Action {
  /// In which order the actions of one statement are done: what goes makes room for what comes.
  fileprivate var pass: Int {
    switch self {
    case .dropColumn, .dropConstraint, .alterColumn(_, .setDefault(nil)),
      .alterColumn(_, .setNotNull(false)), .alterColumn(_, .dropIdentity),
      .alterColumn(_, .dropExpression):
      0
    case .alterColumn(_, .setType): 1
    case .addColumn: 2
    case .alterColumn(_, .addIdentity), .alterColumn(_, .setIdentity): 4
    case .alterColumn: 3
    case .addConstraint(let constraint): constraint.isKey ? 4 : 5
    case .renameColumn, .renameTable, .renameConstraint, .validateConstraint, .setRetention,
      .dropRetention:
      6
    }
  }
}

extension TableConstraint {
  fileprivate var isKey: Bool {
    switch kind {
    case .primaryKey, .unique, .withoutOverlaps: true
    case .check, .foreignKey, .subjectKey, .period: false
    }
  }
}

extension Binder {
  func plan(_ statement: AlterTableStatement) throws(SQLError) -> [SchemaStep] {
    if statement.ifExists, !isTaken(statement.table.name.text) { return [] }
    let id = try existingTable(statement.table).id
    var steps: [SchemaStep] = []
    var binder = self
    let ordered = statement.actions.enumerated().sorted {
      ($0.element.pass, $0.offset) < ($1.element.pass, $1.offset)
    }
    for (_, action) in ordered {
      guard let table = binder.catalog.table(id) else { break }
      let more = try binder.steps(action, table)
      binder = binder.after(more)
      steps += more
    }
    return steps
  }

  private func steps(_ action: AlterTableStatement.Action, _ table: Table) throws(SQLError)
    -> [SchemaStep]
  {
    switch action {
    case .addColumn(let definition, let ifNotExists):
      if ifNotExists, table.column(named: definition.name.text) != nil { return [] }
      return try addColumn(definition, table)
    case .dropColumn(let name, let ifExists, let cascades):
      if ifExists, table.column(named: name.text) == nil { return [] }
      return try dropColumn(name, table, cascades: cascades).map { .change($0) }
    case .alterColumn(let name, let action): return try alterColumn(name, action, table)
    case .renameColumn(let name, let new):
      return try rename(name, to: new, table).map { .change($0) }
    case .renameTable(let new): return [.change(try rename(table, to: new))]
    case .addConstraint(let constraint): return try add(constraint, to: table)
    case .dropConstraint(let name, let ifExists, let cascades):
      if ifExists, table.constraint(named: name.text) == nil { return [] }
      return try drop(try constraint(name, of: table), table, name, cascades: cascades)
        .map { .change($0) }
    case .renameConstraint(let name, let new): return try rename(constraint: name, to: new, table)
    case .validateConstraint(let name): return try validate(name, table)
    case .setRetention(let clause): return try setRetention(clause, table).map { .change($0) }
    case .dropRetention(let position):
      return try dropRetention(table, at: position).map { .change($0) }
    }
  }

  private func rename(_ table: Table, to new: Name) throws(SQLError) -> SchemaChange {
    if isTaken(new.text) { throw alreadyExists(new) }
    try requireUnreserved(new)
    try requireNoView(
      using: table.id, "table \"\(table.name)\" cannot be renamed", at: new.position)
    for (what, text) in conditions(of: table) {
      let paths = try Parser.parseExpression(text).columnPaths
      if paths.contains(where: { $0.count > 1 }) {
        throw SQLError(
          .featureNotSupported,
          "table \"\(table.name)\" cannot be renamed: \(what) writes its columns with its name",
          at: new.position)
      }
    }
    return .renameTable(table.id, to: new.text)
  }

  // MARK: Constraints

  func constraint(_ name: Name, of table: Table) throws(SQLError) -> Constraint {
    if let constraint = table.constraint(named: name.text) { return constraint }
    throw SQLError(
      .undefinedObject,
      "constraint \"\(name.text)\" of table \"\(table.name)\" does not exist", at: name.position,
      hint: nearestHint(to: name.text, among: table.constraints.map(\.name)))
  }

  func add(_ constraint: TableConstraint, to table: Table) throws(SQLError)
    -> [SchemaStep]
  {
    if case .primaryKey = constraint.kind {
      if !table.columns[table.keyColumns[0]].hidden {
        throw SQLError(
          .invalidTableDefinition,
          "multiple primary keys for table \"\(table.name)\" are not allowed",
          at: constraint.position)
      }
      throw SQLError(
        .featureNotSupported, "a primary key of a table that exists is not supported",
        at: constraint.position,
        hint: "rows are found by their key for ever: use UNIQUE and NOT NULL, or a new table")
    }
    var planner = TablePlanner(binder: self, table: table)
    try planner.add(constraint)
    guard var new = planner.table.constraints.last else { return [] }
    new.isValid = constraint.isValid
    var steps: [SchemaStep] = [.change(.define(.addConstraint(table.id, new)))]
    steps += planner.indexes.map { .change(.createIndex($0)) }
    if new.isValid, let refusal = try refusal(of: new, on: table) { steps.append(refusal) }
    return steps
  }

  func drop(
    _ constraint: Constraint, _ table: Table, _ name: Name, cascades: Bool
  ) throws(SQLError) -> [SchemaChange] {
    var changes: [SchemaChange] = []
    switch constraint.kind {
    case .primaryKey:
      throw SQLError(
        .featureNotSupported, "dropping a primary key is not supported", at: name.position,
        hint: "rows are found by their key for ever: make a new table")
    case .unique(let ids):
      for other in catalog.tables {
        for reference in other.constraints
        where reference.target == table.id && reference.targetColumns.sorted() == ids.sorted() {
          if !cascades {
            throw SQLError(
              .dependentObjects,
              "constraint \"\(name.text)\" cannot be dropped: constraint \"\(reference.name)\" of "
                + "table \"\(other.name)\" depends on it", at: name.position,
              hint: "DROP CONSTRAINT … CASCADE drops what depends on it too")
          }
          changes.append(.define(.dropConstraint(other.id, reference.name)))
        }
      }
    case .check, .foreignKey, .withoutOverlaps: break
    }
    changes.append(.define(.dropConstraint(table.id, constraint.name)))
    if constraint.kind.needsIndex {
      changes += catalog.indexes.filter { $0.table == table.id && $0.name == constraint.name }
        .map { .dropIndex($0.id) }
    }
    return changes
  }

  private func rename(constraint name: Name, to new: Name, _ table: Table) throws(SQLError)
    -> [SchemaStep]
  {
    var constraint = try constraint(name, of: table)
    try requireUnreserved(new)
    if table.constraint(named: new.text) != nil {
      throw SQLError(
        .duplicateObject,
        "constraint \"\(new.text)\" for table \"\(table.name)\" already exists", at: new.position)
    }
    var steps: [SchemaStep] = []
    if case .unique = constraint.kind {
      if isTaken(new.text) { throw alreadyExists(new) }
      for var index in catalog.indexes where index.table == table.id && index.name == name.text {
        index.name = new.text
        steps.append(.change(.define(.alterIndex(index))))
      }
    }
    constraint.name = new.text
    return [.change(.define(.alterConstraint(table.id, name.text, constraint)))] + steps
  }

  private func validate(_ name: Name, _ table: Table) throws(SQLError) -> [SchemaStep] {
    var constraint = try constraint(name, of: table)
    switch constraint.kind {
    case .primaryKey, .unique, .withoutOverlaps:
      throw SQLError(
        .wrongObjectType,
        "constraint \"\(name.text)\" of table \"\(table.name)\" is not a foreign key or check "
          + "constraint", at: name.position)
    case .check, .foreignKey: break
    }
    if constraint.isValid { return [] }
    constraint.isValid = true
    let change = SchemaStep.change(.define(.alterConstraint(table.id, name.text, constraint)))
    return [change] + (try refusal(of: constraint, on: table).map { [$0] } ?? [])
  }
}
