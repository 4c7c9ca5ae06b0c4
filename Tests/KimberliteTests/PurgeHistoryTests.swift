// SPDX-License-Identifier: Apache-2.0
// Purges of random histories: whatever was planned and performed, the view is what a fold of the
// log gives then, and goes on to be. KB_SEEDS sets how many runs, KB_SEED replays one.

import Kimberlite
import KimberliteCore
import Testing

@Suite
struct PurgeHistoryTests {
  @Test(arguments: FoldTests.seeds)
  func `a view after purges is the fold of the log`(seed: UInt64) throws {
    let folder = Folder()
    var history = try RandomHistory(folder, seed: seed)
    try history.write(steps: 50)
    for round in 0..<4 {
      let request = Self.request(&history)
      let purge = try Purge(opening: history.path, context: Context(reason: "a test"))
      let plan = try purge.plan(request)
      if !plan.erasures.isEmpty {
        _ = try purge.perform(try purge.order(plan).offset, plan)
        #expect(try purge.plan(request).erasures.isEmpty, "KB_SEED=\(seed): \(request)")
      }
      try purge.close()
      let report = try ViewCheck(directory: history.path).run(compares: true)
      #expect(report.differences == [], "KB_SEED=\(seed), round \(round): \(request)")
      try history.write(steps: 15)
    }
  }

  @Test(arguments: FoldTests.seeds)
  func `a new chain of a purged log has the same rows`(seed: UInt64) throws {
    let folder = Folder()
    var history = try RandomHistory(folder, seed: seed)
    try history.write(steps: 60)
    for round in 0..<2 {
      for _ in 0..<3 {
        let purge = try Purge(opening: history.path, context: Context(reason: "a test"))
        let plan = try purge.plan(Self.request(&history))
        if !plan.erasures.isEmpty { _ = try purge.perform(try purge.order(plan).offset, plan) }
        try purge.close()
        try history.write(steps: 10)
      }
      let before = try Self.versions(history.path)
      let archive = "\(folder.path)/old\(round)"
      do throws(DatabaseError) {
        _ = try Rechaining.run(log: history.path, archive: archive, context: Context())
      } catch {
        #expect(error.kind == .data, "KB_SEED=\(seed): \(error.message)")
        continue
      }
      #expect(try Self.versions(history.path) == before, "KB_SEED=\(seed), round \(round)")
      let verified = try Verifier(directory: history.path, disk: PosixDisk()).run()
      #expect(verified.findings == [] && verified.purged == 0, "KB_SEED=\(seed)")
      let report = try ViewCheck(directory: history.path).run(compares: true)
      #expect(report.differences == [], "KB_SEED=\(seed), round \(round)")
      try history.write(steps: 10)
    }
  }

  /// Every version of every table and every event, as text.
  private static func versions(_ path: String) throws -> [String] {
    let reader = try Reader(opening: path)
    return try (reader.catalog.tables.map { "\($0.name) FOR SYSTEM_TIME ALL" } + ["s", "z"]).flatMap
    {
      source in
      var parser = Parser("SELECT * FROM \(source)")
      let statement = try #require(try parser.next())
      let rows = try reader.prepare(statement)
      var lines: [String] = []
      while try rows.next() {
        let row = try rows.columns.indices.map { try rows.value($0) }
        lines.append("\(source): \(row)")
      }
      return lines.sorted()
    }
  }

  private static func request(_ history: inout RandomHistory) -> PurgeRequest {
    let part = history.below(3)
    switch history.below(5) {
    case 0:
      return PurgeRequest(
        target: .stream("s"), condition: "sequence % 3 = \(part)", scope: .events)
    case 1:
      return PurgeRequest(
        target: .table("n"), condition: "length(w) = 2 OR v IS NULL",
        scope: [.all, .superseded, .personal][part])
    default:
      return PurgeRequest(
        target: .table(["a", "p", "p", "q", "q"][history.below(5)]),
        condition: ["id", "x"][history.below(2)] + " % 3 = \(part)",
        scope: [.all, .superseded, .personal][history.below(3)])
    }
  }
}
