// SPDX-License-Identifier: Apache-2.0

/// Reads a short text form (a date, a number) from the front, byte by byte.
struct TextCursor: ~Escapable {
  let bytes: Span<UInt8>
  private(set) var position = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  /// The next byte, not consumed; 0 at the end.
  @inline(__always)
  var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

  @_lifetime(self: copy self)
  mutating func skip() { position += 1 }

  @_lifetime(self: copy self)
  mutating func move(to position: Int) { self.position = position }

  /// Consumes `byte` if it is next.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func accept(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// Consumes exactly `count` digits.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func digits(_ count: Int) -> Int? {
    guard bytes.count - position >= count else { return nil }
    var value = 0
    for index in position..<(position + count) {
      let digit = bytes[index] &- UInt8(ascii: "0")
      if digit > 9 { return nil }
      value = value * 10 + Int(digit)
    }
    position += count
    return value
  }

  /// Consumes a run of digits; `nil` without one or beyond 18.
  @_lifetime(self: copy self)
  mutating func number() -> Int64? {
    var value: Int64 = 0
    let start = position
    while position < bytes.count, bytes[position].isDigit {
      if position - start == 18 { return nil }
      value = value * 10 + Int64(bytes[position] - UInt8(ascii: "0"))
      position += 1
    }
    return position == start ? nil : value
  }

  /// Consumes the digits of a fraction of a second as microseconds, rounded half up: 0 … 1000000.
  @_lifetime(self: copy self)
  mutating func microseconds() -> Int64? {
    var value: Int64 = 0
    var count = 0
    while position < bytes.count, bytes[position].isDigit {
      let digit = Int64(bytes[position] - UInt8(ascii: "0"))
      if count < 6 { value = value * 10 + digit }
      if count == 6 && digit >= 5 { value += 1 }
      count += 1
      position += 1
    }
    if count == 0 { return nil }
    for _ in 0..<max(0, 6 - count) { value *= 10 }
    return value
  }

  /// Consumes blanks.
  @_lifetime(self: copy self)
  mutating func skipBlanks() {
    while position < bytes.count, bytes[position].isBlank { position += 1 }
  }

  /// Consumes ASCII letters, answered in lower case.
  @_lifetime(self: copy self)
  mutating func word() -> String {
    var word = ""
    while position < bytes.count, bytes[position].isLetter {
      word.unicodeScalars.append(Unicode.Scalar(bytes[position] | 0x20))
      position += 1
    }
    return word
  }
}

extension UInt8 {
  /// Whether this is an ASCII digit.
  @inline(__always)
  var isDigit: Bool { self &- 0x30 <= 9 }
  /// Whether this is an ASCII letter.
  @inline(__always)
  var isLetter: Bool { (self | 0x20) &- 0x61 <= 25 }
  /// Whether this is white space to PostgreSQL's input functions (C's isspace).
  @inline(__always)
  var isBlank: Bool { self == 0x20 || self &- 9 <= 4 }
  /// The value of a hex digit.
  var hexValue: UInt8? {
    switch self {
    case 0x30...0x39: self - 0x30
    case 0x41...0x46: self - 0x41 + 10
    case 0x61...0x66: self - 0x61 + 10
    default: nil
    }
  }
}

extension Span where Element == UInt8 {
  /// Where the bytes lie without white space at both ends.
  var trimmedRange: Range<Int> {
    var start = 0
    var end = count
    while start < end, self[start].isBlank { start += 1 }
    while end > start, self[end - 1].isBlank { end -= 1 }
    return start..<end
  }

  /// The bytes as text; what is not UTF-8 is replaced.
  var text: String { withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
}

extension String {
  /// Calls `body` with the UTF-8 of the string.
  func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
    let bytes = Array(utf8)
    return try body(bytes.span)
  }
}
