// SPDX-License-Identifier: Apache-2.0
// Sets of characters, as brackets and class escapes of a regular expression make them.

/// A named class of characters: `[[:alpha:]]`, `\w`.
///
/// Letters, cases and blanks are Unicode's; digits are ASCII's, as in PostgreSQL.
enum ScalarClass: String {
  case alnum, alpha, ascii, blank, cntrl, digit, graph, lower, print, punct, space, upper, word
  case xdigit

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    switch self {
    case .alnum: return Self.alpha.contains(scalar) || Self.digit.contains(scalar)
    case .alpha: return properties.isAlphabetic
    case .ascii: return scalar.isASCII
    case .blank: return scalar == "\t" || properties.generalCategory == .spaceSeparator
    case .cntrl: return properties.generalCategory == .control
    case .digit: return scalar >= "0" && scalar <= "9"
    case .graph: return Self.print.contains(scalar) && !Self.space.contains(scalar)
    case .lower: return properties.isLowercase
    case .print:
      switch properties.generalCategory {
      case .control, .unassigned, .surrogate, .lineSeparator, .paragraphSeparator: return false
      default: return true
      }
    case .punct: return Self.graph.contains(scalar) && !Self.alnum.contains(scalar)
    case .space:
      // As C libraries have it: a no-break space is none.
      return properties.isWhitespace && scalar != "\u{A0}" && scalar != "\u{2007}"
        && scalar != "\u{202F}" && scalar != "\u{85}"
    case .upper: return properties.isUppercase
    case .word: return scalar == "_" || Self.alnum.contains(scalar)
    case .xdigit:
      return (scalar >= "0" && scalar <= "9") || (scalar >= "a" && scalar <= "f")
        || (scalar >= "A" && scalar <= "F")
    }
  }
}

extension Unicode.Scalar {
  /// The character itself and its upper and lower case, where these are one character each.
  var cases: [Unicode.Scalar] {
    if isASCII {
      guard value | 0x20 >= 0x61, value | 0x20 <= 0x7A else { return [self] }
      return [self, Unicode.Scalar(UInt8(value) ^ 0x20)]
    }
    return [self]
      + [properties.lowercaseMapping, properties.uppercaseMapping].compactMap { mapped in
        let scalars = mapped.unicodeScalars
        guard let only = scalars.first, scalars.count == 1, only != self else { return nil }
        return only
      }
  }
}

/// A set of characters.
struct ScalarSet {
  /// Which characters it is made of.
  var ranges: [ClosedRange<UInt32>] = []
  var classes: [(class: ScalarClass, isNegated: Bool)] = []
  var isNegated = false
  var ignoresCase = false
  /// Whether a line's end is never in it.
  var excludesNewline = false
  /// The answers for ASCII, one bit each.
  private var ascii: (UInt64, UInt64) = (0, 0)

  /// Every character.
  static let any: ScalarSet = {
    var set = ScalarSet()
    set.isNegated = true
    set.settle()
    return set
  }()

  /// Works out the answers for ASCII; the set is not changed after that.
  mutating func settle() {
    ascii = (0, 0)
    for code in UInt8(0)..<128 where decide(Unicode.Scalar(code)) {
      if code < 64 { ascii.0 |= 1 << UInt64(code) } else { ascii.1 |= 1 << UInt64(code - 64) }
    }
  }

  @inline(__always)
  func contains(_ scalar: Unicode.Scalar) -> Bool {
    let code = scalar.value
    if code < 64 { return ascii.0 >> UInt64(code) & 1 == 1 }
    if code < 128 { return ascii.1 >> UInt64(code - 64) & 1 == 1 }
    return decide(scalar)
  }

  private func decide(_ scalar: Unicode.Scalar) -> Bool {
    if excludesNewline, scalar == "\n" { return false }
    if ranges.isEmpty, classes.isEmpty { return isNegated }
    let isMember = ignoresCase ? scalar.cases.contains(where: names) : names(scalar)
    return isMember != isNegated
  }

  private func names(_ scalar: Unicode.Scalar) -> Bool {
    for range in ranges where range.contains(scalar.value) { return true }
    for (name, isNegated) in classes where name.contains(scalar) != isNegated { return true }
    return false
  }
}
