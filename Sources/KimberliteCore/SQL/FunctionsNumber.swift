// SPDX-License-Identifier: Apache-2.0
// Run-time functions of numbers: all of NUMERIC, and what is not arithmetic step by step, which is
// in NumberFunction.swift. Functions that need the C library are the shell's.

extension FunctionRegistry {
  static let numberFunctions: [ScalarFunction] =
    numbers.map(\.scalar) + numericFunctions + integerFunctions + [
      ScalarFunction(strict: "kb_double_round", 1) { (arguments) throws(SQLError) in
        .real(try arguments[0].double().rounded(.toNearestOrEven))
      },
      ScalarFunction(strict: "kb_double_sign", 1) { (arguments) throws(SQLError) in
        let value = try arguments[0].double()
        return .real(value > 0 ? 1 : value < 0 ? -1 : 0)
      },
      ScalarFunction(strict: "kb_double_bits", 1) { (arguments) throws(SQLError) in
        .real(Double(bitPattern: UInt64(bitPattern: try arguments[0].int64())))
      },
      ScalarFunction(strict: "kb_width_bucket", 4) { (arguments) throws(SQLError) in
        try bucket(arguments)
      },
      ScalarFunction(strict: "kb_width_bucket_double", 4) { (arguments) throws(SQLError) in
        try doubleBucket(arguments)
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
        let units = try arguments[0].numeric().wide.rounded(toScale: scale)
        guard let units = Int64(units.coefficient(atScale: max(scale, units.scale)).text)
        else { throw Decimal.outOfRange }
        return .integer(units)
      },
      ScalarFunction("kb_avg_result", 2) { (arguments) throws(SQLError) in
        let count = try arguments[1].int64()
        if count == 0 { return .null }
        return .text(try Numeric(try arguments[0].int64()).divided(by: Numeric(count)).text)
      },
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

  // MARK: NUMERIC

  private static let numericFunctions: [ScalarFunction] = [
    ScalarFunction(strict: "kb_fold_numeric", -1) { (arguments) throws(SQLError) in
      var result = try arguments[1].numeric()
      for (op, operand) in zip(try arguments[0].string().utf8, arguments[2...]) {
        let value = try operand.numeric()
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
    unary("neg") { (value) in value.negated },
    unary("abs") { (value) in value.magnitude },
    unary("sign") { (value) in Numeric(Int64(value.signum)) },
    unary("floor") { (value) throws(SQLError) in try value.toward(-1) },
    unary("ceil") { (value) throws(SQLError) in try value.toward(1) },
    unary("trim") { (value) in value.trimmed },
    unary("sqrt") { (value) throws(SQLError) in .wide(try value.wide.squareRoot()) },
    unary("exp") { (value) throws(SQLError) in .wide(try value.wide.exponential()) },
    unary("ln") { (value) throws(SQLError) in .wide(try value.wide.naturalLogarithm()) },
    unary("log10") { (value) throws(SQLError) in
      .wide(try value.wide.logarithm(base: WideDecimal(10)))
    },
    binary("log") { (base, value) throws(SQLError) in
      .wide(try value.wide.logarithm(base: base.wide))
    },
    binary("power") { (base, exponent) throws(SQLError) in
      .wide(try base.wide.power(exponent.wide))
    },
    binary("div") { (a, b) throws(SQLError) in
      .wide(try a.wide.quotientAndRemainder(dividingBy: b.wide).0)
    },
    binary("gcd") { (a, b) in .wide(a.wide.greatestCommonDivisor(b.wide)) },
    binary("lcm") { (a, b) throws(SQLError) in .wide(try a.wide.leastCommonMultiple(b.wide)) },
    scaled("round") { (value, scale) throws(SQLError) in try value.rounded(toScale: scale) },
    scaled("trunc") { (value, scale) throws(SQLError) in try value.truncated(toScale: scale) },
    ScalarFunction(strict: "kb_numeric_scale", 1) { (arguments) throws(SQLError) in
      .integer(Int64(try arguments[0].numeric().scale))
    },
    ScalarFunction(strict: "kb_factorial", 1) { (arguments) throws(SQLError) in
      .text(try WideDecimal.factorial(try arguments[0].int64()).text)
    },
  ]

  private static func unary(
    _ name: String, _ compute: @escaping @Sendable (Numeric) throws(SQLError) -> Numeric
  ) -> ScalarFunction {
    ScalarFunction(strict: "kb_numeric_\(name)", 1) { (arguments) throws(SQLError) in
      .text(try compute(try arguments[0].numeric()).text)
    }
  }

  private static func binary(
    _ name: String, _ compute: @escaping @Sendable (Numeric, Numeric) throws(SQLError) -> Numeric
  ) -> ScalarFunction {
    ScalarFunction(strict: "kb_numeric_\(name)", 2) { (arguments) throws(SQLError) in
      .text(try compute(try arguments[0].numeric(), try arguments[1].numeric()).text)
    }
  }

  /// PostgreSQL takes scales from -2000 to 2000.
  private static func scaled(
    _ name: String, _ compute: @escaping @Sendable (Numeric, Int) throws(SQLError) -> Numeric
  ) -> ScalarFunction {
    ScalarFunction(strict: "kb_numeric_\(name)", 2) { (arguments) throws(SQLError) in
      let scale = Int(max(min(try arguments[1].int64(), 2000), -2000))
      return .text(try compute(try arguments[0].numeric(), scale).text)
    }
  }

  // MARK: Integers

  private static let integerFunctions: [ScalarFunction] = [
    ScalarFunction(strict: "kb_gcd", 2) { (arguments) throws(SQLError) in
      try magnitude(divisor(try arguments[0].int64().magnitude, try arguments[1].int64().magnitude))
    },
    ScalarFunction(strict: "kb_lcm", 2) { (arguments) throws(SQLError) in
      let (a, b) = (try arguments[0].int64().magnitude, try arguments[1].int64().magnitude)
      if a == 0 || b == 0 { return .integer(0) }
      let (product, over) = (a / divisor(a, b)).multipliedReportingOverflow(by: b)
      return try magnitude(over ? .max : product)
    },
    ScalarFunction(strict: "kb_xor", 2) { (arguments) throws(SQLError) in
      .integer(try arguments[0].int64() ^ arguments[1].int64())
    },
    // PostgreSQL's processor takes the count of a shift modulo the bits of the type; a SMALLINT is
    // shifted as 32 bits.
    shift("kb_shift_left_smallint") { (value, count) in
      Int64(Int16(truncatingIfNeeded: Int32(truncatingIfNeeded: value) &<< Int32(count & 31)))
    },
    shift("kb_shift_left_integer") { (value, count) in
      Int64(Int32(truncatingIfNeeded: value) &<< Int32(count & 31))
    },
    shift("kb_shift_left_bigint") { (value, count) in value &<< (count & 63) },
    shift("kb_shift_right_integer") { (value, count) in value &>> (count & 31) },
    shift("kb_shift_right_bigint") { (value, count) in value &>> (count & 63) },
  ]

  private static func shift(
    _ name: String, _ compute: @escaping @Sendable (Int64, Int64) -> Int64
  ) -> ScalarFunction {
    ScalarFunction(strict: name, 2) { (arguments) throws(SQLError) in
      .integer(compute(try arguments[0].int64(), try arguments[1].int64()))
    }
  }

  /// The integer at or beyond a value in the direction of `sign`.
  static func toward(_ value: Decimal, _ sign: Int64) throws(SQLError) -> Decimal {
    let whole = try value.truncated(toScale: 0)
    let isBeyond = value.compare(whole) * Int(sign) > 0
    return isBeyond ? try whole.adding(Decimal(sign)) : whole
  }

  private static func divisor(_ a: UInt64, _ b: UInt64) -> UInt64 {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }

  private static func magnitude(_ number: UInt64) throws(SQLError) -> Value {
    guard let number = Int64(exactly: number) else {
      throw SQLError(.numericOutOfRange, "bigint out of range")
    }
    return .integer(number)
  }

  // MARK: width_bucket

  private static func bucketCount(_ value: Value) throws(SQLError) -> Int64 {
    let count = try value.int64()
    if count > 0 { return count }
    throw SQLError(.init("2201G"), "count must be greater than zero")
  }

  private static let equalBounds = SQLError(.init("2201G"), "lower bound cannot equal upper bound")

  private static func bucket(_ arguments: [Value]) throws(SQLError) -> Value {
    let count = try bucketCount(arguments[3])
    let value = try arguments[0].numeric().wide
    let (low, high) = (try arguments[1].numeric().wide, try arguments[2].numeric().wide)
    let order = low.compare(high)
    if order == 0 { throw equalBounds }
    // From the side where the buckets begin.
    if value.compare(low) * -order < 0 { return .integer(0) }
    if value.compare(high) * -order >= 0 { return .integer(try end(count)) }
    let part = try value.subtracting(low).multiplied(by: WideDecimal(count))
    let whole = try part.quotientAndRemainder(dividingBy: try high.subtracting(low)).0
    return .integer((Int64(whole.text) ?? 0) + 1)
  }

  private static func end(_ count: Int64) throws(SQLError) -> Int64 {
    if count < Int64(Int32.max) { return count + 1 }
    throw SQLError(.numericOutOfRange, "integer out of range")
  }

  private static func doubleBucket(_ arguments: [Value]) throws(SQLError) -> Value {
    let count = try bucketCount(arguments[3])
    let value = try arguments[0].double()
    let (low, high) = (try arguments[1].double(), try arguments[2].double())
    if low.isInfinite || high.isInfinite {
      throw SQLError(.init("2201G"), "lower and upper bounds must be finite")
    }
    if low == high { throw equalBounds }
    let isRising = low < high
    if isRising ? value < low : value > low { return .integer(0) }
    if isRising ? value >= high : value <= high { return .integer(try end(count)) }
    // Halved, so that the distance of the bounds cannot overflow.
    let part = (value / 2 - low / 2) / (high / 2 - low / 2)
    return .integer(min(Int64(part * Double(count)), count - 1) + 1)
  }

  // MARK: Extremes

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
    var best: Numeric?
    for value in values where value != .null {
      let number = try value.numeric()
      guard let known = best else {
        best = number
        continue
      }
      if number.compare(known) * sign > 0 { best = number }
    }
    return best.map { .text($0.text) } ?? .null
  }
}
