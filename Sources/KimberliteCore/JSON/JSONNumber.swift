// SPDX-License-Identifier: Apache-2.0

/// Numbers of JSONB: NUMERIC's text, of as many digits as PostgreSQL's NUMERIC has, which is more
/// than our own.
enum JSONNumber {
  /// Digits before the point and behind it that PostgreSQL's NUMERIC holds.
  private static let (wholeDigitsMax, scaleMax) = (131_072, 16_383)

  /// The text without exponent of a JSON number: `1.50e1` is `15.0`, `1E2` is `100`.
  ///
  /// - Throws: 22003 where it has more digits than NUMERIC.
  static func canonical(_ text: Span<UInt8>) throws(SQLError) -> String {
    var isPlain = true
    for index in 0..<text.count where text[index] | 0x20 == UInt8(ascii: "e") { isPlain = false }
    if isPlain, text.count <= scaleMax, text[0] != UInt8(ascii: "-") { return text.text }
    var digits: [UInt8] = []
    var places = 0
    var index = text[0] == UInt8(ascii: "-") ? 1 : 0
    var isFraction = false
    while index < text.count, text[index] | 0x20 != UInt8(ascii: "e") {
      if text[index] == UInt8(ascii: ".") {
        isFraction = true
      } else {
        digits.append(text[index])
        if isFraction { places += 1 }
      }
      index += 1
    }
    places -= exponent(text, from: index + 1)
    let isZero = digits.allSatisfy { $0 == UInt8(ascii: "0") }
    let whole = digits.drop { $0 == UInt8(ascii: "0") }.count - places
    if places > scaleMax || (!isZero && whole > wholeDigitsMax) {
      throw SQLError(.numericOutOfRange, "value overflows numeric format")
    }
    let isNegative = text[0] == UInt8(ascii: "-") && !isZero
    return (isNegative ? "-" : "") + plain(isZero ? [UInt8(ascii: "0")] : digits, places: places)
  }

  private static func exponent(_ text: Span<UInt8>, from start: Int) -> Int {
    guard start < text.count else { return 0 }
    let isNegative = text[start] == UInt8(ascii: "-")
    var number = 0
    for index in start..<text.count where text[index].isDigit {
      number = min(number * 10 + Int(text[index] - UInt8(ascii: "0")), 1_000_000_000)
    }
    return isNegative ? -number : number
  }

  /// Digits with a point before the last `places` of them.
  private static func plain(_ digits: [UInt8], places: Int) -> String {
    var digits = Array(digits.drop { $0 == UInt8(ascii: "0") })
    if digits.isEmpty { digits = [UInt8(ascii: "0")] }
    if places <= 0 {
      if digits != [UInt8(ascii: "0")] {
        digits += Array(repeating: UInt8(ascii: "0"), count: -places)
      }
      return String(decoding: digits, as: UTF8.self)
    }
    if digits.count <= places {
      digits = Array(repeating: UInt8(ascii: "0"), count: places + 1 - digits.count) + digits
    }
    digits.insert(UInt8(ascii: "."), at: digits.count - places)
    return String(decoding: digits, as: UTF8.self)
  }
}
