// SPDX-License-Identifier: Apache-2.0
// Tokens to a path, by recursive descent. PostgreSQL 15, jsonpath_gram.y.

/// Parses a path.
struct JSONPathParser {
  /// Levels of parentheses and subscripts.
  private static let depthMax = 32
  /// Steps and operators.
  private static let sizeMax = 1000

  private var lexer: JSONPathLexer
  private var token: JSONPathToken
  private var following: JSONPathToken
  private var depth = 0
  private var size = 0
  private var filters = 0
  private var subscripts = 0

  /// The path that a text is.
  ///
  /// - Throws: 42601; 22P02 where it is empty; 54001 where it is too long or too deep.
  static func parse(_ text: String) throws(SQLError) -> JSONPath {
    var parser = try JSONPathParser(text)
    return try parser.path()
  }

  private init(_ text: String) throws(SQLError) {
    lexer = JSONPathLexer(text)
    token = try lexer.next()
    following = try lexer.next()
  }

  private mutating func advance() throws(SQLError) {
    token = following
    following = try lexer.next()
  }

  private mutating func accept(mark: String) throws(SQLError) -> Bool {
    guard token.isMark(mark) else { return false }
    try advance()
    return true
  }

  private mutating func accept(_ word: String) throws(SQLError) -> Bool {
    guard token.isWord(word) else { return false }
    try advance()
    return true
  }

  private mutating func expect(mark: String) throws(SQLError) {
    guard try accept(mark: mark) else { throw unexpected }
  }

  private var unexpected: SQLError {
    JSONPathLexer.error(
      token.kind == .end ? "syntax error at end" : "syntax error at or near \"\(token.text)\"")
  }

  private mutating func grow() throws(SQLError) {
    size += 1
    if size > Self.sizeMax {
      throw SQLError(.statementTooComplex, "a jsonpath has more than \(Self.sizeMax) steps")
    }
  }

  private mutating func enter() throws(SQLError) {
    depth += 1
    if depth > Self.depthMax {
      throw SQLError(
        .statementTooComplex, "a jsonpath is nested deeper than \(Self.depthMax) levels")
    }
  }

  private mutating func path() throws(SQLError) -> JSONPath {
    if token.kind == .end {
      throw SQLError(.invalidText, "invalid input syntax for type jsonpath: \"\"")
    }
    var isLax = true
    // A mode is a word on its own; nothing else begins with one.
    if try accept("strict") { isLax = false } else { _ = try accept("lax") }
    let expression = try either()
    guard token.kind == .end else { throw unexpected }
    return JSONPath(isLax: isLax, expression: expression)
  }

  // MARK: Predicates

  /// An expression or a predicate: which of the two shows only at its end.
  private mutating func either() throws(SQLError) -> JSONPathExpression {
    try enter()
    defer { depth -= 1 }
    var left = try conjunction()
    while token.isMark("||") {
      let first = try predicate(left)
      try advance()
      try grow()
      left = .predicate(.or(first, try predicate(try conjunction())))
    }
    return left
  }

  private mutating func conjunction() throws(SQLError) -> JSONPathExpression {
    var left = try test()
    while token.isMark("&&") {
      let first = try predicate(left)
      try advance()
      try grow()
      left = .predicate(.and(first, try predicate(try test())))
    }
    return left
  }

  /// Demands that what has been read is a predicate.
  private func predicate(_ expression: JSONPathExpression) throws(SQLError) -> JSONPathPredicate {
    guard case .predicate(let predicate) = expression else { throw unexpected }
    return predicate
  }

  /// Demands that what has been read is no predicate.
  private func value(_ expression: JSONPathExpression) throws(SQLError) -> JSONPathExpression {
    if case .predicate = expression { throw unexpected }
    return expression
  }

  private mutating func test() throws(SQLError) -> JSONPathExpression {
    if try accept(mark: "!") {
      guard token.isMark("(") || token.isWord("exists") else { throw unexpected }
      try grow()
      return .predicate(.not(try predicate(try primary())))
    }
    let left = try sum()
    if case .predicate(let inner) = left {
      if token.isWord("is"), following.isWord("unknown") {
        try advance()
        try advance()
        return .predicate(.isUnknown(inner))
      }
      return left
    }
    if token.kind == .mark, let comparison = JSONPathComparison(rawValue: token.text) {
      try advance()
      try grow()
      return .predicate(.comparison(comparison, left, try value(try sum())))
    }
    if token.isWord("starts"), following.isWord("with") {
      try advance()
      try advance()
      let initial: JSONPathStart
      switch token.kind {
      case .string: initial = .literal(.string(token.text))
      case .variable: initial = .variable(token.text)
      default: throw unexpected
      }
      try advance()
      return .predicate(.startsWith(left, initial))
    }
    if token.isWord("like_regex") {
      throw SQLError(.featureNotSupported, "like_regex in a jsonpath is not supported")
    }
    return left
  }

  // MARK: Expressions

  private mutating func sum() throws(SQLError) -> JSONPathExpression {
    var left = try product()
    while token.isMark("+") || token.isMark("-") {
      left = try operation(left) { (parser) throws(SQLError) in try parser.product() }
    }
    return left
  }

