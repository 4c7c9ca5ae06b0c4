// SPDX-License-Identifier: Apache-2.0
// A number as its decimal digits, exactly, to be rounded and written in any form.

struct DecimalDigits {
  var isNegative = false
  /// The digits 0 … 9, most significant first, without leading zeros.
  private(set) var digits: [UInt8]
  /// How many of them stand behind the point; negative: zeros that follow.
  private(set) var scale: Int

  /// A number in the text form of NUMERIC; `nil`: it is none that has digits.
  init?(_ text: String) {
    var bytes = Array(text.utf8)[...]
    if bytes.first == UInt8(ascii: "-") {
      isNegative = true
      bytes.removeFirst()
    }
    guard let first = bytes.first, first.isDigit else { return nil }
    let point = bytes.firstIndex(of: UInt8(ascii: "."))
    scale = point.map { bytes.endIndex - $0 - 1 } ?? 0
    digits = bytes.filter { $0 != UInt8(ascii: ".") }.map { $0 - 0x30 }
    trim()
  }

  /// The exact value of a float: m·2^e is m·2^e, or m·5^-e and -e digits behind the point.
  init?(_ number: Double) {
    guard number.isFinite else { return nil }
    isNegative = number.sign == .minus && number != 0
    var exponent = Int(number.exponentBitPattern)
    var mantissa = number.significandBitPattern
    if exponent == 0 { exponent = 1 } else { mantissa |= 1 << 52 }
    exponent -= 1075
    while mantissa != 0, mantissa & 1 == 0, exponent < 0 {
      mantissa >>= 1
      exponent += 1
    }
    digits = String(mantissa).utf8.map { $0 - 0x30 }
    scale = max(0, -exponent)
    for _ in 0..<exponent.magnitude { multiply(by: exponent > 0 ? 2 : 5) }
    trim()
  }

  private mutating func multiply(by factor: UInt8) {
    var carry: UInt8 = 0
    for index in digits.indices.reversed() {
      let product = digits[index] * factor + carry
      digits[index] = product % 10
      carry = product / 10
    }
    if carry > 0 { digits.insert(carry, at: 0) }
  }

  private mutating func trim() { digits.removeFirst(digits.prefix { $0 == 0 }.count) }

  var isZero: Bool { digits.allSatisfy { $0 == 0 } }

  /// Moves the point to the right.
  mutating func shift(by places: Int) { scale -= places }

  /// Rounds to digits behind the point; a half goes away from zero, or of floats to the even digit.
  mutating func round(toScale wanted: Int, isHalfEven: Bool) {
    if wanted >= scale {
      digits += Array(repeating: 0, count: wanted - scale)
      scale = wanted
      return
    }
    let cut = scale - wanted
    let missing = max(0, cut - digits.count)
    let all = Array(repeating: 0, count: missing) + digits
    var kept = Array(all.dropLast(cut))
    let rest = all.suffix(cut)
    let first = rest.first ?? 0
    let isHalf = first == 5 && rest.dropFirst().allSatisfy { $0 == 0 }
    let isUp =
      isHalf && isHalfEven ? (kept.last ?? 0) % 2 == 1 : first >= 5
    if isUp {
      var index = kept.count - 1
      while index >= 0, kept[index] == 9 {
        kept[index] = 0
        index -= 1
      }
      if index >= 0 { kept[index] += 1 } else { kept.insert(1, at: 0) }
    }
    digits = kept
    scale = wanted
    trim()
  }

  /// Digits before the point, at least one, and behind it, without a sign.
  ///
  /// - Precondition: the scale is not negative.
  var text: String {
    let padded = Array(repeating: UInt8(0), count: max(0, scale + 1 - digits.count)) + digits
    let letters = padded.map { $0 + 0x30 }
    let whole = String(decoding: letters.dropLast(scale), as: UTF8.self)
    return scale > 0 ? "\(whole).\(String(decoding: letters.suffix(scale), as: UTF8.self))" : whole
  }

  /// `d.ddde+xx` with a number of digits behind the point, without a sign.
  func scientific(_ count: Int, isHalfEven: Bool) -> String {
    if isZero {
      return "0" + (count > 0 ? "." + String(repeating: "0", count: count) : "") + "e+00"
    }
    var rounded = self
    rounded.trim()
    var exponent = rounded.digits.count - 1 - scale
    // As a number with one digit before the point.
    rounded.scale = rounded.digits.count - 1
    rounded.round(toScale: count, isHalfEven: isHalfEven)
    if rounded.digits.count > count + 1 {
      exponent += 1
      rounded.scale += 1
      rounded.round(toScale: count, isHalfEven: isHalfEven)
    }
    let power = String(exponent.magnitude)
    return rounded.text + (exponent < 0 ? "e-" : "e+") + (power.utf8.count < 2 ? "0" : "") + power
  }
}
