// SPDX-License-Identifier: Apache-2.0
// Operators: which types they take, what they yield, and SQLite's text for them. What SQLite does
// exactly as we mean it is left to SQLite; the rest calls our functions.

extension Binding {
  static func noOperator(
    _ op: String, _ left: SQLType?, _ right: SQLType?, at position: Int
  ) -> SQLError {
    SQLError(
      .undefinedFunction,
      "operator does not exist: \(left.messageName) \(op) \(right.messageName)", at: position,
      hint: "convert one side with CAST(… AS type)")
  }

  mutating func unary(_ op: UnaryOperator, _ operand: Expression, at position: Int)
    throws(SQLError) -> Bound
  {
    switch op {
    case .not:
      let bound = try bindBoolean(operand, "NOT")
      return Bound("(NOT \(text(bound)))", .boolean, at: position, nullable: bound.nullable)
    case .plus:
      let bound = try bind(operand)
      if bound.type?.family != .number { throw Self.noOperator("+", nil, bound.type, at: position) }
      return bound
    case .minus:
      if case .number(let digits) = operand.kind, !digits.hasPrefix("-") {
        return try bind(Expression(.number("-" + digits), at: position))
      }
      // PostgreSQL takes signs in a row for parts of the number, whose type follows from all.
      if case .unary(.minus, let inner) = operand.kind, case .number = inner.kind {
        return try bind(inner)
      }
      let bound = try bind(operand)
      guard let type = bound.type, type.family == .number || type == .interval else {
        throw Self.noOperator("-", nil, bound.type, at: position)
      }
      let sql = unchecked(bound)
      let negated =
        type.isNumeric
        ? "kb_numeric_neg(\(sql))" : type == .interval ? "kb_interval_neg(\(sql))" : "(- \(sql))"
      var result = Bound(negated, type.base, at: position, nullable: bound.nullable)
      result.computedBits = bound.integerBits.map { $0 + 1 }
      return checked(result)
    }
  }

  mutating func binary(
    _ op: BinaryOperator, _ left: Expression, _ right: Expression, at position: Int
  ) throws(SQLError) -> Bound {
    switch op {
    case .and, .or:
      let a = try bindBoolean(left, op.rawValue)
      let b = try bindBoolean(right, op.rawValue)
      let chain = op == .and ? Chain.and : .or
      var result = Bound(
        "(\(link(a, chain)) \(op.rawValue) \(text(b)))", .boolean, at: position,
        nullable: a.nullable || b.nullable)
      result.chain = chain
      return result
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      if let rows = Self.rows(left, right) {
        let pair = try comparableRows(op.rawValue, rows.left, rows.right, at: position)
        return Bound(comparisonText(op, pair.left, pair.right), .boolean, at: position)
      }
    default: break
    }
    return try binary(op, try bind(left), try bind(right), at: position)
  }

  /// An operator between two values.
  mutating func binary(_ op: BinaryOperator, _ left: Bound, _ right: Bound, at position: Int)
    throws(SQLError) -> Bound
  {
    switch op {
    case .and, .or: preconditionFailure("AND and OR are no operators between values")
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      let pair = try comparison(op, left, right, at: position)
      return Bound(pair.text, .boolean, at: position, nullable: pair.nullable)
    case .add, .subtract, .multiply, .divide, .modulo, .power:
      return try arithmetic(op, left, right, at: position)
    case .concatenate: return try concatenate(left, right, at: position)
    case .jsonMember, .jsonText, .jsonPath, .jsonPathText, .contains, .containedBy, .hasKey,
      .hasAnyKey, .hasAllKeys, .deletePath:
      return try jsonOperator(op, left, right, at: position)
    case .pathExists, .match: return try pathOperator(op, left, right, at: position)
    case .startsWith: return try startsWith(left, right, at: position)
    }
  }

  /// The text of a left operand, bare where it is a link of the same chain.
  func link(_ bound: Bound, _ chain: Chain?) -> String {
    let sql = unchecked(bound)
    return chain != nil && bound.chain == chain ? String(sql.dropFirst().dropLast()) : sql
  }

  // MARK: Comparison

  func comparisonText(_ op: BinaryOperator, _ left: String, _ right: String) -> String {
    "(\(left) \(op.rawValue) \(right))"
  }

  mutating func comparison(_ op: BinaryOperator, _ left: Bound, _ right: Bound, at position: Int)
    throws(SQLError) -> (text: String, nullable: Bool)
  {
    if let days = dayComparison(op, left, right) { return (days, left.nullable || right.nullable) }
    let pair = try comparable(op.rawValue, left, right, at: position)
    return (comparisonText(op, pair.left, pair.right), left.nullable || right.nullable)
  }

