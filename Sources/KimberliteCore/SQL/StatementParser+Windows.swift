// SPDX-License-Identifier: Apache-2.0
// OVER and WINDOW: partitions, order and frames. SQL:2011 §7.11 and §6.10.

extension StatementParser {
  /// `OVER w` or `OVER (…)`, where one follows; without a window behind it, "over" is an alias.
  mutating func windowReference() throws(SQLError) -> WindowReference? {
    guard at("over") else { return nil }
    if peek().isSymbol("(") {
      advance()
      return .specification(try window())
    }
    let next = peek()
    guard next.kind == .quoted || (next.kind == .word && !Keywords.isReserved(next.text)) else {
      return nil
    }
    advance()
    return .named(try name("a window"))
  }

  /// `WINDOW w AS (…), …`.
  mutating func windows() throws(SQLError) -> [(name: Name, window: WindowSpecification)] {
    advance()
    var list: [(name: Name, window: WindowSpecification)] = []
    repeat {
      let name = try name("a name for the window")
      try expect("as")
      list.append((name: name, window: try window()))
    } while accept(symbol: ",")
    return list
  }

  /// `([base] [PARTITION BY …] [ORDER BY …] [frame])`.
  private mutating func window() throws(SQLError) -> WindowSpecification {
    var window = WindowSpecification(position: token.start)
    try expect(symbol: "(")
    try enter()
    defer { leave() }
    if isAtName, !at("partition", "by"), !isAtFrame { window.base = try name("a window") }
    if accept("partition", "by") {
      window.partitionBy = try expressions()
    }
    if at("order") { window.orderBy = try orderBy() }
    if isAtFrame { window.frame = try frame() }
    try expect(symbol: ")")
    return window
  }

  // MARK: Frames

  private func frameUnit(isWord word: String) -> WindowFrame.Unit? {
    WindowFrame.Unit(rawValue: word.uppercased())
  }

  /// Whether a frame begins here: "rows" alone is a name.
  private var isAtFrame: Bool {
    token.kind == .word && frameUnit(isWord: token.text) != nil && !peek().isSymbol(")")
  }

  private mutating func frame() throws(SQLError) -> WindowFrame {
    let start = token.start
    guard let unit = frameUnit(isWord: token.text) else {
      preconditionFailure("a frame begins with its unit")
    }
    advance()
    let bounds: (WindowFrame.Bound, WindowFrame.Bound)
    let firstPosition: Int
    if accept("between") {
      firstPosition = token.start
      let first = try frameBound()
      try expect("and")
      let secondPosition = token.start
      let second = try frameBound()
      if case .unboundedPreceding = second {
        throw SQLError(
          .windowingError, "frame end cannot be UNBOUNDED PRECEDING", at: secondPosition)
      }
      try requireOrder(first, second, at: secondPosition)
      bounds = (first, second)
    } else {
      firstPosition = token.start
      let first = try frameBound()
      try requireOrder(first, .currentRow, at: firstPosition)
      bounds = (first, .currentRow)
    }
    if case .unboundedFollowing = bounds.0 {
      throw SQLError(
        .windowingError, "frame start cannot be UNBOUNDED FOLLOWING", at: firstPosition)
    }
    return WindowFrame(
      unit: unit, start: bounds.0, end: bounds.1, exclusion: try exclusion(), position: start)
  }

  private func requireOrder(
    _ first: WindowFrame.Bound, _ second: WindowFrame.Bound, at position: Int
  ) throws(SQLError) {
    switch (first, second) {
    case (.currentRow, .preceding):
      throw SQLError(
        .windowingError, "frame starting from current row cannot have preceding rows", at: position)
    case (.following, .preceding):
      throw SQLError(
        .windowingError, "frame starting from following row cannot have preceding rows",
        at: position)
    case (.following, .currentRow):
      throw SQLError(
        .windowingError, "frame starting from following row cannot end with current row",
        at: position)
    default: break
    }
  }

  private mutating func frameBound() throws(SQLError) -> WindowFrame.Bound {
    if accept("current", "row") { return .currentRow }
    if accept("unbounded", "preceding") { return .unboundedPreceding }
    if accept("unbounded", "following") { return .unboundedFollowing }
    // Its operators bind tighter than BETWEEN, whose AND is not theirs.
    let offset = try expression(above: .pattern)
    if accept("preceding") { return .preceding(offset) }
    guard accept("following") else { throw syntaxError(expected: "PRECEDING or FOLLOWING") }
    return .following(offset)
  }

  private mutating func exclusion() throws(SQLError) -> WindowFrame.Exclusion? {
    guard accept("exclude") else { return nil }
    if accept("no", "others") { return nil }
    if accept("current", "row") { return .currentRow }
    if accept("group") { return .group }
    if accept("ties") { return .ties }
    throw syntaxError(expected: "CURRENT ROW, GROUP, TIES or NO OTHERS")
  }
}
