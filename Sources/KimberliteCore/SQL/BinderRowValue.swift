// SPDX-License-Identifier: Apache-2.0
// A whole row as an argument: `row_to_json(t)`, where t is a table of FROM. It is no value of SQL's
// types, and so stands only where it becomes JSON.

/// The columns of a row, to be made JSON of.
struct BoundRow {
  /// A name and a JSON text for each column, as SQLite text.
  var items: [String]

  /// The JSON object.
  func text(_ spacing: FunctionRegistry.JSONSpacing) -> String {
    "('{' || \(Binding.calls("kb_json_members", items, spacing)) || '}')"
  }
}

extension Binding {
  /// Binds an argument of a function that makes JSON, which may be the name of a table or ROW(…).
  mutating func bindJSONArgument(_ expression: Expression) throws(SQLError) -> Bound {
    switch expression.kind {
    case .row(let parts):
      var items: [String] = []
      for (index, part) in parts.enumerated() {
        items.append(SQLText.literal(.text("f\(index + 1)")))
        items.append(try jsonItem(try bind(part)))
      }
      return Self.row(items, at: expression.position)
    case .column(let path) where path.count == 1:
      if let row = try tableRow(path[0]) { return row }
      return try bind(expression)
    default: return try bind(expression)
    }
  }

  private static func row(_ items: [String], at position: Int) -> Bound {
    let row = BoundRow(items: items)
    var bound = Bound(row.text(.row), .json, at: position)
    bound.row = row
    return bound
  }

  /// The row of a table that is visible by this name; a column hides it.
  private mutating func tableRow(_ name: Name) throws(SQLError) -> Bound? {
    for level in scopes.indices.reversed() {
      let isColumn =
        scopes[level].merged.contains { $0.name == name.text }
        || !places(named: name.text, level: level).isEmpty
      if isColumn { return nil }
      guard let relation = scopes[level].relations.first(where: { relations[$0].name == name.text })
      else { continue }
      // A function that yields single values is no row.
      if relations[relation].isValue { return nil }
      var items: [String] = []
      for index in relations[relation].columns.indices
      where relations[relation].columns[index].starred {
        let place = ColumnPlace(relation: relation, column: index)
        let bound = use(place, level: level, at: name.position)
        items.append(SQLText.literal(.text(relations[relation].columns[index].name)))
        items.append(try jsonItem(bound))
      }
      return Self.row(items, at: name.position)
    }
    return nil
  }
}
