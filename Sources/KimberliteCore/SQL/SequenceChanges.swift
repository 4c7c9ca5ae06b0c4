// SPDX-License-Identifier: Apache-2.0
// CREATE, ALTER and DROP SEQUENCE as changes of the catalog.

extension Binder {
  func plan(_ statement: CreateSequenceStatement) throws(SQLError) -> [SchemaChange] {
    let name = try newName(statement.name, kind: "sequence")
    if isTaken(name.text) {
      if statement.ifNotExists, catalog.sequence(named: name.text) != nil { return [] }
      throw alreadyExists(name)
    }
    return [
      .define(
        .createSequence(
          try sequence(name.text, statement.options, id: catalog.nextID, type: .bigint)))
    ]
  }

  /// A new sequence.
  func sequence(
    _ name: String, _ options: SequenceOptions, id: ObjectID, type: SQLType,
    owner: SequenceOwner? = nil
  ) throws(SQLError) -> StoredSequence {
    if options.restart != nil {
      throw SQLError(
        .syntaxError, "RESTART is of ALTER SEQUENCE", at: options.position,
        hint: "write START WITH")
    }
    let new = StoredSequence(
      id: id, name: name, type: type, increment: 1, minimum: 0, maximum: 0, start: 0,
      cycles: false, owner: owner, createdAt: nextOffset)
    return try apply(options, to: new, isNew: true)
  }

  /// A sequence with other options, checked as PostgreSQL does.
  func apply(_ options: SequenceOptions, to old: StoredSequence, isNew: Bool) throws(SQLError)
    -> StoredSequence
  {
    var new = old
    func bad(_ message: String) -> SQLError {
      SQLError(.invalidParameterValue, message, at: options.position)
    }
    new.type = options.type ?? old.type
    new.increment = options.increment ?? old.increment
    if new.increment == 0 { throw bad("INCREMENT must not be zero") }
    let limits = StoredSequence.limits(of: new.type)
    let ascends = new.increment > 0
    // Those that the old type gave, and nobody chose, become those of the new one.
    let was = StoredSequence.limits(of: old.type)
    let retypes = new.type != old.type
    switch options.maximum {
    case .value(let value)?: new.maximum = value
    case SequenceOptions.Bound.none?: new.maximum = ascends ? limits.upperBound : -1
    case nil:
      if isNew || (retypes && old.maximum == was.upperBound) {
        new.maximum = ascends ? limits.upperBound : -1
      }
    }
    switch options.minimum {
    case .value(let value)?: new.minimum = value
    case SequenceOptions.Bound.none?: new.minimum = ascends ? 1 : limits.lowerBound
    case nil:
      if isNew || (retypes && old.minimum == was.lowerBound) {
        new.minimum = ascends ? 1 : limits.lowerBound
      }
    }
    let typeName = new.type.messageName
    guard limits.contains(new.maximum) else {
      throw bad("MAXVALUE (\(new.maximum)) is out of range for sequence data type \(typeName)")
    }
    guard limits.contains(new.minimum) else {
      throw bad("MINVALUE (\(new.minimum)) is out of range for sequence data type \(typeName)")
    }
    guard new.minimum < new.maximum else {
      throw bad("MINVALUE (\(new.minimum)) must be less than MAXVALUE (\(new.maximum))")
    }
    new.start = options.start ?? (isNew ? (ascends ? new.minimum : new.maximum) : old.start)
    if new.start < new.minimum {
      throw bad("START value (\(new.start)) cannot be less than MINVALUE (\(new.minimum))")
    }
    if new.start > new.maximum {
      throw bad("START value (\(new.start)) cannot be greater than MAXVALUE (\(new.maximum))")
    }
    new.cycles = options.cycles ?? old.cycles
    switch options.owner {
    case SequenceOptions.Owner.none?: new.owner = nil
    case .column(let object, let name)?:
      let table = try existingTable(object)
      new.owner = SequenceOwner(
        table: table.id, column: table.columns[try position(of: name, in: table)].id)
    case nil: break
    }
    return new
  }

  func plan(_ statement: AlterSequenceStatement) throws(SQLError) -> [SchemaStep] {
    let name = statement.name.name
    guard let old = catalog.sequence(named: name.text) else {
      if isTaken(name.text) { throw notA("sequence", name) }
      if statement.ifExists { return [] }
      throw noRelation(name, among: catalog.sequences.map(\.name))
    }
    if statement.options.owner != nil,
      catalog.columns(fedBy: old.id).contains(where: { $0.column.identity != nil })
    {
      throw SQLError(
        .featureNotSupported, "cannot change ownership of identity sequence", at: name.position)
    }
    return try alter(old, statement.options)
  }

  /// The changes that give a sequence other options.
  func alter(_ old: StoredSequence, _ options: SequenceOptions) throws(SQLError) -> [SchemaStep] {
    let new = try apply(options, to: old, isNew: false)
    var steps: [SchemaStep] = new == old ? [] : [.change(.define(.alterSequence(new)))]
    if let restart = options.restart {
      let value: Int64
      if case .value(let given) = restart { value = given } else { value = new.start }
      if value < new.minimum {
        throw SQLError(
          .invalidParameterValue,
          "RESTART value (\(value)) cannot be less than MINVALUE (\(new.minimum))",
          at: options.position)
      }
      if value > new.maximum {
        throw SQLError(
          .invalidParameterValue,
          "RESTART value (\(value)) cannot be greater than MAXVALUE (\(new.maximum))",
          at: options.position)
      }
      steps.append(
        .change(
          .define(.setSequence(SequencePosition(id: new.id, value: value, isCalled: false)))))
    } else if new.minimum > old.minimum || new.maximum < old.maximum {
      let outside = "\"value\" NOT BETWEEN \(new.minimum) AND \(new.maximum)"
      let query = QueryPlan(
        sql: "SELECT 1 FROM \"kb_sequences\" WHERE \"id\" = \(new.id) AND \(outside)",
        parameters: [], columns: [])
      let error = SQLError(
        .invalidParameterValue,
        "sequence \"\(new.name)\" is not between MINVALUE (\(new.minimum)) and MAXVALUE "
          + "(\(new.maximum)) now", at: options.position, hint: "write RESTART WITH")
      steps.insert(.refuse(query, error), at: 0)
    }
    return steps
  }

  func drop(_ sequence: StoredSequence, _ name: Name, cascades: Bool) throws(SQLError)
    -> [SchemaChange]
  {
    var changes: [SchemaChange] = []
    for (table, column) in catalog.columns(fedBy: sequence.id) {
      if column.identity != nil {
        throw SQLError(
          .dependentObjects,
          "cannot drop sequence \(name.text) because column \(column.name) of table "
            + "\(table.name) requires it", at: name.position,
          hint: "write ALTER TABLE … ALTER COLUMN … DROP IDENTITY")
      }
      if !cascades {
        throw SQLError(
          .dependentObjects,
          "sequence \"\(name.text)\" cannot be dropped: the default of column \"\(column.name)\" "
            + "of table \"\(table.name)\" depends on it", at: name.position,
          hint: "DROP … CASCADE drops what depends on it too")
      }
      var bare = column
      bare.source = nil
      changes.append(.define(.alterColumn(table.id, bare)))
    }
    return changes + [.define(.dropSequence(sequence.id))]
  }
}
