// SPDX-License-Identifier: Apache-2.0
// Who reads a name: what WITH RECURSIVE has to know of a query before it is bound.

extension CommonTable {
  /// Whether its query reads what it defines.
  var readsItself: Bool { query.reads(name.text) > 0 }
}

extension Query {
  /// A SELECT and nothing around it.
  var isPlainSelect: Bool {
    guard case .select = body else { return false }
    return with.isEmpty && orderBy.isEmpty && limit == nil && offset == nil
  }

  /// How often a name stands in FROM, here and in every query inside.
  func reads(_ name: String) -> Int {
    var count = 0
    for common in with {
      count += common.query.reads(name)
      if common.name.text == name { return count }
    }
    switch body {
    case .select(let select): count += select.reads(name)
    case .values(let rows, _):
      count += rows.joined().reduce(0) { $0 + $1.reads(name) }
    case .setOperation(_, _, let left, let right, _):
      count += left.reads(name) + right.reads(name)
    }
    return count + orderBy.reduce(0) { $0 + $1.expression.reads(name) }
  }
}

extension Select {
  /// As of a query.
  func reads(_ name: String) -> Int {
    var expressions = groupBy.flatMap(\.expressions) + distinctOn
    for (_, window) in windows {
      expressions += window.partitionBy + window.orderBy.map(\.expression)
    }
    if let filter { expressions.append(filter) }
    if let having { expressions.append(having) }
    for case .expression(let item, _) in items { expressions.append(item) }
    return from.reduce(0) { $0 + $1.reads(name) }
      + expressions.reduce(0) { $0 + $1.reads(name) }
  }
}

extension Expression {
  fileprivate func reads(_ name: String) -> Int {
    queries.reduce(0) { $0 + $1.reads(name) }
  }
}

extension TableReference {
  /// How often a name stands in it, queries inside included.
  func reads(_ name: String) -> Int {
    switch self {
    case .named(let object, _, _):
      return object.schema == nil && object.name.text == name ? 1 : 0
    case .during(let table, _): return table.reads(name)
    case .difference: return 0
    case .subquery(let query, _, _), .lateral(let query, _, _): return query.reads(name)
    case .function(let function, _):
      return function.call.arguments.reduce(0) { $0 + $1.reads(name) }
    case .join(_, let left, let right, let condition, _):
      var count = left.reads(name) + right.reads(name)
      if case .on(let expression) = condition { count += expression.reads(name) }
      return count
    }
  }

  /// How often a name stands in it as a table of its joins.
  func joins(_ name: String) -> Int {
    switch self {
    case .named: return reads(name)
    case .during(let table, _): return table.joins(name)
    case .subquery, .lateral, .function, .difference: return 0
    case .join(_, let left, let right, _, _): return left.joins(name) + right.joins(name)
    }
  }

  /// Whether a name stands on the side of an outer join that may be missing.
  func mayMiss(_ name: String) -> Bool {
    guard case .join(let kind, let left, let right, _, _) = self else { return false }
    switch kind {
    case .left where right.joins(name) > 0: return true
    case .right where left.joins(name) > 0: return true
    case .full where joins(name) > 0: return true
    default: return left.mayMiss(name) || right.mayMiss(name)
    }
  }
}
