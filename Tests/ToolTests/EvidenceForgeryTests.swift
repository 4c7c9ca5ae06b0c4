// SPDX-License-Identifier: Apache-2.0
// Evidence and the log: rows that are those of their events, a moment that covers them, a schema that
// they are read by.

import Glibc
import Testing

@Suite struct EvidenceForgeryTests {
  private let bench = EvidenceBench()
  private var log: LogAtHand { bench.log }
  private var folder: Folder { bench.folder }

  private func makeLog() {
    let made = log.append(
      [
        "--sql", "--create", "--actor", "planted-cleo", "-c",
        """
        CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT, phone TEXT PERSONAL);
        INSERT INTO p VALUES (1, 'Ann', 'planted-1'), (2, 'Bob', 'planted-2');
        UPDATE p SET name = 'Ann Lee' WHERE id = 1;
        """,
      ])
    #expect(made.status == 0, "\(made)")
  }

  /// Replaces words in the view, as nobody may who is no program of ours.
  private func alterView(_ old: String, _ new: String) {
    #expect(old.utf8.count == new.utf8.count)
    for name in ["view.sqlite", "view.sqlite-wal"] {
      let bytes = folder.read("log/\(name)")
      guard !bytes.isEmpty else { continue }
      var altered = bytes
      let (old, new) = (Array(old.utf8), Array(new.utf8))
      for start in 0...(bytes.count - old.count)
      where bytes[start] == old[0] && bytes[start..<start + old.count].elementsEqual(old) {
        altered.replaceSubrange(start..<start + old.count, with: new)
      }
      folder.write("log/\(name)", altered)
    }
  }

  // Evidence: R18
  @Test func `a view that says another row than the log is not signed for`() {
    makeLog()
    for (old, new, sql) in [
      ("Ann Lee", "Eve Lee", "SELECT name FROM p WHERE id = 1"),
      ("planted-2", "planted-9", "SELECT name, phone FROM p WHERE id = 2"),
      ("planted-cleo", "planted-nero", "SELECT * FROM kb.records"),
    ] {
      let good = log.query(sql, ["--evidence", bench.tar])
      #expect(good.status == 0, "\(good)")
      unlink(bench.tar)
      alterView(old, new)
      let evidence = log.query(sql, ["--evidence", bench.tar])
      #expect(evidence.status == 1, "\(sql): \(evidence)")
      #expect(evidence.error.contains("view.sqlite: it says another row than record "))
      #expect(names(in: folder.path)?.contains { $0.hasPrefix("pack") } == false)
      let proofs = log.query(sql, ["--prove", folder.file("proofs")])
      #expect(proofs.status == 1 && proofs.error.contains("delete it to have it rebuilt"))
      for name in ["view.sqlite", "view.sqlite-wal", "view.sqlite-shm"] {
        unlink("\(log.path)/\(name)")
      }
      let again = log.query(sql, ["--evidence", bench.tar])
      #expect(again.status == 0 && again.text == good.text, "\(again)")
      unlink(bench.tar)
    }
  }

  @Test func `rows of a record that changes their table on its way are proven`() {
    log.execute(
      """
      BEGIN; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT);
      INSERT INTO t VALUES (1, 'x', 'y'); ALTER TABLE t DROP COLUMN a;
      ALTER TABLE t ADD COLUMN c TEXT DEFAULT 'z'; INSERT INTO t VALUES (2, 'v', 'w');
      CREATE STREAM s; COMMIT;
      """, creates: true)
    let events = log.append(["--stream", "s"], input: .text("{\"n\":1}\n{\"n\":2}\n"))
    #expect(events.status == 0, "\(events)")
    for (sql, count) in [
      ("SELECT * FROM t ORDER BY id", 2), ("SELECT data FROM s WHERE sequence = 1", 1),
      ("SELECT * FROM t FOR SYSTEM_TIME ALL ORDER BY id", 2),
    ] {
      bench.make(sql)
      let outcome = bench.verify()
      #expect(outcome.status == 0 && outcome.text.contains("receipts: \(count) lead"), "\(outcome)")
    }
  }

  @Test func `no record is proven that is after the moment`() {
    makeLog()
    log.execute("UPDATE p SET name = 'Bo' WHERE id = 2")
    let beyond = log.query(
      "SELECT name FROM p AS OF OFFSET 2", ["--as-of", "0", "--evidence", bench.tar])
    #expect(beyond.status == 65 && beyond.output.isEmpty, "\(beyond)")
    #expect(beyond.error.contains("the query reads up to record 2, which is after the moment"))
    let all = log.query(
      "SELECT name FROM p FOR SYSTEM_TIME ALL", ["--as-of", "1", "--evidence", bench.tar])
    #expect(all.status == 65, "\(all)")
    #expect(names(in: folder.path) == ["log"])
    bench.make("SELECT name FROM p AS OF OFFSET 1 WHERE id = 1", ["--as-of", "2"])
    #expect(bench.verify().status == 0)
    #expect(bench.text("README.txt").contains("the question names\n"))
    bench.make("SELECT name FROM p", ["--as-of", "1"])
    let moment = bench.read("moment.tlog-proof")
    bench.make("SELECT name FROM p WHERE id = 2")
    bench.write("moment.tlog-proof", moment)
    bench.write("statement", bench.text("statement").replacing("moment 3", with: "moment 1"))
    bench.reseal()
    bench.expectWrong("receipts/3-1.tlog-proof")
  }

  @Test func `the schema is that of what is read and of what is shown`() {
    makeLog()
    log.execute("CREATE TABLE old (note TEXT); INSERT INTO old VALUES ('x')")
    log.execute("ALTER TABLE p ADD COLUMN room TEXT; ALTER TABLE p RENAME TO people")
    log.execute("INSERT INTO people VALUES (3, 'Cy', 'planted-3', 'r'); DROP TABLE old")
    bench.make("SELECT note FROM old AS OF OFFSET 4")
    #expect(bench.verify().status == 0)
    #expect(
      bench.text("schema.sql").contains(
        """
        -- Table 2, whose entries begin with a key of its own
        CREATE TABLE "old" (
          "note" TEXT
        );
        """), "\(bench.text("schema.sql"))")
    bench.make("SELECT * FROM people ORDER BY id")
    let schema = bench.text("schema.sql")
    #expect(
      schema.matches(of: /-- From record (\d+) on\n-- Table 1\nCREATE TABLE "(\w+)"/).map {
        "\($0.1) \($0.2)"
      } == ["0 p", "6 people"], "\(schema)")
    #expect(bench.verify().status == 0)
  }
}
