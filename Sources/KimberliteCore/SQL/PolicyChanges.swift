// SPDX-License-Identifier: Apache-2.0
// Retention, holds and settings of the log as changes of the catalog, and what they forbid.

extension SQLError {
  /// What a hold or a lock forbids.
  static func forbidden(_ message: String, at position: Int?, hint: String? = nil) -> SQLError {
    SQLError(.insufficientPrivilege, message, at: position, hint: hint)
  }
}

// MARK: Retention

extension Binder {
  func setRetention(_ clause: RetentionClause, _ table: Table) throws(SQLError) -> [SchemaChange] {
    let interval = try interval(clause.interval, "a retention")
    var column: ColumnID?
    if clause.column.text != Retention.creation {
      let found = table.columns[try position(of: clause.column, in: table)]
      guard [.date, .timestamp, .timestamptz].contains(found.type) else {
        throw SQLError(
          .datatypeMismatch,
          "column \"\(found.name)\" of type \(found.type.messageName) states no moment",
          at: clause.column.position,
          hint: "a retention counts from a DATE, TIMESTAMP or TIMESTAMPTZ")
      }
      column = found.id
    }
    let new = Retention(
      table: table.id, interval: interval, column: column, isLocked: clause.isLocked)
    if let old = catalog.retention(of: table.id) {
      if old == new { return [] }
      if old.isLocked { try requireLonger(new, than: old, clause, table) }
    }
    return [.setRetention(new)]
  }

  private func requireLonger(
    _ new: Retention, than old: Retention, _ clause: RetentionClause, _ table: Table
  ) throws(SQLError) {
    let name = "the retention of table \"\(table.name)\" is locked"
    if !new.isLocked {
      throw .forbidden(
        "\(name) and cannot be unlocked", at: clause.column.position, hint: "end it with LOCK")
    }
    if new.column != old.column {
      let column = catalog.columnName(of: old)
      throw .forbidden(
        "\(name): it counts from \"\(column)\" and no other column", at: clause.column.position)
    }
    if try !new.interval.isAtLeast(old.interval) {
      let length = SQLType.interval.format(.blob(old.interval.storage))
      throw .forbidden(
        "\(name) and cannot be shortened: it is \(length)", at: clause.interval.position)
    }
  }

  func dropRetention(_ table: Table, at position: Int) throws(SQLError) -> [SchemaChange] {
    guard let old = catalog.retention(of: table.id) else {
      throw SQLError(
        .undefinedObject, "table \"\(table.name)\" has no retention", at: position)
    }
    if old.isLocked {
      throw .forbidden(
        "the retention of table \"\(table.name)\" is locked and cannot be dropped", at: position)
    }
    return [.dropRetention(table.id)]
  }

  private func interval(_ literal: TextLiteral, _ what: String) throws(SQLError) -> Interval {
    let value: Value
    do throws(SQLError) { value = try SQLType.interval.parse(literal.text) } catch {
      var error = error
      error.position = literal.position
      throw error
    }
    guard case .blob(let bytes) = value, let interval = Interval(storage: bytes) else {
      preconditionFailure("an interval is stored as an interval")
    }
    // One that leads out of the calendar is no time to wait either.
    guard (try? interval.isPositive()) == true else {
      throw SQLError(
        .invalidParameterValue, "\(what) lasts some time: '\(literal.text)' does not",
        at: literal.position)
    }
    return interval
  }

  // MARK: What policy forbids

  /// Refuses to drop what a hold or a locked retention keeps.
  func requireDroppable(_ table: Table, at position: Int) throws(SQLError) {
    if let hold = catalog.activeHolds(on: table.id).first {
      throw .forbidden(
        "table \"\(table.name)\" cannot be dropped: hold '\(hold.matter)' is on it", at: position)
    }
    if catalog.retention(of: table.id)?.isLocked == true {
      throw .forbidden(
        "table \"\(table.name)\" cannot be dropped: its retention is locked", at: position)
    }
  }

  /// Refuses to drop a column that a hold or the retention goes by.
  func requireDroppable(
    _ column: Column, of table: Table, at position: Int, _ deed: String = "dropped"
  ) throws(SQLError) {
    let name = "column \"\(column.name)\" cannot be \(deed)"
    for hold in catalog.activeHolds(on: table.id) {
      guard let condition = hold.condition else { continue }
      if try columns(usedBy: Parser.parseExpression(condition), of: table).contains(column.id) {
        throw .forbidden("\(name): hold '\(hold.matter)' goes by it", at: position)
      }
    }
    guard let retention = catalog.retention(of: table.id), retention.column == column.id else {
      return
    }
    if retention.isLocked {
      throw .forbidden("\(name): the locked retention counts from it", at: position)
    }
    throw SQLError(
      .dependentObjects, "\(name): the retention counts from it", at: position,
      hint: "ALTER TABLE \(SQLText.name(table.name)) DROP RETENTION")
  }
}

// MARK: Holds