  /// Both sides as text of one type that SQLite compares as that type does.
  mutating func comparable(_ op: String, _ left: Bound, _ right: Bound, at position: Int)
    throws(SQLError) -> (left: String, right: String)
  {
    let type: SQLType
    switch (left.type, right.type) {
    case (nil, nil): type = .text
    case (let known?, nil), (nil, let known?): type = known.family == .text ? known : known.base
    case (let a?, let b?):
      guard let common = a.common(with: b), a.family != .json || a == b else {
        throw Self.noOperator(op, a, b, at: position)
      }
      type = common
    }
    if type == .json {
      throw Self.noOperator(op, type, type, at: position)
    }
    if case .char = type {
      return try (padded(left, type), padded(right, type))
    }
    if let pair = integerPair(left, right) { return pair }
    let a = try coerce(left, to: type.base, .implicit)
    let b = try coerce(right, to: type.base, .implicit)
    if type == .interval { return (key(a), key(b)) }
    if type.collation != nil || a.collates || b.collates { comparesSpellings = true }
    guard type.collation != nil else { return (text(a), text(b)) }
    // SQLite takes the collation of the left side's column, else of the right side's.
    return a.collates || b.collates ? (text(a), text(b)) : (collated(a), text(b))
  }

  /// CHAR compares without its padding.
  ///
  /// A literal is padded instead, so that an index serves.
  private mutating func padded(_ bound: Bound, _ type: SQLType) throws(SQLError) -> String {
    guard case .char(let count) = type else { preconditionFailure("only CHAR is padded") }
    if case .string(let literal) = bound.form {
      let length = literal.unicodeScalars.count
      let padding = String(repeating: " ", count: max(0, count - length))
      return SQLText.literal(.text(literal + padding))
    }
    if bound.type == type { return text(bound) }
    let plain = try coerce(bound, to: .text, .implicit)
    return "kb_char_cut(\(text(plain)), \(count))"
  }

  /// An integer compared with a decimal literal: the literal as a number that SQLite compares
  /// exactly, instead of every row's integer as text.
  private func integerPair(_ left: Bound, _ right: Bound) -> (left: String, right: String)? {
    if left.type?.isInteger == true, let number = Self.plainNumber(right) {
      return (text(left), number)
    }
    if right.type?.isInteger == true, let number = Self.plainNumber(left) {
      return (number, text(right))
    }
    return nil
  }

  private static func plainNumber(_ bound: Bound) -> String? {
    guard bound.type?.isNumeric == true, case .text(let digits)? = bound.constant,
      let decimal = Decimal(canonical: digits)
    else { return nil }
    var divisor: Int128 = 1
    for _ in 0..<decimal.scale {
      let (product, overflow) = divisor.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      divisor = product
    }
    let (whole, rest) = decimal.coefficient.quotientAndRemainder(dividingBy: divisor)
    // Below 2^51 a half is exact, and every fraction lies strictly between the same integers.
    guard let small = Int64(exactly: whole), small.magnitude < 1 << 51 else { return nil }
    if rest == 0 { return SQLText.literal(.integer(small)) }
    return SQLText.literal(.real(Double(small) + (rest < 0 ? -0.5 : 0.5)))
  }

  // MARK: Arithmetic

  private mutating func arithmetic(
    _ op: BinaryOperator, _ left: Bound, _ right: Bound, at position: Int
  ) throws(SQLError) -> Bound {
    if left.type?.family == .datetime || right.type?.family == .datetime
      || left.type == .interval || right.type == .interval || left.type == .time
      || right.type == .time
    {
      return try timeArithmetic(op, left, right, at: position)
    }
    if op == .subtract, left.type == .jsonb {
      return try jsonbDeletion(left, right, at: position)
    }
    let known = left.type ?? right.type ?? .integer
    let a = try left.type == nil ? coerce(left, to: known.base, .implicit) : left
    let b = try right.type == nil ? coerce(right, to: known.base, .implicit) : right
    guard let first = a.type, let second = b.type, first.family == .number,
      let type = first.common(with: second)?.base, type.family == .number
    else { throw Self.noOperator(op.rawValue, left.type, right.type, at: position) }
    return try arithmetic(op, a, b, type, at: position)
  }

  // MARK: Text

  private mutating func concatenate(_ left: Bound, _ right: Bound, at position: Int)
    throws(SQLError) -> Bound
  {
    if let joined = try jsonbConcatenation(left, right, at: position) { return joined }
    let isBytes = left.type == .bytea || right.type == .bytea
    let isText = (left.type ?? .text).family == .text || (right.type ?? .text).family == .text
    if isBytes, (left.type ?? .bytea) == (right.type ?? .bytea) {
      let a = text(try coerce(left, to: .bytea, .implicit))
      let b = text(try coerce(right, to: .bytea, .implicit))
      return Bound("kb_bytes_concat(\(a), \(b))", .bytea, at: position)
    }
    guard isText else { throw Self.noOperator("||", left.type, right.type, at: position) }
    let a = try coerce(try typed(left), to: .text, .assignment)
    let b = try coerce(try typed(right), to: .text, .assignment)
    var result = Bound(
      "(\(link(a, .concatenation)) || \(text(b)))", .text, at: position,
      nullable: a.nullable || b.nullable)
    result.chain = .concatenation
    return result
  }
}
