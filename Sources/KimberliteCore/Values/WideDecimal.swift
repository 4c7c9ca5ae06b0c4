// SPDX-License-Identifier: Apache-2.0
// Decimals of any length, with PostgreSQL 15's result scales (src/backend/utils/adt/numeric.c).
// For what does not fit a `Decimal`; what is stored always does.

/// An exact decimal number: `coefficient × 10^-scale`, of up to 131072 digits before the point and
/// 16383 after it.
struct WideDecimal: Sendable {
  var coefficient: BigInteger
  var scale: Int

  /// NUMERIC_MIN_SIG_DIGITS.
  static let significantDigitsMin = 16
  /// NUMERIC_MAX_DISPLAY_SCALE: the largest scale of a quotient, root or logarithm.
  static let displayScaleMax = 1000
  static let wholeDigitsMax = 131_072
  static let scaleMax = 16_383

  static let overflow = SQLError(.numericOutOfRange, "value overflows numeric format")

  init(coefficient: BigInteger, scale: Int) {
    self.coefficient = coefficient
    self.scale = scale
  }

  init(_ value: Int64) { self.init(coefficient: BigInteger(value), scale: 0) }

  init(_ decimal: Decimal) {
    self.init(coefficient: BigInteger(digits: "\(decimal.coefficient)"), scale: decimal.scale)
  }

