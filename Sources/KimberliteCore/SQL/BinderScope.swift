// SPDX-License-Identifier: Apache-2.0
// Relations, the scopes that see them, and the resolution of names.

/// A column that a relation offers.
struct RelationColumn {
  var name: String
  var type: SQLType
  var nullable: Bool
  /// The text that yields it inside the relation's own subquery.
  var source: String
  /// Selected by `*`.
  var starred = true
  /// Whether SQLite compares it with `kb_numeric` unasked.
  var collates = false
}

/// A table, stream, system table, derived table or row input of a query.
struct Relation {
  enum Source {
    /// A storage table or list of constants, and the versions of it that are read.
    case storage(from: String, filter: String?)
    /// A whole query whose columns are already named `c1`, `c2`, ….
    case query(String)
    /// A common table.
    case common(String)
    /// A call of a table-valued function, which sees the tables to its left; its columns are `c1`,
    /// `c2`, ….
    case function(String)
    /// As `function`, but the columns are expressions over its own.
    case expansion(String)
    /// The inputs of a row program: nothing to read from.
    case inputs
  }

  /// The name that the query gives it.
  var name: String
  /// Our name of it: `t1`.
  var alias: String
  var source: Source
  var columns: [RelationColumn]
  /// Which columns the query needs.
  var used: [Bool]
  /// Which columns the query needs for more than to show them.
  var sought: [Bool]
  /// Columns of the primary key, for functional dependence in GROUP BY.
  var key: [Int] = []
  /// Columns that SQLite may search or sort by: the first of the key and of each index.
  var leading: [Int] = []
  /// What its rows are, where a receipt can be made of them.
  var object: ProvenObject?
  /// A function that yields single values: its name means its column.
  var isValue = false
  /// What a MATCH searches for in it.
  var search: WordSearch?
  /// On the side of an outer join that may be missing.
  var optional = false
  /// Behind which common table its columns are seen, once its rows are materialised in one.
  var via: String?

  /// The text of a column seen from outside.
  func sql(_ column: Int) -> String {
    if let via { return "\"\(via)\".\"\(alias)c\(column + 1)\"" }
    return switch source {
    case .inputs, .expansion: columns[column].source
    default: "\"\(alias)\".\"c\(column + 1)\""
    }
  }

  /// The text of the relation in FROM.
  var sql: String {
    switch source {
    case .storage(let from, let filter):
      let chosen = columns.indices.filter { used[$0] }
      let items =
        chosen.isEmpty
        ? "1" : chosen.map { "\(columns[$0].source) AS \"c\($0 + 1)\"" }.joined(separator: ", ")
      let condition = filter.map { " WHERE \($0)" } ?? ""
      return "(SELECT \(items) FROM \(from)\(condition)) AS \"\(alias)\""
    case .query(let sql): return "(\(sql)) AS \"\(alias)\""
    case .common(let name): return "\"\(name)\" AS \"\(alias)\""
    case .function(let call), .expansion(let call): return "\(call) AS \"\(alias)\""
    case .inputs: preconditionFailure("the inputs of a row program stand in no FROM")
    }
  }
}

/// A column of a JOIN … USING, which stands for one column of each side.
struct MergedColumn {
  var name: String
  var bound: Bound
  /// What it hides from unqualified lookup and from `*`.
  var members: [ColumnPlace]
}

/// A column of a relation.
struct ColumnPlace: Equatable {
  var relation: Int
  var column: Int
}

/// Where in a query an expression stands, which decides whether aggregates may.
enum Clause: String {
  case from = "JOIN conditions"
  case function = "functions in FROM"
  case filter = "WHERE"
  case groupBy = "GROUP BY"
  case aggregate = "an aggregate's arguments"
  case aggregateFilter = "FILTER"
  case select = "the select list"
  case having = "HAVING"
  case orderBy = "ORDER BY"
  case limit = "LIMIT"
  case values = "VALUES"
  case returning = "RETURNING"
  case assignment = "UPDATE"
  case check = "check constraints"
  case defaultValue = "DEFAULT expressions"
  case execute = "EXECUTE parameter"
  case hold = "the condition of a hold or purge"
  case windowArgument = "a window function's arguments"
  case window = "window definitions"
  case frameRows = "window ROWS"
  case frameRange = "window RANGE"
  case frameGroups = "window GROUPS"
  case transform = "transform expression"
  case generation = "column generation expressions"

