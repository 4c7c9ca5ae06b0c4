// SPDX-License-Identifier: Apache-2.0
// Decimals from general text, and the order of canonical texts without reading them as numbers.

extension Decimal {
  /// What a text is.
  enum Scan {
    /// `exact`: no digit other than 0 was beyond the 38 that are kept.
    case number(Decimal, exact: Bool)
    case outOfRange
    case notANumber
  }

  /// Reads `[+-]digits[.digits][e[+-]digits]`; a digit may be missing on one side of the point.
  public init?(parsing text: String) {
    let scan = text.withSpan { text in Self.scan(text.extracting(text.trimmedRange)) }
    guard case .number(let number, exact: true) = scan else { return nil }
    self = number
  }

  /// Reads a number; the text has no blanks at its ends.
  static func scan(_ text: Span<UInt8>) -> Scan {
    var cursor = TextCursor(text)
    let negative = cursor.accept(UInt8(ascii: "-"))
    if !negative { _ = cursor.accept(UInt8(ascii: "+")) }
    var digits = DigitSum()
    var seen = false
    while cursor.next.isDigit || (!digits.afterPoint && cursor.next == UInt8(ascii: ".")) {
      if cursor.next == UInt8(ascii: ".") {
        digits.afterPoint = true
      } else {
        digits.add(cursor.next - UInt8(ascii: "0"))
        seen = true
      }
      cursor.skip()
    }
    guard seen else { return .notANumber }
    var exponent = 0
    if cursor.next | 0x20 == UInt8(ascii: "e") {
      cursor.skip()
      let down = cursor.accept(UInt8(ascii: "-"))
      if !down { _ = cursor.accept(UInt8(ascii: "+")) }
      guard cursor.next.isDigit else { return .notANumber }
      while cursor.next.isDigit {
        exponent = min(exponent * 10 + Int(cursor.next - UInt8(ascii: "0")), 100_000)
        cursor.skip()
      }
      if down { exponent = -exponent }
    }
    guard cursor.isAtEnd else { return .notANumber }
    return digits.number(negative: negative, exponent: exponent)
  }

  /// Orders two canonical texts by value: -1, 0 or 1.
  ///
  /// Trailing zeros of the fraction do not count.
  public static func compareTexts(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let negativeA = a.first == UInt8(ascii: "-")
    let negativeB = b.first == UInt8(ascii: "-")
    if negativeA != negativeB { return negativeA ? -1 : 1 }
    let order = compareMagnitudes(a, b, from: negativeA ? 1 : 0)
    return negativeA ? -order : order
  }

  /// Orders two canonical texts by value: -1, 0 or 1.
  public static func compareTexts(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
    a.withUnsafeBytes { a in b.withUnsafeBytes { b in compareTexts(a, b) } }
  }

  /// More digits before the point is larger; else the first different digit decides.
  private static func compareMagnitudes(
    _ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, from start: Int
  ) -> Int {
    let point = UInt8(ascii: ".")
    let zero = UInt8(ascii: "0")
    var endA = start
    var endB = start
    while endA < a.count, a[endA] != point { endA += 1 }
    while endB < b.count, b[endB] != point { endB += 1 }
    if endA != endB { return endA < endB ? -1 : 1 }
    let last = max(a.count, b.count)
    var index = start
    while index < last {
      let digitA = index < a.count ? a[index] : index == endA ? point : zero
      let digitB = index < b.count ? b[index] : index == endB ? point : zero
      if digitA != digitB { return digitA < digitB ? -1 : 1 }
      index += 1
    }
    return 0
  }
}

/// Sums digits up to the 38 that a decimal holds.
private struct DigitSum {
  var afterPoint = false
  private var low: UInt64 = 0
  private var high: UInt128 = 0
  /// Significant digits in `low` and in all.
  private var lowCount = 0
  private var count = 0
  private var scale = 0
  /// Digits before the point that were dropped.
  private var dropped = 0
  private var exact = true

  init() {}

  @inline(__always)
  mutating func add(_ digit: UInt8) {
    if count == 0 && digit == 0 {
      if afterPoint { scale += 1 }
      return
    }
    if count >= Decimal.digitsMax {
      if digit != 0 { exact = false }
      if !afterPoint { dropped += 1 }
      return
    }
    if lowCount == 18 { fold() }
    low = low * 10 + UInt64(digit)
    lowCount += 1
    count += 1
    if afterPoint { scale += 1 }
  }

  private mutating func fold() {
    high = high * UInt128(Decimal.power(lowCount)) + UInt128(low)
    low = 0
    lowCount = 0
  }

  mutating func number(negative: Bool, exponent: Int) -> Decimal.Scan {
    fold()
    var coefficient = Int128(high)
    var places = scale - exponent - dropped
    if coefficient == 0 {
      return .number(
        Decimal(coefficient: 0, scale: min(max(places, 0), Decimal.digitsMax)), exact: true)
    }
    if places < 0 {
      guard count - places <= Decimal.digitsMax else { return .outOfRange }
      coefficient *= Decimal.power(-places)
      places = 0
    }
    var kept = exact
    while places > Decimal.digitsMax {
      // Zeros go silently; other digits are beyond what a decimal holds.
      if coefficient % 10 != 0 { kept = false }
      coefficient /= 10
      places -= 1
      if coefficient == 0 { places = Decimal.digitsMax }
    }
    return .number(
      Decimal(coefficient: negative ? -coefficient : coefficient, scale: places), exact: kept)
  }
}
