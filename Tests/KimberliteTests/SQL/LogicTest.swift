// SPDX-License-Identifier: Apache-2.0
// The format of sqllogictest (sqlite.org/sqllogictest), read: what is to be run, and what must
// come of it. Results stand one value to a line, or one row to a line with | between its values.

/// What a record of the format says.
struct LogicRecord {
  enum Expectation: Equatable {
    case success
    /// A SQLSTATE, or a pattern that the message matches; `nil` for any error.
    case failure(String?)
    case rows(LogicRows)
  }

  /// Of the line that begins it.
  var line: Int
  var expectation: Expectation
  var sql = ""
}

/// What a query must give.
struct LogicRows: Equatable {
  enum Order: String { case nosort, rowsort, valuesort }

  /// A letter a column: T, I or R.
  var kinds: String
  var order = Order.nosort
  /// Queries of one label give the same.
  var label: String?
  /// Lines below `----`; `nil` where the file leaves them out.
  var lines: [String]?
  /// From how many values on their hash stands in their place; 0 for never.
  var hashThreshold = 0
}

/// A file of records.
struct LogicTest {
  /// The name that `skipif` and `onlyif` know us by.
  private static let engine = "kimberlite"

  private(set) var records: [LogicRecord] = []
  /// What is wrong with the file.
  private(set) var mistakes: [String] = []
  private var hashThreshold = 0

  init(_ text: String) {
    var isSkipped = false
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var next = 0
    while next < lines.count {
      let start = next
      next += 1
      let words = lines[start].split(separator: " ")
      guard let word = words.first, !word.hasPrefix("#") else { continue }
      switch word {
      case "skipif": isSkipped = isSkipped || words.dropFirst().first == Substring(Self.engine)
      case "onlyif": isSkipped = isSkipped || words.dropFirst().first != Substring(Self.engine)
      case "halt":
        if !isSkipped { return }
        isSkipped = false
      case "hash-threshold": hashThreshold = words.dropFirst().first.flatMap { Int($0) } ?? 0
      case "statement", "query":
        var end = start + 1
        while end < lines.count, !lines[end].isEmpty { end += 1 }
        if !isSkipped { add(Array(words), lines[(start + 1)..<end], at: start + 1) }
        isSkipped = false
        next = end
      default: mistakes.append("line \(start + 1): \(word)")
      }
    }
  }

  private mutating func add(_ head: [Substring], _ body: ArraySlice<Substring>, at line: Int) {
    let divider = body.firstIndex(of: "----")
    let sql = body[..<(divider ?? body.endIndex)].joined(separator: "\n")
    let expectation: LogicRecord.Expectation
    switch (head[0], head.dropFirst().first) {
    case ("statement", "ok"): expectation = .success
    case ("statement", "error"), ("query", "error"):
      let reason = head.dropFirst(2).joined(separator: " ")
      expectation = .failure(reason.isEmpty ? nil : reason)
    case ("query", let kinds?):
      var rows = LogicRows(kinds: String(kinds), hashThreshold: hashThreshold)
      var rest = head.dropFirst(2)
      if let order = rest.first.flatMap({ LogicRows.Order(rawValue: String($0)) }) {
        rows.order = order
        rest = rest.dropFirst()
      }
      rows.label = rest.first.map(String.init)
      rows.lines = divider.map { body[($0 + 1)...].map(String.init) }
      expectation = .rows(rows)
    default: return mistakes.append("line \(line): \(head.joined(separator: " "))")
    }
    records.append(LogicRecord(line: line, expectation: expectation, sql: sql))
  }
}
