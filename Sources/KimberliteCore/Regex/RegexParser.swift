// SPDX-License-Identifier: Apache-2.0
// Pattern to syntax tree: PostgreSQL's advanced regular expressions. Brackets and escapes are in
// RegexParser+Atoms.swift.

struct RegexParser {
  let pattern: [Unicode.Scalar]
  var position = 0
  var options: RegexOptions
  /// The sets that the tree names by number.
  var sets: [ScalarSet] = []
  /// The groups that are closed, by number from 1; what is open is `nil`.
  var groups: [RegexSyntax?] = []
  var hasBackReferences = false
  private var depth = 0
  /// Inside of a lookaround, where groups do not count.
  private var looking = 0

  /// Deeper than anybody nests by hand; the tree is walked recursively.
  private static let depthMax = 100
  /// PostgreSQL's greatest count of a repetition.
  private static let countMax = 255
  /// A dissection recurses over the groups of a branch.
  private static let groupsMax = 500

  init(_ pattern: String, _ options: RegexOptions) {
    self.pattern = Array(pattern.unicodeScalars)
    self.options = options
  }

  /// Reads the whole pattern.
  mutating func parse() throws(SQLError) -> RegexSyntax {
    if !options.isLiteral { try prefixes() }
    if options.isLiteral {
      let items = pattern[position...].map { literal($0) }
      return items.isEmpty ? .empty : .sequence(items)
    }
    let result = try choice()
    if position < pattern.count { throw RegexFault.parentheses.error }
    return result
  }

  /// `***=` and `***:`, then `(?letters)`.
  private mutating func prefixes() throws(SQLError) {
    if rest(starts: "***") {
      position += 3
      switch next {
      case "=":
        position += 1
        options.isLiteral = true
        return
      case ":": position += 1
      default: throw RegexFault.quantifier.error
      }
    }
    guard rest(starts: "(?"), position + 2 < pattern.count,
      ScalarClass.alpha.contains(pattern[position + 2])
    else { return }
    position += 2
    while let letter = next, letter != ")" {
      if letter == "b" || letter == "e" {
        throw SQLError(
          .featureNotSupported, "regular expression option \"\(letter)\" is not supported")
      }
      if !options.take(letter) { throw RegexFault.option.error }
      position += 1
    }
    guard next != nil else { throw RegexFault.option.error }
    position += 1
  }

  // MARK: Cursor

  var next: Unicode.Scalar? { position < pattern.count ? pattern[position] : nil }

  func rest(starts text: String) -> Bool {
    pattern[position...].starts(with: text.unicodeScalars)
  }

  mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    position += 1
    return true
  }

  /// Passes over comments, and over blanks where they mean nothing.
  private mutating func skip() {
    while let scalar = next {
      if rest(starts: "(?#") {
        while let scalar = next, scalar != ")" { position += 1 }
        if next != nil { position += 1 }
      } else if options.isExpanded, ScalarClass.space.contains(scalar) {
        position += 1
      } else if options.isExpanded, scalar == "#" {
        while let scalar = next, scalar != "\n" { position += 1 }
      } else {
        return
      }
    }
  }

  // MARK: Grammar

  private mutating func choice() throws(SQLError) -> RegexSyntax {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.depthMax { throw RegexFault.tooComplex.error }
    var branches = [try branch()]
    while accept("|") { branches.append(try branch()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func branch() throws(SQLError) -> RegexSyntax {
    var items: [RegexSyntax] = []
    while true {
      skip()
      guard let scalar = next, scalar != "|", scalar != ")" else { break }
      items.append(try quantified())
    }
    return items.isEmpty ? .empty : items.count == 1 ? items[0] : .sequence(items)
  }

  private mutating func quantified() throws(SQLError) -> RegexSyntax {
    let item = try atom()
    skip()
    switch item {
    // What takes no character takes no quantifier: the sign that follows is read as an atom.
    case .assertion, .look: return item
    default: break
    }
    guard let scalar = next else { return item }
    var bounds: (minimum: Int, maximum: Int?)
    var prefers = true
    switch scalar {
    case "*": bounds = (0, nil)
    case "+": bounds = (1, nil)
    case "?": bounds = (0, 1)
    case "{"
    where position + 1 < pattern.count && ScalarClass.digit.contains(pattern[position + 1]):
      position += 1
      (bounds, prefers) = try counts()
    default: return item
    }
    position += 1
    let isShortest = accept("?")
    skip()
    if let scalar = next, scalar == "*" || scalar == "+" || scalar == "?" {
      throw RegexFault.quantifier.error
    }
    return .repeated(
      item, bounds.minimum, maximum: bounds.maximum,
      prefers ? (isShortest ? .shortest : .longest) : nil)
  }

  /// `m}`, `m,}` or `m,n}`; the cursor stays on the brace.
  private mutating func counts() throws(SQLError) -> ((Int, Int?), Bool) {
    let minimum = try count()
    var maximum: Int? = minimum
    let isRange = accept(",")
    if isRange {
      skip()
      maximum = next.map(ScalarClass.digit.contains) == true ? try count() : nil
    }
    skip()
    guard next == "}" else {
      throw next == nil ? RegexFault.braces.error : RegexFault.repetition.error
    }
    if let maximum, maximum < minimum { throw RegexFault.repetition.error }
    return ((minimum, maximum), isRange)
  }

  private mutating func count() throws(SQLError) -> Int {
    skip()
    var value = 0
    while let scalar = next, ScalarClass.digit.contains(scalar) {
      value = value * 10 + Int(scalar.value - 0x30)
      if value > Self.countMax { throw RegexFault.repetition.error }
      position += 1
    }
    return value
  }

  private mutating func atom() throws(SQLError) -> RegexSyntax {
    guard let scalar = next else { preconditionFailure("an atom has a character") }
    position += 1
    switch scalar {
    case "*", "+", "?": throw RegexFault.quantifier.error
    case "{" where next.map(ScalarClass.digit.contains) == true: throw RegexFault.quantifier.error
    case ".": return any()
    case "^": return .assertion(options.anchorsAtNewline ? .lineStart : .textStart)
    case "$": return .assertion(options.anchorsAtNewline ? .lineEnd : .textEnd)
    case "[": return try bracket()
    case "\\": return try escape()
    case "(": return try parenthesis()
    default: return literal(scalar)
    }
  }

  private mutating func parenthesis() throws(SQLError) -> RegexSyntax {
    guard accept("?") else { return try group(isCapturing: looking == 0) }
    switch next {
    case ":":
      position += 1
      return try group(isCapturing: false)
    case "=", "!":
      let isNegated = next == "!"
      position += 1
      return .look(try lookaround(), behind: false, negated: isNegated)
    case "<":
      position += 1
      guard next == "=" || next == "!" else { throw RegexFault.quantifier.error }
      let isNegated = next == "!"
      position += 1
      return .look(try lookaround(), behind: true, negated: isNegated)
    default: throw RegexFault.quantifier.error
    }
  }

  private mutating func lookaround() throws(SQLError) -> RegexSyntax {
    looking += 1
    defer { looking -= 1 }
    return try group(isCapturing: false)
  }

  private mutating func group(isCapturing: Bool) throws(SQLError) -> RegexSyntax {
    if isCapturing { groups.append(nil) }
    if groups.count > Self.groupsMax { throw RegexFault.tooComplex.error }
    let number = groups.count
    let inner = try choice()
    guard accept(")") else { throw RegexFault.parentheses.error }
    if !isCapturing { return .sequence([inner]) }
    groups[number - 1] = inner
    return .capture(number, inner)
  }

  /// `\1`: only of a group that is closed, and not where no text is taken.
  mutating func backReference(_ number: Int) throws(SQLError) -> RegexSyntax {
    guard looking == 0, number <= groups.count, let group = groups[number - 1] else {
      throw RegexFault.backReference.error
    }
    hasBackReferences = true
    return .backReference(number, group.taking)
  }

  // MARK: Characters

  mutating func literal(_ scalar: Unicode.Scalar) -> RegexSyntax {
    let cases = options.ignoresCase ? scalar.cases : [scalar]
    if cases.count == 1 { return .scalar(scalar) }
    var set = ScalarSet()
    set.ranges = cases.map { $0.value...$0.value }
    return add(set)
  }

  private mutating func any() -> RegexSyntax {
    var set = ScalarSet.any
    if options.stopsAtNewline {
      set.excludesNewline = true
      return add(set)
    }
    return add(set)
  }

  mutating func add(_ set: ScalarSet) -> RegexSyntax {
    var set = set
    set.settle()
    sets.append(set)
    return .set(sets.count - 1)
  }
}
