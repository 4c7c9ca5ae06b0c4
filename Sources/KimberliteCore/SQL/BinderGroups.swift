// SPDX-License-Identifier: Apache-2.0
// GROUP BY. SQLite knows one grouping set: of several, each is a query of its own over the same
// materialised rows, and the rest of the select stands around their union.

/// What GROUP BY makes of a select.
struct BoundGroups {
  /// The terms, where there is one set.
  var texts: [String] = []
  /// Several sets.
  var sets: GroupingSets?
}

/// Several grouping sets.
struct GroupingSets {
  /// The expressions as text over FROM.
  var keys: [String]
  /// Which expressions each set has.
  var sets: [[Int]]
  /// Columns of USING, as text over FROM.
  var merged: [String]
}

/// Where the rows of several grouping sets are put together.
struct GroupUnion {
  /// Our name of the rows before they are grouped, and behind it.
  var source: String
  var name: String
  /// The grouped expressions seen from around the union.
  var keys: [Bound]
  /// The aggregates over the source that the union has as columns `a1`, `a2`, ….
  var pieces: [String] = []
}

extension Binding {
  mutating func bindGroups(_ select: Select) throws(SQLError) -> BoundGroups {
    scopes[level].clause = .groupBy
    var terms = GroupTerms()
    var sets: [[Int]] = [[]]
    for element in select.groupBy {
      let factors = try expand(element, select, &terms)
      var product: [[Int]] = []
      for set in sets {
        for factor in factors { product.append(set + factor.filter { !set.contains($0) }) }
      }
      sets = product
      try requireSetCount(sets, select)
    }
    if select.groupDistinct {
      var met: Set<[Int]> = []
      sets = sets.filter { met.insert($0.sorted()).inserted }
    }
    if sets.count > 1 { return try group(terms, by: sets) }
    return group(terms, by: sets[0], isWritten: !select.groupBy.isEmpty)
  }

  private func requireSetCount(_ sets: [[Int]], _ select: Select) throws(SQLError) {
    if sets.count > Limits.groupingSetsMax {
      throw SQLError(
        .statementTooComplex,
        "too many grouping sets present (maximum \(Limits.groupingSetsMax))", at: select.position)
    }
  }

  /// The sets that an element stands for.
  private mutating func expand(
    _ element: GroupingElement, _ select: Select, _ terms: inout GroupTerms
  ) throws(SQLError) -> [[Int]] {
    switch element {
    case .expression(let expression): return [[try term(expression, select, &terms)]]
    case .list(let list): return [try self.terms(list, select, &terms)]
    case .rollup(let steps):
      var sets: [[Int]] = [[]]
      for step in steps {
        let added = try self.terms(step, select, &terms)
        sets.append((sets.last ?? []) + added)
      }
      return sets.reversed()
    case .cube(let steps, let position):
      if steps.count > 12 {
        throw SQLError(.init("54011"), "CUBE is limited to 12 elements", at: position)
      }
      var sets: [[Int]] = [[]]
      for step in steps {
        let added = try self.terms(step, select, &terms)
        sets += sets.map { $0 + added }
      }
      return sets
    case .sets(let elements):
      var sets: [[Int]] = []
      for element in elements { sets += try expand(element, select, &terms) }
      return sets
    }
  }

  private mutating func terms(
    _ list: [Expression], _ select: Select, _ terms: inout GroupTerms
  ) throws(SQLError) -> [Int] {
    var result: [Int] = []
    for expression in list {
      let index = try term(expression, select, &terms)
      if !result.contains(index) { result.append(index) }
    }
    return result
  }

  /// The number of an expression among those that are grouped by.
  private mutating func term(
    _ expression: Expression, _ select: Select, _ terms: inout GroupTerms
  ) throws(SQLError) -> Int {
    scopes[level].ungrouped = []
    let target = try groupTarget(expression, select.items)
    let bound = try typed(try bind(target))
    try requireOperator("equality", bound.type, at: bound.position)
    let sql = text(bound)
    if let known = terms.list.firstIndex(where: { text($0.bound).isIdentical(to: sql) }) {
      return known
    }
    var place: ColumnPlace?
    if case .column = target.kind { place = scopes[level].ungrouped.first?.place }
    terms.list.append(GroupTerm(expression: target, bound: bound, place: place))
    return terms.list.count - 1
  }

  // MARK: One set