extension Binder {
  func plan(_ statement: CreateHoldStatement) throws(SQLError) -> [SchemaChange] {
    let matter = statement.matter
    guard (1...Limits.nameBytesMax).contains(matter.text.utf8.count) else {
      throw SQLError(
        .nameTooLong, "a matter has 1 to \(Limits.nameBytesMax) bytes", at: matter.position)
    }
    let table = try existingTable(statement.table)
    if catalog.hold(matter.text, on: table.id) != nil {
      throw SQLError(
        .duplicateObject, "hold '\(matter.text)' is on table \"\(table.name)\" already",
        at: matter.position)
    }
    if let condition = statement.condition {
      _ = try columns(usedBy: condition.expression, of: table)
    }
    return [
      .createHold(
        Hold(
          matter: matter.text, table: table.id, condition: statement.condition?.text,
          createdAt: nextOffset))
    ]
  }

  func planRelease(_ matter: TextLiteral, on name: ObjectName?) throws(SQLError) -> [SchemaChange] {
    let table = try name.map { (name) throws(SQLError) in try existingTable(name) }
    let active = catalog.holds.filter(\.isActive)
    let released = active.filter {
      $0.matter == matter.text && (table == nil || $0.table == table?.id)
    }
    if released.isEmpty {
      let place = table.map { " on table \"\($0.name)\"" } ?? ""
      throw SQLError(
        .undefinedObject, "there is no hold '\(matter.text)'\(place)", at: matter.position,
        hint: nearestHint(to: matter.text, among: active.map(\.matter)))
    }
    return released.map { .releaseHold(matter.text, $0.table, at: nextOffset) }
  }

  /// The ids of the columns that a hold's condition looks at; throws where it is not a condition.
  private func columns(usedBy condition: Expression, of table: Table) throws(SQLError)
    -> [ColumnID]
  {
    try TablePlanner(binder: self, table: table).columns(usedBy: condition, as: .hold)
      .map { table.columns[$0].id }
  }

  /// The conditions of a table's holds after a column's renaming.
  func holds(renaming column: Column, to name: String, in table: Table) throws(SQLError)
    -> [SchemaChange]
  {
    var changes: [SchemaChange] = []
    for hold in catalog.activeHolds(on: table.id) {
      guard let condition = hold.condition else { continue }
      let renamed = try Self.rename(column.name, to: name, in: condition)
      if renamed != condition { changes.append(.rewordHold(hold.matter, table.id, to: renamed)) }
    }
    return changes
  }

  /// The condition of a hold as SQLite text over the versions of its table, which the query around
  /// it calls `alias`.
  public func predicate(of hold: Hold, on table: Table, alias: String) throws(SQLError) -> String {
    guard let condition = hold.condition else { return "1" }
    do throws(SQLError) {
      return try predicate(Parser.parseExpression(condition), on: table, alias: alias)
    } catch {
      // It is none of the statement at hand.
      var error = error
      error.position = nil
      throw error
    }
  }

  /// A condition over the columns of a table, without subqueries and parameters, as SQLite text
  /// over its versions, which the query around it calls `alias`.
  public func predicate(_ condition: Expression, on table: Table, alias: String) throws(SQLError)
    -> String
  {
    _ = try columns(usedBy: condition, of: table)
    var binding = Binding(self)
    binding.scopes.append(Scope(.hold))
    let columns = table.columns.map { column in
      RelationColumn(
        name: column.name, type: column.type, nullable: !column.notNull,
        source: "\(SQLText.name(alias)).\(SQLText.name(column.storageName))",
        starred: !column.hidden, collates: column.type.isNumeric)
    }
    binding.scopes[0].relations = [binding.add(table.name, .inputs, columns)]
    return try binding.bindCondition(condition, "WHERE")
  }
}

// MARK: Settings of the log

extension Binder {
  func plan(_ statement: AlterLogStatement) throws(SQLError) -> [SchemaChange] {
    let setting: LogSetting
    switch statement {
    case .auditReads(let isOn): setting = .auditReads(isOn)
    case .purgeDelay(let literal):
      setting = .purgeDelay(
        try literal.map { (literal) throws(SQLError) in try interval(literal, "a purge delay") })
    case .purgeApprovals(0, let keys, _) where keys.isEmpty: setting = .purgeApprovals(nil)
    case .purgeApprovals(let needed, let literals, let position):
      setting = .purgeApprovals(try approvals(needed, literals, at: position))
    }
    var changed = catalog.settings
    changed.apply(setting)
    return changed == catalog.settings ? [] : [.setLog(setting)]
  }

  private func approvals(_ needed: Int, _ literals: [TextLiteral], at position: Int)
    throws(SQLError) -> PurgeApprovals
  {
    var keys: [ApprovalKey] = []
    for literal in literals {
      guard let key = ApprovalKey(literal.text) else {
        throw SQLError(
          .invalidParameterValue, "'\(literal.text)' is no public key", at: literal.position,
          hint: "want a line 'ssh-ed25519 AAAA…' of a .pub file, or a verifier key 'name+hash+key'")
      }
      if keys.contains(where: { $0.publicKey == key.publicKey }) {
        throw SQLError(
          .duplicateObject, "the key '\(literal.text)' is there twice", at: literal.position)
      }
      keys.append(key)
    }
    guard let approvals = PurgeApprovals(needed, of: keys) else {
      throw SQLError(
        .invalidParameterValue, "\(needed) approvals cannot come of \(keys.count.counted("key"))",
        at: position)
    }
    return approvals
  }
}
