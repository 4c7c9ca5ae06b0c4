// SPDX-License-Identifier: Apache-2.0
// Text to tokens, one at a time and in one pass. PostgreSQL manual, "Lexical Structure".
// Quoted forms are in Lexer+Quotes.swift.

/// Reads the tokens of a SQL text.
///
/// After an error it stands behind the offending characters.
struct Lexer: Sendable {
  let source: [UInt8]
  var position = 0

  init(_ source: [UInt8]) { self.source = source }

  /// The next token; `.end` at the end of the text, again and again.
  mutating func next() throws(SQLError) -> Token {
    try skipBlanks()
    let start = position
    guard let byte = byte(at: start) else {
      return Token(kind: .end, text: "", range: start..<start)
    }
    switch byte {
    case UInt8(ascii: ";"):
      position += 1
      return token(.semicolon, ";", from: start)
    case UInt8(ascii: "'"): return try string()
    case UInt8(ascii: "\""): return try quotedIdentifier()
    case UInt8(ascii: "$"): return try dollar()
    case UInt8(ascii: ":"): return try colon()
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "["),
      UInt8(ascii: "]"):
      position += 1
      return token(.symbol, text(start..<position), from: start)
    case UInt8(ascii: "."):
      if let next = self.byte(at: start + 1), next.isDigit { return try number() }
      position += 1
      return token(.symbol, ".", from: start)
    case _ where byte.isDigit: return try number()
    case _ where byte.isOperator: return operatorToken()
    default: return try wordOrPrefixedString()
    }
  }

  func byte(at index: Int) -> UInt8? { index < source.count ? source[index] : nil }

  func text(_ range: Range<Int>) -> String { String(decoding: source[range], as: UTF8.self) }

  func token(_ kind: Token.Kind, _ text: String, from start: Int) -> Token {
    Token(kind: kind, text: text, range: start..<position)
  }

  func error(_ message: String, at start: Int, hint: String? = nil) -> SQLError {
    SQLError(.syntaxError, message, at: start, hint: hint)
  }

  // MARK: Blanks and comments

  private mutating func skipBlanks() throws(SQLError) {
    while let byte = byte(at: position) {
      let next = self.byte(at: position + 1)
      if byte.isBlank {
        position += 1
      } else if byte == UInt8(ascii: "-"), next == UInt8(ascii: "-") {
        while let byte = self.byte(at: position), byte != UInt8(ascii: "\n") { position += 1 }
      } else if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
        try skipBlockComment()
      } else {
        return
      }
    }
  }

  /// Block comments nest, as the standard says and C's do not.
  private mutating func skipBlockComment() throws(SQLError) {
    let start = position
    var depth = 0
    repeat {
      guard let byte = byte(at: position), let next = self.byte(at: position + 1) else {
        position = source.count
        throw unterminated("comment", at: start)
      }
      if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
        depth += 1
        position += 2
      } else if byte == UInt8(ascii: "*"), next == UInt8(ascii: "/") {
        depth -= 1
        position += 2
      } else {
        position += 1
      }
    } while depth > 0
  }

  // MARK: Words

  private mutating func wordOrPrefixedString() throws(SQLError) -> Token {
    let start = position
    if byte(at: start + 1) == UInt8(ascii: "'") {
      switch source[start] {
      case UInt8(ascii: "e"), UInt8(ascii: "E"): return try escapeString()
      case UInt8(ascii: "x"), UInt8(ascii: "X"): return try hexadecimalString()
      case UInt8(ascii: "b"), UInt8(ascii: "B"):
        position += 1
        throw SQLError(.featureNotSupported, "bit strings are not supported", at: start)
      default: break
      }
    }
    if source[start] | 0x20 == UInt8(ascii: "u"), byte(at: start + 1) == UInt8(ascii: "&"),
      let quote = byte(at: start + 2), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    {
      return try unicodeQuoted()
    }
    try skipIdentifier()
    // Only ASCII folds, as in PostgreSQL with UTF-8: the meaning of a stored statement must not
    // change with the version of Unicode.
    let folded = source[start..<position].map { $0.isUpper ? $0 | 0x20 : $0 }
    try checkLength(of: start..<position)
    return token(.word, String(decoding: folded, as: UTF8.self), from: start)
  }

  /// Passes over one identifier; an error if there is none here.
  mutating func skipIdentifier() throws(SQLError) {
    let start = position
    while let byte = byte(at: position) {
      if byte < 0x80 {
        guard byte.beginsName || (position > start && (byte.isDigit || byte == UInt8(ascii: "$")))
        else { break }
        position += 1
      } else {
        let (scalar, length) = scalar(at: position)
        let fits =
          position > start
          ? scalar.properties.isXIDContinue : scalar.properties.isXIDStart
        guard fits else { break }
        position += length
      }
    }
    guard position == start else { return }
    let (scalar, length) = scalar(at: start)
    position += length
    throw error("invalid character \(describe(scalar))", at: start)
  }

  func checkLength(of range: Range<Int>) throws(SQLError) {
    guard range.count <= Limits.nameBytesMax else {
      throw SQLError(
        .nameTooLong, "name is longer than \(Limits.nameBytesMax) bytes", at: range.lowerBound)
    }
  }

  /// The source came from a String, so it is valid UTF-8.
  func scalar(at index: Int) -> (Unicode.Scalar, length: Int) {
    let length: Int
    switch source[index] {
    case ..<0x80: length = 1
    case ..<0xE0: length = 2
    case ..<0xF0: length = 3
    default: length = 4
    }
    let end = min(index + length, source.count)
    let scalar = text(index..<end).unicodeScalars.first ?? "\u{FFFD}"
    return (scalar, end - index)
  }

  private func describe(_ scalar: Unicode.Scalar) -> String {
    if scalar.properties.generalCategory == .control || scalar.value > 0x7E {
      return "U+" + String(repeating: "0", count: max(0, 4 - String(scalar.value, radix: 16).count))
        + String(scalar.value, radix: 16, uppercase: true)
    }
    return "\"\(scalar)\""
  }

  // MARK: Numbers, parameters, operators

  private mutating func number() throws(SQLError) -> Token {
    let start = position
    if source[start] == UInt8(ascii: "0"), let x = byte(at: start + 1),
      x | 0x20 == UInt8(ascii: "x")
    {
      return try hexadecimalNumber()
    }
    skipDigits()
    var written = start == position ? "0" : text(start..<position)
    if byte(at: position) == UInt8(ascii: ".") {
      position += 1
      let digits = position
      skipDigits()
      written += digits == position ? ".0" : "." + text(digits..<position)
    }
    let exponent = position
    if let e = byte(at: position), e | 0x20 == UInt8(ascii: "e") {
      position += 1
      if let sign = byte(at: position), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
        position += 1
      }
      let digits = position
      skipDigits()
      guard position > digits else { throw junk(after: start) }
    }
    try checkNumberEnd(start)
    return token(.number, written + text(exponent..<position), from: start)
  }

  private mutating func hexadecimalNumber() throws(SQLError) -> Token {
    let start = position
    position += 2
    while let byte = byte(at: position), byte.hexadecimalValue != nil { position += 1 }
    guard position > start + 2 else { throw junk(after: start) }
    try checkNumberEnd(start)
    guard let value = UInt64(text(start + 2..<position), radix: 16) else {
      throw SQLError(
        .numericOutOfRange, "hexadecimal number has more than 64 bits", at: start)
    }
    return token(.number, String(value), from: start)
  }

  private mutating func skipDigits() {
    while let byte = byte(at: position), byte.isDigit { position += 1 }
  }

  private mutating func checkNumberEnd(_ start: Int) throws(SQLError) {
    guard let byte = byte(at: position), byte.beginsName || byte >= 0x80 else { return }
    throw junk(after: start)
  }

  private mutating func junk(after start: Int) -> SQLError {
    while let byte = byte(at: position), byte.beginsName || byte.isDigit || byte >= 0x80 {
      position += 1
    }
    let shown = text(start..<min(position, start + 40))
    return error("malformed number \"\(shown)\"", at: start)
  }

  /// `$1`, or a dollar-quoted string.
  private mutating func dollar() throws(SQLError) -> Token {
    let start = position
    guard let next = byte(at: start + 1), next.isDigit else { return try dollarString() }
    position += 1
    skipDigits()
    let digits = text(start + 1..<position)
    if let byte = byte(at: position), byte.beginsName || byte >= 0x80 { throw junk(after: start) }
    // 65535 is the wire protocol's limit; it also keeps the number canonical.
    guard let number = UInt16(digits), number > 0 else {
      throw SQLError(.undefinedParameter, "there is no parameter $\(digits.prefix(20))", at: start)
    }
    return token(.parameter, String(number), from: start)
  }

  /// `::`, or a named parameter.
  ///
  /// Its name keeps its case: it is the caller's, not SQL's.
  private mutating func colon() throws(SQLError) -> Token {
    let start = position
    position += 1
    if byte(at: position) == UInt8(ascii: ":") {
      position += 1
      return token(.symbol, "::", from: start)
    }
    guard let next = byte(at: position), next.beginsName || next >= 0x80 else {
      throw error("invalid character \":\"", at: start, hint: "a parameter is written :name or $1")
    }
    try skipIdentifier()
    try checkLength(of: start + 1..<position)
    return token(.parameter, text(start + 1..<position), from: start)
  }

  /// PostgreSQL's longest operator.
  private static var operatorBytesMax: Int { 63 }

  /// The longest run of operator characters is one operator, except that `+` and `-` end one only
  /// when it has a character that SQL itself does not use: so `a=-1` is three tokens.
  private mutating func operatorToken() -> Token {
    let start = position
    var isSpecial = false
    // A row of signs is read again for each of them: bounded, or a long one would take for ever.
    while position - start < Lexer.operatorBytesMax, let byte = byte(at: position), byte.isOperator
    {
      let next = self.byte(at: position + 1)
      if byte == UInt8(ascii: "-"), next == UInt8(ascii: "-") { break }
      if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") { break }
      switch byte {
      case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"),
        UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="):
        break
      default: isSpecial = true
      }
      position += 1
    }
    while position > start + 1, !isSpecial,
      source[position - 1] == UInt8(ascii: "+") || source[position - 1] == UInt8(ascii: "-")
    {
      position -= 1
    }
    return token(.symbol, text(start..<position), from: start)
  }
}

extension UInt8 {
  var isUpper: Bool { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") }
  /// A letter or underscore: what may begin an identifier.
  fileprivate var beginsName: Bool { isLetter || self == UInt8(ascii: "_") }
  fileprivate var isOperator: Bool {
    switch self {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"),
      UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "~"),
      UInt8(ascii: "!"), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: "%"),
      UInt8(ascii: "^"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "`"),
      UInt8(ascii: "?"):
      true
    default: false
    }
  }
  var hexadecimalValue: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
