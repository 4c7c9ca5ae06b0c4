// SPDX-License-Identifier: Apache-2.0
// Making a log, interrupted anywhere: it is made, or making it again succeeds.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct LogCreationTests {
  private static let path = "/d/log"

  private func create(_ disk: SimulatedDisk) throws -> LogWriter {
    try LogWriter.create(directory: Self.path, disk: disk, logID: testLogID)
  }

  /// Whether a creation that fails at call `call` and then loses power, or is killed, left a log.
  private func interrupt(_ disk: SimulatedDisk, at call: Int, losesPower: Bool) throws -> Bool? {
    disk.callsUntilFailure = call
    do {
      _ = try create(disk)
      return nil
    } catch LogError.io {
      return try isLog(disk, losesPower: losesPower)
    } catch LogError.cannotCreate {
      return try isLog(disk, losesPower: losesPower)
    }
  }

  private func isLog(_ disk: SimulatedDisk, losesPower: Bool) throws -> Bool {
    if losesPower { disk.crash() } else { disk.kill() }
    return try !LogWriter.isVacant(Self.path, disk: disk)
  }

  @Test func `a creation that was interrupted at any call is done again or was done`() throws {
    for seed in 0..<10 as Range<UInt64> {
      for losesPower in [false, true] {
        var call = 0
        while true {
          let disk = SimulatedDisk(seed: seed)
          guard let isLog = try interrupt(disk, at: call, losesPower: losesPower) else { break }
          if !isLog {
            #expect(throws: LogError.self, "call \(call) of seed \(seed)") {
              _ = try LogReader(directory: Self.path, disk: disk)
            }
          }
          let writer =
            try isLog
            ? LogWriter(directory: Self.path, disk: disk, acknowledged: 0) : create(disk)
          _ = try writer.append(try prepare([[1, 2, 3]]), timestamp: 1)
          try writer.close()
          let report = try Verifier(directory: Self.path, disk: disk).run()
          #expect(report.findings == [], "call \(call) of seed \(seed)")
          #expect(report.good == 1)
          call += 1
        }
        #expect(call > 10)
      }
    }
  }

  @Test func `what a creation left is no log, and says what to do`() throws {
    let disk = SimulatedDisk(seed: 1)
    try create(disk).close()
    try disk.remove(Self.path + "/checkpoint")
    let why = "its creation did not come to its end; create it again"
    #expect(throws: LogError.notALog(path: Self.path, why: why)) {
      _ = try LogReader(directory: Self.path, disk: disk)
    }
    try create(disk).close()
    #expect(try LogReader(directory: Self.path, disk: disk).end().next == 0)
  }

  @Test func `records without a checkpoint are damage, and not written over`() throws {
    let disk = SimulatedDisk(seed: 1)
    let writer = try create(disk)
    _ = try writer.append(try prepare([[1]]), timestamp: 1)
    try writer.close()
    try disk.remove(Self.path + "/checkpoint")
    #expect(try !LogWriter.isVacant(Self.path, disk: disk))
    #expect(throws: LogError.self) { _ = try create(disk) }
    let damage = LogError.damaged(Damage(file: "checkpoint", what: "the checkpoint is missing"))
    #expect(throws: damage) { _ = try LogReader(directory: Self.path, disk: disk) }
    #expect(throws: damage) {
      _ = try LogWriter(directory: Self.path, disk: disk, acknowledged: 0)
    }
    let report = try Verifier(directory: Self.path, disk: disk).run()
    #expect(
      report.findings == [
        Finding(.checkpoint, Damage(file: "checkpoint", what: "the checkpoint is missing"))
      ])
    #expect(report.good == 1)
  }
}
