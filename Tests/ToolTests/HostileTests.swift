// SPDX-License-Identifier: Apache-2.0
// What somebody who means harm, or is in a hurry, does to a log: every finding of a reading with
// fresh eyes stays found.

import Glibc
import Testing

@Suite
struct HostileTests {
  let folder = Folder()
  var log: LogAtHand { LogAtHand(path: folder.file("log")) }

  private func makeLog() -> LogAtHand {
    log.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, a TEXT)", creates: true)
    log.execute("INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    return log
  }

  @Test func `the rejects file is never an input or a file of the log`() {
    let log = makeLog()
    let input = folder.write("in.ndjson", "{\"id\":\"bad\"}\n{\"id\":3}\n")
    for target in [
      input, "\(log.path)/segments/00000000000000000000.kbl", "\(log.path)/checkpoint",
    ] {
      let before = contents(target)
      let outcome = log.append(["--table", "t", "--rejects", target], files: [input])
      #expect(outcome.status == 64, "\(outcome)")
      #expect(contents(target) == before && !before.isEmpty)
    }
    #expect(run("kb-verify", [log.path]).status == 0)
    #expect(log.rows("SELECT id FROM t ORDER BY id") == ["{\"id\":1}", "{\"id\":2}"])
  }

  @Test func `a retry under a request id is not held up by what it appended itself`() {
    let log = makeLog()
    let options = ["--table", "t", "--request-id", "r1", "--expect", "1"]
    let first = log.append(options, input: .text("{\"id\":3}\n"))
    #expect(first.status == 0, "\(first)")
    let second = log.append(options, input: .text("{\"id\":3}\n"))
    #expect(second.status == 0 && second.lines == first.lines, "\(second)")
    let other = log.append(
      ["--table", "t", "--request-id", "r2", "--expect", "1"], input: .text("{\"id\":4}\n"))
    #expect(other.status == 75, "\(other)")
  }

  @Test func `RETURNING follows its receipt, also when a later statement fails`() {
    let log = makeLog()
    let sql = "INSERT INTO t VALUES (5, 'z') RETURNING id; INSERT INTO t VALUES (1, 'again')"
    let outcome = log.append(["--sql", "-c", sql])
    #expect(outcome.status == 65)
    #expect(outcome.lines.count == 2 && Acknowledged(outcome.lines[0]) != nil, "\(outcome)")
    #expect(outcome.lines.last == "{\"returning\":{\"id\":5}}", "\(outcome)")
  }

  @Test func `what other tools take otherwise is met with the right hint`() {
    let log = makeLog()
    let csv = folder.write("rows.csv", "id,name\n3,c\n")
    for (outcome, status, hint) in [
      (log.append(["--table", "t"], files: [csv]), 65, "is it CSV? --format csv"),
      (log.append(["--table", "u", "--create"], files: [csv]), 65, "is it CSV? --format csv"),
      (
        run("kb-append", ["--table", "t", csv, log.path]), 64,
        "the log comes first: '\(log.path)', then input files"
      ),
      (
        run("kb-query", ["SELECT 1", log.path]), 64, "the log comes first: '\(log.path)', then SQL"
      ),
      (log.query("BEGIN"), 64, "all statements of a script see the same moment without it"),
      (log.query("DELETE FROM t"), 64, "kb-append --sql -c 'DELETE FROM t' '\(log.path)'"),
    ] as [(Outcome, Int32, String)] {
      #expect(outcome.status == status, "\(outcome)")
      #expect(outcome.errorLines.last?.hasSuffix("hint: \(hint)") == true, "\(outcome)")
    }
  }

  @Test func `an error in a script names the line of the file`() {
    let log = makeLog()
    let script = folder.write("s.sql", "-- a comment\nINSERT INTO t VALUES (7, 'q');\n  SELEC 1;\n")
    let outcome = log.append(["--sql"], files: [script])
    #expect(outcome.error.hasPrefix("kb-append: \(script):3:3: "), "\(outcome)")
  }

  @Test(arguments: ["segment", "position", "count", "timestamp"])
  func `a view with a state that cannot be is rebuilt`(column: String) {
    let log = makeLog()
    let update = """
      import sqlite3, sys
      view = sqlite3.connect(sys.argv[1] + "/view.sqlite")
      view.execute("UPDATE kb_state SET " + sys.argv[2] + " = -1")
      view.commit()
      """
    let damage = run("/usr/bin/env", ["python3", "-c", update, log.path, column])
    #expect(damage.status == 0, "\(damage)")
    #expect(log.rows("SELECT count(*) AS n FROM t") == ["{\"n\":2}"])
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
  }

  /// What somebody writes into a view's state that is wrong and does not look it.
  private func forge(_ log: LogAtHand, _ change: String) {
    let update = """
      import sqlite3, sys
      view = sqlite3.connect(sys.argv[1] + "/view.sqlite")
      view.execute("UPDATE kb_state SET " + sys.argv[2])
      view.commit()
      """
    let outcome = run("/usr/bin/env", ["python3", "-c", update, log.path, change])
    #expect(outcome.status == 0, "\(outcome)")
  }

