// SPDX-License-Identifier: Apache-2.0
// The short way through NUMERIC arithmetic: sums, differences and products of at most 18 digits,
// from SQLite's bytes to SQLite's bytes. A query does little else for each of its rows, and most
// amounts are as short as that.

/// A chain of NUMERIC operators over short numbers, done from left to right.
public enum DecimalChain {
  /// The function that it computes: its first argument lists operators, one character each.
  public static let function = "kb_fold_numeric"
  /// The longest result: a sign, 19 digits and a point, or zeros before digits after the point.
  public static let textMax = 48

  /// Computes what the function answers, and writes its canonical text.
  ///
  /// The short way has no errors: whatever is not short and plain is for the function itself.
  /// - Returns: how many bytes it wrote; `nil`: it did nothing.
  public static func compute(
    _ arguments: UnsafeBufferPointer<BorrowedValue>, into text: UnsafeMutableBufferPointer<UInt8>
  ) -> Int? {
    guard arguments.count > 1, case .text(let operators) = arguments[0],
      operators.count == arguments.count - 2, var result = short(arguments[1])
    else { return nil }
    for (index, op) in operators.enumerated() {
      guard let operand = short(arguments[index + 2]), let value = apply(op, result, operand) else {
        return nil
      }
      result = value
    }
    return write(result, into: text)
  }

  /// A number of at most 18 digits, which no 64 bits are too few for.
  @inline(__always)
  private static func short(_ value: BorrowedValue) -> Decimal? {
    guard case .text(let bytes) = value, bytes.count <= 18 else { return nil }
    return Decimal(canonical: bytes)
  }

  @inline(__always)
  private static func apply(_ op: UInt8, _ a: Decimal, _ b: Decimal) -> Decimal? {
    guard let left = Int64(exactly: a.coefficient), let right = Int64(exactly: b.coefficient) else {
      return nil
    }
    if op == UInt8(ascii: "*") {
      let (product, over) = left.multipliedReportingOverflow(by: right)
      if over || a.scale + b.scale > Decimal.digitsMax { return nil }
      return Decimal(coefficient: Int128(product), scale: a.scale + b.scale)
    }
    guard op == UInt8(ascii: "+") || op == UInt8(ascii: "-"),
      let aligned = raised(left, by: b.scale - a.scale),
      let other = raised(right, by: a.scale - b.scale)
    else { return nil }
    let (sum, over) =
      op == UInt8(ascii: "+")
      ? aligned.addingReportingOverflow(other) : aligned.subtractingReportingOverflow(other)
    return over ? nil : Decimal(coefficient: Int128(sum), scale: max(a.scale, b.scale))
  }

  /// Times a power of ten; a negative one changes nothing.
  @inline(__always)
  private static func raised(_ value: Int64, by places: Int) -> Int64? {
    var value = value
    var places = places
    while places > 0 {
      let (product, over) = value.multipliedReportingOverflow(by: 10)
      if over { return nil }
      value = product
      places -= 1
    }
    return value
  }

  /// Writes from the last digit to the first, then moves the text to the front.
  @inline(__always)
  private static func write(
    _ value: Decimal, into text: UnsafeMutableBufferPointer<UInt8>
  ) -> Int? {
    guard let number = Int64(exactly: value.coefficient), text.count >= textMax else { return nil }
    var rest = number.magnitude
    var start = textMax
    var digits = 0
    repeat {
      if digits == value.scale, digits > 0 {
        start -= 1
        text[start] = UInt8(ascii: ".")
      }
      let (tens, digit) = rest.quotientAndRemainder(dividingBy: 10)
      start -= 1
      text[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
      rest = tens
      digits += 1
    } while rest > 0 || digits <= value.scale
    if number < 0 {
      start -= 1
      text[start] = UInt8(ascii: "-")
    }
    let count = textMax - start
    for index in 0..<count { text[index] = text[start + index] }
    return count
  }
}
