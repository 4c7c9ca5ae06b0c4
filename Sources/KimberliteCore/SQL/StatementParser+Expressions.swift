// SPDX-License-Identifier: Apache-2.0
// Expressions by operator precedence. PostgreSQL manual, "Operator Precedence".

/// How tightly an operator binds, loosest first.
enum Precedence: Int, Comparable {
  case none, or, and, not, test, comparison, pattern, other, additive, multiplicative, power, zone
  case collation, sign

  static func < (a: Precedence, b: Precedence) -> Bool { a.rawValue < b.rawValue }

  /// `a < b < c` means nothing.
  var isAssociative: Bool { self != .comparison && self != .pattern && self != .test }
}

extension StatementParser {
  mutating func expression() throws(SQLError) -> Expression { try expression(above: .none) }

  /// An expression of operators that bind tighter than `floor`.
  mutating func expression(above floor: Precedence) throws(SQLError) -> Expression {
    let outerHeight = height
    height = 0
    var left = try prefix()
    var closed: Precedence?
    while let infix = infixPrecedence(), infix > floor {
      if infix == closed {
        throw syntaxError(expected: "parentheses, since comparisons do not chain")
      }
      left = try infixOperator(infix, after: left)
      closed = infix.isAssociative ? nil : infix
    }
    height = max(outerHeight, height)
    return left
  }

  // MARK: Prefix operators

  private mutating func prefix() throws(SQLError) -> Expression {
    let start = token.start
    let result: Expression.Kind
    if at("not") {
      try enter()
      advance()
      result = .unary(.not, try expression(above: .not))
    } else if at(symbol: "-") || at(symbol: "+") {
      try enter()
      let sign: UnaryOperator = at(symbol: "-") ? .minus : .plus
      advance()
      result = .unary(sign, try prefix())
    } else if token.kind == .symbol, Self.prefixFunctions.contains(token.text) {
      try enter(levels: Self.callLevels)
      defer { leave(levels: Self.callLevels) }
      let name = Name(token.text, at: start)
      advance()
      let operand = try expression(above: .other)
      try grow()
      return Expression(.call(FunctionCall(name: name, arguments: [operand])), at: start)
    } else {
      return try casts(primary())
    }
    leave()
    try grow()
    return Expression(result, at: start)
  }

  /// `x::type::type`, and what PostgreSQL has at the same place and we have not.
  private mutating func casts(_ operand: Expression) throws(SQLError) -> Expression {
    var result = operand
    var levels = 0
    while true {
      let start = token.start
      if at(symbol: "[") {
        throw unsupported("array subscripts", hint: "an array is JSON here: write -> 0")
      }
      guard accept(symbol: "::") else { return result }
      levels += 1
      guard depth + levels <= Limits.sqlDepthMax else {
        throw tooComplex("nested more than \(Limits.sqlDepthMax) levels deep")
      }
      result = try cast(result, at: start)
      try grow()
    }
  }

  // MARK: Infix operators

  private static let symbols: [String: (Precedence, BinaryOperator)] = [
    "=": (.comparison, .equal), "<>": (.comparison, .notEqual), "!=": (.comparison, .notEqual),
    "<": (.comparison, .less), "<=": (.comparison, .lessOrEqual), ">": (.comparison, .greater),
    ">=": (.comparison, .greaterOrEqual), "||": (.other, .concatenate),
    "->": (.other, .jsonMember), "->>": (.other, .jsonText),
    "#>": (.other, .jsonPath), "#>>": (.other, .jsonPathText), "@>": (.other, .contains),
    "<@": (.other, .containedBy), "?": (.other, .hasKey), "?|": (.other, .hasAnyKey),
    "?&": (.other, .hasAllKeys), "#-": (.other, .deletePath),
    "@?": (.other, .pathExists), "@@": (.other, .match), "+": (.additive, .add),
    "-": (.additive, .subtract), "*": (.multiplicative, .multiply),
    "^@": (.other, .startsWith), "/": (.multiplicative, .divide), "%": (.multiplicative, .modulo),
    "^": (.power, .power),
  ]

  /// The operators that are patterns, and whether they say that there is no match.
  private static let patterns: [String: (LikeKind, negated: Bool)] = [
    "~": (.regex, false), "~*": (.iregex, false), "!~": (.regex, true), "!~*": (.iregex, true),
    "~~": (.like, false), "~~*": (.ilike, false), "!~~": (.like, true), "!~~*": (.ilike, true),
  ]

  /// Operators that are functions with a symbol for a name.
  private static let infixFunctions: Set<String> = ["&", "|", "#", "<<", ">>"]
  private static let prefixFunctions: Set<String> = ["@", "~", "|/", "||/"]

