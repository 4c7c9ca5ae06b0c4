// SPDX-License-Identifier: Apache-2.0

/// One lexical element of a statement, with its place in the source.
struct Token: Sendable {
  enum Kind: Sendable {
    /// An unquoted identifier or keyword; `text` is folded to lower case.
    case word
    /// `"Quoted"`: never a keyword; `text` is the name itself.
    case quoted
    /// `text` is decimal digits, point and exponent, with a digit on both sides of the point;
    /// hexadecimal is converted.
    case number
    /// `text` is the value, escapes resolved.
    case string
    /// `X'00ff'`; `text` is the hexadecimal digits, an even number of them.
    case bytes
    /// `text` is the name without `$` or `:`.
    case parameter
    /// An operator or punctuation mark.
    case symbol
    case semicolon
    /// The end of the statement or of the text.
    case end
  }

  var kind: Kind
  var text: String
  /// UTF-8 bytes of the source.
  var range: Range<Int>

  var start: Int { range.lowerBound }

  func isWord(_ word: String) -> Bool { kind == .word && text == word }

  func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
}
