// SPDX-License-Identifier: Apache-2.0
// FROM: joins and what they make visible. The text is written last, when the columns that the
// query needs of each relation are known.

/// A side of a join.
private struct Side {
  /// `nil`: nothing yet.
  var from: BoundFrom?
  var merged: [MergedColumn]

  var relations: [Int] { from?.relations ?? [] }
}

extension [Side] {
  /// What all of them show.
  fileprivate var scope: Scope {
    var scope = Scope(.from)
    scope.relations = flatMap(\.relations)
    scope.merged = flatMap(\.merged)
    return scope
  }
}

/// A FROM clause whose relations are bound.
indirect enum BoundFrom {
  case relation(Int)
  case join(String, left: BoundFrom, right: BoundFrom, on: String?)

  private var isJoin: Bool {
    if case .join = self { return true }
    return false
  }

  /// The SQLite text.
  func sql(_ relations: [Relation]) -> String {
    switch self {
    case .relation(let index): return relations[index].sql
    case .join(let kind, let left, let right, let on):
      let second = right.isJoin ? "(\(right.sql(relations)))" : right.sql(relations)
      return "\(left.sql(relations)) \(kind) \(second)\(on.map { " ON \($0)" } ?? "")"
    }
  }

  /// The relations in order.
  var relations: [Int] {
    switch self {
    case .relation(let index): [index]
    case .join(_, let left, let right, _): left.relations + right.relations
    }
  }
}

extension Binding {
  /// Binds the list after FROM and puts what it makes visible into the innermost scope.
  mutating func bindFrom(_ list: [TableReference]) throws(SQLError) -> BoundFrom? {
    var result: BoundFrom?
    var merged: [MergedColumn] = []
    for reference in list {
      let side = Side(from: result, merged: merged)
      let (next, nextMerged) = try bind(reference, beside: [side])
      try requireDistinctNames(result?.relations ?? [], next.relations, reference)
      merged += nextMerged
      result = result.map { .join("JOIN", left: $0, right: next, on: nil) } ?? next
    }
    if let result, result.relations.count > Limits.joinTablesMax, let first = list.first {
      throw SQLError(
        .programLimit, "FROM takes at most \(Limits.joinTablesMax) tables", at: first.position)
    }
    scopes[scopes.count - 1].relations = result?.relations ?? []
    scopes[scopes.count - 1].merged = merged
    return result
  }

  /// `left`: what stands to the left, which LATERAL sees.
  private mutating func bind(_ reference: TableReference, beside left: [Side]) throws(SQLError)
    -> (BoundFrom, [MergedColumn])
  {
    switch reference {
    case .named(let name, let time, let alias):
      return (.relation(try bindTable(name, time: time, alias: alias)), [])
    case .function(let function, let alias):
      let relation = try bindFunction(function, alias: alias, seeing: left.scope)
      return (.relation(relation), [])
    case .during(let table, let clause):
      let (from, merged) = try bind(table, beside: left)
      try restrict(from, to: clause)
      return (from, merged)
    case .difference(let difference): return (.relation(try bind(difference)), [])
    case .subquery(let query, let alias, let position):
      try enter(at: position)
      defer { leave() }
      // A derived table sees the queries around it, not its neighbours in FROM.
      let bound = try bind(query)
      let relation = add(alias?.name.text ?? "", .query(bound.sql), bound.relationColumns)
      if let alias { try rename(relation, alias.columns) }
      return (.relation(relation), [])
    case .lateral(let query, let alias, let position):
      try enter(at: position)
      defer { leave() }
      let relation = try bindLateral(query, as: alias?.name.text ?? "", beside: left.scope)
      if let alias { try rename(relation, alias.columns) }
      return (.relation(relation), [])
    case .join(let kind, let first, let second, let condition, let position):
      try enter(at: position)
      defer { leave() }
      let (from, merged) = try bind(first, beside: left)
      let side = Side(from: from, merged: merged)
      // What a row on the right is made of cannot be missing on the left.
      let seen = kind == .right || kind == .full ? [] : left + [side]
      let (other, otherMerged) = try bind(second, beside: seen)
      try requireDistinctNames(from.relations, other.relations, second)
      return try join(
        kind, side, Side(from: other, merged: otherMerged), condition, at: position)
    }
  }

