// SPDX-License-Identifier: Apache-2.0
// A purge that was ordered and is not finished: kb-verify and kb-append tell of it, and what it has
// done so far is no damage.

import Glibc
import Testing

@Suite struct OpenPurgeTests {
  private let all = ["--table", "patients", "--where", "id = 7", "--reason", "x"]
  private let note = "the purge ordered here is not finished; run kb-purge --resume"

  // Evidence: R45
  @Test func `an order that a kill left open is told, and no damage`() {
    let bench = PurgeBench.patients()
    let digest = bench.digest(all)
    let original = bench.folder.file("original")
    #expect(run("/bin/cp", ["-r", bench.log.path, original]).status == 0)
    var statuses: Set<Int32> = []
    KillSteps.run("kb-purge", all + ["-q", "--execute", digest, bench.log.path], stride: 7) {
      removeTree(bench.log.path)
      #expect(run("/bin/cp", ["-r", original, bench.log.path]).status == 0)
    } check: { step in
      let plain = run("kb-verify", [bench.log.path])
      #expect(plain.status == 0, "step \(step): \(plain)")
      let isOpen = plain.text.contains("offset 7: \(note)")
      let json = run("kb-verify", ["--format", "json", bench.log.path])
      #expect(json.text.contains(note) == isOpen, "step \(step): \(json)")
      let metrics = run("kb-verify", ["--format", "prometheus", bench.log.path])
      #expect(
        metrics.text.contains("\nkimberlite_purges_unfinished \(isOpen ? 1 : 0)\n"),
        "step \(step): \(metrics)")
      let judged = run("kb-verify", ["--view", bench.log.path])
      #expect(judged.status == 0 || (isOpen && judged.status == 75), "step \(step): \(judged)")
      #expect(!judged.text.contains("DAMAGED"), "step \(step): \(judged)")
      if judged.status == 75 {
        #expect(judged.text.contains("view: not judged") && judged.text.hasSuffix("UNFINISHED\n"))
        #expect(judged.error.contains("hint: run kb-purge --resume"), "step \(step): \(judged)")
      }
      statuses.insert(judged.status ?? -1)
      guard isOpen else { return }
      let row = "{\"id\":31}\n"
      let appended = run(
        "kb-append", ["--table", "patients", bench.log.path], input: .text(row))
      #expect(appended.status == 0 && appended.errorLines.count == 1, "step \(step): \(appended)")
      #expect(
        appended.error.contains("the purge ordered at offset 7 is not finished"),
        "step \(step): \(appended)")
      #expect(run("kb-purge", ["--resume", "-q", bench.log.path]).status == 0, "step \(step)")
      bench.expectWhole("step \(step)")
      #expect(!run("kb-verify", [bench.log.path]).text.contains("note:"), "step \(step)")
    }
    #expect(statuses == [0, 75])
  }

  @Test func `an order that waits, or was withdrawn, is told apart`() {
    let bench = PurgeBench.patients()
    bench.log.execute("ALTER LOG SET PURGE DELAY '1 day'")
    let ordered = bench.purge(all)
    let order = field("order", of: ordered.lines.last ?? "") ?? ""
    let until = field("not_before", of: ordered.lines.last ?? "") ?? ""
    let waiting = run("kb-verify", ["--view", bench.log.path])
    #expect(waiting.status == 0, "\(waiting)")
    #expect(
      waiting.text.contains("offset \(order): the purge ordered here waits until \(until)"),
      "\(waiting)")
    #expect(!waiting.text.contains(note))
    #expect(
      run("kb-verify", ["--format", "prometheus", bench.log.path]).text
        .contains("kimberlite_purges_unfinished 0"))
    let appended = run(
      "kb-append", ["--sql", "-c", "UPDATE patients SET city = 'x'", bench.log.path])
    #expect(appended.status == 0 && appended.error.isEmpty, "\(appended)")
    #expect(
      run("kb-purge", ["--withdraw", order, "--reason", "a mistake", bench.log.path]).status == 0)
    #expect(!run("kb-verify", [bench.log.path]).text.contains("note:"))
  }

  @Test func `what no purge explains is damage of the view`() {
    let bench = PurgeBench.patients()
    // A view of another moment than it says.
    let view = bench.log.path + "/view.sqlite"
    bench.log.execute("UPDATE patients SET name = 'Other' WHERE id = 3")
    let changed = run(
      "/usr/bin/env",
      [
        "python3", "-c",
        "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); "
          + "c.execute(\"UPDATE patients SET name='Forged' WHERE id=3\"); c.commit()", view,
      ])
    #expect(changed.status == 0, "\(changed)")
    let judged = run("kb-verify", ["--view", bench.log.path])
    #expect(judged.status == 1 && judged.text.hasSuffix("DAMAGED\n"), "\(judged)")
    #expect(judged.text.contains("view: table \"patients\" differs"), "\(judged)")
  }
}
