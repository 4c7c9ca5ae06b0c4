// SPDX-License-Identifier: Apache-2.0
// A log that was cut while its view was not: no answer as if all were well.

import Glibc
import Testing

@Suite struct MissingEndTests {
  /// With `padded` the file is brought back to its length, by zeros.
  @Test(arguments: [1, 40, 4000], [false, true])
  func `a query of a log whose end is gone says so`(cut: Int, padded: Bool) {
    // Of a body that lacks its last byte alone the log's length says nothing.
    if padded, cut == 1 { return }
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
    if padded { #expect(truncate(path, count) == 0) }
    let outcome = log.query("SELECT count(*) AS n FROM t")
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.output == [])
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.error.contains(name))
    // What is padded is a frame that the checkpoint says was whole.
    #expect(padded || outcome.error.contains("the end of the log is missing"))
  }

  @Test func `a view that is ahead of a good log is named as the one who says so`() {
    let folder = Folder()
    let (older, newer) = (LogAtHand(path: folder.file("a")), LogAtHand(path: folder.file("b")))
    older.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)", creates: true)
    #expect(run("/bin/cp", ["-r", older.path, newer.path]).status == 0)
    newer.execute("INSERT INTO t VALUES (1)")
    #expect(run("/bin/cp", [newer.path + "/view.sqlite", older.path]).status == 0)
    for outcome in [
      older.query("SELECT * FROM t"), older.append(["--sql", "-c", "DELETE FROM t WHERE id = 1"]),
    ] {
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.error.contains("so says view.sqlite"), "\(outcome)")
    }
  }
}
