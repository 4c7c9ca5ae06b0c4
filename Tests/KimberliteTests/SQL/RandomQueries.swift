// SPDX-License-Identifier: Apache-2.0
// Queries of random shape over random tables. Each is drawn anew: joins, subqueries, grouping,
// windows, set operations and WITH nest as they come. What they give is the same whatever plan is
// chosen: only what is ordered by all its columns has a LIMIT.

/// A table of random columns.
struct RandomTable {
  var name: String
  var columns: [(name: String, type: RandomType)]
}

/// Draws tables, rows and queries from a seed.
struct RandomQueries {
  private(set) var tables: [RandomTable] = []
  /// Whether what SQLite lacks may be used.
  let isFull: Bool
  private var random: Random
  private var names = 0

  init(seed: UInt64, isFull: Bool) {
    random = Random(seed: seed)
    self.isFull = isFull
    for number in 0..<(2 + below(3)) {
      var columns: [(name: String, type: RandomType)] = [("id", .integer)]
      for place in 0..<(2 + below(4)) { columns.append(("c\(place)", kinds[below(kinds.count)])) }
      tables.append(RandomTable(name: "t\(number)", columns: columns))
    }
  }

  mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

  mutating func newName() -> String {
    names += 1
    return "q\(names)"
  }

  var kinds: [RandomType] { isFull ? RandomType.allCases : [.integer, .text, .boolean] }
  var ordered: [RandomType] { isFull ? [.integer, .text, .numeric, .date] : [.integer, .text] }

  // MARK: Tables

  /// Statements that make the tables and their rows.
  mutating func creation() -> [String] {
    var statements: [String] = []
    for table in tables {
      let columns = table.columns.map { column in
        "\(column.name) \(column.type.rawValue)\(column.name == "id" ? " PRIMARY KEY" : "")"
      }
      statements.append("CREATE TABLE \(table.name) (\(columns.joined(separator: ", ")))")
      for column in table.columns.dropFirst() where below(3) == 0 {
        statements.append(
          "CREATE INDEX \(table.name)_\(column.name) ON \(table.name) (\(column.name))")
      }
      let rows = (0..<(below(5) == 0 ? 0 : below(14))).map { id in
        let values = table.columns.map { $0.name == "id" ? "\(id)" : literal($0.type) }
        return "(\(values.joined(separator: ", ")))"
      }
      if !rows.isEmpty {
        statements.append("INSERT INTO \(table.name) VALUES \(rows.joined(separator: ", "))")
      }
    }
    return statements
  }

  // MARK: FROM

  /// Joined sources, and what can be said of them.
  mutating func from(_ depth: Int, outer: [(sql: String, type: RandomType)] = []) -> (
    String, RandomScope
  ) {
    var (sql, columns) = item(depth, outer)
    for _ in 0..<[0, 0, 1, 1, 2][below(5)] {
      let isLateral = isFull && depth > 0 && below(6) == 0
      let (right, more) = isLateral ? lateral(depth - 1, columns + outer) : item(depth, outer)
      let kind =
        isLateral
        ? ["JOIN", "LEFT JOIN"][below(2)]
        : ["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"][below(6)]
      if kind == "CROSS JOIN" {
        sql += " CROSS JOIN \(right)"
      } else if let condition = kind == "FULL JOIN" ? equality(columns, more) : nil {
        sql += " FULL JOIN \(right) ON \(condition)"
      } else {
        let kind = kind == "FULL JOIN" ? "LEFT JOIN" : kind
        let scope = RandomScope(columns + more, outer: columns + more)
        let condition = (below(3) > 0 ? equality(columns, more) : nil) ?? predicate(depth, scope)
        sql += " \(kind) \(right) ON \(condition)"
      }
      columns += more
    }
    return (sql, RandomScope(columns + outer))
  }

  private mutating func equality(
    _ left: [(sql: String, type: RandomType)], _ right: [(sql: String, type: RandomType)]
  ) -> String? {
    let one = right[below(right.count)]
    let fitting = left.filter { $0.type == one.type }
    return fitting.isEmpty ? nil : "\(fitting[below(fitting.count)].sql) = \(one.sql)"
  }

  private mutating func item(
    _ depth: Int, _ outer: [(sql: String, type: RandomType)]
  ) -> (String, [(sql: String, type: RandomType)]) {
    let name = newName()
    if depth > 1, below(4) == 0 {
      let (sql, types) = query(depth - 1)
      let columns = types.enumerated().map { (sql: "\(name).o\($0)", type: $1) }
      return ("(\(sql)) AS \(name)", columns)
    }
    let table = tables[below(tables.count)]
    return (
      "\(table.name) AS \(name)", table.columns.map { (sql: "\(name).\($0.name)", type: $0.type) }
    )
  }

  private mutating func lateral(
    _ depth: Int, _ outer: [(sql: String, type: RandomType)]
  ) -> (String, [(sql: String, type: RandomType)]) {
    let name = newName()
    let (sql, types) = core(depth, types: nil, outer: outer)
    return (
      "LATERAL (\(sql)) AS \(name)", types.enumerated().map { (sql: "\(name).o\($0)", type: $1) }
    )
  }

