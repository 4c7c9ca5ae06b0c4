// SPDX-License-Identifier: Apache-2.0
// Erasing PERSONAL columns, and what a row's record holds beside its versions.

import Testing

@Suite struct PersonalPurgeTests {
  private let bench = PurgeBench()
  private var log: LogAtHand { bench.log }

  private func makeLog() {
    log.execute(
      """
      CREATE TABLE t (
        id INT PRIMARY KEY, nick TEXT PERSONAL, name TEXT NOT NULL UNIQUE PERSONAL, city TEXT)
      """, creates: true)
    log.execute(
      """
      INSERT INTO t VALUES (6, 'nick-six', 'name-six', 'c'), (7, 'planted-nick', 'planted-name', 'c')
      """)
    log.execute("ALTER TABLE t ADD COLUMN phone TEXT DEFAULT 'none' PERSONAL")
    log.execute("UPDATE t SET name = 'planted-other', phone = 'planted-phone' WHERE id = 7")
    log.execute("ALTER TABLE t DROP COLUMN nick")
    log.execute("CREATE INDEX ON t (phone)")
    log.execute("UPDATE t SET city = 'd' WHERE id = 7")
  }

  @Test func `personal values go from every version and column, and the rest stays`() {
    makeLog()
    let options = ["--table", "t", "--where", "id = 7", "--personal", "--reason", "GDPR art. 17"]
    bench.purge(options)
    for text in ["planted-nick", "planted-name", "planted-other", "planted-phone"] {
      #expect(bench.files(holding: text) == [], "\(text)")
    }
    #expect(
      log.rows("SELECT id, name, city, phone FROM t ORDER BY id") == [
        #"{"id":6,"name":"name-six","city":"c","phone":"none"}"#,
        #"{"id":7,"name":null,"city":"d","phone":null}"#,
      ])
    // What was not there yet is what the schema says, then as now.
    #expect(
      log.rows("SELECT name, phone FROM t FOR SYSTEM_TIME ALL WHERE id = 7 ORDER BY _offset") == [
        #"{"name":null,"phone":"none"}"#, #"{"name":null,"phone":null}"#,
        #"{"name":null,"phone":null}"#,
      ])
    #expect(
      log.rows("SELECT id, nick FROM t AS OF OFFSET 2 ORDER BY id") == [
        #"{"id":6,"nick":"nick-six"}"#, #"{"id":7,"nick":null}"#,
      ])
    bench.expectWhole()
    // The row goes on without them; nothing new may be NULL.
    log.execute("UPDATE t SET city = 'e' WHERE id = 7")
    log.execute("INSERT INTO t (id, name) VALUES (8, 'name-six-b') RETURNING id")
    let refused = log.append(["--sql", "-c", "UPDATE t SET name = NULL WHERE id = 6"])
    #expect(refused.status == 65 && refused.error.contains("SQLSTATE 23502"), "\(refused)")
    bench.purge(["--table", "t", "--where", "id = 7", "--reason", "the rest as well"])
    #expect(log.rows("SELECT id FROM t FOR SYSTEM_TIME ALL WHERE id = 7") == [])
    bench.expectWhole()
  }

  @Test(arguments: [[], ["--superseded"], ["--personal"]])
  func `what began and ended in one record goes with its row`(scope: [String]) {
    makeLog()
    log.execute(
      """
      BEGIN;
      UPDATE t SET name = 'Zpassing-one' WHERE id = 7;
      UPDATE t SET name = 'Yfleeting-two' WHERE id = 7;
      UPDATE t SET name = 'resting' WHERE id = 7;
      COMMIT
      """)
    log.execute("UPDATE t SET city = 'f' WHERE id = 7")
    // A record of which no version is left in the view at all.
    log.execute(
      """
      BEGIN;
      INSERT INTO t (id, name) VALUES (9, 'Xnobody-three'); DELETE FROM t WHERE id = 9;
      COMMIT
      """)
    log.execute("INSERT INTO t (id, name) VALUES (9, 'somebody')")
    bench.purge(["--table", "t", "--where", "id IN (7, 9)", "--reason", "r"] + scope)
    for text in ["Zpassing-one", "Yfleeting-two", "Xnobody-three"] {
      #expect(bench.files(holding: text) == [], "\(text)")
    }
    bench.expectWhole()
  }
}
