// SPDX-License-Identifier: Apache-2.0
// Whether an answer is the one that a record of a sqllogictest file asks for.

import CCrypto
import KimberliteCore

/// Holds answers against records of one file.
struct LogicJudge {
  /// What queries with a label gave.
  private var labels: [String: [String]] = [:]

  /// What was given in place of what the record asks for; `nil` if it is that.
  mutating func difference(_ record: LogicRecord, _ answer: StatementAnswer) -> String? {
    switch record.expectation {
    case .success:
      return answer.error.map { "error \($0): \(answer.message)" }
    case .failure(let reason):
      guard let error = answer.error else { return "no error: \(Self.rows(answer))" }
      guard let reason else { return nil }
      let isState = reason.utf8.count == 5 && reason.utf8.allSatisfy { $0 < 0x5b && $0 > 0x2f }
      if isState ? reason == error : matches(answer.message, reason) { return nil }
      return "error \(error): \(answer.message)"
    case .rows(let expected):
      if let error = answer.error { return "error \(error): \(answer.message)" }
      let kinds = String(answer.types.map(Self.letter))
      if kinds != expected.kinds { return "types \(kinds): \(Self.rows(answer))" }
      return difference(expected, answer)
    }
  }

  private func matches(_ message: String, _ pattern: String) -> Bool {
    (try? Regex(pattern).firstMatch(in: message)) != nil
  }

  private mutating func difference(_ expected: LogicRows, _ answer: StatementAnswer) -> String? {
    var rows = answer.rows.map { $0.map(Self.visible) }
    // By bytes, as the file's writer sorts.
    if expected.order == .rowsort {
      rows.sort {
        $0.joined(separator: "|").utf8.lexicographicallyPrecedes($1.joined(separator: "|").utf8)
      }
    }
    let lines = rows.map { $0.joined(separator: "|") }
    var values = rows.flatMap(\.self)
    if expected.order == .valuesort { values.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
    if let label = expected.label {
      if let other = labels[label], other != values { return "not what \(label) gave: \(lines)" }
      labels[label] = values
    }
    guard let wanted = expected.lines else { return nil }
    if wanted == values || wanted == lines { return nil }
    if expected.hashThreshold > 0, values.count > expected.hashThreshold,
      wanted == ["\(values.count) values hashing to \(Self.md5(values))"]
    {
      return nil
    }
    return Self.rows(answer)
  }

  /// On one line, and never empty.
  private static func visible(_ value: String) -> String {
    if value.isEmpty { return "(empty)" }
    if value.utf8.allSatisfy({ $0 >= 0x20 }) { return value }
    return value.replacing("\n", with: "\\n").replacing("\t", with: "\\t")
      .replacing("\r", with: "\\r")
  }

  private static func rows(_ answer: StatementAnswer) -> String {
    answer.rows.map { $0.map(visible).joined(separator: "|") }.joined(separator: " / ")
  }

  private static func letter(_ type: SQLType) -> Character {
    switch type {
    case .smallint, .integer, .bigint: "I"
    case .real, .double, .numeric: "R"
    default: "T"
    }
  }

  /// Of the values, each with a newline behind it.
  private static func md5(_ values: [String]) -> String {
    let text = Array(values.map { $0 + "\n" }.joined().utf8)
    var digest = [UInt8](repeating: 0, count: 16)
    EVP_Digest(text, text.count, &digest, nil, EVP_md5(), nil)
    return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