  @Test(arguments: [
    "position = position - 9", "position = position + 9", "position = 128", "position = 1000000",
    "segment = 1", "segment = count, position = 128",
  ])
  func `a view that lies about its place in the log is named`(change: String) {
    let log = makeLog()
    forge(log, change)
    let check = run("kb-verify", ["--view", log.path])
    #expect(check.status == 1, "\(check)")
    #expect(check.lines.joined().contains("view.sqlite"), "\(check)")
    func expectNamed(_ outcome: Outcome) {
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.error.contains("delete view.sqlite to rebuild it"), "\(outcome)")
      #expect(!outcome.error.contains("the log is damaged"), "\(outcome)")
    }
    expectNamed(log.query("SELECT count(*) AS n FROM t"))
    // A writer walks the log itself, and puts a place right that does not mislead it.
    let append = log.append(["--sql", "-c", "DELETE FROM t WHERE id = -1"])
    if append.status != 0 { expectNamed(append) }
    for suffix in ["", "-wal", "-shm"] { unlink(log.path + "/view.sqlite" + suffix) }
    #expect(log.rows("SELECT count(*) AS n FROM t") == ["{\"n\":2}"])
  }

  @Test(arguments: ["count = count + 1", "count = count - 1", "hash = zeroblob(32)"])
  func `a view whose state contradicts its records is rebuilt`(change: String) {
    let log = makeLog()
    forge(log, change)
    #expect(run("kb-verify", ["--view", log.path]).status == 1)
    #expect(log.rows("SELECT count(*) AS n FROM t") == ["{\"n\":2}"])
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
  }

  // Evidence: R6
  @Test(arguments: [
    "UPDATE t SET a = 'e' || char(769) WHERE id = 1",
    "UPDATE kb_schema SET \"offset\" = -\"offset\"",
    "UPDATE kb_stream_2 SET _from = -_from - 1", "UPDATE kb_stream_2 SET _place = -5",
    "UPDATE kb_stream_2 SET count = 0", "UPDATE kb_stream_2 SET first = 9223372036854775800",
    "DROP TABLE kb_stream_2",
    "INSERT INTO kb_schema SELECT \"offset\" + 99, place, change FROM kb_schema",
  ])
  func `an edited view is found out and traps nothing`(edit: String) {
    let log = makeLog()
    log.execute("UPDATE t SET a = 'é' WHERE id = 1")
    #expect(
      log.append(["--create", "--stream", "s"], input: .text("{\"a\":1}\n{\"a\":2}\n")).status == 0)
    let update = """
      import sqlite3, sys
      view = sqlite3.connect(sys.argv[1] + "/view.sqlite", isolation_level=None)
      view.execute(sys.argv[2])
      """
    let damage = run("/usr/bin/env", ["python3", "-c", update, log.path, edit])
    #expect(damage.status == 0, "\(damage)")
    #expect(run("kb-verify", ["--view", log.path]).status == 1)
    for sql in ["SELECT * FROM t", "SELECT * FROM s", "SELECT data FROM s WHERE sequence = 1"] {
      #expect([0, 1].contains(log.query(sql).status), "\(log.query(sql))")
    }
    let next = log.append(["--stream", "s"], input: .text("{}\n"))
    #expect([0, 1, 70].contains(next.status), "\(next)")
  }

  @Test func `no argument of a function traps, and no date leaves its range`() {
    let log = makeLog()
    let least = "-2147483647-1"
    for function in ["round", "trunc"] {
      let outcome = log.query("SELECT \(function)(1.5::numeric, \(least)) AS x")
      #expect(outcome.lines == ["{\"x\":0}"], "\(outcome)")
    }
    for sql in ["DATE '9999-12-31' + 1", "DATE '0001-01-01' - 2000000000"] {
      let outcome = log.query("SELECT \(sql)")
      #expect(outcome.status == 65 && outcome.error.contains("22008"), "\(outcome)")
    }
  }

  @Test func `messages carry nothing that steers a terminal`() {
    let log = makeLog()
    let outcome = log.query("SELECT \"\u{1b}]0;title\u{7}\u{9b}31m\" FROM t")
    #expect(outcome.status == 65)
    let scalars = outcome.error.unicodeScalars
    #expect(
      !scalars.contains { ($0.value < 0x20 && $0 != "\n") || (0x7f...0x9f).contains($0.value) })
  }

  @Test func `a pipe in the place of a file of the log is refused, not waited for`() {
    let log = makeLog()
    let checkpoint = "\(log.path)/checkpoint"
    #expect(unlink(checkpoint) == 0 && mkfifo(checkpoint, 0o600) == 0)
    for outcome in [
      run("kb-verify", [log.path]), log.query("SELECT 1"), log.append(["--sql", "-c", "BEGIN"]),
    ] {
      #expect([1, 66, 74].contains(outcome.status), "\(outcome)")
    }
  }

  @Test func `a name that SQLite keeps for itself is a name like any other`() {
    let log = makeLog()
    for name in ["sqlite_master", "kb_state", "KB_x"] {
      log.execute("CREATE TABLE \"\(name)\" (id INTEGER PRIMARY KEY)")
      log.execute("INSERT INTO \"\(name)\" VALUES (4)")
      #expect(log.rows("SELECT id FROM \"\(name)\"") == ["{\"id\":4}"])
    }
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
  }

  @Test func `a misspelt key makes no table`() {
    let outcome = log.append(
      ["--create", "--table", "t", "--key", "idd"], input: .text("{\"id\":1}\n"))
    #expect(outcome.status == 65 && outcome.error.contains("\"idd\""), "\(outcome)")
    #expect(log.rows("SELECT count(*) AS n FROM kb.tables") == ["{\"n\":0}"])
  }
}
