// SPDX-License-Identifier: Apache-2.0
// ADD COLUMN and ALTER COLUMN. A column whose values are stored as before keeps its place in the
// view; one of another kind gets a new one, and the rows that live a new version: the past keeps
// the type and the values that it had.

extension Binder {
  // MARK: ADD COLUMN

  func addColumn(_ definition: ColumnDefinition, _ table: Table) throws(SQLError) -> [SchemaStep] {
    var planner = TablePlanner(binder: self, table: table)
    try planner.add(definition, isNew: false)
    let place = planner.table.columns.count - 1
    var value: String?
    if let source = definition.defaultValue {
      let bound = try planner.defaultValue(source, of: planner.table.columns[place])
      value = Binding(self).text(bound.bound)
      // What each row would have anew is computed row by row.
      if !bound.isVolatile {
        planner.table.columns[place].fill = try constant(
          bound.bound, at: source.expression.position)
        value = nil
      }
    }
    if case .expression(let source)? = definition.generation {
      try planner.requireValidGenerations([definition])
      var binding = rowBinding(table, .generation)
      value = binding.text(
        try binding.assign(
          try binding.bind(source.expression), to: planner.table.columns[place]))
    } else if definition.generation != nil, let sequence = planner.sequences.last {
      var binding = Binding(self)
      let next = Bound(binding.nextValue(of: sequence), .bigint, at: 0)
      value = binding.text(try binding.assign(next, to: planner.table.columns[place]))
    }
    var later: [TableConstraint] = []
    for constraint in definition.constraints {
      if case .check = constraint.kind {
        try planner.add(constraint)
      } else {
        later.append(constraint)
      }
    }
    let column = planner.table.columns[place]
    let added = Array(planner.table.constraints[table.constraints.count...])
    let change = SchemaChange.addColumn(table.id, column, constraints: added)
    var steps = planner.sequences.map { SchemaStep.change(.define(.createSequence($0))) }
    if let value {
      let items =
        table.columns.map {
          "\(SQLText.name(table.storageName)).\(SQLText.name($0.storageName))"
        } + [value]
      steps.append(.rewrite(change, planner.table, Self.liveRows(of: table, items)))
    } else {
      if column.notNull, column.fill == .null {
        steps.append(.refuse(Self.liveRows(of: table, ["1"]), hasNulls(column, table)))
      }
      steps.append(.change(change))
    }
    let binder = after(steps)
    for constraint in added {
      if let refusal = try binder.refusal(of: constraint, on: planner.table) {
        steps.append(refusal)
      }
    }
    for constraint in later {
      let next = after(steps)
      guard let now = next.catalog.table(table.id) else { break }
      steps += try next.add(constraint, to: now)
    }
    return steps
  }

  /// The value of a default for the rows that exist, which all have the same.
  private func constant(_ bound: Bound, at position: Int) throws(SQLError) -> Value {
    if let value = bound.constant { return value }
    guard let evaluate = timeline.evaluate else {
      throw SQLError(
        .featureNotSupported, "the DEFAULT of an added column must be a constant", at: position)
    }
    return try evaluate(Binding(self).text(bound))
  }

  func hasNulls(_ column: Column, _ table: Table) -> SQLError {
    SQLError(
      .notNullViolation,
      "column \"\(column.name)\" of table \"\(table.name)\" contains null values",
      hint: "give it a DEFAULT, or the rows a value")
  }

  // MARK: ALTER COLUMN

