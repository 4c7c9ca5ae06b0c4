// SPDX-License-Identifier: Apache-2.0
// The query of a MATCH as FTS5 is given it.

extension FunctionRegistry {
  static let fullTextFunctions: [ScalarFunction] = [
    // What asks for nothing finds nothing; what asks for a column is in parentheses of its own.
    ScalarFunction("kb_match", 2) { (arguments) throws(SQLError) in
      guard case .text(let query) = arguments[0],
        query.unicodeScalars.contains(where: { !$0.properties.isWhitespace })
      else { return .text("\"\"") }
      guard case .text(let column) = arguments[1] else { return .text(query) }
      try requireBalance(query)
      return .text("{\(column)} : (\(query))")
    }
  ]

  /// Refuses a query that would end the parentheses around it.
  private static func requireBalance(_ query: String) throws(SQLError) {
    var depth = 0
    var isQuoted = false
    for byte in query.utf8 {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if isQuoted { continue }
      if byte == UInt8(ascii: "(") { depth += 1 }
      if byte == UInt8(ascii: ")") { depth -= 1 }
      if depth < 0 { break }
    }
    if depth != 0 || isQuoted {
      throw SQLError(
        .syntaxError,
        "the query of MATCH cannot be read: "
          + (isQuoted ? "unterminated string" : "a parenthesis stands alone"))
    }
  }
}
