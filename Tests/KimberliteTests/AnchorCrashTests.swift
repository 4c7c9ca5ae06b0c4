// SPDX-License-Identifier: Apache-2.0
// Anchors on a disk that fails, and loses what was not synchronised.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct AnchorCrashTests {
  private static let path = "/d/log"

  private func makeLog(seed: UInt64) throws -> SimulatedDisk {
    let disk = SimulatedDisk(seed: seed)
    var options = LogOptions()
    options.stepBytesMin = 512
    options.stepBytesMax = 512
    options.sealsInBackground = false
    options.signsInBackground = false
    let writer = try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: options)
    for number in 0..<5 {
      _ = try writer.append(try prepare([[1, 2, UInt8(number)]]), timestamp: UInt64(number))
    }
    try writer.sync()
    try writer.close()
    return disk
  }

  /// Runs work that fails at every one of its calls in turn, with the power gone after it.
  private func failing(
    _ disk: SimulatedDisk, _ work: () throws -> Void, then check: (_ isDone: Bool) throws -> Void
  ) throws {
    for calls in 0... {
      disk.callsUntilFailure = calls
      let isDone = (try? work()) != nil && disk.callsUntilFailure != nil
      disk.crash()
      try check(isDone)
      if isDone { return }
    }
  }

  private func verify(_ disk: SimulatedDisk) throws -> VerifyReport {
    try Verifier(directory: Self.path, disk: disk).run()
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `a request and its answer are there whole or not at all`(_ seed: UInt64) throws {
    let authority = Authority()
    let disk = try makeLog(seed: seed)
    let anchors = try Anchors(directory: Self.path, disk: disk)
    var request: [UInt8] = []
    try failing(disk) {
      request = try anchors.timeStampRequest()
    } then: { _ in
      let report = try verify(disk)
      #expect(report.isGood, "\(report.findings)")
    }
    let answer = try authority.answer(request)
    try failing(disk) {
      _ = try anchors.add(answer)
    } then: { isDone in
      let report = try verify(disk)
      #expect(report.isGood, "\(report.findings)")
      // What was reported as kept is kept.
      if isDone { #expect(report.anchors.anchored == 1 && report.anchors.stamps == 1) }
    }
    let again = try anchors.add(answer)
    #expect(!again.isNew && again.file == "anchors/5.tsr")
    #expect(try verify(disk).findings == [])
  }

  @Test func `one at a time changes the anchors`() throws {
    let disk = try makeLog(seed: 1)
    let anchors = try Anchors(directory: Self.path, disk: disk)
    let answer = try Authority().answer(anchors.timeStampRequest())
    do {
      // The disk of one thread refuses where another would wait.
      let lock = try disk.lock(Self.path + "/vkey")
      defer { withExtendedLifetime(lock) {} }
      let error = #expect(throws: DatabaseError.self) { try anchors.add(answer) }
      #expect(error?.kind == .tryAgain)
    }
    #expect(try anchors.add(answer).isNew)
  }
}
