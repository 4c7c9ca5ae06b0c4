// SPDX-License-Identifier: Apache-2.0
// Automata at work on one text: where a match begins and ends, where a part of it can.

struct RegexSearch {
  let regex: RegularExpression
  let text: [Unicode.Scalar]
  /// What is left of the budget.
  private var steps: Int
  private var lanes: [Lane?]
  /// Group 0 is the whole match.
  var captures: [Range<Int>?]

  /// The states that a program is in, kept from one run to the next for their memory.
  private struct Lane {
    var current: [Int] = []
    var following: [Int] = []
    /// Where the thread of a state began.
    var starts: [Int] = []
    var followingStarts: [Int] = []
    /// When a state was last added.
    var marks: [Int]
    var mark = 0
    var stack: [Int] = []

    init(_ count: Int) { marks = Array(repeating: 0, count: count) }

    mutating func reset() {
      current.removeAll(keepingCapacity: true)
      starts.removeAll(keepingCapacity: true)
      begin()
    }

    /// Begins the states of the next place.
    mutating func begin() {
      mark += 1
      following.removeAll(keepingCapacity: true)
      followingStarts.removeAll(keepingCapacity: true)
    }

    mutating func turn() {
      swap(&current, &following)
      swap(&starts, &followingStarts)
    }
  }

  init(_ regex: RegularExpression, _ text: [Unicode.Scalar]) {
    self.regex = regex
    self.text = text
    steps = Limits.regexStepsMax + 64 * text.count
    lanes = Array(repeating: nil, count: regex.programs.count)
    captures = Array(repeating: nil, count: regex.groupCount + 1)
  }

  mutating func spend(_ count: Int) throws(SQLError) {
    steps -= count
    if steps < 0 {
      throw SQLError(
        .statementTooComplex, "matching the regular expression takes too many steps",
        hint: "make the pattern simpler, or match a shorter text")
    }
  }

  /// The next match at or after a place, with its groups in `captures`.
  mutating func next(from start: Int) throws(SQLError) -> Bool {
    for index in captures.indices { captures[index] = nil }
    if regex.hasBackReferences { return try nextTried(from: start) }
    guard let range = try leftmost(from: start) else { return false }
    captures[0] = range
    if regex.groupCount > 0, !(try dissect(regex.tree, range.lowerBound, range.upperBound)) {
      preconditionFailure("a match without back references can be taken apart")
    }
    return true
  }

  /// Back references: what an automaton takes for a match may be none.
  private mutating func nextTried(from start: Int) throws(SQLError) -> Bool {
    let bounds = regex.tree.bounds
    for begin in start...max(start, text.count) {
      var low = begin
      var high = text.count
      while low <= high,
        let end = try end(bounds.program, begin, low...high, isShortest: bounds.isShortest)
      {
        for index in captures.indices { captures[index] = nil }
        if try dissect(regex.tree, begin, end) {
          captures[0] = begin..<end
          return true
        }
        if bounds.isShortest { low = end + 1 } else { high = end - 1 }
      }
    }
    return false
  }

  // MARK: Runs

  private mutating func take(_ program: Int) -> Lane {
    var lane = lanes[program] ?? Lane(regex.programs[program].states.count)
    lanes[program] = nil
    lane.reset()
    return lane
  }

  /// The match that begins first, and of those the one that is preferred.
  private mutating func leftmost(from start: Int) throws(SQLError) -> Range<Int>? {
    let bounds = regex.tree.bounds
    let program = regex.programs[bounds.program]
    var lane = take(bounds.program)
    defer { lanes[bounds.program] = lane }
    var best: Range<Int>?
    var place = start
    while place <= text.count {
      // Threads stand in the order of their beginnings, so the first to reach a state wins it.
      lane.begin()
      var accepted: Int?
      for index in lane.current.indices {
        let begin = lane.starts[index]
        if let accepted, bounds.isShortest || begin > accepted { break }
        guard let next = step(program, lane.current[index], place - 1) else { continue }
        if try close(program, next, place, begin, &lane) { accepted = begin }
      }
      if accepted == nil, best == nil, try close(program, program.start, place, place, &lane) {
        accepted = place
      }
      if let accepted {
        best = accepted..<place
        // A shortest match ends; of the longest, other threads of its beginning may go on.
        if bounds.isShortest, let cut = lane.followingStarts.firstIndex(where: { $0 >= accepted }) {
          lane.following.removeSubrange(cut...)
          lane.followingStarts.removeSubrange(cut...)
        }
      }
      lane.turn()
      if lane.current.isEmpty, best != nil { break }
      place += 1
    }
    return best
  }

