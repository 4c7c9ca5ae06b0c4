// SPDX-License-Identifier: Apache-2.0
// Rows that a purge erased, and an import that brings them along.

import Testing

@Suite struct ReimportTests {
  private let bench = PurgeBench.patients()

  init() { bench.purge(["--table", "patients", "--where", "id = 7", "--reason", "x"]) }

  @Test func `a row that was erased goes to the rejects, and the rest to the log`() {
    let path = bench.folder.file("rejects")
    let rows = #"{"id":41}"# + "\n" + #"{"id":7,"name":"back"}"# + "\n" + #"{"id":42}"# + "\n"
    for options in [[], ["--on-conflict", "update"], ["--on-conflict", "ignore"]] {
      let outcome = bench.log.append(
        ["--table", "patients", "--rejects", path] + options, input: .text(rows))
      #expect(outcome.status == 65, "\(options) \(outcome)")
      #expect(outcome.error.contains("1 bad line went to"), "\(options) \(outcome)")
      bench.log.execute("DELETE FROM patients WHERE id > 40")
    }
    let rejects = String(decoding: contents(path), as: UTF8.self).split(separator: "\n")
    #expect(rejects.count == 3)
    for line in rejects.map(String.init) {
      #expect(field("line", of: line) == "2" && line.contains("was erased by a purge"), "\(line)")
    }
    // Without such a file it ends the run, and the message names the line.
    let refused = bench.log.append(
      ["--table", "patients", "--batch", "1"], input: .text(rows))
    #expect(refused.status == 77, "\(refused)")
    #expect(refused.error.contains("-:2: the row (id)=(7)"), "\(refused)")
    #expect(refused.error.contains("1 input line before it is in the log"), "\(refused)")
    bench.expectWhole()
  }

  @Test func `a log that cannot tell says so`() {
    let archive = bench.folder.file("a.tar")
    #expect(
      runInShell("\"$@\" > '\(archive)'", "kb-snapshot", [bench.log.path]).status == 0)
    let copy = bench.folder.file("copy")
    #expect(run("kb-snapshot", ["--restore", copy, archive]).status == 0)
    func append(_ options: [String], _ input: String) -> Outcome {
      run("kb-append", options + [copy], input: .text(input))
    }
    #expect(!run("kb-verify", [bench.log.path]).text.contains("denylist"))
    let verified = run("kb-verify", [copy])
    #expect(verified.status == 0, "\(verified)")
    #expect(verified.text.contains("note: denylist.key: it is missing"), "\(verified)")
    let warned = append(["--table", "patients"], "{\"id\":7}\n")
    #expect(warned.status == 0 && warned.errorLines.count == 1, "\(warned)")
    #expect(
      warned.error.contains("warning: '\(copy)/denylist.key' is missing, so rows that were erased"),
      "\(warned)")
    for options in [["--table", "patients", "--readmit"], ["--table", "patients", "-q"]] {
      let quiet = append(options + ["--on-conflict", "update"], "{\"id\":7}\n")
      #expect(quiet.status == 0 && quiet.error.isEmpty, "\(quiet)")
    }
    let stream = append(["--create", "--stream", "s"], "1\n")
    #expect(stream.status == 0 && stream.error.isEmpty, "\(stream)")
    #expect(append(["--sql"], "DELETE FROM patients WHERE id = 7;").errorLines.count == 1)
    bench.folder.write("copy/denylist.key", contents("\(bench.log.path)/denylist.key"))
    let refused = append(["--table", "patients"], "{\"id\":7}\n")
    #expect(refused.status == 77 && !refused.error.contains("warning"), "\(refused)")
  }
}
