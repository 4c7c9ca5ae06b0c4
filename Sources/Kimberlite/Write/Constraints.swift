// SPDX-License-Identifier: Apache-2.0
// What a row must keep: NOT NULL, CHECK, unique keys, references. Checked by the writer against
// the open transaction; the messages are PostgreSQL's.

internal import KimberliteCore

/// The constraints of one table, ready to check rows.
final class Constraints {
  let table: Table
  private let view: View
  private let check: Prepared?
  private let checkNames: [String]
  /// Computes the generated columns, and where they are.
  private let generation: Prepared?
  private let generated: [Int]
  /// Finds the hash of a key that was erased; `nil` where there are none of this table.
  private let denied: Prepared?
  private let denylist: Denylist?
  private let uniqueKeys: [UniqueKey]
  /// References that this table makes.
  let references: [Reference]
  /// References that other tables make to this one.
  let dependents: [Reference]
  /// Keys WITHOUT OVERLAPS.
  private let overlapRules: [OverlapRule]

  private struct UniqueKey {
    var name: String
    var columns: [Int]
    /// Finds the live row with a key: all columns.
    var find: Prepared
  }

  /// - Parameters:
  ///   - checkProgram: one output for each CHECK constraint, over a whole row.
  ///   - generation: one output for each generated column, over a whole row.
  ///   - denylist: hashes keys of erased rows; `nil` where these may come back.
  init(
    _ table: Table, view: View, checkProgram: RowProgram?, generation: RowProgram? = nil,
    denylist: Denylist? = nil
  ) throws(SQLiteError) {
    self.table = table
    self.view = view
    self.denylist = denylist
    denied = try denylist == nil ? nil : Self.deniedKeys(of: table, view.connection)
    check = try checkProgram.map { (program) throws(SQLiteError) in
      try view.connection.prepare(program.sql, persistent: true)
    }
    self.generation = try generation.map { (program) throws(SQLiteError) in
      try view.connection.prepare(program.sql, persistent: true)
    }
    generated = table.columns.indices.filter { table.columns[$0].generation != nil }
    checkNames = table.constraints.compactMap {
      if case .check = $0.kind { $0.name } else { nil }
    }
    let catalog = view.catalog
    uniqueKeys = try Self.uniqueKeys(of: table, in: catalog, view.connection)
    overlapRules = try OverlapRule.all(of: table, in: view)
    references = try Reference.all(of: table, in: view)
    var incoming: [Reference] = []
    for other in catalog.tables {
      incoming += try Reference.all(of: other, to: table.id, in: view)
    }
    dependents = incoming
  }

  /// Whether rows of other tables refer to this one.
  var isReferenced: Bool { !dependents.isEmpty }
  /// Whether anything remains to check once a statement's rows are in.
  var hasReferences: Bool { !references.isEmpty || !dependents.isEmpty }
  /// Whether rows may not overlap.
  var hasOverlapRules: Bool { !overlapRules.isEmpty }
  /// Whether rows have to be looked at one by one beyond NOT NULL.
  var hasChecks: Bool { check != nil || denied != nil }

  private static func deniedKeys(
    of table: Table, _ connection: Connection
  ) throws(SQLiteError) -> Prepared? {
    let any = try connection.prepare("SELECT 1 FROM kb_denied WHERE object = ?1 LIMIT 1")
    try any.bind(1, Int64(table.id))
    guard try any.step() else { return nil }
    return try connection.prepare(
      "SELECT 1 FROM kb_denied WHERE object = ?1 AND hash = ?2", persistent: true)
  }

  private static func uniqueKeys(
    of table: Table, in catalog: Catalog, _ connection: Connection
  ) throws(SQLiteError) -> [UniqueKey] {
    let primary = table.constraints.compactMap { constraint -> (String, [Int])? in
      guard case .primaryKey(let ids) = constraint.kind else { return nil }
      return (constraint.name, ids.map(table.position(of:)))
    }
    let unique = catalog.indexes.filter { $0.table == table.id && $0.unique }.map {
      ($0.name, $0.columns.map { table.position(of: $0.id) })
    }
    var keys: [UniqueKey] = []
    for (name, columns) in primary + unique {
      keys.append(
        UniqueKey(
          name: name, columns: columns,
          find: try connection.prepare(Storage.find(table, columns, "*"), persistent: true)))
    }
    return keys
  }

  // MARK: One row

  /// Whether columns are computed from the others of the row.
  var hasGenerated: Bool { generation != nil }

  /// Computes the generated columns of a row.
  func complete(_ row: inout [Value]) throws(SQLError) {
    guard let generation else { return }
    defer { generation.reset() }
    let inputs = row
    let values = try view.run { () throws(SQLiteError) in
      try generation.bind(from: 1, inputs)
      _ = try generation.step()
      return generation.row()
    }
    for (position, value) in zip(generated, values) { row[position] = value }
  }

