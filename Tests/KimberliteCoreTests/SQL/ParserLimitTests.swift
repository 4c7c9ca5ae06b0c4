// SPDX-License-Identifier: Apache-2.0
// Every input ends in a tree of bounded height or in an error, in linear time and on any stack.

import KimberliteCore
import Testing

private func times(_ count: Int, _ text: String) -> String {
  String(repeating: text, count: count)
}

private var complex: SQLError.State { .statementTooComplex }

private func state(_ text: String) -> SQLError.State? {
  var parser = Parser(text)
  do throws(SQLError) {
    while try parser.next() != nil {}
    return nil
  } catch {
    return error.state
  }
}

@Suite struct ParserLimitTests {
  // What comes before, what is repeated, what comes after. Small, since it is printed.
  @Test(arguments: [
    ("", "(", ""), ("", "NOT ", "true"), ("", "- ", "1"), ("", "+", "1"),
    ("", "CASE WHEN ", ""), ("", "CASE ", ""), ("", "f(", ""), ("", "(SELECT ", ""),
    ("", "EXISTS (SELECT ", ""), ("", "CAST(", ""), ("a", "::int", ""), ("1", " + 1", ""),
    ("1", " OR 1", ""), ("a", " IS NULL OR a", ""), ("", "a IN (", ""),
    ("", "a IN (SELECT ", ""), ("", "1 + (2 * ", ""), ("", "trim(", ""),
    ("", "a OR b AND NOT c IS DISTINCT FROM d < e LIKE f || g + h * i ^ -(", ""),
  ])
  func `deep expressions end in a clean error`(before: String, repeated: String, after: String) {
    // 100 000 of the short ones, a megabyte of the long ones.
    let count = min(100_000, 1_000_000 / repeated.utf8.count)
    let result = state("SELECT " + before + times(count, repeated) + after)
    #expect(result == complex)
  }

  @Test(arguments: [
    ("", "SELECT * FROM ("), ("SELECT 1", " UNION SELECT 1"),
    ("SELECT * FROM a", " JOIN b USING (c)"), ("", "("), ("SELECT * FROM ", "("),
    ("", "WITH a AS ("), ("SELECT * FROM ", "(a JOIN "), ("INSERT INTO t VALUES (", "("),
  ])
  func `deep statements end in a clean error`(before: String, repeated: String) {
    let result = state(before + times(100_000, repeated))
    #expect(result == complex)
  }

  @Test func `a name of 100 000 parts is an error`() {
    #expect(state("SELECT a" + times(100_000, ".b")) == .syntaxError)
  }

  @Test func `a tree cannot be higher than the limit however it is put together`() {
    // Each level is allowed by itself; together they would be 10 × 500 operators high.
    var text = "1"
    for _ in 0..<10 { text = "(\(text))" + times(500, " + 1") }
    #expect(state("SELECT " + text) == complex)
    var query = "SELECT 1"
    for _ in 0..<10 { query = "SELECT * FROM (\(query)) x" + times(200, " CROSS JOIN y") }
    #expect(state(query) == complex)
  }

  @Test func `what is within the limits is parsed`() {
    #expect(state("SELECT " + times(240, "(") + "1" + times(240, ")")) == nil)
    #expect(state("SELECT " + times(240, "NOT ") + "a") == nil)
    #expect(state("SELECT 1" + times(899, " + 1")) == nil)
    #expect(state("SELECT a" + times(899, " AND a")) == nil)
    #expect(state("SELECT 'a'" + times(899, " || 'a'")) == nil)
    #expect(state("SELECT " + times(45, "(SELECT ") + "1" + times(45, ")")) == nil)
    #expect(state(times(45, "SELECT * FROM (") + "SELECT 1" + times(45, ") a")) == nil)
    #expect(
      state("SELECT " + times(100, "CASE WHEN a THEN ") + "1" + times(100, " END")) == nil)
  }

  @Test func `long lists are no nesting`() throws {
    var insert = Parser("INSERT INTO t VALUES (0, 'a')" + times(100_000, ", (1, 'b')"))
    guard case .insert(let statement)? = try insert.next()?.statement,
      case .values(let rows) = statement.source
    else {
      Issue.record("not an INSERT")
      return
    }
    #expect(rows.count == 100_001)
    #expect(state("SELECT a IN (1" + times(100_000, ", 2") + ")") == nil)
    #expect(state("SELECT 1" + times(100_000, ", a")) == nil)
    #expect(state(times(100_000, ";") + "SELECT 1") == nil)
    #expect(state("SELECT 1 " + times(100_000, "/*") + times(100_000, "*/")) == nil)
  }

  @Test func `a text that is too long is refused`() {
    var parser = Parser(times(Limits.statementBytesMax + 1, " "))
    let error = #expect(throws: SQLError.self) { try parser.next() }
    #expect(error?.state == .programLimit)
    #expect(throws: Never.self) { try parser.next() }
  }
}
