// SPDX-License-Identifier: Apache-2.0
// Variance and standard deviation of whole numbers and NUMERIC, exact and with as many digits as
// PostgreSQL 15 gives (src/backend/utils/adt/numeric.c).

/// Sums of exact numbers and their squares.
final class NumericSpread: Aggregation {
  private let spread: Spread
  private var count: Int64 = 0
  private var scale = 0
  private var sum = BigInteger(0)
  private var squares = BigInteger(0)
  /// Squares of small numbers, summed where it is cheap.
  private var smallSum: Int128 = 0
  private var smallSquares: UInt128 = 0

  init(_ spread: Spread) { self.spread = spread }

  override func step(_ arguments: Arguments) throws(SQLError) {
    if arguments[0].isNull { return }
    count += 1
    if case .integer(let number) = arguments[0], scale == 0, number.magnitude < 1 << 40 {
      smallSum += Int128(number)
      smallSquares += UInt128(number.magnitude) * UInt128(number.magnitude)
      if smallSquares >> 120 != 0 { spill() }
      return
    }
    let value = try arguments[0].numeric().wide
    if value.scale > scale { rescale(to: value.scale) }
    let coefficient = value.coefficient(atScale: scale)
    sum = sum + coefficient
    squares = squares + coefficient * coefficient
  }

  private func spill() {
    sum = sum + BigInteger(digits: "\(smallSum)")
    squares = squares + BigInteger(digits: "\(smallSquares)")
    (smallSum, smallSquares) = (0, 0)
  }

  private func rescale(to wanted: Int) {
    spill()
    let factor = BigInteger.powerOfTen(wanted - scale)
    sum = sum * factor
    squares = squares * factor * factor
    scale = wanted
  }

  override func value() throws(SQLError) -> Value {
    spill()
    if count == 0 || (spread.isSample && count == 1) { return .null }
    let number = BigInteger(count)
    let numerator = number * squares - sum * sum
    if numerator.isZero { return .text("0") }
    let divisor = number * (spread.isSample ? BigInteger(count - 1) : number)
    let variance = try WideDecimal(coefficient: numerator, scale: 2 * scale)
      .divided(by: WideDecimal(coefficient: divisor, scale: 0))
    return .text((spread.isRoot ? variance.root : variance).text)
  }
}

extension WideDecimal {
  /// The square root with as many digits after the point.
  fileprivate var root: WideDecimal {
    let square = coefficient * BigInteger.powerOfTen(scale)
    let root = square.squareRoot
    // (r + ½)² = r² + r + ¼
    let isUp = (square - root * root).compare(root) > 0
    return WideDecimal(coefficient: isUp ? root + BigInteger(1) : root, scale: scale)
  }
}
