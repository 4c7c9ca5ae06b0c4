// SPDX-License-Identifier: Apache-2.0
// kb.holds, kb.retention and kb.settings: what the catalog of a moment says of policy, as rows.

extension Binding {
  mutating func bindPolicyTable(_ name: String, as alias: String, _ catalog: Catalog) -> Int {
    let (columns, rows): ([RelationColumn], [[Value]]) =
      switch name {
      case "holds": (Self.holdColumns, catalog.holdRows)
      case "retention": (Self.retentionColumns, catalog.retentionRows)
      default: (Self.settingColumns, catalog.settingRows)
      }
    // Times are looked up, they are no column of the constants.
    let width = columns.count { !$0.source.hasPrefix("(") }
    return add(alias, catalogRows(rows, width), columns)
  }

  private static let holdColumns: [RelationColumn] = {
    var columns = constantColumns([
      ("matter", .text), ("table_name", .text), ("condition", .text), ("created_offset", .bigint),
      ("released_offset", .bigint),
    ])
    for (place, name) in [(4, "created_at"), (6, "released_at")] {
      columns.insert(
        RelationColumn(
          name: name, type: .timestamptz, nullable: true,
          source: recordTime(columns[place - 1].source)), at: place)
    }
    return columns
  }()

  private static let retentionColumns = constantColumns([
    ("table_name", .text), ("interval", .interval), ("column_name", .text), ("locked", .boolean),
  ])

  private static let settingColumns = constantColumns([("name", .text), ("value", .text)])
}
