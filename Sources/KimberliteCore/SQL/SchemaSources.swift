// SPDX-License-Identifier: Apache-2.0
// CREATE TABLE … AS, and the columns of LIKE.

extension Binder {
  /// A table of the columns of a query, and its rows.
  func plan(_ statement: CreateTableStatement, as source: TableQuery) throws(SQLError)
    -> [SchemaStep]
  {
    let name = try newName(statement.name, kind: "table")
    if isTaken(name.text) {
      if statement.ifNotExists, catalog.table(named: name.text) != nil { return [] }
      throw alreadyExists(name)
    }
    var binding = Binding(self)
    let bound = try binding.bind(source.query)
    try binding.requireNoParameters(in: "a schema", at: source.query.position)
    var columns = bound.columns.map { ViewColumn(name: $0.name, type: $0.type) }
    try rename(&columns, source.names, "CREATE TABLE AS")
    var planner = TablePlanner(binder: self, table: newTable(name))
    planner.addHiddenKey()
    for column in columns {
      try planner.add(
        ColumnDefinition(
          name: Name(column.name, at: source.query.position), type: column.type, notNull: false,
          defaultValue: nil, constraints: []), isNew: true)
    }
    planner.addHiddenKeyConstraint()
    let steps = [SchemaStep.change(.createTable(planner.table))]
    if !source.hasData { return steps }
    let values = columns.indices.map { "\"s0\".\"c\($0 + 1)\"" }
    let rows = binding.source(
      "SELECT \((["NULL"] + values).joined(separator: ", ")) FROM (\(bound.sql)) AS \"s0\"",
      planner.table.columns.map { ResultColumn(name: $0.name, type: $0.type) })
    return steps + [
      .fill(InsertPlan(table: planner.table, source: rows, conflict: nil, returning: nil))
    ]
  }

  /// A table without columns.
  func newTable(_ name: Name) -> Table {
    Table(
      id: catalog.nextID, name: name.text, columns: [], constraints: [],
      storageName: catalog.storageName(for: name.text, id: catalog.nextID),
      createdAt: nextOffset, nextColumnID: 1)
  }

  /// The statement with the columns of other tables in place of LIKE.
  func expandingLike(_ statement: CreateTableStatement) throws(SQLError) -> CreateTableStatement {
    var result = statement
    for clause in statement.likes.reversed() {
      let position = clause.source.name.position
      if let view = catalog.view(named: clause.source.name.text) {
        let columns = view.columns.map { column in
          ColumnDefinition(
            name: Name(column.name, at: position), type: column.type, notNull: false,
            defaultValue: nil, constraints: [])
        }
        result.columns.insert(contentsOf: columns, at: clause.place)
        continue
      }
      let table = try existingTable(clause.source)
      result.columns.insert(contentsOf: try columns(of: table, clause), at: clause.place)
      result.constraints += try constraints(of: table, clause)
    }
    return result
  }

  private func columns(of table: Table, _ clause: LikeClause) throws(SQLError)
    -> [ColumnDefinition]
  {
    var definitions: [ColumnDefinition] = []
    for column in table.columns where !column.hidden {
      var source: SourceExpression?
      if let text = column.defaultText, clause.options.contains(.defaults) {
        source = SourceExpression(expression: try Parser.parseExpression(text), text: text)
      }
      if clause.options.contains(.defaults), case .sequence? = column.source,
        let text = catalog.defaultText(of: column)
      {
        source = SourceExpression(expression: try Parser.parseExpression(text), text: text)
      }
      var definition = ColumnDefinition(
        name: Name(column.name, at: clause.source.name.position), type: column.type,
        notNull: column.notNull, defaultValue: source, constraints: [],
        personal: column.personal)
      if let text = column.generation, clause.options.contains(.generated) {
        definition.generation = .expression(
          SourceExpression(expression: try Parser.parseExpression(text), text: text))
      }
      if case .identity(let id, let always)? = column.source, clause.options.contains(.identity),
        let sequence = catalog.sequence(id)
      {
        definition.generation = .identity(always: always, sequence.options)
      }
      definitions.append(definition)
    }
    return definitions
  }

  private func constraints(of table: Table, _ clause: LikeClause) throws(SQLError)
    -> [TableConstraint]
  {
    let position = clause.source.name.position
    func names(_ ids: [ColumnID]) -> [Name] {
      ids.map { Name(table.columns[table.position(of: $0)].name, at: position) }
    }
    var constraints: [TableConstraint] = []
    for constraint in table.constraints {
      switch constraint.kind {
      case .primaryKey(let ids) where clause.options.contains(.indexes):
        if table.columns[table.position(of: ids[0])].hidden { continue }
        constraints.append(
          TableConstraint(name: nil, kind: .primaryKey(names(ids)), position: position))
      case .unique(let ids) where clause.options.contains(.indexes):
        constraints.append(
          TableConstraint(name: nil, kind: .unique(names(ids)), position: position))
      case .check(let text) where clause.options.contains(.constraints):
        let source = SourceExpression(expression: try Parser.parseExpression(text), text: text)
        constraints.append(
          TableConstraint(
            name: Name(constraint.name, at: position), kind: .check(source), position: position))
      case .primaryKey, .unique, .withoutOverlaps, .check, .foreignKey: break
      }
    }
    return constraints
  }

  /// What LIKE takes once the table is there: indexes and comments.
  func afterLike(_ statement: CreateTableStatement, _ made: Table) throws(SQLError)
    -> [SchemaChange]
  {
    var changes: [SchemaChange] = []
    for clause in statement.likes {
      guard let table = catalog.table(named: clause.source.name.text) else { continue }
      if clause.options.contains(.indexes) {
        for index in catalog.indexes
        where index.table == table.id && table.constraint(named: index.name) == nil {
          changes.append(try copy(of: index, from: table, to: made, after: changes))
        }
      }
      if clause.options.contains(.comments) {
        for column in table.columns {
          guard let text = catalog.comment(on: .column(table.id, column.id)),
            let copy = made.column(named: column.name)
          else { continue }
          changes.append(.define(.comment(.column(made.id, copy.id), text)))
        }
        for constraint in table.constraints where made.constraint(named: constraint.name) != nil {
          guard let text = catalog.comment(on: .constraint(table.id, constraint.name)) else {
            continue
          }
          changes.append(.define(.comment(.constraint(made.id, constraint.name), text)))
        }
      }
    }
    return changes
  }

  private func copy(
    of index: Index, from table: Table, to made: Table, after changes: [SchemaChange]
  ) throws(SQLError) -> SchemaChange {
    var copy = index
    var names: [String] = []
    for part in copy.columns.indices {
      let name = table.columns[table.position(of: copy.columns[part].id)].name
      guard let column = made.column(named: name) else {
        preconditionFailure("a table that is like another has its columns")
      }
      copy.columns[part].id = column.id
      names.append(name)
    }
    copy.table = made.id
    copy.id = catalog.nextID
    copy.name = freeName("\(made.name)_\(names.joined(separator: "_"))_idx", besides: [])
    return .createIndex(copy)
  }
}

extension StoredSequence {
  /// The options that make one like it.
  fileprivate var options: SequenceOptions {
    var options = SequenceOptions(at: 0)
    options.type = type
    options.increment = increment
    options.minimum = .value(minimum)
    options.maximum = .value(maximum)
    options.start = start
    options.cycles = cycles
    return options
  }
}
