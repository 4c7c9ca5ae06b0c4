// SPDX-License-Identifier: Apache-2.0
// Roots, exponentials, logarithms and powers of decimals, to the digits that PostgreSQL 15 prints:
// its result scales, computed with digits to spare and rounded once.

extension WideDecimal {
  /// Digits beyond those wanted, against the errors of the steps on the way.
  private static let guardDigits = 12
  /// NUMERIC_MAX_RESULT_SCALE.
  private static let resultScaleMax = 2000.0

  /// The scale for a result whose first digit stands at `exponent`.
  private static func scale(exponent: Int, _ operands: WideDecimal...) -> Int {
    let least = operands.reduce(max(significantDigitsMin - exponent, 0)) { max($0, $1.scale) }
    return min(least, displayScaleMax)
  }

  private var isOne: Bool { compare(WideDecimal(1)) == 0 }
  var isWhole: Bool { truncated(toScale: 0).compare(self) == 0 }
  private var double: Double { Double(text) ?? 0 }

  func squareRoot() throws(SQLError) -> WideDecimal {
    if coefficient.isNegative {
      throw SQLError(.init("2201F"), "cannot take square root of a negative number")
    }
    let wanted = Self.scale(exponent: (leadingGroup.weight + 1) * 4 / 2 - 1, self)
    let square = coefficient * BigInteger.powerOfTen(2 * wanted - scale)
    let root = square.squareRoot
    // (r + ½)² = r² + r + ¼
    let rest = square - root * root
    let isUp = rest.compare(root) > 0
    return WideDecimal(coefficient: isUp ? root + BigInteger(1) : root, scale: wanted)
  }

  func exponential() throws(SQLError) -> WideDecimal {
    let weight = min(max(double * 0.434294481903252, -Self.resultScaleMax), Self.resultScaleMax)
    return try exponential(scale: Self.scale(exponent: Int(weight), self))
  }

  /// e to this power: the Taylor series of a small enough part, squared up again.
  private func exponential(scale wanted: Int) throws(SQLError) -> WideDecimal {
    let size = abs(double)
    if size >= Self.resultScaleMax * 3 {
      if !coefficient.isNegative { throw Self.overflow }
      return WideDecimal(coefficient: BigInteger(0), scale: wanted)
    }
    var halvings = 8
    while Double(1 << (halvings - 8)) < size { halvings += 1 }
    let places = wanted + Int(size / 2.302) + halvings / 3 + Self.guardDigits
    let one = BigInteger.powerOfTen(places)
    let part = rounded(toScale: places).coefficient.magnitude.shiftedRight(halvings)
    var sum = one + part
    var term = part
    var index: Int64 = 2
    while !term.isZero {
      term = term * part / one / BigInteger(index)
      sum = sum + term
      index += 1
    }
    for _ in 0..<halvings { sum = sum * sum / one }
    if coefficient.isNegative { sum = one * one / sum }
    return try WideDecimal(coefficient: sum, scale: places).rounded(toScale: wanted).checked()
  }

  func naturalLogarithm() throws(SQLError) -> WideDecimal {
    try requirePositive()
    return naturalLogarithm(scale: Self.scale(exponent: logarithmExponent, self))
  }

  private func requirePositive() throws(SQLError) {
    if coefficient.isZero { throw SQLError(.init("2201E"), "cannot take logarithm of zero") }
    if coefficient.isNegative {
      throw SQLError(.init("2201E"), "cannot take logarithm of a negative number")
    }
  }

  /// The logarithm of m × 10^n is that of m, which lies in 1 … 10, and n times that of 10.
  private func naturalLogarithm(scale wanted: Int) -> WideDecimal {
    let power = exponent
    let places = wanted + Self.guardDigits + "\(power)".utf8.count
    let shift = places - scale - power
    let mantissa =
      shift >= 0
      ? coefficient * BigInteger.powerOfTen(shift) : coefficient / BigInteger.powerOfTen(-shift)
    var sum = Self.logarithm(ofMantissa: mantissa, places)
    if power != 0 {
      let ten = Self.logarithm(ofMantissa: BigInteger.powerOfTen(places + 1), places)
      sum = sum + ten * BigInteger(Int64(power))
    }
    return WideDecimal(coefficient: sum, scale: places).rounded(toScale: wanted)
  }

