// SPDX-License-Identifier: Apache-2.0
// A query that would never end, or take all memory, ends by its bounds.

import Testing

@Suite
struct QueryBoundsTests {
  let log: LogAtHand
  let folder = Folder()

  init() {
    log = LogAtHand(path: folder.file("log"))
    log.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)", creates: true)
  }

  @Test func `a query that runs for too long is canceled`() {
    let endless =
      "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n FROM r) SELECT count(*) FROM r"
    let outcome = log.query(endless, ["--timeout", "50ms"])
    #expect(outcome.status == 75)
    #expect(outcome.error.contains("canceled: the query ran for more than 0.05 seconds"))
    #expect(outcome.error.contains("57014"))
    // Each statement has its own time.
    let three = log.query("SELECT 1 AS a; SELECT 2 AS a; \(endless)", ["--timeout", "50ms"])
    #expect(three.status == 75)
    #expect(three.text == "{\"a\":1}\n{\"a\":2}\n")
  }

  @Test func `a query that needs too much memory ends`() {
    let rows = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1000000)"
    let sorted = "\(rows) SELECT count(*) AS n FROM (SELECT DISTINCT n FROM r) AS d"
    let outcome = log.query(sorted, ["--memory", "8M"])
    #expect(outcome.status == 75)
    #expect(outcome.error.contains("out of memory") && outcome.error.contains("53200"))
    #expect(log.query("SELECT count(*) AS n FROM t", ["--memory", "8M"]).text == "{\"n\":0}\n")
  }

  @Test(arguments: ["0s", "5", "x", "-1s", "1y", "99999999999999999999s"])
  func `what is no duration is refused`(text: String) {
    #expect(log.query("SELECT 1", ["--timeout=\(text)"]).status == 64)
  }

  @Test(arguments: ["0", "x", "1T", "-1M", "9999999999G"])
  func `what is no size is refused`(text: String) {
    #expect(log.query("SELECT 1", ["--memory=\(text)"]).status == 64)
  }
}
