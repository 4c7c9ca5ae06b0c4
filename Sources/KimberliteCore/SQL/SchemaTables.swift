// SPDX-License-Identifier: Apache-2.0
// The columns and constraints of a table that is being made or changed.

/// Builds up a table and the indexes that its constraints need.
struct TablePlanner {
  let binder: Binder
  var table: Table
  var indexes: [Index] = []
  var sequences: [StoredSequence] = []

  /// A table without a primary key is keyed by a column that only we see.
  mutating func addHiddenKey() {
    table.columns.append(
      Column(
        id: 1, name: "_id", type: .bigint, notNull: true, hidden: true, storageName: "_id"))
    table.nextColumnID = 2
  }

  mutating func addHiddenKeyConstraint() {
    table.constraints.append(
      Constraint(name: freeConstraintName("\(table.name)_pkey"), kind: .primaryKey([1])))
  }

  /// Adds a column.
  ///
  /// `isNew`: of a new table, where the column can keep its name in the view.
  mutating func add(_ definition: ColumnDefinition, isNew: Bool) throws(SQLError) {
    let name = definition.name
    try binder.requireUnreserved(name)
    if table.column(named: name.text) != nil {
      throw SQLError(
        .duplicateColumn, "column \"\(name.text)\" specified more than once", at: name.position)
    }
    if table.columns.count >= Limits.columnsMax {
      throw SQLError(
        .programLimit, "a table has at most \(Limits.columnsMax) columns", at: name.position)
    }
    // SQLite folds the case of names; dropped columns stay in the view under their old name.
    let folded = name.text.lowercased()
    let isPlain =
      isNew && !folded.hasPrefix("_")
      && !table.columns.contains { $0.storageName.lowercased() == folded }
    let id = table.nextColumnID
    table.columns.append(
      Column(
        id: id, name: name.text, type: definition.type, notNull: definition.notNull,
        defaultText: definition.defaultValue?.text, personal: definition.personal,
        storageName: isPlain ? name.text : "\(name.text).\(id)"))
    table.nextColumnID = id + 1
    if let generation = definition.generation {
      try generate(generation, definition)
    } else if let source = definition.defaultValue, let sequence = try binder.sequence(of: source) {
      table.columns[table.columns.count - 1].source = .sequence(sequence.id)
      table.columns[table.columns.count - 1].defaultText = nil
    }
  }

  /// Binds every default once, so that a bad one is refused now and not at the first INSERT.
  func requireValidDefaults(_ definitions: [ColumnDefinition]) throws(SQLError) {
    for definition in definitions {
      guard let source = definition.defaultValue,
        let column = table.column(named: definition.name.text)
      else { continue }
      _ = try defaultValue(source, of: column)
    }
  }

  /// A default, and whether it may be another one for each row.
  struct DefaultValue {
    var bound: Bound
    var isVolatile: Bool
  }

  /// The bound DEFAULT of a column.
  func defaultValue(_ source: SourceExpression, of column: Column) throws(SQLError)
    -> DefaultValue
  {
    if let path = source.expression.columnPaths.first {
      throw SQLError(
        .featureNotSupported, "cannot use column reference in DEFAULT expression",
        at: path[0].position, hint: "a generated column can")
    }
    var binding = Binding(binder)
    binding.scopes.append(Scope(.defaultValue))
    let bound = try binding.assign(try binding.bind(source.expression), to: column)
    try binding.requireNoParameters(in: "a schema", at: source.expression.position)
    if binding.movesSequences, try binder.sequence(of: source) == nil {
      throw SQLError(
        .featureNotSupported, "nextval within a larger DEFAULT is not supported",
        at: source.expression.position, hint: "write DEFAULT nextval('sequence')")
    }
    return DefaultValue(
      bound: bound, isVolatile: binding.calls.contains(where: Volatility.isVolatile))
  }

  // MARK: Constraints

