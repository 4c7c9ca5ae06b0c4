// SPDX-License-Identifier: Apache-2.0
// The words, strings, numbers and marks of a path. PostgreSQL 15, jsonpath_scan.l.

struct JSONPathToken {
  enum Kind: Equatable {
    /// A key or keyword without quotes.
    case word
    case string
    case number
    /// `$name`
    case variable
    /// One of the operators and marks.
    case mark
    case end
  }
  var kind: Kind
  /// The value: escapes resolved, a variable without `$`.
  var text: String

  func isMark(_ mark: String) -> Bool { kind == .mark && text == mark }
  /// Keywords ignore case, but for `true`, `false` and `null`.
  func isWord(_ word: String) -> Bool { kind == .word && text.lowercased() == word }
}

/// Reads the tokens of a path.
struct JSONPathLexer {
  private let source: [UInt8]
  private var position = 0

  init(_ path: String) { source = Array(path.utf8) }

  static func error(_ message: String) -> SQLError {
    SQLError(.syntaxError, "\(message) of jsonpath input")
  }

  private func byte(_ distance: Int = 0) -> UInt8? {
    position + distance < source.count ? source[position + distance] : nil
  }

  private static let doubleMarks = ["**", "&&", "||", "==", "<>", "!=", "<=", ">="]

  mutating func next() throws(SQLError) -> JSONPathToken {
    try skipBlanks()
    guard let first = byte() else { return JSONPathToken(kind: .end, text: "") }
    switch first {
    case UInt8(ascii: "\""): return JSONPathToken(kind: .string, text: try quoted())
    case UInt8(ascii: "$"):
      if byte(1) == UInt8(ascii: "\"") {
        position += 1
        return JSONPathToken(kind: .variable, text: try quoted())
      }
      if let next = byte(1), !Self.isSpecial(next) {
        position += 1
        return JSONPathToken(kind: .variable, text: try word())
      }
      position += 1
      return JSONPathToken(kind: .mark, text: "$")
    case _ where first.isDigit || (first == UInt8(ascii: ".") && byte(1)?.isDigit == true):
      return try number()
    case _ where Self.isSpecial(first):
      if let second = byte(1) {
        let pair = String(decoding: [first, second], as: UTF8.self)
        if Self.doubleMarks.contains(pair) {
          position += 2
          return JSONPathToken(kind: .mark, text: pair == "!=" ? "<>" : pair)
        }
      }
      position += 1
      return JSONPathToken(kind: .mark, text: String(decoding: [first], as: UTF8.self))
    default: return JSONPathToken(kind: .word, text: try word())
    }
  }

  /// What no word without quotes holds.
  private static func isSpecial(_ byte: UInt8) -> Bool {
    if byte.isBlank { return true }
    switch byte {
    case UInt8(ascii: "?"), UInt8(ascii: "%"), UInt8(ascii: "$"), UInt8(ascii: "."),
      UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"),
      UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "|"), UInt8(ascii: "&"),
      UInt8(ascii: "!"), UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"),
      UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: ","), UInt8(ascii: "*"),
      UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "/"),
      UInt8(ascii: "\""):
      return true
    default: return false
    }
  }

  private mutating func skipBlanks() throws(SQLError) {
    while let first = byte() {
      if first.isBlank {
        position += 1
      } else if first == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
        position += 2
        while byte() != UInt8(ascii: "*") || byte(1) != UInt8(ascii: "/") {
          guard byte() != nil else { throw Self.error("unexpected end of comment at end") }
          position += 1
        }
        position += 2
      } else {
        return
      }
    }
  }

  private mutating func number() throws(SQLError) -> JSONPathToken {
    let start = position
    while byte()?.isDigit == true { position += 1 }
    let whole = position - start
    if byte() == UInt8(ascii: ".") {
      position += 1
      while byte()?.isDigit == true { position += 1 }
    }
    if let e = byte(), e | 0x20 == UInt8(ascii: "e") {
      position += 1
      if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") { position += 1 }
      guard byte()?.isDigit == true else { throw junk(start) }
      while byte()?.isDigit == true { position += 1 }
    }
    if whole > 1, source[start] == UInt8(ascii: "0") { throw junk(start) }
    if let next = byte(), !Self.isSpecial(next) { throw junk(start) }
    let text = String(decoding: source[start..<position], as: UTF8.self)
    return JSONPathToken(kind: .number, text: text)
  }

  private func junk(_ start: Int) -> SQLError {
    let shown = String(decoding: source[start..<min(position + 1, source.count)], as: UTF8.self)
    return Self.error("trailing junk after numeric literal at or near \"\(shown)\"")
  }

  private mutating func word() throws(SQLError) -> String {
    var text: [UInt8] = []
    while let next = byte(), !Self.isSpecial(next) {
      if next == UInt8(ascii: "\\") {
        try escape(into: &text)
      } else {
        text.append(next)
        position += 1
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func quoted() throws(SQLError) -> String {
    position += 1
    var text: [UInt8] = []
    while let next = byte() {
      switch next {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &text)
      default:
        text.append(next)
        position += 1
      }
    }
    throw Self.error("unterminated quoted string at end")
  }

  /// A backslash and what it escapes.
  private mutating func escape(into text: inout [UInt8]) throws(SQLError) {
    position += 1
    guard let kind = byte() else { throw Self.error("unexpected end after backslash at end") }
    position += 1
    switch kind {
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "v"): text.append(0x0b)
    case UInt8(ascii: "x"): try append(try hexadecimal(2), to: &text)
    case UInt8(ascii: "u"): try unicode(into: &text)
    default: text.append(kind)
    }
  }

  private mutating func hexadecimal(_ count: Int) throws(SQLError) -> UInt32 {
    var number: UInt32 = 0
    for _ in 0..<count {
      guard let digit = byte()?.hexValue else {
        throw Self.error("invalid hexadecimal character sequence at or near the backslash")
      }
      number = number << 4 | UInt32(digit)
      position += 1
    }
    return number
  }

  /// `\uXXXX`, a pair of them, or `\u{X…}`.
  private mutating func unicode(into text: inout [UInt8]) throws(SQLError) {
    if byte() == UInt8(ascii: "{") {
      position += 1
      var count = 0
      while byte(count)?.hexValue != nil { count += 1 }
      guard (1...6).contains(count), byte(count) == UInt8(ascii: "}") else {
        throw Self.error("invalid Unicode escape sequence at or near the backslash")
      }
      try append(try hexadecimal(count), to: &text)
      position += 1
      return
    }
    var scalar = try hexadecimal(4)
    if scalar & 0xfc00 == 0xd800, byte() == UInt8(ascii: "\\"), byte(1) == UInt8(ascii: "u") {
      position += 2
      let low = try hexadecimal(4)
      guard low & 0xfc00 == 0xdc00 else { throw Self.surrogate }
      scalar = 0x10000 + (scalar & 0x3ff) << 10 + (low & 0x3ff)
    }
    try append(scalar, to: &text)
  }

  private static var surrogate: SQLError {
    SQLError(.invalidText, "a jsonpath holds a surrogate without its pair")
  }

  private func append(_ number: UInt32, to text: inout [UInt8]) throws(SQLError) {
    if number == 0 {
      throw SQLError(.untranslatableCharacter, "\\u0000 cannot be converted to text")
    }
    guard let scalar = Unicode.Scalar(number) else { throw Self.surrogate }
    text += Array(String(Character(scalar)).utf8)
  }
}
