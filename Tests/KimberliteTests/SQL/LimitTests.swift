// SPDX-License-Identifier: Apache-2.0
// Statements that grow until they are too much. What is too much is an error that says so, class
// 54, in bounded time; it is never a crash, an error of SQLite's own or a wrong answer.

import Testing

@Suite struct LimitTests {
  /// A statement of a size.
  struct Growth: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// A size that is good enough for anybody's statement, and so has to work.
    var good: Int
    /// The largest that is tried.
    var most = 5_000
    var sql: @Sendable (Int) -> String
  }

  private static func list(_ count: Int, _ part: (Int) -> String, by separator: String = ", ")
    -> String
  {
    (0..<count).map(part).joined(separator: separator)
  }

  private static func nested(_ count: Int, _ open: String, _ inner: String, _ close: String)
    -> String
  {
    String(repeating: open, count: count) + inner + String(repeating: close, count: count)
  }

  static let growths: [Growth] = [
    Growth(testDescription: "parentheses", good: 100) { "SELECT " + nested($0, "(", "1", ")") },
    Growth(testDescription: "NOT", good: 30) { "SELECT " + nested($0, "NOT ", "TRUE", "") },
    Growth(testDescription: "signs", good: 30) { "SELECT " + nested($0, "- ", "1", "") },
    Growth(testDescription: "calls in calls", good: 10) {
      "SELECT " + nested($0, "abs(", "1", ")")
    },
    Growth(testDescription: "CASE in CASE", good: 12) {
      "SELECT " + nested($0, "CASE WHEN TRUE THEN ", "1", " END")
    },
    Growth(testDescription: "casts of casts", good: 50) {
      "SELECT " + nested($0, "CAST(", "1", " AS BIGINT)")
    },
    Growth(testDescription: "casts behind casts", good: 50) {
      "SELECT 1" + nested($0, "::bigint", "", "")
    },
    Growth(testDescription: "values from subqueries", good: 8) {
      "SELECT " + nested($0, "(SELECT ", "1", ")")
    },
    Growth(testDescription: "tables from subqueries", good: 8) {
      nested($0, "SELECT * FROM (", "SELECT 1 AS x", ") AS q")
    },
    Growth(testDescription: "EXISTS in EXISTS", good: 8) {
      "SELECT " + nested($0, "EXISTS (SELECT 1 WHERE ", "TRUE", ")")
    },
    Growth(testDescription: "IN in IN", good: 8) {
      "SELECT " + nested($0, "1 IN (SELECT 1 WHERE ", "TRUE", ")")
    },
    Growth(testDescription: "a sum", good: 500) { "SELECT " + list($0, { _ in "1" }, by: " + ") },
    Growth(testDescription: "a sum of NUMERIC", good: 100) {
      "SELECT " + list($0, { _ in "1.5" }, by: " * ")
    },
    Growth(testDescription: "AND", good: 500) {
      "SELECT 1 WHERE " + list($0, { "1 < \($0 + 2)" }, by: " AND ")
    },
    Growth(testDescription: "OR", good: 500) {
      "SELECT 1 WHERE " + list($0, { "1 > \($0 + 2)" }, by: " OR ")
    },
    Growth(testDescription: "strings end to end", good: 200) {
      "SELECT length(" + list($0, { "'\($0)'" }, by: " || ") + ")"
    },
    Growth(testDescription: "IN of a list", good: 1000) {
      "SELECT count(*) FROM t WHERE id IN (" + list($0, { "\($0)" }) + ")"
    },
    Growth(testDescription: "NOT IN of a list of text", good: 1000) {
      "SELECT count(*) FROM t WHERE s NOT IN (" + list($0, { "'\($0)'" }) + ")"
    },
    Growth(testDescription: "rows of VALUES", good: 400) { "VALUES " + list($0, { "(\($0))" }) },
    Growth(testDescription: "rows of VALUES in FROM", good: 400) {
      "SELECT sum(x) FROM (VALUES " + list($0, { "(\($0))" }) + ") AS v (x)"
    },
    Growth(testDescription: "rows of INSERT", good: 1000, most: 1000) {
      "INSERT INTO w VALUES " + list($0, { "(\($0), 'x')" }) + " ON CONFLICT DO NOTHING"
    },
    Growth(testDescription: "columns of a result", good: 1000) {
      "SELECT " + list($0, { "\($0) AS c\($0)" })
    },
    Growth(testDescription: "columns of a row of VALUES", good: 500) {
      "VALUES (" + list($0, { "\($0)" }) + ")"
    },
    Growth(testDescription: "joins", good: 30, most: 1000) {
      "SELECT count(*) FROM t AS t0" + list($0, { " JOIN t AS t\($0 + 1) USING (id)" }, by: "")
    },
    Growth(testDescription: "LEFT joins", good: 30, most: 1000) {
      "SELECT count(*) FROM t AS t0"
        + list($0, { " LEFT JOIN t AS t\($0 + 1) ON t\($0 + 1).id = t\($0).id" }, by: "")
    },
    Growth(testDescription: "tables of one row", good: 20, most: 1000) {
      "SELECT count(*) FROM " + list($0, { "(SELECT 1 AS x) AS t\($0)" })
    },
    Growth(testDescription: "UNION ALL", good: 200) {
      list($0, { "SELECT \($0)" }, by: " UNION ALL ")
    },
    Growth(testDescription: "UNION", good: 200) { list($0, { "SELECT \($0)" }, by: " UNION ") },
    Growth(testDescription: "EXCEPT to the right", good: 8) {
      "SELECT 0" + nested($0, " EXCEPT (SELECT 1", "", ")")
    },
    Growth(testDescription: "names of WITH", good: 40, most: 1000) {
      "WITH w0 AS (SELECT 1 AS x)"
        + list($0, { ", w\($0 + 1) AS (SELECT x FROM w\($0))" }, by: "") + " SELECT x FROM w\($0)"
    },
    Growth(testDescription: "WHEN", good: 500, most: 500) {
      "SELECT CASE 0 " + list($0, { "WHEN \($0) THEN \($0)" }, by: " ") + " END"
    },
    Growth(testDescription: "arguments of coalesce", good: 100) {
      "SELECT coalesce(" + list($0, { _ in "NULL" }) + ", 1)"
    },
    Growth(testDescription: "arguments of concat", good: 100) {
      "SELECT concat(" + list($0, { "\($0)" }) + ")"
    },
    Growth(testDescription: "arguments of greatest", good: 100) {
      "SELECT greatest(" + list($0, { "\($0)" }) + ")"
    },
    Growth(testDescription: "keys of GROUP BY", good: 100, most: 1000) {
      "SELECT count(*) FROM t GROUP BY " + list($0, { "id + \($0)" })
    },
    Growth(testDescription: "keys of ORDER BY", good: 100, most: 1000) {
      "SELECT id FROM t ORDER BY " + list($0, { "id + \($0)" })
    },
    Growth(testDescription: "aggregates", good: 100, most: 1000) {
      "SELECT " + list($0, { "sum(id + \($0))" }) + " FROM t"
    },
    Growth(testDescription: "columns of a table", good: 500, most: 5000) {
      "BEGIN; CREATE TABLE wide (" + list($0, { "c\($0) INTEGER" }) + "); ROLLBACK"
    },
    Growth(testDescription: "checks of a table", good: 50, most: 500) {
      "BEGIN; CREATE TABLE checked (a INTEGER" + list($0, { ", CHECK (a > \($0))" }, by: "")
        + "); ROLLBACK"
    },
    Growth(testDescription: "a name", good: 200) { "SELECT 1 AS \(nested($0, "n", "", ""))" },
    Growth(testDescription: "a text", good: 10_000, most: 1_000_000) {
      "SELECT length('\(nested($0, "x", "", ""))')"
    },
    Growth(testDescription: "a text made", good: 10_000, most: 10_000_000) {
      "SELECT length(repeat('abcdefgh', \($0)))"
    },
    Growth(testDescription: "a text filled", good: 10_000, most: 10_000_000) {
      "SELECT length(lpad('a', \($0), 'x'))"
    },
    Growth(testDescription: "a pattern", good: 1000) {
      "SELECT 'aaa' LIKE '\(nested($0, "a%", "", ""))'"
    },
    Growth(testDescription: "JSON in JSON", good: 100, most: 100) {
      "SELECT '\(nested($0, "[", "", "]"))'::json"
    },
    Growth(testDescription: "digits of a number", good: 37, most: 100_000) {
      "SELECT 1\(nested($0, "0", "", ""))"
    },
    Growth(testDescription: "digits behind a point", good: 30, most: 100_000) {
      "SELECT 0.\(nested($0, "0", "1", ""))"
    },
    Growth(testDescription: "comments in comments", good: 20) {
      "SELECT 1 " + nested($0, "/* ", "", " */")
    },
    Growth(testDescription: "statements", good: 100, most: 1000) {
      list($0, { "SELECT \($0)" }, by: "; ")
    },
  ]

  @Test(arguments: growths)
  func `what grows works, and then is refused as too much`(_ growth: Growth) throws {
    let log = try StatementLog()
    for sql in [
      "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT)", "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
      "CREATE TABLE w (id INTEGER PRIMARY KEY, s TEXT)",
    ] { #expect(log.answer(sql).error == nil) }
    var sizes = [1, growth.good]
    while let last = sizes.last, last * 10 <= growth.most { sizes.append(last * 10) }
    var refusedAt: Int?
    for size in sizes {
      let sql = growth.sql(size)
      let answer = log.answer(sql)
      let what = "\(size): \(answer.error ?? "ok") \(answer.message.prefix(200))"
      if let error = answer.error {
        #expect(size > growth.good, "\(what)")
        #expect(Self.isTooMuch(error), "\(what)")
        refusedAt = refusedAt ?? size
      } else {
        #expect(refusedAt == nil, "\(what), refused at \(refusedAt ?? 0)")
      }
      // The connection is as good as before, once a transaction that failed is over.
      _ = log.answer("ROLLBACK")
      #expect(log.answer("SELECT count(*) FROM t").rows == [["2"]], "\(what)")
    }
    try log.close()
  }

  /// Program limits, a name that is too long, and a number that is too large.
  private static func isTooMuch(_ state: String) -> Bool {
    state.hasPrefix("54") || ["42622", "22003"].contains(state)
  }
}
