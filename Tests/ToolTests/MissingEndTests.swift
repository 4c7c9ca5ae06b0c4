// SPDX-License-Identifier: Apache-2.0
// A log that was cut while its view was not: no answer as if all were well.

import Glibc
import Testing

@Suite struct MissingEndTests {
  @Test(arguments: [1, 40, 4000]) func `a query of a log whose end is gone says so`(cut: Int) {
    let folder = Folder()
    let log = LogAtHand(path: folder.file("log"))
    let lines = (0..<500).map { "{\"id\":\($0),\"text\":\"row number \($0)\"}\n" }.joined()
    let made = log.append(
      ["--create", "--table", "t", "--key", "id", "--batch", "100"], input: .text(lines))
    #expect(made.status == 0, "\(made)")
    #expect(log.rows("SELECT count(*) AS n FROM t") == ["{\"n\":500}"])

    let name = "segments/00000000000000000000.kbl"
    let path = folder.file("log/\(name)")
    let count = contents(path).count
    #expect(truncate(path, count - cut) == 0)
    let outcome = log.query("SELECT count(*) AS n FROM t")
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.output == [])
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.error.contains(name) && outcome.error.contains("the end of the log is missing"))
  }
}
