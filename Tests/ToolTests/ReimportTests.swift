// SPDX-License-Identifier: Apache-2.0
// Rows that a purge erased, and an import that brings them along.

import Testing

@Suite struct ReimportTests {
  private let bench = PurgeBench.patients()

  init() { bench.purge(["--table", "patients", "--where", "id = 7", "--reason", "x"]) }

  @Test func `a log that cannot tell says so`() {
    let archive = bench.folder.file("a.tar")
    #expect(
      runInShell("\"$@\" > '\(archive)'", "kb-snapshot", [bench.log.path]).status == 0)
    let copy = bench.folder.file("copy")
    #expect(run("kb-snapshot", ["--restore", copy, archive]).status == 0)
    func append(_ options: [String], _ input: String) -> Outcome {
      run("kb-append", options + [copy], input: .text(input))
    }
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
