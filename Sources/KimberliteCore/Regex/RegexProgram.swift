// SPDX-License-Identifier: Apache-2.0
// A nondeterministic automaton of a pattern or of a part of one (Thompson, CACM 11:6, 1968), for
// reading a text forwards or backwards.

struct RegexProgram: Sendable {
  enum State: Sendable {
    case scalar(Unicode.Scalar, next: Int)
    case set(Int, next: Int)
    case split(Int, Int)
    case assertion(RegexAssertion, next: Int)
    /// Whether the program of a number matches from here on.
    case look(Int, behind: Bool, negated: Bool, next: Int)
    case accept
  }

  var states: [State] = []
  var start = 0
}

/// Makes the programs of one pattern; what they take together is bounded.
struct RegexCompiler {
  /// The programs, by number.
  private(set) var programs: [RegexProgram] = []
  private var stateCount = 0
  private var states: [RegexProgram.State] = []

  /// The number of a program for `syntax`.
  mutating func program(_ syntax: RegexSyntax, isReversed: Bool = false) throws(SQLError) -> Int {
    let outer = states
    states = [.accept]
    let start = try compile(syntax, 0, isReversed)
    programs.append(RegexProgram(states: states, start: start))
    states = outer
    return programs.count - 1
  }

  private mutating func add(_ state: RegexProgram.State) throws(SQLError) -> Int {
    stateCount += 1
    if stateCount > Limits.regexStatesMax { throw RegexFault.tooComplex.error }
    states.append(state)
    return states.count - 1
  }

  /// Adds what matches `syntax` and goes on at `next`; answers where it begins.
  private mutating func compile(_ syntax: RegexSyntax, _ next: Int, _ isReversed: Bool)
    throws(SQLError) -> Int
  {
    switch syntax {
    case .empty: return next
    case .scalar(let scalar): return try add(.scalar(scalar, next: next))
    case .set(let set): return try add(.set(set, next: next))
    case .assertion(let assertion): return try add(.assertion(assertion, next: next))
    case .look(let inner, let behind, let negated):
      let program = try program(inner, isReversed: behind)
      return try add(.look(program, behind: behind, negated: negated, next: next))
    case .capture(_, let inner), .backReference(_, let inner):
      return try compile(inner, next, isReversed)
    case .sequence(let items):
      var entry = next
      // From the end to the beginning, each knows what follows.
      for item in isReversed ? items : items.reversed() {
        entry = try compile(item, entry, isReversed)
      }
      return entry
    case .choice(let branches):
      var entry = try compile(branches[branches.count - 1], next, isReversed)
      for branch in branches.dropLast().reversed() {
        entry = try add(.split(try compile(branch, next, isReversed), entry))
      }
      return entry
    case .repeated(let inner, let minimum, let maximum, _):
      return try repeated(inner, minimum, maximum, next, isReversed)
    }
  }

  private mutating func repeated(
    _ inner: RegexSyntax, _ minimum: Int, _ maximum: Int?, _ next: Int, _ isReversed: Bool
  ) throws(SQLError) -> Int {
    var entry = next
    if let maximum {
      for _ in minimum..<maximum {
        entry = try add(.split(try compile(inner, entry, isReversed), next))
      }
    } else {
      let loop = try add(.split(0, next))
      states[loop] = .split(try compile(inner, loop, isReversed), next)
      entry = loop
    }
    for _ in 0..<minimum { entry = try compile(inner, entry, isReversed) }
    return entry
  }
}
