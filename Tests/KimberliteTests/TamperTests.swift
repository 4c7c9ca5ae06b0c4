// SPDX-License-Identifier: Apache-2.0
// An attacker with a hex editor against the verifier: nothing may go unseen.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct TamperTests {
  private static let path = "/d/log"

  private static func options() -> LogOptions {
    var options = LogOptions()
    options.segmentBytes = 1_400
    options.blockBytes = 300
    options.stepBytesMin = 512
    options.stepBytesMax = 512
    options.sealsInBackground = false
    options.signsInBackground = false
    options.nonce = { 0x1122_3344_5566_7788 }
    return options
  }

  /// A closed log with sealed segments and an active one, the same each time.
  private func makeLog(
    records: Int = 14, id: LogID = testLogID, salt: UInt8 = 0
  ) throws -> SimulatedDisk {
    let disk = SimulatedDisk(seed: 1)
    let writer = try LogWriter.create(
      directory: Self.path, disk: disk, logID: id, options: Self.options())
    for number in 0..<records {
      let events = (0...number % 3).map { [UInt8](repeating: UInt8(number + $0) ^ salt, count: 60) }
      _ = try writer.append(try prepare(events, seed: UInt8(number)), timestamp: UInt64(number))
      try writer.sync()
    }
    try writer.close()
    return disk
  }

  private func verify(
    _ disk: SimulatedDisk, since: SignedCheckpoint? = nil
  ) throws -> VerifyReport {
    try Verifier(directory: Self.path, disk: disk).run(since: since)
  }

  private func segments(_ disk: SimulatedDisk) throws -> [String] {
    try disk.list(Self.path + "/segments").map { "\(Self.path)/segments/\($0)" }
  }

  /// Whether the verifier finds something; a newer version number is a refusal, also good.
  private func isSeen(_ disk: SimulatedDisk) throws -> Bool {
    do {
      return try !verify(disk).isGood
    } catch LogError.tooNew {
      return true
    }
  }

  /// Whether the verifier finds something and says where: in this file, from which record on.
  private func isPlaced(_ disk: SimulatedDisk, in path: String) throws -> Bool {
    do {
      let findings = try verify(disk).findings.filter { $0.kind != .note }
      let isEachPlaced = findings.allSatisfy { finding in
        finding.damage.offset != nil
          || finding.damage.file == "checkpoint" && finding.damage.position != nil
      }
      // A checkpoint of another log makes strangers of all segments.
      return isEachPlaced
        && findings.contains { path.hasSuffix($0.damage.file) || path.hasSuffix("/checkpoint") }
    } catch LogError.tooNew {
      return true
    }
  }

  @Test func `a log as it was written verifies`() throws {
    let disk = try makeLog()
    #expect(try segments(disk).count >= 3)
    let report = try verify(disk)
    #expect(report.findings == [])
    #expect(report.good == 14)
    #expect(report.head.count == 14)
    #expect(report.root != nil)
  }

  // Evidence: R10
  @Test func `a flipped bit in any byte of any file is seen`() throws {
    let disk = try makeLog()
    var kinds: [UInt8] = []
    for path in try segments(disk) + [Self.path + "/checkpoint"] {
      var count = 0
      disk.withBytes(path) { bytes in
        count = bytes.count
        if bytes.count > 8 { kinds.append(bytes[8]) }
      }
      for index in 0..<count {
        for bit in index % 16 == 0 ? 0..<8 : index % 8..<index % 8 + 1 {
          disk.withBytes(path) { $0[index] ^= 1 << bit }
          #expect(try isPlaced(disk, in: path), "bit \(bit) of byte \(index) of \(path)")
          disk.withBytes(path) { $0[index] ^= 1 << bit }
        }
      }
    }
    #expect(try verify(disk).isGood)
    // Both forms of a segment were among them.
    #expect(kinds.contains(0) && kinds.contains(1))
  }

  // Evidence: R10
  @Test func `a file cut at any length, or lengthened, is seen`() throws {
    let disk = try makeLog()
    for path in try segments(disk) + [Self.path + "/checkpoint"] {
      var whole: [UInt8] = []
      disk.withBytes(path) { whole = $0 }
      for count in 0..<whole.count {
        disk.withBytes(path) { $0 = Array(whole[..<count]) }
        #expect(try isSeen(disk), "\(count) bytes of \(path)")
      }
      disk.withBytes(path) { $0 = whole }
    }
    for path in try segments(disk).dropLast() {
      disk.withBytes(path) { $0.append(0) }
      #expect(try isSeen(disk), "a byte behind \(path)")
      disk.withBytes(path) { $0.removeLast() }
    }
  }

  @Test func `a missing file is seen`() throws {
    for name in try segments(makeLog()) + [Self.path + "/checkpoint"] {
      let disk = try makeLog()
      try disk.remove(name)
      #expect(try isSeen(disk), "without \(name)")
    }
  }

  @Test func `a segment of another log with the same numbers is seen`() throws {
    for index in 0..<3 {
      for id in [testLogID, LogID(high: 1, low: 2)] {
        let disk = try makeLog()
        let other = try makeLog(id: id, salt: 1)
        let from = try segments(other)[index]
        var bytes: [UInt8] = []
        other.withBytes(from) { bytes = $0 }
        disk.withBytes(try segments(disk)[index]) { $0 = bytes }
        #expect(try isSeen(disk), "segment \(index) of log \(id.hex)")
      }
    }
  }

  // Evidence: R12
  @Test func `a whole log put in place of another fails the checkpoint that was kept`() throws {
    let kept = try verify(try makeLog(records: 9))
    let since = SignedCheckpoint(
      Checkpoint(logID: testLogID, size: kept.head.count, root: try #require(kept.root)),
      signatures: [])
    #expect(try verify(try makeLog(), since: since).isGood)
    #expect(try !verify(try makeLog(salt: 1), since: since).isGood)
    #expect(try !verify(try makeLog(records: 5), since: since).isGood)
  }

  /// What an attacker recomputes: the frame's CRCs over changed bytes.
  private func reseal(_ bytes: inout [UInt8], frameAt start: Int) {
    var buffer = ByteBuffer()
    buffer.append(bytes)
    let stored = Int(buffer.span.bigEndian(at: start, as: UInt32.self))
    let body = start + FrameHeader.bodyStart
    buffer.store(
      bigEndian: CRC32C.of(buffer.span.extracting(body..<body + stored)), at: start + 40)
    let crc = CRC32C.of(
      buffer.span.extracting(start + FrameHeader.byteCount..<body),
      continuing: CRC32C.of(buffer.span.extracting(start..<start + FrameHeader.checksumStart)))
    buffer.store(bigEndian: crc, at: start + FrameHeader.checksumStart)
    bytes = buffer.array()
  }

  // Evidence: R10
  @Test func `a changed record with its CRCs made good is seen`() throws {
    let disk = try makeLog()
    let path = try #require(try segments(disk).last)
    var whole: [UInt8] = []
    disk.withBytes(path) { whole = $0 }
    let start = SegmentHeader.fixedByteCount
    let events = try readAll(LogReader(directory: Self.path, disk: disk))
    // Everything under the record hash, and the body's bytes.
    for index in start + FrameHeader.byteCount..<start + FrameHeader.bodyStart + 40 {
      disk.withBytes(path) { bytes in
        bytes = whole
        bytes[index] ^= 1
        reseal(&bytes, frameAt: start)
      }
      // LZ4 has several encodings of one content; which one is stored is under no hash.
      if try isSeen(disk) { continue }
      #expect(try readAll(LogReader(directory: Self.path, disk: disk)) == events, "byte \(index)")
    }
  }

  @Test func `a damaged body hides nothing behind it`() throws {
    let disk = SimulatedDisk(seed: 1)
    let writer = try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: LogOptions())
    for number in 0..<9 {
      _ = try writer.append(
        try prepare([[UInt8](repeating: 7, count: 40)]), timestamp: UInt64(number))
      try writer.sync()
    }
    try writer.close()
    let whole = try verify(disk)
    let path = try #require(try segments(disk).last)
    var starts = [SegmentHeader.fixedByteCount]
    disk.withBytes(path) { bytes in
      while let start = starts.last, start < bytes.count {
        let stored = Int(bytes.span.bigEndian(at: start, as: UInt32.self))
        starts.append(start + FrameHeader.bodyStart + stored)
      }
      for record in [2, 5] { bytes[starts[record] + FrameHeader.bodyStart + 3] ^= 1 }
    }
    let report = try verify(disk)
    #expect(report.good == 7 && report.tampered == 2 && report.missing == 0)
    #expect(report.findings.map(\.kind) == [.checksum, .checksum])
    #expect(report.findings.map(\.damage.offset) == [2, 5])
    // The headers are all there, and with them every hash.
    #expect(report.head == whole.head && report.root == whole.root)
    // Where a header is damaged too, nothing says where the next frame is.
    disk.withBytes(path) { $0[starts[6] + FrameHeader.byteCount + 30] ^= 1 }
    let worse = try verify(disk)
    #expect(worse.good == 4 && worse.tampered == 3 && worse.missing == 2)
  }

  // Evidence: R10
  @Test func `two records that changed places are seen`() throws {
    let disk = try makeLog()
    let path = try #require(try segments(disk).last)
    disk.withBytes(path) { bytes in
      let copy = bytes
      func end(_ start: Int) -> Int {
        start + FrameHeader.bodyStart + Int(copy.span.bigEndian(at: start, as: UInt32.self))
      }
      let first = SegmentHeader.fixedByteCount
      let second = end(first)
      bytes.replaceSubrange(
        first..<end(second), with: Array(copy[second..<end(second)] + copy[first..<second]))
    }
    #expect(try isSeen(disk))
  }

  @Test func `what a killed writer leaves is a note, not damage`() throws {
    let disk = SimulatedDisk(seed: 3)
    let writer = try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: Self.options())
    for number in 0..<4 {
      _ = try writer.append(
        try prepare([[UInt8](repeating: 9, count: 50)]), timestamp: UInt64(number))
      try writer.sync()
    }
    let path = try #require(try segments(disk).last)
    disk.withBytes(path) { bytes in bytes[Int(writer.durable.position) + 3] = 77 }
    let report = try verify(disk)
    #expect(report.isGood)
    #expect(report.findings.map(\.kind) == [.note])
    #expect(report.good == 4)
  }
}