  /// The end in `range` that a match from a place prefers; `nil`: none.
  ///
  /// `possible`: which ends serve, for the places from `base` on.
  mutating func end(
    _ number: Int, _ start: Int, _ range: ClosedRange<Int>, isShortest: Bool,
    where possible: [Bool]? = nil, from base: Int = 0
  ) throws(SQLError) -> Int? {
    let program = regex.programs[number]
    var lane = take(number)
    defer { lanes[number] = lane }
    var best: Int?
    var accepts = try close(program, program.start, start, start, &lane)
    var place = start
    while true {
      if accepts, range.contains(place), possible.map({ $0[place - base] }) ?? true {
        if isShortest { return place }
        best = place
      }
      lane.turn()
      if place == range.upperBound || lane.current.isEmpty { return best }
      place += 1
      accepts = try advance(program, &lane, place, isReversed: false)
    }
  }

  /// From which places of `start...end` on a program that reads backwards matches up to `end`.
  mutating func starts(_ number: Int, _ start: Int, _ end: Int) throws(SQLError) -> [Bool] {
    let program = regex.programs[number]
    var lane = take(number)
    defer { lanes[number] = lane }
    var result = Array(repeating: false, count: end - start + 1)
    var place = end
    var accepts = try close(program, program.start, end, 0, &lane)
    while true {
      result[place - start] = accepts
      lane.turn()
      if place == start || lane.current.isEmpty { return result }
      place -= 1
      accepts = try advance(program, &lane, place, isReversed: true)
    }
  }

  /// Whether a program matches from a place on, to any end.
  private mutating func looks(_ number: Int, at start: Int, behind: Bool) throws(SQLError) -> Bool {
    let program = regex.programs[number]
    var lane = take(number)
    defer { lanes[number] = lane }
    var place = start
    var accepts = try close(program, program.start, start, 0, &lane)
    while !accepts {
      lane.turn()
      if place == (behind ? 0 : text.count) || lane.current.isEmpty { return false }
      place += behind ? -1 : 1
      accepts = try advance(program, &lane, place, isReversed: behind)
    }
    return true
  }

  /// Takes the character before `place` (or behind it, where reversed) and comes to `place`.
  private mutating func advance(
    _ program: RegexProgram, _ lane: inout Lane, _ place: Int, isReversed: Bool
  ) throws(SQLError) -> Bool {
    lane.begin()
    var accepts = false
    for index in lane.current.indices {
      let character = isReversed ? place : place - 1
      guard let next = step(program, lane.current[index], character) else { continue }
      if try close(program, next, place, 0, &lane) { accepts = true }
    }
    return accepts
  }

  @inline(__always)
  private func step(_ program: RegexProgram, _ state: Int, _ character: Int) -> Int? {
    switch program.states[state] {
    case .scalar(let scalar, let next): text[character] == scalar ? next : nil
    case .set(let set, let next): regex.sets[set].contains(text[character]) ? next : nil
    default: nil
    }
  }

  /// Adds a state and all that is reached from it without a character; whether one accepts.
  private mutating func close(
    _ program: RegexProgram, _ state: Int, _ place: Int, _ start: Int, _ lane: inout Lane
  ) throws(SQLError) -> Bool {
    var accepts = false
    lane.stack.append(state)
    while let state = lane.stack.popLast() {
      if lane.marks[state] == lane.mark { continue }
      lane.marks[state] = lane.mark
      try spend(1)
      switch program.states[state] {
      case .scalar, .set:
        lane.following.append(state)
        lane.followingStarts.append(start)
      case .split(let first, let second):
        lane.stack.append(second)
        lane.stack.append(first)
      case .assertion(let assertion, let next):
        if holds(assertion, at: place) { lane.stack.append(next) }
      case .look(let number, let behind, let negated, let next):
        if try looks(number, at: place, behind: behind) != negated { lane.stack.append(next) }
      case .accept: accepts = true
      }
    }
    return accepts
  }

  private func holds(_ assertion: RegexAssertion, at place: Int) -> Bool {
    func isWord(_ index: Int) -> Bool {
      text.indices.contains(index) && ScalarClass.word.contains(text[index])
    }
    switch assertion {
    case .textStart: return place == 0
    case .textEnd: return place == text.count
    case .lineStart: return place == 0 || text[place - 1] == "\n"
    case .lineEnd: return place == text.count || text[place] == "\n"
    case .wordStart: return !isWord(place - 1) && isWord(place)
    case .wordEnd: return isWord(place - 1) && !isWord(place)
    case .wordBoundary: return isWord(place - 1) != isWord(place)
    case .noWordBoundary: return isWord(place - 1) == isWord(place)
    }
  }
}