  mutating func add(_ constraint: TableConstraint) throws(SQLError) {
    let position = constraint.position
    switch constraint.kind {
    case .primaryKey(let names):
      let ids = try keyColumns(names, at: position)
      for existing in table.constraints {
        if case .primaryKey = existing.kind {
          throw SQLError(
            .invalidTableDefinition,
            "multiple primary keys for table \"\(table.name)\" are not allowed", at: position)
        }
      }
      for id in ids {
        let column = table.position(of: id)
        if table.columns[column].personal { throw personalKey(table.columns[column], constraint) }
        table.columns[column].notNull = true
      }
      try append(constraint, "\(table.name)_pkey", .primaryKey(ids))
    case .unique(let names):
      let ids = try keyColumns(names, at: position)
      let parts = names.map(\.text).joined(separator: "_")
      let name = try append(constraint, "\(table.name)_\(parts)_key", .unique(ids))
      let next = nextObject()
      indexes.append(
        Index(
          id: next, name: name, table: table.id, columns: ids.map { ($0, false) }, unique: true))
    case .check(let source):
      let used = try columns(usedBy: source.expression)
      let middle = used.count == 1 ? "_\(table.columns[used[0]].name)" : ""
      try append(constraint, "\(table.name)\(middle)_check", .check(source.text))
    case .foreignKey(let names, let target, let targets, let rules):
      try addForeignKey(constraint, names, target, targets, rules)
    case .subjectKey(let name): try addSubjectKey(name, at: constraint.position)
    case .period(let name, let from, let to): try addPeriod(name, from, to, at: position)
    case .withoutOverlaps(let names, let period, let isPrimary):
      try addKey(constraint, names, without: period, isPrimary: isPrimary)
    }
  }

  /// A row must be somebody's, and whose it is must be known as long as it is.
  private mutating func addSubjectKey(_ name: Name, at position: Int) throws(SQLError) {
    let id = try keyColumns([name], at: name.position)[0]
    let column = table.position(of: id)
    guard table.subject == nil else {
      throw SQLError(
        .invalidTableDefinition,
        "multiple subject keys for table \"\(table.name)\" are not allowed", at: position)
    }
    guard !table.columns[column].personal else {
      throw SQLError(
        .invalidTableDefinition,
        "column \"\(name.text)\" is the SUBJECT KEY and cannot be PERSONAL", at: name.position,
        hint: "all of the row goes with the subject's key")
    }
    table.columns[column].notNull = true
    table.subject = id
  }

  @discardableResult
  mutating func append(
    _ constraint: TableConstraint, _ wanted: String, _ kind: Constraint.Kind
  ) throws(SQLError) -> String {
    let name = constraint.name?.text ?? freeConstraintName(wanted)
    if kind.needsIndex, name == table.name || binder.isTaken(name) {
      throw SQLError(
        .duplicateTable, "relation \"\(name)\" already exists", at: constraint.position)
    }
    if table.constraints.contains(where: { $0.name == name }) {
      throw SQLError(
        .duplicateObject, "constraint \"\(name)\" for table \"\(table.name)\" already exists",
        at: constraint.position)
    }
    table.constraints.append(Constraint(name: name, kind: kind))
    return name
  }

  private func freeConstraintName(_ wanted: String) -> String {
    binder.freeName(wanted, besides: table.constraints.map(\.name) + [table.name])
  }

  /// Deletes name rows by their keys, and so does every update: a key cannot be erased alone.
  func personalKey(_ column: Column, _ constraint: TableConstraint) -> SQLError {
    SQLError(
      .invalidTableDefinition,
      "column \"\(column.name)\" is part of the primary key and cannot be PERSONAL",
      at: constraint.position,
      hint: "key the table by a number or a UUID and keep \"\(column.name)\" beside it")
  }

  func keyColumns(_ names: [Name], at position: Int) throws(SQLError) -> [ColumnID] {
    var ids: [ColumnID] = []
    for name in names {
      let column = table.columns[try binder.position(of: name, in: table)]
      try Self.requireKeyType(column, at: name.position)
      if ids.contains(column.id) {
        throw SQLError(
          .duplicateColumn, "column \"\(name.text)\" appears twice in the key", at: name.position)
      }
      ids.append(column.id)
    }
    return ids
  }

