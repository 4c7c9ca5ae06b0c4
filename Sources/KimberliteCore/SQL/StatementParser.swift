// SPDX-License-Identifier: Apache-2.0
// A recursive-descent parser over the tokens of one statement: the cursor, its errors and its
// limits. The grammar is in StatementParser+….swift.

struct StatementParser {
  let source: [UInt8]
  let tokens: [Token]
  var index = 0

  private(set) var parameterNames: [String] = []
  private var knownParameters: Set<String> = []
  /// Whether NOT VALID may follow a constraint, and whether it did.
  var (mayBeInvalid, isInvalid) = (false, false)
  /// WITH REASON of the statement.
  var reason: Expression?

  /// Levels of nesting that are open: parentheses, subqueries, calls, NOT, signs, CASE, and the
  /// right sides of operators.
  private(set) var depth = 0
  /// Height of the tallest tree parsed since the innermost open expression or query began.
  var height = 0

  init(source: [UInt8], tokens: [Token]) {
    self.source = source
    self.tokens = tokens
  }

  mutating func wholeStatement() throws(SQLError) -> Statement {
    let result = try statement()
    guard token.kind == .end else { throw syntaxError(expected: "the end of the statement") }
    return result
  }

  mutating func wholeExpression() throws(SQLError) -> Expression {
    let result = try expression()
    guard token.kind == .end else { throw syntaxError(expected: "the end of the expression") }
    return result
  }

  mutating func wholeQuery() throws(SQLError) -> Query {
    let result = try query()
    guard token.kind == .end else { throw syntaxError(expected: "the end of the query") }
    return result
  }

  // MARK: Cursor

  /// The token to read next; the last one is always `.end`.
  var token: Token { tokens[index] }

  func peek(_ distance: Int = 1) -> Token { tokens[min(index + distance, tokens.count - 1)] }

  mutating func advance() { index = min(index + 1, tokens.count - 1) }

  func at(_ word: String) -> Bool { tokens[index].isWord(word) }

  func at(symbol: String) -> Bool { tokens[index].isSymbol(symbol) }

  /// Whether the next tokens are these words.
  func at(_ first: String, _ second: String) -> Bool {
    tokens[index].isWord(first) && peek().isWord(second)
  }

  mutating func accept(_ word: String) -> Bool {
    guard at(word) else { return false }
    advance()
    return true
  }

  mutating func accept(_ first: String, _ second: String) -> Bool {
    guard at(first, second) else { return false }
    advance()
    advance()
    return true
  }

  mutating func accept(symbol: String) -> Bool {
    guard at(symbol: symbol) else { return false }
    advance()
    return true
  }

  mutating func expect(_ word: String) throws(SQLError) {
    guard accept(word) else { throw syntaxError(expected: word.uppercased()) }
  }

  mutating func expect(symbol: String) throws(SQLError) {
    guard accept(symbol: symbol) else { throw syntaxError(expected: "\"\(symbol)\"") }
  }

  // MARK: Names

  /// Whether the next token can name a column, table or alias.
  var isAtName: Bool {
    token.kind == .quoted || (token.kind == .word && !Keywords.isReserved(token.text))
  }

  /// A name that is not a reserved word.
  mutating func name(_ expected: String) throws(SQLError) -> Name {
    guard isAtName else { throw syntaxError(expected: expected) }
    return takeName()
  }

  /// A name where any word will do: after AS and after a dot.
  mutating func label(_ expected: String) throws(SQLError) -> Name {
    guard token.kind == .quoted || token.kind == .word else {
      throw syntaxError(expected: expected)
    }
    return takeName()
  }

  private mutating func takeName() -> Name {
    let name = Name(token.text, at: token.start, isQuoted: token.kind == .quoted)
    advance()
    return name
  }

  /// `name` or `schema.name`.
  mutating func objectName(_ expected: String) throws(SQLError) -> ObjectName {
    let first = try name(expected)
    guard accept(symbol: ".") else { return ObjectName(schema: nil, name: first) }
    let second = try label(expected)
    if at(symbol: ".") { throw unsupported("names of three parts", at: first.position) }
    return ObjectName(schema: first, name: second)
  }

