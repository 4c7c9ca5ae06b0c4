// SPDX-License-Identifier: Apache-2.0
// Arithmetic whose every step is checked, as PostgreSQL checks it: an integer that leaves its type
// or a float that overflows is 22003. These run for each row of a query, so they are given as
// functions of plain numbers, which the shell calls without making a `Value`.

/// A function of numbers; NULL where an argument is.
public struct NumberFunction: Sendable {
  /// What it computes.
  public enum Body: Sendable {
    case integer(@Sendable (Int64) throws(SQLError) -> Int64)
    case double(@Sendable (Double) throws(SQLError) -> Double)
    case doubles(@Sendable (Double, Double) throws(SQLError) -> Double)
    /// The first argument is a text of operators, one character each; they are done from left to
    /// right on the others, of which there is one more.
    case integerChain(@Sendable (UInt8, Int64, Int64) throws(SQLError) -> Int64)
    /// As `integerChain`, on doubles.
    case doubleChain(@Sendable (UInt8, Double, Double) throws(SQLError) -> Double)
  }

  /// Its name in SQLite.
  public let name: String
  /// What it computes.
  public let body: Body

  /// A function of known parts.
  public init(_ name: String, _ body: Body) {
    self.name = name
    self.body = body
  }

  /// -1: any number.
  public var argumentCount: Int {
    switch body {
    case .integer, .double: 1
    case .doubles: 2
    case .integerChain, .doubleChain: -1
    }
  }

  /// The same as a function of values.
  var scalar: ScalarFunction {
    ScalarFunction(strict: name, argumentCount) { (arguments) throws(SQLError) in
      switch body {
      case .integer(let compute): return .integer(try compute(try arguments[0].int64()))
      case .double(let compute): return .real(try compute(try arguments[0].double()))
      case .doubles(let compute):
        return .real(try compute(try arguments[0].double(), try arguments[1].double()))
      case .integerChain(let compute):
        var result = try arguments[1].int64()
        for (op, operand) in zip(try arguments[0].string().utf8, arguments[2...]) {
          result = try compute(op, result, try operand.int64())
        }
        return .integer(result)
      case .doubleChain(let compute):
        var result = try arguments[1].double()
        for (op, operand) in zip(try arguments[0].string().utf8, arguments[2...]) {
          result = try compute(op, result, try operand.double())
        }
        return .real(result)
      }
    }
  }
}

extension FunctionRegistry {
  /// The functions of plain numbers; they are also among the scalars.
  public static let numbers: [NumberFunction] =
    [SQLType.smallint, .integer, .bigint].flatMap { type in
      [
        NumberFunction(
          "kb_to_\(type.functionKey)",
          .integer { (number) throws(SQLError) in try type.checked(number) }),
        NumberFunction(
          "kb_fold_\(type.functionKey)",
          .integerChain { (op, a, b) throws(SQLError) in
            try type.checked(integerStep(op, a, b))
          }),
      ]
    } + [
      NumberFunction("kb_fold_double", .doubleChain(doubleStep)),
      NumberFunction("kb_fold_real", .doubleChain(realStep)),
      NumberFunction("kb_to_real", .double(single)),
      NumberFunction(
        "kb_sqrt",
        .double { (value) throws(SQLError) in
          if value < 0 {
            throw SQLError(.init("2201F"), "cannot take square root of a negative number")
          }
          return value.squareRoot()
        }),
    ]

  /// SQLSTATE 22003 of a float.
  public static let overflow = SQLError(.numericOutOfRange, "value out of range: overflow")
  /// SQLSTATE 22003 of a float.
  public static let underflow = SQLError(.numericOutOfRange, "value out of range: underflow")
  /// SQLite has no NaN, so that none may arise.
  public static let notANumber = SQLError(
    .featureNotSupported, "the result is not a number, and NaN is not supported")

  /// Refuses the sum of two numbers that is none, or is beyond the type.
  static func check(_ sum: Double, of a: Double, _ b: Double) throws(SQLError) {
    if sum.isNaN { throw notANumber }
    if sum.isInfinite, a.isFinite, b.isFinite { throw overflow }
  }

  private static func integerStep(_ op: UInt8, _ a: Int64, _ b: Int64) throws(SQLError) -> Int64? {
    let (result, over): (Int64, Bool)
    switch op {
    case UInt8(ascii: "+"): (result, over) = a.addingReportingOverflow(b)
    case UInt8(ascii: "-"): (result, over) = a.subtractingReportingOverflow(b)
    case UInt8(ascii: "*"): (result, over) = a.multipliedReportingOverflow(by: b)
    case UInt8(ascii: "/"):
      if b == 0 { throw divisionByZero }
      (result, over) = a.dividedReportingOverflow(by: b)
    default:
      if b == 0 { throw divisionByZero }
      // The smallest number by -1 overflows on its way to a remainder of 0.
      (result, over) = (b == -1 ? 0 : a % b, false)
    }
    return over ? nil : result
  }

  @Sendable private static func doubleStep(_ op: UInt8, _ a: Double, _ b: Double)
    throws(SQLError) -> Double
  {
    let result: Double
    var isLost = false
    switch op {
    case UInt8(ascii: "+"): result = a + b
    case UInt8(ascii: "-"): result = a - b
    case UInt8(ascii: "*"):
      result = a * b
      isLost = result == 0 && a != 0 && b != 0
    default:
      if b == 0 { throw divisionByZero }
      result = a / b
      isLost = result == 0 && a != 0 && b.isFinite
    }
    if !result.isFinite {
      if result.isNaN { throw notANumber }
      let isOfInfinity = op == UInt8(ascii: "/") ? a.isInfinite : a.isInfinite || b.isInfinite
      if !isOfInfinity { throw overflow }
    }
    if isLost { throw underflow }
    return result
  }

  /// Done in double precision and rounded: that is the same as single precision throughout.
  @Sendable private static func realStep(_ op: UInt8, _ a: Double, _ b: Double)
    throws(SQLError) -> Double
  {
    try single(try doubleStep(op, a, b))
  }

  @Sendable private static func single(_ number: Double) throws(SQLError) -> Double {
    let single = Float(number)
    if single.isInfinite, number.isFinite { throw overflow }
    if single == 0, number != 0 { throw underflow }
    return Double(single)
  }
}

extension SQLType {
  /// A number of an integer type; `nil` is one beyond 64 bits.
  fileprivate func checked(_ number: Int64?) throws(SQLError) -> Int64 {
    guard let number, integerRange.contains(number) else {
      throw SQLError(.numericOutOfRange, "\(messageName) out of range")
    }
    return number
  }
}
