// SPDX-License-Identifier: Apache-2.0
// Who looked: every query is in the access log before its rows are shown, or nothing is shown.
// Evidence: T5

import Glibc
import Testing

@Suite struct AccessTests {
  let folder = Folder()
  var log: LogAtHand { LogAtHand(path: folder.file("log")) }
  var accesses: String { log.path + "/accesses" }

  private func makeLog(rows: Int = 3, audits: Bool = true) {
    log.execute(
      """
      CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT);
      \(audits ? "ALTER LOG SET AUDIT READS ON" : "")
      """, creates: true)
    let lines = (1...rows).map { "{\"id\":\($0),\"name\":\"Ann-\($0)\"}\n" }.joined()
    #expect(log.append(["--table", "p"], input: .text(lines)).status == 0)
  }

  /// The entries so far; asking is one more.
  private func entries(_ columns: String, sourceLocation: SourceLocation = #_sourceLocation)
    -> [String]
  {
    log.rows(
      "SELECT \(columns) FROM kb.accesses ORDER BY \"offset\"", sourceLocation: sourceLocation)
  }

  @Test func `a log that was restored, or goes on as a branch, notes queries again`() {
    makeLog()
    let state = ["XDG_STATE_HOME": folder.file("state")]
    func ask(_ path: String) -> Outcome {
      run("kb-query", [path, "SELECT id FROM p WHERE id = 1"], environment: state)
    }
    #expect(ask(log.path).lines == [#"{"id":1}"#])
    let (copy, restored) = (folder.file("copy"), folder.file("restored"))
    #expect(run("/bin/cp", ["-r", log.path, copy]).status == 0)
    let archive = folder.write("archive.tar", run("kb-snapshot", [log.path]).output)
    #expect(run("kb-snapshot", ["--restore", restored], input: .file(archive)).status == 0)
    for path in [restored, copy] {
      #expect(ask(path).lines == [#"{"id":1}"#], "\(path)")
      #expect(run("kb-verify", [path]).status == 0, "\(path)")
    }
    // What was asked of the copy, the log never noted: it is as one that was set back.
    #expect(ask(log.path).status == 77)
    let branch = run(
      "kb-append", ["--branch", "--sql", "-c", "INSERT INTO p VALUES (9, 'Eve')", log.path],
      environment: state)
    #expect(branch.status == 0, "\(branch)")
    #expect(ask(log.path).lines == [#"{"id":1}"#])
    #expect(run("kb-verify", [log.path]).status == 0)
  }

  // Evidence: R60
  @Test func `an entry says who, why, what without values, and how many rows`() throws {
    makeLog()
    let options = ["--actor", "ann", "--reason", "round", "--ticket", "T-1", "--as-of", "2"]
    let sql = "SELECT n.name FROM p AS n, kb.records r WHERE r.\"offset\" = 2 AND n.id IN (1, 2)"
    #expect(log.rows(sql + " AND n.name LIKE 'Ann-%' -- secret", options).count == 2)
    #expect(log.rows("WITH w AS (SELECT 1) SELECT * FROM w; SELECT 2 WHERE 1 = 0").count == 1)
    #expect(
      entries("actor, reason, ticket, text, tables, rows, as_of, newest, error").dropLast(0)
        == [
          #"{"actor":"ann","reason":"round","ticket":"T-1","text":"select n.name from p as n, kb.records r where r.\"offset\" = ? and n.id in (?, ?) and n.name like ?","tables":["p","kb.records"],"rows":2,"as_of":2,"newest":2,"error":null}"#,
          #"{"actor":"root","reason":null,"ticket":null,"text":"with w as (select ?) select * from w","tables":[],"rows":1,"as_of":null,"newest":2,"error":null}"#,
          #"{"actor":"root","reason":null,"ticket":null,"text":"select ? where ? = ?","tables":[],"rows":0,"as_of":null,"newest":2,"error":null}"#,
        ].map { $0.replacing("\"root\"", with: "\"\(loginName)\"") })
    // Asking was one more, and the same query has the same fingerprint whatever its values.
    #expect(entries("rows").count == 4)
    _ = log.rows("select  N.name from p as n WHERE id=7")
    _ = log.rows("SELECT n.name FROM p AS n WHERE id = 8 /* again */")
    let prints = log.rows(
      "SELECT count(DISTINCT query) AS n, min(length(query)) AS l FROM kb.accesses "
        + "WHERE text LIKE 'select n.name from p as n where id%'")
    #expect(prints == ["{\"n\":1,\"l\":32}"])
  }

