// SPDX-License-Identifier: Apache-2.0
// The two text forms of BYTEA: hexadecimal and, to be read only, escaped. PostgreSQL manual 8.4.

extension SQLType {
  /// Reads `\x00ff`, or text with `\\` and `\001`.
  ///
  /// - Throws: 22023 where a hexadecimal text is none, 22P02 where an escape is none.
  func parseBytes(_ text: Span<UInt8>) throws(SQLError) -> [UInt8] {
    if text.count >= 2, text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x") {
      return try BytesText.hexadecimal(text.extracting(2..<text.count))
    }
    guard let bytes = BytesText.escaped(text) else { throw mismatch(text) }
    return bytes
  }
}

enum BytesText {
  /// Reads hex digits in pairs, with blanks between these.
  static func hexadecimal(_ text: Span<UInt8>) throws(SQLError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    var index = 0
    while index < text.count {
      if text[index].isBlank {
        index += 1
        continue
      }
      let high = try digit(text, index)
      guard index + 1 < text.count else {
        throw SQLError(.invalidParameterValue, "invalid hexadecimal data: odd number of digits")
      }
      bytes.append(high << 4 | (try digit(text, index + 1)))
      index += 2
    }
    return bytes
  }

  private static func digit(_ text: Span<UInt8>, _ index: Int) throws(SQLError) -> UInt8 {
    if let digit = text[index].hexValue { return digit }
    let shown = text.extracting(index..<text.count).text.unicodeScalars.first ?? "?"
    throw SQLError(.invalidParameterValue, "invalid hexadecimal digit: \"\(shown)\"")
  }

  /// Reads text in which a backslash begins another or three octal digits; `nil`: it does not.
  static func escaped(_ text: Span<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      let byte = text[index]
      index += 1
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      if index < text.count, text[index] == UInt8(ascii: "\\") {
        bytes.append(byte)
        index += 1
        continue
      }
      guard index + 2 < text.count else { return nil }
      var value = 0
      for digit in index..<index + 3 {
        guard text[digit] >= UInt8(ascii: "0"), text[digit] <= UInt8(ascii: "7") else { return nil }
        value = value << 3 | Int(text[digit] - UInt8(ascii: "0"))
      }
      guard let octet = UInt8(exactly: value) else { return nil }
      bytes.append(octet)
      index += 3
    }
    return bytes
  }

  /// Writes what `escaped` reads, with the bytes 0 and above 127 as octal digits.
  static func escape(_ bytes: [UInt8]) -> String {
    var text = ""
    for byte in bytes {
      switch byte {
      case 0, 128...:
        let digits = String(byte, radix: 8)
        text += "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
      case UInt8(ascii: "\\"): text += "\\\\"
      default: text.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return text
  }
}