  private mutating func group(_ terms: GroupTerms, by set: [Int], isWritten: Bool) -> BoundGroups {
    var groups = BoundGroups()
    for index in set {
      let term = terms.list[index]
      if let constant = term.bound.constant {
        // SQLite would take a bare number for a position.
        if case .integer = constant {
          groups.texts.append("CAST(\(text(term.bound)) AS INTEGER)")
        }
        continue
      }
      groups.texts.append(key(term.bound))
      scopes[level].groups.append(text(term.bound))
      if let place = term.place { scopes[level].groupedPlaces.append(place) }
    }
    // Grouped by a constant, no rows are no group.
    if isWritten, groups.texts.isEmpty, !set.isEmpty { groups.texts.append("''") }
    return groups
  }

  // MARK: Several sets

  private mutating func group(_ terms: GroupTerms, by sets: [[Int]]) throws(SQLError)
    -> BoundGroups
  {
    serial += 1
    let source = "g\(serial)"
    let name = "u\(serial)"
    let merged = scopes[level].merged.map { collated($0.bound) }
    for (index, column) in scopes[level].merged.enumerated() {
      scopes[level].merged[index].bound = Bound(
        "\"\(source)\".\"m\(index + 1)\"", column.bound.type ?? .text, at: 0,
        nullable: column.bound.nullable)
    }
    for relation in scopes[level].relations {
      relations[relation].via = source
      for column in relations[relation].columns.indices {
        relations[relation].columns[column].collates = false
      }
    }
    var keys: [Bound] = []
    for (index, term) in terms.list.enumerated() {
      keys.append(
        Bound(
          "\"\(name)\".\"e\(index + 1)\"", term.bound.type ?? .text, at: 0))
    }
    scopes[level].union = GroupUnion(source: source, name: name, keys: keys)
    scopes[level].groups = Array(repeating: "", count: keys.count)
    // Shorter ones first: what they are part of is written with them.
    let texts = terms.list.map { text($0.bound) }
    for index in texts.indices.sorted(by: { texts[$0].utf8.count < texts[$1].utf8.count })
    where terms.list[index].bound.constant == nil {
      scopes[level].clause = .groupBy
      let bound = try typed(try bind(terms.list[index].expression))
      scopes[level].groups[index] = text(bound)
    }
    return BoundGroups(
      sets: GroupingSets(
        keys: terms.list.map { collated($0.bound) }, sets: sets, merged: merged))
  }

  /// Makes an aggregate a column of the union of grouping sets.
  mutating func piece(_ bound: Bound) -> Bound {
    let sql = collated(bound)
    guard var union = scopes[level].union else { return bound }
    let place = union.pieces.firstIndex(where: sql.isIdentical) ?? union.pieces.count
    if place == union.pieces.count { union.pieces.append(sql) }
    scopes[level].union = union
    return Bound(
      "\"\(union.name)\".\"a\(place + 1)\"", bound.type ?? .text, at: bound.position,
      nullable: bound.nullable)
  }

  /// ` FROM (…)`: the union of the grouping sets over `rows`, which is FROM and WHERE.
  func unionText(_ groups: GroupingSets, _ rows: String) -> String {
    guard let union = scopes[level].union else {
      preconditionFailure("grouping sets have a union")
    }
    var columns = groups.keys.enumerated().map { "\($1) AS \"e\($0 + 1)\"" }
    columns += groups.merged.enumerated().map { "\($1) AS \"m\($0 + 1)\"" }
    for index in scopes[level].relations {
      var relation = relations[index]
      relation.via = nil
      for column in relation.columns.indices where relation.used[column] {
        let collation = relation.columns[column].type.isNumeric ? " COLLATE kb_numeric" : ""
        columns.append(
          "\(relation.sql(column))\(collation) AS \"\(relation.alias)c\(column + 1)\"")
      }
    }
    let list = columns.isEmpty ? "1" : columns.joined(separator: ", ")
    var selects: [String] = []
    for set in groups.sets { selects.append(self.select(set, groups, union)) }
    return
      " FROM (WITH \"\(union.source)\" AS MATERIALIZED (SELECT \(list)\(rows)) "
      + "\(selects.joined(separator: " UNION ALL "))) AS \"\(union.name)\""
  }

