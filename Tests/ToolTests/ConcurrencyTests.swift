// SPDX-License-Identifier: Apache-2.0
// Readers in other processes while a writer appends: each sees one moment, everything that was
// acknowledged before it started, and the writer is not stopped by any of them.

import Glibc
import Testing

@Suite
struct ConcurrencyTests {
  let folder = Folder()

  @Test(arguments: [1, 7, 100])
  func `every reader sees a whole prefix, and what was acknowledged before it began`(batch: Int) {
    let log = LogAtHand(path: folder.file("log"))
    log.execute("CREATE TABLE t (id BIGINT PRIMARY KEY)", creates: true)
    let writer = ToolProcess(
      "kb-append", ["--table", "t", "--batch", "\(batch)", log.path], input: .pipe, isPiped: true)
    var next = 0
    var acknowledged = 0
    for _ in 0..<25 {
      // The reader starts while the writer is at work on what comes after the receipt.
      let lines = (next..<(next + batch * 40)).map { "{\"id\":\($0)}\n" }.joined()
      next += batch * 40
      writer.write(lines)
      guard let receipt = writer.readLine().flatMap({ Acknowledged($0) }) else {
        Issue.record("the writer ended: \(writer.wait())")
        return
      }
      acknowledged = receipt.offset
      let rows = log.rows(
        """
        SELECT (SELECT count(*) FROM t) AS rows, (SELECT max(id) FROM t) AS top,
          (SELECT sum(events) FROM kb.records WHERE "offset" > 0) AS events,
          (SELECT max("offset") FROM kb.records) AS newest
        """)
      #expect(rows.count == 1)
      guard let row = rows.first, let count = field("rows", of: row).flatMap({ Int($0) }) else {
        return
      }
      #expect(field("events", of: row) == "\(count)", "\(row)")
      #expect(field("top", of: row) == "\(count - 1)", "\(row)")
      #expect(field("newest", of: row).flatMap { Int($0) } ?? 0 >= acknowledged, "\(row)")
      // A writer whose receipts nobody reads stops.
      var events = receipt.events
      while events < batch * 40, let more = writer.readLine().flatMap({ Acknowledged($0) }) {
        events += more.events
      }
    }
    writer.closeInput()
    while writer.readLine() != nil {}
    #expect(writer.wait().status == 0)
    #expect(log.rows("SELECT count(*) AS n FROM t") == ["{\"n\":\(next)}"])
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
  }

  @Test func `readers do not keep a writer from starting`() {
    let log = LogAtHand(path: folder.file("log"))
    log.execute("CREATE TABLE t (id BIGINT PRIMARY KEY)", creates: true)
    for round in 0..<15 {
      // Without its view each reader has to fold the log itself, beside the others.
      for suffix in ["", "-wal", "-shm"] { unlink(log.path + "/view.sqlite" + suffix) }
      let readers = (0..<3).map { _ in
        ToolProcess("kb-query", [log.path, "SELECT count(*) AS n FROM t"])
      }
      let appended = log.append(["--table", "t"], input: .text("{\"id\":\(round)}\n"))
      #expect(appended.status == 0, "\(appended)")
      for reader in readers {
        let outcome = reader.wait()
        #expect(outcome.status == 0, "\(outcome)")
        #expect(["{\"n\":\(round)}", "{\"n\":\(round + 1)}"].contains(outcome.lines.first ?? ""))
      }
    }
    #expect(log.rows("SELECT count(*) AS n FROM t") == ["{\"n\":15}"])
  }

  @Test func `of many creators of one log each succeeds or is told to try again`() {
    for round in 0..<10 {
      let log = LogAtHand(path: folder.file("new\(round)"))
      let writers = (0..<4).map { index in
        ToolProcess(
          "kb-append", ["--create", "--stream", "s", "-q", log.path],
          input: .text("{\"from\":\(index)}\n"))
      }
      let outcomes = writers.map { $0.wait() }
      for outcome in outcomes { #expect([0, 75].contains(outcome.status), "\(outcome)") }
      let done = outcomes.filter { $0.status == 0 }
      #expect(!done.isEmpty)
      #expect(log.rows("SELECT count(*) AS n FROM s") == ["{\"n\":\(done.count)}"])
      let records = log.records()
      for receipt in done.flatMap({ $0.lines.compactMap { Acknowledged($0) } }) {
        #expect(records.contains(receipt))
      }
    }
  }
}
