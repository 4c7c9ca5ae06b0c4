// SPDX-License-Identifier: Apache-2.0
// Evidence packs of logs that are anchored, encrypted, purged, or audit reads; and where the file
// finds no place.

import Glibc
import Testing

@Suite struct EvidenceSurroundingsTests {
  private let bench = EvidenceBench()
  private var log: LogAtHand { bench.log }
  private var folder: Folder { bench.folder }

  private func makeLog() {
    log.execute(
      """
      CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT PERSONAL, ward TEXT);
      INSERT INTO p VALUES (1, 'planted-ann', 'A'), (2, 'planted-bob', 'B')
      """, creates: true)
  }

  /// Asks an authority about the log as it is.
  private func stamp(_ authority: Authority) {
    let request = run("kb-verify", ["--anchor", "tsq", log.path])
    #expect(request.status == 0, "\(request)")
    let answer = folder.write("answer", authority.answer(request.output))
    let added = run("kb-verify", ["--import", answer, log.path])
    #expect(added.status == 0, "\(added)")
  }

  // Evidence: R18
  @Test func `time stamps of earlier states of the log are carried along and checked`() {
    let authority = Authority()
    makeLog()
    stamp(authority)
    for id in 3...7 { log.execute("INSERT INTO p VALUES (\(id), 'x', 'C')") }
    stamp(authority)
    log.execute("INSERT INTO p VALUES (8, 'x', 'C')")
    let witness = Witness("w1")
    let request = run("kb-verify", ["--anchor", "witness", log.path])
    #expect(request.status == 0, "\(request)")
    let key = String(
      decoding: folder.read("log/vkey").dropLast(), as: UTF8.self)
    let cosigned = folder.write("cosigned", witness.answer(request.output, about: key).body)
    let policy = folder.write("policy", witness.line + "quorum w1\n")
    let added = run("kb-verify", ["--import", cosigned, "--policy", policy, log.path])
    #expect(added.status == 0, "\(added)")
    log.execute("INSERT INTO p VALUES (9, 'x', 'C')")
    bench.make("SELECT * FROM p WHERE id < 3 ORDER BY id")
    #expect(
      names(in: "\(bench.pack)/anchors") == [
        "2.checkpoint", "2.consistency", "2.tsq", "2.tsr", "7.checkpoint", "7.consistency",
        "7.tsq", "7.tsr", "8.checkpoint", "8.consistency",
      ])
    let unknown = bench.verify()
    #expect(unknown.status == 0, "\(unknown)")
    #expect(
      bench.readme.contains("Where verify.sh was given --tsa-ca and says so: each time stamp"))
    #expect(unknown.text.contains("time stamp: anchors/2.tsr: not checked, for want of --tsa-ca"))
    let trusted = ["--tsa-ca", authority.certificates]
    let outcome = bench.verify(trusted)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(
      outcome.text.contains(/time stamp: anchors\/7.tsr: the records before 7 existed at 2.*Z\n/))
    let stranger = Authority()
    bench.expectWrong("anchors/2.tsr", ["--tsa-ca", stranger.certificates])

    func forge(
      _ blamed: String, sourceLocation: SourceLocation = #_sourceLocation, _ change: () -> Void
    ) {
      bench.unpack()
      change()
      bench.reseal()
      bench.expectWrong(blamed, trusted, sourceLocation: sourceLocation)
    }
    forge("anchors/7.tsr") { bench.write("anchors/7.tsr", bench.read("anchors/2.tsr")) }
    forge("anchors/7.tsr") { bench.write("anchors/7.tsr", "x") }
    forge("anchors/7.tsr") { bench.write("anchors/7.tsq", bench.read("anchors/2.tsq")) }
    forge("anchors/7.checkpoint") {
      bench.write("anchors/7.checkpoint", bench.read("anchors/2.checkpoint"))
    }
    forge("anchors/7.consistency") {
      bench.write("anchors/7.consistency", bench.read("anchors/2.consistency"))
    }
    forge("anchors/7.consistency") {
      var lines = bench.text("anchors/7.consistency").split(
        separator: "\n", omittingEmptySubsequences: false)
      lines.swapAt(1, 2)
      bench.write("anchors/7.consistency", lines.joined(separator: "\n"))
    }
    forge("anchors/8.consistency") { unlink("\(bench.pack)/anchors/8.consistency") }
    forge("anchors/9.tsr") { bench.write("anchors/9.tsr", bench.read("anchors/7.tsr")) }
  }

  @Test func `a consistency proof of any two small sizes is followed`() {
    makeLog()
    let authority = Authority()
    for id in 3...11 {
      stamp(authority)
      log.execute("INSERT INTO p VALUES (\(id), 'x', 'C')")
    }
    bench.make("SELECT id FROM p WHERE id < 3")
    #expect(bench.files.filter { $0.hasSuffix(".consistency") }.count == 9)
    let outcome = bench.verify(["--tsa-ca", authority.certificates])
    #expect(outcome.status == 0, "\(outcome)")
  }

  @Test func `evidence is noted before there is any, or there is none`() {
    makeLog()
    log.execute("ALTER LOG SET AUDIT READS ON")
    let options = ["--actor", "ann", "--reason", "case 7"]
    #expect(bench.make("SELECT name FROM p WHERE id = 1", options).count == 1)
    #expect(bench.verify().status == 0)
    #expect(
      log.rows("SELECT actor, reason, text, rows, evidence FROM kb.accesses") == [
        #"{"actor":"ann","reason":"case 7","text":"select name from p where id = ?","rows":1,"#
          + #""evidence":true}"#
      ])
    #expect(
      log.rows("SELECT evidence FROM kb.accesses").last == #"{"evidence":false}"#)
    removeTree(log.path + "/accesses")
    folder.write("log/accesses", "")
    unlink(bench.tar)
    for file in [bench.tar, "-"] {
      let outcome = log.query("SELECT name FROM p", ["--evidence", file])
      #expect(outcome.status == 74 && outcome.output.isEmpty, "\(outcome)")
      #expect(outcome.error.contains("so nothing is shown"))
    }
    #expect(names(in: folder.path)?.contains { $0.hasPrefix("pack") } == false)
  }

  @Test func `what was erased is said to be, and the rest stays proven`() {
    makeLog()
    log.execute("INSERT INTO p VALUES (3, 'planted-cy', 'C')")
    func purge(_ options: [String]) {
      let arguments = options + ["--reason", "art. 17", log.path]
      let plan = run("kb-purge", ["--table", "p"] + arguments)
      guard let digest = plan.text.firstMatch(of: /[0-9a-f]{64}/)?.0 else {
        Issue.record("\(plan)")
        return
      }
      let done = run("kb-purge", ["--table", "p", "--execute", String(digest)] + arguments)
      #expect(done.status == 0, "\(done)")
    }
    purge(["--where", "id = 1", "--personal"])
    purge(["--where", "id = 3"])
    #expect(
      bench.make("SELECT * FROM p ORDER BY id") == [
        #"{"id":1,"name":null,"ward":"A"}"#, #"{"id":2,"name":"planted-bob","ward":"B"}"#,
      ])
    #expect(
      bench.text("receipts.ndjson").hasPrefix(
        #"{"row":1,"receipts":["1-1.tlog-proof","1-2.tlog-proof"]}"#))
    let outcome = bench.verify()
    #expect(outcome.status == 0, "\(outcome)")
    #expect(
      outcome.text.contains("receipts: 4 lead to the checkpoint, 1 of them to erased content"))
    #expect(bench.readme.contains("1 receipt of these stands"))
    #expect(bench.readme.contains("Not one is changed later, but for content that is erased"))
    let erased = run(
      "kb-verify",
      ["--receipt", "\(bench.pack)/receipts/1-2.tlog-proof", "--key", log.path + "/vkey"])
    #expect(erased.status == 0 && !erased.text.contains("content:"), "\(erased)")
    let anew = run(
      "kb-purge", ["--rechain", "--archive", folder.file("old"), "--reason", "x", log.path])
    #expect(anew.status == 0, "\(anew)")
    bench.make("SELECT * FROM p ORDER BY id")
    #expect(bench.verify().status == 0)
    #expect(bench.readme.contains("This one was written anew, at least once"))
    #expect(!bench.readme.contains("Not one is changed later"))
  }

  @Test
  func `evidence of an encrypted log is its owner's alone, and elsewhere nothing is in the clear`()
  {
    let key = folder.write("key", String(repeating: "0f", count: 32))
    chmod(key, 0o600)
    let made = log.append(
      ["--sql", "--create", "--key-file", key, "-c", "CREATE TABLE n (t TEXT)"])
    #expect(made.status == 0, "\(made)")
    let lines = (0..<5000).map { "{\"t\":\"planted-\($0)\"}\n" }.joined()
    let rows = log.append(["--table", "n", "--key-file", key], input: .text(lines))
    #expect(rows.status == 0, "\(rows)")
    #expect(log.query("SELECT t FROM n", ["--evidence", bench.tar]).status == 77)
    // Every file that it opens to write, and where.
    let trace = folder.file("trace")
    let outcome = run(
      "/usr/bin/strace",
      [
        "-f", "-qq", "-o", trace, "-e", "trace=open,openat,creat,memfd_create",
        ToolPath.of("kb-query"), "-q", "--key-file", key, "--evidence", bench.tar, log.path,
        "SELECT t FROM n WHERE t LIKE '%99'",
      ])
    #expect(outcome.status == 0, "\(outcome)")
    let opened = String(decoding: contents(trace), as: UTF8.self).split(separator: "\n").filter {
      $0.contains("O_CREAT") && !$0.contains(log.path + "/") && !$0.contains("ENOENT")
    }
    #expect(opened.count == 1 && opened[0].contains("pack.tar.tmp"), "\(opened)")
    var status = stat()
    #expect(stat(bench.tar, &status) == 0 && status.st_mode & 0o777 == 0o600)
    bench.unpack()
    #expect(bench.text("rows.csv").contains("planted-4999"))
    let verified = bench.verify()
    #expect(verified.status == 0, "\(verified)")
  }

  @Test func `a command line that makes no sense is refused, and makes no file`() {
    makeLog()
    for (options, sql, status) in [
      (["--prove", folder.file("x")], "SELECT 1", 64), (["--follow"], "SELECT 1", 64),
      (["--explain"], "SELECT 1", 64), (["--disclose"], "SELECT 1", 64),
      ([], "SELECT 1; SELECT 2", 64), ([], "", 64), ([], "EXPLAIN SELECT id FROM p", 64),
      ([], "SELECT 1; SELEC 2", 65), ([], "DELETE FROM p", 64),
      ([], "SELECT gen_random_uuid()", 65),
    ] as [([String], String, Int32)] {
      let outcome = log.query(sql, ["--evidence", bench.tar] + options)
      #expect(outcome.status == status, "\(options) \(sql): \(outcome)")
    }
    let hidden = log.path + "/signing.key"
    #expect(rename(hidden, hidden + "x") == 0)
    let unsigned = log.query("SELECT id FROM p", ["--evidence", bench.tar])
    #expect(unsigned.status == 77 && unsigned.output.isEmpty, "\(unsigned)")
    #expect(rename(hidden + "x", hidden) == 0)
    let nowhere = log.query("SELECT id FROM p", ["--evidence", folder.file("none/x.tar")])
    #expect(nowhere.status == 73 && nowhere.output.isEmpty, "\(nowhere)")
    #expect(names(in: folder.path) == ["log"])
    let empty = EvidenceBench()
    #expect(empty.log.append(["--sql", "--create", "-c", ""]).status == 0)
    #expect(empty.log.query("SELECT 1", ["--evidence", empty.tar]).status == 65)
  }

  @Test func `standard output takes the archive in place of the rows`() {
    makeLog()
    let outcome = log.query("SELECT id FROM p", ["--evidence", "-"])
    #expect(outcome.status == 0 && outcome.error.isEmpty)
    folder.write("pack.tar", outcome.output)
    bench.unpack()
    #expect(bench.verify().status == 0)
    let full = runInShell(
      "\"$@\" > /dev/full", "kb-query", ["--evidence", "-", log.path, "SELECT id FROM p"])
    #expect(full.status == 74 && full.error.contains("No space left on device"), "\(full)")
    let closed = runInShell(
      "\"$@\" >&-", "kb-query", ["--evidence", "-", log.path, "SELECT id FROM p"])
    #expect(closed.status == 74, "\(closed)")
  }

  @Test func `no half file has the name, whatever happens`() {
    makeLog()
    bench.make("SELECT id FROM p")
    let before = contents(bench.tar)
    let short = runInShell(
      "ulimit -f 64; exec \"$@\"", "kb-query",
      ["--evidence", bench.tar, log.path, "SELECT id, name FROM p"])
    #expect(short.status == 74 && short.error.contains("pack.tar"), "\(short)")
    #expect(
      contents(bench.tar) == before && names(in: folder.path) == ["evidence", "log", "pack.tar"])
    let unshown = runInShell(
      "\"$@\" > /dev/full", "kb-query", ["--evidence", bench.tar, log.path, "SELECT id FROM p"])
    #expect(unshown.status == 74 && contents(bench.tar) == before, "\(unshown)")
    let steps = KillSteps.run(
      "kb-query", ["--evidence", bench.tar, log.path, "SELECT id FROM p"],
      prepare: {
        unlink(bench.tar)
        unlink(bench.tar + ".tmp")
      },
      check: { step in
        guard !contents(bench.tar).isEmpty else { return }
        bench.unpack()
        #expect(bench.verify().status == 0, "step \(step)")
      })
    #expect(steps >= 2)
    bench.unpack()
    #expect(bench.verify().status == 0)
  }
}
