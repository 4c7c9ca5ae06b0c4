// SPDX-License-Identifier: Apache-2.0
// ALTER TABLE as changes of the catalog. What others depend on is not dropped.

extension Binder {
  func plan(_ statement: AlterTableStatement) throws(SQLError) -> [SchemaChange] {
    let table = try existingTable(statement.table)
    switch statement.action {
    case .addColumn(let definition, let ifNotExists):
      if ifNotExists, table.column(named: definition.name.text) != nil { return [] }
      return [try addColumn(definition, table)]
    case .dropColumn(let name, let ifExists, let cascades):
      if ifExists, table.column(named: name.text) == nil { return [] }
      return try dropColumn(name, table, cascades: cascades)
    case .renameColumn(let name, let new): return try rename(name, to: new, table)
    case .setRetention(let clause): return try setRetention(clause, table)
    case .dropRetention(let position): return try dropRetention(table, at: position)
    case .renameTable(let new):
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
      return [.renameTable(table.id, to: new.text)]
    }
  }

  private func addColumn(_ definition: ColumnDefinition, _ table: Table) throws(SQLError)
    -> SchemaChange
  {
    var planner = TablePlanner(binder: self, table: table)
    try planner.add(definition, isNew: false)
    var column = planner.table.columns[planner.table.columns.count - 1]
    if let source = definition.defaultValue {
      guard let value = try planner.defaultValue(source, of: column).constant else {
        throw SQLError(
          .featureNotSupported, "the DEFAULT of an added column must be a constant",
          at: source.expression.position)
      }
      column.fill = value
    }
    if column.notNull, column.fill == .null {
      throw SQLError(
        .notNullViolation,
        "column \"\(column.name)\" cannot be NOT NULL: the rows that exist have no value for it",
        at: definition.name.position, hint: "give it a DEFAULT")
    }
    for constraint in definition.constraints {
      guard case .check = constraint.kind else {
        throw SQLError(
          .featureNotSupported, "ADD COLUMN takes no PRIMARY KEY, UNIQUE or REFERENCES yet",
          at: constraint.position)
      }
      try planner.add(constraint)
    }
    return .addColumn(
      table.id, column, constraints: Array(planner.table.constraints[table.constraints.count...]))
  }

  /// Constraints and indexes of a column go with it, as in PostgreSQL.
  private func dropColumn(_ name: Name, _ table: Table, cascades: Bool) throws(SQLError)
    -> [SchemaChange]
  {
    let index = try position(of: name, in: table)
    let column = table.columns[index]
    func dependent(_ what: String, hint: String? = nil) -> SQLError {
      SQLError(
        .dependentObjects, "column \"\(name.text)\" cannot be dropped: \(what)", at: name.position,
        hint: hint)
    }
    if table.subject == column.id { throw dependent("it is the subject key") }
    try requireDroppable(column, of: table, at: name.position)
    let planner = TablePlanner(binder: self, table: table)
    var changes: [SchemaChange] = []
    for constraint in table.constraints {
      switch constraint.kind {
      case .primaryKey(let ids) where ids.contains(column.id):
        throw dependent("it is part of the primary key")
      case .check(let text):
        if try planner.columns(usedBy: Parser.parseExpression(text)).contains(index) {
          changes.append(.define(.dropConstraint(table.id, constraint.name)))
        }
      case .primaryKey, .unique, .foreignKey: break
      }
    }
    let cascade = "DROP COLUMN … CASCADE drops what depends on it too"
    for other in catalog.tables {
      for constraint in other.constraints
      where constraint.target == table.id && constraint.targetColumns.contains(column.id) {
        if !cascades {
          throw dependent(
            "constraint \"\(constraint.name)\" of table \"\(other.name)\" refers to it",
            hint: cascade)
        }
        changes.append(.define(.dropConstraint(other.id, constraint.name)))
      }
    }
    for view in try allViews(using: table.id, column: column.id) {
      if !cascades { throw dependent("view \"\(view.name)\" depends on it", hint: cascade) }
      changes.append(.define(.dropView(view.id)))
    }
    return changes + [.dropColumn(table.id, column.id)]
  }

  private func rename(_ name: Name, to new: Name, _ table: Table) throws(SQLError)
    -> [SchemaChange]
  {
    let column = table.columns[try position(of: name, in: table)]
    try requireUnreserved(new)
    try requireNoView(
      using: table.id, column: column.id, "column \"\(column.name)\" cannot be renamed",
      at: name.position)
    if table.column(named: new.text) != nil {
      throw SQLError(
        .duplicateColumn, "column \"\(new.text)\" of table \"\(table.name)\" already exists",
        at: new.position)
    }
    var checks: [Constraint] = []
    for constraint in table.constraints {
      guard case .check(let text) = constraint.kind else { continue }
      let rewritten = try Self.rename(column.name, to: new.text, in: text)
      if rewritten != text {
        checks.append(Constraint(name: constraint.name, kind: .check(rewritten)))
      }
    }
    return [.renameColumn(table.id, column.id, to: new.text, checks: checks)]
      + (try holds(renaming: column, to: new.text, in: table))
  }

  /// What is written over the columns' names: CHECKs and the conditions of holds.
  private func conditions(of table: Table) -> [(what: String, text: String)] {
    let checks = table.constraints.compactMap { constraint -> (String, String)? in
      if case .check(let text) = constraint.kind { ("a CHECK", text) } else { nil }
    }
    return checks
      + catalog.activeHolds(on: table.id).compactMap { hold in
        hold.condition.map { ("hold '\(hold.matter)'", $0) }
      }
  }

  /// The text of a condition with a column's name replaced where the syntax tree says it stands.
  static func rename(_ old: String, to new: String, in text: String) throws(SQLError)
    -> String
  {
    let paths = try Parser.parseExpression(text).columnPaths
    let places = paths.compactMap(\.last).filter { $0.text == old }.map(\.position)
    var bytes = Array(text.utf8)
    for start in places.sorted(by: >) {
      bytes.replaceSubrange(
        start..<identifierEnd(bytes, start), with: Array(SQLText.name(new).utf8))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Where the identifier that begins at `start` ends.
  private static func identifierEnd(_ bytes: [UInt8], _ start: Int) -> Int {
    var end = start + 1
    if bytes[start] == UInt8(ascii: "\"") {
      while end < bytes.count {
        if bytes[end] != UInt8(ascii: "\"") {
          end += 1
        } else if end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "\"") {
          end += 2
        } else {
          return end + 1
        }
      }
      return end
    }
    while end < bytes.count {
      switch bytes[end] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
        end += 1
      default: return end
      }
    }
    return end
  }
}
