// SPDX-License-Identifier: Apache-2.0
// CREATE TABLE, CREATE INDEX, CREATE STREAM as changes of the catalog, with every id and storage
// name chosen here, so that replay decides nothing.

extension Binder {
  func plan(_ written: CreateTableStatement) throws(SQLError) -> [SchemaStep] {
    if let source = written.source { return try plan(written, as: source) }
    let name = try newName(written.name, kind: "table")
    if isTaken(name.text) {
      if written.ifNotExists, catalog.table(named: name.text) != nil { return [] }
      throw alreadyExists(name)
    }
    let statement = try expandingLike(written)
    var planner = TablePlanner(binder: self, table: newTable(name))
    let constraints = statement.columns.flatMap(\.constraints) + statement.constraints
    let hasKey = constraints.contains {
      switch $0.kind {
      case .primaryKey, .withoutOverlaps(_, _, isPrimary: true): true
      default: false
      }
    }
    if !hasKey { planner.addHiddenKey() }
    for column in statement.columns { try planner.add(column, isNew: true) }
    // What a key speaks of may stand behind it.
    for isPeriod in [true, false] {
      for constraint in constraints where constraint.isPeriod == isPeriod {
        try planner.add(constraint)
      }
    }
    if !hasKey { planner.addHiddenKeyConstraint() }
    try planner.requireValidDefaults(statement.columns)
    try planner.requireValidGenerations(statement.columns)
    let steps =
      [SchemaStep.change(.createTable(planner.table))]
      + planner.sequences.map { .change(.define(.createSequence($0))) }
      + planner.indexes.map { .change(.createIndex($0)) }
    return steps
      + (try after(steps).afterLike(statement, planner.table).map { .change($0) })
  }

  func plan(_ statement: CreateIndexStatement) throws(SQLError) -> [SchemaChange] {
    let table = try existingTable(statement.table)
    var columns: [(id: ColumnID, descending: Bool)] = []
    for (name, descending) in statement.columns {
      let column = table.columns[try position(of: name, in: table)]
      if statement.isFullText {
        try requireWords(column, descending: descending, at: name.position)
      } else {
        try TablePlanner.requireKeyType(column, at: name.position)
      }
      if columns.contains(where: { $0.id == column.id }) {
        throw SQLError(
          .duplicateColumn, "column \"\(name.text)\" appears twice in the index",
          at: name.position)
      }
      columns.append((column.id, descending))
    }
    let tokenize = statement.isFullText ? try tokenizer(statement) : nil
    let text: String
    if let name = statement.name {
      if isTaken(name.text) {
        if statement.ifNotExists, catalog.index(named: name.text) != nil { return [] }
        throw alreadyExists(name)
      }
      try requireUnreserved(name)
      text = name.text
    } else {
      let parts = statement.columns.map(\.name.text).joined(separator: "_")
      text = freeName("\(table.name)_\(parts)_idx", besides: [])
    }
    return [
      .createIndex(
        Index(
          id: catalog.nextID, name: text, table: table.id, columns: columns,
          unique: statement.unique, tokenize: tokenize))
    ]
  }

  func planCreateStream(_ object: ObjectName, ifNotExists: Bool) throws(SQLError)
    -> [SchemaChange]
  {
    let name = try newName(object, kind: "stream")
    if isTaken(name.text) {
      if ifNotExists, catalog.stream(named: name.text) != nil { return [] }
      throw alreadyExists(name)
    }
    return [
      .createStream(Stream(id: catalog.nextID, name: name.text, createdAt: nextOffset))
    ]
  }

  // MARK: Names

  /// Tables, streams and indexes share one namespace.
  func isTaken(_ name: String) -> Bool {
    catalog.table(named: name) != nil || catalog.stream(named: name) != nil
      || catalog.index(named: name) != nil || catalog.view(named: name) != nil
      || catalog.sequence(named: name) != nil
  }

  func alreadyExists(_ name: Name) -> SQLError {
    SQLError(.duplicateTable, "relation \"\(name.text)\" already exists", at: name.position)
  }

  func newName(_ object: ObjectName, kind: String) throws(SQLError) -> Name {
    if let schema = object.schema, schema.text != "public" {
      throw SQLError(
        .invalidSchemaName, "a \(kind) cannot be made in schema \"\(schema.text)\"",
        at: schema.position)
    }
    try requireUnreserved(object.name)
    return object.name
  }

  /// Refuses the names that the view and the pseudo-columns use.
  func requireUnreserved(_ name: Name) throws(SQLError) {
    let text = name.text.lowercased()
    let taken = [
      "_live", "_from", "_to", "_id", "_offset", "_created_at", "_deleted_at", "_deleted_offset",
      "_change",
    ]
    if taken.contains(text) || text.hasPrefix("_kb") {
      throw SQLError(.reservedName, "the name \"\(name.text)\" is reserved", at: name.position)
    }
    if text.utf8.count > Limits.nameBytesMax || text.isEmpty {
      throw SQLError(
        .init("42622"), "a name has 1 to \(Limits.nameBytesMax) bytes", at: name.position)
    }
  }

  /// `wanted`, or with a number behind it where it is taken.
  func freeName(_ wanted: String, besides others: [String]) -> String {
    var name = wanted
    var number = 1
    while isTaken(name) || others.contains(name) {
      name = "\(wanted)\(number)"
      number += 1
    }
    return name
  }
}
