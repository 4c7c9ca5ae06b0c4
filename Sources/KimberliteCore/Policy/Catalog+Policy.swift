// SPDX-License-Identifier: Apache-2.0
// The part of the catalog that says how long data must stay, and what may not go.

extension Catalog {
  /// The rule that keeps a table's rows, if there is one.
  public func retention(of table: ObjectID) -> Retention? {
    retentions.first { $0.table == table }
  }

  /// The hold of a matter on a table, if it stands.
  public func hold(_ matter: String, on table: ObjectID) -> Hold? {
    holdIndex(matter, table).map { holds[$0] }
  }

  private func holdIndex(_ matter: String, _ table: ObjectID) -> Int? {
    holds.firstIndex { $0.isActive && $0.matter == matter && $0.table == table }
  }

  /// The holds that stand on a table.
  public func activeHolds(on table: ObjectID) -> [Hold] {
    holds.filter { $0.isActive && $0.table == table }
  }

  /// The name of the column that a retention counts from.
  public func columnName(of retention: Retention) -> String {
    guard let column = retention.column else { return Retention.creation }
    return table(retention.table)?.columns.first { $0.id == column }?.name ?? Retention.creation
  }

  func accepts(policy change: SchemaChange) -> Bool {
    switch change {
    case .setRetention(let retention):
      guard let table = table(retention.table) else { return false }
      return retention.column.map(table.has) ?? true
    case .dropRetention(let id): return retention(of: id) != nil
    case .createHold(let new):
      return table(new.table) != nil && hold(new.matter, on: new.table) == nil
    case .rewordHold(let matter, let id, _), .releaseHold(let matter, let id, _):
      return hold(matter, on: id) != nil
    case .setLog: return true
    default: preconditionFailure("only changes of policy come here")
    }
  }

  mutating func apply(policy change: SchemaChange) {
    switch change {
    case .setRetention(let new):
      retentions.removeAll { $0.table == new.table }
      retentions.append(new)
    case .dropRetention(let id): retentions.removeAll { $0.table == id }
    case .createHold(let new): holds.append(new)
    case .rewordHold(let matter, let id, let condition):
      edit(matter, id) { $0.condition = condition }
    case .releaseHold(let matter, let id, let offset):
      edit(matter, id) { $0.releasedAt = offset }
    case .setLog(let setting): settings.apply(setting)
    default: preconditionFailure("only changes of policy come here")
    }
  }

  private mutating func edit(_ matter: String, _ table: ObjectID, _ change: (inout Hold) -> Void) {
    guard let at = holdIndex(matter, table) else {
      preconditionFailure("a changed hold does not exist")
    }
    change(&holds[at])
  }

  /// A table goes: its retention goes on for its past, its released holds stay under its name.
  mutating func nameHolds(of id: ObjectID) {
    let name = table(id)?.name
    for index in holds.indices where holds[index].table == id { holds[index].droppedName = name }
  }

  // MARK: Rows of schema kb

  /// `kb.holds`: matter, table, condition, and the offsets that created and released it.
  var holdRows: [[Value]] {
    holds.map { hold in
      [
        .text(hold.matter),
        (table(hold.table)?.name ?? hold.droppedName).map { .text($0) } ?? .null,
        hold.condition.map { .text($0) } ?? .null, .integer(Int64(hold.createdAt)),
        hold.releasedAt.map { .integer(Int64($0)) } ?? .null,
      ]
    }
  }

  /// `kb.retention`: table, interval, column, locked.
  var retentionRows: [[Value]] {
    retentions.filter { table($0.table) != nil }.map { retention in
      [
        table(retention.table).map { .text($0.name) } ?? .null,
        .blob(retention.interval.storage), .text(columnName(of: retention)),
        .integer(retention.isLocked ? 1 : 0),
      ]
    }
  }

  /// `kb.settings`: name, value.
  var settingRows: [[Value]] {
    settings.rows.map { [.text($0.name), $0.value.map { .text($0) } ?? .null] }
  }
}
