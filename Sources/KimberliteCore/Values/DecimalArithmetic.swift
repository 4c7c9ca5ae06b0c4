// SPDX-License-Identifier: Apache-2.0
// Exact decimal arithmetic with PostgreSQL 15's result scales, within 38 digits: digits after the
// point that do not fit are rounded off, digits before it are SQLSTATE 22003.

extension Decimal {
  private static let powers: [Int128] = {
    var powers: [Int128] = [1]
    for _ in 0..<digitsMax { powers.append(powers[powers.count - 1] * 10) }
    return powers
  }()

  /// 10 to the power of 0 … 38.
  static func power(_ exponent: Int) -> Int128 { powers[exponent] }

  static let outOfRange = SQLError(
    .numericOutOfRange, "value out of range: a NUMERIC holds 38 digits")

  /// A whole number.
  public init(_ value: Int64) { self.init(coefficient: Int128(value), scale: 0) }

  /// The nearest double.
  public var doubleValue: Double { Double(text) ?? .nan }

  /// Digits of the coefficient; 1 for zero.
  var digitCount: Int {
    let magnitude = coefficient.magnitude
    var count = 1
    while count < Self.digitsMax, magnitude >= UInt128(Self.power(count)) { count += 1 }
    return count
  }

  /// Without trailing zeros after the point.
  public var trimmed: Decimal {
    var result = self
    while result.scale > 0, result.coefficient % 10 == 0 {
      result.coefficient /= 10
      result.scale -= 1
    }
    return result
  }

  /// Fails beyond 38 digits.
  private func checked() throws(SQLError) -> Decimal {
    if coefficient.magnitude >= UInt128(Self.power(Self.digitsMax)) { throw Self.outOfRange }
    return self
  }

  /// Rounded half away from zero, `places` fewer digits.
  private func rounded(dropping places: Int) -> Decimal {
    if places > Self.digitsMax { return Decimal(coefficient: 0, scale: scale - places) }
    let unit = Self.power(places)
    var quotient = coefficient / unit
    let rest = (coefficient % unit).magnitude
    if rest >= unit.magnitude - rest { quotient += coefficient < 0 ? -1 : 1 }
    return Decimal(coefficient: quotient, scale: scale - places)
  }

  /// Rounded half away from zero, or padded with zeros; a negative `toScale` rounds before the
  /// point, to scale 0.
  ///
  /// - Throws: 22003 when the zeros do not fit in 38 digits.
  public func rounded(toScale target: Int) throws(SQLError) -> Decimal {
    // Beyond all digits everything is 0, and `scale - target` must not overflow.
    let target = max(target, -2 * Self.digitsMax)
    if target < scale {
      let result = rounded(dropping: scale - target)
      if target >= 0 { return try result.checked() }
      return try result.multipliedToScaleZero()
    }
    return try padded(toScale: target)
  }

  /// Cut towards zero, or padded with zeros.
  ///
  /// - Throws: 22003 when the zeros do not fit in 38 digits.
  public func truncated(toScale target: Int) throws(SQLError) -> Decimal {
    let target = max(target, -2 * Self.digitsMax)
    if target >= scale { return try padded(toScale: target) }
    let places = scale - target
    let cut = places > Self.digitsMax ? 0 : coefficient / Self.power(places)
    let result = Decimal(coefficient: cut, scale: target)
    return target >= 0 ? result : try result.multipliedToScaleZero()
  }

  private func multipliedToScaleZero() throws(SQLError) -> Decimal {
    if coefficient == 0 { return Decimal(0) }
    guard -scale <= Self.digitsMax else { throw Self.outOfRange }
    let (product, over) = coefficient.multipliedReportingOverflow(by: Self.power(-scale))
    if over { throw Self.outOfRange }
    return try Decimal(coefficient: product, scale: 0).checked()
  }

  private func padded(toScale target: Int) throws(SQLError) -> Decimal {
    guard target <= Self.digitsMax else { throw Self.outOfRange }
    let (product, over) = coefficient.multipliedReportingOverflow(by: Self.power(target - scale))
    if over { throw Self.outOfRange }
    return try Decimal(coefficient: product, scale: target).checked()
  }

  /// Both numbers at one scale: the larger of the two, or the largest at which both fit.
  private static func aligned(_ a: Decimal, _ b: Decimal) throws(SQLError) -> (
    Int128, Int128, scale: Int
  ) {
    if a.scale == b.scale { return (a.coefficient, b.coefficient, a.scale) }
    let room = digitsMax - max(a.digitCount - a.scale, b.digitCount - b.scale)
    let scale = max(min(max(a.scale, b.scale), room), 0)
    let left = try a.rounded(toScale: scale)
    return (left.coefficient, try b.rounded(toScale: scale).coefficient, scale)
  }

  /// The sum; its scale is the larger one.
  ///
  /// - Throws: 22003.
  public func adding(_ other: Decimal) throws(SQLError) -> Decimal {
    let (a, b, scale) = try Self.aligned(self, other)
    // Two numbers of 38 digits may pass Int128's end by their sum: 2 × 10^38 > 1.7 × 10^38.
    let (sum, over) = a.addingReportingOverflow(b)
    if over { throw Self.outOfRange }
    return try Decimal(coefficient: sum, scale: scale).checked()
  }

  /// The number with its sign turned.
  public func negated() -> Decimal { Decimal(coefficient: -coefficient, scale: scale) }

  /// The difference; its scale is the larger one.
  ///
  /// - Throws: 22003.
  public func subtracting(_ other: Decimal) throws(SQLError) -> Decimal {
    try adding(other.negated())
  }

