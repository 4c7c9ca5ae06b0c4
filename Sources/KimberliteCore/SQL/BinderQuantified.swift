// SPDX-License-Identifier: Apache-2.0
// ANY and ALL over queries and arrays, and arrays as values, which are JSON.

extension Binding {
  mutating func quantified(
    _ left: Expression, _ op: QuantifiedOperator, all: Bool, _ set: QuantifiedSet,
    at position: Int
  ) throws(SQLError) -> Bound {
    switch set {
    case .query(let query):
      if let negated = Self.membership(op, all: all) {
        return try bind(
          Expression(.inQuery(left, query, negated: negated), at: position))
      }
      if case .row = left.kind {
        throw SQLError(
          .featureNotSupported, "rows are compared with a query by = ANY and <> ALL only",
          at: position)
      }
      let value = try bind(left)
      let bound = try bind(query, targets: value.type.map { [$0] } ?? [])
      guard bound.columns.count == 1 else {
        throw SQLError(.syntaxError, "subquery has too many columns", at: query.position)
      }
      return try ranging(
        over: "(\(bound.sql))", "c1", bound.columns[0].type, value, op, all: all, at: position)
    case .elements(let array):
      return try quantified(left, op, all: all, over: array, at: position)
    }
  }

  /// Whether it asks if something is among others, as IN and NOT IN do.
  private static func membership(_ op: QuantifiedOperator, all: Bool) -> Bool? {
    switch op {
    case .binary(.equal) where !all: false
    case .binary(.notEqual) where all: true
    default: nil
    }
  }

  private mutating func quantified(
    _ left: Expression, _ op: QuantifiedOperator, all: Bool, over array: Expression,
    at position: Int
  ) throws(SQLError) -> Bound {
    if let items = try Self.elements(of: array) {
      // Over nothing, ANY is false and ALL true, whatever the left side is.
      guard !items.isEmpty else {
        _ = try bind(left)
        return Bound(.integer(all ? 1 : 0), .boolean, at: position)
      }
      if let negated = Self.membership(op, all: all) {
        return try bind(Expression(.inList(left, items, negated: negated), at: position))
      }
      return try bind(Self.chain(left, op, items, all: all, at: position))
    }
    let value = try bind(left)
    let (set, declared) = try arrayOperand(array)
    let type = declared ?? value.type?.base ?? .text
    serial += 1
    let element = "e\(serial)"
    let parsed = Conversion.convert("\"value\"", .text, type, .explicit) ?? "\"value\""
    let rows = "(SELECT \(parsed) AS \"\(element)\" FROM json_each(kb_elements(\(set))))"
    if let negated = Self.membership(op, all: all) {
      let column = Bound("\"\(element)\"", type, at: array.position)
      let pair = try comparable("=", value, column, at: position)
      return Bound(
        "(\(pair.left) \(negated ? "NOT IN" : "IN") (SELECT \(pair.right) FROM \(rows)))",
        .boolean, at: position)
    }
    return try ranging(over: rows, element, type, value, op, all: all, at: position)
  }

  /// The elements that are written out; `nil` where the array is computed.
  static func elements(of array: Expression) throws(SQLError) -> [Expression]? {
    switch array.kind {
    case .array(let items): return items
    case .string(let text):
      return try ArrayText.parse(text, at: array.position).map {
        Expression($0.map(Expression.Kind.string) ?? .null, at: array.position)
      }
    default: return nil
    }
  }

  /// `x op a OR x op b …`.
  private static func chain(
    _ left: Expression, _ op: QuantifiedOperator, _ items: [Expression], all: Bool,
    at position: Int
  ) -> Expression {
    let tests = items.map { item -> Expression in
      switch op {
      case .binary(let op): return Expression(.binary(op, left, item), at: position)
      case .like(let kind, let negated):
        return Expression(
          .like(left, pattern: item, escape: nil, kind, negated: negated), at: position)
      }
    }
    return tests.dropFirst().reduce(tests[0]) {
      Expression(.binary(all ? .and : .or, $0, $1), at: position)
    }
  }

