// SPDX-License-Identifier: Apache-2.0
// CREATE INDEX … USING fts (columns) WITH (tokenize = '…').

extension StatementParser {
  /// `USING btree`, which is what there is without, or `USING fts`.
  mutating func indexMethod() throws(SQLError) -> Bool {
    guard accept("using") else { return false }
    if accept("fts") { return true }
    if accept("btree") { return false }
    throw unsupported("USING \(token.text.uppercased()) in CREATE INDEX", hint: "there is fts")
  }

  /// `WITH (tokenize = '…')`.
  mutating func tokenizer() throws(SQLError) -> TextLiteral? {
    guard accept("with") else { return nil }
    try expect(symbol: "(")
    guard accept("tokenize") else { throw syntaxError(expected: "TOKENIZE") }
    try expect(symbol: "=")
    guard token.kind == .string else {
      throw syntaxError(expected: "a string such as 'porter' or 'trigram'")
    }
    let literal = TextLiteral(token.text, at: token.start)
    advance()
    try expect(symbol: ")")
    return literal
  }
}
