// SPDX-License-Identifier: Apache-2.0
// Regular expressions with PostgreSQL's syntax and its choice among matches.
//
// The standard library's Regex is not used: it takes the first match that backtracking finds where
// POSIX wants the longest, and backtracking has no bound in time. Here an automaton reads the text
// once, whatever the pattern; only the parts of a match that captures ask for are looked for after
// that, by automata of their own, and back references alone try one way after the other. A budget
// of steps ends what would take too long.

/// A pattern, compiled.
struct RegularExpression: Sendable {
  let programs: [RegexProgram]
  let sets: [ScalarSet]
  let options: RegexOptions
  /// How a match is taken apart.
  let tree: RegexNode
  /// How many groups capture.
  let groupCount: Int
  /// Whether only taking a match apart tells whether it is one.
  let hasBackReferences: Bool

  /// Throws 2201B where the pattern is not one.
  init(_ pattern: String, _ options: RegexOptions = RegexOptions()) throws(SQLError) {
    var parser = RegexParser(pattern, options)
    let syntax = try parser.parse()
    var compiler = RegexCompiler()
    tree = try RegexNode(RegexPart(syntax), &compiler, isReversible: false)
    programs = compiler.programs
    sets = parser.sets
    self.options = parser.options
    groupCount = parser.groups.count
    hasBackReferences = parser.hasBackReferences
  }
}

/// A `RegexPart` with the programs that find its bounds.
indirect enum RegexNode: Sendable {
  struct Bounds: Sendable {
    /// Reads it forwards.
    var program: Int
    /// Reads it backwards, where it follows something.
    var reverse: Int?
    var isShortest: Bool
  }

  case plain(Bounds)
  case concatenation(Bounds, RegexNode, RegexNode)
  case choice(Bounds, [RegexNode])
  case capture(Bounds, Int, RegexNode)
  /// `rest`: reads backwards any number of rounds.
  case iteration(Bounds, RegexNode, Int, maximum: Int?, rest: Int)
  case backReference(Bounds, Int, Int, maximum: Int?)

  var bounds: Bounds {
    switch self {
    case .plain(let bounds), .concatenation(let bounds, _, _), .choice(let bounds, _),
      .capture(let bounds, _, _), .iteration(let bounds, _, _, _, _),
      .backReference(let bounds, _, _, _):
      bounds
    }
  }

  init(_ part: RegexPart, _ compiler: inout RegexCompiler, isReversible: Bool) throws(SQLError) {
    let bounds = Bounds(
      program: try compiler.program(part.syntax),
      reverse: isReversible ? try compiler.program(part.syntax, isReversed: true) : nil,
      isShortest: part.traits.contains(.shortest))
    switch part {
    case .plain: self = .plain(bounds)
    case .concatenation(_, let left, let right):
      self = .concatenation(
        bounds, try RegexNode(left, &compiler, isReversible: false),
        try RegexNode(right, &compiler, isReversible: true))
    case .choice(_, let parts):
      var nodes: [RegexNode] = []
      for part in parts { nodes.append(try RegexNode(part, &compiler, isReversible: false)) }
      self = .choice(bounds, nodes)
    case .capture(_, let number, let part):
      self = .capture(bounds, number, try RegexNode(part, &compiler, isReversible: false))
    case .iteration(_, let part, let minimum, let maximum):
      let rest = RegexSyntax.repeated(part.syntax, 0, maximum: nil, nil)
      self = .iteration(
        bounds, try RegexNode(part, &compiler, isReversible: false), minimum, maximum: maximum,
        rest: try compiler.program(rest, isReversed: true))
    case .backReference(_, let number, _, let minimum, let maximum):
      self = .backReference(bounds, number, minimum, maximum: maximum)
    }
  }

  /// The groups that it captures.
  var groups: [Int] {
    switch self {
    case .plain, .backReference: []
    case .concatenation(_, let left, let right): left.groups + right.groups
    case .choice(_, let nodes): nodes.flatMap(\.groups)
    case .capture(_, let number, let node): [number] + node.groups
    case .iteration(_, let node, _, _, _): node.groups
    }
  }
}
