// SPDX-License-Identifier: Apache-2.0
// WITH REASON: why a statement changes what it changes, in the record that it writes into.

import Testing

@Suite struct ReasonTests {
  private let folder = Folder()

  private func makeLog() -> LogAtHand {
    let log = LogAtHand(path: folder.file("log"))
    log.execute("CREATE TABLE t (id INT PRIMARY KEY, name TEXT)", creates: true)
    return log
  }

  private func reasons(_ log: LogAtHand) -> [String] {
    log.rows("SELECT reason FROM kb.records WHERE \"offset\" > 0 ORDER BY \"offset\"").map {
      field("reason", of: $0) ?? ""
    }
  }

  @Test func `a reason stands in the record of its statement, before RETURNING or behind it`() {
    let log = makeLog()
    let outcome = log.append(
      [
        "--reason", "otherwise", "--sql", "-c",
        """
        INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c') WITH REASON 'admission';
        INSERT INTO t SELECT 4, 'd' ON CONFLICT (id) DO NOTHING;
        UPDATE t SET name = '[REDACTED]' WHERE id = 1 WITH REASON 'GDPR ''17''' RETURNING name;
        DELETE FROM t WHERE id = 2 RETURNING id WITH REASON $$error$$;
        INSERT INTO t VALUES (1, 'z')
        ON CONFLICT (id) DO UPDATE SET name = excluded.name WITH REASON 'mended';
        DELETE FROM t WHERE id = 99 WITH REASON 'nothing to do'
        """,
      ])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(reasons(log) == ["admission", "otherwise", "GDPR '17'", "error", "mended"])
    #expect(
      log.rows(
        "SELECT t.id, r.reason FROM t FOR SYSTEM_TIME ALL JOIN kb.records r ON r.\"offset\" = t._deleted_offset ORDER BY 1"
      ) == [
        #"{"id":1,"reason":"GDPR '17'"}"#, #"{"id":1,"reason":"mended"}"#,
        #"{"id":2,"reason":"error"}"#,
      ])
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
  }

  @Test func `a transaction has one reason`() {
    let log = makeLog()
    log.execute(
      """
      BEGIN;
      INSERT INTO t VALUES (1, 'a');
      UPDATE t SET name = 'b' WITH REASON 'one';
      DELETE FROM t WITH REASON 'one';
      INSERT INTO t VALUES (2, 'b');
      COMMIT
      """)
    log.execute("BEGIN; INSERT INTO t VALUES (3, 'c') WITH REASON 'gone'; ROLLBACK")
    log.execute("INSERT INTO t VALUES (4, 'd')")
    #expect(reasons(log) == ["one", "null"])
    let two = log.append(
      [
        "--sql", "-c",
        "BEGIN; DELETE FROM t WHERE id = 2 WITH REASON 'one'; DELETE FROM t WITH REASON 'two'; COMMIT",
      ])
    #expect(two.status == 65 && two.error.contains("SQLSTATE 25000"), "\(two)")
    #expect(two.errorLines.last?.contains("hint: a record has one") == true, "\(two)")
    #expect(log.rows("SELECT count(*) AS n FROM t") == [#"{"n":2}"#])
  }

  @Test(arguments: [
    ("DELETE FROM t WITH REASON", "42601"), ("DELETE FROM t WITH REASON 1", "42601"),
    ("DELETE FROM t WITH REASON ''", "22023"), ("DELETE FROM t WITH REASON 'a' || 'b'", "42601"),
    ("DELETE FROM t WITH REASON 'a' RETURNING id WITH REASON 'a'", "42601"),
    ("DELETE FROM t WITH REASON 'a' WHERE id = 1", "42601"),
    ("CREATE TABLE u (a INT) WITH REASON 'a'", "0A000"),
    ("DROP TABLE t WITH REASON 'a'", "42601"), ("BEGIN WITH REASON 'a'", "42601"),
  ])
  func `what is no reason is refused`(sql: String, state: String) {
    let log = makeLog()
    let outcome = log.append(["--sql", "-c", sql])
    #expect(outcome.status == 65 && outcome.error.contains("SQLSTATE \(state)"), "\(outcome)")
    #expect(log.records().count == 1)
  }
}
