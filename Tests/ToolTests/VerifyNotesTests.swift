// SPDX-License-Identifier: Apache-2.0
// What kb-verify tells of and does not call damage.

import Glibc
import Testing

@Suite struct VerifyNotesTests {
  private let bench = PurgeBench.patients()

  @Test func `a view that is not there yet is no damage`() {
    let note = "note: view.sqlite: there is no view yet"
    let archive = bench.folder.file("a.tar")
    #expect(
      runInShell("\"$@\" > '\(archive)'", "kb-snapshot", [bench.log.path]).status == 0)
    let copy = bench.folder.file("copy")
    #expect(run("kb-snapshot", ["--restore", copy, archive]).status == 0)
    let restored = run("kb-verify", ["--view", copy])
    #expect(restored.status == 0 && restored.text.contains(note), "\(restored)")
    #expect(restored.text.contains("view: 7 records folded\n"), "\(restored)")
    #expect(restored.text.hasSuffix("OK\n"), "\(restored)")
    #expect(run("kb-query", [copy, "SELECT 1"]).status == 0)
    let queried = run("kb-verify", ["--view", copy])
    #expect(queried.status == 0 && !queried.text.contains(note), "\(queried)")
    #expect(queried.text.contains("rows compared"), "\(queried)")
    // One that is there and is none is damage.
    bench.folder.write("copy/view.sqlite", "no database")
    let damaged = run("kb-verify", ["--view", copy])
    #expect(damaged.status == 1 && damaged.text.contains("view: the view is no database"))
  }

  @Test func `nor is it one after the keys were changed`() {
    let key = bench.folder.write("key", String(repeating: "1", count: 64))
    chmod(key, 0o600)
    let log = bench.folder.file("encrypted")
    let options = ["--key-file", key]
    let made = run(
      "kb-append", options + ["-q", "--create", "--stream", "s", log], input: .text("1\n"))
    #expect(made.status == 0, "\(made)")
    #expect(run("kb-purge", options + ["--rekey", log]).status == 0)
    let verified = run("kb-verify", options + ["--view", log])
    #expect(verified.status == 0 && verified.text.contains("no view yet"), "\(verified)")
  }

  @Test func `a file that no tool makes is told, and what tools make is not`() {
    let log = bench.log
    bench.purge(["--table", "patients", "--where", "id = 7", "--reason", "x"])
    log.execute("ALTER LOG SET AUDIT READS ON")
    #expect(log.rows("SELECT 1").count == 1)
    #expect(run("kb-verify", ["--anchor", "tsq", log.path]).status == 0)
    for name in ["socket", "checkpoint.tmp", "view.sqlite-journal", "view.check.1"] {
      bench.folder.write("log/\(name)", "")
    }
    let clean = run("kb-verify", [log.path])
    #expect(clean.status == 0 && !clean.text.contains("note:"), "\(clean)")
    for name in ["backup.kbl", "accesses/x"] { bench.folder.write("log/\(name)", "") }
    mkdir(log.path + "/old", 0o700)
    let verified = run("kb-verify", [log.path])
    #expect(verified.status == 0, "\(verified)")
    for name in ["backup.kbl", "old", "accesses/x"] {
      #expect(verified.text.contains("note: \(name): a file that no tool makes"), "\(verified)")
    }
  }
}
