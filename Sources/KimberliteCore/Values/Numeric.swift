// SPDX-License-Identifier: Apache-2.0
// NUMERIC while it is computed with: what fits 38 digits in 128 bits, everything else at any
// length. Which of the two it is never shows in a result.

/// A number of NUMERIC arithmetic.
enum Numeric: Sendable {
  case small(Decimal)
  case wide(WideDecimal)

  /// Reads canonical text.
  init?(_ text: String) {
    if let decimal = Decimal(canonical: text) {
      self = .small(decimal)
    } else if let wide = WideDecimal(canonical: text) {
      self = .wide(wide)
    } else {
      return nil
    }
  }

  init(_ value: Int64) { self = .small(Decimal(value)) }

  /// A sum of integers.
  init(_ value: Int128) {
    self = .small(Decimal(coefficient: value, scale: 0))
    if value.magnitude >= UInt128(Decimal.power(Decimal.digitsMax)) { self = .wide(wide) }
  }

  var text: String {
    switch self {
    case .small(let decimal): decimal.text
    case .wide(let wide): wide.text
    }
  }

  var wide: WideDecimal {
    switch self {
    case .small(let decimal): WideDecimal(decimal)
    case .wide(let wide): wide
    }
  }

  /// -1, 0 or 1.
  var signum: Int {
    switch self {
    case .small(let decimal): Int(decimal.coefficient.signum())
    case .wide(let wide): wide.coefficient.isZero ? 0 : wide.coefficient.isNegative ? -1 : 1
    }
  }

  var scale: Int {
    switch self {
    case .small(let decimal): decimal.scale
    case .wide(let wide): wide.scale
    }
  }

  /// Digits of the coefficient; 1 for zero.
  var digitCount: Int {
    switch self {
    case .small(let decimal): decimal.digitCount
    case .wide(let wide): wide.coefficient.digitCount
    }
  }

  /// The decimal of a double's 15 significant digits, or a single's 6, as PostgreSQL converts; `nil`
  /// for NaN and infinities.
  init?(_ value: Double, digits: Int) {
    let description = digits == 6 ? Float(value).description : value.description
    guard let number = description.withSpan({ WideDecimal(parsing: $0) }) else { return nil }
    let excess = number.coefficient.digitCount - digits
    let rounded = excess > 0 ? number.rounded(toScale: number.scale - excess) : number
    self.init(rounded.trimmed.text)
  }

  // MARK: Arithmetic

  /// A result within 38 digits counts where it has the scale that PostgreSQL gives it: then nothing
  /// was rounded off for want of room.
  private static func exact(_ scale: Int, _ compute: () throws(SQLError) -> Decimal) -> Numeric? {
    guard let result = try? compute(), result.scale == scale else { return nil }
    return .small(result)
  }

  func adding(_ other: Numeric) throws(SQLError) -> Numeric {
    if case .small(let a) = self, case .small(let b) = other,
      let sum = Self.exact(max(a.scale, b.scale), { () throws(SQLError) in try a.adding(b) })
    {
      return sum
    }
    return .wide(try wide.adding(other.wide))
  }

  var negated: Numeric {
    switch self {
    case .small(let decimal): .small(decimal.negated())
    case .wide(let wide): .wide(wide.negated)
    }
  }

  var magnitude: Numeric { signum < 0 ? negated : self }

  func subtracting(_ other: Numeric) throws(SQLError) -> Numeric { try adding(other.negated) }

  func multiplied(by other: Numeric) throws(SQLError) -> Numeric {
    if case .small(let a) = self, case .small(let b) = other,
      let product = Self.exact(
        a.scale + b.scale, { () throws(SQLError) in try a.multiplied(by: b) })
    {
      return product
    }
    return .wide(try wide.multiplied(by: other.wide))
  }

  func divided(by other: Numeric) throws(SQLError) -> Numeric {
    if other.signum == 0 { throw FunctionRegistry.divisionByZero }
    if case .small(let a) = self, case .small(let b) = other,
      let quotient = Self.exact(
        Decimal.quotientScale(a, b), { () throws(SQLError) in try a.divided(by: b) })
    {
      return quotient
    }
    return .wide(try wide.divided(by: other.wide))
  }

  func remainder(dividingBy other: Numeric) throws(SQLError) -> Numeric {
    if other.signum == 0 { throw FunctionRegistry.divisionByZero }
    if case .small(let a) = self, case .small(let b) = other,
      let rest = Self.exact(
        max(a.scale, b.scale), { () throws(SQLError) in try a.remainder(dividingBy: b) })
    {
      return rest
    }
    return .wide(try wide.quotientAndRemainder(dividingBy: other.wide).1)
  }

  /// Rounded half away from zero; a negative `target` rounds before the point.
  func rounded(toScale target: Int) throws(SQLError) -> Numeric {
    if case .small(let decimal) = self,
      let result = Self.exact(
        max(target, 0), { () throws(SQLError) in try decimal.rounded(toScale: target) })
    {
      return result
    }
    return .wide(try wide.rounded(toScale: target).checked())
  }

  /// Cut towards zero.
  func truncated(toScale target: Int) throws(SQLError) -> Numeric {
    if case .small(let decimal) = self,
      let result = Self.exact(
        max(target, 0), { () throws(SQLError) in try decimal.truncated(toScale: target) })
    {
      return result
    }
    return .wide(wide.truncated(toScale: target))
  }

  var trimmed: Numeric {
    switch self {
    case .small(let decimal): .small(decimal.trimmed)
    case .wide(let wide): .wide(wide.trimmed)
    }
  }

  func compare(_ other: Numeric) -> Int {
    if case .small(let a) = self, case .small(let b) = other { return a.compare(b) }
    return wide.compare(other.wide)
  }

  /// The integer at or beyond it in the direction of `sign`.
  func toward(_ sign: Int64) throws(SQLError) -> Numeric {
    let whole = try truncated(toScale: 0)
    let isBeyond = compare(whole) * Int(sign) > 0
    return isBeyond ? try whole.adding(Numeric(sign)) : whole
  }

  /// The nearest 64-bit integer, half away from zero.
  var int64: Int64? {
    guard let whole = try? rounded(toScale: 0) else { return nil }
    return Int64(whole.text)
  }
}
