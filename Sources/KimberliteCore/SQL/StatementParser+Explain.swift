// SPDX-License-Identifier: Apache-2.0
// EXPLAIN.

extension StatementParser {
  /// `EXPLAIN [(option, …)] statement`; answers what is to be explained.
  mutating func explain() throws(SQLError) -> Statement {
    advance()
    if at("analyze") || at("analyse") || at("verbose") {
      throw unsupported("EXPLAIN \(token.text.uppercased())", hint: "EXPLAIN runs nothing")
    }
    if at(symbol: "("), isAtOption { try explainOptions() }
    let start = token.start
    let explained = try statement()
    switch explained {
    case .select, .insert, .update, .delete, .merge: return explained
    case .with: throw unsupported("EXPLAIN of WITH around what changes rows", at: start)
    default: throw syntaxError(expected: "SELECT, INSERT, UPDATE, DELETE or MERGE")
    }
  }

  /// Whether parentheses hold options, and not a query.
  private var isAtOption: Bool {
    peek().kind == .word
      && !["select", "values", "with", "table"].contains(peek().text)
  }

  /// Options that say what EXPLAIN does anyway.
  private mutating func explainOptions() throws(SQLError) {
    try expect(symbol: "(")
    repeat {
      let start = token.start
      let option = try label("an option").text
      let value = token.text
      if option == "format" {
        if !accept("text") { throw unsupported("FORMAT \(value.uppercased())", at: start) }
        continue
      }
      let options = [
        "analyze", "verbose", "costs", "settings", "buffers", "wal", "timing", "summary",
        "generic_plan",
      ]
      guard options.contains(option) else {
        throw SQLError(
          .syntaxError, "unrecognized EXPLAIN option \"\(option)\"", at: start,
          hint: nearestHint(to: option, among: options))
      }
      guard accept("off") || accept("false") else {
        throw unsupported("EXPLAIN (\(option.uppercased()))", at: start)
      }
    } while accept(symbol: ",")
    try expect(symbol: ")")
  }
}