  /// `(a, b, …)`.
  mutating func parenthesizedNames(_ expected: String) throws(SQLError) -> [Name] {
    try expect(symbol: "(")
    var names: [Name] = []
    repeat { names.append(try name(expected)) } while accept(symbol: ",")
    try expect(symbol: ")")
    return names
  }

  mutating func parameter() -> Expression {
    let name = token.text
    if knownParameters.insert(name).inserted { parameterNames.append(name) }
    let result = Expression(.parameter(name), at: token.start)
    advance()
    return result
  }

  /// The source text of the tokens from `start` up to the one before the next.
  func text(from start: Int) -> String {
    guard index > start else { return "" }
    let range = tokens[start].start..<tokens[index - 1].range.upperBound
    return String(decoding: source[range], as: UTF8.self)
  }

  // MARK: Limits

  /// What a subquery counts as: its frames, here and in the binder, are that much larger.
  static var queryLevels: Int { 4 }

  /// What a function call counts as.
  static var callLevels: Int { 2 }

  /// Opens levels of nesting; close them with `leave()`.
  mutating func enter(levels: Int = 1) throws(SQLError) {
    depth += levels
    guard depth <= Limits.sqlDepthMax else {
      throw tooComplex("nested more than \(Limits.sqlDepthMax) levels deep")
    }
  }

  mutating func leave(levels: Int = 1) { depth -= levels }

  /// Puts one more node on top of the tree.
  mutating func grow() throws(SQLError) {
    height += 1
    guard height <= Limits.sqlHeightMax else {
      throw tooComplex("chain of more than \(Limits.sqlHeightMax) operators")
    }
  }

  func tooComplex(_ how: String) -> SQLError {
    SQLError(
      .statementTooComplex, "statement too complex: \(how)", at: token.start,
      hint: "an IN list or a VALUES list may be as long as you like")
  }

  // MARK: Errors

  func syntaxError(expected: String, hint: String? = nil) -> SQLError {
    let place = token.kind == .end ? "at the end" : "at \(form(of: token))"
    return SQLError(
      .syntaxError, "syntax error \(place): expected \(expected)", at: token.start,
      hint: hint ?? spellingHint())
  }

  func unsupported(_ construct: String, at position: Int? = nil, hint: String? = nil) -> SQLError {
    let isPlural =
      construct.hasSuffix("s") && !construct.hasSuffix("S") && !construct.hasSuffix("exists")
    let verb = isPlural ? "are" : "is"
    return SQLError(
      .featureNotSupported, "\(construct) \(verb) not supported", at: position ?? token.start,
      hint: hint)
  }

  /// The token as written, cut where it is long and without control characters.
  func form(of token: Token) -> String {
    let end = min(token.range.upperBound, token.start + 40)
    var shown = ""
    for scalar in String(decoding: source[token.start..<end], as: UTF8.self).unicodeScalars {
      let isControl = scalar.properties.generalCategory == .control
      shown.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
    }
    if end < token.range.upperBound { shown += "…" }
    return token.kind == .quoted || token.kind == .string ? shown : "\"\(shown)\""
  }

  /// A misspelt keyword is where the error is, or has just been taken for an alias.
  func spellingHint() -> String? {
    if token.kind == .word {
      if Keywords.isReserved(token.text) {
        guard
          token.text == "user" || token.text == "order" || token.text == "group"
            || token.text == "table" || token.text == "column" || token.text == "end"
            || token.text == "offset"
        else { return nil }
        return "to use \"\(token.text)\" as a name, write it in double quotes"
      }
      if let keyword = Keywords.nearest(to: token.text) {
        return "did you mean \(keyword.uppercased())?"
      }
    }
    guard index > 0, tokens[index - 1].kind == .word, !Keywords.isReserved(tokens[index - 1].text),
      let keyword = Keywords.nearest(to: tokens[index - 1].text)
    else { return nil }
    return "did you mean \(keyword.uppercased()) instead of \(form(of: tokens[index - 1]))?"
  }
}
