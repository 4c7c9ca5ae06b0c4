// SPDX-License-Identifier: Apache-2.0
// Whether a pattern matches somewhere in a text: a deterministic automaton that is made as it is
// needed, one look at a table for a character. For patterns whose places are told by the ends of
// the text alone.

/// A deterministic automaton of a pattern, with the states that texts so far have asked for.
struct RegexAutomaton {
  /// Beyond this it begins anew: memory is bounded, whatever the texts.
  private static let statesMax = 1000

  private let regex: RegularExpression
  private let program: RegexProgram
  /// The sets of program states, those at the end of a text among them.
  private var members: [[Int]] = []
  private var numbers: [[Int]: Int] = [:]
  /// Whether the pattern has matched, and whether it does if the text ends here.
  private var isAccepting: [Bool] = []
  private var isAcceptingAtEnd: [Bool] = []
  /// By state and ASCII character; -1: not made yet.
  private var table: [Int32] = []
  private var first = 0
  /// Of an empty text, which begins and ends at once.
  private let acceptsEmpty: Bool

  /// `nil` where the pattern asks for more of a place.
  init?(_ regex: RegularExpression) {
    if regex.hasBackReferences { return nil }
    program = regex.programs[regex.tree.bounds.program]
    for state in program.states {
      switch state {
      case .look: return nil
      case .assertion(let assertion, _):
        if assertion != .textStart, assertion != .textEnd { return nil }
      case .scalar, .set, .split, .accept: break
      }
    }
    self.regex = regex
    acceptsEmpty = Self.accepts(
      program, Self.closure(program, [program.start], isStart: true, isEnd: true))
    first = state(Self.closure(program, [program.start], isStart: true))
  }

  mutating func matches(_ text: String) -> Bool {
    if text.isEmpty { return acceptsEmpty }
    var current = first
    if isAccepting[current] { return true }
    for scalar in text.unicodeScalars {
      if scalar.isASCII {
        let place = current << 7 | Int(scalar.value)
        let known = table[place]
        if known >= 0 {
          current = Int(known)
        } else {
          let size = members.count
          current = following(current, scalar)
          // The table may have begun anew.
          if members.count >= size { table[place] = Int32(current) }
        }
      } else {
        current = following(current, scalar)
      }
      if isAccepting[current] { return true }
    }
    return isAcceptingAtEnd[current]
  }

  /// The number of a set of states.
  private mutating func state(_ states: [Int]) -> Int {
    if let known = numbers[states] { return known }
    let number = members.count
    members.append(states)
    numbers[states] = number
    isAccepting.append(Self.accepts(program, states))
    isAcceptingAtEnd.append(
      Self.accepts(program, Self.closure(program, states, isStart: false, isEnd: true)))
    table += Array(repeating: -1, count: 128)
    return number
  }

  private mutating func following(_ current: Int, _ scalar: Unicode.Scalar) -> Int {
    var next: [Int] = []
    for state in members[current] {
      switch program.states[state] {
      case .scalar(scalar, let to): next.append(to)
      case .set(let set, let to) where regex.sets[set].contains(scalar): next.append(to)
      default: break
      }
    }
    if members.count >= Self.statesMax {
      let start = members[first]
      members = []
      numbers = [:]
      isAccepting = []
      isAcceptingAtEnd = []
      table = []
      first = state(start)
    }
    // A match may begin at every place.
    return state(Self.closure(program, next + [program.start], isStart: false))
  }

  private static func accepts(_ program: RegexProgram, _ states: [Int]) -> Bool {
    states.contains { if case .accept = program.states[$0] { true } else { false } }
  }

  /// What is reached without a character, ordered; what waits for the end of the text stays.
  private static func closure(
    _ program: RegexProgram, _ states: [Int], isStart: Bool, isEnd: Bool = false
  ) -> [Int] {
    var marks = Array(repeating: false, count: program.states.count)
    var stack = states
    var result: [Int] = []
    while let state = stack.popLast() {
      if marks[state] { continue }
      marks[state] = true
      switch program.states[state] {
      case .scalar, .set, .accept: result.append(state)
      case .split(let first, let second): stack += [first, second]
      case .assertion(.textStart, let next):
        if isStart { stack.append(next) }
      case .assertion(_, let next):
        result.append(state)
        if isEnd { stack.append(next) }
      case .look: preconditionFailure("a pattern with a lookaround has no such automaton")
      }
    }
    return result.sorted()
  }
}
