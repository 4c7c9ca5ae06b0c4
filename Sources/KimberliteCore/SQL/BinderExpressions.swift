// SPDX-License-Identifier: Apache-2.0
// Expressions: each becomes SQLite text with a type. Operators are in BinderOperators.swift,
// functions in BinderFunctions.swift.

extension Binding {
  /// Binds an expression in the innermost scope.
  ///
  /// A chain of operators leans to the left, and is as high as it is long: it is bound from its
  /// inner end, so that the stack does not have to hold it.
  mutating func bind(_ expression: Expression) throws(SQLError) -> Bound {
    if let known = boundLeft, known.position == expression.position {
      boundLeft = nil
      return known.bound
    }
    try enter(at: expression.position)
    defer { leave() }
    let before = level >= 0 ? scopes[level].ungrouped.count : 0
    var chain: [(whole: Expression, left: Int)] = []
    var inner = expression
    while case .binary(_, let left, _) = inner.kind, case .binary = left.kind {
      chain.append((inner, left.position))
      inner = left
    }
    var bound = try bindKind(inner, grouped: before)
    while let link = chain.popLast() {
      boundLeft = (link.left, bound)
      bound = try bindKind(link.whole, grouped: before)
    }
    return bound
  }

  /// Binds an expression; what it says of columns from `before` on is said of a group, if it is
  /// a key of one.
  private mutating func bindKind(_ expression: Expression, grouped before: Int) throws(SQLError)
    -> Bound
  {
    let level = self.level
    let bound = try bindKind(expression)
    guard level >= 0, !scopes[level].groups.isEmpty else { return bound }
    let namesColumns = scopes[level].ungrouped.count > before || scopes[level].union != nil
    return namesColumns ? grouped(bound, since: before) : bound
  }

  /// An expression that names columns, `before` of them before it: where rows are grouped by it, it
  /// is a value of the group.
  mutating func grouped(_ bound: Bound, since before: Int) -> Bound {
    let scope = scopes[level]
    guard !scope.clause.isInAggregate,
      let group = scope.groups.firstIndex(where: text(bound).isIdentical)
    else { return bound }
    scopes[level].ungrouped.removeSubrange(before...)
    guard let union = scope.union else { return bound }
    var key = union.keys[group]
    key.position = bound.position
    return key
  }

  /// What nests deepest is bound here, on a small frame of the stack.
  private mutating func bindKind(_ expression: Expression) throws(SQLError) -> Bound {
    switch expression.kind {
    case .column(let path): return try resolve(path)
    case .unary(let op, let operand): return try unary(op, operand, at: expression.position)
    case .binary(let op, let left, let right):
      return try binary(op, left, right, at: expression.position)
    case .call(let call): return try bind(call)
    default: return try bindOther(expression)
    }
  }

  private mutating func bindOther(_ expression: Expression) throws(SQLError) -> Bound {
    let position = expression.position
    switch expression.kind {
    case .null: return Bound(untyped: .null, at: position)
    case .boolean(let value): return Bound(.integer(value ? 1 : 0), .boolean, at: position)
    case .number(let digits): return try number(digits, at: position)
    case .string(let text): return Bound(untyped: .string(text), at: position)
    case .bytes(let bytes): return Bound(.blob(bytes), .bytea, at: position)
    case .typed(let type, let text) where type.namesZone(text):
      return zoned(text, type, at: position)
    case .typed(let type, let text):
      return Bound(try parse(text, as: type, at: position), type, at: position)
    case .parameter(let name): return parameter(name, at: position)
    case .isNull(let operand, let negated):
      if case .row(let items) = operand.kind {
        return try rowIsNull(items, negated: negated, at: position)
      }
      // A parameter takes its type from another use.
      let bound = try bind(operand)
      return test("\(text(bound)) IS \(negated ? "NOT " : "")NULL", at: position)
    case .isTruth(let operand, let value, let negated):
      let bound = try bindBoolean(operand, "IS \(value ? "TRUE" : "FALSE")")
      return test(
        "\(text(bound)) IS \(negated ? "NOT " : "")\(value ? "TRUE" : "FALSE")", at: position)
    case .isDistinct(let left, let right, let negated):
      if let rows = Self.rows(left, right) {
        let pair = try comparableRows("=", rows.left, rows.right, at: position)
        return test("\(pair.left) IS \(negated ? "" : "NOT ")\(pair.right)", at: position)
      }
      let pair = try comparable("=", try bind(left), try bind(right), at: position)
      return test(
        "\(pair.left) IS \(negated ? "" : "NOT ")\(pair.right)", at: position)
    case .between(let operand, let low, let high, let negated):
      return try between(operand, low, high, negated: negated, at: position)
    case .betweenSymmetric(let operand, let one, let other, let negated):
      return try betweenSymmetric(operand, one, other, negated: negated, at: position)
    case .inList(let operand, let list, let negated):
      return try inList(operand, list, negated: negated, at: position)
    case .inQuery(let operand, let query, let negated):
      return try inQuery(operand, query, negated: negated, at: position)
    case .like(let operand, let query, nil, .match, let negated):
      return try match(operand, query, negated: negated, at: position)
    case .like(let operand, let pattern, let escape, let kind, let negated):
      return try match(
        kind, try bind(operand), try bind(pattern),
        escape: try escape.map { (escape) throws(SQLError) in try bind(escape) },
        negated: negated, at: position)
    case .exists(let query): return test("EXISTS (\(try bind(query).sql))", at: position)
    case .subquery(let query): return try scalar(query, at: position)
    case .caseWhen(let operand, let branches, let otherwise):
      return try caseWhen(operand, branches, otherwise, at: position)
    case .cast(let operand, let type): return try cast(operand, type, at: position)
    case .column, .unary, .binary, .call:
      preconditionFailure("bound before")
    case .row:
      throw SQLError(
        .featureNotSupported, "a row can be compared, not be a value", at: position,
        hint: "select its parts, or jsonb_build_array(…)")
    case .array(let items): return try array(items, at: position)
    case .arrayQuery(let query): return try array(query, at: position)
    case .arrayCast(let operand, _):
      // Its elements are what JSON says they are; ANY and unnest ask for the type.
      return try arrayValue(operand, at: position)
    case .collate(let operand, let name): return try collate(try bind(operand), name, at: position)
    case .quantified(let left, let op, let all, let set):
      return try quantified(left, op, all: all, set, at: position)
    }
  }

