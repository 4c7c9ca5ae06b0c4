// SPDX-License-Identifier: Apache-2.0
// Integers and floats as text: the shortest digits that read back as the same value, written as
// PostgreSQL writes them (1.5, 1e+20, 1e-05, NaN, Infinity).

extension ByteBuffer {
  /// Appends an integer in decimal.
  public mutating func append(decimal value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(decimal: value.magnitude)
  }

  /// Appends an integer in decimal.
  public mutating func append(decimal value: UInt64) {
    if value < 10 {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value))
      return
    }
    var length = 1
    var bound: UInt64 = 10
    while value >= bound {
      length += 1
      let (next, over) = bound.multipliedReportingOverflow(by: 10)
      if over { break }
      bound = next
    }
    append(room: length) { room in
      var rest = value
      var at = length
      while at > 0 {
        at -= 1
        room[at] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      return length
    }
  }

  /// Appends a double.
  public mutating func append(double value: Double) {
    if appendPlain(value) { return }
    append(description: value.description, plainBelow: 15)
  }

  /// Appends a single-precision float.
  public mutating func append(float value: Float) {
    append(description: value.description, plainBelow: 6)
  }

  /// The common case, without a String: up to 15 digits of which up to six follow the point.
  ///
  /// Decimals of up to 15 digits map to different doubles, so the one that maps back is shortest.
  private mutating func appendPlain(_ value: Double) -> Bool {
    let size = abs(value)
    guard size < 1e9, size >= 1e-4 else { return false }
    let scaled = (size * 1e6).rounded(.toNearestOrEven)
    guard scaled / 1e6 == size else { return false }
    let micros = Int64(scaled)
    if value < 0 { append(UInt8(ascii: "-")) }
    append(decimal: micros / 1_000_000)
    append(fraction: Int(micros % 1_000_000))
    return true
  }

  /// Rewrites Swift's shortest digits ("1e-05", "1.5", "12.0", "1.2e+20") in PostgreSQL's way:
  /// plain where -4 ≤ exponent < `plainBelow`, else with an exponent of at least two digits.
  private mutating func append(description: String, plainBelow: Int) {
    switch description {
    case "nan", "-nan": return append(utf8: "NaN")
    case "inf": return append(utf8: "Infinity")
    case "-inf": return append(utf8: "-Infinity")
    default: break
    }
    var digits: [UInt8] = []
    var pointAt: Int?
    var exponent = 0
    var bytes = description.utf8[...]
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "-"): append(byte)
      case UInt8(ascii: "."): pointAt = digits.count
      case UInt8(ascii: "e"):
        exponent = Int(Substring(bytes)) ?? 0
        bytes = bytes[bytes.endIndex...]
      default: digits.append(byte)
      }
    }
    let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
    exponent += (pointAt ?? digits.count) - 1 - leading
    digits.removeFirst(leading)
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    if digits.isEmpty { return append(UInt8(ascii: "0")) }
    append(digits: digits, exponent: exponent, plainBelow: plainBelow)
  }

  private mutating func append(digits: [UInt8], exponent: Int, plainBelow: Int) {
    let zero = UInt8(ascii: "0")
    let point = UInt8(ascii: ".")
    if exponent < -4 || exponent >= plainBelow {
      append(digits[0])
      if digits.count > 1 {
        append(point)
        append(Array(digits[1...]))
      }
      append(UInt8(ascii: "e"))
      append(exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
      if abs(exponent) < 10 { append(zero) }
      append(decimal: Int64(abs(exponent)))
    } else if exponent < 0 {
      append(zero)
      append(point)
      for _ in 0..<(-exponent - 1) { append(zero) }
      append(digits)
    } else {
      for index in 0..<max(digits.count, exponent + 1) {
        if index == exponent + 1 { append(point) }
        append(index < digits.count ? digits[index] : zero)
      }
    }
  }
}

/// Reads integers and floats.
///
/// The text has no blanks at its ends.
enum NumberText {
  /// What a text is.
  enum Outcome<Number> {
    case number(Number)
    /// A number that the type cannot hold.
    case outOfRange
    case notANumber
  }