  /// Whether an aggregate may stand there.
  var allowsAggregates: Bool {
    switch self {
    case .select, .having, .orderBy, .windowArgument, .window: true
    default: false
    }
  }

  /// Whether it is inside of an aggregate's call.
  var isInAggregate: Bool { self == .aggregate || self == .aggregateFilter }

  /// Whether a window function may stand there.
  var allowsWindows: Bool { self == .select || self == .orderBy }
}

/// What one query level can name.
struct Scope {
  var relations: [Int] = []
  var merged: [MergedColumn] = []
  var clause = Clause.from
  /// The grouped expressions, as SQLite text, and the plain columns among them.
  var groups: [String] = []
  var groupedPlaces: [ColumnPlace] = []
  /// Of several grouping sets: where their rows are put together.
  var union: GroupUnion?
  /// Columns used outside of aggregates that are not grouped.
  var ungrouped: [(place: ColumnPlace, position: Int)] = []
  var hasAggregates = false
  var hasWindows = false
  /// The windows of WINDOW that have been met.
  var windows: [(name: String, window: WindowSpecification)] = []
  /// How often its columns were named.
  var useCount = 0

  init(_ clause: Clause = .from) { self.clause = clause }

  /// A scope that sees relations from its beginning.
  init(_ clause: Clause, seeing relations: [Int], _ merged: [MergedColumn]) {
    self.clause = clause
    self.relations = relations
    self.merged = merged
  }
}

extension Binding {
  /// Adds a relation and answers its number.
  mutating func add(
    _ name: String, _ source: Relation.Source, _ columns: [RelationColumn], key: [Int] = [],
    leading: [Int] = [], object: ProvenObject? = nil
  ) -> Int {
    relations.append(
      Relation(
        name: name, alias: "t\(relations.count + 1)", source: source, columns: columns,
        used: Array(repeating: false, count: columns.count),
        sought: Array(repeating: false, count: columns.count), key: key, leading: leading,
        object: object))
    return relations.count - 1
  }

  /// A use of a column of a relation that the scope at `level` sees.
  @discardableResult
  mutating func use(_ place: ColumnPlace, level: Int, at position: Int) -> Bound {
    relations[place.relation].used[place.column] = true
    if scopes[level].clause != .select { relations[place.relation].sought[place.column] = true }
    scopes[level].useCount += 1
    let relation = relations[place.relation]
    let column = relation.columns[place.column]
    let own = relation.sql(place.column)
    let sql = reached(own, from: level)
    let group = scopes[level].groups.firstIndex(where: own.isIdentical)
    if let union = scopes[level].union, !scopes[level].clause.isInAggregate {
      // An inner query sees what the rows were grouped by; this one looks at the whole expression.
      if let group, level < self.level {
        var key = union.keys[group]
        key.form = .sql(reached(text(key), from: level))
        return key
      }
      scopes[level].ungrouped.append((place, position))
    } else if group == nil {
      scopes[level].ungrouped.append((place, position))
    }
    return Bound(
      sql, column.type, at: position, nullable: column.nullable || relation.optional,
      collates: column.collates)
  }

  /// Resolves `a`, `t.a` or `kb.t.a`.
  mutating func resolve(_ names: [Name]) throws(SQLError) -> Bound {
    guard let column = names.last else { preconditionFailure("a column has a name") }
    let position = names[0].position
    if names.count > 3 || (names.count == 3 && names[0].text != "kb") {
      throw SQLError(.undefinedTable, "no schema \"\(names[0].text)\" exists", at: position)
    }
    if names.count > 1 { return try resolve(column, of: names[names.count - 2]) }
    for level in scopes.indices.reversed() {
      let merged = scopes[level].merged.filter { $0.name == column.text }
      let hidden = merged.flatMap(\.members)
      let places = self.places(named: column.text, level: level).filter { !hidden.contains($0) }
      if merged.count + places.count > 1 {
        throw SQLError(
          .ambiguousColumn, "column reference \"\(column.text)\" is ambiguous", at: position,
          hint: "write it as table.\(column.text)")
      }
      if let only = merged.first {
        for place in only.members { use(place, level: level, at: position) }
        var bound = only.bound
        if case .sql(let sql) = bound.form { bound.form = .sql(reached(sql, from: level)) }
        bound.position = position
        return bound
      }
      if let place = places.first { return use(place, level: level, at: position) }
    }
    for level in scopes.indices.reversed() {
      for relation in scopes[level].relations
      where relations[relation].isValue && relations[relation].name == column.text {
        return use(.init(relation: relation, column: 0), level: level, at: position)
      }
    }
    throw SQLError(
      .undefinedColumn, "column \"\(column.text)\" does not exist", at: position,
      hint: nearestHint(to: column.text, among: visibleNames()) ?? Self.quotingHint(column))
  }