  private static let punctuation: Set<String> = ["(", ")", "[", "]", ",", ".", "::", "=>"]

  /// How tightly the operator at the cursor binds; `nil` if there is none.
  private func infixPrecedence() -> Precedence? {
    if token.kind == .symbol {
      if let (precedence, _) = Self.symbols[token.text] { return precedence }
      return Self.punctuation.contains(token.text) ? nil : .other
    }
    guard token.kind == .word else { return nil }
    switch token.text {
    case "or": return .or
    case "and": return .and
    case "is", "isnull", "notnull": return .test
    case "between", "in", "like", "ilike": return .pattern
    case "match": return isAtMatch ? .pattern : nil
    case "similar": return peek().isWord("to") ? .pattern : nil
    case "overlaps": return .other
    case "not":
      let next = peek()
      guard next.kind == .word else { return nil }
      switch next.text {
      case "between", "in", "like", "ilike", "similar", "match": return .pattern
      default: return nil
      }
    case "at": return peek().isWord("time") || peek().isWord("local") ? .zone : nil
    case "collate": return .collation
    case "operator": return peek().isSymbol("(") ? .other : nil
    default: return nil
    }
  }

  private mutating func infixOperator(_ precedence: Precedence, after left: Expression)
    throws(SQLError) -> Expression
  {
    let start = token.start
    try enter()
    let kind: Expression.Kind
    switch token.text {
    case "or" where precedence == .or: kind = try binary(.or, left, precedence)
    case "and" where precedence == .and: kind = try binary(.and, left, precedence)
    case _ where precedence == .test: kind = try test(left)
    case _ where precedence == .pattern: kind = try pattern(left)
    case _ where precedence == .zone:
      if peek().isWord("local") { throw unsupported("AT LOCAL") }
      advance()
      advance()
      try expect("zone")
      let zone = try expression(above: precedence)
      kind = .call(FunctionCall(name: Name("timezone", at: start), arguments: [zone, left]))
    case _ where precedence == .collation:
      advance()
      acceptCatalogSchema()
      kind = .collate(left, try label("a collation"))
    case "operator" where token.kind == .word:
      let name = try operatorName()
      if let pattern = Self.patterns[name.text] {
        kind = try match(pattern, left, precedence)
      } else {
        guard let (_, symbol) = Self.symbols[name.text] else {
          throw unsupported("operator \(name.text)", at: name.position)
        }
        index -= 1
        kind = try binary(symbol, left, precedence)
      }
    case let text where token.kind == .symbol && Self.patterns[text] != nil:
      guard let pattern = Self.patterns[text] else { preconditionFailure("just seen") }
      advance()
      kind = try match(pattern, left, precedence)
    case "overlaps" where token.kind == .word: kind = try overlaps(left)
    case _ where token.kind == .symbol && Self.infixFunctions.contains(token.text):
      let name = Name(token.text, at: start)
      advance()
      let right = try expression(above: precedence)
      kind = .call(FunctionCall(name: name, arguments: [left, right]))
    default:
      guard token.kind == .symbol, let (_, symbol) = Self.symbols[token.text] else {
        let shown = token.kind == .word ? token.text.uppercased() : "operator \(token.text)"
        throw unsupported(shown)
      }
      kind = try binary(symbol, left, precedence)
    }
    leave()
    try grow()
    return Expression(kind, at: start)
  }

  /// `OPERATOR(pg_catalog.=)`; the cursor is behind it then.
  private mutating func operatorName() throws(SQLError) -> Name {
    advance()
    try expect(symbol: "(")
    acceptCatalogSchema()
    guard token.kind == .symbol, !at(symbol: ")") else {
      throw syntaxError(expected: "an operator")
    }
    let name = Name(token.text, at: token.start)
    advance()
    try expect(symbol: ")")
    return name
  }

  /// What follows `~` and its like.
  private mutating func match(
    _ pattern: (LikeKind, negated: Bool), _ left: Expression, _ precedence: Precedence
  ) throws(SQLError) -> Expression.Kind {
    let (kind, negated) = pattern
    if isAtQuantifier { return try quantified(left, .like(kind, negated: negated)) }
    return .like(
      left, pattern: try expression(above: precedence), escape: nil, kind, negated: negated)
  }

  /// Two rows of a start and an end with OVERLAPS between them.
  private mutating func overlaps(_ left: Expression) throws(SQLError) -> Expression.Kind {
    let name = Name("OVERLAPS", at: token.start)
    advance()
    let right = try expression(above: .other)
    guard case .row(let one) = left.kind, case .row(let other) = right.kind, one.count == 2,
      other.count == 2
    else {
      throw SQLError(
        .syntaxError, "OVERLAPS stands between two rows of two moments", at: name.position)
    }
    return .call(FunctionCall(name: name, arguments: one + other))
  }