  // MARK: SELECT

  /// A query with the types of its columns, which are named o0, o1 and so on.
  mutating func query(_ depth: Int) -> (String, [RandomType]) {
    var (sql, types) = core(depth, types: nil, outer: [])
    switch below(6) {
    case 0:
      let operations =
        ["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]
        + (isFull ? ["INTERSECT ALL", "EXCEPT ALL"] : [])
      sql += " \(operations[below(operations.count)]) \(core(depth - 1, types: types, outer: []).0)"
    case 1:
      let name = newName()
      let outputs = types.indices.map { "\(name).o\($0) AS o\($0)" }.joined(separator: ", ")
      let columns = types.enumerated().map { (sql: "\(name).o\($0)", type: $1) }
      let condition = predicate(1, RandomScope(columns, outer: columns))
      sql = "WITH \(name) AS (\(sql)) SELECT \(outputs) FROM \(name) WHERE \(condition)"
    default: break
    }
    if below(4) == 0 {
      let keys = types.indices.map { place in
        "\(place + 1)\(below(2) == 0 ? " DESC" : "") NULLS \(below(2) == 0 ? "FIRST" : "LAST")"
      }
      sql += " ORDER BY \(keys.joined(separator: ", ")) LIMIT \(below(6))"
      if below(2) == 0 { sql += " OFFSET \(below(3))" }
    }
    return (sql, types)
  }

  /// One SELECT.
  private mutating func core(
    _ depth: Int, types wanted: [RandomType]?, outer: [(sql: String, type: RandomType)]
  ) -> (String, [RandomType]) {
    let types = wanted ?? (0...below(3)).map { _ in kinds[below(kinds.count)] }
    let (from, scope) = from(depth, outer: outer)
    let condition = below(2) == 0 ? " WHERE \(predicate(depth, scope))" : ""
    if below(3) == 0 {
      // An aggregate of nothing but columns from around would be one of the query around.
      let own = RandomScope(Array(scope.values.dropLast(outer.count)))
      return (grouped(types, from + condition, depth, own), types)
    }
    let windows = below(4) == 0
    let values = types.map { type in
      windows && type == .integer && below(2) == 0
        ? window(scope) : expression(type, depth, scope)
    }
    let distinct = !windows && below(5) == 0 ? "DISTINCT " : ""
    return ("SELECT \(distinct)\(outputs(values)) FROM \(from)\(condition)", types)
  }

  private func outputs(_ values: [String]) -> String {
    values.enumerated().map { "\($1) AS o\($0)" }.joined(separator: ", ")
  }

  /// The same whichever rows among equals come first.
  private mutating func window(_ scope: RandomScope) -> String {
    let keys = scope.values.filter { $0.type != .boolean }
    let (by, order) = (keys[below(keys.count)].sql, keys[below(keys.count)].sql)
    let value = leaf(.integer, scope)
    let call = [
      "RANK()", "DENSE_RANK()", "COUNT(*)", "COUNT(\(value))", "SUM(\(value))", "MAX(\(value))",
    ]
    let partition = below(2) == 0 ? "PARTITION BY \(by) " : ""
    let place = "\(partition)ORDER BY \(order)\(below(2) == 0 ? " DESC" : "") NULLS LAST"
    return "CAST(\(call[below(call.count)]) OVER (\(place)) AS INTEGER)"
  }

  private mutating func grouped(
    _ types: [RandomType], _ from: String, _ depth: Int, _ scope: RandomScope
  ) -> String {
    let columns = scope.values
    let keys = (0..<below(3)).map { _ in columns[below(columns.count)] }
    var values = keys
    for type in Set(types).sorted(by: { $0.rawValue < $1.rawValue }) where type != .boolean {
      let argument = expression(type, depth - 1, scope)
      let call = "\(["MIN", "MAX"][below(2)])(\(below(5) == 0 ? "DISTINCT " : "")\(argument))"
      let filter = below(5) == 0 ? " FILTER (WHERE \(predicate(depth - 1, scope)))" : ""
      values.append((call + filter, type))
    }
    let counted = below(2) == 0 ? "*" : "DISTINCT \(columns[below(columns.count)].sql)"
    values.append(("CAST(COUNT(\(counted)) AS INTEGER)", .integer))
    values.append(("CAST(SUM(\(leaf(.integer, scope))) AS INTEGER)", .integer))
    let group = RandomScope(values, outer: keys)
    let by = keys.isEmpty ? "" : " GROUP BY \(keys.map(\.sql).joined(separator: ", "))"
    // Without keys, SQLite wants an aggregate.
    let having =
      below(3) == 0 && (isFull || !keys.isEmpty) ? " HAVING \(predicate(depth - 1, group))" : ""
    return
      "SELECT \(outputs(types.map { expression($0, depth - 1, group) })) FROM \(from)\(by)\(having)"
  }
}