  /// An expression whose missing type is TEXT.
  mutating func typed(_ bound: Bound) throws(SQLError) -> Bound {
    bound.type == nil ? try coerce(bound, to: .text, .implicit) : bound
  }

  /// A BOOLEAN that is never NULL.
  func test(_ sql: String, at position: Int) -> Bound {
    Bound("(\(sql))", .boolean, at: position, nullable: false)
  }

  private func number(_ digits: String, at position: Int) throws(SQLError) -> Bound {
    if let value = Int64(digits) {
      return Bound(.integer(value), Int32(exactly: value) == nil ? .bigint : .integer, at: position)
    }
    let type = SQLType.numeric(precision: nil, scale: nil)
    return Bound(try parse(digits, as: type, at: position), type, at: position)
  }

  private mutating func cast(_ operand: Expression, _ type: SQLType, at position: Int)
    throws(SQLError) -> Bound
  {
    var bound = try coerce(try bind(operand), to: type, .explicit)
    bound.position = position
    return bound
  }

  private mutating func between(
    _ operand: Expression, _ low: Expression, _ high: Expression, negated: Bool, at position: Int
  ) throws(SQLError) -> Bound {
    if case .row = operand.kind {
      return try rowBetween(operand, low, high, negated: negated, at: position)
    }
    let value = try bind(operand)
    let lower = try comparable(">=", value, try bind(low), at: position)
    let upper = try comparable("<=", value, try bind(high), at: position)
    let word = negated ? "NOT BETWEEN" : "BETWEEN"
    if lower.left == upper.left {
      return Bound(
        "(\(lower.left) \(word) \(lower.right) AND \(upper.right))", .boolean, at: position)
    }
    let both = "(\(lower.left) >= \(lower.right) AND \(upper.left) <= \(upper.right))"
    return Bound(negated ? "(NOT \(both))" : both, .boolean, at: position)
  }

  /// SQLite's min and max of several values are NULL where one is, as the bounds have to be.
  private mutating func betweenSymmetric(
    _ operand: Expression, _ one: Expression, _ other: Expression, negated: Bool, at position: Int
  ) throws(SQLError) -> Bound {
    let value = try bind(operand)
    let bounds = [try bind(one), try bind(other)]
    let type = try unifyOrNil([value] + bounds, "BETWEEN", at: position) ?? .text
    if type.family == .json { throw Self.noOperator(">=", type, type, at: position) }
    let target = padded(type).base
    let left = key(try coerce(value, to: target, .implicit))
    let first = key(try coerce(bounds[0], to: target, .implicit))
    let other = try coerce(bounds[1], to: target, .implicit)
    let second = target == .interval ? key(other) : text(other)
    return Bound(
      "(\(left) \(negated ? "NOT BETWEEN" : "BETWEEN") min(\(first), \(second)) AND max(\(first), \(second)))",
      .boolean, at: position)
  }

