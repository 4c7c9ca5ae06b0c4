// SPDX-License-Identifier: Apache-2.0
// Run-time arithmetic: what SQLite computes otherwise than SQL says, and all of NUMERIC.

extension FunctionRegistry {
  static let numberFunctions: [ScalarFunction] = [
    ScalarFunction(strict: "kb_div", 2, body: divide),
    ScalarFunction(strict: "kb_mod", 2) { (arguments) throws(SQLError) in
      let divisor = try arguments[1].int64()
      if divisor == 0 { throw divisionByZero }
      if divisor == -1 { return .integer(0) }
      return .integer(try arguments[0].int64() % divisor)
    },
    binary("kb_numeric_add") { (a, b) throws(SQLError) in try a.adding(b) },
    binary("kb_numeric_sub") { (a, b) throws(SQLError) in try a.subtracting(b) },
    binary("kb_numeric_mul") { (a, b) throws(SQLError) in try a.multiplied(by: b) },
    binary("kb_numeric_div") { (a, b) throws(SQLError) in try a.divided(by: b) },
    binary("kb_numeric_mod") { (a, b) throws(SQLError) in try a.remainder(dividingBy: b) },
    binary("kb_numeric_power", power),
    ScalarFunction(strict: "kb_numeric_fold", -1) { (arguments) throws(SQLError) in
      var result = try arguments[1].decimal()
      for (op, operand) in zip(try arguments[0].string().utf8, arguments[2...]) {
        let value = try operand.decimal()
        switch op {
        case UInt8(ascii: "+"): result = try result.adding(value)
        case UInt8(ascii: "-"): result = try result.subtracting(value)
        case UInt8(ascii: "*"): result = try result.multiplied(by: value)
        case UInt8(ascii: "/"): result = try result.divided(by: value)
        default: result = try result.remainder(dividingBy: value)
        }
      }
      return .text(result.text)
    },
    unary("kb_numeric_neg") { (value) in value.negated() },
    unary("kb_numeric_abs") { (value) in value.coefficient < 0 ? value.negated() : value },
    unary("kb_numeric_sign") { (value) in Decimal(Int64(value.coefficient.signum())) },
    unary("kb_numeric_floor") { (value) throws(SQLError) in try toward(value, -1) },
    unary("kb_numeric_ceil") { (value) throws(SQLError) in try toward(value, 1) },
    scaled("kb_numeric_round") { (value, scale) throws(SQLError) in
      try value.rounded(toScale: scale)
    },
    scaled("kb_numeric_trunc") { (value, scale) throws(SQLError) in
      try value.truncated(toScale: scale)
    },
    ScalarFunction(strict: "kb_double_round", 1) { (arguments) throws(SQLError) in
      .real(try arguments[0].double().rounded(.toNearestOrEven))
    },
    ScalarFunction(strict: "kb_sqrt", 1) { (arguments) throws(SQLError) in
      let value = try arguments[0].double()
      if value < 0 {
        throw SQLError(.init("2201F"), "cannot take square root of a negative number")
      }
      return .real(value.squareRoot())
    },
    ScalarFunction(strict: "kb_positive", 1) { (arguments) throws(SQLError) in
      if try arguments[0].double() > 0 { return arguments[0] }
      throw SQLError(.init("2201E"), "cannot take logarithm of a number that is not positive")
    },
    ScalarFunction(strict: "kb_window_count", 2) { (arguments) throws(SQLError) in
      if try arguments[0].int64() > 0 { return arguments[0] }
      let name = try arguments[1].string()
      throw SQLError(
        .init(name == "ntile" ? "22014" : "22016"),
        "argument of \(name) must be greater than zero")
    },
    ScalarFunction(strict: "kb_numeric_units", 2) { (arguments) throws(SQLError) in
      let scale = Int(try arguments[1].int64())
      let units = try arguments[0].decimal().rounded(toScale: scale)
      guard let units = Int64(exactly: units.coefficient * Decimal.power(scale - units.scale))
      else { throw Decimal.outOfRange }
      return .integer(units)
    },
    ScalarFunction("kb_avg_result", 2, body: average),
    ScalarFunction("kb_greatest", -1) { (arguments) in extreme(arguments) { $1 > 0 ? $0 : nil } },
    ScalarFunction("kb_least", -1) { (arguments) in extreme(arguments) { $1 < 0 ? $0 : nil } },
    ScalarFunction("kb_numeric_greatest", -1) { (arguments) throws(SQLError) in
      try decimalExtreme(arguments, sign: 1)
    },
    ScalarFunction("kb_numeric_least", -1) { (arguments) throws(SQLError) in
      try decimalExtreme(arguments, sign: -1)
    },
  ]

