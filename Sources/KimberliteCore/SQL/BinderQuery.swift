// SPDX-License-Identifier: Apache-2.0
// Queries: WITH, set operations, VALUES. Types of outputs are settled before any
// text is written, because set operations and INSERT decide them from outside.

/// A column of a bound query's result.
struct OutputColumn {
  var name: String
  var type: SQLType
  var nullable: Bool
}

/// A query whose SQLite text names its columns `c1`, `c2`, ….
struct BoundQuery {
  var sql: String
  var columns: [OutputColumn]
  /// Whether it has one row at most: aggregates over all rows.
  var isSingle = false

  /// The columns as a derived table offers them.
  var relationColumns: [RelationColumn] {
    columns.map {
      RelationColumn(
        name: $0.name, type: $0.type, nullable: $0.nullable, source: "",
        collates: $0.type.collation != nil)
    }
  }
}

/// A query body with outputs that may still lack a type.
indirect enum BoundBody {
  case select(BoundSelect)
  case values([[Bound]])
  case set(String, left: BoundBody, right: BoundBody, names: [String], types: [SQLType])
  case whole(BoundQuery)

  /// The outputs; of a set operation, its typed result.
  var outputs: [(name: String, type: SQLType?, nullable: Bool)] {
    switch self {
    case .select(let select):
      return select.items.map { ($0.name, $0.bound.type, $0.bound.nullable) }
    case .values(let rows):
      return (rows.first ?? []).indices.map { column in
        let cells = rows.map { $0[column] }
        return ("column\(column + 1)", cells[0].type, cells.contains(where: \.nullable))
      }
    case .set(_, let left, let right, let names, let types):
      let nullable = zip(left.outputs, right.outputs).map { $0.nullable || $1.nullable }
      return names.indices.map { (names[$0], types[$0], nullable[$0]) }
    case .whole(let query): return query.columns.map { ($0.name, $0.type, $0.nullable) }
    }
  }

  fileprivate var isCompound: Bool {
    if case .select(let select) = self { return !select.order.isEmpty }
    return true
  }
}

extension Binding {
  /// Binds a query.
  ///
  /// `targets`: the types that outputs without a type take; else TEXT.
  mutating func bind(_ query: Query, targets: [SQLType] = []) throws(SQLError) -> BoundQuery {
    try enter(at: query.position)
    queryDepth += 1
    defer {
      queryDepth -= 1
      leave()
    }
    if let clause = scopes.first?.clause,
      [.check, .defaultValue, .hold, .execute, .transform, .generation].contains(clause)
    {
      throw SQLError(
        .featureNotSupported, "cannot use subquery in \(clause.rawValue)", at: query.position)
    }
    let outerReach = inheritedReach
    defer { inheritedReach = outerReach }
    if let time = query.time { inheritedReach = try reach(within: time, "a derived table") }
    let commonCount = commonTables.count
    defer { commonTables.removeLast(commonTables.count - commonCount) }
    let with = try bindWith(query)
    var body: BoundBody
    var order: [BoundOrder] = []
    if case .select(let select) = query.body {
      body = .select(try bind(select, orderBy: query.orderBy, at: query.position))
    } else {
      body = try bind(query.body)
      order = try outputOrder(query.orderBy, body.outputs.map(\.name))
    }
    let types = body.outputs.enumerated().map { index, output in
      output.type ?? (index < targets.count ? targets[index].base : .text)
    }
    body = try settle(body, types)
    let outputs = body.outputs
    var sql = with
    if query.withTies {
      if case .select(let select) = body { order = select.order }
      sql += try withTies(body, order, query)
    } else {
      sql += emit(body)
      sql += orderText(order, outputs.map(\.nullable))
      sql += try bindLimit(query.limit, query.offset)
    }
    var result = BoundQuery(
      sql: sql,
      columns: zip(outputs, types).map {
        OutputColumn(name: $0.name, type: $1, nullable: $0.nullable)
      })
    if case .select(let select) = body { result.isSingle = select.isSingle }
    return result
  }

  mutating func bind(_ body: QueryBody) throws(SQLError) -> BoundBody {
    switch body {
    case .select(let select): return .select(try bind(select, orderBy: []))
    case .values(let rows, let position): return .values(try bindValues(rows, at: position))
    case .setOperation(let operation, let all, let left, let right, let position):
      return try bindSet(operation, all: all, left, right, at: position)
    }
  }

  /// An operand of a set operation.
  mutating func bindOperand(_ query: Query) throws(SQLError) -> BoundBody {
    try enter(at: query.position)
    defer { leave() }
    let isPlain =
      query.with.isEmpty && query.orderBy.isEmpty && query.limit == nil && query.offset == nil
      && !query.withTies
    return isPlain ? try bind(query.body) : .whole(try bind(query))
  }

  private mutating func bindSet(
    _ operation: SetOperator, all: Bool, _ left: Query, _ right: Query, at position: Int
  ) throws(SQLError) -> BoundBody {
    let word: String
    switch operation {
    case .union: word = all ? "UNION ALL" : "UNION"
    case .intersect: word = all ? "INTERSECT ALL" : "INTERSECT"
    case .except: word = all ? "EXCEPT ALL" : "EXCEPT"
    }
    let first = try bindOperand(left)
    let second = try bindOperand(right)
    let a = first.outputs
    let b = second.outputs
    guard a.count == b.count else {
      throw SQLError(
        .syntaxError, "each \(word) query must have the same number of columns", at: position)
    }
    var types: [SQLType] = []
    for (one, other) in zip(a, b) {
      guard let type = Self.common(one.type, other.type) else {
        throw SQLError(
          .datatypeMismatch,
          "\(word) types \(one.type.messageName) and \(other.type.messageName) cannot be matched",
          at: position)
      }
      if word != "UNION ALL" { try requireOperator("equality", type, at: left.position) }
      types.append(type)
    }
    return .set(
      word, left: try settle(first, types), right: try settle(second, types),
      names: a.map(\.name), types: types)
  }

