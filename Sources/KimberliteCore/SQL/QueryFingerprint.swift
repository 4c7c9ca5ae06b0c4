// SPDX-License-Identifier: Apache-2.0

/// A statement without its values: what was asked, and nothing of whom.
///
/// Statements that differ only in literals, blanks, comments and the case of keywords have the same.
public struct QueryFingerprint: Sendable, Equatable {
  /// The tokens with `?` for every literal.
  public let text: String
  /// The first 16 bytes of the SHA-256 of `text`, 32 hex digits.
  public let hex: String

  /// The fingerprint of one statement.
  ///
  /// From where it is no SQL on, nothing of it is told.
  public init(_ sql: String) {
    var lexer = Lexer(Array(sql.utf8))
    var text = ""
    var last: Token?
    while let token = try? lexer.next(), token.kind != .end, token.kind != .semicolon {
      if let last, Self.isApart(last, token) { text += " " }
      text += Self.form(of: token)
      last = token
    }
    self.text = text
    hex = String(Digest.hash(Array(text.utf8).span).hex.prefix(32))
  }

  private static func form(of token: Token) -> String {
    switch token.kind {
    case .word, .symbol, .semicolon, .end: token.text
    case .quoted: SQLText.name(token.text)
    case .number, .string, .bytes: "?"
    case .parameter: (token.text.first?.isNumber == true ? "$" : ":") + token.text
    }
  }

  private static func isApart(_ first: Token, _ second: Token) -> Bool {
    ![".", "("].contains { first.isSymbol($0) }
      && ![".", ")", ","].contains { second.isSymbol($0) }
  }
}