  /// Five square roots bring 1 … 10 near 1, where 2 artanh((x − 1) / (x + 1)) converges fast.
  private static func logarithm(ofMantissa mantissa: BigInteger, _ places: Int) -> BigInteger {
    let one = BigInteger.powerOfTen(places)
    var root = mantissa
    for _ in 0..<5 { root = (root * one).squareRoot }
    let ratio = (root - one) * one / (root + one)
    let square = ratio * ratio / one
    var power = ratio
    var sum = ratio
    var index: Int64 = 3
    while !power.isZero {
      power = power * square / one
      sum = sum + power / BigInteger(index)
      index += 2
    }
    return sum * BigInteger(64)
  }

  /// About where the first digit of the logarithm stands: PostgreSQL's estimate_ln_dweight.
  private var logarithmExponent: Int {
    let one = WideDecimal(1)
    let isNearOne =
      compare(WideDecimal(coefficient: BigInteger(9), scale: 1)) >= 0
      && compare(WideDecimal(coefficient: BigInteger(11), scale: 1)) <= 0
    if isNearOne {
      guard let distance = try? subtracting(one), !distance.coefficient.isZero else { return 0 }
      return distance.exponent
    }
    let size = naturalLogarithm(scale: 10)
    // PostgreSQL cuts towards zero, so a first digit just behind the point counts as before it.
    return size.exponent < 0 ? size.exponent + 1 : size.exponent
  }

  func logarithm(base: WideDecimal) throws(SQLError) -> WideDecimal {
    try base.requirePositive()
    try requirePositive()
    let (above, below) = (logarithmExponent, base.logarithmExponent)
    let wanted = Self.scale(exponent: above - below, base, self)
    let places = wanted + abs(above) + abs(below) + Self.guardDigits
    return try naturalLogarithm(scale: places)
      .divided(by: base.naturalLogarithm(scale: places), scale: wanted)
  }

  func power(_ exponent: WideDecimal) throws(SQLError) -> WideDecimal {
    if coefficient.isZero, exponent.coefficient.isNegative {
      throw SQLError(.init("2201F"), "zero raised to a negative power is undefined")
    }
    let isWhole = exponent.isWhole
    if isWhole, let count = Int32(exponent.truncated(toScale: 0).text) {
      return try power(Int(count))
    }
    if coefficient.isZero {
      return WideDecimal(coefficient: BigInteger(0), scale: Self.significantDigitsMin)
    }
    if coefficient.isNegative, !isWhole {
      throw SQLError(
        .init("2201F"),
        "a negative number raised to a non-integer power yields a complex result")
    }
    let base = WideDecimal(coefficient: coefficient.magnitude, scale: scale)
    let estimate = try base.naturalLogarithm(scale: max(8 - base.logarithmExponent, 0))
      .multiplied(by: exponent).double
    if abs(estimate) > Self.resultScaleMax * 3.01 {
      if estimate > 0 { throw Self.overflow }
      return WideDecimal(coefficient: BigInteger(0), scale: Self.displayScaleMax)
    }
    let weight = Int(estimate * 0.434294481903252)
    let wanted = Self.scale(exponent: weight, base, exponent)
    let places = wanted + max(weight, 0) + max(exponent.exponent, 0) + Self.guardDigits
    let product = try base.naturalLogarithm(scale: places).multiplied(by: exponent)
    let result = try product.rounded(toScale: places).exponential(scale: wanted)
    let isOdd = exponent.truncated(toScale: 0).coefficient.isOdd
    return coefficient.isNegative && isOdd ? result.negated : result
  }

