// SPDX-License-Identifier: Apache-2.0
// An encrypted log: the same records and hashes, none of the content without the key.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct EncryptedLogTests {
  static let path = "/d/log"
  private let key = MasterKey.random()

  private func options(_ key: MasterKey?) -> LogOptions {
    var options = LogOptions()
    options.segmentBytes = 6_000
    options.blockBytes = 2_000
    options.sealsInBackground = false
    options.key = key
    return options
  }

  private func event(_ number: Int) -> [UInt8] {
    Array("planted \(number) ".utf8) + (0..<60).map { UInt8(($0 * 7 + number) % 251) }
  }

  /// A log of 100 records with sealed segments; answers the receipts.
  @discardableResult
  private func fill(_ disk: any Disk, _ key: MasterKey?) throws -> [Receipt] {
    let writer = try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: options(key))
    var receipts: [Receipt] = []
    for number in 0..<100 {
      receipts.append(
        try writer.append(try prepare([event(number)]), timestamp: UInt64(number) + 1))
      if number % 5 == 4 { try writer.sync() }
    }
    try writer.close()
    return receipts
  }

  private func segments(_ disk: SimulatedDisk) throws -> [String] {
    try disk.list(Self.path + "/segments").map { "\(Self.path)/segments/\($0)" }
  }

  private func verify(_ disk: any Disk, _ key: MasterKey?) throws -> VerifyReport {
    try Verifier(directory: Self.path, disk: disk, key: key).run()
  }

  @Test func `encryption changes no hash, and only the key reads the content`() throws {
    let (plain, disk) = (SimulatedDisk(seed: 1), SimulatedDisk(seed: 2))
    let receipts = try fill(plain, nil)
    #expect(try fill(disk, key) == receipts)
    let names = try segments(disk)
    #expect(names.count > 2)
    for name in names + [Self.path + "/keys", Self.path + "/checkpoint"] {
      disk.withBytes(name) { #expect($0.firstRange(of: Array("planted".utf8)) == nil, "\(name)") }
    }
    let events = try readAll(try LogReader(directory: Self.path, disk: plain))
    #expect(try readAll(try LogReader(directory: Self.path, disk: disk, key: key)) == events)

    let whole = try verify(disk, key)
    #expect(whole.isGood)
    #expect(whole.good == 100 && whole.unread == 0 && whole.masterKey == key.id)
    let chain = try verify(disk, nil)
    #expect(chain.isGood)
    #expect(chain.good == 100 && chain.unread == 100 && chain.root == whole.root)
    #expect(try verify(plain, nil).root == whole.root)
    #expect(try verify(plain, key).unread == 0)
  }

  @Test func `without the key, or with another, the key's name is said and nothing is read`() throws
  {
    let disk = SimulatedDisk(seed: 1)
    try fill(disk, key)
    let other = MasterKey.random()
    let missing = LogError.keyNeeded(path: Self.path, key: key.id.hex, given: nil)
    let wrong = LogError.keyNeeded(path: Self.path, key: key.id.hex, given: other.id.hex)
    #expect(missing.status == 77)
    #expect(missing.message == "'/d/log' is encrypted with key \(key.id.hex); no key was given")
    let reader = try LogReader(directory: Self.path, disk: disk)
    #expect(throws: missing) { try readAll(reader) }
    #expect(throws: missing) { try readAll(reader, from: 99) }
    #expect(try reader.end().next == 100, "the chain can be walked")
    #expect(throws: missing) {
      _ = try LogWriter(
        directory: Self.path, disk: disk, acknowledged: 0, options: options(nil))
    }
    #expect(throws: wrong) {
      try readAll(try LogReader(directory: Self.path, disk: disk, key: other))
    }
    #expect(throws: wrong) {
      _ = try LogWriter(
        directory: Self.path, disk: disk, acknowledged: 0, options: options(other))
    }
    #expect(throws: wrong) { try verify(disk, other) }
  }

  @Test func `a changed byte is found, with the key and without it`() throws {
    let disk = SimulatedDisk(seed: 1)
    try fill(disk, key)
    let names = try segments(disk)
    for name in [try #require(names.first), try #require(names.last)] {
      var count = 0
      disk.withBytes(name) { count = $0.count }
      for index in stride(from: 0, to: count, by: 37) {
        disk.withBytes(name) { $0[index] ^= 0x10 }
        #expect(try !verify(disk, key).isGood, "byte \(index) of \(name)")
        #expect(try !verify(disk, nil).isGood, "byte \(index) of \(name)")
        disk.withBytes(name) { $0[index] ^= 0x10 }
      }
    }
    #expect(try verify(disk, key).isGood)
  }

  @Test func `a body that was exchanged for another of the same key does not decrypt`() throws {
    let disk = SimulatedDisk(seed: 1)
    let writer = try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: options(key))
    for number in 0..<2 {
      _ = try writer.append(try prepare([event(number)]), timestamp: UInt64(number) + 1)
    }
    try writer.close()
    disk.withBytes(try segments(disk)[0]) { bytes in
      // Both frames are as long; their CRCs are made to fit what an attacker did.
      let (first, count) = (192, (bytes.count - 192) / 2)
      let (start, body) = (first + count, FrameHeader.bodyStart)
      bytes.replaceSubrange(start + body..<start + count, with: bytes[first + body..<first + count])
      bytes.replaceSubrange(start + 40..<start + 44, with: bytes[first + 40..<first + 44])
      let crc = CRC32C.of(
        bytes[start + 48..<start + body].span,
        continuing: CRC32C.of(bytes[start..<start + 44].span))
      for index in 0..<4 { bytes[start + 44 + index] = UInt8(crc >> (24 - 8 * index) & 0xff) }
    }
    #expect(try verify(disk, nil).isGood, "storage is under no hash")
    let report = try verify(disk, key)
    #expect(report.findings.map(\.damage.what) == ["the body does not decrypt"])
    #expect(report.tampered == 1)
  }

  @Test func `a segment that is not encrypted has no place in an encrypted log`() throws {
    let (plain, disk) = (SimulatedDisk(seed: 1), SimulatedDisk(seed: 1))
    try fill(plain, nil)
    try fill(disk, key)
    let name = try segments(disk)[0]
    var stolen: [UInt8] = []
    plain.withBytes(try segments(plain)[0]) { stolen = $0 }
    disk.withBytes(name) { $0 = stolen }
    let report = try verify(disk, nil)
    #expect(report.findings.contains { $0.damage.what.hasSuffix("this segment is not") })
  }

  @Test func `a keystore that is lost or damaged is said, not taken for a wrong key`() throws {
    let disk = SimulatedDisk(seed: 1)
    try fill(disk, key)
    disk.withBytes(Self.path + "/keys") { $0[100] ^= 1 }
    let damage = { (what: String) in LogError.damaged(Damage(file: "keys", what: what)) }
    // What the flipped bit makes of the random digit decides how it is found.
    #expect { try verify(disk, key) } throws: { error in
      if case LogError.damaged(let found) = error { found.file == "keys" } else { false }
    }
    #expect(try verify(disk, nil).findings.map(\.damage.file) == ["keys"])
    disk.withBytes(Self.path + "/keys") { $0[100] ^= 1 }
    #expect(try verify(disk, key).isGood)
    try disk.remove(Self.path + "/keys")
    #expect(try verify(disk, nil).findings.contains { $0.damage.what == "the keystore is missing" })
    #expect(throws: damage("the keystore is missing")) {
      _ = try LogReader(directory: Self.path, disk: disk, key: key)
    }
  }

  @Test func `a creation that was interrupted leaves no keystore to a log without a key`() throws {
    for calls in 0..<200 {
      let disk = SimulatedDisk(seed: UInt64(calls))
      disk.callsUntilFailure = calls
      _ = try? LogWriter.create(
        directory: Self.path, disk: disk, logID: testLogID, options: options(key))
      if disk.callsUntilFailure != nil { return #expect(calls > 5) }
      if calls % 2 == 0 { disk.kill() } else { disk.crash() }
      // The last steps only make durable what is a log already.
      if try !LogWriter.isVacant(Self.path, disk: disk) { continue }
      let again: MasterKey? = calls % 3 == 0 ? key : nil
      try fill(disk, again)
      #expect(try verify(disk, again).isGood)
      #expect(try disk.exists(Self.path + "/keys") == (again != nil))
    }
    Issue.record("creation never came to its end")
  }
}