  /// Refuses a key of a type that has no equality of its own.
  static func requireKeyType(_ column: Column, at position: Int) throws(SQLError) {
    if column.type.family == .json {
      throw SQLError(
        .undefinedObject,
        "column \"\(column.name)\" of type \(column.type.sqlName) cannot be part of a key or index",
        at: position)
    }
  }

  /// The positions of the columns that a CHECK, or the condition of a hold, looks at; throws where
  /// it is not a condition.
  func columns(usedBy check: Expression, as clause: Clause = .check) throws(SQLError) -> [Int] {
    var binding = Binding(binder, inputCount: table.columns.count)
    binding.scopes.append(Scope(clause))
    let row = binding.addInputs(table.name, table, from: 0)
    binding.scopes[0].relations = [row]
    _ = try binding.bindBoolean(check, clause == .hold ? "WHERE" : "CHECK")
    try binding.requireNoParameters(in: "a schema", at: check.position)
    return table.columns.indices.filter { binding.relations[row].used[$0] }
  }

  private mutating func addForeignKey(
    _ constraint: TableConstraint, _ names: [Name], _ object: ObjectName, _ targetNames: [Name],
    _ rules: ReferenceRules<Name>
  ) throws(SQLError) {
    let ids = try keyColumns(names, at: constraint.position)
    let isOwn = object.name.text == table.name
    let target = isOwn ? table : try binder.existingTable(object)
    var targets: [Int] = []
    for name in targetNames { targets.append(try binder.position(of: name, in: target)) }
    let keys = target.constraints.compactMap { constraint -> [Int]? in
      switch constraint.kind {
      case .primaryKey(let ids), .unique(let ids): ids.map(target.position(of:))
      case .check, .foreignKey, .withoutOverlaps: nil
      }
    }
    if targetNames.isEmpty {
      let key = target.constraints.compactMap { constraint -> [ColumnID]? in
        if case .primaryKey(let ids) = constraint.kind { ids } else { nil }
      }.first
      targets = key?.map(target.position(of:)) ?? []
      if targets.isEmpty || target.columns[targets[0]].hidden {
        throw SQLError(
          .invalidForeignKey,
          "there is no primary key for referenced table \"\(target.name)\"",
          at: object.name.position)
      }
    } else if !keys.contains(where: { $0.sorted() == targets.sorted() }) {
      throw SQLError(
        .invalidForeignKey,
        "there is no unique constraint matching given keys for referenced table \"\(target.name)\"",
        at: object.name.position)
    }
    guard targets.count == ids.count else {
      throw SQLError(
        .invalidForeignKey,
        "number of referencing and referenced columns for foreign key disagree",
        at: constraint.position)
    }
    for (id, target) in zip(ids, targets.map({ target.columns[$0] })) {
      let column = table.columns[table.position(of: id)]
      if column.type.base == target.type.base
        || (column.type.isInteger && target.type.isInteger)
        || (column.type.family == .text && target.type.family == .text)
      {
        continue
      }
      throw SQLError(
        .datatypeMismatch,
        "key columns \"\(column.name)\" and \"\(target.name)\" are of incompatible types: "
          + "\(column.type.messageName) and \(target.type.messageName)", at: constraint.position)
    }
    let parts = names.map(\.text).joined(separator: "_")
    try append(
      constraint, "\(table.name)_\(parts)_fkey",
      .foreignKey(
        ids, table: target.id, targets: targets.map { target.columns[$0].id },
        rules: try rules.map { (set) throws(SQLError) in try columns(set, among: ids) }))
  }

  /// The columns that an action sets, which are columns of the key.
  private func columns(_ names: [Name], among key: [ColumnID]) throws(SQLError) -> [ColumnID] {
    var ids: [ColumnID] = []
    for name in names {
      let id = table.columns[try binder.position(of: name, in: table)].id
      guard key.contains(id) else {
        throw SQLError(
          .invalidColumnReference,
          "column \"\(name.text)\" referenced in ON DELETE SET action must be part of foreign key",
          at: name.position)
      }
      if !ids.contains(id) { ids.append(id) }
    }
    return ids
  }
}
