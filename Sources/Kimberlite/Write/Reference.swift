// SPDX-License-Identifier: Apache-2.0
// A foreign key, ready to be asked from both of its sides.

internal import KimberliteCore

/// One foreign key as the catalog is now.
final class Reference {
  let name: String
  let rules: ReferenceRules<ColumnID>
  /// The table whose rows refer, and with which columns.
  let table: Table
  let columns: [Int]
  /// The table that they refer to, and by which key.
  let target: Table
  let targets: [Int]
  private let view: View
  private let findTarget: Prepared
  private let findRow: Prepared
  /// What a referential action does, once it was needed.
  private var actions: [Bool: Action] = [:]

  /// A referential action as the statement that it is.
  struct Action {
    let plan: Plan
    let programs: Programs
  }

  init(
    _ name: String, _ rules: ReferenceRules<ColumnID>, from table: Table, _ columns: [Int],
    to target: Table, _ targets: [Int], in view: View
  ) throws(SQLiteError) {
    self.name = name
    self.rules = rules
    self.table = table
    self.columns = columns
    self.target = target
    self.targets = targets
    self.view = view
    findTarget = try view.connection.prepare(
      Storage.find(target, targets, "1"), persistent: true)
    findRow = try view.connection.prepare(Storage.find(table, columns, "1"), persistent: true)
  }

  /// The foreign keys of a table; `target`: those of them that refer to it.
  static func all(
    of table: Table, to target: ObjectID? = nil, in view: View
  ) throws(SQLiteError) -> [Reference] {
    var references: [Reference] = []
    for constraint in table.constraints {
      guard case .foreignKey(let ids, let id, let targetIDs, let rules) = constraint.kind,
        target == nil || target == id, let other = view.catalog.table(id)
      else { continue }
      references.append(
        try Reference(
          constraint.name, rules, from: table, ids.map(table.position(of:)), to: other,
          targetIDs.map(other.position(of:)), in: view))
    }
    return references
  }

  /// What the constraint is known by.
  var key: ConstraintKey { ConstraintKey(table: table.id, name: name) }

  /// What is done to rows that refer to one that goes, or takes another key.
  func action(deletes: Bool) -> ReferentialAction<ColumnID> {
    deletes ? rules.onDelete : rules.onUpdate
  }

  // MARK: Asking

  /// Refuses a row that refers to one that is not there.
  func check(_ row: [Value]) throws(SQLError) {
    let key = columns.map { row[$0] }
    let nulls = key.count { $0 == .null }
    if nulls == key.count { return }
    let what =
      "insert or update on table \"\(table.name)\" violates foreign key constraint \"\(name)\""
    if nulls > 0 {
      if !rules.matchesFull { return }
      throw SQLError(
        .foreignKeyViolation,
        "\(what): MATCH FULL does not allow mixing of null and nonnull key values")
    }
    if try holds(findTarget, key) { return }
    throw Self.violation(
      what, table, columns, key, "is not present in table \"\(target.name)\"")
  }

  /// Refuses that rows refer to a key.
  func refuse(rowsReferringTo key: [Value]) throws(SQLError) {
    guard try holds(findRow, key) else { return }
    throw Self.violation(
      "update or delete on table \"\(target.name)\" violates foreign key constraint \"\(name)\" on table \"\(table.name)\"",
      target, targets, key, "is still referenced from table \"\(table.name)\"")
  }

  /// Whether there is a row that may be referred to by a key.
  func hasTarget(_ key: [Value]) throws(SQLError) -> Bool { try holds(findTarget, key) }

  private func holds(_ find: Prepared, _ key: [Value]) throws(SQLError) -> Bool {
    defer { find.reset() }
    return try view.run { () throws(SQLiteError) in
      try find.bind(from: 1, key)
      return try find.step()
    }
  }

  private static func violation(
    _ message: String, _ table: Table, _ columns: [Int], _ key: [Value], _ what: String
  ) -> SQLError {
    let names = columns.map { table.columns[$0].name }.joined(separator: ", ")
    let texts = zip(columns, key).map { table.columns[$0].type.format($1) }.joined(separator: ", ")
    return SQLError(.foreignKeyViolation, "\(message): (\(names))=(\(texts)) \(what)")
  }

  // MARK: Acting

  /// The statement that does what is to be done to rows that refer to an old key, which is in the
  /// parameters `old0 …`, as the new one is in `new0 …`.
  func act(deletes: Bool, _ writer: Writer) throws(SQLError) -> Action {
    if let known = actions[deletes] { return known }
    var types: [String: SQLType] = [:]
    for (place, position) in targets.enumerated() {
      types["old\(place)"] = target.columns[position].type
      types["new\(place)"] = target.columns[position].type
    }
    let made = Action(
      plan: try writer.binder(types: types).bind(statement(deletes: deletes)),
      programs: Programs(view.connection))
    actions[deletes] = made
    return made
  }

  private func statement(deletes: Bool) -> Statement {
    let object = ObjectName(schema: nil, name: Name(table.name, at: 0))
    var filter: Expression?
    for (place, position) in columns.enumerated() {
      let path = [Name(table.name, at: 0), Name(table.columns[position].name, at: 0)]
      let isOld = Expression(
        .binary(
          .equal, Expression(.column(path), at: 0), Expression(.parameter("old\(place)"), at: 0)),
        at: 0)
      filter = filter.map { Expression(.binary(.and, $0, isOld), at: 0) } ?? isOld
    }
    func update(_ value: (Int) -> Expression?, of chosen: [ColumnID]) -> Statement {
      let assignments = columns.enumerated().compactMap { place, position -> Assignment? in
        let column = table.columns[position]
        if !chosen.isEmpty, !chosen.contains(column.id) { return nil }
        return Assignment(column: Name(column.name, at: 0), value: value(place))
      }
      return .update(
        UpdateStatement(
          table: object, alias: nil, assignments: assignments, from: [], filter: filter,
          returning: nil, position: 0))
    }
    switch action(deletes: deletes) {
    case .cascade where deletes:
      return .delete(
        DeleteStatement(
          table: object, alias: nil, using: [], filter: filter, returning: nil, position: 0))
    case .cascade: return update({ Expression(.parameter("new\($0)"), at: 0) }, of: [])
    case .setNull(let chosen): return update({ _ in Expression(.null, at: 0) }, of: chosen)
    case .setDefault(let chosen): return update({ _ in nil }, of: chosen)
    case .noAction, .restrict: preconditionFailure("nothing is done where rows are refused")
    }
  }
}

/// What a constraint is known by while the catalog changes.
struct ConstraintKey: Hashable {
  var table: ObjectID
  var name: String
}
