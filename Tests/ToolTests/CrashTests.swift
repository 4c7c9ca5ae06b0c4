// SPDX-License-Identifier: Apache-2.0
// kb-append is killed by SIGKILL at random moments, under load. Whatever a receipt was printed for
// is there for ever after, with the same hash; the view is what a fresh fold of the log gives; the
// next append works. KB_SEED replays the workload, KB_CRASHES sets how many kills.

import Glibc
import Testing

/// What kb-append is doing when it is killed.
enum Load: String, CaseIterable {
  case batches = "--batch 1000"
  case singles = "--batch 1"
  case sevens = "--batch 7"
  case stream = "--stream"
  case upserts = "--on-conflict update"
  case statements = "--sql"
  case transactions = "--sql with BEGIN"

  var seed: UInt64 { UInt64(Self.allCases.firstIndex(of: self) ?? 0) }
}

@Suite(.serialized)
struct CrashTests {
  static let seed = UInt64(environmentNumber("KB_SEED", default: 1))
  static let kills = environmentNumber("KB_CRASHES", default: 203)

  // Evidence: R2
  @Test(arguments: Load.allCases)
  func `what was acknowledged survives kill -9`(load: Load) {
    var random = Random(seed: Self.seed &* 1000 &+ load.seed)
    let rounds = max(1, Self.kills / Load.allCases.count)
    var round = 0
    var killed = 0
    var acknowledged = 0
    while round < rounds {
      let folder = Folder()
      var victim = Victim(log: LogAtHand(path: folder.file("log")), load: load)
      // A log lives through some crashes, then a fresh one takes its place.
      for _ in 0..<(1 + random.below(9)) where round < rounds {
        let (wasKilled, receipts) = victim.crash(round, &random)
        killed += wasKilled ? 1 : 0
        acknowledged += receipts
        round += 1
      }
    }
    // A test that never hits shows nothing.
    #expect(killed * 2 >= rounds || rounds < 8, "\(killed) of \(rounds) were still running")
    #expect(acknowledged > 0 || rounds < 8)
  }
}

/// One log, crashed again and again.
private struct Victim {
  let log: LogAtHand
  let load: Load
  /// Every record that anybody was told of.
  private var known: [Acknowledged] = []
  private var nextKey = 0

  init(log: LogAtHand, load: Load) {
    self.log = log
    self.load = load
  }

  /// One run that is killed, and everything that must hold after it.
  mutating func crash(_ round: Int, _ random: inout Random) -> (wasKilled: Bool, receipts: Int) {
    let (options, input) = work(&random)
    let process = ToolProcess(
      "kb-append", options + ["--create", "-q", log.path], input: .text(input), isPiped: true)
    // From before the log is opened to far into the run.
    var lines: [String] = []
    if random.oneIn(3) {
      usleep(useconds_t(random.below(60_000)))
    } else {
      for _ in 0...random.below(30) { process.readLine().map { lines.append($0) } }
      usleep(useconds_t(random.below(3_000)))
    }
    process.kill(SIGKILL)
    while let line = process.readLine() { lines.append(line) }
    let outcome = process.wait()
    #expect(outcome.signal == SIGKILL || outcome.status == 0, "round \(round): \(outcome)")
    let receipts = lines.compactMap { Acknowledged($0) }
    check(receipts, round)
    return (outcome.signal == SIGKILL, receipts.count)
  }

