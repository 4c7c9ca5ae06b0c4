// SPDX-License-Identifier: Apache-2.0
// Indexes of words, seen from outside: what is searched outlives a kill and a lost view, what is
// erased is in no file, and a word that is not found any more is told.

import Glibc
import Testing

@Suite struct FullTextTests {
  let bench = PurgeBench.patients()

  init() { bench.log.execute("CREATE INDEX words ON patients USING fts (name, city)") }

  private func found(_ word: String, _ moment: String = "") -> [String] {
    bench.log.rows(
      "SELECT id FROM patients \(moment) AS p WHERE p MATCH '\(word)' ORDER BY id")
  }

  @Test func `what is searched is there after kill -9 and without the view`() {
    let writer = ToolProcess(
      "kb-append", ["--table", "patients", "--batch", "1", bench.log.path], input: .pipe,
      isPiped: true)
    #expect(writer.write("{\"id\":99,\"name\":\"Late Arrival\",\"city\":\"Salina\"}\n"))
    _ = writer.readLine()
    writer.kill(SIGKILL)
    _ = writer.wait()
    #expect(found("arrival") == ["{\"id\":99}"])
    #expect(found("first", "AS OF OFFSET 3") == ["{\"id\":7}"])
    for name in ["view.sqlite", "view.sqlite-wal", "view.sqlite-shm"] {
      unlink("\(bench.log.path)/\(name)")
    }
    #expect(found("arrival") == ["{\"id\":99}"])
    #expect(found("first").isEmpty)
    bench.expectWhole()
  }

  @Test func `words that are erased are in no file`() {
    #expect(found("zarahemla") == ["{\"id\":7}"])
    bench.purge(["--table", "patients", "--where", "id = 7", "--reason", "GDPR art. 17"])
    #expect(found("zarahemla").isEmpty)
    #expect(found("person").count == 29)
    // As FTS5 keeps them: in small letters.
    for word in ["zebulon", "zarahemla", "Zebulon-second", "planted-Zarahemla"] {
      let holding = allFiles(under: bench.log.path).filter { path in
        String(decoding: contents(path), as: UTF8.self).contains(word)
      }
      #expect(holding == [], "\(word)")
    }
    bench.expectWhole()
  }

  @Test(arguments: ["_idx", "_data", "_content", "_docsize"])
  func `an index that lost words is told`(part: String) {
    let damage = """
      import sqlite3, sys
      view = sqlite3.connect(sys.argv[1] + "/view.sqlite", isolation_level=None)
      name = [n for (n,) in view.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
              if n.startswith("kb_fts_") and n.endswith(sys.argv[2])][0]
      view.execute("DELETE FROM " + name + (" WHERE id > 10" if sys.argv[2] == "_data" else ""))
      """
    // Of many words: those of one page are found without a table of pages.
    bench.log.execute(
      """
      INSERT INTO patients (id, name, city)
      SELECT n + 1000, md5(n::text), md5((n + 5000)::text) FROM generate_series(1, 2000) AS n
      """)
    #expect(found("c4ca4238a0b923820dcc509a6f75849b").count == 1)
    let outcome = run("/usr/bin/env", ["python3", "-c", damage, bench.log.path, part])
    #expect(outcome.status == 0, "\(outcome)")
    if part == "_idx" { #expect(found("c4ca4238a0b923820dcc509a6f75849b").isEmpty) }
    let verified = run("kb-verify", ["--view", bench.log.path])
    #expect(verified.status == 1, "\(verified)")
  }
}
