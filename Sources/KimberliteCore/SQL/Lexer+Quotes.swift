// SPDX-License-Identifier: Apache-2.0
// The quoted forms of a SQL text: names, strings, byte strings.

extension Lexer {
  private static var quote: UInt8 { UInt8(ascii: "'") }
  private static var backslash: UInt8 { UInt8(ascii: "\\") }

  /// Begins the errors that more text could repair, which `Parser.isComplete` asks for.
  static var unterminatedPrefix: String { "unterminated" }

  func unterminated(_ what: String, at start: Int) -> SQLError {
    error("\(Lexer.unterminatedPrefix) \(what)", at: start)
  }

  mutating func string() throws(SQLError) -> Token {
    let start = position
    let value = try quoted(by: Lexer.quote, "string", from: start)
    return token(.string, value, from: start)
  }

  mutating func quotedIdentifier() throws(SQLError) -> Token {
    let start = position
    let value = try quoted(by: UInt8(ascii: "\""), "quoted name", from: start)
    guard !value.isEmpty else { throw error("a name cannot be empty", at: start) }
    try checkLength(of: value, at: start)
    return token(.quoted, value, from: start)
  }

  /// The text between two `mark`s, where a doubled one stands for itself.
  private mutating func quoted(by mark: UInt8, _ what: String, from start: Int)
    throws(SQLError) -> String
  {
    var bytes: [UInt8] = []
    position += 1
    var from = position
    while let byte = byte(at: position) {
      if byte == 0 { throw zeroByte() }
      position += 1
      guard byte == mark else { continue }
      bytes += source[from..<position - 1]
      if self.byte(at: position) == mark {
        from = position
      } else if mark == Lexer.quote, goesOn() {
        from = position + 1
      } else {
        return String(decoding: bytes, as: UTF8.self)
      }
      position += 1
    }
    throw unterminated(what, at: start)
  }

  /// Whether the string goes on in another line; then the cursor is at its quote there.
  private mutating func goesOn() -> Bool {
    let end = position
    var isNewLine = false
    while let byte = byte(at: position) {
      if byte.isBlank {
        if byte == 0x0A || byte == 0x0D { isNewLine = true }
        position += 1
      } else if byte == UInt8(ascii: "-"), self.byte(at: position + 1) == byte {
        while let byte = self.byte(at: position), byte != 0x0A, byte != 0x0D { position += 1 }
      } else {
        break
      }
    }
    if isNewLine, byte(at: position) == Lexer.quote { return true }
    position = end
    return false
  }

  /// `U&'…'` or `U&"…"`, with UESCAPE behind it.
  mutating func unicodeQuoted() throws(SQLError) -> Token {
    let start = position
    position += 2
    let isName = byte(at: position) == UInt8(ascii: "\"")
    let raw =
      try isName
      ? quoted(by: UInt8(ascii: "\""), "quoted name", from: start)
      : quoted(by: Lexer.quote, "string", from: start)
    let end = position
    var escape: Unicode.Scalar = "\\"
    if let word = try? next(), word.isWord("uescape") {
      let mark = try next()
      guard mark.kind == .string else {
        throw error("UESCAPE must be followed by a simple string literal", at: mark.start)
      }
      guard let only = mark.text.unicodeScalars.first, mark.text.unicodeScalars.count == 1,
        !"+'\"".unicodeScalars.contains(only), !only.properties.isWhitespace,
        !only.isASCII || UInt8(only.value).hexadecimalValue == nil
      else { throw error("invalid Unicode escape character", at: mark.start) }
      escape = only
    } else {
      position = end
    }
    do throws(SQLError) {
      let text = try UnicodeEscapes.decode(raw, escape: escape)
      if isName, text.isEmpty { throw error("a name cannot be empty", at: start) }
      if isName { try checkLength(of: text, at: start) }
      return token(isName ? .quoted : .string, text, from: start)
    } catch {
      throw SQLError(error.state, error.message, at: start, hint: error.hint)
    }
  }

  private func checkLength(of name: String, at start: Int) throws(SQLError) {
    guard name.utf8.count <= Limits.nameBytesMax else {
      throw SQLError(.nameTooLong, "name is longer than \(Limits.nameBytesMax) bytes", at: start)
    }
  }

  private mutating func zeroByte() -> SQLError {
    position += 1
    return error("a NUL byte is not allowed", at: position - 1)
  }

