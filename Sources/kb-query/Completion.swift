// SPDX-License-Identifier: Apache-2.0

import CEdit
import Glibc
import Kimberlite

/// Completion of names and keywords, as libedit asks for it.
enum Completion {
  // libedit calls back without context, on the one thread that reads lines; the handler of SIGINT
  // interrupts that same thread.
  nonisolated(unsafe) static var names: [String] = []
  nonisolated(unsafe) static var interrupter: Interrupter?
  nonisolated(unsafe) private static var found: [String] = []

  private static let keywords = [
    "SELECT", "FROM", "WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "OFFSET", "JOIN",
    "LEFT JOIN", "ON", "USING", "AS OF OFFSET", "AS OF TIMESTAMP", "FOR SYSTEM_TIME ALL",
    "FOR SYSTEM_TIME AS OF", "FOR SYSTEM_TIME BETWEEN", "DISTINCT", "COUNT(", "EXPLAIN", "WITH",
    "UNION", "INTERSECT", "EXCEPT", "CASE", "WHEN", "THEN", "ELSE", "END", "CAST(", "AND", "OR",
    "NOT", "NULL", "IN", "EXISTS", "BETWEEN", "LIKE", "ILIKE", "IS",
  ]

  static func matches(
    _ text: UnsafePointer<CChar>?, _ start: Int32, _ end: Int32
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
    guard let text else { return nil }
    let prefix = String(cString: text)
    let lowered = prefix.lowercased()
    found =
      names.filter { $0.lowercased().hasPrefix(lowered) }
      + keywords.filter { $0.lowercased().hasPrefix(lowered) }
    // Nothing of ours: file names would be no help in SQL.
    kb_edit_completion_is_over()
    return rl_completion_matches(text) { _, state in
      // libedit frees what it is given.
      state < Completion.found.count ? strdup(Completion.found[Int(state)]) : nil
    }
  }
}
