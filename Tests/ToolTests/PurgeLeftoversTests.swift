// SPDX-License-Identifier: Apache-2.0
// What no view shows and the log holds all the same: versions of no duration, tables and streams
// that were dropped.

import Testing

@Suite struct PurgeLeftoversTests {
  private let bench = PurgeBench()
  private var log: LogAtHand { bench.log }

  private func erase(_ options: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    bench.purge(options + ["--reason", "r"], sourceLocation: sourceLocation)
    bench.expectWhole(sourceLocation: sourceLocation)
  }

  @Test func `a condition finds what began and ended in one record`() {
    log.execute(
      """
      CREATE TABLE t (id INT PRIMARY KEY, name TEXT, nick TEXT PERSONAL, n NUMERIC);
      ALTER TABLE t ADD COLUMN late INT DEFAULT 5;
      BEGIN;
      INSERT INTO t VALUES (1, 'Zebulon-gone', 'Znicked', 1.50); DELETE FROM t WHERE id = 1;
      INSERT INTO t VALUES (2, 'Yggdrasil-moved', 'Ynicked', 2); UPDATE t SET id = 3, name = 'x';
      INSERT INTO t VALUES (4, 'stays-here', 'nick', 7);
      COMMIT
      """, creates: true)
    #expect(log.rows("SELECT id FROM t FOR SYSTEM_TIME ALL ORDER BY id").count == 2)
    for (text, condition) in [
      ("Zebulon-gone", "name LIKE 'Zebulon%'"), ("Yggdrasil-moved", "nick = 'Ynicked' AND id = 2"),
    ] {
      #expect(!bench.files(holding: text).isEmpty)
      erase(["--table", "t", "--where", condition])
      #expect(bench.files(holding: text).isEmpty, "\(text)")
    }
    #expect(!bench.files(holding: "stays-here").isEmpty)
    // Nothing is found twice, and what is not meant stays.
    let again = run("kb-purge", ["--table", "t", "--where", "late = 5", "--reason", "r", log.path])
    #expect(field("rows", of: again.text) == "2", "\(again)")
  }

  @Test func `what was dropped is erased by its name, and when its time is over`() {
    log.execute(
      """
      CREATE TABLE t (id INT PRIMARY KEY, name TEXT, at DATE NOT NULL);
      ALTER TABLE t SET RETENTION '1 year' FROM at;
      INSERT INTO t VALUES (1, 'Zarathustra', '2001-01-01'), (2, 'Yggdrasil-two', '2001-01-01'),
        (3, 'Xenophon-young', '9000-01-01');
      CREATE STREAM s
      """, creates: true)
    #expect(
      log.append(["--stream", "s"], input: .text("\"Wellington-event\"\n\"Vladivostok-other\"\n"))
        .status
        == 0)
    log.execute("DROP TABLE t; DROP STREAM s")
    #expect(log.rows("SELECT * FROM kb.retention").isEmpty)
    erase(["--table", "t", "--where", "id = 1"])
    erase(["--stream", "s", "--where", "sequence = 0"])
    #expect(bench.files(holding: "Zarathustra").isEmpty)
    #expect(bench.files(holding: "Wellington-event").isEmpty)
    #expect(!bench.files(holding: "Vladivostok-other").isEmpty)
    let due = run("kb-purge", ["--due", "--execute", "--reason", "r", log.path])
    #expect(due.status == 0 && due.text.contains(#""table":"t","rows":1"#), "\(due)")
    #expect(bench.files(holding: "Yggdrasil-two").isEmpty)
    #expect(!bench.files(holding: "Xenophon-young").isEmpty)
    bench.expectWhole()
    // A name that is in use again means what is there now.
    log.execute("CREATE TABLE t (id INT PRIMARY KEY)")
    let plan = run("kb-purge", ["--table", "t", "--where", "true", "--reason", "r", log.path])
    #expect(field("rows", of: plan.text) == "0", "\(plan)")
    #expect(
      run("kb-purge", ["--table", "u", "--where", "true", "--reason", "r", log.path]).status == 65)
  }
}
