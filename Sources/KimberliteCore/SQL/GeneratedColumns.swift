// SPDX-License-Identifier: Apache-2.0
// What gives columns their values: SERIAL, identity, and expressions over the rest of the row.

extension TablePlanner {
  /// Gives a column that was just added what makes its values.
  mutating func generate(_ generation: ColumnGeneration, _ definition: ColumnDefinition)
    throws(SQLError)
  {
    let place = table.columns.count - 1
    let name = definition.name
    switch generation {
    case .serial:
      table.columns[place].notNull = true
      let options = SequenceOptions(at: name.position)
      table.columns[place].source = .sequence(
        try addSequence(for: place, options, at: name.position))
    case .identity(let always, let options):
      guard table.columns[place].type.isInteger else {
        throw SQLError(
          .invalidParameterValue, "identity column type must be smallint, integer, or bigint",
          at: name.position)
      }
      table.columns[place].notNull = true
      table.columns[place].source = .identity(
        try addSequence(for: place, options, at: options.position), always: always)
    case .expression(let source): table.columns[place].source = .generated(source.text)
    }
  }

  /// A sequence for a column, as PostgreSQL names it: `table_column_seq`.
  mutating func addSequence(for place: Int, _ options: SequenceOptions, at position: Int)
    throws(SQLError) -> ObjectID
  {
    let column = table.columns[place]
    let id = nextObject()
    let others = [table.name] + sequences.map(\.name) + indexes.map(\.name)
    var name = binder.freeName("\(table.name)_\(column.name)_seq", besides: others)
    if let wanted = options.name {
      if binder.isTaken(wanted.name.text) { throw binder.alreadyExists(wanted.name) }
      try binder.requireUnreserved(wanted.name)
      name = wanted.name.text
    }
    sequences.append(
      try binder.sequence(
        name, options, id: id, type: options.type ?? column.type,
        owner: SequenceOwner(table: table.id, column: column.id)))
    return id
  }

  /// The id of the next object that comes with the table.
  mutating func nextObject() -> ObjectID {
    let first = max(binder.catalog.nextID, table.id + 1)
    return first + ObjectID(indexes.count + sequences.count)
  }

  /// Binds what generated columns are made of, so that a bad one is refused now.
  func requireValidGenerations(_ definitions: [ColumnDefinition]) throws(SQLError) {
    for definition in definitions {
      guard case .expression(let source)? = definition.generation,
        let column = table.column(named: definition.name.text)
      else { continue }
      try requireValid(source.expression, of: column)
    }
  }

  func requireValid(_ expression: Expression, of column: Column) throws(SQLError) {
    var binding = Binding(binder, inputCount: table.columns.count)
    binding.scopes.append(Scope(.generation))
    let row = binding.addInputs(table.name, table, from: 0)
    binding.scopes[0].relations = [row]
    _ = try binding.assign(try binding.bind(expression), to: column)
    try binding.requireNoParameters(in: "a schema", at: expression.position)
    if binding.calls.contains(where: Volatility.isMutable) {
      throw SQLError(
        .invalidObjectDefinition, "generation expression is not immutable",
        at: expression.position)
    }
    for (used, other) in zip(binding.relations[row].used, table.columns) where used {
      if other.generation != nil {
        throw SQLError(
          .invalidObjectDefinition,
          "cannot use generated column \"\(other.name)\" in column generation expression",
          at: expression.position)
      }
      if other.personal, !column.personal {
        throw SQLError(
          .invalidObjectDefinition,
          "column \"\(column.name)\" tells of the PERSONAL column \"\(other.name)\"",
          at: expression.position, hint: "declare it PERSONAL")
      }
    }
  }
}

extension Binder {
  /// The values of a table's generated columns, in their order, over a whole row; `nil` where it
  /// has none.
  public func generationProgram(for table: Table) throws(SQLError) -> RowProgram? {
    var items: [(name: String, bound: Bound)] = []
    var binding = Binding(self, inputCount: table.columns.count)
    binding.scopes.append(Scope(.generation))
    binding.scopes[0].relations = [binding.addInputs(table.name, table, from: 0)]
    for column in table.columns {
      guard let text = column.generation else { continue }
      let bound = try binding.stored(text) { (binding, expression) throws(SQLError) in
        try binding.assign(try binding.bind(expression), to: column)
      }
      items.append((column.name, bound))
    }
    return items.isEmpty ? nil : binding.program(items)
  }

  /// The generated columns that are made of a column.
  func columns(generatedFrom column: Column, in table: Table) throws(SQLError) -> [Column] {
    var result: [Column] = []
    for other in table.columns {
      guard let text = other.generation else { continue }
      let paths = try Parser.parseExpression(text).columnPaths
      if paths.contains(where: { $0.last?.text == column.name }) { result.append(other) }
    }
    return result
  }

  /// Refuses a value for a column that only its generation gives one.
  func requireGiven(_ column: Column, _ overriding: Overriding?, at position: Int)
    throws(SQLError)
  {
    if column.generation != nil {
      throw SQLError(
        .generatedAlways, "cannot insert a non-DEFAULT value into column \"\(column.name)\"",
        at: position, hint: "column \"\(column.name)\" is a generated column")
    }
    if column.identity == true, overriding == nil {
      throw SQLError(
        .generatedAlways, "cannot insert a non-DEFAULT value into column \"\(column.name)\"",
        at: position, hint: "write OVERRIDING SYSTEM VALUE to override the identity column")
    }
  }
}