  /// A whole power, by repeated squaring with as many digits as the result has, and some to spare.
  private func power(_ count: Int) throws(SQLError) -> WideDecimal {
    let wanted = Self.scale(exponent: 0, self)
    switch count {
    case 0: return WideDecimal(1).rounded(toScale: wanted)
    case 1: return rounded(toScale: wanted)
    case -1: return try WideDecimal(1).divided(by: self, scale: wanted)
    case 2:
      return try WideDecimal(coefficient: coefficient * coefficient, scale: 2 * scale)
        .rounded(toScale: wanted).checked()
    default: break
    }
    if coefficient.isZero { return WideDecimal(coefficient: coefficient, scale: wanted) }
    let base = WideDecimal(coefficient: coefficient.magnitude, scale: scale)
    let weight = base.naturalLogarithm(scale: 25).double / 2.302585092994046 * Double(count)
    if weight > Double(Self.wholeDigitsMax) { throw Self.overflow }
    if weight + 1 < Double(-wanted) || weight + 1 < Double(-Self.displayScaleMax) {
      return WideDecimal(coefficient: BigInteger(0), scale: wanted)
    }
    let digits = max(1 + wanted + Int(weight), 1) + "\(count)".utf8.count + Self.guardDigits
    var result = (coefficient: BigInteger(1), scale: 0)
    var square = (coefficient: coefficient, scale: scale)
    var rest = count.magnitude
    while rest > 0 {
      if rest & 1 == 1 {
        result = Self.cut(
          (result.coefficient * square.coefficient, result.scale + square.scale), to: digits)
      }
      rest >>= 1
      if rest > 0 {
        square = Self.cut((square.coefficient * square.coefficient, square.scale * 2), to: digits)
      }
    }
    let shifted = result.scale < 0 ? BigInteger.powerOfTen(-result.scale) : BigInteger(1)
    let whole = WideDecimal(
      coefficient: result.coefficient * shifted, scale: max(result.scale, 0))
    if count < 0 { return try WideDecimal(1).divided(by: whole, scale: wanted) }
    return try whole.rounded(toScale: wanted).checked()
  }

  /// Rounded to so many digits; the scale may become negative.
  private static func cut(_ number: (coefficient: BigInteger, scale: Int), to digits: Int) -> (
    coefficient: BigInteger, scale: Int
  ) {
    let excess = number.coefficient.digitCount - digits
    guard excess > 0 else { return number }
    return (
      number.coefficient.rounded(dividingBy: BigInteger.powerOfTen(excess)), number.scale - excess
    )
  }

  /// The product of 1 … n.
  static func factorial(_ count: Int64) throws(SQLError) -> WideDecimal {
    if count < 0 {
      throw SQLError(.numericOutOfRange, "factorial of a negative number is undefined")
    }
    // 32 178! has more digits than the format.
    if count > 32_177 { throw overflow }
    var product = BigInteger(1)
    for factor in stride(from: Int64(2), through: count, by: 1) {
      product = product * BigInteger(factor)
    }
    return WideDecimal(coefficient: product, scale: 0)
  }

  /// The greatest common divisor at the larger scale.
  func greatestCommonDivisor(_ other: WideDecimal) -> WideDecimal {
    let common = max(scale, other.scale)
    return WideDecimal(
      coefficient: coefficient(atScale: common).greatestCommonDivisor(
        other.coefficient(atScale: common)), scale: common)
  }

  /// The least common multiple at the larger scale, never negative.
  func leastCommonMultiple(_ other: WideDecimal) throws(SQLError) -> WideDecimal {
    let common = max(scale, other.scale)
    let divisor = greatestCommonDivisor(other)
    if divisor.coefficient.isZero {
      return WideDecimal(coefficient: divisor.coefficient, scale: common)
    }
    let product = coefficient(atScale: common) * other.coefficient(atScale: common)
    return try WideDecimal(
      coefficient: (product / divisor.coefficient).magnitude, scale: common
    ).checked()
  }
}