  private mutating func join(
    _ kind: JoinKind, _ left: Side, _ right: Side, _ condition: JoinCondition, at position: Int
  ) throws(SQLError) -> (BoundFrom, [MergedColumn]) {
    guard let first = left.from, let second = right.from else {
      preconditionFailure("both sides of a join are there")
    }
    var merged = left.merged + right.merged
    var on: String?
    switch condition {
    case .none: break
    case .on(let expression):
      scopes.append([left, right].scope)
      defer { scopes.removeLast() }
      on = try bindCondition(expression, "JOIN/ON")
    case .using(let names):
      (on, merged) = try using(names, kind, left, right, at: position)
    case .natural:
      let names = columnNames(left).filter(columnNames(right).contains)
      (on, merged) = try using(
        names.map { Name($0, at: position) }, kind, left, right, at: position)
    }
    if kind == .left || kind == .full { markOptional(second) }
    if kind == .right || kind == .full { markOptional(first) }
    let word =
      switch kind {
      case .inner, .cross: "JOIN"
      case .left: "LEFT JOIN"
      case .right: "RIGHT JOIN"
      case .full: "FULL JOIN"
      }
    return (.join(word, left: first, right: second, on: on), merged)
  }

  private mutating func markOptional(_ from: BoundFrom) {
    for relation in from.relations { relations[relation].optional = true }
  }

  /// The names that a side of a join shows, in order, each once.
  private func columnNames(_ side: Side) -> [String] {
    var names: [String] = []
    for relation in side.relations {
      for column in relations[relation].columns
      where column.starred && !names.contains(column.name) { names.append(column.name) }
    }
    return names
  }

  private mutating func using(
    _ names: [Name], _ kind: JoinKind, _ left: Side, _ right: Side, at position: Int
  ) throws(SQLError) -> (String?, [MergedColumn]) {
    var conditions: [String] = []
    var merged: [MergedColumn] = []
    for name in names {
      let (first, firstPlaces) = try member(name, of: left)
      let (second, secondPlaces) = try member(name, of: right)
      conditions.append(try comparison(.equal, first, second, at: name.position).text)
      let type = try unify([first, second], "JOIN/USING", at: name.position)
      let a = try coerce(first, to: type, .implicit)
      let b = try coerce(second, to: type, .implicit)
      let value: Bound
      switch kind {
      case .inner, .left, .cross: value = a
      case .right: value = b
      case .full:
        value = Bound("coalesce(\(text(a)), \(text(b)))", type, at: name.position)
      }
      merged.append(
        MergedColumn(name: name.text, bound: value, members: firstPlaces + secondPlaces))
    }
    let names = names.map(\.text)
    merged += (left.merged + right.merged).filter { !names.contains($0.name) }
    return (conditions.isEmpty ? nil : conditions.joined(separator: " AND "), merged)
  }

  /// The one column of a name on a side of a join.
  private mutating func member(_ name: Name, of side: Side) throws(SQLError)
    -> (Bound, [ColumnPlace])
  {
    scopes.append([side].scope)
    defer { scopes.removeLast() }
    let level = scopes.count - 1
    let places = places(named: name.text, level: level)
    guard !places.isEmpty else {
      throw SQLError(
        .undefinedColumn,
        "column \"\(name.text)\" specified in USING clause does not exist on both sides",
        at: name.position)
    }
    let bound = try resolve([name])
    return (bound, side.merged.first { $0.name == name.text }?.members ?? places)
  }

  private func requireDistinctNames(_ left: [Int], _ right: [Int], _ reference: TableReference)
    throws(SQLError)
  {
    let taken = left.map { relations[$0].name }
    for relation in right where !relations[relation].name.isEmpty {
      let name = relations[relation].name
      if taken.contains(name) {
        throw SQLError(
          .duplicateAlias, "table name \"\(name)\" specified more than once",
          at: reference.position)
      }
    }
  }
}

extension TableReference {
  /// Where it begins.
  var position: Int {
    switch self {
    case .named(let name, _, let alias): alias?.name.position ?? name.name.position
    case .subquery(_, _, let position), .lateral(_, _, let position),
      .join(_, _, _, _, let position):
      position
    case .function(let function, _): function.call.name.position
    case .during(let table, _): table.position
    case .difference(let difference): difference.alias?.name.position ?? difference.position
    }
  }
}
