// SPDX-License-Identifier: Apache-2.0
// The syntax tree of a regular expression, and how it is to be read. PostgreSQL manual 9.7.3.

/// How a pattern is read and matched: the options of `(?…)` and of the functions' flags.
struct RegexOptions: Equatable, Hashable {
  /// `i`: upper and lower case are the same.
  var ignoresCase = false
  /// `q`: the pattern is a plain text.
  var isLiteral = false
  /// `x`: blanks and comments in the pattern mean nothing.
  var isExpanded = false
  /// `n` and `p`: `.` and `[^…]` do not match a line's end.
  var stopsAtNewline = false
  /// `n` and `w`: `^` and `$` match at lines' ends as well.
  var anchorsAtNewline = false

  /// Takes one letter; answers whether it is one.
  mutating func take(_ letter: Unicode.Scalar) -> Bool {
    switch letter {
    case "i": ignoresCase = true
    case "c": ignoresCase = false
    case "q": isLiteral = true
    case "x": isExpanded = true
    case "t": isExpanded = false
    case "n", "m", "p", "w", "s":
      stopsAtNewline = letter == "n" || letter == "m" || letter == "p"
      anchorsAtNewline = letter == "n" || letter == "m" || letter == "w"
    default: return false
    }
    return true
  }
}

/// What is wrong with a pattern, in PostgreSQL's words.
enum RegexFault: String {
  case collatingElement = "invalid collating element"
  case characterClass = "invalid character class"
  case escape = "invalid escape \\ sequence"
  case backReference = "invalid backreference number"
  case brackets = "brackets [] not balanced"
  case parentheses = "parentheses () not balanced"
  case braces = "braces {} not balanced"
  case repetition = "invalid repetition count(s)"
  case range = "invalid character range"
  case quantifier = "quantifier operand invalid"
  case option = "invalid embedded option"
  case pattern = "invalid regexp (reg version 0.8)"
  case tooComplex = "regular expression is too complex"

  /// The error that says so.
  var error: SQLError { SQLError(.init("2201B"), "invalid regular expression: \(rawValue)") }
}

/// What must hold at a place without taking a character.
enum RegexAssertion: Hashable {
  /// `\A`, and `^` where lines do not count.
  case textStart
  /// `\Z`, and `$` where lines do not count.
  case textEnd
  case lineStart, lineEnd
  /// `\m` and `\M`.
  case wordStart, wordEnd
  /// `\y` and `\Y`.
  case wordBoundary, noWordBoundary
}

/// Which of several matches a part of a pattern takes.
enum RegexPreference { case longest, shortest }

/// A pattern, parsed.
indirect enum RegexSyntax {
  case empty
  case scalar(Unicode.Scalar)
  /// One character of a set, by its number.
  case set(Int)
  case assertion(RegexAssertion)
  /// `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)`.
  case look(RegexSyntax, behind: Bool, negated: Bool)
  /// `(…)`.
  case capture(Int, RegexSyntax)
  /// `\1`, and what the group that it means could match.
  case backReference(Int, RegexSyntax)
  case sequence([RegexSyntax])
  case choice([RegexSyntax])
  /// `maximum` `nil`: without end; `preference` `nil`: that of what is repeated.
  case repeated(RegexSyntax, Int, maximum: Int?, RegexPreference?)

  /// The same without what must hold at a place: a copy of a text stands elsewhere.
  var taking: RegexSyntax {
    switch self {
    case .empty, .scalar, .set: self
    case .assertion, .look: .empty
    case .capture(_, let inner): inner.taking
    case .backReference(let number, let inner): .backReference(number, inner.taking)
    case .sequence(let items): .sequence(items.map(\.taking))
    case .choice(let branches): .choice(branches.map(\.taking))
    case .repeated(let inner, let minimum, let maximum, let preference):
      .repeated(inner.taking, minimum, maximum: maximum, preference)
    }
  }
}