  private func select(_ set: [Int], _ groups: GroupingSets, _ union: GroupUnion) -> String {
    var columns: [String] = []
    var mask: Int64 = 0
    for index in groups.keys.indices {
      let isIn = set.contains(index)
      if !isIn { mask |= 1 << Int64(index) }
      let key = Bound(
        "\"\(union.source)\".\"e\(index + 1)\"", union.keys[index].type ?? .text, at: 0)
      columns.append("\(isIn ? collated(key) : "NULL") AS \"e\(index + 1)\"")
    }
    // An aggregate in any case, so that no terms make one group of all rows.
    columns.append("\(mask) AS \"gm\", count(*) AS \"n\"")
    columns += union.pieces.enumerated().map { "\($1) AS \"a\($0 + 1)\"" }
    let terms = set.map { index in
      collated(
        Bound("\"\(union.source)\".\"e\(index + 1)\"", union.keys[index].type ?? .text, at: 0))
    }
    let tail = set.isEmpty ? "" : " GROUP BY \(terms.joined(separator: ", "))"
    return "SELECT \(columns.joined(separator: ", ")) FROM \"\(union.source)\"\(tail)"
  }

  // MARK: GROUPING

  /// `GROUPING(a, b)`: a bit for each argument that the row's set does not group by.
  mutating func bindGrouping(_ call: FunctionCall) throws(SQLError) -> Bound {
    let position = call.name.position
    guard let clause = scopes.last?.clause, clause.allowsAggregates else {
      let place = scopes.last?.clause ?? .values
      throw SQLError(
        .groupingError, "grouping operations are not allowed in \(place.rawValue)", at: position)
    }
    if call.arguments.count > 31 {
      throw SQLError(.init("54023"), "GROUPING must have fewer than 32 arguments", at: position)
    }
    if call.arguments.isEmpty || call.over != nil || call.distinct || call.filter != nil {
      throw SQLError(.syntaxError, "GROUPING takes expressions of GROUP BY", at: position)
    }
    var bits: [String] = []
    for argument in call.arguments {
      let before = scopes[level].ungrouped.count
      let sql = text(try typed(try bind(argument)))
      scopes[level].ungrouped.removeSubrange(before...)
      let keys = scopes[level].union.map { $0.keys.map(text) } ?? scopes[level].groups
      guard let index = keys.firstIndex(where: sql.isIdentical) else {
        throw SQLError(
          .groupingError,
          "arguments to GROUPING must be grouping expressions of the associated query level",
          at: argument.position)
      }
      if let union = scopes[level].union {
        bits.append("(\"\(union.name)\".\"gm\" >> \(index) & 1)")
      }
    }
    // In one set everything is grouped by.
    let sum = bits.reduce("") { $0.isEmpty ? $1 : "(\($0) << 1 | \($1))" }
    return Bound(sum.isEmpty ? "0" : sum, .integer, at: position, nullable: false)
  }

  // MARK: Targets

  /// What a GROUP BY term means: an input column before an output name, as in PostgreSQL.
  private func groupTarget(_ expression: Expression, _ items: [SelectItem]) throws(SQLError)
    -> Expression
  {
    if case .column(let path) = expression.kind, path.count == 1 {
      let isInput =
        scopes[level].merged.contains { $0.name == path[0].text }
        || !places(named: path[0].text, level: level).isEmpty
      if isInput { return expression }
      for case .expression(let item, let alias?) in items where alias.text == path[0].text {
        return item
      }
      return expression
    }
    let outputs = items.flatMap { self.outputs(of: $0, at: expression.position) }
    let position = try statedPosition(expression, "GROUP BY", count: outputs.count)
    return position.map { outputs[$0 - 1] } ?? expression
  }

  /// The expressions that an item of the list stands for.
  private func outputs(of item: SelectItem, at position: Int) -> [Expression] {
    func column(_ names: [String]) -> Expression {
      Expression(
        .column(names.filter { !$0.isEmpty }.map { Name($0, at: position) }), at: position)
    }
    func columns(_ index: Int, except hidden: [ColumnPlace]) -> [Expression] {
      let relation = relations[index]
      return relation.columns.indices
        .filter { place in
          relation.columns[place].starred
            && !hidden.contains(ColumnPlace(relation: index, column: place))
        }
        .map { column([relation.name, relation.columns[$0].name]) }
    }
    switch item {
    case .expression(let expression, _): return [expression]
    case .allOf(let name):
      return scopes[level].relations.filter { relations[$0].name == name.text }
        .flatMap { columns($0, except: []) }
    case .all:
      let merged = scopes[level].merged
      let hidden = merged.flatMap(\.members)
      return merged.map { column([$0.name]) }
        + scopes[level].relations.flatMap { columns($0, except: hidden) }
    }
  }
}

/// An expression that is grouped by.
private struct GroupTerm {
  var expression: Expression
  var bound: Bound
  /// Where it is a plain column.
  var place: ColumnPlace?
}

private struct GroupTerms {
  var list: [GroupTerm] = []
}