  /// NOT NULL and CHECK of a row, and of the one before it where it is a new version.
  ///
  /// A personal value that was erased is NULL: its row may go on without it.
  func checkRow(_ row: [Value], after old: [Value]? = nil) throws(SQLError) {
    for (position, column) in table.columns.enumerated()
    where column.notNull && row[position] == .null {
      if column.personal, let old, old[position] == .null { continue }
      throw SQLError(
        .notNullViolation,
        "null value in column \"\(column.name)\" of table \"\(table.name)\" violates not-null constraint"
      )
    }
    // A row that takes another key comes with it like a new one.
    if old.map({ old in table.keyColumns.contains { old[$0] != row[$0] } }) ?? true {
      try requireAdmission(row)
    }
    guard let check else { return }
    defer { check.reset() }
    try view.run { () throws(SQLiteError) in
      try check.bind(from: 1, row)
      _ = try check.step()
    }
    for (index, name) in checkNames.enumerated()
    where !check.isNull(index) && check.integer(index) == 0 {
      throw SQLError(
        .checkViolation, "new row for table \"\(table.name)\" violates check constraint \"\(name)\""
      )
    }
  }

  /// Refuses a row that shares an instant with another of its key.
  func checkOverlaps(_ row: [Value]) throws(SQLError) {
    for rule in overlapRules { try rule.check(row) }
  }

  /// Refuses a new row with the key of one that was erased.
  private func requireAdmission(_ row: [Value]) throws(SQLError) {
    guard let denied, let denylist else { return }
    let key = table.keyColumns.map { row[$0] }
    let hash = denylist.hash(table.id, table.encodedKey(key))
    let isDenied = try view.run { () throws(SQLiteError) in
      defer { denied.reset() }
      try denied.bind(1, Int64(table.id))
      try denied.bind(2, blob: hash)
      return try denied.step()
    }
    // Let in before, it lives like any other.
    if !isDenied { return }
    if try live(row) != nil { return }
    let names = table.keyColumns.map { table.columns[$0].name }.joined(separator: ", ")
    let texts = zip(key, table.keyColumns).map { table.columns[$1].type.format($0) }
      .joined(separator: ", ")
    throw SQLError(
      .insufficientPrivilege,
      "the row (\(names))=(\(texts)) of table \"\(table.name)\" was erased by a purge",
      hint: "if it shall come back all the same: kb-append --readmit")
  }

  /// What to say of a row that a unique key refused.
  func uniqueViolation(_ row: [Value]) throws(SQLError) -> SQLError {
    for key in uniqueKeys {
      let values = key.columns.map { row[$0] }
      if values.contains(.null) { continue }
      guard try findRow(key.find, values) != nil else { continue }
      if let rule = overlapRules.first(where: { $0.name == key.name }) {
        return rule.violation(of: row)
      }
      let names = key.columns.map { table.columns[$0].name }.joined(separator: ", ")
      let texts = key.columns.map { table.columns[$0].type.format(row[$0]) }.joined(separator: ", ")
      return SQLError(
        .uniqueViolation,
        "duplicate key value violates unique constraint \"\(key.name)\": (\(names))=(\(texts)) already exists"
      )
    }
    return SQLError(.uniqueViolation, "duplicate key value in table \"\(table.name)\"")
  }

  /// The live row that a new row conflicts with on a key (column positions; empty: any key).
  func conflict(of row: [Value], on columns: [Int]) throws(SQLError) -> [Value]? {
    for key in uniqueKeys where columns.isEmpty || Set(key.columns) == Set(columns) {
      let values = key.columns.map { row[$0] }
      if values.contains(.null) { continue }
      if let found = try findRow(key.find, values) { return found }
    }
    return nil
  }

  /// The live row with the primary key of `row`.
  func live(_ row: [Value]) throws(SQLError) -> [Value]? {
    guard let primary = uniqueKeys.first, primary.columns == table.keyColumns else { return nil }
    return try findRow(primary.find, primary.columns.map { row[$0] })
  }

  private func findRow(_ find: Prepared, _ key: [Value]) throws(SQLError) -> [Value]? {
    defer { find.reset() }
    return try view.run { () throws(SQLiteError) in
      try find.bind(from: 1, key)
      return try find.step() ? find.row() : nil
    }
  }

  /// The new row's references must exist.
  func checkReferences(of row: [Value]) throws(SQLError) {
    for reference in references { try reference.check(row) }
  }
}

extension Storage {
  /// Finds a live row by some columns, whose values are `?1 …`; `what`: `*`, or an expression.
  static func find(_ table: Table, _ columns: [Int], _ what: String) -> String {
    let list =
      what == "*"
      ? table.columns.map { quote($0.storageName) }.joined(separator: ", ") : what
    let key = columns.enumerated().map {
      "\(quote(table.columns[$1].storageName)) = ?\($0 + 1)"
    }.joined(separator: " AND ")
    return "SELECT \(list) FROM \(quote(table.storageName)) WHERE _live = 1 AND \(key) LIMIT 1"
  }
}
