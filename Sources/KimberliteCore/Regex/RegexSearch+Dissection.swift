// SPDX-License-Identifier: Apache-2.0
// Taking a match apart: which part of it each group took. As regexec.c does it, except that what
// cannot succeed is known beforehand, by an automaton that comes from the end.

extension RegexSearch {
  /// Sets the groups of a node that takes exactly a range; false where back references forbid it.
  ///
  /// - Precondition: the node's program matches the range.
  mutating func dissect(_ node: RegexNode, _ start: Int, _ end: Int) throws(SQLError) -> Bool {
    try spend(1)
    switch node {
    case .plain: return true
    case .concatenation(_, let left, let right):
      return try concatenation(left, right, start, end)
    case .choice(_, let nodes):
      for node in nodes {
        guard
          try self.end(node.bounds.program, start, end...end, isShortest: true) != nil
        else { continue }
        if try dissect(node, start, end) { return true }
        forget(node)
      }
      return false
    case .capture(_, let number, let inner):
      guard try dissect(inner, start, end) else { return false }
      captures[number] = start..<end
      return true
    case .iteration(_, let inner, let minimum, let maximum, let rest):
      return try iteration(inner, minimum, maximum, rest, start, end)
    case .backReference(_, let number, let minimum, let maximum):
      return repeats(number, minimum, maximum, start, end)
    }
  }

  private mutating func forget(_ node: RegexNode) {
    for group in node.groups { captures[group] = nil }
  }

  private mutating func concatenation(
    _ left: RegexNode, _ right: RegexNode, _ start: Int, _ end: Int
  ) throws(SQLError) -> Bool {
    guard let reverse = right.bounds.reverse else {
      preconditionFailure("what follows something is read backwards")
    }
    let possible = try starts(reverse, start, end)
    let isShortest = left.bounds.isShortest
    var low = start
    var high = end
    while low <= high,
      let middle = try self.end(
        left.bounds.program, start, low...high, isShortest: isShortest, where: possible, from: start
      )
    {
      if try dissect(left, start, middle), try dissect(right, middle, end) { return true }
      forget(left)
      forget(right)
      if isShortest { low = middle + 1 } else { high = middle - 1 }
    }
    return false
  }

  /// A round of an iteration, and where it may still be tried to end.
  private struct Round {
    var start: Int
    var low: Int
    var high: Int
  }

  /// Rounds of a node: each takes what it prefers, as long as the rest can still be taken.
  private mutating func iteration(
    _ node: RegexNode, _ minimum: Int, _ maximum: Int?, _ rest: Int, _ start: Int, _ end: Int
  ) throws(SQLError) -> Bool {
    if minimum == 0, start == end {
      // A round that takes nothing is rather there than not, unless it wants little.
      if node.bounds.isShortest { return true }
      if try self.end(node.bounds.program, start, end...end, isShortest: true) != nil,
        try dissect(node, start, end)
      {
        return true
      }
      forget(node)
      return true
    }
    let least = max(1, minimum)
    // A round takes a character at least, unless the count of rounds needs more.
    let most = max(least, min(maximum ?? .max, end - start))
    let possible = try starts(rest, start, end)
    let isShortest = node.bounds.isShortest
    var rounds = [Round(start: start, low: start, high: end)]
    /// Numbers of a round and where it began, from where the end cannot be reached.
    var failed: Set<Int> = []
    func key(_ round: Int, _ place: Int) -> Int { round * (end - start + 1) + place - start }
    while let round = rounds.last {
      try spend(1)
      let count = rounds.count
      let next =
        round.low > round.high
        ? nil
        : try self.end(
          node.bounds.program, round.start, round.low...round.high, isShortest: isShortest,
          where: possible, from: start)
      guard let next else {
        failed.insert(key(count, round.start))
        rounds.removeLast()
        continue
      }
      if isShortest { rounds[count - 1].low = next + 1 } else { rounds[count - 1].high = next - 1 }
      if next == round.start, count >= least || least - count < end - next { continue }
      if next == end {
        if count >= least, try verify(node, rounds.map(\.start) + [end]) { return true }
      } else if count < most, !failed.contains(key(count + 1, next)) {
        rounds.append(Round(start: next, low: next, high: end))
      }
    }
    return false
  }

  private mutating func verify(_ node: RegexNode, _ ends: [Int]) throws(SQLError) -> Bool {
    for (start, end) in zip(ends, ends.dropFirst()) {
      // What an earlier round captured does not stay.
      forget(node)
      if !(try dissect(node, start, end)) { return false }
    }
    return true
  }

  /// Whether a range is a number of copies of what a group took.
  private func repeats(_ number: Int, _ minimum: Int, _ maximum: Int?, _ start: Int, _ end: Int)
    -> Bool
  {
    guard let group = captures[number] else { return false }
    if start == end { return minimum == 0 || group.isEmpty }
    if group.isEmpty || (end - start) % group.count != 0 { return false }
    let count = (end - start) / group.count
    if count < minimum || count > maximum ?? .max { return false }
    return (start..<end).allSatisfy { index in
      let original = text[group.lowerBound + (index - start) % group.count]
      if text[index] == original { return true }
      return regex.options.ignoresCase && text[index].cases.contains(original)
    }
  }
}
