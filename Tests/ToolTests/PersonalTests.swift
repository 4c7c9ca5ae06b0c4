// SPDX-License-Identifier: Apache-2.0
// PERSONAL columns: values that are an event of their own are, to everyone who asks, columns like
// any other.

import Glibc
import Testing

@Suite
struct PersonalTests {
  let folder = Folder()

  private func makeLog(_ name: String = "log") -> LogAtHand {
    let log = LogAtHand(path: folder.file(name))
    log.execute(
      """
      CREATE TABLE t (
        name TEXT PERSONAL CHECK (name <> 'bad'), id INT PRIMARY KEY,
        ssn TEXT NOT NULL PERSONAL UNIQUE, city TEXT DEFAULT 'X')
      """, creates: true)
    return log
  }

  /// Whether the view is what the log says, and is so again when it is made anew.
  private func isFold(_ log: LogAtHand) -> Bool {
    let all = "SELECT *, _offset, _deleted_offset FROM t FOR SYSTEM_TIME ALL ORDER BY id, _offset"
    let before = log.rows(all)
    guard run("kb-verify", ["--view", log.path]).status == 0 else { return false }
    for suffix in ["", "-wal", "-shm"] { unlink(log.path + "/view.sqlite" + suffix) }
    return log.rows(all) == before && run("kb-verify", ["--view", log.path]).status == 0
  }

  private func line(_ id: Int, _ name: String, _ ssn: String) -> String {
    "{\"id\":\(id),\"name\":\"\(name)\",\"ssn\":\"\(ssn)\"}\n"
  }

