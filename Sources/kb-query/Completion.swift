// SPDX-License-Identifier: Apache-2.0

import CEdit
import Glibc

/// Completion of names and keywords: tables where a table may stand, else columns of the tables
/// that the statement names.
enum Completion {
  /// Something that rows can be asked of.
  struct Relation {
    var name: String
    var columns: [String]
  }

  // libedit calls back without context, on the one thread that reads lines.
  nonisolated(unsafe) static var relations: [Relation] = []
  /// The lines of the statement before the one that is edited.
  nonisolated(unsafe) static var pending = ""
  nonisolated(unsafe) private static var found: [String] = []

  private static let keywords = [
    "SELECT", "FROM", "WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "OFFSET", "JOIN",
    "LEFT JOIN", "ON", "USING", "AS OF OFFSET", "AS OF TIMESTAMP", "FOR SYSTEM_TIME ALL",
    "FOR SYSTEM_TIME AS OF", "FOR SYSTEM_TIME BETWEEN", "DISTINCT", "COUNT(", "EXPLAIN", "WITH",
    "UNION", "INTERSECT", "EXCEPT", "CASE", "WHEN", "THEN", "ELSE", "END", "CAST(", "AND", "OR",
    "NOT", "NULL", "IN", "EXISTS", "BETWEEN", "LIKE", "ILIKE", "IS",
  ]
  /// What every table has and `*` does not show.
  private static let timeColumns = ["_offset", "_created_at", "_deleted_at", "_deleted_offset"]
  /// What a table's name follows.
  private static let beforeTables: Set<String> = ["from", "join", "into", "update", "table"]
  /// What begins another part of a statement, after a list of tables too.
  private static let clauses = beforeTables.union([
    "select", "where", "on", "using", "group", "having", "order", "limit", "set", "values",
    "returning", "distinct",
  ])

  /// Has libedit ask here on Tab.
  static func start() {
    kb_edit_complete_with { text, start, _ in
      guard let text else { return nil }
      let line = String(cString: kb_edit_line())
      let before = String(String.UnicodeScalarView(line.unicodeScalars.prefix(Int(start))))
      let above = Completion.pending + "\n"
      Completion.found = Completion.candidates(
        String(cString: text), before: above + before, statement: above + line)
      // Nothing of ours: file names would be no help in SQL.
      kb_edit_completion_is_over()
      return rl_completion_matches(text) { _, state in
        // libedit frees what it is given.
        state < Completion.found.count ? strdup(Completion.found[Int(state)]) : nil
      }
    }
  }

  /// What the word that begins with `prefix` behind `before` may become.
  private static func candidates(_ prefix: String, before: String, statement: String) -> [String] {
    // `\d` and a table.
    if before.drop(while: \.isWhitespace).hasPrefix("\\") { return tables(prefix) }
    let tables = wantsTable(words(before)) ? tables(prefix) : []
    if !tables.isEmpty { return tables }
    let used = Set(words(statement))
    let named = relations.filter { used.contains($0.name) }
    // Before FROM is typed, any column may be meant.
    var columns = Set((named.isEmpty ? relations : named).flatMap(\.columns))
    columns.formUnion(timeColumns)
    // Behind `p.` the column is what is completed.
    let dot = prefix.lastIndex(of: ".").map { prefix.index(after: $0) } ?? prefix.startIndex
    let qualified = columns.sorted().map { String(prefix[..<dot]) + $0 }
    return matching(prefix, qualified) + matching(prefix, keywords)
  }

  private static func tables(_ prefix: String) -> [String] {
    matching(prefix, relations.map(\.name))
  }

  private static func matching(_ prefix: String, _ names: [String]) -> [String] {
    let lowered = prefix.lowercased()
    return names.filter { $0.lowercased().hasPrefix(lowered) }
  }

  /// Whether a table's name may stand behind these words.
  private static func wantsTable(_ words: [String]) -> Bool {
    guard let last = words.last else { return false }
    if last == "," { return words.last { clauses.contains($0) } == "from" }
    // IS DISTINCT FROM compares.
    return beforeTables.contains(last) && words.dropLast().last != "distinct"
  }

  /// Names, lower case, and every other character that is no blank, outside of strings.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var isInWord = false
    var isInString = false
    for character in text {
      if character == "'" { isInString.toggle() }
      let isName =
        !isInString && (character.isLetter || character.isNumber || "_.".contains(character))
      if isName, isInWord {
        words[words.count - 1] += character.lowercased()
      } else if isName || (!isInString && !character.isWhitespace) {
        words.append(character.lowercased())
      }
      isInWord = isName
    }
    return words
  }
}
