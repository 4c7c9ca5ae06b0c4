// SPDX-License-Identifier: Apache-2.0
// Retention, holds and settings in schema events. kb-log(5), Schema changes. Encode and decode
// stand side by side and are exact inverses.

extension SchemaChange {
  /// The item of a change of policy; `nil` for every other change.
  var policyItem: CBORItem? {
    switch self {
    case .setRetention(let retention):
      .map([
        ("change", .text("set retention")), ("id", .integer(Int64(retention.table))),
        ("interval", retention.interval.item),
        ("column", retention.column.map { .integer(Int64($0)) } ?? .null),
        ("lock", .bool(retention.isLocked)),
      ])
    case .dropRetention(let id):
      .map([("change", .text("drop retention")), ("id", .integer(Int64(id)))])
    case .createHold(let hold):
      .map([
        ("change", .text("create hold")), ("id", .integer(Int64(hold.table))),
        ("matter", .text(hold.matter)),
        ("condition", hold.condition.map(CBORItem.text) ?? .null),
        ("created", .integer(Int64(hold.createdAt))),
      ])
    case .rewordHold(let matter, let id, let condition):
      .map([
        ("change", .text("reword hold")), ("id", .integer(Int64(id))), ("matter", .text(matter)),
        ("condition", .text(condition)),
      ])
    case .releaseHold(let matter, let id, let offset):
      .map([
        ("change", .text("release hold")), ("id", .integer(Int64(id))), ("matter", .text(matter)),
        ("released", .integer(Int64(offset))),
      ])
    case .setLog(let setting):
      .map([
        ("change", .text("set log")), ("name", .text(setting.name)), ("value", setting.value),
      ])
    default: nil
    }
  }

  init?(policy item: CBORItem) {
    let id = item["id"]?.number
    let matter = item["matter"]?.string
    switch item["change"]?.string {
    case "set retention":
      guard let id, let interval = Interval(item: item["interval"]), let column = item["column"],
        case .bool(let isLocked)? = item["lock"]
      else { return nil }
      self = .setRetention(
        Retention(table: id, interval: interval, column: column.number, isLocked: isLocked))
    case "drop retention":
      guard let id else { return nil }
      self = .dropRetention(id)
    case "create hold":
      guard let id, let matter, let condition = item["condition"],
        let created = item["created"]?.offset
      else { return nil }
      self = .createHold(
        Hold(matter: matter, table: id, condition: condition.string, createdAt: created))
    case "reword hold":
      guard let id, let matter, let condition = item["condition"]?.string else { return nil }
      self = .rewordHold(matter, id, to: condition)
    case "release hold":
      guard let id, let matter, let released = item["released"]?.offset else { return nil }
      self = .releaseHold(matter, id, at: released)
    case "set log":
      guard let name = item["name"]?.string, let value = item["value"],
        let setting = LogSetting(name: name, value: value)
      else { return nil }
      self = .setLog(setting)
    default: return nil
    }
  }
}

extension Interval {
  /// Months, days and microseconds.
  fileprivate var item: CBORItem {
    .array([.integer(Int64(months)), .integer(Int64(days)), .integer(microseconds)])
  }

  fileprivate init?(item: CBORItem?) {
    guard case .array(let parts)? = item, parts.count == 3, case .integer(let months) = parts[0],
      case .integer(let days) = parts[1], case .integer(let microseconds) = parts[2],
      let months = Int32(exactly: months), let days = Int32(exactly: days)
    else { return nil }
    self.init(months: months, days: days, microseconds: microseconds)
  }
}

extension LogSetting {
  fileprivate var name: String {
    switch self {
    case .auditReads: Self.auditReadsName
    case .purgeApprovals: Self.purgeApprovalsName
    case .purgeDelay: Self.purgeDelayName
    }
  }

  fileprivate var value: CBORItem {
    switch self {
    case .auditReads(let isOn): .bool(isOn)
    case .purgeApprovals(let approvals?):
      .map([
        ("needed", .integer(Int64(approvals.needed))),
        ("keys", .array(approvals.keys.map { .text($0.text) })),
      ])
    case .purgeDelay(let delay?): delay.item
    case .purgeApprovals(nil), .purgeDelay(nil): .null
    }
  }

  fileprivate init?(name: String, value: CBORItem) {
    switch (name, value) {
    case (Self.auditReadsName, .bool(let isOn)): self = .auditReads(isOn)
    case (Self.purgeApprovalsName, .null): self = .purgeApprovals(nil)
    case (Self.purgeApprovalsName, _):
      guard let needed = value["needed"]?.number,
        let keys = value["keys"]?.list({ $0.string.flatMap(ApprovalKey.init) }),
        let approvals = PurgeApprovals(Int(needed), of: keys)
      else { return nil }
      self = .purgeApprovals(approvals)
    case (Self.purgeDelayName, .null): self = .purgeDelay(nil)
    case (Self.purgeDelayName, _):
      guard let delay = Interval(item: value) else { return nil }
      self = .purgeDelay(delay)
    default: return nil
    }
  }
}
