// SPDX-License-Identifier: Apache-2.0
// What a clock or chance decided is decided once, by whoever writes, and stands in the log.

import Glibc
import Kimberlite
import KimberliteCore
import Testing

@Suite struct ReplayTests {
  @Test func `a view made anew holds the same times and random values`() throws {
    let folder = Folder()
    let path = folder.path + "/log"
    let writer = try Writer(opening: path, create: true, stateFolder: nil) { _ in }
    for sql in [
      """
      CREATE TABLE t (id INTEGER PRIMARY KEY, a TIMESTAMPTZ DEFAULT now(),
        b DOUBLE PRECISION DEFAULT random(), c UUID DEFAULT gen_random_uuid(),
        d TIMESTAMPTZ DEFAULT clock_timestamp(), e INTERVAL, f TIMESTAMP)
      """,
      "INSERT INTO t (id, e, f) VALUES (1, age(now()), now() AT TIME ZONE 'Europe/Berlin')",
      "INSERT INTO t (id, b, f) SELECT id + 1, random(), localtimestamp FROM t",
      "UPDATE t SET b = random(), d = clock_timestamp() WHERE id = 1",
    ] {
      var parser = Parser(sql)
      _ = try writer.run(try #require(try parser.next()))
      try writer.settle()
    }
    try writer.close()
    let before = try rows(path)
    #expect(before.count == 3)
    for suffix in ["", "-wal", "-shm"] { unlink(path + "/view.sqlite" + suffix) }
    #expect(try rows(path) == before)
  }

  /// Every version of every row.
  private func rows(_ path: String) throws -> [[Value]] {
    let reader = try Reader(opening: path)
    var parser = Parser("SELECT * FROM t FOR SYSTEM_TIME ALL ORDER BY id, _offset")
    let rows = try reader.prepare(try #require(try parser.next()))
    var result: [[Value]] = []
    while try rows.next() {
      var values: [Value] = []
      for index in rows.columns.indices { values.append(try rows.value(index)) }
      result.append(values)
    }
    return result
  }
}
