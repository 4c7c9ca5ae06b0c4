// SPDX-License-Identifier: Apache-2.0
// Receipts through the tools: issued while appending and by queries, checked without the log.

import Glibc
import Testing

@Suite struct ReceiptTests {
  private let folder = Folder()
  private var log: LogAtHand { LogAtHand(path: folder.file("log")) }
  private var receipts: String { folder.file("receipts") }

  /// A log of a table and a stream, its receipts in a folder.
  private func make() {
    let rows = (1...5).map { "{\"id\":\($0),\"name\":\"planted-\($0)\"}\n" }.joined()
    let made = log.append(
      ["--create", "--table", "t", "--key", "id", "--batch", "2", "--receipts", receipts],
      input: .text(rows))
    #expect(made.status == 0, "\(made)")
    let events = log.append(["--create", "--stream", "s"], input: .text("{\"n\":1}\n{\"n\":2}\n"))
    #expect(events.status == 0, "\(events)")
  }

  private func verify(_ file: String, _ options: [String] = []) -> Outcome {
    run("kb-verify", ["--receipt", file, "--key", folder.file("log/vkey")] + options)
  }

  private func keep(_ name: String) { folder.write(name, folder.read("log/\(name)")) }

  // Evidence: R14
  @Test func `each record gets a receipt that holds without the log`() {
    make()
    #expect(names(in: receipts) == (0..<4).map { "\($0).tlog-proof" })
    folder.write("vkey", folder.read("log/vkey"))
    removeTree(log.path)
    for offset in 0..<4 {
      let outcome = run(
        "kb-verify",
        ["--receipt", "\(receipts)/\(offset).tlog-proof", "--key", folder.file("vkey")])
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.text.contains("record: offset \(offset), "))
      #expect(outcome.lines.last == "OK")
    }
    // The key itself does as well as its file.
    let key = String(decoding: folder.read("vkey").dropLast(), as: UTF8.self)
    let outcome = run(
      "kb-verify", ["--receipt", "\(receipts)/2.tlog-proof", "--key", key, "--format", "json"])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(field("ok", of: outcome.text) == "true")
    #expect(field("offset", of: outcome.text) == "2")
    #expect(field("content", of: outcome.text) == "null")
  }

  @Test func `a request that is done already gets its receipts again`() {
    make()
    let options = ["--table", "t", "--request-id", "job", "--receipts", receipts]
    for _ in 0..<2 {
      removeTree(receipts)
      let outcome = log.append(options, input: .text("{\"id\":9,\"name\":\"nine\"}\n"))
      #expect(outcome.status == 0, "\(outcome)")
      #expect(names(in: receipts)?.isEmpty == false)
      for name in names(in: receipts) ?? [] { #expect(verify("\(receipts)/\(name)").status == 0) }
    }
  }

  @Test func `what is no receipt, or a bad one, is told apart`() {
    make()
    let file = "\(receipts)/2.tlog-proof"
    let good = String(decoding: contents(file), as: UTF8.self)
    #expect(verify(file).status == 0)
    for (old, new, status) in [
      ("index 2", "index 1", 1), ("index 2", "index 99", 1), ("c2sp.org", "c2sp.com", 65),
      ("index 2\n", "", 65), ("extra ", "extra  ", 65), ("\n\n", "\n", 65),
    ] as [(String, String, Int32)] {
      let outcome = verify(folder.write("bad", good.replacing(old, with: new)))
      #expect(outcome.status == status, "\(old): \(outcome)")
      #expect(outcome.output == [])
      #expect(outcome.errorLines.count == 1)
    }
    // Each bit counts, but for the ones that make it no receipt.
    for index in stride(from: 30, to: good.utf8.count, by: 37) {
      var bytes = Array(good.utf8)
      bytes[index] ^= 1
      let outcome = verify(folder.write("bad", bytes))
      #expect(outcome.status == 1 || outcome.status == 65, "byte \(index): \(outcome)")
    }
    let other = LogAtHand(path: folder.file("other"))
    other.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)", creates: true)
    let foreign = run("kb-verify", ["--receipt", file, "--key", "\(other.path)/vkey"])
    #expect(foreign.status == 1, "\(foreign)")
    #expect(foreign.error.contains("not signed with the key given"))
    #expect(run("kb-verify", ["--receipt", file]).status == 64)
    #expect(verify(folder.file("nowhere")).status == 66)
    #expect(verify(file, [log.path]).status == 64)
  }

  // Evidence: R14, R15
  @Test func `rows of a query are proven by their events, with content only when asked`() {
    make()
    log.execute("UPDATE t SET name = 'changed' WHERE id = 3")
    let query = """
      SELECT t.name, r.actor FROM t JOIN kb.records r ON r.offset = t._offset
      WHERE t.id IN (2, 3) ORDER BY t.id
      """
    for discloses in [false, true] {
      let folder = receipts + (discloses ? "-open" : "-closed")
      let options = ["--prove", folder] + (discloses ? ["--disclose"] : [])
      #expect(log.rows(query, options).count == 2)
      let index = String(decoding: contents(folder + "/receipts.ndjson"), as: UTF8.self)
      #expect(
        index == """
          {"row":1,"receipts":["1-2.tlog-proof","1.tlog-proof"]}
          {"row":2,"receipts":["6-1.tlog-proof","6.tlog-proof"]}

          """)
      let two = verify(folder + "/1-2.tlog-proof")
      let three = verify(folder + "/6-1.tlog-proof")
      #expect(two.status == 0 && three.status == 0, "\(two)\(three)")
      #expect(two.text.contains("event: 2\n"))
      #expect(two.text.contains("content: [1,1,[2,\"planted-2\"]]") == discloses, "\(two)")
      #expect(three.text.contains("\"changed\"") == discloses, "\(three)")
    }
    // An event that is disclosed cannot be exchanged.
    let open = String(decoding: contents(receipts + "-open/6-1.tlog-proof"), as: UTF8.self)
    #expect(open.utf8.count < 2048)
  }

  @Test func `the past and streams are proven, and what is no row of tables is refused`() {
    make()
    log.execute("UPDATE t SET name = 'changed' WHERE id = 3")
    for (sql, options, count) in [
      ("SELECT name FROM t WHERE id = 3", ["--as-of", "2"], 1),
      ("SELECT data FROM s ORDER BY sequence", [], 2),
      ("SELECT id FROM t FOR SYSTEM_TIME ALL WHERE id = 3", [], 2),
      ("SELECT a.id FROM t a LEFT JOIN t b ON b.id = a.id + 4 ORDER BY 1", [], 5),
    ] {
      removeTree(receipts)
      #expect(log.rows(sql, options + ["--prove", receipts]).count == count)
      let files = (names(in: receipts) ?? []).filter { $0.hasSuffix(".tlog-proof") }
      #expect(files.count == count, "\(sql): \(files)")
      for name in files { #expect(verify("\(receipts)/\(name)").status == 0, "\(sql)") }
    }
    for sql in [
      "SELECT count(*) FROM t", "SELECT DISTINCT name FROM t", "SELECT 1",
      "SELECT name FROM t GROUP BY name", "SELECT id FROM t UNION SELECT id FROM t",
      "SELECT * FROM (SELECT * FROM t) x", "WITH w AS (SELECT * FROM t) SELECT * FROM w",
      "SELECT * FROM kb.tables", "VALUES (1)",
    ] {
      let outcome = log.query(sql, ["--prove", receipts])
      #expect(outcome.status == 65, "\(sql): \(outcome)")
      #expect(outcome.error.contains("a receipt is for a row"), "\(outcome)")
    }
  }

  @Test func `while a writer waits for input, what it wrote is signed and has receipts`() {
    make()
    let writer = ToolProcess(
      "kb-append", ["--table", "t", "--receipts", receipts, "-q", log.path], input: .pipe,
      isPiped: true)
    writer.write("{\"id\":77,\"name\":\"seven\"}\n")
    let line = Acknowledged(writer.readLine() ?? "")
    let file = "\(receipts)/\(line?.offset ?? -1).tlog-proof"
    while access(file, F_OK) != 0, writer.isRunning { usleep(1000) }
    #expect(verify(file).status == 0)
    // A query beside it needs not wait for that.
    writer.write("{\"id\":78,\"name\":\"eight\"}\n")
    _ = writer.readLine()
    let outcome = log.query("SELECT name FROM t WHERE id = 78", ["--prove", receipts])
    #expect(outcome.status == 0, "\(outcome)")
    writer.kill(SIGKILL)
    _ = writer.wait()
    // Nor after it was killed.
    #expect(log.query("SELECT name FROM t", ["--prove", receipts]).status == 0)
    for name in names(in: receipts) ?? [] where name.hasSuffix(".tlog-proof") {
      #expect(verify("\(receipts)/\(name)").status == 0)
    }
    #expect(run("kb-verify", [log.path]).status == 0)
  }

  // Evidence: R17
  @Test func `a log brought back from a copy is not appended to, but as a branch`() {
    make()
    let state = ["XDG_STATE_HOME": folder.file("state")]
    func append(_ id: Int, _ options: [String] = []) -> Outcome {
      run(
        "kb-append", options + ["--table", "t", "-q", log.path],
        input: .text("{\"id\":\(id),\"name\":\"x\"}\n"), environment: state)
    }
    #expect(append(10).status == 0)
    #expect(run("/bin/cp", ["-r", log.path, folder.file("copy")]).status == 0)
    #expect(append(11).status == 0)
    keep("checkpoint")
    removeTree(log.path)
    #expect(run("/bin/cp", ["-r", folder.file("copy"), log.path]).status == 0)
    let refused = append(12)
    #expect(refused.status == 77, "\(refused)")
    #expect(refused.error.contains("was set back"))
    #expect(refused.error.contains("hint:") && refused.error.contains("--branch"))
    #expect(append(12, ["--branch"]).status == 0)
    #expect(append(13).status == 0)
    let verified = run("kb-verify", ["--view", log.path])
    #expect(verified.status == 0, "\(verified)")
    // It does not continue what was signed before it was set back, and says so.
    let since = run("kb-verify", ["--since", folder.file("checkpoint"), log.path])
    #expect(since.status == 1, "\(since)")
    for name in names(in: receipts) ?? [] { #expect(verify("\(receipts)/\(name)").status == 0) }
  }

  @Test func `state that cannot be read is told, for then nothing shows a log that was set back`() {
    make()
    let state = folder.file("state/kimberlite")
    func append(_ id: Int, _ options: [String] = []) -> Outcome {
      run(
        "kb-append", options + ["--table", "t", log.path],
        input: .text("{\"id\":\(id),\"name\":\"x\"}\n"),
        environment: ["XDG_STATE_HOME": folder.file("state")])
    }
    #expect(append(10).error.isEmpty)
    let kept = (names(in: state) ?? []).map { "\(state)/\($0)" }
    #expect(kept.count == 1)
    for (number, path) in kept.enumerated() {
      folder.write("state/kimberlite/\(names(in: state)?[number] ?? "")", "garbage")
      let warned = append(11)
      #expect(warned.status == 0 && warned.errorLines.count == 1, "\(warned)")
      #expect(warned.error.contains("warning: what was signed last is not known"), "\(warned)")
      #expect(warned.error.contains("'\(path)' is not a checkpoint"), "\(warned)")
      // It is written anew, and the protection is there again.
      #expect(append(12).error.isEmpty)
      unlink(path)
      mkdir(path, 0o700)
      #expect(append(13).error.contains("cannot open '\(path)'"))
      #expect(append(14, ["-q"]).error.isEmpty)
    }
  }

  // Evidence: R13
  @Test func `a checkpoint that nobody signed, or somebody else, is seen`() {
    make()
    keep("checkpoint")
    let good = String(decoding: folder.read("checkpoint"), as: UTF8.self)
    #expect(run("kb-verify", ["--since", folder.file("checkpoint"), log.path]).status == 0)
    let path = folder.file("log/checkpoint")
    let unsigned = good.split(separator: "\n\n")[0] + "\n"
    for (text, what) in [
      (String(unsigned), "not signed"),
      (good.replacing("\n— ", with: "\n— x"), "not signed"),
    ] {
      folder.write("log/checkpoint", text)
      let outcome = run("kb-verify", [log.path])
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.text.contains("checkpoint: ") && outcome.text.contains(what), "\(outcome)")
    }
    folder.write("log/checkpoint", good)
    #expect(run("kb-verify", ["--key", folder.file("log/vkey"), log.path]).status == 0)
    let other = LogAtHand(path: folder.file("other"))
    other.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)", creates: true)
    #expect(run("kb-verify", ["--key", "\(other.path)/vkey", log.path]).status == 1)
    // Of a log of the first version nothing else is asked.
    for name in ["vkey", "signing.key"] { #expect(unlink(folder.file("log/\(name)")) == 0) }
    #expect(run("kb-verify", [log.path]).status == 1)
    folder.write("log/checkpoint", String(unsigned))
    #expect(run("kb-verify", [log.path]).status == 0)
    #expect(log.append(["--table", "t"], input: .text("{\"id\":80,\"name\":\"x\"}\n")).status == 0)
    #expect(run("kb-verify", [log.path]).text.contains("signed: kimberlite/"))
    _ = path
  }
}
