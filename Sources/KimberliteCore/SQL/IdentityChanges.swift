// SPDX-License-Identifier: Apache-2.0
// ALTER COLUMN on what makes a column's values: identity and generation expressions.

extension Binder {
  func alterGeneration(
    of column: Column, _ action: AlterTableStatement.ColumnAction, _ name: Name, _ table: Table
  ) throws(SQLError) -> [SchemaStep] {
    var column = column
    func wrongState(_ what: String) -> SQLError {
      SQLError(
        .notInState, "column \"\(column.name)\" of table \"\(table.name)\" \(what)",
        at: name.position)
    }
    switch action {
    case .addIdentity(let always, let options):
      guard column.type.isInteger else {
        throw SQLError(
          .invalidParameterValue, "identity column type must be smallint, integer, or bigint",
          at: name.position)
      }
      if column.identity != nil { throw wrongState("is already an identity column") }
      if column.generation != nil { throw wrongState("is a generated column") }
      if column.defaultText != nil || column.source != nil {
        throw wrongState("already has a default value")
      }
      if !column.notNull {
        throw wrongState("must be declared NOT NULL before identity can be added")
      }
      var planner = TablePlanner(binder: self, table: table)
      let id = try planner.addSequence(
        for: table.position(of: column.id), options, at: options.position)
      column.source = .identity(id, always: always)
      return planner.sequences.map { .change(.define(.createSequence($0))) }
        + changed(column, table)
    case .setIdentity(let always, let options):
      guard case .identity(let id, let old)? = column.source, let sequence = sequence(id) else {
        throw wrongState("is not an identity column")
      }
      column.source = .identity(id, always: always ?? old)
      return try changed(column, table)
        + alter(sequence, options)
    case .dropIdentity(let ifExists):
      guard case .identity(let id, _)? = column.source else {
        if ifExists { return [] }
        throw wrongState("is not an identity column")
      }
      column.source = nil
      return changed(column, table) + [.change(.define(.dropSequence(id)))]
    case .dropExpression(let ifExists):
      if column.generation == nil {
        if ifExists { return [] }
        throw wrongState("is not a stored generated column")
      }
      column.source = nil
      return changed(column, table)
    case .setDefault, .setNotNull, .setType: return []
    }
  }

  private func sequence(_ id: ObjectID) -> StoredSequence? { catalog.sequence(id) }
}