  /// `X'00ff'`.
  mutating func hexadecimalString() throws(SQLError) -> Token {
    let start = position
    position += 1
    let digits = try quoted(by: Lexer.quote, "byte string", from: start)
    for (index, byte) in digits.utf8.enumerated() where byte.hexadecimalValue == nil {
      throw error("a byte string holds hexadecimal digits only", at: start + 2 + index)
    }
    guard digits.utf8.count.isMultiple(of: 2) else {
      throw error("a byte string holds an even number of digits", at: start)
    }
    return token(.bytes, digits, from: start)
  }

  /// `$tag$ … $tag$`: nothing inside is special.
  mutating func dollarString() throws(SQLError) -> Token {
    let start = position
    position += 1
    if byte(at: position) != UInt8(ascii: "$") {
      while let byte = byte(at: position), byte != UInt8(ascii: "$"), isTagByte(byte) {
        position += 1
      }
      guard byte(at: position) == UInt8(ascii: "$") else {
        position = start + 1
        throw error(
          "invalid character \"$\"", at: start, hint: "a parameter is written $1 or :name")
      }
    }
    position += 1
    let tag = source[start..<position]
    let from = position
    while let byte = byte(at: position) {
      if byte == 0 { throw zeroByte() }
      if byte == UInt8(ascii: "$"), source[position...].starts(with: tag) {
        let value = text(from..<position)
        position += tag.count
        return token(.string, value, from: start)
      }
      position += 1
    }
    throw unterminated("dollar-quoted string", at: start)
  }

  private func isTagByte(_ byte: UInt8) -> Bool {
    byte.isDigit || byte.isUpper || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
      || byte == UInt8(ascii: "_") || byte >= 0x80
  }

  /// `E'…'` with the escapes of C.
  mutating func escapeString() throws(SQLError) -> Token {
    let start = position
    position += 2
    var bytes: [UInt8] = []
    while let byte = byte(at: position) {
      if byte == 0 { throw zeroByte() }
      position += 1
      if byte == Lexer.backslash {
        try escape(into: &bytes, from: start)
      } else if byte != Lexer.quote {
        bytes.append(byte)
      } else if self.byte(at: position) == Lexer.quote {
        bytes.append(byte)
        position += 1
      } else if goesOn() {
        position += 1
      } else {
        guard let value = String(validating: bytes, as: UTF8.self) else {
          throw error("the escapes of this string do not make valid UTF-8", at: start)
        }
        return token(.string, value, from: start)
      }
    }
    throw unterminated("string", at: start)
  }

  /// One escape; `position` is behind the backslash.
  private mutating func escape(into bytes: inout [UInt8], from start: Int) throws(SQLError) {
    let backslash = position - 1
    guard let byte = byte(at: position) else { throw unterminated("string", at: start) }
    position += 1
    switch byte {
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "x"):
      bytes.append(try narrow(digits(radix: 16, 1...2, at: backslash), at: backslash))
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      position -= 1
      bytes.append(try narrow(digits(radix: 8, 1...3, at: backslash), at: backslash))
    case UInt8(ascii: "u"):
      bytes += try encoded(digits(radix: 16, 4...4, at: backslash), at: backslash)
    case UInt8(ascii: "U"):
      bytes += try encoded(digits(radix: 16, 8...8, at: backslash), at: backslash)
    case 0:
      position -= 1
      throw zeroByte()
    default: bytes.append(byte)
    }
  }

  private mutating func digits(radix: UInt32, _ count: ClosedRange<Int>, at backslash: Int)
    throws(SQLError) -> UInt32
  {
    let start = position
    var value: UInt32 = 0
    while position - start < count.upperBound,
      let digit = byte(at: position)?.hexadecimalValue, UInt32(digit) < radix
    {
      value = value * radix + UInt32(digit)
      position += 1
    }
    guard position - start >= count.lowerBound else {
      throw error("invalid escape in a string", at: backslash)
    }
    return value
  }

  private func narrow(_ value: UInt32, at backslash: Int) throws(SQLError) -> UInt8 {
    guard let byte = UInt8(exactly: value), byte != 0 else {
      throw error("invalid byte escape in a string", at: backslash)
    }
    return byte
  }

  private func encoded(_ value: UInt32, at backslash: Int) throws(SQLError) -> [UInt8] {
    guard let scalar = Unicode.Scalar(value), value != 0 else {
      throw error("invalid Unicode escape in a string", at: backslash)
    }
    return Array(String(Character(scalar)).utf8)
  }
}
