// SPDX-License-Identifier: Apache-2.0
// to_number: a text by a template of numbers. formatting.c, NUM_numpart_from_char.

struct NumberInput {
  private let template: NumberTemplate
  private let text: [UInt8]
  private var position = 0
  private var sign: UInt8 = UInt8(ascii: " ")
  private var digits: [UInt8] = []
  private var wholeCount = 0
  private var fractionCount = 0
  private var hasPoint = false

  /// The number as the text of a NUMERIC, and the digits behind its point that the template keeps.
  static func number(_ text: String, _ template: NumberTemplate) throws(SQLError)
    -> (text: String, precision: Int, scale: Int)
  {
    if template.flags.contains(.scientific) || template.flags.contains(.roman) {
      let name = template.flags.contains(.roman) ? "RN" : "EEEE"
      throw SQLError(.featureNotSupported, "\"\(name)\" not supported for input")
    }
    var input = NumberInput(template: template, text: Array(text.utf8))
    input.process()
    if input.digits.last == UInt8(ascii: ".") { input.digits.removeLast() }
    let bytes = [input.sign] + input.digits
    return (
      String(decoding: bytes, as: UTF8.self), template.whole + template.shift + input.fractionCount,
      input.fractionCount
    )
  }

  private init(template: NumberTemplate, text: [UInt8]) {
    self.template = template
    self.text = text
  }

  private var isAtEnd: Bool { position >= text.count }
  private var next: UInt8 { isAtEnd ? 0 : text[position] }

  private mutating func process() {
    for node in template.nodes {
      if isAtEnd { return }
      guard case .field(let field) = node else {
        // One character for each of the template's, whatever it is.
        skipCharacter()
        continue
      }
      switch field.name.uppercased() {
      case "9", "0", ".", "D":
        digitPlace(field.name)
        position += 1
      case ",", "G":
        if wholeCount + fractionCount == 0, template.flags.contains(.fill) { continue }
        if next == UInt8(ascii: ",") { position += 1 }
      case "L": skipLetters(1)
      case "TH":
        if template.flags.contains(.decimal) { continue }
        skipLetters(2)
      case "MI":
        if next == UInt8(ascii: "-") { takeSign() } else { skipLetters(1) }
      case "PL":
        if next == UInt8(ascii: "+") { takeSign() } else { skipLetters(1) }
      case "SG":
        if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") {
          takeSign()
        } else {
          skipLetters(1)
        }
      default: break
      }
    }
  }

  private mutating func takeSign() {
    sign = next
    position += 1
  }

  private mutating func skipCharacter() {
    position += 1
    while !isAtEnd, text[position] & 0xC0 == 0x80 { position += 1 }
  }

  /// Passes over characters that are no part of a number.
  private mutating func skipLetters(_ count: Int) {
    for _ in 0..<count {
      if isAtEnd || next.isDigit || [0x2E, 0x2C, 0x2B, 0x2D].contains(next) { return }
      skipCharacter()
    }
  }

  private mutating func digitPlace(_ name: String) {
    if next == UInt8(ascii: " ") { position += 1 }
    if isAtEnd { return }
    if sign == UInt8(ascii: " "), name == "0" || name == "9", wholeCount + fractionCount == 0 {
      readLeadingSign()
    }
    if isAtEnd { return }
    var isRead = false
    if next.isDigit {
      if hasPoint, fractionCount == template.fraction { return }
      digits.append(next)
      if hasPoint { fractionCount += 1 } else { wholeCount += 1 }
      isRead = true
    } else if template.flags.contains(.decimal), !hasPoint, next == UInt8(ascii: ".") {
      digits.append(next)
      hasPoint = true
      isRead = true
    }
    if sign == UInt8(ascii: " "), wholeCount + fractionCount > 0 { readTrailingSign(isRead) }
  }

  private mutating func readLeadingSign() {
    let isBracket = template.flags.contains(.bracket)
    if template.flags.contains(.anchoredSign) {
      guard template.isSignLeading == true else { return }
    } else if isBracket, next == UInt8(ascii: "<") {
      sign = UInt8(ascii: "-")
      position += 1
      return
    }
    if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") { takeSign() }
  }

  /// A sign behind the digits stands where the template cannot say.
  private mutating func readTrailingSign(_ isRead: Bool) {
    if template.flags.contains(.anchoredSign) {
      guard isRead, position + 1 < text.count else { return }
      let following = text[position + 1]
      if following == UInt8(ascii: "-") || following == UInt8(ascii: "+") {
        sign = following
        position += 1
      }
    } else if !isRead, next == UInt8(ascii: "-") || next == UInt8(ascii: "+") {
      sign = next
    }
  }
}