  /// Reads `-?digits[.digits]`.
  init?(canonical text: String) {
    var digits: [UInt8] = []
    digits.reserveCapacity(text.utf8.count)
    var scale: Int?
    for (index, byte) in text.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "-") where index == 0: digits.append(byte)
      case UInt8(ascii: ".") where scale == nil && index > 0: scale = 0
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits.append(byte)
        if let known = scale { scale = known + 1 }
      default: return nil
      }
    }
    guard let last = digits.last, last != UInt8(ascii: "-"), scale != 0 else { return nil }
    self.init(
      coefficient: BigInteger(digits: String(decoding: digits, as: UTF8.self)), scale: scale ?? 0)
  }

  /// Reads `[+-]digits[.digits][e[+-]digits]`; a digit may be missing on one side of the point.
  init?(parsing text: Span<UInt8>) {
    var cursor = TextCursor(text)
    var digits: [UInt8] = []
    if cursor.accept(UInt8(ascii: "-")) {
      digits.append(UInt8(ascii: "-"))
    } else {
      _ = cursor.accept(UInt8(ascii: "+"))
    }
    var scale: Int?
    while cursor.next.isDigit || (scale == nil && cursor.next == UInt8(ascii: ".")) {
      if cursor.next.isDigit {
        digits.append(cursor.next)
        if let known = scale { scale = known + 1 }
      } else {
        scale = 0
      }
      cursor.skip()
    }
    var exponent = 0
    if cursor.next | 0x20 == UInt8(ascii: "e") {
      cursor.skip()
      let isDown = cursor.accept(UInt8(ascii: "-"))
      if !isDown { _ = cursor.accept(UInt8(ascii: "+")) }
      guard let number = cursor.number(), number <= 2 * Int64(Self.wholeDigitsMax) else {
        return nil
      }
      exponent = isDown ? -Int(number) : Int(number)
    }
    guard cursor.isAtEnd, let last = digits.last, last != UInt8(ascii: "-") else { return nil }
    let places = (scale ?? 0) - exponent
    let whole = BigInteger(digits: String(decoding: digits, as: UTF8.self))
    self.init(whole, atNegativeOr: places)
  }

  /// The canonical text.
  var text: String {
    var digits = coefficient.magnitude.text
    if scale > 0 {
      if digits.utf8.count <= scale {
        digits = String(repeating: "0", count: scale + 1 - digits.utf8.count) + digits
      }
      let point = digits.index(digits.endIndex, offsetBy: -scale)
      digits = digits[..<point] + "." + digits[point...]
    }
    return coefficient.isNegative ? "-" + digits : digits
  }

  /// The exponent of the first digit: 0 for 1 … 9.
  var exponent: Int { coefficient.digitCount - 1 - scale }

  /// Fails where PostgreSQL's format would.
  func checked() throws(SQLError) -> WideDecimal {
    if exponent >= Self.wholeDigitsMax { throw Self.overflow }
    return scale > Self.scaleMax ? rounded(toScale: Self.scaleMax) : self
  }

  // MARK: Scales

  /// The coefficient at a scale that is not smaller.
  func coefficient(atScale target: Int) -> BigInteger {
    target == scale ? coefficient : coefficient * BigInteger.powerOfTen(target - scale)
  }

  /// Rounded half away from zero, or padded; a negative target rounds before the point, to scale 0.
  func rounded(toScale target: Int) -> WideDecimal {
    if target >= scale {
      return WideDecimal(coefficient: coefficient(atScale: target), scale: target)
    }
    let cut = coefficient.rounded(dividingBy: BigInteger.powerOfTen(scale - target))
    return Self(cut, atNegativeOr: target)
  }

  /// Cut towards zero, or padded.
  func truncated(toScale target: Int) -> WideDecimal {
    if target >= scale {
      return WideDecimal(coefficient: coefficient(atScale: target), scale: target)
    }
    return Self(coefficient / BigInteger.powerOfTen(scale - target), atNegativeOr: target)
  }

  private init(_ coefficient: BigInteger, atNegativeOr scale: Int) {
    if scale >= 0 {
      self.init(coefficient: coefficient, scale: scale)
    } else {
      self.init(coefficient: coefficient * BigInteger.powerOfTen(-scale), scale: 0)
    }
  }

  /// Without trailing zeros after the point.
  var trimmed: WideDecimal {
    var result = self
    let ten = BigInteger(10)
    while result.scale > 0 {
      let (quotient, rest) = result.coefficient.quotientAndRemainder(dividingBy: ten)
      if !rest.isZero { break }
      result = WideDecimal(coefficient: quotient, scale: result.scale - 1)
    }
    return result
  }

  // MARK: Arithmetic

  private func aligned(_ other: WideDecimal) -> (BigInteger, BigInteger, scale: Int) {
    let common = max(scale, other.scale)
    return (coefficient(atScale: common), other.coefficient(atScale: common), common)
  }

  func adding(_ other: WideDecimal) throws(SQLError) -> WideDecimal {
    let (a, b, scale) = aligned(other)
    return try WideDecimal(coefficient: a + b, scale: scale).checked()
  }

  var negated: WideDecimal { WideDecimal(coefficient: coefficient.negated, scale: scale) }

  func subtracting(_ other: WideDecimal) throws(SQLError) -> WideDecimal {
    try adding(other.negated)
  }

  func multiplied(by other: WideDecimal) throws(SQLError) -> WideDecimal {
    try WideDecimal(coefficient: coefficient * other.coefficient, scale: scale + other.scale)
      .checked()
  }

  /// The quotient, of PostgreSQL's select_div_scale unless a scale is given.
  func divided(by other: WideDecimal, scale wanted: Int? = nil) throws(SQLError) -> WideDecimal {
    if other.coefficient.isZero { throw FunctionRegistry.divisionByZero }
    let wanted = wanted ?? Self.quotientScale(self, other)
    let shift = wanted + other.scale - scale
    let above = shift > 0 ? coefficient * BigInteger.powerOfTen(shift) : coefficient
    let below = shift < 0 ? other.coefficient * BigInteger.powerOfTen(-shift) : other.coefficient
    return try WideDecimal(coefficient: above.rounded(dividingBy: below), scale: wanted).checked()
  }

  /// The whole quotient, towards zero, and the remainder, which has the sign of `self`.
  func quotientAndRemainder(dividingBy other: WideDecimal) throws(SQLError) -> (
    WideDecimal, WideDecimal
  ) {
    if other.coefficient.isZero { throw FunctionRegistry.divisionByZero }
    let (a, b, scale) = aligned(other)
    let (quotient, rest) = a.quotientAndRemainder(dividingBy: b)
    return (
      WideDecimal(coefficient: quotient, scale: 0), WideDecimal(coefficient: rest, scale: scale)
    )
  }

  func compare(_ other: WideDecimal) -> Int {
    let (a, b, _) = aligned(other)
    return a.compare(b)
  }

  /// Weights count in groups of four digits, as PostgreSQL stores them.
  private static func quotientScale(_ a: WideDecimal, _ b: WideDecimal) -> Int {
    let (weightA, firstA) = a.leadingGroup
    let (weightB, firstB) = b.leadingGroup
    let isLess = firstA.compare(firstB) <= 0
    let weight = weightA - weightB - (isLess ? 1 : 0)
    return min(max(significantDigitsMin - weight * 4, a.scale, b.scale, 0), displayScaleMax)
  }

  /// The power of 10 000 of the first group of four digits that is not zero, and that group.
  var leadingGroup: (weight: Int, group: BigInteger) {
    if coefficient.isZero { return (0, BigInteger(0)) }
    let exponent = exponent
    let weight = exponent >= 0 ? exponent / 4 : (exponent - 3) / 4
    let shift = weight * 4 + scale
    let magnitude = coefficient.magnitude
    return (
      weight,
      shift < 0
        ? magnitude * BigInteger.powerOfTen(-shift) : magnitude / BigInteger.powerOfTen(shift)
    )
  }
}
