// SPDX-License-Identifier: Apache-2.0
// Functions of floats that the C library computes, with PostgreSQL 15's domains, errors and exact
// degrees (src/backend/utils/adt/float.c).

internal import Glibc
internal import KimberliteCore

enum FloatFunctions {
  static let all: [NumberFunction] =
    powers + [
      NumberFunction("kb_atan2", .doubles { a, b in atan2(a, b) }),
      NumberFunction("kb_atan2d", .doubles { a, b in atan2(a, b) / atan(1) * 45 }),
    ] + trigonometric + inverse + hyperbolic + exactDegrees

  private static let inputOutOfRange = SQLError(.numericOutOfRange, "input is out of range")

  /// A function whose result is finite where its argument is.
  private static func checked(
    _ name: String, _ compute: @escaping @Sendable (Double) -> Double
  ) -> NumberFunction {
    NumberFunction(
      "kb_\(name)",
      .double { (value) throws(SQLError) in
        let result = compute(value)
        if result.isInfinite, value.isFinite { throw FunctionRegistry.overflow }
        return result
      })
  }

  /// A function that is defined in a range.
  private static func bounded(
    _ name: String, _ range: ClosedRange<Double>,
    _ compute: @escaping @Sendable (Double) -> Double
  ) -> NumberFunction {
    NumberFunction(
      "kb_\(name)",
      .double { (value) throws(SQLError) in
        guard range.contains(value) else { throw inputOutOfRange }
        return compute(value)
      })
  }

  private static let powers: [NumberFunction] = [
    NumberFunction("kb_power", .doubles(power)),
    checked("cbrt") { cbrt($0) },
    NumberFunction(
      "kb_exp",
      .double { (value) throws(SQLError) in
        let result = exp(value)
        if result.isInfinite, value.isFinite { throw FunctionRegistry.overflow }
        if result == 0, value.isFinite { throw FunctionRegistry.underflow }
        return result
      }),
    logarithm("ln") { log($0) },
    logarithm("log10") { log10($0) },
    checked("degrees") { $0 / (Double.pi / 180) },
    checked("radians") { $0 * (Double.pi / 180) },
  ]

  private static func logarithm(
    _ name: String, _ compute: @escaping @Sendable (Double) -> Double
  ) -> NumberFunction {
    NumberFunction(
      "kb_\(name)",
      .double { (value) throws(SQLError) in
        if value == 0 { throw SQLError(.init("2201E"), "cannot take logarithm of zero") }
        if value < 0 {
          throw SQLError(.init("2201E"), "cannot take logarithm of a negative number")
        }
        return compute(value)
      })
  }

  @Sendable private static func power(_ base: Double, _ exponent: Double) throws(SQLError) -> Double
  {
    if base == 0, exponent < 0 {
      throw SQLError(.init("2201F"), "zero raised to a negative power is undefined")
    }
    let result = pow(base, exponent)
    if result.isNaN {
      throw SQLError(
        .init("2201F"), "a negative number raised to a non-integer power yields a complex result")
    }
    if base.isFinite, exponent.isFinite {
      if result.isInfinite { throw FunctionRegistry.overflow }
      if result == 0, base != 0 { throw FunctionRegistry.underflow }
    }
    return result
  }

  private static let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude

  private static let trigonometric: [NumberFunction] = [
    bounded("sin", finite) { sin($0) }, bounded("cos", finite) { cos($0) },
    bounded("tan", finite) { tan($0) }, bounded("cot", finite) { 1 / tan($0) },
  ]

  private static let inverse: [NumberFunction] = [
    bounded("asin", -1...1) { asin($0) }, bounded("acos", -1...1) { acos($0) },
    checked("atan") { atan($0) },
  ]

  private static let hyperbolic: [NumberFunction] = [
    // PostgreSQL lets these two overflow to infinity.
    NumberFunction("kb_sinh", .double { sinh($0) }),
    NumberFunction("kb_cosh", .double { cosh($0) }),
    checked("tanh") { tanh($0) }, checked("asinh") { asinh($0) },
    bounded("acosh", 1 ... .infinity) { acosh($0) }, bounded("atanh", -1...1) { atanh($0) },
  ]

