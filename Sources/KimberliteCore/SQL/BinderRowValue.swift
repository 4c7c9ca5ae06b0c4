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
  /// Binds an argument of a function that makes JSON, which may be the name of a table.
  mutating func bindJSONArgument(_ expression: Expression) throws(SQLError) -> Bound {
    guard case .column(let path) = expression.kind, path.count == 1 else {
      return try bind(expression)
    }
    let name = path[0]
    for level in scopes.indices.reversed() {
      let isColumn =
        scopes[level].merged.contains { $0.name == name.text }
        || !places(named: name.text, level: level).isEmpty
      if isColumn { break }
      guard let relation = scopes[level].relations.first(where: { relations[$0].name == name.text })
      else { continue }
      var items: [String] = []
      for index in relations[relation].columns.indices
      where relations[relation].columns[index].starred {
        let place = ColumnPlace(relation: relation, column: index)
        let bound = use(place, level: level, at: name.position)
        items.append(SQLText.literal(.text(relations[relation].columns[index].name)))
        items.append(try jsonItem(bound))
      }
      let row = BoundRow(items: items)
      var bound = Bound(row.text(.row), .json, at: name.position)
      bound.row = row
      return bound
    }
    return try bind(expression)
  }
}