  /// The product; its scale is the sum of the scales.
  ///
  /// - Throws: 22003.
  public func multiplied(by other: Decimal) throws(SQLError) -> Decimal {
    let scale = scale + other.scale
    let (product, over) = coefficient.multipliedReportingOverflow(by: other.coefficient)
    if !over, scale <= Self.digitsMax,
      product.magnitude < UInt128(Self.power(Self.digitsMax))
    {
      return Decimal(coefficient: product, scale: scale)
    }
    return try Self.narrow(
      coefficient.magnitude.multipliedFullWidth(by: other.coefficient.magnitude),
      negative: (coefficient < 0) != (other.coefficient < 0), scale: scale)
  }

  /// Rounds a product of up to 76 digits to at most 38.
  private static func narrow(
    _ product: (high: UInt128, low: UInt128), negative: Bool, scale: Int
  ) throws(SQLError) -> Decimal {
    let limit = UInt128(power(digitsMax))
    // `excess` digits go; the first guess may be one short because rounding can carry.
    for excess in max(0, scale - digitsMax)...max(0, scale) {
      guard let quotient = divide(product, byPower: excess), quotient < limit else { continue }
      let coefficient = Int128(quotient)
      return Decimal(coefficient: negative ? -coefficient : coefficient, scale: scale - excess)
    }
    throw outOfRange
  }

  /// `product / 10^exponent` rounded half up; `nil` when it does not fit 128 bits.
  private static func divide(_ product: (high: UInt128, low: UInt128), byPower exponent: Int)
    -> UInt128?
  {
    if exponent > digitsMax {
      // At most 76 digits less 39 or more: cut in two steps, the first exactly tracked.
      let first = UInt128(power(digitsMax))
      guard product.high < first else { return nil }
      let cut = first.dividingFullWidth(product)
      let unit = UInt128(power(exponent - digitsMax))
      let rest = cut.quotient % unit
      return cut.quotient / unit + (rest >= unit - rest ? 1 : 0)
    }
    let unit = UInt128(power(exponent))
    guard product.high < unit else { return nil }
    let cut = unit.dividingFullWidth(product)
    if exponent == 0 { return cut.quotient }
    return cut.quotient + (cut.remainder >= unit - cut.remainder ? 1 : 0)
  }

  /// The quotient with at least 16 significant digits: PostgreSQL's select_div_scale.
  ///
  /// - Throws: 22012, 22003.
  public func divided(by other: Decimal) throws(SQLError) -> Decimal {
    if other.coefficient == 0 { throw SQLError(.divisionByZero, "division by zero") }
    let wanted = Self.quotientScale(self, other)
    let divisor = other.coefficient.magnitude
    let limit = UInt128(Self.power(Self.digitsMax))
    var (quotient, rest) = coefficient.magnitude.quotientAndRemainder(dividingBy: divisor)
    var place = scale - other.scale
    // Long division: one more digit until the scale is reached or 38 digits are full.
    while place < wanted {
      let (digit, next) = divisor.dividingFullWidth(rest.multipliedFullWidth(by: 10))
      let (longer, over) = quotient.multipliedReportingOverflow(by: 10)
      if over || longer + digit >= limit { break }
      quotient = longer + digit
      rest = next
      place += 1
    }
    if rest >= divisor - rest { quotient += 1 }
    let negative = (coefficient < 0) != (other.coefficient < 0)
    let result = Decimal(
      coefficient: negative ? -Int128(quotient) : Int128(quotient), scale: place)
    if place < 0 { return try result.multipliedToScaleZero() }
    return place > wanted ? try result.rounded(toScale: wanted) : try result.checked()
  }

  /// Weights count in groups of four digits, as PostgreSQL stores them.
  static func quotientScale(_ a: Decimal, _ b: Decimal) -> Int {
    let (weightA, firstA) = a.leadingGroup
    let (weightB, firstB) = b.leadingGroup
    let weight = weightA - weightB - (firstA <= firstB ? 1 : 0)
    return max(16 - weight * 4, a.scale, b.scale, 0)
  }

  /// The power of 10 000 of the first group of four digits that is not zero, and that group.
  private var leadingGroup: (weight: Int, group: Int128) {
    if coefficient == 0 { return (0, 0) }
    let exponent = digitCount - 1 - scale
    let weight = exponent >= 0 ? exponent / 4 : (exponent - 3) / 4
    let shift = weight * 4 + scale
    let magnitude = Int128(coefficient.magnitude)
    if shift < 0 { return (weight, magnitude * Self.power(-shift)) }
    return (weight, magnitude / Self.power(shift))
  }

  /// The remainder of truncating division; it has the sign of `self`.
  ///
  /// - Throws: 22012, 22003.
  public func remainder(dividingBy other: Decimal) throws(SQLError) -> Decimal {
    if other.coefficient == 0 { throw SQLError(.divisionByZero, "division by zero") }
    let scale = max(scale, other.scale)
    let left = try padded(toScale: scale)
    let right = try other.padded(toScale: scale)
    return Decimal(coefficient: left.coefficient % right.coefficient, scale: scale)
  }

  /// Orders by value: -1, 0 or 1; 1.50 equals 1.5.
  public func compare(_ other: Decimal) -> Int {
    if scale == other.scale {
      return coefficient == other.coefficient ? 0 : coefficient < other.coefficient ? -1 : 1
    }
    return text.withSpan { a in other.text.withSpan { b in Self.compareTexts(a, b) } }
  }
}