  /// `[+-]digits` within 64 bits.
  @inline(__always)
  static func integer(_ text: Span<UInt8>) -> Outcome<Int64> {
    var index = 0
    let negative = text.count > 0 && text[0] == UInt8(ascii: "-")
    if negative || (text.count > 0 && text[0] == UInt8(ascii: "+")) { index = 1 }
    guard index < text.count else { return .notANumber }
    var value: Int64 = 0
    var over = false
    while index < text.count {
      let digit = text[index] &- UInt8(ascii: "0")
      if digit > 9 { return .notANumber }
      // Summed as a negative number: its range is the larger one.
      let (product, overProduct) = value.multipliedReportingOverflow(by: 10)
      let (sum, overSum) = product.subtractingReportingOverflow(Int64(digit))
      over = over || overProduct || overSum
      value = sum
      index += 1
    }
    if over || (!negative && value == .min) { return .outOfRange }
    return .number(negative ? value : -value)
  }

  /// Whether the text is `[+-]digits[.digits][e[+-]digits]`; a digit may be missing on one side of
  /// the point.
  ///
  /// `zero`: all digits before the exponent are zero.
  static func floatForm(_ text: Span<UInt8>) -> (valid: Bool, zero: Bool) {
    var cursor = TextCursor(text)
    if !cursor.accept(UInt8(ascii: "-")) { _ = cursor.accept(UInt8(ascii: "+")) }
    var digits = 0
    var zero = true
    var point = false
    while cursor.next.isDigit || (!point && cursor.next == UInt8(ascii: ".")) {
      if cursor.next == UInt8(ascii: ".") {
        point = true
      } else {
        digits += 1
        if cursor.next != UInt8(ascii: "0") { zero = false }
      }
      cursor.skip()
    }
    if digits > 0, cursor.next | 0x20 == UInt8(ascii: "e") {
      cursor.skip()
      if !cursor.accept(UInt8(ascii: "-")) { _ = cursor.accept(UInt8(ascii: "+")) }
      if !cursor.next.isDigit { return (false, false) }
      while cursor.next.isDigit { cursor.skip() }
    }
    return (digits > 0 && cursor.isAtEnd, zero)
  }

  /// A double, correctly rounded; NaN and Infinity in any case.
  static func double(_ text: Span<UInt8>) -> Outcome<Double> {
    if let exact = simple(text) { return .number(exact) }
    return float(text) { Double($0) }
  }

  /// A single-precision float, rounded once.
  static func single(_ text: Span<UInt8>) -> Outcome<Float> {
    float(text) { Float($0) }
  }

  private static func float<F: BinaryFloatingPoint>(
    _ text: Span<UInt8>, _ convert: (String) -> F?
  ) -> Outcome<F> {
    let form = floatForm(text)
    guard form.valid else {
      switch text.text.lowercased() {
      case "nan": return .number(.nan)
      case "infinity", "inf", "+infinity", "+inf": return .number(.infinity)
      case "-infinity", "-inf": return .number(-.infinity)
      default: return .notANumber
      }
    }
    guard let value = convert(text.text) else { return .notANumber }
    if value.isInfinite || (value == 0 && !form.zero) { return .outOfRange }
    return .number(value)
  }

  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

  /// `-?digits[.digits]` of at most 15 digits: both parts are exact doubles, so one division
  /// rounds correctly (Clinger 1990).
  @inline(__always)
  private static func simple(_ text: Span<UInt8>) -> Double? {
    guard text.count > 0, text.count <= 17 else { return nil }
    let negative = text[0] == UInt8(ascii: "-")
    var index = negative ? 1 : 0
    var value: Int64 = 0
    var digits = 0
    var scale = -1
    while index < text.count {
      let digit = text[index] &- UInt8(ascii: "0")
      if digit <= 9 {
        value = value * 10 + Int64(digit)
        digits += 1
        if scale >= 0 { scale += 1 }
      } else if text[index] == UInt8(ascii: "."), scale < 0 {
        scale = 0
      } else {
        return nil
      }
      index += 1
    }
    guard digits > 0, digits <= 15 else { return nil }
    let size = scale > 0 ? Double(value) / powers[scale] : Double(value)
    return negative ? -size : size
  }
}