  private mutating func product() throws(SQLError) -> JSONPathExpression {
    var left = try signed()
    while token.isMark("*") || token.isMark("/") || token.isMark("%") {
      left = try operation(left) { (parser) throws(SQLError) in try parser.signed() }
    }
    return left
  }

  private mutating func operation(
    _ left: JSONPathExpression,
    _ operand: (inout JSONPathParser) throws(SQLError) -> JSONPathExpression
  ) throws(SQLError) -> JSONPathExpression {
    guard let operation = JSONPathOperator(rawValue: token.text) else { throw unexpected }
    let first = try value(left)
    try advance()
    try grow()
    return .arithmetic(operation, first, try value(try operand(&self)))
  }

  private mutating func signed() throws(SQLError) -> JSONPathExpression {
    guard token.isMark("+") || token.isMark("-") else { return try primary() }
    let isNegative = token.isMark("-")
    try enter()
    defer { depth -= 1 }
    try advance()
    return .sign(isNegative: isNegative, try value(try signed()))
  }

  /// What a chain begins with, and its steps; or a predicate in parentheses.
  private mutating func primary() throws(SQLError) -> JSONPathExpression {
    try grow()
    let start: JSONPathStart
    var inner: JSONPathExpression?
    let text = token.text
    switch token.kind {
    case .string: start = .literal(.string(text))
    case .number:
      start = .literal(.number(try Self.number(text)))
    case .variable: start = .variable(text)
    case .mark where text == "$": start = .root
    case .mark where text == "@":
      if filters == 0 {
        throw SQLError(.syntaxError, "@ is not allowed in root expressions")
      }
      start = .current
    case .mark where text == "(":
      try advance()
      let expression = try either()
      guard token.isMark(")") else { throw unexpected }
      inner = expression
      start = .inner(expression)
    case .word where text == "true" || text == "false": start = .literal(.boolean(text == "true"))
    case .word where text == "null": start = .literal(.null)
    case .word where token.isWord("last"):
      if subscripts == 0 {
        throw SQLError(.syntaxError, "LAST is allowed only in array subscripts")
      }
      start = .last
    case .word where token.isWord("exists"):
      try advance()
      try expect(mark: "(")
      let expression = try value(try either())
      try expect(mark: ")")
      return .predicate(.exists(expression))
    default: throw unexpected
    }
    try advance()
    let steps = try steps()
    if steps.isEmpty, let inner { return inner }
    return .chain(start, steps)
  }

  private static func number(_ text: String) throws(SQLError) -> String {
    let whole = text.hasPrefix(".") ? "0" + text : text.replacing(".e", with: "e")
    let digits = whole.hasSuffix(".") ? String(whole.dropLast()) : whole
    return try digits.withSpan { (text) throws(SQLError) in try JSONNumber.canonical(text) }
  }

  // MARK: Steps

  private mutating func steps() throws(SQLError) -> [JSONPathStep] {
    var steps: [JSONPathStep] = []
    while true {
      if try accept(mark: ".") {
        steps.append(try member())
      } else if token.isMark("["), !following.isMark("*") {
        try advance()
        steps.append(.elements(try subscriptList()))
      } else if try accept(mark: "[") {
        try advance()
        try expect(mark: "]")
        steps.append(.anyElement)
      } else if try accept(mark: "?") {
        try expect(mark: "(")
        filters += 1
        let condition = try predicate(try either())
        filters -= 1
        try expect(mark: ")")
        steps.append(.filter(condition))
      } else {
        return steps
      }
      try grow()
    }
  }

  /// What follows a point.
  private mutating func member() throws(SQLError) -> JSONPathStep {
    if try accept(mark: "*") { return .anyMember }
    if try accept(mark: "**") { return try levels() }
    let name = token
    guard name.kind == .word || name.kind == .string else { throw unexpected }
    try advance()
    guard name.kind == .word, token.isMark("(") else { return .member(name.text) }
    guard let method = JSONPathMethod(rawValue: name.text.lowercased()) else { throw unexpected }
    if method == .datetime {
      throw SQLError(.featureNotSupported, ".datetime() in a jsonpath is not supported")
    }
    try advance()
    try expect(mark: ")")
    return .method(method)
  }

  /// `{n}`, `{n to m}` or nothing.
  private mutating func levels() throws(SQLError) -> JSONPathStep {
    guard try accept(mark: "{") else { return .descendants(first: 0, last: Int.max) }
    let first = try level()
    let last = try accept("to") ? try level() : first
    try expect(mark: "}")
    return .descendants(first: first, last: last)
  }

  private mutating func level() throws(SQLError) -> Int? {
    if try accept("last") { return nil }
    guard token.kind == .number, let level = Int32(token.text) else { throw unexpected }
    try advance()
    return Int(level)
  }

  private mutating func subscriptList() throws(SQLError)
    -> [(from: JSONPathExpression, to: JSONPathExpression?)]
  {
    subscripts += 1
    defer { subscripts -= 1 }
    var list: [(from: JSONPathExpression, to: JSONPathExpression?)] = []
    repeat {
      let from = try value(try either())
      var to: JSONPathExpression?
      if try accept("to") { to = try value(try either()) }
      list.append((from, to))
    } while try accept(mark: ",")
    try expect(mark: "]")
    return list
  }
}