  private mutating func resolve(_ column: Name, of table: Name) throws(SQLError) -> Bound {
    for level in scopes.indices.reversed() {
      let named = scopes[level].relations.filter { relations[$0].name == table.text }
      guard let relation = named.first else { continue }
      if named.count > 1 {
        throw SQLError(
          .init("42P09"), "table reference \"\(table.text)\" is ambiguous", at: table.position)
      }
      let columns = relations[relation].columns
      if let index = columns.firstIndex(where: { $0.name == column.text }) {
        return use(.init(relation: relation, column: index), level: level, at: table.position)
      }
      throw SQLError(
        .undefinedColumn, "column \(table.text).\(column.text) does not exist",
        at: column.position, hint: nearestHint(to: column.text, among: columns.map(\.name)))
    }
    let names = scopes.flatMap { $0.relations.map { relations[$0].name } }
    throw SQLError(
      .undefinedTable, "missing FROM-clause entry for table \"\(table.text)\"",
      at: table.position, hint: nearestHint(to: table.text, among: names))
  }

  /// The columns of a name that a scope sees.
  func places(named name: String, level: Int) -> [ColumnPlace] {
    scopes[level].relations.flatMap { relation in
      relations[relation].columns.indices
        .filter { relations[relation].columns[$0].name == name }
        .map { ColumnPlace(relation: relation, column: $0) }
    }
  }

  /// Other databases take a name that they do not know for a text.
  private static func quotingHint(_ column: Name) -> String? {
    guard column.isQuoted else { return nil }
    return "a text is written in single quotes: '\(column.text.replacing("'", with: "''"))'"
  }

  private func visibleNames() -> [String] {
    scopes.reversed().flatMap { $0.relations.flatMap { relations[$0].columns.map(\.name) } }
  }

  /// The columns that `*` selects: merged ones first, as SQL says.
  mutating func starColumns(at position: Int) -> [(name: String, bound: Bound)] {
    let level = scopes.count - 1
    let scope = scopes[level]
    var result: [(name: String, bound: Bound)] = []
    let hidden = scope.merged.flatMap(\.members)
    for merged in scope.merged {
      for place in merged.members { use(place, level: level, at: position) }
      result.append((merged.name, merged.bound))
    }
    for relation in scope.relations {
      result += columns(of: relation, except: hidden, at: position)
    }
    return result
  }

  /// The columns of one relation that `t.*` selects.
  mutating func columns(of relation: Int, except hidden: [ColumnPlace] = [], at position: Int)
    -> [(name: String, bound: Bound)]
  {
    var result: [(name: String, bound: Bound)] = []
    for index in relations[relation].columns.indices
    where relations[relation].columns[index].starred {
      let place = ColumnPlace(relation: relation, column: index)
      if hidden.contains(place) { continue }
      let before = scopes[level].ungrouped.count
      let bound = use(place, level: level, at: position)
      result.append((relations[relation].columns[index].name, grouped(bound, since: before)))
    }
    return result
  }

  /// Refuses a column that is neither grouped nor inside an aggregate.
  func requireGrouped() throws(SQLError) {
    guard let scope = scopes.last else { return }
    for (place, position) in scope.ungrouped {
      let relation = relations[place.relation]
      // A grouped primary key determines the row.
      let isDetermined =
        !relation.key.isEmpty
        && relation.key.allSatisfy {
          scope.groupedPlaces.contains(.init(relation: place.relation, column: $0))
        }
      if isDetermined { continue }
      let name = "\(relation.name).\(relation.columns[place.column].name)"
      throw SQLError(
        .groupingError,
        "column \"\(name)\" must appear in the GROUP BY clause or be used in an aggregate function",
        at: position)
    }
  }
}
