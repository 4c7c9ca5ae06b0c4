// SPDX-License-Identifier: Apache-2.0
// to_char of numbers: digits into the places of a template. formatting.c, NUM_processor.

struct NumberOutput {
  private var template: NumberTemplate
  /// The number's digits and point, without its sign.
  private let number: [UInt8]
  private let isNegative: Bool
  /// Places before the first digit.
  private let leading: Int
  private var lastRelevant: Int?
  private var isSignWritten = false
  /// The digit to write next, the place that is being written, whether a digit was.
  private var digit = 0
  private var place = 0
  private var isInNumber = false
  private var count = 0
  private var output: [UInt8] = []

  /// A number by a template; `significant`: of a float, how many digits mean something.
  static func text(_ value: DecimalDigits?, _ template: NumberTemplate, significant: Int? = nil)
    -> String
  {
    var template = template
    let isFloat = significant != nil
    if template.flags.contains(.roman) {
      var rounded = value
      rounded?.round(toScale: 0, isHalfEven: isFloat)
      let number = rounded.flatMap { $0.isNegative ? nil : Int($0.text) } ?? 0
      return processed(template, Array(roman(number).utf8), false, 0)
    }
    if template.flags.contains(.scientific) {
      guard let value else {
        let sharps = String(repeating: "#", count: template.whole + 1 + 4)
        return " " + String(repeating: "#", count: template.whole) + "."
          + String(sharps.prefix(template.fraction + 4))
      }
      let text = value.scientific(template.fraction, isHalfEven: isFloat)
      return (value.isNegative ? "-" : " ") + text
    }
    guard var value else { return overflowed(template, isNegative: false) }
    if template.flags.contains(.multiplied) {
      value.shift(by: template.shift)
      template.whole += template.shift
    }
    if let significant {
      var whole = value
      whole.round(toScale: 0, isHalfEven: true)
      let digits = whole.text.utf8.count
      template.fraction =
        digits >= significant ? 0 : min(template.fraction, significant - digits)
    }
    value.round(toScale: template.fraction, isHalfEven: isFloat)
    let isNegative = value.isNegative && (isFloat || !value.isZero)
    let text = Array(value.text.utf8)
    let whole = text.firstIndex(of: UInt8(ascii: ".")) ?? text.count
    if whole > template.whole { return overflowed(template, isNegative: isNegative) }
    return processed(template, text, isNegative, template.whole - whole)
  }

  /// More digits than the template has places for.
  private static func overflowed(_ template: NumberTemplate, isNegative: Bool) -> String {
    var text = Array(repeating: UInt8(ascii: "#"), count: template.whole + template.fraction + 1)
    text[template.whole] = UInt8(ascii: ".")
    return processed(template, text, isNegative, 0)
  }

  private static func processed(
    _ template: NumberTemplate, _ number: [UInt8], _ isNegative: Bool, _ leading: Int
  ) -> String {
    var output = NumberOutput(template, number, isNegative, leading)
    return output.processed()
  }

