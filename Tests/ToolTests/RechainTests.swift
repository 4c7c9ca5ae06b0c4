// SPDX-License-Identifier: Apache-2.0
// --rechain: a log whose chain says no longer that anything was erased, linked to the one that did.

import Glibc
import Testing

@Suite struct RechainTests {
  private let bench = PurgeBench.patients()
  private var log: LogAtHand { bench.log }
  private var old: String { bench.folder.file("old.kb") }
  private let all = ["--table", "patients", "--where", "id = 7", "--reason", "r"]
  private let history =
    "SELECT id, name, city FROM patients FOR SYSTEM_TIME ALL ORDER BY id, _offset"
  private let records = #"SELECT "offset", actor, reason, events FROM kb.records ORDER BY 1"#

  private var rechain: [String] {
    ["--rechain", "--archive", old, "--actor", "dpo", "--reason", "metadata too", log.path]
  }

  private func verify(
    _ path: String, says text: String = "", status: Int32 = 0, _ options: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let outcome = run("kb-verify", options + [path])
    #expect(
      outcome.status == status && outcome.text.contains(text), "\(outcome)",
      sourceLocation: sourceLocation)
  }

  // Evidence: R75
  @Test func `a new chain holds the same rows and says nothing of what was erased`() {
    log.execute("INSERT INTO patients VALUES (40, 'planted-whole-record', 'x')")
    log.execute("UPDATE patients SET name = 'Nobody' WHERE id = 5")
    let receipts = bench.folder.file("receipts")
    #expect(
      run("kb-query", ["--prove", receipts, log.path, "SELECT * FROM patients WHERE id = 1"])
        .status == 0)
    bench.purge(["--table", "patients", "--where", "id IN (7, 40)", "--reason", "r"])
    bench.purge(["--table", "patients", "--where", "id = 5", "--superseded", "--reason", "r"])
    let rows = log.rows(history)
    let before = log.rows(records)
    verify(log.path, says: "4 PURGED")
    let oldKey = String(decoding: contents(log.path + "/vkey"), as: UTF8.self)

    let outcome = run("kb-purge", rechain)
    #expect(outcome.status == 0 && field("from", of: outcome.text) == "1", "\(outcome)")
    #expect(log.rows(history) == rows)
    verify(log.path, says: "0 PURGED, 0 MISSING", ["--view"])
    verify(log.path, says: "chain: new from offset 1 on")
    let after = log.rows(records)
    #expect(after.count == before.count + 1)
    #expect(after.last?.contains(#""actor":"dpo","reason":"metadata too""#) == true)
    // Of a record of which nothing is left not even who made it.
    #expect(after[7].contains(#""actor":null,"reason":null,"events":0"#), "\(after[7])")
    #expect(before[7].contains(#""events":1"#))
    // The old chain is where it was put, whole, and its receipts go on being true.
    verify(old, says: "4 PURGED")
    let proofs = (names(in: receipts) ?? []).filter { $0.hasSuffix(".tlog-proof") }
    #expect(!proofs.isEmpty)
    for name in proofs {
      let key = bench.folder.write("old.vkey", oldKey)
      #expect(run("kb-verify", ["--receipt", "\(receipts)/\(name)", "--key", key]).status == 0)
    }
    // The new log goes on, and so do archives of it.
    log.execute("INSERT INTO patients VALUES (50, 'Later', 'x')")
    bench.expectWhole()
    let archive = bench.folder.write("archive.tar", run("kb-snapshot", [log.path]).output)
    #expect(run("kb-verify", ["--snapshot", archive]).status == 0)
    let restored = bench.folder.file("restored")
    #expect(run("kb-snapshot", ["--restore", restored], input: .file(archive)).status == 0)
    #expect(LogAtHand(path: restored).rows(history) == log.rows(history))
    verify(restored, says: "chain: new from offset 1 on")
    let earlier = bench.folder.file("earlier")
    #expect(
      run("kb-snapshot", ["--restore", earlier, "--until", "3"], input: .file(archive)).status == 0)
    verify(earlier, says: "4 OK")
    // And another chain may follow.
    bench.purge(["--table", "patients", "--where", "id = 9", "--reason", "r"])
    let again = rechain.map { $0 == old ? old + ".2" : $0 }
    #expect(run("kb-purge", again).status == 0)
    #expect(log.rows("SELECT count(*) AS n FROM patients WHERE id = 9") == [#"{"n":0}"#])
    verify(log.path, says: "0 PURGED", ["--view"])
    #expect(names(in: log.path + "/chains")?.count == 2)
  }

  @Test func `a link that is not the one that both chains signed is damage`() {
    bench.purge(all)
    #expect(run("kb-purge", rechain).status == 0)
    verify(log.path)
    let name = "chains/\(names(in: log.path + "/chains")?.first ?? "")"
    let good = contents("\(log.path)/\(name)")
    let text = String(decoding: good, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for place in good.indices where place % 7 == 0 {
      var bad = good
      bad[place] ^= 1
      bench.folder.write("log/\(name)", bad)
      verify(log.path, says: name, status: 1)
    }
    // Either signature alone is not enough.
    for gone in [lines.count - 2, lines.count - 3] {
      var rest = lines
      rest.remove(at: gone)
      bench.folder.write("log/\(name)", rest.joined(separator: "\n"))
      verify(log.path, says: "keys of both chains", status: 1)
    }
    bench.folder.write("log/\(name)", good)
    bench.folder.write("log/chains/3.link", good)
    verify(log.path, says: "stray", status: 1)
    unlink("\(log.path)/chains/3.link")
    verify(log.path)
    unlink("\(log.path)/\(name)")
    verify(log.path, says: "the link to the old chain is missing", status: 1)
  }

  @Test func `what would make no chain, or a wrong one, is refused`() {
    let nothing = run("kb-purge", rechain)
    #expect(nothing.status == 65 && nothing.error.contains("nothing"), "\(nothing)")
    bench.purge(all)
    log.execute("ALTER LOG SET PURGE DELAY '1 day'")
    let more = ["--table", "patients", "--where", "id = 9", "--reason", "r"]
    #expect(
      run("kb-purge", more + ["--execute", bench.digest(more), log.path]).status == 0)
    let waits = run("kb-purge", rechain)
    #expect(waits.status == 75 && waits.error.contains("is not finished"), "\(waits)")
    for (options, status) in [
      (["--rechain", log.path], 64), (["--archive", old, "--due", log.path], 64),
      (["--rechain", "--archive", old, log.path], 64),
    ] as [([String], Int32)] {
      let outcome = run("kb-purge", options)
      #expect(outcome.status == status, "\(options): \(outcome)")
    }
    let order = log.rows("SELECT max(\"offset\") AS n FROM kb.purges").first ?? ""
    let offset = field("n", of: order) ?? ""
    #expect(run("kb-purge", ["--withdraw", offset, "--reason", "r", log.path]).status == 0)
    #expect(
      run("kb-purge", ["--rechain", "--archive", log.path, "--reason", "r", log.path]).status == 73)
    // Damage is not covered up by a new chain.
    let segment = "segments/\(names(in: log.path + "/segments")?.first ?? "")"
    var bytes = contents("\(log.path)/\(segment)")
    bytes[300] ^= 1
    bench.folder.write("log/\(segment)", bytes)
    #expect(run("kb-purge", rechain).status == 1)
    #expect(names(in: old) == nil)
  }

  @Test func `a link to the log is followed, and an archive in the log is none`() {
    bench.purge(all)
    let link = bench.folder.file("link")
    #expect(symlink(log.path, link) == 0)
    let options = ["--rechain", "--reason", "r", "--archive"]
    let inside = run("kb-purge", options + ["\(log.path)/in", link])
    #expect(inside.status == 64 && inside.error.contains("lies in the log"), "\(inside)")
    #expect(run("kb-purge", options + [old, link]).status == 0)
    // The directory has the new chain, and not the name of the link alone.
    verify(log.path, says: "0 PURGED")
    verify(link, says: "chain: new from")
    verify(old, says: "PURGED")
    #expect(names(in: old + "/chains") == nil)
  }

  @Test func `an encrypted log stays so, with its subjects and who looked`() {
    let key = bench.folder.write("key", String(repeating: "5a", count: 32) + "\n")
    chmod(key, 0o600)
    let path = bench.folder.file("secret")
    let store = ["KB_SUBJECT_KEYS": bench.folder.file("keys")]
    func tool(_ name: String, _ arguments: [String]) -> Outcome {
      let outcome = run(name, ["--key-file", key] + arguments + [path], environment: store)
      #expect(outcome.status == 0, "\(arguments): \(outcome)")
      return outcome
    }
    let ask = "SELECT id, note, phone FROM t FOR SYSTEM_TIME ALL ORDER BY id, _offset"
    func rows() -> [String] {
      run("kb-query", ["--key-file", key, path, ask], environment: store).lines
    }
    for sql in [
      """
      CREATE TABLE t (
        id INT PRIMARY KEY, who TEXT, note TEXT, phone TEXT PERSONAL, SUBJECT KEY (who));
      ALTER LOG SET AUDIT READS ON
      """,
      """
      INSERT INTO t VALUES (1, 'anna', 'planted-a', 'planted-p'), (2, 'bert', 'planted-b', 'q'),
        (3, 'bert', 'planted-c', 'planted-q')
      """, "UPDATE t SET note = 'planted-d' WHERE id = 2", "DELETE FROM t WHERE id = 3",
    ] { _ = tool("kb-append", ["-q", "--create", "--sql", "-c", sql]) }
    for options in [["--where", "id = 1"], ["--where", "id = 2", "--personal"]] {
      let plan = ["--table", "t", "--reason", "r"] + options
      let digest = field("digest", of: tool("kb-purge", plan).text) ?? ""
      _ = tool("kb-purge", plan + ["--execute", digest])
    }
    let before = rows()
    #expect(before.count == 3)
    _ = tool("kb-purge", ["--rechain", "--archive", old, "--reason", "r"])
    #expect(rows() == before)
    #expect(tool("kb-verify", ["--view"]).text.contains("0 PURGED"))
    #expect(PurgeBench.Copy(path: path).files(holding: "planted-").isEmpty)
    let looked = run(
      "kb-query", ["--key-file", key, path, "SELECT count(*) AS n FROM kb.accesses"],
      environment: store)
    #expect((field("n", of: looked.text).flatMap { Int($0) } ?? 0) >= 2, "\(looked)")
    // Rows of a subject stay under its key.
    #expect(rows() == before)
    removeTree(bench.folder.file("keys"))
    for name in ["view.sqlite", "view.sqlite-wal", "view.sqlite-shm"] { unlink("\(path)/\(name)") }
    #expect(run("kb-query", ["--key-file", key, path, ask], environment: store).status == 77)
  }

  @Test func `whatever kills it, the log is the old one or the new one`() {
    bench.purge(all)
    let original = bench.folder.file("original")
    #expect(run("/bin/cp", ["-r", log.path, original]).status == 0)
    let rows = log.rows(history)
    var renewed = 0
    let steps = KillSteps.run("kb-purge", rechain, stride: 4) {
      for path in [log.path, old] { removeTree(path) }
      #expect(run("/bin/cp", ["-r", original, log.path]).status == 0)
    } check: { step in
      #expect(log.rows(history) == rows, "step \(step)")
      bench.expectWhole("step \(step)")
      if names(in: log.path + "/chains") != nil {
        renewed += 1
      } else {
        removeTree(old)
        #expect(run("kb-purge", rechain).status == 0, "step \(step)")
        bench.expectWhole("step \(step), again")
      }
      verify(old, says: "PURGED")
    }
    #expect(steps > 20 && renewed > 0, "\(steps) steps, \(renewed) with the new chain")
  }
}
