// SPDX-License-Identifier: Apache-2.0
// Who signs, when, and what happens where that is interrupted or done by several at a time.

import Kimberlite
import KimberliteCore
import Synchronization
import Testing

@Suite struct SigningTests {
  private static let path = "/d/log"

  private static var options: LogOptions {
    var options = LogOptions()
    options.sealsInBackground = false
    options.signsInBackground = false
    return options
  }

  private func stated(_ path: String, _ disk: any Disk, _ key: MasterKey? = nil) throws
    -> (SignedCheckpoint, signers: Int?)
  {
    let directory = LogDirectory(path: path, disk: disk, key: key)
    let stated = try directory.signedCheckpoint()
    let keys = try LogKeys(directory: directory).verifiers()
    return (stated, stated.note.signers(among: keys)?.count)
  }

  @Test func `keys for a log that has none, interrupted at any call, are made in the end`() throws {
    for losesPower in [false, true] {
      var call = 0
      while true {
        let disk = SimulatedDisk(seed: UInt64(call))
        let writer = try LogWriter.create(
          directory: Self.path, disk: disk, logID: testLogID, options: Self.options)
        _ = try writer.append(try prepare([[1]]), timestamp: 1)
        try writer.close()
        let (made, _) = try stated(Self.path, disk)
        disk.withBytes(Self.path + "/checkpoint") { $0 = Array(made.checkpoint.text.utf8) }
        for name in ["vkey", "signing.key"] { try disk.remove("\(Self.path)/\(name)") }
        try disk.synchronizeDirectory(Self.path)
        disk.callsUntilFailure = call
        func open() throws -> LogWriter {
          try LogWriter(directory: Self.path, disk: disk, acknowledged: 1, options: Self.options)
        }
        let isWhole = (try? open().close()) != nil
        // It ran to its end before the failure came.
        if isWhole, disk.callsUntilFailure != nil { break }
        if losesPower { disk.crash() } else { disk.kill() }
        #expect(try Verifier(directory: Self.path, disk: disk).run().isGood, "call \(call)")
        try open().close()
        #expect(try stated(Self.path, disk).signers == 1, "call \(call)")
        #expect(try Verifier(directory: Self.path, disk: disk).run().findings == [])
        call += 1
      }
      #expect(call > 20)
    }
  }

  @Test func `in an encrypted log the signing key lies wrapped, and without its key nobody signs`()
    throws
  {
    let disk = SimulatedDisk(seed: 1)
    var options = Self.options
    let key = MasterKey.random()
    options.key = key
    let writer = try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: options)
    _ = try writer.append(try prepare([[1]]), timestamp: 1)
    try writer.close()
    #expect(try !disk.exists(Self.path + "/signing.key"))
    #expect(try stated(Self.path, disk).signers == 1)
    let closed = LogDirectory(path: Self.path, disk: disk)
    #expect(try LogKeys(directory: closed).usableSigning() == nil)
    #expect(throws: LogError.self) { try closed.checkpoint(covering: 2, stateFolder: nil) }
    // Receipts of what is signed already need no key.
    #expect(try closed.checkpoint(covering: 1, stateFolder: nil).checkpoint.size == 1)
    let open = LogDirectory(path: Self.path, disk: disk, key: key)
    #expect(try LogKeys(directory: open).usableSigning() != nil)
    options.startsBranch = true
    try LogWriter(directory: Self.path, disk: disk, acknowledged: 1, options: options).close()
    #expect(try stated(Self.path, disk).signers == 1)
    #expect(try stated(Self.path, disk).0.checkpoint.origin.branch != nil)
  }

  @Test func `a record is signed soon, though nothing follows it`() throws {
    let folder = Folder()
    let signed = Monitor<UInt64>(0)
    var options = LogOptions()
    options.checkpointInterval = 1_000_000
    options.onCheckpoint = { stated in signed.change { $0 = stated.checkpoint.size } }
    let writer = try LogWriter.create(
      directory: folder.path + "/log", disk: PosixDisk(), logID: testLogID, options: options)
    for count in 1...3 as ClosedRange<UInt64> {
      _ = try writer.append(try prepare([[1]]), timestamp: 1)
      try writer.sync()
      signed.wait { $0 == count ? () : nil }
    }
    try writer.close()
  }

  @Test func `signers that race state one root for one size, and never go back`() throws {
    let folder = Folder()
    let path = folder.path + "/log"
    let roots = Mutex<[UInt64: Digest]>([:])
    let conflicts = Mutex(0)
    let note: @Sendable (SignedCheckpoint) -> Void = { stated in
      let checkpoint = stated.checkpoint
      let known = roots.withLock { roots in
        defer { roots[checkpoint.size] = checkpoint.root }
        return roots[checkpoint.size]
      }
      if let known, known != checkpoint.root { conflicts.withLock { $0 += 1 } }
    }
    var options = LogOptions()
    options.segmentBytes = 20_000
    options.stepBytesMin = 4_096
    options.checkpointInterval = 200_000
    options.onCheckpoint = { note($0) }
    let writer = try LogWriter.create(
      directory: path, disk: PosixDisk(), logID: testLogID, options: options)
    let isDone = Mutex(false)
    let failures = Mutex<[LogError]>([])
    let threads = try (0..<3).map { _ in
      try WorkerThread {
        var last: UInt64 = 0
        while !isDone.withLock({ $0 }) {
          do throws(LogError) {
            let directory = LogDirectory(path: path, disk: PosixDisk())
            let stated = try directory.checkpoint(covering: last + 1, stateFolder: nil)
            note(stated)
            if stated.checkpoint.size < last { conflicts.withLock { $0 += 1 } }
            last = stated.checkpoint.size
          } catch {
            failures.withLock { $0.append(error) }
            return
          }
        }
      }
    }
    for number in 0..<400 {
      _ = try writer.append(try prepare([[UInt8(number & 255)]]), timestamp: 1)
      try writer.sync()
    }
    isDone.withLock { $0 = true }
    for thread in threads { thread.join() }
    try writer.close()
    #expect(failures.withLock { $0 } == [])
    #expect(conflicts.withLock { $0 } == 0)
    #expect(try Verifier(directory: path, disk: PosixDisk()).run().isGood)
    #expect(try stated(path, PosixDisk()).0.checkpoint.size == 400)
  }
}