  /// The type of two outputs together: of two without a type, TEXT.
  static func common(_ a: SQLType?, _ b: SQLType?) -> SQLType? {
    guard let a else { return b ?? .text }
    guard let b else { return a }
    return a.common(with: b)
  }

  private mutating func bindValues(_ rows: [[Expression]], at position: Int) throws(SQLError)
    -> [[Bound]]
  {
    scopes.append(Scope(.values))
    defer { scopes.removeLast() }
    var result: [[Bound]] = []
    result.reserveCapacity(rows.count)
    for row in rows {
      if row.count != rows[0].count {
        throw SQLError(
          .syntaxError, "VALUES lists must all be the same length",
          at: row.first?.position ?? position)
      }
      var cells: [Bound] = []
      for cell in row { cells.append(try bind(cell)) }
      result.append(cells)
    }
    for column in (result.first ?? []).indices {
      let type = try unifyOrNil(result.map { $0[column] }, "VALUES", at: position)
      guard let type else { continue }
      for row in result.indices {
        result[row][column] = try coerce(result[row][column], to: type, .implicit)
      }
    }
    return result
  }

  /// Gives every output its type.
  mutating func settle(_ body: BoundBody, _ types: [SQLType]) throws(SQLError)
    -> BoundBody
  {
    switch body {
    case .select(var select):
      for index in select.items.indices {
        let bound = select.items[index].bound
        select.items[index].bound = try coerce(bound, to: types[index], .implicit)
      }
      return .select(select)
    case .values(var rows):
      for row in rows.indices {
        for column in types.indices {
          rows[row][column] = try coerce(rows[row][column], to: types[column], .implicit)
        }
      }
      return .values(rows)
    case .set, .whole:
      let outputs = body.outputs
      if zip(outputs, types).allSatisfy({ $0.type == $1 }) { return body }
      return .whole(try converted(body, to: types))
    }
  }

  private mutating func converted(_ body: BoundBody, to types: [SQLType]) throws(SQLError)
    -> BoundQuery
  {
    serial += 1
    var items: [String] = []
    var columns: [OutputColumn] = []
    for (index, output) in body.outputs.enumerated() {
      let source = Bound(
        "\"s\(serial)\".\"c\(index + 1)\"", output.type ?? .text, at: 0, nullable: output.nullable)
      let bound = try coerce(source, to: types[index], .implicit)
      items.append("\(collated(bound)) AS \"c\(index + 1)\"")
      columns.append(
        OutputColumn(name: output.name, type: types[index], nullable: output.nullable))
    }
    let sql = "SELECT \(items.joined(separator: ", ")) FROM (\(emit(body))) AS \"s\(serial)\""
    return BoundQuery(sql: sql, columns: columns)
  }

  func emit(_ body: BoundBody) -> String {
    switch body {
    case .select(let select):
      return select.sql(self) + orderText(select.order, select.items.map(\.bound.nullable))
    case .values(let rows):
      let items = (rows.first ?? []).enumerated().map { index, cell in
        let collation = cell.type?.collation.map { " COLLATE \($0)" } ?? ""
        return "\"column\(index + 1)\"\(collation) AS \"c\(index + 1)\""
      }
      return "SELECT \(items.joined(separator: ", ")) FROM (\(valuesText(rows)))"
    case .set(let word, let left, let right, _, _):
      if word == "INTERSECT ALL" || word == "EXCEPT ALL" {
        return counted(word, left, right)
      }
      // SQLite's set operators are equal in rank and take no parentheses.
      let second = right.isCompound ? "SELECT * FROM (\(emit(right)))" : emit(right)
      let first: String
      if case .whole = left {
        first = "SELECT * FROM (\(emit(left)))"
      } else {
        first = emit(left)
      }
      return "\(first) \(word) \(second)"
    case .whole(let query): return query.sql
    }
  }

  /// INTERSECT ALL and EXCEPT ALL, which SQLite lacks: with equal rows numbered no two are equal, so
  /// the plain operator counts them.
  private func counted(_ word: String, _ left: BoundBody, _ right: BoundBody) -> String {
    let columns = left.outputs.indices.map { "\"c\($0 + 1)\"" }.joined(separator: ", ")
    func numbered(_ body: BoundBody) -> String {
      "SELECT \(columns), row_number() OVER (PARTITION BY \(columns)) AS \"n\" FROM (\(emit(body)))"
    }
    return
      "SELECT \(columns) FROM (\(numbered(left)) \(word.dropLast(4)) \(numbered(right)))"
  }

  /// `VALUES (…), (…)`.
  func valuesText(_ rows: [[Bound]]) -> String {
    var sql = "VALUES "
    for (index, row) in rows.enumerated() {
      sql += index == 0 ? "(" : ", ("
      for (column, cell) in row.enumerated() {
        if column > 0 { sql += ", " }
        let cell = text(cell)
        // SQLite names the columns of VALUES after columns that stand there bare.
        if index == 0, let first = cell.utf8.first, first != 0x27, first &- 0x30 > 9 { sql += "+" }
        sql += cell
      }
      sql += ")"
    }
    return sql
  }
}