  static let divisionByZero = SQLError(.divisionByZero, "division by zero")

  @Sendable private static func divide(_ arguments: [Value]) throws(SQLError) -> Value {
    if case .integer(let divisor) = arguments[1], case .integer(let dividend) = arguments[0] {
      if divisor == 0 { throw divisionByZero }
      let (quotient, overflow) = dividend.dividedReportingOverflow(by: divisor)
      if overflow { throw SQLError(.numericOutOfRange, "bigint out of range") }
      return .integer(quotient)
    }
    let divisor = try arguments[1].double()
    if divisor == 0 { throw divisionByZero }
    return .real(try arguments[0].double() / divisor)
  }

  private static func binary(
    _ name: String, _ compute: @escaping @Sendable (Decimal, Decimal) throws(SQLError) -> Decimal
  ) -> ScalarFunction {
    ScalarFunction(strict: name, 2) { (arguments) throws(SQLError) in
      .text(try compute(try arguments[0].decimal(), try arguments[1].decimal()).text)
    }
  }

  private static func unary(
    _ name: String, _ compute: @escaping @Sendable (Decimal) throws(SQLError) -> Decimal
  ) -> ScalarFunction {
    ScalarFunction(strict: name, 1) { (arguments) throws(SQLError) in
      .text(try compute(try arguments[0].decimal()).text)
    }
  }

  private static func scaled(
    _ name: String, _ compute: @escaping @Sendable (Decimal, Int) throws(SQLError) -> Decimal
  ) -> ScalarFunction {
    ScalarFunction(strict: name, 2) { (arguments) throws(SQLError) in
      let scale = try arguments[1].int64()
      let limit = Int64(Decimal.digitsMax)
      return .text(
        try compute(try arguments[0].decimal(), Int(max(min(scale, limit), -2 * limit))).text)
    }
  }

  /// The integer at or beyond a value in the direction of `sign`.
  static func toward(_ value: Decimal, _ sign: Int64) throws(SQLError) -> Decimal {
    let whole = try value.truncated(toScale: 0)
    let isBeyond = value.compare(whole) * Int(sign) > 0
    return isBeyond ? try whole.adding(Decimal(sign)) : whole
  }

  @Sendable private static func power(_ base: Decimal, _ exponent: Decimal) throws(SQLError)
    -> Decimal
  {
    let whole = try exponent.truncated(toScale: 0)
    guard exponent.compare(whole) == 0, let count = Int64(exactly: whole.coefficient),
      count.magnitude <= 1000
    else {
      throw SQLError(
        .featureNotSupported, "a NUMERIC power takes a whole exponent up to 1000",
        hint: "cast the base to DOUBLE PRECISION")
    }
    var result = Decimal(Int64(1))
    for _ in 0..<count.magnitude { result = try result.multiplied(by: base) }
    return count < 0 ? try Decimal(1).divided(by: result) : result
  }

  @Sendable private static func average(_ arguments: [Value]) throws(SQLError) -> Value {
    let count = try arguments[1].int64()
    if count == 0 { return .null }
    let sum: Decimal
    if case .text = arguments[0] {
      sum = try arguments[0].decimal()
    } else {
      sum = Decimal(try arguments[0].int64())
    }
    return .text(try sum.divided(by: Decimal(count)).text)
  }

  /// The extreme of values of one type, NULLs passed over.
  private static func extreme(_ values: [Value], _ better: (Value, Int) -> Value?) -> Value {
    var best = Value.null
    for value in values where value != .null {
      best = best == .null ? value : better(value, order(value, best)) ?? best
    }
    return best
  }

  /// The order of two values of one class, as SQLite's BINARY collation has it.
  private static func order(_ a: Value, _ b: Value) -> Int {
    switch (a, b) {
    case (.integer(let a), .integer(let b)): a < b ? -1 : a > b ? 1 : 0
    case (.real(let a), .real(let b)): a < b ? -1 : a > b ? 1 : 0
    case (.text(let a), .text(let b)):
      a.utf8.lexicographicallyPrecedes(b.utf8)
        ? -1 : b.utf8.lexicographicallyPrecedes(a.utf8) ? 1 : 0
    case (.blob(let a), .blob(let b)):
      a.lexicographicallyPrecedes(b) ? -1 : b.lexicographicallyPrecedes(a) ? 1 : 0
    default: 0
    }
  }

  private static func decimalExtreme(_ values: [Value], sign: Int) throws(SQLError) -> Value {
    var best: Decimal?
    for value in values where value != .null {
      let decimal = try value.decimal()
      guard let known = best else {
        best = decimal
        continue
      }
      if decimal.compare(known) * sign > 0 { best = decimal }
    }
    return best.map { .text($0.text) } ?? .null
  }
}
