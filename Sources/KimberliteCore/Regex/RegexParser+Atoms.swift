// SPDX-License-Identifier: Apache-2.0
// Escapes and bracket expressions of a pattern.

extension RegexParser {
  // MARK: Escapes

  /// What follows a backslash outside of brackets.
  mutating func escape() throws(SQLError) -> RegexSyntax {
    guard let scalar = next else { throw RegexFault.escape.error }
    switch scalar {
    case "d", "s", "w", "D", "S", "W":
      position += 1
      var set = ScalarSet()
      set.classes = [Self.shorthand(scalar)]
      return add(set)
    case "A", "Z", "m", "M", "y", "Y":
      position += 1
      switch scalar {
      case "A": return .assertion(.textStart)
      case "Z": return .assertion(.textEnd)
      case "m": return .assertion(.wordStart)
      case "M": return .assertion(.wordEnd)
      case "y": return .assertion(.wordBoundary)
      default: return .assertion(.noWordBoundary)
      }
    case "1"..."9":
      let start = position
      var number = 0
      while let digit = next, ScalarClass.digit.contains(digit), number < 1000 {
        number = number * 10 + Int(digit.value - 0x30)
        position += 1
      }
      if position == start + 1 || number <= groups.count { return try backReference(number) }
      // Several digits that name no group are an octal number.
      position = start
      return literal(try characterEscape())
    default: return literal(try characterEscape())
    }
  }

  private static func shorthand(_ letter: Unicode.Scalar) -> (class: ScalarClass, isNegated: Bool) {
    switch letter {
    case "d": (.digit, false)
    case "s": (.space, false)
    case "w": (.word, false)
    case "D": (.digit, true)
    case "S": (.space, true)
    default: (.word, true)
    }
  }

  /// The one character that an escape stands for.
  private mutating func characterEscape() throws(SQLError) -> Unicode.Scalar {
    guard let scalar = next else { throw RegexFault.escape.error }
    position += 1
    switch scalar {
    case "a": return "\u{7}"
    case "b": return "\u{8}"
    case "B": return "\\"
    case "e": return "\u{1B}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "v": return "\u{B}"
    case "c":
      guard let control = next else { throw RegexFault.escape.error }
      position += 1
      return Unicode.Scalar(UInt8(control.value & 0x1F))
    case "u": return try digits(4...4, radix: 16)
    case "U": return try digits(8...8, radix: 16)
    case "x": return try digits(1...255, radix: 16)
    case "0"..."9":
      position -= 1
      return try octal()
    default:
      if ScalarClass.alnum.contains(scalar) { throw RegexFault.escape.error }
      return scalar
    }
  }

  private mutating func octal() throws(SQLError) -> Unicode.Scalar {
    var value: UInt32 = 0
    var count = 0
    while count < 3, let digit = next, digit >= "0", digit <= "7" {
      if value << 3 | (digit.value - 0x30) > 0xFF { break }
      value = value << 3 | (digit.value - 0x30)
      count += 1
      position += 1
    }
    guard count > 0, let scalar = Unicode.Scalar(value) else { throw RegexFault.escape.error }
    return scalar
  }

  private mutating func digits(_ count: ClosedRange<Int>, radix: UInt32) throws(SQLError)
    -> Unicode.Scalar
  {
    let start = position
    var value: UInt32 = 0
    while position - start < count.upperBound, let digit = next?.value, digit < 128,
      let number = UInt8(digit).hexadecimalValue
    {
      guard value <= 0xFF_FFFF else { throw RegexFault.escape.error }
      value = value * radix + UInt32(number)
      position += 1
    }
    guard position - start >= count.lowerBound, let scalar = Unicode.Scalar(value) else {
      throw RegexFault.escape.error
    }
    return scalar
  }

  // MARK: Brackets

  /// What follows `[`.
  mutating func bracket() throws(SQLError) -> RegexSyntax {
    if rest(starts: "[:<:]]") || rest(starts: "[:>:]]") {
      let isStart = rest(starts: "[:<:]]")
      position += 6
      return .assertion(isStart ? .wordStart : .wordEnd)
    }
    var set = ScalarSet()
    set.ignoresCase = options.ignoresCase
    set.isNegated = accept("^")
    set.excludesNewline = set.isNegated && options.stopsAtNewline
    var isFirst = true
    while isFirst || next != "]" {
      isFirst = false
      try member(into: &set)
    }
    position += 1
    return add(set)
  }

  /// A character, a range or a class.
  private mutating func member(into set: inout ScalarSet) throws(SQLError) {
    if rest(starts: "[:") {
      guard let name = ScalarClass(rawValue: try delimited(":")) else {
        throw RegexFault.characterClass.error
      }
      let isCase = name == .upper || name == .lower
      return set.classes.append((isCase && set.ignoresCase ? .alpha : name, false))
    }
    if rest(starts: "[=") {
      let element = try collatingElement("=")
      return set.ranges.append(element.value...element.value)
    }
    if next == "\\", position + 1 < pattern.count {
      let letter = pattern[position + 1]
      if ["d", "s", "w", "D", "S", "W"].contains(letter) {
        position += 2
        return set.classes.append(Self.shorthand(letter))
      }
    }
    let low = try endpoint()
    guard next == "-", position + 1 < pattern.count, pattern[position + 1] != "]" else {
      if next == "-", position + 1 >= pattern.count { throw RegexFault.brackets.error }
      return set.ranges.append(low.value...low.value)
    }
    position += 1
    let high = try endpoint()
    if low > high { throw RegexFault.range.error }
    set.ranges.append(low.value...high.value)
  }

  private mutating func endpoint() throws(SQLError) -> Unicode.Scalar {
    guard let scalar = next else { throw RegexFault.brackets.error }
    if rest(starts: "[.") { return try collatingElement(".") }
    // A class cannot end a range.
    if rest(starts: "[:") || rest(starts: "[=") { throw RegexFault.range.error }
    position += 1
    if scalar != "\\" { return scalar }
    return try characterEscape()
  }

  /// `[:name:]` without its signs; the cursor is at its bracket.
  private mutating func delimited(_ sign: Unicode.Scalar) throws(SQLError) -> String {
    position += 2
    let start = position
    while position + 1 < pattern.count {
      if pattern[position] == sign, pattern[position + 1] == "]" {
        position += 2
        return String(String.UnicodeScalarView(pattern[start..<position - 2]))
      }
      position += 1
    }
    throw RegexFault.brackets.error
  }

  private mutating func collatingElement(_ sign: Unicode.Scalar) throws(SQLError) -> Unicode.Scalar
  {
    let name = try delimited(sign)
    guard let only = name.unicodeScalars.first, name.unicodeScalars.count == 1 else {
      throw RegexFault.collatingElement.error
    }
    return only
  }
}
