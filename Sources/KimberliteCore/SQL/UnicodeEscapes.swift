// SPDX-License-Identifier: Apache-2.0
// `\0041` and `\+01F600`: the escapes of U&'…', U&"…" and unistr(). SQL:2011 §5.3.

enum UnicodeEscapes {
  /// The text with its escapes resolved.
  ///
  /// `isFunction`: of `unistr`, which knows `\u` and `\U` as well.
  static func decode(_ text: String, escape: Unicode.Scalar, isFunction: Bool = false)
    throws(SQLError) -> String
  {
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    var high: UInt32?
    var index = 0
    func digits(_ start: Int, _ count: Int) -> UInt32? {
      guard start + count <= scalars.count else { return nil }
      var value: UInt32 = 0
      for scalar in scalars[start..<start + count] {
        guard scalar.isASCII, let digit = UInt8(scalar.value).hexadecimalValue else { return nil }
        value = value << 4 | UInt32(digit)
      }
      return value
    }
    while index < scalars.count {
      guard scalars[index] == escape else {
        if high != nil { throw invalidPair }
        result.append(scalars[index])
        index += 1
        continue
      }
      let next = index + 1 < scalars.count ? scalars[index + 1] : nil
      if next == escape {
        if high != nil { throw invalidPair }
        result.append(escape)
        index += 2
        continue
      }
      let unit: UInt32
      if let value = digits(index + 1, 4) {
        unit = value
        index += 5
      } else if next == "+", let value = digits(index + 2, 6) {
        unit = value
        index += 8
      } else if isFunction, next == "u", let value = digits(index + 2, 4) {
        unit = value
        index += 6
      } else if isFunction, next == "U", let value = digits(index + 2, 8) {
        unit = value
        index += 10
      } else {
        throw SQLError(
          .syntaxError, "invalid Unicode escape",
          hint: isFunction
            ? "Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX."
            : "Unicode escapes must be \\XXXX or \\+XXXXXX.")
      }
      if let first = high {
        guard unit & 0xFFFF_FC00 == 0xDC00 else { throw invalidPair }
        high = nil
        let value = 0x10000 + (first & 0x3FF) << 10 + unit & 0x3FF
        if let scalar = Unicode.Scalar(value) { result.append(scalar) }
      } else if unit & 0xFFFF_FC00 == 0xD800 {
        high = unit
      } else if unit & 0xFFFF_FC00 == 0xDC00 {
        throw invalidPair
      } else {
        guard unit != 0, let scalar = Unicode.Scalar(unit) else {
          if !isFunction { throw SQLError(.syntaxError, "invalid Unicode escape value") }
          let digits = String(unit, radix: 16, uppercase: true)
          throw SQLError(
            .invalidParameterValue,
            "invalid Unicode code point: "
              + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits)
        }
        result.append(scalar)
      }
    }
    if high != nil { throw invalidPair }
    return String(result)
  }

  private static var invalidPair: SQLError {
    SQLError(.syntaxError, "invalid Unicode surrogate pair")
  }
}
