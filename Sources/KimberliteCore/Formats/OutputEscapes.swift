// SPDX-License-Identifier: Apache-2.0
// How text is quoted in each output format.

extension ByteBuffer {
  /// Appends text as a JSON string, RFC 8259 §7.
  ///
  /// Runs without escapes are copied whole.
  mutating func append(json text: Span<UInt8>) {
    append(UInt8(ascii: "\""))
    var start = 0
    while true {
      let end = text.firstToEscape(from: start)
      append(text.extracting(start..<end))
      if end == text.count { break }
      append(UInt8(ascii: "\\"))
      switch text[end] {
      case 0x08: append(UInt8(ascii: "b"))
      case 0x09: append(UInt8(ascii: "t"))
      case 0x0a: append(UInt8(ascii: "n"))
      case 0x0c: append(UInt8(ascii: "f"))
      case 0x0d: append(UInt8(ascii: "r"))
      case let byte where byte < 0x20:
        append(utf8: "u00")
        append(hex: byte)
      case let byte: append(byte)
      }
      start = end + 1
    }
    append(UInt8(ascii: "\""))
  }

  /// Appends JSON text on one line: a line end in valid JSON is always between tokens.
  mutating func append(oneLineJSON text: Span<UInt8>) {
    for index in 0..<text.count { append(text[index] < 0x20 ? 0x20 : text[index]) }
  }

  /// Appends a field of CSV, RFC 4180; the empty text is quoted, for NULL is the empty field.
  mutating func append(csv text: Span<UInt8>) {
    var isPlain = text.count > 0
    for index in 0..<text.count {
      let byte = text[index]
      if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 0x0a || byte == 0x0d {
        isPlain = false
        break
      }
    }
    guard !isPlain else { return append(text) }
    append(UInt8(ascii: "\""))
    for index in 0..<text.count {
      if text[index] == UInt8(ascii: "\"") { append(UInt8(ascii: "\"")) }
      append(text[index])
    }
    append(UInt8(ascii: "\""))
  }

  /// Appends a field of PostgreSQL's COPY text.
  mutating func append(copy text: Span<UInt8>) {
    for index in 0..<text.count {
      switch text[index] {
      case UInt8(ascii: "\\"): append(utf8: "\\\\")
      case 0x08: append(utf8: "\\b")
      case 0x09: append(utf8: "\\t")
      case 0x0a: append(utf8: "\\n")
      case 0x0b: append(utf8: "\\v")
      case 0x0c: append(utf8: "\\f")
      case 0x0d: append(utf8: "\\r")
      case let byte: append(byte)
      }
    }
  }

  /// Appends text of HTML.
  mutating func append(html text: Span<UInt8>) {
    for index in 0..<text.count {
      switch text[index] {
      case UInt8(ascii: "&"): append(utf8: "&amp;")
      case UInt8(ascii: "<"): append(utf8: "&lt;")
      case UInt8(ascii: ">"): append(utf8: "&gt;")
      case UInt8(ascii: "\""): append(utf8: "&quot;")
      case UInt8(ascii: "'"): append(utf8: "&#39;")
      case let byte: append(byte)
      }
    }
  }

  /// Appends text of a Markdown table's cell (GFM); a line end becomes `<br>`.
  mutating func append(markdown text: Span<UInt8>) {
    for index in 0..<text.count {
      switch text[index] {
      case UInt8(ascii: "&"): append(utf8: "&amp;")
      case UInt8(ascii: "<"): append(utf8: "&lt;")
      case UInt8(ascii: ">"): append(utf8: "&gt;")
      case 0x0d: break
      case 0x0a: append(utf8: "<br>")
      case UInt8(ascii: "|"), UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "*"),
        UInt8(ascii: "_"), UInt8(ascii: "["), UInt8(ascii: "]"):
        append(UInt8(ascii: "\\"))
        append(text[index])
      case let byte: append(byte)
      }
    }
  }
}

extension Span where Element == UInt8 {
  /// The first quote, backslash or control character from `start` on, eight bytes at a time.
  @inline(__always)
  fileprivate func firstToEscape(from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var index = start
    while count - index >= 8 {
      let word = withUnsafeBytes {
        UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      }
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5c)
      // A borrow can set a high bit falsely only above a true one, which is found first.
      let hits =
        ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
        | ((word &- ones &* 0x20) & ~word)
      let stop = hits & 0x8080_8080_8080_8080
      if stop != 0 { return index + stop.trailingZeroBitCount >> 3 }
      index += 8
    }
    while index < count {
      let byte = self[index]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
      index += 1
    }
    return index
  }
}