  private var loginName: String { run("/usr/bin/id", ["-un"]).lines.first ?? "" }

  // Evidence: R60
  @Test func `nothing is shown where the entry cannot be made`() throws {
    makeLog()
    let obstacles: [(make: () -> Void, say: String)] = [
      ({ folder.write("log/accesses", "") }, "Not a directory"),
      (
        {
          mkdir(accesses, 0o700); folder.write("log/accesses/x", "")
        }, "is not a log"
      ),
      ({ symlink("/nonexistent/x", accesses) }, "No such file or directory"),
    ]
    for (make, say) in obstacles {
      make()
      for sql in ["SELECT name FROM p", "SELECT name::INTEGER FROM p", "SELECT 1 WHERE 1 = 0"] {
        let outcome = log.query(sql)
        #expect(outcome.status == 74 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.error.contains("so nothing is shown"), "\(outcome)")
        #expect(outcome.error.contains(say) && !outcome.error.contains("Ann"), "\(outcome)")
      }
      let followed = log.query("SELECT name FROM p", ["--follow"])
      #expect(followed.status == 74 && followed.output.isEmpty, "\(followed)")
      removeTree(accesses)
    }
    #expect(log.rows("SELECT name FROM p").count == 3)
  }

  @Test func `nothing is shown where the entry finds no room`() throws {
    makeLog()
    mkdir(accesses, 0o700)
    let mounted = run("/bin/mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", accesses])
    if mounted.status != 0 {
      try Test.cancel("no right to mount a file system: \(mounted.error)")
    }
    defer { _ = run("/bin/umount", ["-l", accesses]) }
    let outcome = log.query("SELECT name FROM p")
    #expect(outcome.status == 74 && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.error.contains("No space left on device"), "\(outcome)")
    #expect(run("/bin/mount", ["-o", "remount,size=1m", accesses]).status == 0)
    #expect(log.rows("SELECT name FROM p").count == 3)
    #expect(entries("rows").count == 1)
  }

  @Test func `nothing is shown to whom the access log is closed`() throws {
    makeLog()
    #expect(log.rows("SELECT 1").count == 1)
    guard getuid() == 0 else {
      chmod(accesses + "/lock", 0o400)
      let outcome = log.query("SELECT name FROM p")
      return #expect(outcome.status == 77 && outcome.output.isEmpty, "\(outcome)")
    }
    for path in [folder.path, log.path] { chmod(path, 0o755) }
    let owned = run("/bin/chown", ["-R", "nobody", log.path])
    #expect(owned.status == 0, "\(owned)")
    #expect(run("/bin/chown", ["-R", "root", accesses]).status == 0)
    chmod(accesses, 0o755)
    let outcome = run(
      "/usr/bin/setpriv",
      [
        "--reuid=nobody", "--clear-groups", ToolPath.of("kb-query"), log.path, "SELECT name FROM p",
      ])
    #expect(outcome.status == 77 && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.error.contains("Permission denied"), "\(outcome)")
  }

  @Test func `a query that fails is noted, for its message may tell`() {
    makeLog()
    let outcome = log.query("SELECT name::INTEGER FROM p")
    #expect(outcome.status == 65 && outcome.error.contains("\"Ann-1\""), "\(outcome)")
    // What is wrong before it runs tells nothing of a row; nor do plans, and writes are refused.
    #expect(log.query("SELECT nme FROM p").status == 65)
    #expect(log.query("SELECT name FROM p", ["--explain"]).status == 0)
    #expect(log.query("EXPLAIN SELECT name FROM p").status == 0)
    #expect(log.query("DELETE FROM p").status == 64)
    #expect(entries("rows, error") == [#"{"rows":0,"error":"22P02"}"#])
  }

  @Test func `many at once lose no entry`() {
    makeLog()
    let queries = (0..<20).map {
      ToolProcess("kb-query", ["--actor", "a\($0)", log.path, "SELECT * FROM p WHERE id <= \($0)"])
    }
    for (number, query) in queries.enumerated() {
      let outcome = query.wait()
      #expect(outcome.status == 0 && outcome.lines.count == min(number, 3), "\(outcome)")
    }
    #expect(
      Set(entries("actor, rows"))
        == Set((0..<20).map { #"{"actor":"a\#($0)","rows":\#(min($0, 3))}"# }))
    let verified = run("kb-verify", ["--deep", "--view", log.path])
    #expect(
      verified.status == 0 && verified.text.contains("accesses: 22 records, 22 OK"), "\(verified)")
    #expect(run("kb-verify", ["--deep", accesses]).status == 0)
  }

  // Evidence: R60
  @Test func `what RETURNING shows is noted, even of a transaction that is rolled back`() {
    makeLog()
    func write(_ sql: String) -> Outcome {
      log.append(["--actor", "eve", "--reason", "why", "--sql", "-c", sql])
    }
    #expect(write("UPDATE p SET name = name WHERE id < 3 RETURNING name").lines.count == 3)
    // Nor is switching it off for the while of a transaction a way around it.
    let secret = write(
      "BEGIN; ALTER LOG SET AUDIT READS OFF; DELETE FROM p WHERE id = 3 RETURNING *; ROLLBACK")
    #expect(secret.text == "{\"returning\":{\"id\":3,\"name\":\"Ann-3\"}}\n", "\(secret)")
    let told = write(
      "UPDATE p SET name = 'x' WHERE id = 3 RETURNING (SELECT min(name) FROM p)::INTEGER")
    #expect(told.status == 65 && told.error.contains("Ann"), "\(told)")
    // Rows that nobody sees are none that were read.
    #expect(write("UPDATE p SET name = 'Ann-4' WHERE id = 3").status == 0)
    #expect(
      entries("actor, reason, text, tables, rows, error") == [
        #"{"actor":"eve","reason":"why","text":"update p set name = name where id < ? returning name","tables":["p"],"rows":2,"error":null}"#,
        #"{"actor":"eve","reason":"why","text":"delete from p where id = ? returning *","tables":["p"],"rows":1,"error":null}"#,
        #"{"actor":"eve","reason":"why","text":"update p set name = ? where id = ? returning (select min (name) from p) :: integer","tables":["p"],"rows":0,"error":"22P02"}"#,
      ])
    removeTree(accesses)
    folder.write("log/accesses", "")
    let refused = write("DELETE FROM p WHERE id = 3 RETURNING name")
    #expect(refused.status == 74 && refused.output.isEmpty, "\(refused)")
    unlink(accesses)
    #expect(log.rows("SELECT name FROM p WHERE id = 3").count == 1)
  }

  // Evidence: R60
  @Test func `how many rows a purge would erase is noted`() {
    makeLog()
    let options = ["--actor", "eve", "--reason", "curious", "--table", "p", "--where"]
    let planned = run("kb-purge", options + ["name = 'Ann-2'", log.path])
    #expect(planned.text.contains("\"rows\":1,"), "\(planned)")
    let other = run(
      "kb-purge",
      options + ["name = 'Ann-9'", "--execute", String(repeating: "0", count: 64), log.path])
    #expect(other.status == 75, "\(other)")
    log.execute("CREATE HOLD 'm' ON p")
    #expect(run("kb-purge", options + ["id = 3", log.path]).status == 77)
    #expect(run("kb-purge", ["--due", log.path]).status == 0)
    #expect(
      entries("text, tables, rows, error") == [
        #"{"text":"purge all versions of \"p\" where name = ?","tables":["p"],"rows":1,"error":null}"#,
        #"{"text":"purge all versions of \"p\" where name = ?","tables":["p"],"rows":0,"error":null}"#,
        #"{"text":"purge all versions of \"p\" where id = ?","tables":["p"],"rows":0,"error":"42501"}"#,
        #"{"text":"purge due","tables":[],"rows":0,"error":null}"#,
      ])
    removeTree(accesses)
    folder.write("log/accesses", "")
    for options in [options + ["true"], ["--due"]] {
      let refused = run("kb-purge", options + [log.path])
      #expect(refused.status == 74 && refused.output.isEmpty, "\(refused)")
    }
  }

  @Test func `an access log that is gone is noted by kb-verify`() {
    makeLog()
    let note = "note: accesses: reads are audited since offset 1, and nothing was ever noted"
    for removes in [false, true] {
      if removes {
        #expect(log.rows("SELECT 1").count == 1)
        #expect(!run("kb-verify", [log.path]).text.contains("note: accesses"))
        removeTree(accesses)
      }
      let verified = run("kb-verify", [log.path])
      #expect(verified.status == 0 && verified.text.contains(note), "\(verified)")
    }
    log.execute("ALTER LOG SET AUDIT READS OFF")
    #expect(!run("kb-verify", [log.path]).text.contains("note: accesses"))
  }

  // Evidence: R60
  @Test func `an entry outlives a kill that its rows do not`() {
    makeLog(rows: 50_000)
    let query = ToolProcess("kb-query", [log.path, "SELECT * FROM p"], isPiped: true)
    // The pipe is full long before the last row.
    #expect(query.readLine() != nil)
    query.kill(SIGKILL)
    #expect(query.wait().signal == SIGKILL)
    #expect(entries("rows") == ["{\"rows\":50000}"])
    #expect(run("kb-verify", [log.path]).status == 0)
  }

  @Test func `a query waits for another's entry`() {
    makeLog()
    #expect(log.rows("SELECT 1").count == 1)
    let holder = ToolProcess(
      "kb-append", ["--sql", accesses], input: .pipe, isPiped: true)
    holder.write("CREATE TABLE t (id INTEGER);\n")
    #expect(holder.readLine() != nil)
    let query = ToolProcess("kb-query", [log.path, "SELECT name FROM p"])
    holder.closeInput()
    #expect(holder.wait().status == 0)
    let outcome = query.wait()
    #expect(outcome.status == 0 && outcome.lines.count == 3, "\(outcome)")
  }

  // Evidence: R61
  @Test func `it is on from its record to the next, and both stand in the log`() {
    makeLog(audits: false)
    #expect(log.rows("SELECT 1").count == 1 && names(in: accesses) == nil)
    #expect(log.rows("SELECT count(*) AS n FROM kb.accesses") == ["{\"n\":0}"])
    log.execute("ALTER LOG SET AUDIT READS ON")
    for suffix in ["", "-wal", "-shm"] { unlink(log.path + "/view.sqlite" + suffix) }
    #expect(log.rows("SELECT 'behind'").count == 1)
    let off = log.append([
      "--sql", "--actor", "eve", "--reason", "tired", "-c", "ALTER LOG SET AUDIT READS OFF",
    ])
    #expect(off.status == 0, "\(off)")
    #expect(log.rows("SELECT 'unseen'").count == 1)
    #expect(entries("text") == [#"{"text":"select ?"}"#])
    #expect(
      log.rows("SELECT actor, reason FROM kb.records ORDER BY \"offset\" DESC LIMIT 1")
        == [#"{"actor":"eve","reason":"tired"}"#])
    #expect(
      [2, 3].map { log.rows("SELECT value FROM kb.settings AS OF OFFSET \($0) LIMIT 1") }
        == [[#"{"value":"on"}"#], [#"{"value":"off"}"#]])
  }

  @Test(arguments: ["id, name", "id, name, _offset"])
  func `following notes each batch of rows before it`(columns: String) {
    makeLog()
    let follower = ToolProcess(
      "kb-query",
      ["--follow", "--format", "csv", log.path, "SELECT \(columns) FROM p ORDER BY id"],
      isPiped: true)
    for _ in 0..<4 { #expect(follower.readLine() != nil) }
    // A record that adds no row is no access.
    log.execute("CREATE TABLE other (id INTEGER)")
    log.execute("INSERT INTO p VALUES (4, 'Bob'), (5, 'Cy')")
    for id in [4, 5] { #expect(follower.readLine()?.hasPrefix("\(id),") == true) }
    let followed = entries("rows")
    #expect(followed == ["{\"rows\":3}", "{\"rows\":2}"])
    follower.kill(SIGTERM)
    _ = follower.wait()
  }

  @Test func `what is typed into the shell is noted`() {
    makeLog()
    let terminal = Terminal(
      "kb-query", ["--reason", "round", log.path], environment: ["HOME": folder.path])
    terminal.shown(until: "kb=> ")
    #expect(terminal.ask("SELECT name FROM p WHERE id = 2;").contains("Ann-2"))
    #expect(terminal.ask("\\dt").contains("p"))
    terminal.typeEnd()
    #expect(terminal.end().status == 0)
    #expect(
      entries("reason, tables, rows") == [
        #"{"reason":"round","tables":["p"],"rows":1}"#,
        #"{"reason":"round","tables":["kb.tables"],"rows":1}"#,
      ])
  }

  // Evidence: R62
  @Test func `kb-verify finds an entry that was altered, and names its file`() {
    makeLog()
    for _ in 0..<3 { #expect(log.rows("SELECT name FROM p").count == 3) }
    let path = "segments/00000000000000000000.kbl"
    var bytes = contents(accesses + "/" + path)
    bytes[bytes.count - 20] ^= 1
    folder.write("log/accesses/\(path)", bytes)
    let verified = run("kb-verify", ["--view", log.path])
    #expect(verified.status == 1 && verified.text.hasSuffix("DAMAGED\n"), "\(verified)")
    #expect(verified.text.contains("checksum: accesses/\(path): offset 3"), "\(verified)")
    let json = run("kb-verify", ["--format", "json", log.path])
    #expect(json.status == 1 && json.text.contains("\"file\":\"accesses/\(path)\""), "\(json)")
    #expect(json.text.contains("\"accesses\":{\"records\":4,\"OK\":3,"), "\(json)")
    // Damage that stands in the way of an entry stands in the way of rows.
    let query = log.query("SELECT name FROM p")
    #expect(query.status == 1 && query.output.isEmpty, "\(query)")
  }

  @Test func `the access log of an encrypted log is encrypted too`() {
    let key = folder.write("key", [UInt8](repeating: 7, count: 32))
    chmod(key, 0o600)
    let options = ["--key-file", key]
    let made = log.append(
      options + [
        "--create", "--sql", "-c",
        "CREATE TABLE sensitive (id INTEGER PRIMARY KEY); ALTER LOG SET AUDIT READS ON",
      ])
    #expect(made.status == 0, "\(made)")
    #expect(log.query("SELECT id FROM sensitive", options).status == 0)
    let segments = accesses + "/segments"
    for name in names(in: segments) ?? [] {
      let text = String(decoding: contents("\(segments)/\(name)"), as: UTF8.self)
      #expect(!text.contains("sensitive"))
    }
    #expect(names(in: segments)?.isEmpty == false)
    #expect(
      log.rows("SELECT tables FROM kb.accesses", options) == [#"{"tables":["sensitive"]}"#])
    for options in [[], options] {
      let verified = run("kb-verify", options + [log.path])
      #expect(verified.status == 0 && verified.text.contains("accesses: 3 records, 3 OK"))
    }
  }

  @Test func `an access log that was set back is noticed before anything is shown`() {
    makeLog()
    let home = ["HOME": folder.path]
    func query(_ sql: String) -> Outcome { run("kb-query", [log.path, sql], environment: home) }
    #expect(query("SELECT 1").status == 0)
    #expect(run("/bin/cp", ["-a", accesses, folder.file("copy")]).status == 0)
    #expect(query("SELECT name FROM p").lines.count == 3)
    removeTree(accesses)
    #expect(run("/bin/cp", ["-a", folder.file("copy"), accesses]).status == 0)
    let outcome = query("SELECT name FROM p")
    #expect(outcome.status == 77 && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.error.contains("was set back"), "\(outcome)")
  }

  @Test func `rows that differ from run to run are not shown beyond what was noted`() {
    makeLog(rows: 1000)
    let outcome = log.query(
      "SELECT id FROM p WHERE gen_random_uuid() < '80000000-0000-0000-0000-000000000000'")
    let noted = entries("rows").first.flatMap { field("rows", of: $0) }.flatMap { Int($0) } ?? 0
    #expect(noted > 0 && outcome.lines.count <= noted, "\(outcome)")
    #expect(outcome.status == 0 || outcome.error.contains("other rows each time"), "\(outcome)")
  }
}
