// SPDX-License-Identifier: Apache-2.0
// Typed expressions and predicates of random shape. They are kept where PostgreSQL, SQLite and
// Kimberlite mean the same: small numbers, no division by zero, text of ASCII.

/// The types that random columns have.
enum RandomType: String, CaseIterable {
  case integer = "INTEGER"
  case text = "TEXT"
  case boolean = "BOOLEAN"
  case numeric = "NUMERIC(8,2)"
  case date = "DATE"
}

/// What an expression may refer to.
struct RandomScope {
  /// Texts that stand for a value, with its type: columns, or keys and aggregates of a group.
  var values: [(sql: String, type: RandomType)]
  /// What subqueries may refer to.
  var outer: [(sql: String, type: RandomType)]

  init(
    _ columns: [(sql: String, type: RandomType)], outer: [(sql: String, type: RandomType)]? = nil
  ) {
    values = columns
    self.outer = outer ?? columns
  }
}

extension RandomQueries {
  // MARK: Values

  mutating func literal(_ type: RandomType) -> String {
    if below(9) == 0 { return "CAST(NULL AS \(type.rawValue))" }
    switch type {
    case .integer: return "\(below(12) - 3)"
    case .text: return "'\(["", "a", "b", "ab", "A", "x y", "%", "a_c", "10"][below(9)])'"
    case .boolean: return ["TRUE", "FALSE"][below(2)]
    case .numeric: return ["0.5", "1.25", "-2.00", "3.10", "10.00"][below(5)]
    case .date: return "DATE '2024-0\(1 + below(3))-\(10 + below(19))'"
    }
  }

  /// A value without parts: a column or a literal.
  mutating func leaf(_ type: RandomType, _ scope: RandomScope) -> String {
    let fitting = scope.values.filter { $0.type == type }
    return fitting.isEmpty || below(4) == 0 ? literal(type) : fitting[below(fitting.count)].sql
  }

  mutating func expression(_ type: RandomType, _ depth: Int, _ scope: RandomScope) -> String {
    if depth <= 0 { return leaf(type, scope) }
    switch below(12) {
    case 0:
      let test = predicate(depth - 1, scope)
      let (yes, no) = (expression(type, depth - 1, scope), expression(type, depth - 1, scope))
      return below(4) == 0
        ? "CASE WHEN \(test) THEN \(yes) END" : "CASE WHEN \(test) THEN \(yes) ELSE \(no) END"
    case 1:
      let kind = kinds[below(kinds.count)]
      let (key, other) = (expression(kind, depth - 1, scope), leaf(kind, scope))
      let (yes, no) = (leaf(type, scope), expression(type, depth - 1, scope))
      return "CASE \(key) WHEN \(other) THEN \(yes) ELSE \(no) END"
    case 2: return "COALESCE(\(expression(type, depth - 1, scope)), \(leaf(type, scope)))"
    case 3: return "NULLIF(\(expression(type, depth - 1, scope)), \(leaf(type, scope)))"
    case 4 where type != .boolean && depth > 1: return scalarSubquery(type, depth - 1, scope)
    case 5, 6: return leaf(type, scope)
    default: return operation(type, depth, scope)
    }
  }

  private mutating func operation(_ type: RandomType, _ depth: Int, _ scope: RandomScope) -> String
  {
    let below0 = depth - 1
    switch type {
    case .integer:
      let value = expression(.integer, below0, scope)
      switch below(8) {
      case 0: return "(\(value) + \(expression(.integer, below0, scope)))"
      case 1: return "(\(value) - \(expression(.integer, below0, scope)))"
      case 2: return "(\(leaf(.integer, scope)) * (\(below(5) - 2)))"
      case 3: return "(\(value) / NULLIF(\(leaf(.integer, scope)), 0))"
      case 4: return "(\(value) % \(2 + below(5)))"
      case 5: return "ABS(\(value))"
      case 6: return "(- \(value))"
      default: return "LENGTH(\(expression(.text, below0, scope)))"
      }
    case .text:
      let value = expression(.text, below0, scope)
      switch below(8) {
      case 0, 1: return "(\(value) || \(leaf(.text, scope)))"
      case 2: return "UPPER(\(value))"
      case 3: return "LOWER(\(value))"
      case 4: return "SUBSTR(\(value), \(1 + below(3)), \(below(3)))"
      case 5: return "REPLACE(\(value), 'a', \(leaf(.text, scope)))"
      case 6: return "TRIM(\(value))"
      default: return "CAST(\(expression(.integer, below0, scope)) AS TEXT)"
      }
    case .boolean: return "(\(predicate(depth, scope)))"
    case .numeric:
      let value = expression(.numeric, below0, scope)
      switch below(5) {
      case 0: return "(\(value) + \(expression(.numeric, below0, scope)))"
      case 1: return "(\(value) - \(expression(.integer, below0, scope)))"
      case 2: return "(\(leaf(.numeric, scope)) * \(leaf(.integer, scope)))"
      case 3: return "ROUND(\(value), \(below(3)))"
      default: return "CAST(\(expression(.integer, below0, scope)) AS NUMERIC(12,3))"
      }
    case .date: return "(\(leaf(.date, scope)) + \(below(40) - 20))"
    }
  }