  private static func roman(_ number: Int) -> String {
    guard (1...3999).contains(number) else { return String(repeating: "#", count: 15) }
    let values = [
      (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
      (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ]
    var rest = number
    var text = ""
    for (value, letters) in values {
      while rest >= value {
        text += letters
        rest -= value
      }
    }
    return text
  }

  private init(
    _ template: NumberTemplate, _ number: [UInt8], _ isNegative: Bool, _ leading: Int
  ) {
    self.template = template
    self.number = number
    self.isNegative = isNegative
    self.leading = template.flags.contains(.roman) ? 0 : leading
    if template.zeroStart > 0 { self.template.zeroStart -= 1 }
    if flags.contains(.roman) {
      self.template.flags = flags.intersection([.roman, .fill])
      self.template.isSignLeading = nil
      (self.template.signPlace, self.template.fraction, self.template.whole) = (0, 0, 0)
    }
    settleSign()
    count = self.template.fraction + self.template.whole - 1
    if flags.contains(.fill), flags.contains(.decimal) { settleRelevant() }
    if !isSignWritten, leading == 0 { count += 1 }
  }

  private var flags: NumberTemplate.Flags { template.flags }

  private mutating func settleSign() {
    if flags.contains(.plus) || flags.contains(.minus) {
      // MI, PL and SG write the sign where they stand.
      isSignWritten = flags.contains(.minus)
      return
    }
    if !isNegative, flags.contains(.fill) { template.flags.remove(.bracket) }
    isSignWritten = !isNegative && flags.contains(.fill) && !flags.contains(.anchoredSign)
    if template.isSignLeading == true, template.whole == template.signPlace {
      template.isSignLeading = false
    }
  }

  /// The last digit behind the point that is no zero, or that a `0` asks for.
  private mutating func settleRelevant() {
    guard let point = number.firstIndex(of: UInt8(ascii: ".")) else { return }
    var last = point
    for index in point..<number.count where index > point && number[index] != UInt8(ascii: "0") {
      last = index
    }
    if template.zeroEnd > leading {
      last = max(last, min(number.count - 1, template.zeroEnd - leading))
    }
    lastRelevant = last
  }

  // MARK: Places

  private mutating func write(_ text: String) { output += text.utf8 }

  private mutating func processed() -> String {
    for node in template.nodes {
      switch node {
      case .character(let scalar), .blank(let scalar), .separator(let scalar):
        write(String(Character(scalar)))
      case .field(let field): process(field.name)
      }
    }
    return String(decoding: output.prefix { $0 != 0 }, as: UTF8.self)
  }

  private mutating func process(_ name: String) {
    let isFill = flags.contains(.fill)
    switch name.uppercased() {
    case "9", "0", ".", "D": digitPlace(isZero: name == "0")
    case ",", "G":
      if isInNumber { write(",") } else if !isFill { write(" ") }
    case "L": write(" ")
    case "RN":
      let text = String(decoding: number, as: UTF8.self)
      let padding = isFill ? "" : String(repeating: " ", count: max(0, 15 - text.utf8.count))
      write(padding + (name == "rn" ? text.lowercased() : text))
    case "TH":
      if flags.contains(.roman) || number.first == UInt8(ascii: "#") || isNegative
        || flags.contains(.decimal)
      {
        return
      }
      write(TemplatePattern.ordinalEnding(of: String(decoding: number, as: UTF8.self), name))
    case "MI":
      if isNegative { write("-") } else if !isFill { write(" ") }
    case "PL":
      if !isNegative { write("+") } else if !isFill { write(" ") }
    case "SG": write(isNegative ? "-" : "+")
    default: break
    }
  }

  /// `9.9` of 0.1 is `.1`: the zero before the point is not written.
  private var isZeroBeforePoint: Bool {
    !flags.contains(.zero) && digit == 0 && number.first == UInt8(ascii: "0")
      && template.fraction != 0
  }

  private func isRelevantPoint() -> Bool {
    lastRelevant.map { number[$0] == UInt8(ascii: ".") } ?? false
  }

  /// One place of the number, as NUM_numpart_to_char writes it.
  private mutating func digitPlace(isZero: Bool) {
    if flags.contains(.roman) { return }
    isInNumber = false
    let hasZero = flags.contains(.zero)
    if !isSignWritten, place >= leading || (hasZero && template.zeroStart == place),
      !isZeroBeforePoint || isRelevantPoint()
    {
      writeSign()
    }
    if place < leading, template.zeroStart > place || !hasZero {
      if !flags.contains(.fill) { write(" ") }
    } else if hasZero, place < leading, template.zeroStart <= place {
      write("0")
      isInNumber = true
    } else {
      writeDigit(isZero)
    }
    var end = count + (leading > 0 ? 1 : 0) + (flags.contains(.decimal) ? 1 : 0)
    if let lastRelevant, lastRelevant == digit { end = place }
    if place + 1 == end {
      if isSignWritten, flags.contains(.bracket) {
        write(isNegative ? ">" : " ")
      } else if flags.contains(.anchoredSign), template.isSignLeading == false {
        write(isNegative ? "-" : "+")
      }
    }
    place += 1
  }

  private mutating func writeSign() {
    if flags.contains(.anchoredSign) {
      guard template.isSignLeading == true else { return }
      write(isNegative ? "-" : "+")
    } else if flags.contains(.bracket) {
      write(isNegative ? "<" : " ")
    } else if isNegative {
      write("-")
    } else if !flags.contains(.fill) {
      write(" ")
    }
    isSignWritten = true
  }

  private mutating func writeDigit(_ isZero: Bool) {
    // Behind the last digit there is what ends the text.
    let byte = digit < number.count ? number[digit] : 0
    let isFill = flags.contains(.fill)
    if byte == UInt8(ascii: ".") {
      if !isRelevantPoint() || isFill { write(".") }
    } else if let lastRelevant, digit > lastRelevant, !isZero {
      // A zero that says nothing.
    } else if isZeroBeforePoint {
      if !isFill {
        write(" ")
      } else if isRelevantPoint() {
        write("0")
      }
    } else {
      output.append(byte)
      isInNumber = true
    }
    if digit < number.count { digit += 1 }
  }
}