  private mutating func check(_ receipts: [Acknowledged], _ round: Int) {
    let hint: Comment = "round \(round) of \(load.rawValue), KB_SEED=\(CrashTests.seed)"
    if contents(log.path + "/checkpoint").isEmpty {
      // Killed before there was a log: nothing can have been promised.
      #expect(receipts.isEmpty && known.isEmpty, hint)
      return
    }
    // A receipt for a record that somebody has seen already is as good as a lie.
    #expect(receipts.first.map { $0.offset >= known.count } ?? true, hint)
    let records = log.records()
    #expect(records.map(\.offset) == Array(0..<records.count), hint)
    #expect(Array(records.prefix(known.count)) == known, hint)
    for receipt in receipts {
      #expect(receipt.offset < records.count, hint)
      if receipt.offset < records.count { #expect(records[receipt.offset] == receipt, hint) }
    }
    known = records
    let verified = run("kb-verify", ["--view", log.path])
    #expect(verified.status == 0, "KB_SEED=\(CrashTests.seed): \(verified)")
    if round % 3 == 0 { checkRebuild(hint) }
    let probe = log.append(["--sql", "--create", "-c", "CREATE TABLE p\(round) (a INTEGER)"])
    #expect(probe.status == 0, "round \(round): \(probe)")
    #expect(probe.lines.compactMap { Acknowledged($0) }.first?.offset == known.count, hint)
    known += probe.lines.compactMap { Acknowledged($0) }
  }

  /// The view equals what a fold from nothing gives.
  private func checkRebuild(_ hint: Comment) {
    let folder = Folder()
    let copied = run("/bin/cp", ["-a", log.path, folder.file("copy")])
    #expect(copied.status == 0, hint)
    let copy = LogAtHand(path: folder.file("copy"))
    for suffix in ["", "-wal", "-shm"] { unlink(copy.path + "/view.sqlite" + suffix) }
    let questions = Self.questions(log)
    #expect(log.rows(questions) == copy.rows(questions), hint)
  }

  /// Everything there is, in an order that does not depend on storage.
  private static func questions(_ log: LogAtHand) -> String {
    let tables = log.rows("SELECT name FROM kb.tables").compactMap { field("name", of: $0) }
    let each = tables.filter { !$0.hasPrefix("p") }.map {
      $0 == "s"
        ? "SELECT * FROM s ORDER BY 1"
        : "SELECT *, _offset, _created_at, _deleted_at FROM \($0) FOR SYSTEM_TIME ALL ORDER BY 1, _offset"
    }
    return (each + ["SELECT * FROM kb.records ORDER BY 1"]).joined(separator: "; ")
  }

  // MARK: Loads

  private mutating func work(_ random: inout Random) -> (options: [String], input: String) {
    switch load {
    case .batches: return (["--table", "t", "--key", "id"], rows(20_000, &random))
    case .singles: return (["--table", "t", "--key", "id", "--batch", "1"], rows(4000, &random))
    case .sevens: return (["--table", "t", "--key", "id", "--batch", "7"], rows(6000, &random))
    case .stream: return (["--stream", "s", "--batch", "20"], rows(20_000, &random))
    case .upserts:
      nextKey = random.below(500)
      return (
        ["--table", "t", "--key", "id", "--batch", "11", "--on-conflict", "update"],
        rows(6000, &random)
      )
    case .statements: return (["--sql"], script(1500, every: 1, &random))
    case .transactions: return (["--sql"], script(1500, every: 5, &random))
    }
  }

  private mutating func rows(_ count: Int, _ random: inout Random) -> String {
    var text = ""
    for _ in 0..<count {
      text += "{\"id\":\(nextKey),\"name\":\"n\(random.below(1000))\",\"x\":\(random.below(100))}\n"
      nextKey += 1
    }
    return text
  }

  private mutating func script(_ count: Int, every size: Int, _ random: inout Random) -> String {
    var text =
      "CREATE TABLE IF NOT EXISTS t (id BIGINT PRIMARY KEY, name TEXT, x INTEGER CHECK (x >= 0));\n"
    for index in 0..<count {
      if size > 1, index % size == 0 { text += "BEGIN;\n" }
      let key = random.below(200)
      switch random.below(6) {
      case 0: text += "DELETE FROM t WHERE id = \(key);\n"
      case 1: text += "UPDATE t SET x = x + 1 WHERE id BETWEEN \(key) AND \(key + 9);\n"
      case 2: text += "UPDATE t SET name = 'm\(index)' WHERE id = \(key);\n"
      case 3:
        // Moves a row to a key that no other has.
        text += "UPDATE t SET id = id + 100000 + \(nextKey) WHERE id = \(key);\n"
        nextKey += 1000
      default:
        text +=
          "INSERT INTO t VALUES (\(key), 'a', 1), (\(key + 1), NULL, 2)"
          + " ON CONFLICT (id) DO UPDATE SET x = excluded.x + \(index);\n"
      }
      if size > 1, index % size == size - 1 { text += "COMMIT;\n" }
    }
    if size > 1, count % size != 0 { text += "COMMIT;\n" }
    return text
  }
}
