// SPDX-License-Identifier: Apache-2.0
// Random histories over the simulated disk. KB_SEEDS=n runs n of them, KB_SEED=n replays one.

import Glibc
import Kimberlite
import KimberliteCore
import Testing

/// What must be true of a log: it is held against this after each bad day.
private struct Model {
  var events: [[[UInt8]]] = []
  var hashes: [Digest] = []
  var acknowledged = 0
}

/// One seeded history of one log.
private final class History {
  private static let path = "/d/log"
  private var random: Random
  private let disk: SimulatedDisk
  private let options: LogOptions
  private var writer: LogWriter?
  private var model = Model()
  private var clock: UInt64 = 1
  private(set) var openings = 0
  /// Sealed segments that the last opening found.
  private(set) var sealed = 0

  init(seed: UInt64) throws {
    random = Random(seed: seed)
    disk = SimulatedDisk(seed: seed ^ 0x5eed)
    var options = LogOptions()
    options.segmentBytes = [2_000, 8_000, 40_000][Int(seed % 3)]
    options.blockBytes = 1_500
    options.stepBytesMin = [512, 3_000, 20_000][Int(seed / 3 % 3)]
    options.stepBytesMax = 20_000
    options.sealsInBackground = false
    options.signsInBackground = false
    options.checkpointInterval = 300
    // Every other log is encrypted: none of what follows may differ by it.
    options.key = seed % 2 == 0 ? nil : .random()
    options.nonce = { seed &* 0x9e37_79b9_7f4a_7c15 | 1 }
    self.options = options
    writer = try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: options)
  }

  private func roll(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

  private func randomRecord() throws -> (PreparedRecord, [[UInt8]]) {
    let isText = roll(2) == 0
    let events = (0...roll(3)).map { _ in
      (0...roll(roll(10) == 0 ? 3_000 : 200)).map { index in
        isText ? UInt8(index / 7 % 50) : UInt8.random(in: 0...255, using: &random)
      }
    }
    return (try prepare(events, seed: UInt8(roll(256))), events)
  }

  func run(steps: Int) throws {
    for _ in 0..<steps {
      do {
        try step()
      } catch let error as LogError {
        guard case .io = error else { throw error }
        // A dead writer stays dead, whatever it is asked.
        if let writer { #expect(throws: error) { try writer.sync() } }
        try reopen(afterCrash: roll(2) == 0)
      }
    }
    try reopen(afterCrash: true)
  }

  private func step() throws {
    guard let writer else { return try reopen(afterCrash: false) }
    switch roll(20) {
    case 0..<9:
      let (record, events) = try randomRecord()
      clock += UInt64(roll(50))
      model.events.append(events)
      let receipt = try writer.append(record, timestamp: clock)
      #expect(receipt.offset == UInt64(model.hashes.count))
      model.hashes.append(receipt.hash)
    case 9..<15:
      try writer.sync()
      model.acknowledged = model.hashes.count
    case 15:
      try writer.close()
      model.acknowledged = model.hashes.count
      self.writer = nil
    case 16: disk.callsUntilFailure = roll(12)
    case 17: try reopen(afterCrash: false)
    default: try reopen(afterCrash: true)
    }
  }

  private func reopen(afterCrash: Bool) throws {
    if afterCrash { disk.crash() } else { disk.kill() }
    writer = nil
    while writer == nil {
      if roll(10) == 0 { disk.callsUntilFailure = roll(20) }
      do {
        let floor = roll(2) == 0 ? model.acknowledged : 0
        writer = try LogWriter(
          directory: Self.path, disk: disk, acknowledged: UInt64(floor), options: options)
        disk.callsUntilFailure = nil
      } catch {
        guard case .io = error else { throw error }
        if roll(2) == 0 { disk.crash() } else { disk.kill() }
      }
    }
    openings += 1
    sealed = max(0, try disk.list(Self.path + "/segments").count - 1)
    try compare()
  }

  /// Every acknowledged record is there with the same bytes; others may be, in order.
  private func compare() throws {
    let report = try Verifier(directory: Self.path, disk: disk, key: options.key).run()
    #expect(report.isGood, "\(report.findings)")
    let records = try readAll(
      try LogReader(directory: Self.path, disk: disk, key: options.key))
    #expect(records.count >= model.acknowledged, "acknowledged records are lost")
    #expect(records.count <= model.events.count, "records came from nowhere")
    #expect(records == Array(model.events.prefix(records.count)), "records changed")
    model.events.removeLast(model.events.count - records.count)
    // An append that failed in rolling over has no receipt, and left no record.
    model.hashes = Array(model.hashes.prefix(records.count))
    let head = try #require(writer?.head)
    #expect(head.count == UInt64(records.count))
    #expect(head.hash == model.hashes.last ?? .zero)
    // What recovery found is durable now, so it may be read as acknowledged.
    model.acknowledged = records.count
    clock = max(clock, head.timestamp)
  }

  /// Spoils one byte of the durable records and opens again.
  func rot() throws {
    try writer?.close()
    writer = nil
    disk.kill()
    let names = try disk.list(Self.path + "/segments").filter { $0.hasSuffix(".kbl") }
    // The last one as often as all the others, which are sealed.
    let name = roll(2) == 0 ? try #require(names.last) : names[roll(names.count)]
    var isSpoilt = false
    disk.withBytes("\(Self.path)/segments/\(name)") { bytes in
      if bytes.count <= 128 { return }
      let index = 128 + Int.random(in: 0..<bytes.count - 128, using: &random)
      bytes[index] ^= UInt8(1 << Int.random(in: 0..<8, using: &random))
      isSpoilt = true
    }
    if !isSpoilt { return }
    let report = try Verifier(directory: Self.path, disk: disk, key: options.key).run()
    #expect(!report.isGood, "rot of acknowledged records was not found")
    // Opening does not read what is sealed.
    if name != names.last { return }
    #expect(throws: LogError.self, "rot of acknowledged records was not reported") {
      _ = try LogWriter(directory: Self.path, disk: disk, acknowledged: 0, options: options)
    }
  }
}

@Suite struct LogCrashTests {
  /// As many histories as fit in about a minute.
  private static var seedCount: UInt64 {
    #if DEBUG
      150
    #else
      1500
    #endif
  }

  private func number(_ name: String) -> UInt64? {
    getenv(name).flatMap { UInt64(String(cString: $0)) }
  }

  // Evidence: R2, R10
  @Test func `whatever happens, what was acknowledged stays and what rots is said`() throws {
    let one = number("KB_SEED")
    let seeds = one.map { $0..<$0 + 1 } ?? 0..<(number("KB_SEEDS") ?? Self.seedCount)
    var sealed = 0
    for seed in seeds {
      do {
        let history = try History(seed: seed)
        try history.run(steps: 120)
        try history.rot()
        sealed += history.sealed
      } catch {
        Issue.record("seed \(seed): \(error)")
        return
      }
    }
    // Without sealing, half of what can be torn is not there to be torn.
    #expect(sealed >= seeds.count / 2, "\(sealed) sealed segments in \(seeds.count) histories")
  }
}
