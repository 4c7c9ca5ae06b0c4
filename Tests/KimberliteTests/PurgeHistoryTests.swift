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