  private mutating func inList(
    _ operand: Expression, _ list: [Expression], negated: Bool, at position: Int
  ) throws(SQLError) -> Bound {
    if case .row(let items) = operand.kind {
      return try rowInList(items, list, negated: negated, at: position)
    }
    let value = try bind(operand)
    var items: [Bound] = []
    for item in list { items.append(try bind(item)) }
    let type = try unifyOrNil([value] + items, "IN", at: position)
    if let type,
      let odd = items.first(where: { $0.type.map { $0.common(with: type) == nil } ?? false })
    {
      throw Self.noOperator("=", value.type, odd.type, at: position)
    }
    let target = type ?? .text
    let left = key(try coerce(value, to: padded(target), .implicit))
    var texts: [String] = []
    for item in items {
      let item = try coerce(item, to: padded(target), .implicit)
      texts.append(target == .interval ? key(item) : text(item))
    }
    return Bound(
      "(\(left) \(negated ? "NOT IN" : "IN") (\(texts.joined(separator: ", "))))", .boolean,
      at: position)
  }

  /// CHAR compares without its padding, as TEXT.
  func padded(_ type: SQLType) -> SQLType {
    if case .char = type { return .text }
    return type
  }

  private mutating func inQuery(
    _ operand: Expression, _ query: Query, negated: Bool, at position: Int
  ) throws(SQLError) -> Bound {
    if case .row(let items) = operand.kind {
      return try rowInQuery(items, query, negated: negated, at: position)
    }
    let value = try bind(operand)
    let bound = try bind(query, targets: value.type.map { [$0] } ?? [])
    guard bound.columns.count == 1 else {
      throw SQLError(.syntaxError, "subquery has too many columns", at: query.position)
    }
    serial += 1
    let column = Bound("\"s\(serial)\".\"c1\"", bound.columns[0].type, at: query.position)
    let pair = try comparable("=", value, column, at: position)
    let word = negated ? "NOT IN" : "IN"
    if pair.right == text(column) {
      return Bound("(\(pair.left) \(word) (\(bound.sql)))", .boolean, at: position)
    }
    return Bound(
      "(\(pair.left) \(word) (SELECT \(pair.right) FROM (\(bound.sql)) AS \"s\(serial)\"))",
      .boolean, at: position)
  }

  private mutating func scalar(_ query: Query, at position: Int) throws(SQLError) -> Bound {
    let bound = try bind(query)
    guard bound.columns.count == 1 else {
      throw SQLError(.syntaxError, "subquery must return only one column", at: query.position)
    }
    return Bound(singleRow(query, bound), bound.columns[0].type, at: position)
  }

  /// SQLite takes the first row of a scalar subquery; more than one is an error in SQL.
  func singleRow(_ query: Query, _ bound: BoundQuery, columns: Int = 1) -> String {
    var isSingle = bound.isSingle
    if case .select(let select) = query.body, select.from.isEmpty { isSingle = true }
    if case .number("1")? = query.limit?.kind, !query.withTies { isSingle = true }
    if isSingle { return "(\(bound.sql))" }
    let rest = (1..<max(1, columns)).map { ", \"c\($0 + 1)\"" }.joined()
    return
      "(SELECT kb_single(\"c1\", count(*)) AS \"c1\"\(rest) "
      + "FROM (SELECT * FROM (\(bound.sql)) LIMIT 2))"
  }

  private mutating func caseWhen(
    _ operand: Expression?, _ branches: [(when: Expression, then: Expression)],
    _ otherwise: Expression?, at position: Int
  ) throws(SQLError) -> Bound {
    var conditions: [String] = []
    var pairs: [(left: String, right: String)] = []
    var results: [Bound] = []
    let value = try operand.map { (operand) throws(SQLError) in try bind(operand) }
    for branch in branches {
      if let value {
        let pair = try comparable("=", value, try bind(branch.when), at: branch.when.position)
        pairs.append(pair)
      } else {
        conditions.append(try bindCondition(branch.when, "CASE/WHEN"))
      }
      results.append(try bind(branch.then))
    }
    if let otherwise { results.append(try bind(otherwise)) }
    let type = try unify(results, "CASE", at: position)
    var sql = "CASE"
    if let first = pairs.first, pairs.allSatisfy({ $0.left == first.left }) {
      // Written once: a copy for each branch would double with every nested CASE.
      sql += " \(first.left)"
      conditions = pairs.map(\.right)
    } else if value != nil {
      conditions = pairs.map { "\($0.left) = \($0.right)" }
    }
    for (index, result) in results.enumerated() {
      let converted = text(try coerce(result, to: type, .implicit))
      sql +=
        index < conditions.count
        ? " WHEN \(conditions[index]) THEN \(converted)" : " ELSE \(converted)"
    }
    let nullable = otherwise == nil || results.contains(where: \.nullable)
    return Bound("(\(sql) END)", type, at: position, nullable: nullable)
  }
}
