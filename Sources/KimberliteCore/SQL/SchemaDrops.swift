// SPDX-License-Identifier: Apache-2.0
// DROP: what others depend on is dropped with them, and only where CASCADE says so.

extension Binder {
  func plan(_ statement: DropStatement) throws(SQLError) -> [SchemaChange] {
    var changes: [SchemaChange] = []
    for name in statement.names {
      if let schema = name.schema, schema.text != "public" {
        throw SQLError(
          .undefinedTable, "schema \"\(schema.text)\" cannot be changed", at: schema.position)
      }
      guard let dropped = try drop(name.name, statement) else {
        if isTaken(name.name.text) { throw wrongKind(name.name, statement.kind) }
        if statement.ifExists { continue }
        throw SQLError(
          statement.kind == .index ? .undefinedObject : .undefinedTable,
          "\(statement.kind) \"\(name.name.text)\" does not exist", at: name.name.position,
          hint: nearestHint(to: name.name.text, among: names(of: statement.kind)))
      }
      for change in dropped where !changes.contains(change) { changes.append(change) }
    }
    return changes
  }

  func names(of kind: DropStatement.Kind) -> [String] {
    switch kind {
    case .table: catalog.tables.map(\.name)
    case .index: catalog.indexes.map(\.name)
    case .stream: catalog.streams.map(\.name)
    case .view: catalog.views.map(\.name)
    case .sequence: catalog.sequences.map(\.name)
    }
  }

  /// What to say of a name that is something else's.
  private func wrongKind(_ name: Name, _ kind: DropStatement.Kind) -> SQLError {
    let actual =
      catalog.table(named: name.text) != nil
      ? "TABLE"
      : catalog.view(named: name.text) != nil
        ? "VIEW"
        : catalog.stream(named: name.text) != nil
          ? "STREAM" : catalog.sequence(named: name.text) != nil ? "SEQUENCE" : "INDEX"
    var error = notA("\(kind)", name)
    error.hint = "write DROP \(actual) to drop it"
    return error
  }

  private func drop(_ name: Name, _ statement: DropStatement) throws(SQLError) -> [SchemaChange]? {
    switch statement.kind {
    case .stream:
      guard let stream = catalog.stream(named: name.text) else { return nil }
      return try dropViews(using: stream.id, "stream \"\(name.text)\"", name, statement)
        + [.dropStream(stream.id)]
    case .view:
      guard let view = catalog.view(named: name.text) else { return nil }
      return try dropViews(using: view.id, "view \"\(name.text)\"", name, statement)
        + [.define(.dropView(view.id))]
    case .sequence:
      guard let sequence = catalog.sequence(named: name.text) else { return nil }
      return try drop(sequence, name, cascades: statement.cascades)
    case .index:
      guard let index = catalog.index(named: name.text) else { return nil }
      let owner = catalog.table(index.table)?.constraints.first { $0.name == index.name }
      if owner != nil {
        throw SQLError(
          .dependentObjects,
          "index \"\(name.text)\" is needed by the constraint of the same name",
          at: name.position, hint: "write ALTER TABLE … DROP CONSTRAINT")
      }
      return [.dropIndex(index.id)]
    case .table:
      guard let table = catalog.table(named: name.text) else { return nil }
      return try drop(table, name, statement)
    }
  }

  private func drop(_ table: Table, _ name: Name, _ statement: DropStatement)
    throws(SQLError) -> [SchemaChange]
  {
    try requireDroppable(table, at: name.position)
    var changes: [SchemaChange] = []
    let dropped = statement.names.map(\.name.text)
    for other in catalog.tables where other.id != table.id && !dropped.contains(other.name) {
      for constraint in other.constraints where constraint.target == table.id {
        if !statement.cascades {
          throw SQLError(
            .dependentObjects,
            "table \"\(table.name)\" cannot be dropped: constraint \"\(constraint.name)\" "
              + "of table \"\(other.name)\" refers to it", at: name.position,
            hint: "DROP … CASCADE drops what depends on it too")
        }
        changes.append(.define(.dropConstraint(other.id, constraint.name)))
      }
    }
    changes += try dropViews(using: table.id, "table \"\(name.text)\"", name, statement)
    changes.append(.dropTable(table.id))
    for sequence in catalog.sequences(ownedBy: table.id) {
      changes += try dropOwned(sequence, of: table, nil, name, cascades: statement.cascades)
    }
    return changes
  }

  /// A sequence goes with the table or column that owns it, unless others take values from it.
  func dropOwned(
    _ sequence: StoredSequence, of table: Table, _ column: ColumnID?, _ name: Name, cascades: Bool
  ) throws(SQLError) -> [SchemaChange] {
    let isOwn = { (id: ObjectID, other: ColumnID) in
      id == table.id && (column == nil || other == column)
    }
    var changes: [SchemaChange] = []
    for (other, fed) in catalog.columns(fedBy: sequence.id) where !isOwn(other.id, fed.id) {
      if !cascades {
        throw SQLError(
          .dependentObjects,
          "\"\(name.text)\" cannot be dropped: the default of column \"\(fed.name)\" of table "
            + "\"\(other.name)\" depends on sequence \"\(sequence.name)\"", at: name.position,
          hint: "CASCADE drops what depends on it too")
      }
      var bare = fed
      bare.source = nil
      changes.append(.define(.alterColumn(other.id, bare)))
    }
    return changes + [.define(.dropSequence(sequence.id))]
  }

  /// The views that go with what they show; an error where they may not.
  private func dropViews(
    using object: ObjectID, _ what: String, _ name: Name, _ statement: DropStatement
  ) throws(SQLError) -> [SchemaChange] {
    let named = statement.kind == .view ? statement.names.map(\.name.text) : []
    let views = try allViews(using: object).filter { !named.contains($0.name) }
    if let view = views.last, !statement.cascades {
      throw SQLError(
        .dependentObjects, "\(what) cannot be dropped: view \"\(view.name)\" depends on it",
        at: name.position, hint: "DROP … CASCADE drops what depends on it too")
    }
    return views.map { .define(.dropView($0.id)) }
  }
}
