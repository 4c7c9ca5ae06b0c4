// SPDX-License-Identifier: Apache-2.0

/// An exact decimal number: `coefficient × 10^-scale`.
///
/// The scale is kept: 1.50 ≠ 1.5 as text.
public struct Decimal: Sendable, Equatable {
  /// At most 38 digits.
  public var coefficient: Int128
  /// Digits after the point, 0 … 38.
  public var scale: Int

  /// Digits of the largest coefficient.
  public static let digitsMax = 38

  /// A number of known parts.
  public init(coefficient: Int128, scale: Int) {
    self.coefficient = coefficient
    self.scale = scale
  }

  /// Reads the canonical form `-?digits[.digits]`, as `text` writes it.
  public init?(canonical text: String) {
    var coefficient: Int128 = 0
    var scale = 0
    var digits = 0
    var afterPoint = false
    var negative = false
    for (index, byte) in text.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "-") where index == 0: negative = true
      case UInt8(ascii: ".") where !afterPoint && digits > 0: afterPoint = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let (product, over) = coefficient.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(Int128(byte - UInt8(ascii: "0")))
        if over || carry { return nil }
        coefficient = sum
        digits += 1
        if afterPoint { scale += 1 }
      default: return nil
      }
    }
    if digits == 0 || (afterPoint && scale == 0) || scale > Self.digitsMax { return nil }
    // The 39 digits that 128 bits hold in part are one too many.
    if digits > Self.digitsMax, coefficient >= Self.power(Self.digitsMax) { return nil }
    self.coefficient = negative ? -coefficient : coefficient
    self.scale = scale
  }

  /// The canonical text: "-12.50", "0.05", "7".
  public var text: String {
    var digits = String(coefficient.magnitude)
    if scale > 0 {
      if digits.utf8.count <= scale {
        digits = String(repeating: "0", count: scale + 1 - digits.utf8.count) + digits
      }
      let point = digits.index(digits.endIndex, offsetBy: -scale)
      digits = digits[..<point] + "." + digits[point...]
    }
    return coefficient < 0 ? "-" + digits : digits
  }
}