  func alterColumn(
    _ name: Name, _ action: AlterTableStatement.ColumnAction, _ table: Table
  ) throws(SQLError) -> [SchemaStep] {
    let place = try position(of: name, in: table)
    var column = table.columns[place]
    switch action {
    case .setDefault(let source):
      if column.generation != nil || column.identity != nil {
        throw SQLError(
          .syntaxError,
          "column \"\(column.name)\" of table \"\(table.name)\" is "
            + (column.generation != nil ? "a generated column" : "an identity column"),
          at: name.position)
      }
      column.defaultText = source?.text
      column.source = nil
      if let source {
        _ = try TablePlanner(binder: self, table: table).defaultValue(source, of: column)
        if let sequence = try sequence(of: source) {
          column.source = .sequence(sequence.id)
          column.defaultText = nil
        }
      }
    case .setNotNull(true):
      column.notNull = true
      let nulls = "\(SQLText.name(column.storageName)) IS NULL LIMIT 1"
      return changed(column, table)
        + [.refuse(Self.liveRows(of: table, ["1"], where: nulls), hasNulls(column, table))]
    case .setNotNull(false):
      if column.identity != nil {
        throw SQLError(
          .syntaxError,
          "column \"\(column.name)\" of table \"\(table.name)\" is an identity column",
          at: name.position)
      }
      if table.keyColumns.contains(place) {
        throw SQLError(
          .invalidTableDefinition, "column \"\(column.name)\" is in a primary key",
          at: name.position)
      }
      if table.subject == column.id {
        throw SQLError(
          .invalidTableDefinition, "column \"\(column.name)\" is the subject key",
          at: name.position)
      }
      column.notNull = false
    case .addIdentity, .setIdentity, .dropIdentity, .dropExpression:
      return try alterGeneration(of: column, action, name, table)
    case .setType(let type, let using):
      return try setType(type, using: using, of: column, name, table)
    }
    return changed(column, table)
  }

  func changed(_ column: Column, _ table: Table) -> [SchemaStep] {
    if table.columns.contains(column) { return [] }
    return [.change(.define(.alterColumn(table.id, column)))]
  }

  // MARK: TYPE

  private func setType(
    _ type: SQLType, using: Expression?, of column: Column, _ name: Name, _ table: Table
  ) throws(SQLError) -> [SchemaStep] {
    try requireRetypable(column, type, name, table)
    var new = column
    new.type = type
    let place = table.position(of: column.id)
    if using == nil, type == column.type { return [] }
    let isKept = using == nil && column.type.isStored(like: type)
    if !isKept {
      if table.keyColumns.contains(place) || table.subject == column.id {
        throw SQLError(
          .featureNotSupported,
          "the values of column \"\(column.name)\" cannot be converted: rows are found by it",
          at: name.position, hint: "make a new table, and copy the rows")
      }
      new.id = table.nextColumnID
      new.storageName = "\(column.name).\(new.id)"
      new.fill = .null
    }
    var altered = table
    altered.columns[place] = new
    if isKept {
      try requireFitting(altered, new, name)
      return changed(new, table)
    }
    var items = table.columns.map {
      SQLText.name(table.storageName) + "." + SQLText.name($0.storageName)
    }
    items[place] = try converted(column, to: new, using, name, table)
    try requireFitting(altered, new, name)
    let indexes = catalog.indexes.filter { index in
      index.table == table.id && index.columns.contains { $0.id == column.id }
    }
    var steps = indexes.map { SchemaStep.change(.dropIndex($0.id)) }
    let change = SchemaChange.define(.retypeColumn(table.id, column.id, new))
    guard let result = after(steps + [.change(change)]).catalog.table(table.id) else { return [] }
    steps.append(.rewrite(change, result, Self.liveRows(of: table, items)))
    for (number, var index) in indexes.enumerated() {
      index.id = catalog.nextID + ObjectID(number)
      for part in index.columns.indices where index.columns[part].id == column.id {
        index.columns[part].id = new.id
      }
      steps.append(.change(.createIndex(index)))
    }
    return steps
  }

  /// The new values of a column, as SQLite text over the stored columns.
  private func converted(
    _ column: Column, to new: Column, _ using: Expression?, _ name: Name, _ table: Table
  ) throws(SQLError) -> String {
    var binding = rowBinding(table, .transform)
    let value =
      using == nil
      ? try binding.resolve([name]) : try binding.bind(using ?? Expression(.null, at: 0))
    try binding.requireNoParameters(in: "a schema", at: name.position)
    if let from = value.type, Conversion.convert("", from, new.type, .assignment) == nil {
      let what =
        using == nil ? "column" : "result of USING clause for column"
      throw SQLError(
        .datatypeMismatch,
        "\(what) \"\(column.name)\" cannot be cast automatically to type \(new.type.messageName)",
        at: name.position,
        hint: "write USING \(SQLText.name(column.name))::\(new.type.sqlName)")
    }
    return binding.text(try binding.assign(value, to: new))
  }

