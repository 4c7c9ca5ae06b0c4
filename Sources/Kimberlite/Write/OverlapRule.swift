// SPDX-License-Identifier: Apache-2.0
// WITHOUT OVERLAPS: rows with equal values do not share an instant of the table's period.

internal import KimberliteCore

/// One such key of a table, ready to look at rows.
struct OverlapRule {
  let name: String
  private let table: Table
  private let period: Period
  /// The columns of the key, without the period.
  private let columns: [Int]
  private let view: View
  private let find: Prepared

  /// Those of a table.
  static func all(of table: Table, in view: View) throws(SQLiteError) -> [OverlapRule] {
    guard let period = table.period else { return [] }
    var rules: [OverlapRule] = []
    for constraint in table.constraints {
      guard case .withoutOverlaps(let ids) = constraint.kind else { continue }
      let columns = ids.map(table.position(of:))
      rules.append(
        OverlapRule(
          name: constraint.name, table: table, period: period, columns: columns, view: view,
          find: try view.connection.prepare(
            sql(table, period, columns), persistent: true)))
    }
    return rules
  }

  /// The ends of a live row that a row meets, if there is one.
  ///
  /// Rows of one key that do not overlap lie one behind the other: only the neighbours in the
  /// index can be met, and of several rows that come at once, some two neighbours meet.
  private static func sql(_ table: Table, _ period: Period, _ columns: [Int]) -> String {
    func name(_ position: Int) -> String { Storage.quote(table.columns[position].storageName) }
    let (from, to) = (name(table.position(of: period.from)), name(table.position(of: period.to)))
    let key = columns.enumerated().map { "\(name($1)) = ?\($0 + 3)" }
    let live = (["_live = 1"] + key).joined(separator: " AND ")
    let own = table.keyColumns.enumerated().map { "\(name($1)) = ?\($0 + 3 + columns.count)" }
    let rows = "SELECT \(from), \(to) FROM \(Storage.quote(table.storageName)) WHERE \(live)"
    return """
      SELECT * FROM (\(rows) AND \(from) < ?1 ORDER BY \(from) DESC LIMIT 1) WHERE \(to) > ?1
      UNION ALL
      SELECT * FROM (\(rows) AND \(from) > ?1 ORDER BY \(from) LIMIT 1) WHERE \(from) < ?2
      UNION ALL
      SELECT * FROM (\(rows) AND \(from) = ?1 AND NOT (\(own.joined(separator: " AND "))) LIMIT 1)
      """
  }

  /// Refuses a row that meets another; it may be among the live ones itself.
  func check(_ row: [Value]) throws(SQLError) {
    let key = columns.map { row[$0] }
    // A NULL is equal to nothing.
    if key.contains(.null) { return }
    let ends = [row[table.position(of: period.from)], row[table.position(of: period.to)]]
    defer { find.reset() }
    let met = try view.run { () throws(SQLiteError) -> [Value]? in
      try find.bind(from: 1, ends + key + table.keyColumns.map { row[$0] })
      return try find.step() ? find.row() : nil
    }
    if let met { throw violation(key, ends, met) }
  }

  /// What to say of a row that meets another that begins with it.
  func violation(of row: [Value]) -> SQLError {
    let ends = [row[table.position(of: period.from)], row[table.position(of: period.to)]]
    return violation(columns.map { row[$0] }, ends, nil)
  }

  private func violation(_ key: [Value], _ ends: [Value], _ met: [Value]?) -> SQLError {
    let names = columns.map { table.columns[$0].name } + [period.name]
    let type = table.columns[table.position(of: period.from)].type
    func shown(_ ends: [Value]) -> String {
      let values = zip(columns, key).map { table.columns[$0].type.format($1) }
      let extent = "[\(type.format(ends[0])), \(type.format(ends[1])))"
      return "(\((values + [extent]).joined(separator: ", ")))"
    }
    let other = met.map { " conflicts with \(shown($0))" } ?? " begins where another row does"
    return SQLError(
      .exclusionViolation,
      "conflicting key value violates exclusion constraint \"\(name)\": "
        + "(\(names.joined(separator: ", ")))=\(shown(ends))\(other)")
  }
}
