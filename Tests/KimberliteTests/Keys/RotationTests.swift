// SPDX-License-Identifier: Apache-2.0
// Keys change, hashes do not, and no interruption costs anything.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct RotationTests {
  private static let path = "/d/log"
  private let old = MasterKey.random()
  private let new = MasterKey.random()

  private var options: LogOptions {
    var options = LogOptions()
    options.segmentBytes = 3_000
    options.blockBytes = 1_000
    options.sealsInBackground = false
    // The last full segment stays unsealed: all forms are there to be encrypted anew.
    options.unsealedMax = 1
    options.key = old
    return options
  }

  private func makeLog(_ disk: SimulatedDisk) throws {
    let writer = try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: options)
    for number in 0..<40 {
      let event = Array("event \(number) ".utf8) + (0..<90).map { UInt8(($0 * number) % 251) }
      _ = try writer.append(try prepare([event, [7]]), timestamp: UInt64(number) + 1)
    }
    try writer.close()
  }

  private func events(_ disk: SimulatedDisk, _ key: MasterKey) throws -> [[[UInt8]]] {
    try readAll(try LogReader(directory: Self.path, disk: disk, key: key))
  }

  private func contents(_ disk: SimulatedDisk, _ name: String) -> [UInt8] {
    var bytes: [UInt8] = []
    disk.withBytes("\(Self.path)/\(name)") { bytes = $0 }
    return bytes
  }

  private func keystore(_ disk: SimulatedDisk) throws -> Keystore {
    try Keystore(contents(disk, "keys"))
  }

  private func opens(_ disk: SimulatedDisk, _ key: MasterKey) -> Bool {
    (try? events(disk, key))?.count == 40
  }

  @Test func `a rotation that was killed at any step is there or not, and can be repeated`() throws
  {
    for calls in 0..<50 {
      let disk = SimulatedDisk(seed: UInt64(calls))
      try makeLog(disk)
      let before = try events(disk, old)
      disk.callsUntilFailure = calls
      let isDone =
        (try? KeyRotation.rotate(log: Self.path, disk: disk, from: old, to: new)) != nil
      if isDone, disk.callsUntilFailure != nil {
        disk.callsUntilFailure = nil
        #expect(calls > 4)
        #expect(opens(disk, new) && !opens(disk, old))
        return
      }
      if calls % 2 == 0 { disk.kill() } else { disk.crash() }
      #expect(opens(disk, old) != opens(disk, new), "step \(calls)")
      try KeyRotation.rotate(log: Self.path, disk: disk, from: old, to: new)
      #expect(try events(disk, new) == before)
      let wrong = LogError.keyNeeded(path: Self.path, key: new.id.hex, given: old.id.hex)
      #expect(throws: wrong) { try events(disk, old) }
      let report = try Verifier(directory: Self.path, disk: disk, key: new).run()
      #expect(report.isGood && report.good == 40 && report.masterKey == new.id)
    }
    Issue.record("the rotation never came to its end")
  }

  @Test func `a rekey that was killed at any step leaves a whole log, and can be repeated`() throws
  {
    for calls in 0..<400 {
      let disk = SimulatedDisk(seed: UInt64(calls))
      try makeLog(disk)
      let before = try events(disk, old)
      let root = try Verifier(directory: Self.path, disk: disk, key: old).run().root
      let key = try keystore(disk).logKeys[0]
      disk.callsUntilFailure = calls
      let isDone = (try? KeyRotation.rekey(log: Self.path, disk: disk, key: old)) != nil
      if isDone, disk.callsUntilFailure != nil {
        #expect(calls > 30)
        return
      }
      if calls % 2 == 0 { disk.kill() } else { disk.crash() }
      #expect(try events(disk, old) == before, "step \(calls)")
      let between = try Verifier(directory: Self.path, disk: disk, key: old).run()
      #expect(between.isGood && between.root == root, "step \(calls)")
      if calls % 3 == 0 {
        // A writer may come in between.
        let writer = try LogWriter(
          directory: Self.path, disk: disk, acknowledged: 40, options: options)
        try writer.close()
      }
      try KeyRotation.rekey(log: Self.path, disk: disk, key: old)
      #expect(try events(disk, old) == before)
      let after = try Verifier(directory: Self.path, disk: disk, key: old).run()
      #expect(after.findings == [] && after.root == root && after.good == 40)
      let keys = try keystore(disk).logKeys
      #expect(keys.count == 1 && keys[0] != key)
      for name in try disk.list(Self.path + "/segments") {
        let header = try SegmentHeader(contents(disk, "segments/\(name)").span)
        #expect(header.keyBlock?.logKey == keys[0].id, "\(name)")
      }
    }
    Issue.record("the rekey never came to its end")
  }

  @Test func `the signing key is wrapped under the new log key`() throws {
    let disk = SimulatedDisk(seed: 1)
    try makeLog(disk)
    let wrapping = old.wrappingKey(of: testLogID)
    func logKey() throws -> SecretBytes {
      try #require(KeyWrap.unwrap(try keystore(disk).logKeys[0].wrapped, under: wrapping))
    }
    let seed = SecretBytes.random()
    var made = try keystore(disk)
    made.signingSeed = KeyWrap.wrap(seed, under: try logKey())
    disk.withBytes(Self.path + "/keys") { $0 = Array(made.text.utf8) }
    try KeyRotation.rekey(log: Self.path, disk: disk, key: old)
    let found = try keystore(disk)
    let wrapped = try #require(found.signingSeed)
    #expect(KeyWrap.unwrap(wrapped, under: try logKey())?.isSame(as: seed) == true)
  }

  @Test func `a reader goes on while all keys change under it`() throws {
    let disk = SimulatedDisk(seed: 1)
    try makeLog(disk)
    let before = try events(disk, old)
    let reader = try LogReader(directory: Self.path, disk: disk, key: old)
    let place = try reader.end()
    var cursor = try reader.records(from: 0)
    var seen: [[[UInt8]]] = []
    func read(_ count: Int) throws {
      for _ in 0..<count {
        #expect(try cursor.next())
        seen.append(cursor.events.indices.map { cursor.event($0).array() })
      }
    }
    try read(3)
    try KeyRotation.rekey(log: Self.path, disk: disk, key: old)
    try read(20)
    try KeyRotation.rotate(log: Self.path, disk: disk, from: old, to: new)
    try read(17)
    #expect(seen == before)
    // Positions are what they were: a view that is kept elsewhere need not be made anew.
    #expect(try !reader.hasRecords(after: place))
    #expect(try reader.end() == place)
  }

  @Test func `keys change only for who has the right one, and only where there are any`() throws {
    let disk = SimulatedDisk(seed: 1)
    try makeLog(disk)
    let wrong = LogError.keyNeeded(path: Self.path, key: old.id.hex, given: new.id.hex)
    #expect(throws: wrong) {
      try KeyRotation.rotate(log: Self.path, disk: disk, from: new, to: .random())
    }
    #expect(throws: wrong) { try KeyRotation.rekey(log: Self.path, disk: disk, key: new) }
    let writer = try LogWriter(
      directory: Self.path, disk: disk, acknowledged: 0, options: options)
    #expect(throws: LogError.locked(path: Self.path + "/lock")) {
      try KeyRotation.rotate(log: Self.path, disk: disk, from: old, to: new)
    }
    try writer.close()
    try disk.remove(Self.path + "/keys")
    #expect(throws: LogError.notEncrypted(path: Self.path)) {
      try KeyRotation.rotate(log: Self.path, disk: disk, from: old, to: new)
    }
  }

  @Test func `the view is computed anew under the page key of the new log key`() throws {
    let folder = Folder()
    let path = folder.path + "/log"
    let writer = try Writer(opening: path, create: true, key: old) { _ in }
    var parser = Parser("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('planted')")
    while let statement = try parser.next() { _ = try writer.run(statement) }
    try writer.close()
    let before = try #require(readText(path + "/view.sqlite"))
    try KeyRotation.rekey(log: path, key: old)
    #expect(readText(path + "/view.sqlite") == nil)
    let reader = try Reader(opening: path, key: old)
    #expect(reader.newest == 1)
    #expect(try #require(readText(path + "/view.sqlite")).prefix(16) != before.prefix(16))
    #expect(try ViewCheck(directory: path, key: old).run(compares: true).differences == [])
  }
}