  private mutating func binary(
    _ symbol: BinaryOperator, _ left: Expression, _ precedence: Precedence
  ) throws(SQLError) -> Expression.Kind {
    advance()
    if isAtQuantifier { return try quantified(left, .binary(symbol)) }
    return .binary(symbol, left, try expression(above: precedence))
  }

  /// IS …, ISNULL, NOTNULL.
  private mutating func test(_ left: Expression) throws(SQLError) -> Expression.Kind {
    if accept("isnull") { return .isNull(left, negated: false) }
    if accept("notnull") { return .isNull(left, negated: true) }
    try expect("is")
    let negated = accept("not")
    if accept("null") || accept("unknown") { return .isNull(left, negated: negated) }
    if accept("true") { return .isTruth(left, true, negated: negated) }
    if accept("false") { return .isTruth(left, false, negated: negated) }
    if accept("distinct") {
      try expect("from")
      return .isDistinct(left, try expression(above: .test), negated: negated)
    }
    if let kind = normalForm(left, negated: negated) { return kind }
    switch token.text {
    case "document", "json", "of":
      throw unsupported("IS \(token.text.uppercased())")
    default: throw syntaxError(expected: "NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM")
    }
  }

  /// `[NFC | NFD | …] NORMALIZED`, as a call of `is_normalized`.
  private mutating func normalForm(_ left: Expression, negated: Bool) -> Expression.Kind? {
    let start = token.start
    var form = "NFC"
    if peek().isWord("normalized") {
      guard ["nfc", "nfd", "nfkc", "nfkd"].contains(token.text) else { return nil }
      form = token.text.uppercased()
      advance()
    }
    guard accept("normalized") else { return nil }
    let call = FunctionCall(
      name: Name("is_normalized", at: start),
      arguments: [left, Expression(.string(form), at: start)])
    return negated
      ? .unary(.not, Expression(.call(call), at: start)) : .call(call)
  }

  /// [NOT] BETWEEN, IN, LIKE, ILIKE, SIMILAR TO.
  private mutating func pattern(_ left: Expression) throws(SQLError) -> Expression.Kind {
    let negated = accept("not")
    if accept("between") {
      let isSymmetric = accept("symmetric")
      if !isSymmetric { _ = accept("asymmetric") }
      let low = try expression(above: .pattern)
      try expect("and")
      let high = try expression(above: .pattern)
      return isSymmetric
        ? .betweenSymmetric(left, low, high, negated: negated)
        : .between(left, low: low, high: high, negated: negated)
    }
    if accept("in") { return try membership(of: left, negated: negated) }
    let kind: LikeKind =
      at("match") ? .match : at("ilike") ? .ilike : at("similar") ? .similar : .like
    advance()
    if kind == .match {
      let query = try expression(above: .pattern)
      return .like(left, pattern: query, escape: nil, kind, negated: negated)
    }
    if kind == .similar { try expect("to") }
    if kind != .similar, isAtQuantifier {
      return try quantified(left, .like(kind, negated: negated))
    }
    let pattern = try expression(above: .pattern)
    let escape = accept("escape") ? try expression(above: .pattern) : nil
    return .like(left, pattern: pattern, escape: escape, kind, negated: negated)
  }

  /// MATCH is also a name: an operator is followed by an operand.
  private var isAtMatch: Bool {
    let next = peek()
    return next.kind == .string || next.kind == .number || next.kind == .parameter
      || next.kind == .quoted
      || next.isSymbol("(") || (next.kind == .word && !Keywords.isReserved(next.text))
      || next.isWord("null") || next.isWord("case") || next.isWord("cast")
  }

  /// The right side of IN: a query or a list.
  private mutating func membership(of left: Expression, negated: Bool)
    throws(SQLError) -> Expression.Kind
  {
    try expect(symbol: "(")
    try enter()
    defer { leave() }
    if isAtQuery {
      let query = try query()
      try expect(symbol: ")")
      return .inQuery(left, query, negated: negated)
    }
    var list = [try expression()]
    if let query = try continuedQuery(list[0]) {
      try expect(symbol: ")")
      return .inQuery(left, query, negated: negated)
    }
    while accept(symbol: ",") { list.append(try expression()) }
    try expect(symbol: ")")
    // Parentheses around a query add nothing: `IN ((SELECT …))`.
    if list.count == 1, case .subquery(let query) = list[0].kind {
      return .inQuery(left, query, negated: negated)
    }
    return .inList(left, list, negated: negated)
  }
}