  // MARK: Predicates

  mutating func predicate(_ depth: Int, _ scope: RandomScope) -> String {
    if depth <= 0 { return comparison(0, scope) }
    switch below(14) {
    case 0: return "(\(predicate(depth - 1, scope)) AND \(predicate(depth - 1, scope)))"
    case 1: return "(\(predicate(depth - 1, scope)) OR \(predicate(depth - 1, scope)))"
    case 2: return "NOT (\(predicate(depth - 1, scope)))"
    case 3:
      let test = ["IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NULL", "IS NOT NULL"][below(5)]
      return "(\(predicate(depth - 1, scope))) \(test)"
    case 4: return "\(isNot("EXISTS")) (\(subquery(nil, depth - 1, scope)))"
    case 5, 6:
      let type = kinds[below(kinds.count)]
      let value = expression(type, depth - 1, scope)
      if below(2) == 0 { return "\(value) \(not)IN (\(subquery(type, depth - 1, scope)))" }
      return
        "\(value) \(not)IN (\((0...below(3)).map { _ in leaf(type, scope) }.joined(separator: ", ")))"
    case 7:
      let (text, pattern) = (
        expression(.text, depth - 1, scope), ["a%", "%b", "_", "%", "", "a_c", "%a%"][below(7)]
      )
      return "\(text) \(not)LIKE '\(pattern)'"
    case 8:
      let type = ordered[below(ordered.count)]
      let value = expression(type, depth - 1, scope)
      return "\(value) \(not)BETWEEN \(leaf(type, scope)) AND \(leaf(type, scope))"
    case 9:
      let type = kinds[below(kinds.count)]
      return "\(expression(type, depth - 1, scope)) IS \(not)NULL"
    case 10 where isFull:
      let type = ordered[below(ordered.count)]
      let quantifier = ["ANY", "ALL"][below(2)]
      return
        "\(leaf(type, scope)) \(comparator) \(quantifier) (\(subquery(type, depth - 1, scope)))"
    default: return comparison(depth - 1, scope)
    }
  }

  private var not: String { mutating get { below(3) == 0 ? "NOT " : "" } }
  private mutating func isNot(_ word: String) -> String { not + word }

  private var comparator: String { mutating get { ["=", "<>", "<", "<=", ">", ">="][below(6)] } }

  private mutating func comparison(_ depth: Int, _ scope: RandomScope) -> String {
    let type = below(7) == 0 ? .boolean : ordered[below(ordered.count)]
    let (left, right) = (expression(type, depth, scope), expression(type, depth, scope))
    if below(7) == 0 { return "\(left) IS \(not)DISTINCT FROM \(right)" }
    return "\(left) \(comparator) \(right)"
  }

  // MARK: Subqueries

  /// One value whatever the rows are.
  private mutating func scalarSubquery(
    _ type: RandomType, _ depth: Int, _ scope: RandomScope
  ) -> String {
    let (from, inner, own) = source(scope.outer)
    let aggregate = type == .integer && below(2) == 0 ? "COUNT" : ["MIN", "MAX"][below(2)]
    // An aggregate of nothing but columns from around would be one of the query around.
    let value = expression(type, depth - 1, own)
    let condition = below(3) > 0 ? " WHERE \(predicate(depth - 1, inner))" : ""
    let call = "\(aggregate)(\(value))"
    return
      "(SELECT \(aggregate == "COUNT" ? "CAST(\(call) AS INTEGER)" : call) FROM \(from)\(condition))"
  }

  /// Rows of one column of a type; of any for `nil`.
  private mutating func subquery(
    _ type: RandomType?, _ depth: Int, _ scope: RandomScope
  ) -> String {
    let (from, inner, _) = source(scope.outer)
    let value = type.map { expression($0, depth - 1, inner) } ?? "1"
    return "SELECT \(value) FROM \(from) WHERE \(predicate(depth - 1, inner))"
  }

  /// A table under a new name, what can be said inside of it, and what of that is its own.
  private mutating func source(
    _ outer: [(sql: String, type: RandomType)]
  ) -> (String, RandomScope, RandomScope) {
    let table = tables[below(tables.count)]
    let name = newName()
    let columns = table.columns.map { (sql: "\(name).\($0.name)", type: $0.type) }
    return ("\(table.name) \(name)", RandomScope(columns + outer), RandomScope(columns))
  }
}
