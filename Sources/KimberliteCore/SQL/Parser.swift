// SPDX-License-Identifier: Apache-2.0
// A script, statement by statement. The grammar is in the StatementParser files.

/// One statement of a script, where it stands and which parameters it uses.
///
/// A class, so that whoever runs it again knows it again.
public final class ParsedStatement: Sendable {
  /// What was written.
  public let statement: Statement
  /// UTF-8 bytes of the source, without the semicolon.
  public let range: Range<Int>
  /// Names of `$1` ("1") and `:name` ("name"), each once, in order of first appearance.
  public let parameterNames: [String]
  /// `WITH REASON …` of a statement that changes rows: a string or a parameter.
  ///
  /// It is about the record that the statement writes into, not about what it does.
  public let reason: Expression?
  /// The types of parameters that PREPARE has settled.
  public let parameterTypes: [String: SQLType]
  private let source: [UInt8]

  /// What was parsed, without the semicolon; empty where nobody kept it.
  public var text: String {
    source.count < range.upperBound ? "" : String(decoding: source[range], as: UTF8.self)
  }

  /// A parsed statement of known parts.
  public init(
    _ statement: Statement, range: Range<Int>, parameterNames: [String],
    reason: Expression? = nil, parameterTypes: [String: SQLType] = [:], of source: [UInt8] = []
  ) {
    self.statement = statement
    self.range = range
    self.parameterNames = parameterNames
    self.reason = reason
    self.parameterTypes = parameterTypes
    self.source = source
  }

  /// The statement inside of this one, which gives it a name.
  public func naming(_ inner: Statement, types: [String: SQLType]) -> ParsedStatement {
    ParsedStatement(
      inner, range: range, parameterNames: parameterNames, reason: reason, parameterTypes: types,
      of: source)
  }
}

/// Turns SQL text into statements, one at a time: an error in one does not hide those before it,
/// and parsing can go on behind it.
public struct Parser: Sendable {
  private var lexer: Lexer
  private var isTooLong: Bool

  /// A parser of a script of at most `Limits.statementBytesMax` bytes.
  public init(_ source: String) {
    isTooLong = source.utf8.count > Limits.statementBytesMax
    lexer = Lexer(isTooLong ? [] : Array(source.utf8))
  }

  /// The next statement that is not empty, `nil` at the end.
  ///
  /// After an error the next call goes on behind the statement's semicolon. Throws `syntaxError`,
  /// `featureNotSupported` and the limits' states, positions counted from the script's beginning.
  public mutating func next() throws(SQLError) -> ParsedStatement? {
    if isTooLong {
      isTooLong = false
      throw SQLError(
        .programLimit, "SQL text is longer than \(Limits.statementBytesMax) bytes",
        hint: "send it in parts, or load rows with kb-append")
    }
    while true {
      let tokens = try statementTokens()
      if tokens.count > 1 {
        var parser = StatementParser(source: lexer.source, tokens: tokens)
        let statement = try parser.wholeStatement()
        let range = tokens[0].start..<tokens[tokens.count - 2].range.upperBound
        return ParsedStatement(
          statement, range: range, parameterNames: parser.parameterNames, reason: parser.reason,
          of: lexer.source)
      }
      if lexer.position >= lexer.source.count { return nil }
    }
  }

  /// The expression that a stored CHECK or DEFAULT text is.
  ///
  /// Throws `syntaxError` if the whole text is not exactly one, and as `next()` does.
  public static func parseExpression(_ text: String) throws(SQLError) -> Expression {
    var lexer = Lexer(Array(text.utf8))
    var tokens: [Token] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
    var parser = StatementParser(source: lexer.source, tokens: tokens)
    return try parser.wholeExpression()
  }

  /// The query that a stored text of a view is.
  static func parseQuery(_ text: String) throws(SQLError) -> Query {
    var lexer = Lexer(Array(text.utf8))
    var tokens: [Token] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
    var parser = StatementParser(source: lexer.source, tokens: tokens)
    return try parser.wholeQuery()
  }

  /// Whether an interactive shell should run `text` now.
  ///
  /// It should if the text ends in a semicolon outside quotes, comments and parentheses, whatever
  /// else may be wrong with it.
  public static func isComplete(_ text: String) -> Bool {
    var lexer = Lexer(Array(text.utf8))
    var depth = 0
    var endsInSemicolon = false
    while true {
      do throws(SQLError) {
        let token = try lexer.next()
        switch token.kind {
        case .end: return endsInSemicolon
        case .semicolon: endsInSemicolon = depth == 0
        default:
          if token.isSymbol("(") { depth += 1 }
          if token.isSymbol(")") { depth = max(0, depth - 1) }
          endsInSemicolon = false
        }
      } catch {
        if error.message.hasPrefix(Lexer.unterminatedPrefix) { return false }
        endsInSemicolon = false
      }
    }
  }

  /// The tokens up to the next semicolon, closed by an `.end` where that stands.
  private mutating func statementTokens() throws(SQLError) -> [Token] {
    var tokens: [Token] = []
    while true {
      let token: Token
      do throws(SQLError) {
        token = try lexer.next()
      } catch {
        skipStatement()
        throw error
      }
      switch token.kind {
      case .end, .semicolon:
        tokens.append(Token(kind: .end, text: "", range: token.start..<token.start))
        return tokens
      default: tokens.append(token)
      }
    }
  }

  /// Moves behind the next semicolon, so that the rest of a broken statement is not taken for one.
  private mutating func skipStatement() {
    while true {
      do throws(SQLError) {
        let token = try lexer.next()
        if token.kind == .end || token.kind == .semicolon { return }
      } catch {
        // The lexer stands behind what it could not read.
      }
    }
  }
}
