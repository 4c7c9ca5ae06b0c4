// SPDX-License-Identifier: Apache-2.0
// Transactions through the tools: reads that see what was done, rows that come behind the receipt,
// and nothing at all of one that was killed; foreign keys that act, also on personal rows and on
// subjects; prepared statements.

import Glibc
import Testing

@Suite struct TransactionTests {
  private let folder = Folder()
  private var log: LogAtHand { LogAtHand(path: folder.file("log")) }

  private func makeLog() -> LogAtHand {
    log.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", creates: true)
    log.execute("INSERT INTO t VALUES (1, 'one')")
    return log
  }

  private func expectWhole(sourceLocation: SourceLocation = #_sourceLocation) {
    let verified = run("kb-verify", ["--deep", "--view", log.path])
    #expect(verified.status == 0, "\(verified)", sourceLocation: sourceLocation)
  }

  @Test func `a script reads what it has done, and what it reads comes behind the receipt`() {
    let log = makeLog()
    let outcome = log.append(
      ["--sql"],
      input: .text(
        """
        SELECT v FROM t;
        BEGIN;
        INSERT INTO t VALUES (2, 'two') RETURNING id;
        SELECT count(*) AS n FROM t;
        SAVEPOINT s;
        DELETE FROM t;
        SELECT count(*) AS n FROM t;
        ROLLBACK TO s;
        SELECT (SELECT count(*) FROM t AS OF OFFSET 1) AS past, count(*) AS n FROM t;
        COMMIT;
        BEGIN READ ONLY; SELECT max("offset") AS o FROM kb.records; ROLLBACK;
        EXPLAIN DELETE FROM t;

        """))
    #expect(outcome.status == 0, "\(outcome)")
    let lines = outcome.lines
    #expect(lines.first == #"{"row":{"v":"one"}}"#)
    #expect(lines.count == 8 && Acknowledged(lines[1])?.events == 1, "\(outcome)")
    #expect(
      Array(lines[2...6]) == [
        #"{"returning":{"id":2}}"#, #"{"row":{"n":2}}"#, #"{"row":{"n":0}}"#,
        #"{"row":{"past":1,"n":2}}"#, #"{"row":{"o":2}}"#,
      ])
    #expect(lines[7].hasPrefix(#"{"row":{"id":"#) && lines[7].contains("SEARCH t"), "\(lines)")
    expectWhole()
  }

  @Test(arguments: [
    ("BEGIN; INSERT INTO t VALUES (5, 'x'); SELECT 1 / 0; COMMIT", "22012"),
    ("BEGIN; INSERT INTO t VALUES (5, 'x'); SELECT * FROM t AS OF OFFSET 2; COMMIT", "72000"),
    ("BEGIN READ ONLY; DELETE FROM t", "25006"), ("BEGIN; RELEASE nosuch", "3B001"),
    ("SAVEPOINT s", "25P01"), ("BEGIN; BEGIN", "25001"), ("COMMIT", "25P01"),
    ("BEGIN; SELECT 1; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "25001"),
    ("EXECUTE nosuch", "26000"), ("PREPARE p AS SELECT 1; PREPARE p AS SELECT 2", "42P05"),
    ("PREPARE p AS SELECT $1::INTEGER; EXECUTE p", "42601"),
  ])
  func `a transaction that fails appends nothing`(sql: String, state: String) {
    let log = makeLog()
    let outcome = log.append(["--sql", "-c", sql])
    #expect(
      outcome.status != 0 && outcome.error.contains("SQLSTATE \(state)"), "\(outcome)")
    #expect(outcome.output.isEmpty, "\(outcome)")
    #expect(log.records().count == 2)
    expectWhole()
  }

  @Test func `a process killed in a transaction leaves nothing of it`() {
    let log = makeLog()
    for round in 0..<4 {
      let process = ToolProcess(
        "kb-append", ["--sql", "-q", log.path], input: .pipe, isPiped: true)
      process.write("INSERT INTO t VALUES (\(100 + round), 'kept');\n")
      let receipt = process.readLine().flatMap { Acknowledged($0) }
      #expect(receipt != nil)
      process.write("BEGIN; SAVEPOINT s; CREATE TABLE lost\(round) (a INTEGER);\n")
      for key in 0..<200 {
        process.write("INSERT INTO t VALUES (\(1000 + key), 'lost'); SELECT count(*) FROM t;\n")
      }
      // It is somewhere in the middle, or waits for more.
      usleep(useconds_t(20_000 + 60_000 * round))
      #expect(process.isRunning)
      process.kill(SIGKILL)
      #expect(process.wait().signal == SIGKILL)
      #expect(log.records().count == 3 + round)
      #expect(log.rows("SELECT count(*) AS n FROM t WHERE v = 'lost'") == [#"{"n":0}"#])
      #expect(log.query("SELECT * FROM lost\(round)").status == 65)
      expectWhole()
    }
  }

  @Test func `what a foreign key does is in the record, an event a row`() {
    let log = makeLog()
    log.execute(
      """
      CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT PERSONAL);
      CREATE TABLE visit (id INTEGER PRIMARY KEY, person INTEGER NOT NULL
        REFERENCES person ON DELETE CASCADE ON UPDATE CASCADE, note TEXT PERSONAL);
      CREATE TABLE bill (id INTEGER PRIMARY KEY, visit INTEGER
        REFERENCES visit ON DELETE SET NULL, amount INTEGER);
      INSERT INTO person VALUES (1, 'Yplanted-ann'), (2, 'Bob');
      INSERT INTO visit VALUES (10, 1, 'Yplanted-note'), (11, 1, NULL), (12, 2, 'kept');
      INSERT INTO bill VALUES (20, 10, 5), (21, 12, 6)
      """)
    let moved = log.append(["--sql", "-c", "UPDATE person SET id = 7 WHERE id = 1"])
    // One row left and came, of two events; two rows changed, of two each.
    #expect(moved.lines.first.flatMap { Acknowledged($0) }?.events == 7, "\(moved)")
    #expect(log.rows("SELECT id FROM visit WHERE person = 7 ORDER BY id").count == 2)
    let gone = log.append(["--sql", "-c", "DELETE FROM person WHERE id = 7 RETURNING id"])
    #expect(gone.lines.first.flatMap { Acknowledged($0) }?.events == 4, "\(gone)")
    #expect(
      log.rows("SELECT id, visit FROM bill ORDER BY id")
        == [#"{"id":20,"visit":null}"#, #"{"id":21,"visit":12}"#])
    expectWhole()
    // All of it can be erased, what followed included.
    for (table, condition) in [("person", "id IN (1, 7)"), ("visit", "person IN (1, 7)")] {
      let options = ["--table", table, "--where", condition, "--reason", "r"]
      let planned = run("kb-purge", options + [log.path])
      let plan = field("digest", of: planned.text) ?? ""
      let purged = run("kb-purge", options + ["--execute", plan, log.path])
      #expect(purged.status == 0, "\(planned) \(purged)")
    }
    let found = run("/bin/grep", ["-rl", "Yplanted", log.path])
    #expect(found.status == 1, "\(found)")
    expectWhole()
  }

  @Test func `lines that refer to nothing are rejected, and those that refer to them`() {
    let log = makeLog()
    log.execute(
      "CREATE TABLE tree (id INTEGER PRIMARY KEY, up INTEGER REFERENCES tree, t INTEGER REFERENCES t)"
    )
    let input = [
      #"{"id":1,"t":1}"#, #"{"id":2,"up":3}"#, #"{"id":3,"up":1}"#, #"{"id":4,"up":99}"#,
      #"{"id":5,"up":4}"#, #"{"id":6,"t":2}"#, "nonsense", #"{"id":1}"#, #"{"id":7,"up":2}"#,
    ].map { "\($0)\n" }.joined()
    let path = folder.file("rejects")
    let outcome = log.append(["--table", "tree", "--rejects", path], input: .text(input))
    #expect(outcome.status == 65 && outcome.error.contains("5 bad lines"), "\(outcome)")
    let rejects = String(decoding: contents(path), as: UTF8.self).split(separator: "\n").map(
      String.init)
    #expect(rejects.compactMap { field("line", of: $0) }.sorted() == ["4", "5", "6", "7", "8"])
    #expect(
      log.rows("SELECT id FROM tree ORDER BY id").compactMap { field("id", of: $0) }
        == ["1", "2", "3", "7"])
    expectWhole()
  }

  @Test func `a statement that is prepared is run with values`() {
    let log = makeLog()
    let written = log.append(
      ["--sql"],
      input: .text(
        """
        PREPARE add (INTEGER, TEXT) AS INSERT INTO t VALUES ($1, upper($2)) RETURNING v
        WITH REASON 'prepared';
        EXECUTE add (2, 'two');
        EXECUTE add (2 + 1, NULL);
        DEALLOCATE add;
        EXECUTE add (4, 'four');

        """))
    #expect(written.status == 65 && written.error.contains("SQLSTATE 26000"), "\(written)")
    #expect(written.lines.filter { $0.hasPrefix(#"{"returning""#) }.count == 2, "\(written)")
    #expect(
      log.rows("SELECT id, v FROM t WHERE id > 1 ORDER BY id")
        == [#"{"id":2,"v":"TWO"}"#, #"{"id":3,"v":null}"#])
    #expect(
      log.rows("SELECT count(*) AS n FROM kb.records WHERE reason = 'prepared'") == [#"{"n":2}"#])
    #expect(
      log.rows(
        "PREPARE q AS SELECT id FROM t AS OF OFFSET $2 WHERE id = $1; EXECUTE q (1, 2); EXECUTE q (2, 2)"
      )
      .filter { !$0.isEmpty } == [#"{"id":1}"#, #"{"id":2}"#])
  }

  @Test func `what a script reads is noted where the log wants it`() {
    let log = makeLog()
    log.execute("ALTER LOG SET AUDIT READS ON")
    let outcome = log.append(
      ["--actor", "eve", "--sql", "-c", "BEGIN; SELECT v FROM t; ROLLBACK; SELECT 1 AS one"])
    #expect(outcome.lines.count == 2, "\(outcome)")
    #expect(
      log.rows("SELECT actor, text, rows FROM kb.accesses ORDER BY \"offset\" LIMIT 2") == [
        #"{"actor":"eve","text":"select v from t","rows":1}"#,
        #"{"actor":"eve","text":"select ? as one","rows":1}"#,
      ])
  }
}