  // MARK: Degrees

  // The constants are the functions' own values, so that sind(30) is 0.5 to the last bit.
  private static let sin30 = sin(30 * (Double.pi / 180))
  private static let oneMinusCos60 = 1 - cos(60 * (Double.pi / 180))
  private static let asinHalf = asin(0.5)
  private static let acosHalf = acos(0.5)
  private static let tan45 = sinOfQuadrant(45) / cosOfQuadrant(45)
  private static let cot45 = cosOfQuadrant(45) / sinOfQuadrant(45)

  private static let exactDegrees: [NumberFunction] = [
    bounded("sind", finite) { sinDegrees($0) }, bounded("cosd", finite) { cosDegrees($0) },
    bounded("tand", finite) { value in
      let (angle, sign) = firstQuadrant(value)
      return positive(sign * (sinOfQuadrant(angle) / cosOfQuadrant(angle) / tan45))
    },
    bounded("cotd", finite) { value in
      let (angle, sign) = firstQuadrant(value)
      return positive(sign * (cosOfQuadrant(angle) / sinOfQuadrant(angle) / cot45))
    },
    bounded("asind", -1...1) { $0 >= 0 ? asinOfQuadrant($0) : -asinOfQuadrant(-$0) },
    bounded("acosd", -1...1) { $0 >= 0 ? acosOfQuadrant($0) : 90 + asinOfQuadrant(-$0) },
    checked("atand") { atan($0) / atan(1) * 45 },
  ]

  private static func smallSin(_ angle: Double) -> Double {
    sin(angle * (Double.pi / 180)) / sin30 / 2
  }

  private static func smallCos(_ angle: Double) -> Double {
    1 - (1 - cos(angle * (Double.pi / 180))) / oneMinusCos60 / 2
  }

  private static func sinOfQuadrant(_ angle: Double) -> Double {
    angle <= 30 ? smallSin(angle) : smallCos(90 - angle)
  }

  private static func cosOfQuadrant(_ angle: Double) -> Double {
    angle <= 60 ? smallCos(angle) : smallSin(90 - angle)
  }

  private static func sinDegrees(_ value: Double) -> Double {
    var angle = fmod(value, 360)
    var sign = 1.0
    if angle < 0 { (angle, sign) = (-angle, -sign) }
    if angle > 180 { (angle, sign) = (360 - angle, -sign) }
    if angle > 90 { angle = 180 - angle }
    return sign * sinOfQuadrant(angle)
  }

  private static func cosDegrees(_ value: Double) -> Double {
    var angle = abs(fmod(value, 360))
    var sign = 1.0
    if angle > 180 { angle = 360 - angle }
    if angle > 90 { (angle, sign) = (180 - angle, -sign) }
    return sign * cosOfQuadrant(angle)
  }

  /// The angle in the first quadrant whose tangent is the same but for the sign.
  private static func firstQuadrant(_ value: Double) -> (angle: Double, sign: Double) {
    var angle = fmod(value, 360)
    var sign = 1.0
    if angle < 0 { (angle, sign) = (-angle, -sign) }
    if angle > 180 { (angle, sign) = (360 - angle, -sign) }
    if angle > 90 { (angle, sign) = (180 - angle, -sign) }
    return (angle, sign)
  }

  private static func positive(_ value: Double) -> Double { value == 0 ? 0 : value }

  private static func asinOfQuadrant(_ value: Double) -> Double {
    value <= 0.5 ? asin(value) / asinHalf * 30 : 90 - acos(value) / acosHalf * 60
  }

  private static func acosOfQuadrant(_ value: Double) -> Double {
    value <= 0.5 ? 90 - asin(value) / asinHalf * 30 : acos(value) / acosHalf * 60
  }
}
