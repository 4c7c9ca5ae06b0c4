// SPDX-License-Identifier: Apache-2.0
// Integers of any size: libcrypto's BIGNUM, made once and never changed. For what NUMERIC computes
// beyond 128 bits; nothing here is secret, and nothing is done in constant time.

internal import CCrypto

/// An integer of any size.
// Sendable: nothing changes the number once it is made.
final class BigInteger: @unchecked Sendable {
  private let number: OpaquePointer

  /// Runs `fill` on a number that is made for it; libcrypto fails only where memory is out.
  private init(_ fill: (OpaquePointer) -> Int32) {
    guard let made = BN_new(), fill(made) == 1 else { preconditionFailure("out of memory") }
    number = made
  }

  deinit { BN_free(number) }

  /// A small integer.
  convenience init(_ value: Int64) {
    self.init { number in
      let isDone = BN_set_word(number, UInt(value.magnitude))
      BN_set_negative(number, value < 0 ? 1 : 0)
      return isDone
    }
  }

  /// Reads `-?digits`.
  convenience init(digits text: String) {
    self.init { number in
      var target: OpaquePointer? = number
      return BN_dec2bn(&target, text) > 0 ? 1 : 0
    }
  }

  /// Lends the number, which lives at least as long.
  private func lend<R>(_ body: (OpaquePointer) -> R) -> R {
    withExtendedLifetime(self) { body(number) }
  }

  /// A number made of two others.
  private static func make(
    _ a: BigInteger, _ b: BigInteger,
    _ compute: (OpaquePointer, OpaquePointer, OpaquePointer) -> Int32
  ) -> BigInteger {
    BigInteger { result in a.lend { a in b.lend { b in compute(result, a, b) } } }
  }

  private static func withContext<R>(_ body: (OpaquePointer) -> R) -> R {
    guard let context = BN_CTX_new() else { preconditionFailure("out of memory") }
    defer { BN_CTX_free(context) }
    return body(context)
  }

  /// 10 to the power of an exponent from 0.
  static func powerOfTen(_ exponent: Int) -> BigInteger {
    if exponent <= 18 { return BigInteger((0..<exponent).reduce(1) { power, _ in power * 10 }) }
    return withContext { context in
      make(BigInteger(10), BigInteger(Int64(exponent))) { BN_exp($0, $1, $2, context) }
    }
  }

  var isZero: Bool { lend { BN_is_zero($0) } == 1 }
  var isNegative: Bool { lend { BN_is_negative($0) } == 1 }
  var isOdd: Bool { lend { BN_is_odd($0) } == 1 }
  private var bitCount: Int { Int(lend { BN_num_bits($0) }) }

  /// `-?digits`.
  var text: String {
    guard let digits = lend({ BN_bn2dec($0) }) else { preconditionFailure("out of memory") }
    defer { CRYPTO_free(digits, #fileID, 0) }
    return String(cString: digits)
  }

  /// Decimal digits; 1 for zero.
  var digitCount: Int {
    if isZero { return 1 }
    // log10(2) below, so the guess is right or one short.
    let guess = Int(Double(bitCount - 1) * 0.301_029_995_663_98) + 1
    return magnitude.compare(Self.powerOfTen(guess)) >= 0 ? guess + 1 : guess
  }

  var negated: BigInteger { BigInteger(0) - self }

  var magnitude: BigInteger { isNegative ? negated : self }

  static func + (a: BigInteger, b: BigInteger) -> BigInteger { make(a, b) { BN_add($0, $1, $2) } }

  static func - (a: BigInteger, b: BigInteger) -> BigInteger { make(a, b) { BN_sub($0, $1, $2) } }

  static func * (a: BigInteger, b: BigInteger) -> BigInteger {
    withContext { context in make(a, b) { BN_mul($0, $1, $2, context) } }
  }

  /// Towards zero; the remainder has the sign of `self`.
  ///
  /// The divisor is not zero.
  func quotientAndRemainder(dividingBy divisor: BigInteger) -> (BigInteger, BigInteger) {
    Self.withContext { context in
      let remainder = BigInteger(0)
      let quotient = remainder.lend { rest in
        Self.make(self, divisor) { BN_div($0, rest, $1, $2, context) }
      }
      return (quotient, remainder)
    }
  }

  static func / (a: BigInteger, b: BigInteger) -> BigInteger {
    a.quotientAndRemainder(dividingBy: b).0
  }

  /// The quotient rounded half away from zero.
  func rounded(dividingBy divisor: BigInteger) -> BigInteger {
    let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
    let twice = (rest + rest).magnitude
    guard twice.compare(divisor.magnitude) >= 0 else { return quotient }
    let isDown = isNegative != divisor.isNegative
    return isDown ? quotient - BigInteger(1) : quotient + BigInteger(1)
  }

  /// Shifted by bits, towards zero.
  func shiftedRight(_ count: Int) -> BigInteger {
    BigInteger { result in lend { BN_rshift(result, $0, Int32(count)) } }
  }

  private func shiftedLeft(_ count: Int) -> BigInteger {
    BigInteger { result in lend { BN_lshift(result, $0, Int32(count)) } }
  }

  /// -1, 0 or 1.
  func compare(_ other: BigInteger) -> Int {
    let order = lend { a in other.lend { b in BN_cmp(a, b) } }
    return order < 0 ? -1 : order > 0 ? 1 : 0
  }

  /// The greatest common divisor, never negative.
  func greatestCommonDivisor(_ other: BigInteger) -> BigInteger {
    Self.withContext { context in
      Self.make(self, other) { BN_gcd($0, $1, $2, context) }.magnitude
    }
  }

  /// The largest integer whose square is not above `self`, which is not negative: Newton's method
  /// from above.
  var squareRoot: BigInteger {
    if isZero { return self }
    var root = BigInteger(1).shiftedLeft((bitCount + 1) / 2)
    while true {
      let next = (root + self / root).shiftedRight(1)
      if next.compare(root) >= 0 { return root }
      root = next
    }
  }
}
