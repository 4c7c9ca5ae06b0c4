// SPDX-License-Identifier: Apache-2.0
// JSON, RFC 8259, read in place: strict syntax, strict UTF-8, bounded depth, no recursion.
// Stricter than the RFC in two ways: U+0000 and lone surrogates are refused, as no text holds them.

/// What a JSON value is, seen from its first byte.
enum JSONKind: UInt8 {
  case null, yes, no, number, string
  /// A string with a backslash in it.
  case escapedString
  case object, array
}

/// Reads JSON from the front of a run of bytes.
struct JSONScanner: ~Escapable {
  let bytes: Span<UInt8>
  private(set) var position = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  /// The next byte, not consumed; 0 at the end.
  @inline(__always)
  var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

  @inline(__always)
  @_lifetime(self: copy self)
  mutating func skipBlanks() {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
      position += 1
    }
  }

  /// Consumes `byte` if it is next.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func accept(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// An error at the current byte.
  @inline(never)
  func fault(_ message: String) -> InputError {
    InputError(column: position + 1, message)
  }

  /// An error that says what stands where something else should.
  @inline(never)
  func unexpected(want: String) -> InputError {
    guard position < bytes.count else { return fault("not JSON: ends where \(want) should be") }
    let byte = bytes[position]
    let found = byte > 0x20 && byte < 0x7f ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
    return fault("not JSON: \(found) where \(want) should be")
  }

  /// Demands that only blanks are left.
  @_lifetime(self: copy self)
  mutating func finish() throws(InputError) {
    skipBlanks()
    if position < bytes.count { throw unexpected(want: "the end of the line") }
  }

  /// Consumes one value of any kind.
  ///
  /// Its bytes are `start ..< position` after the call.
  @_lifetime(self: copy self)
  mutating func skipValue() throws(InputError) -> JSONKind {
    switch next {
    case UInt8(ascii: "\""): return try skipString() ? .escapedString : .string
    case UInt8(ascii: "{"):
      try skipContainer()
      return .object
    case UInt8(ascii: "["):
      try skipContainer()
      return .array
    default: return try skipScalar()
    }
  }

  @inline(__always)
  @_lifetime(self: copy self)
  private mutating func skipScalar() throws(InputError) -> JSONKind {
    switch next {
    case UInt8(ascii: "t"):
      try skipLiteral("true")
      return .yes
    case UInt8(ascii: "f"):
      try skipLiteral("false")
      return .no
    case UInt8(ascii: "n"):
      try skipLiteral("null")
      return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      try skipNumber()
      return .number
    default: throw unexpected(want: "a value")
    }
  }

  @inline(__always)
  @_lifetime(self: copy self)
  private mutating func skipLiteral(_ literal: StaticString) throws(InputError) {
    for index in 0..<literal.utf8CodeUnitCount {
      guard accept(literal.utf8Start[index]) else { throw unexpected(want: "\(literal)") }
    }
  }

  /// Consumes a number.
  ///
  /// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
  @_lifetime(self: copy self)
  private mutating func skipNumber() throws(InputError) {
    _ = accept(UInt8(ascii: "-"))
    if accept(UInt8(ascii: "0")) {
      if next.isDigit { throw fault("not JSON: a number must not begin with 0") }
    } else {
      try skipDigits()
    }
    if accept(UInt8(ascii: ".")) { try skipDigits() }
    if next | 0x20 == UInt8(ascii: "e") {
      position += 1
      if !accept(UInt8(ascii: "-")) { _ = accept(UInt8(ascii: "+")) }
      try skipDigits()
    }
  }

  @inline(__always)
  @_lifetime(self: copy self)
  private mutating func skipDigits() throws(InputError) {
    let start = position
    while position < bytes.count, bytes[position].isDigit { position += 1 }
    if position == start { throw unexpected(want: "a digit") }
  }

  /// Consumes an object or array.
  ///
  /// One bit a level says which of the two it is.
  @_lifetime(self: copy self)
  private mutating func skipContainer() throws(InputError) {
    var objects: UInt128 = 0
    var depth = 0
    repeat {
      // Here a value begins.
      skipBlanks()
      let byte = next
      if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
        if depth == Limits.jsonDepthMax {
          throw fault("nested deeper than \(Limits.jsonDepthMax) levels")
        }
        position += 1
        depth += 1
        let isObject = byte == UInt8(ascii: "{")
        objects = objects << 1 | (isObject ? 1 : 0)
        skipBlanks()
        if !accept(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
          if isObject { try skipKey() }
          continue
        }
        depth -= 1
        objects >>= 1
      } else if byte == UInt8(ascii: "\"") {
        _ = try skipString()
      } else {
        _ = try skipScalar()
      }
      // Here a value has ended, and with it perhaps what holds it.
      while depth > 0 {
        skipBlanks()
        let isObject = objects & 1 == 1
        if accept(UInt8(ascii: ",")) {
          skipBlanks()
          if isObject { try skipKey() }
          break
        }
        guard accept(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
          throw unexpected(want: isObject ? "',' or '}'" : "',' or ']'")
        }
        depth -= 1
        objects >>= 1
      }
    } while depth > 0
  }

  /// Consumes `"key" :`.
  @_lifetime(self: copy self)
  private mutating func skipKey() throws(InputError) {
    guard next == UInt8(ascii: "\"") else { throw unexpected(want: "a key in double quotes") }
    _ = try skipString()
    skipBlanks()
    guard accept(UInt8(ascii: ":")) else { throw unexpected(want: "':'") }
  }

  /// Consumes a string with its quotes; answers whether a backslash is in it.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func skipString() throws(InputError) -> Bool {
    position += 1
    var escaped = false
    while true {
      skipPlain()
      guard position < bytes.count else { throw fault("not JSON: the string does not end") }
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return escaped
      }
      if byte == UInt8(ascii: "\\") {
        escaped = true
        try skipEscape()
      } else if byte >= 0x80 {
        let length = bytes.withUnsafeBytes { UTF8Validation.sequenceLength($0, position) }
        if length == 0 { throw fault("not UTF-8") }
        position += length
      } else if byte < 0x20 {
        throw fault("not JSON: control character \(byte) in a string")
      } else {
        position += 1
      }
    }
  }

  /// Skips ASCII that needs no attention, eight bytes at a time.
  ///
  /// A byte's high bit is set in `stop` where it is a quote, a backslash, a control character or
  /// not ASCII; a borrow can set it falsely only above a true one, which is found first.
  @inline(__always)
  @_lifetime(self: copy self)
  private mutating func skipPlain() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    while bytes.count - position >= 8 {
      let word = bytes.withUnsafeBytes {
        UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      }
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5c)
      let stop =
        ((quote &- ones) | (backslash &- ones) | (word &- ones &* 0x20) | word) & highs
      if stop != 0 {
        position += stop.trailingZeroBitCount >> 3
        return
      }
      position += 8
    }
  }

  /// Consumes a backslash and what it escapes.
  @_lifetime(self: copy self)
  private mutating func skipEscape() throws(InputError) {
    let start = position
    position += 1
    switch next {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 1
    case UInt8(ascii: "u"):
      let unit = try hexUnit()
      if unit == 0 {
        throw InputError(
          .untranslatableCharacter, column: start + 1,
          "\\u0000 is refused: no text holds U+0000")
      }
      guard unit & 0xf800 == 0xd800 else { return }
      if unit < 0xdc00, accept(UInt8(ascii: "\\")), next == UInt8(ascii: "u") {
        let low = try hexUnit()
        if low & 0xfc00 == 0xdc00 { return }
      }
      throw InputError(column: start + 1, "not JSON: a surrogate without its pair")
    default: throw unexpected(want: "an escape (one of \"\\/bfnrtu)")
    }
  }

  /// Consumes `uXXXX`.
  @_lifetime(self: copy self)
  private mutating func hexUnit() throws(InputError) -> UInt16 {
    position += 1
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = next.hexValue else { throw unexpected(want: "a hex digit") }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}

/// Checks JSON texts.
public enum JSONValidator {
  /// Demands one JSON value with nothing but blanks around it; answers where it lies.
  @discardableResult
  public static func validate(_ text: Span<UInt8>) throws(InputError) -> Range<Int> {
    var scanner = JSONScanner(text)
    scanner.skipBlanks()
    let start = scanner.position
    _ = try scanner.skipValue()
    let end = scanner.position
    try scanner.finish()
    return start..<end
  }
}
