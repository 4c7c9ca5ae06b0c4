// SPDX-License-Identifier: Apache-2.0
// DROP COLUMN and RENAME COLUMN. What others depend on is not dropped unless CASCADE says so.

extension Binder {
  /// Constraints and indexes of a column go with it, as in PostgreSQL.
  func dropColumn(_ name: Name, _ table: Table, cascades: Bool) throws(SQLError)
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
    if let period = table.period, column.id == period.from || column.id == period.to {
      throw dependent("period \"\(period.name)\" uses it")
    }
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
      case .withoutOverlaps(let ids) where ids.contains(column.id):
        throw dependent("constraint \"\(constraint.name)\" uses it")
      case .primaryKey, .unique, .foreignKey, .withoutOverlaps: break
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
    for generated in try columns(generatedFrom: column, in: table) {
      if !cascades { throw dependent("column \"\(generated.name)\" depends on it", hint: cascade) }
      changes += try dropColumn(Name(generated.name, at: name.position), table, cascades: true)
    }
    changes.append(.dropColumn(table.id, column.id))
    for sequence in catalog.sequences(ownedBy: table.id, column.id) {
      changes += try dropOwned(sequence, of: table, column.id, name, cascades: cascades)
    }
    return changes
  }

  func rename(_ name: Name, to new: Name, _ table: Table) throws(SQLError)
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
    var generated: [SchemaChange] = []
    for var other in table.columns {
      guard let text = other.generation else { continue }
      let rewritten = try Self.rename(column.name, to: new.text, in: text)
      if rewritten == text { continue }
      other.source = .generated(rewritten)
      generated.append(.define(.alterColumn(table.id, other)))
    }
    return [.renameColumn(table.id, column.id, to: new.text, checks: checks)] + generated
      + (try holds(renaming: column, to: new.text, in: table))
  }

  /// What is written over the columns' names: CHECKs and the conditions of holds.
  func conditions(of table: Table) -> [(what: String, text: String)] {
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
