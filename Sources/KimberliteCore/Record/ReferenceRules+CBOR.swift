// SPDX-License-Identifier: Apache-2.0
// What a foreign key says beyond its columns, in the map of its constraint: only what is not so
// where nothing is said, so that a plain one is as it always was. kb-log(5), Schema changes.

extension ReferenceRules<ColumnID> {
  /// The items behind those that every foreign key has.
  var items: [(String, CBORItem)] {
    var items: [(String, CBORItem)] = []
    if matchesFull { items.append(("match full", .bool(true))) }
    if let item = onDelete.item { items.append(("on delete", item)) }
    if let item = onUpdate.item { items.append(("on update", item)) }
    if isDeferrable { items.append(("deferrable", .bool(true))) }
    if isDeferred { items.append(("deferred", .bool(true))) }
    return items
  }

  /// From the map of a constraint.
  init?(item: CBORItem) {
    self.init()
    func isSet(_ key: String) -> Bool { item[key] == .bool(true) }
    matchesFull = isSet("match full")
    isDeferrable = isSet("deferrable")
    isDeferred = isSet("deferred")
    if let action = item["on delete"] {
      guard let known = ReferentialAction(item: action) else { return nil }
      onDelete = known
    }
    if let action = item["on update"] {
      guard let known = ReferentialAction(item: action) else { return nil }
      onUpdate = known
    }
  }
}

extension ReferentialAction<ColumnID> {
  /// Its name, in an array with the columns that it sets where they are not all; `nil`: NO ACTION.
  fileprivate var item: CBORItem? {
    switch self {
    case .noAction: nil
    case .restrict: .text("restrict")
    case .cascade: .text("cascade")
    case .setNull(let ids): Self.item("set null", ids)
    case .setDefault(let ids): Self.item("set default", ids)
    }
  }

  private static func item(_ name: String, _ ids: [ColumnID]) -> CBORItem {
    ids.isEmpty ? .text(name) : .array([.text(name)] + ids.map { .integer(Int64($0)) })
  }

  fileprivate init?(item: CBORItem) {
    var ids: [ColumnID] = []
    var name = item.string
    if case .array(let parts) = item {
      name = parts.first?.string
      guard let numbers = CBORItem.array(Array(parts.dropFirst())).list(\.number),
        !numbers.isEmpty
      else { return nil }
      ids = numbers
    }
    switch name {
    case "restrict" where ids.isEmpty: self = .restrict
    case "cascade" where ids.isEmpty: self = .cascade
    case "set null": self = .setNull(ids)
    case "set default": self = .setDefault(ids)
    default: return nil
    }
  }
}