  // Evidence: R47
  @Test func `personal values are events of their own and columns like any other`() throws {
    let log = makeLog()
    #expect(log.append(["--table", "t"], input: .text(line(1, "Ann", "s1"))).status == 0)
    log.execute("INSERT INTO t (id, ssn) VALUES (2, 's2')")
    log.execute("UPDATE t SET name = upper(name), city = 'Y' WHERE name = 'Ann'")
    log.execute("DELETE FROM t WHERE ssn = 's2'")
    #expect(log.rows("SELECT * FROM t") == [#"{"name":"ANN","id":1,"ssn":"s1","city":"Y"}"#])
    #expect(
      log.rows("SELECT * FROM t AS OF OFFSET 1") == [
        #"{"name":"Ann","id":1,"ssn":"s1","city":"X"}"#
      ])
    #expect(
      log.rows("SELECT name FROM kb.columns WHERE personal") == [
        #"{"name":"name"}"#, #"{"name":"ssn"}"#,
      ])
    #expect(log.records().map(\.events) == [2, 2, 2, 2, 1])
    let reader =
      "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/reader.py"
    let events = run("/usr/bin/env", ["python3", reader, log.path]).text
    for event in [
      #"[1, 1, [1, "X"]], [8, 1, ["Ann", "s1"]]"#, #"[1, 1, [2, "X"]], [8, 1, [null, "s2"]]"#,
      #"[2, 1, [1, "Y"]], [8, 1, ["ANN", "s1"]]"#, "[3, 1, [2]]",
    ] { #expect(events.contains(event), "\(events)") }
    #expect(isFold(log))
  }

  @Test func `lines are refused, replaced and passed over one by one`() {
    let log = makeLog()
    let many = (1...3000).map { line($0, "n\($0)", "s\($0)") }.joined()
    #expect(log.append(["--table", "t"], input: .text(many)).status == 0)
    let mixed =
      line(5, "dup", "a") + line(3001, "n", "s9") + line(3002, "bad", "b") + "{\"id\":3003}\n"
      + line(3004, "good", "c")
    let rejects = folder.file("rejects")
    let refused = log.append(["--table", "t", "--rejects", rejects], input: .text(mixed))
    #expect(refused.status == 65 && refused.error.contains("4 bad lines"), "\(refused)")
    let reasons = String(decoding: contents(rejects), as: UTF8.self).split(separator: "\n").map {
      field("line", of: String($0))
    }
    #expect(Set(reasons) == ["1", "2", "3", "4"])
    let ignored = log.append(
      ["--table", "t", "--on-conflict", "ignore"],
      input: .text(line(7, "no", "z") + line(3005, "yes", "d")))
    #expect(ignored.status == 0, "\(ignored)")
    let updated = log.append(
      ["--table", "t", "--on-conflict", "update"],
      input: .text(line(7, "new", "s7") + line(3006, "newer", "e") + line(3006, "newest", "e")))
    #expect(updated.status == 0, "\(updated)")
    #expect(
      log.rows("SELECT id, name FROM t WHERE id = 7 OR id > 3000 ORDER BY id") == [
        #"{"id":7,"name":"new"}"#, #"{"id":3004,"name":"good"}"#, #"{"id":3005,"name":"yes"}"#,
        #"{"id":3006,"name":"newest"}"#,
      ])
    let stopped = log.append(
      ["--table", "t"], input: .text(line(9000, "x", "x") + line(5, "dup", "a")))
    #expect(stopped.status == 65 && stopped.error.contains("-:2: "), "\(stopped)")
    #expect(stopped.error.contains("(id)=(5) already exists"), "\(stopped)")
    #expect(log.rows("SELECT count(*) AS n FROM t") == [#"{"n":3003}"#])
    #expect(isFold(log))
  }

  @Test func `one record of two files, CSV, and a table without a key`() {
    let log = LogAtHand(path: folder.file("log"))
    log.execute("CREATE TABLE t (note TEXT PERSONAL, id INT)", creates: true)
    let first = folder.write("1.csv", "id,note\n1,\"a,b\"\n2,\n")
    let second = folder.write("2.csv", "note,id\n\"\"\"q\"\"\",3\n")
    let all = log.append(
      ["--table", "t", "--format", "csv", "--atomic"], files: [first, second])
    #expect(all.status == 0 && all.lines.count == 1, "\(all)")
    #expect(field("events", of: all.text) == "6")
    let bad = folder.write("3.csv", "id,note\n4,d\nx,e\n")
    #expect(
      log.append(["--table", "t", "--format", "csv", "--atomic"], files: [first, bad]).status == 65)
    #expect(
      log.rows("SELECT * FROM t ORDER BY id") == [
        #"{"note":"a,b","id":1}"#, #"{"note":null,"id":2}"#, #"{"note":"\"q\"","id":3}"#,
      ])
    #expect(isFold(log))
  }

  @Test func `columns come and go, and each row keeps the shape of its record`() {
    let log = makeLog()
    log.execute("INSERT INTO t VALUES ('a', 1, 's1', 'c')")
    log.execute(
      """
      BEGIN;
      ALTER TABLE t ADD COLUMN phone TEXT DEFAULT 'none' PERSONAL;
      ALTER TABLE t ADD COLUMN plain INT;
      INSERT INTO t (id, ssn, phone) VALUES (2, 's2', '112');
      COMMIT
      """)
    log.execute("CREATE INDEX ON t (phone)")
    log.execute("UPDATE t SET phone = phone || '!'")
    log.execute("ALTER TABLE t DROP COLUMN phone")
    log.execute("ALTER TABLE t DROP COLUMN ssn")
    log.execute("INSERT INTO t (id, name) VALUES (3, 'c')")
    #expect(
      log.rows("SELECT id, phone FROM t AS OF OFFSET 4 ORDER BY phone") == [
        #"{"id":2,"phone":"112!"}"#, #"{"id":1,"phone":"none!"}"#,
      ])
    #expect(
      log.rows("SELECT * FROM t AS OF OFFSET 1") == [
        #"{"name":"a","id":1,"ssn":"s1","city":"c"}"#
      ])
    #expect(log.rows("SELECT id FROM t ORDER BY id").count == 3)
    #expect(isFold(log))
  }

  @Test func `a wide table of personal columns alone beside its key`() {
    let log = LogAtHand(path: folder.file("log"))
    let columns = (1...800).map { "c\($0) TEXT PERSONAL" }.joined(separator: ", ")
    log.execute("CREATE TABLE t (id INT PRIMARY KEY, \(columns))", creates: true)
    let values = (1...800).map { "\"c\($0)\":\"v\($0)\"" }.joined(separator: ",")
    let input = (1...20).map { "{\"id\":\($0),\(values)}\n" }.joined()
    #expect(log.append(["--table", "t"], input: .text(input)).status == 0)
    #expect(
      log.rows("SELECT count(*) AS n FROM t WHERE c1 = 'v1' AND c800 = 'v800'") == [#"{"n":20}"#])
    #expect(isFold(log))
  }

  @Test(arguments: [
    "CREATE TABLE u (name TEXT PERSONAL PRIMARY KEY)",
    "CREATE TABLE u (a INT, b TEXT PERSONAL, PRIMARY KEY (a, b))",
  ])
  func `a primary key cannot be personal`(sql: String) {
    let outcome = makeLog().append(["--sql", "-c", sql])
    #expect(outcome.status == 65 && outcome.error.contains("SQLSTATE 42P16"), "\(outcome)")
    #expect(outcome.errorLines.last?.contains("hint: key the table by") == true, "\(outcome)")
  }
}