  /// Refuses to give another type to what others go by.
  private func requireRetypable(
    _ column: Column, _ type: SQLType, _ name: Name, _ table: Table
  ) throws(SQLError) {
    if let view = try views(using: table.id, column: column.id).first {
      throw SQLError(
        .featureNotSupported,
        "cannot alter type of a column used by a view: view \"\(view.name)\" uses \"\(column.name)\"",
        at: name.position, hint: "drop the view, and create it again afterwards")
    }
    try requireDroppable(column, of: table, at: name.position, "given another type")
    if let generated = try columns(generatedFrom: column, in: table).first {
      throw SQLError(
        .featureNotSupported,
        "cannot alter type of a column used by a generated column: \"\(generated.name)\" uses "
          + "\"\(column.name)\"", at: name.position)
    }
    if column.identity != nil, !type.isInteger {
      throw SQLError(
        .invalidParameterValue, "identity column type must be smallint, integer, or bigint",
        at: name.position)
    }
    for owner in catalog.tables {
      for constraint in owner.constraints {
        guard let id = constraint.target, let target = catalog.table(id) else { continue }
        for (own, other) in zip(constraint.columns, constraint.targetColumns) {
          let isOwn = owner.id == table.id && own == column.id
          guard isOwn || (id == table.id && other == column.id) else { continue }
          let partner =
            isOwn
            ? target.columns[target.position(of: other)] : owner.columns[owner.position(of: own)]
          let isKept = column.type.isStored(like: type)
          if isKept, partner.type.family == type.family { continue }
          throw SQLError(
            partner.type.family == type.family ? .featureNotSupported : .datatypeMismatch,
            "column \"\(column.name)\" cannot be given another type: foreign key constraint "
              + "\"\(constraint.name)\" goes by it", at: name.position,
            hint: "drop the constraint, and add it again afterwards")
        }
      }
    }
  }

  /// Refuses a type that the default or a CHECK of the column does not go with.
  private func requireFitting(_ table: Table, _ column: Column, _ name: Name) throws(SQLError) {
    let planner = TablePlanner(binder: self, table: table)
    if column.generation != nil || column.source?.sequence != nil && !column.type.isInteger {
      throw SQLError(
        .featureNotSupported,
        "the type of column \"\(column.name)\", which is generated, cannot be changed",
        at: name.position, hint: "drop the expression or default first")
    }
    if let text = column.defaultText {
      do throws(SQLError) {
        _ = try planner.defaultValue(
          SourceExpression(expression: try Parser.parseExpression(text), text: text), of: column)
      } catch {
        throw SQLError(
          .datatypeMismatch,
          "default for column \"\(column.name)\" cannot be cast automatically to type "
            + column.type.messageName, at: name.position, hint: "drop the default first")
      }
    }
    for constraint in table.constraints {
      switch constraint.kind {
      case .check(let text):
        do throws(SQLError) { _ = try planner.columns(usedBy: Parser.parseExpression(text)) } catch
        {
          var error = error
          error.position = name.position
          error.message = "constraint \"\(constraint.name)\": \(error.message)"
          throw error
        }
      case .unique(let ids) where ids.contains(column.id),
        .withoutOverlaps(let ids) where ids.contains(column.id):
        try TablePlanner.requireKeyType(column, at: name.position)
      case .primaryKey, .unique, .withoutOverlaps, .foreignKey: break
      }
    }
  }
}

extension SQLType {
  /// Whether every value is stored as it is in another type, and fits it.
  func isStored(like other: SQLType) -> Bool {
    switch (self, other) {
    case _ where self == other: true
    case (.smallint, .integer), (.smallint, .bigint), (.integer, .bigint): true
    case (.varchar, .text), (.varchar, .varchar(limit: nil)), (.text, .varchar(limit: nil)): true
    case (.varchar(let short?), .varchar(let long?)): short <= long
    case (.numeric, .numeric(precision: nil, scale: nil)): true
    case (.numeric(let p?, let s), .numeric(let q?, let t)):
      (s ?? 0) == (t ?? 0) && p <= q
    case (.timestamp, .timestamptz), (.timestamptz, .timestamp): true
    default: false
    }
  }
}
