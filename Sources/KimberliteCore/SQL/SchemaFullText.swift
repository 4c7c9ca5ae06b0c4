// SPDX-License-Identifier: Apache-2.0
// What an index of words may be made of. https://www.sqlite.org/fts5.html

extension Binder {
  /// How texts are taken apart where nothing is said: words without case and accents.
  private static let tokenizeUnsaid = "unicode61 remove_diacritics 2"

  /// Names of FTS5's own, which no column of an index can have.
  private static let ftsNames: Set<String> = ["rank", "rowid"]

  /// Refuses what has no words.
  func requireWords(_ column: Column, descending: Bool, at position: Int) throws(SQLError) {
    if descending {
      throw SQLError(.syntaxError, "an index of words has no order", at: position)
    }
    if column.type.family != .text {
      throw SQLError(
        .datatypeMismatch,
        "an index of words is of TEXT; column \"\(column.name)\" is of type "
          + column.type.messageName, at: position)
    }
    if Self.ftsNames.contains(column.storageName.lowercased()) {
      throw SQLError(
        .reservedName, "a column named \"\(column.name)\" cannot be searched", at: position)
    }
  }

  /// The tokenizer of an index of words, as FTS5 writes it.
  func tokenizer(_ statement: CreateIndexStatement) throws(SQLError) -> String {
    if statement.unique {
      throw SQLError(
        .featureNotSupported, "an index of words cannot be unique", at: statement.position)
    }
    guard let literal = statement.tokenize else { return Self.tokenizeUnsaid }
    let words = literal.text.split(separator: " ").map(String.init)
    var rest = words[...]
    if rest.first == "porter" { rest = rest.dropFirst() }
    var allowed: [String: [String]] = [:]
    switch rest.first {
    case nil where words == ["porter"]: break
    case "unicode61": allowed = ["remove_diacritics": ["0", "1", "2"]]
    case "trigram": allowed = ["case_sensitive": ["0", "1"]]
    case "ascii": break
    default: throw Self.unknownTokenizer(literal)
    }
    rest = rest.dropFirst()
    while let option = rest.first {
      guard let values = allowed[option], let value = rest.dropFirst().first,
        values.contains(value)
      else { throw Self.unknownTokenizer(literal) }
      allowed[option] = nil
      rest = rest.dropFirst(2)
    }
    return words.joined(separator: " ")
  }

  private static func unknownTokenizer(_ literal: TextLiteral) -> SQLError {
    SQLError(
      .invalidParameterValue, "there is no tokenizer \"\(literal.text)\"", at: literal.position,
      hint: "there are 'unicode61 [remove_diacritics 0|1|2]', 'ascii', "
        + "'trigram [case_sensitive 0|1]', and 'porter' before one of them")
  }
}