  /// An array that is computed, and the type that its elements were declared to have.
  private mutating func arrayOperand(_ array: Expression) throws(SQLError) -> (String, SQLType?) {
    var array = array
    var type: SQLType?
    if case .arrayCast(let inner, let element) = array.kind { (array, type) = (inner, element) }
    let bound = try typed(try bind(array))
    guard bound.type?.family == .json || bound.type?.family == .text else {
      throw SQLError(
        .wrongObjectType, "op ANY/ALL (array) requires array on right side", at: array.position)
    }
    return (text(bound), type)
  }

  /// The test of every element at once, as one row: true where one is (ANY), false where one is
  /// not (ALL), else unknown where a test is.
  private mutating func ranging(
    over rows: String, _ column: String, _ type: SQLType, _ left: Bound,
    _ op: QuantifiedOperator, all: Bool, at position: Int
  ) throws(SQLError) -> Bound {
    serial += 1
    let name = "s\(serial)"
    let element = Bound("\"\(name)\".\"\(column)\"", type, at: position)
    let outcome: Bound
    switch op {
    case .binary(let op): outcome = try binary(op, left, element, at: position)
    case .like(let kind, let negated):
      outcome = try match(kind, left, element, negated: negated, at: position)
    }
    guard outcome.type == .boolean else {
      throw SQLError(
        .wrongObjectType, "op ANY/ALL (array) requires operator to yield boolean", at: position)
    }
    let decided = all ? "min(\"p\") = 0 THEN 0" : "max(\"p\") = 1 THEN 1"
    return Bound(
      "(SELECT CASE WHEN \(decided) WHEN count(*) > count(\"p\") THEN NULL ELSE \(all ? 1 : 0) END "
        + "FROM (SELECT \(text(outcome)) AS \"p\" FROM \(rows) AS \"\(name)\"))",
      .boolean, at: position)
  }

  // MARK: Arrays as values

  /// `ARRAY[a, b]` as JSON.
  mutating func array(_ items: [Expression], at position: Int) throws(SQLError) -> Bound {
    try elements(items, at: position).array
  }

  /// `ARRAY[a, b]` as JSON, and what its elements are.
  mutating func elements(_ items: [Expression], at position: Int) throws(SQLError)
    -> (array: Bound, type: SQLType)
  {
    var parts: [Bound] = []
    for item in items { parts.append(try bind(item)) }
    let type = try unify(parts, "ARRAY", at: position)
    var texts: [String] = []
    for part in parts { texts.append(try jsonItem(try coerce(part, to: type, .implicit))) }
    let list = "('[' || \(Self.calls("kb_json_items", texts, .built)) || ']')"
    let array = Bound(
      type == .json ? "kb_parse_jsonb(\(list))" : list, .jsonb, at: position, nullable: false)
    return (array, type)
  }

  /// `ARRAY(query)` as JSON.
  mutating func array(_ query: Query, at position: Int) throws(SQLError) -> Bound {
    let bound = try bind(query)
    guard bound.columns.count == 1 else {
      throw SQLError(.syntaxError, "subquery must return only one column", at: query.position)
    }
    let element = Bound("\"c1\"", bound.columns[0].type, at: query.position)
    return Bound(
      "(SELECT kb_parse_jsonb(json_group_array(json(\(try jsonItem(element))))) FROM (\(bound.sql)))",
      .jsonb, at: position, nullable: false)
  }

  /// An array that is not written out, as JSON.
  mutating func arrayValue(_ operand: Expression, at position: Int) throws(SQLError) -> Bound {
    let bound = try bind(operand)
    if bound.type?.family == .json { return bound }
    return Bound(
      "kb_elements(\(text(try typed(bound))))", .jsonb, at: position, nullable: bound.nullable)
  }
}
