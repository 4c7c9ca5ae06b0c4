// SPDX-License-Identifier: Apache-2.0
// A restoration whose disk fails at each of its calls in turn: the log is not there, or all of it
// is, and the next restoration works.

import Glibc
import Kimberlite
import KimberliteArchive
import KimberliteCore
import Testing

@Suite struct RestorationStepsTests {
  /// Fails at the nth call that changes anything, and at every later one: as after a kill, nothing
  /// more happens.
  private final class DyingDisk: Disk, @unchecked Sendable {
    // Sendable: a restoration changes its disk from one thread.
    private let disk = PosixDisk()
    private var left: Int
    private(set) var calls = 0
    init(after calls: Int) { left = calls }

    private func step(_ path: String) throws(LogError) {
      calls += 1
      left -= 1
      if left < 0 { throw .io(operation: "write", path: path, code: EIO) }
    }

    func open(_ path: String, _ access: FileAccess) throws(LogError) -> any DiskFile {
      if case .read = access { return try disk.open(path, .read) }
      try step(path)
      return try disk.open(path, access)
    }
    func exists(_ path: String) throws(LogError) -> Bool { try disk.exists(path) }
    func rename(_ path: String, to newPath: String) throws(LogError) {
      try step(path)
      try disk.rename(path, to: newPath)
    }
    func remove(_ path: String) throws(LogError) {
      try step(path)
      try disk.remove(path)
    }
    func list(_ directory: String) throws(LogError) -> [String] { try disk.list(directory) }
    func createDirectory(_ path: String) throws(LogError) {
      try step(path)
      try disk.createDirectory(path)
    }
    func removeDirectory(_ path: String) throws(LogError) {
      try step(path)
      try disk.removeDirectory(path)
    }
    func synchronizeDirectory(_ path: String) throws(LogError) {
      try step(path)
      try disk.synchronizeDirectory(path)
    }
    func lock(_ path: String) throws(LogError) -> any DiskFile { try disk.lock(path) }
    func waitForLock(_ path: String) throws(LogError) -> any DiskFile {
      try disk.waitForLock(path)
    }
    func isLocked(_ path: String) throws(LogError) -> Bool { try disk.isLocked(path) }
  }

  // Evidence: A3
  @Test(arguments: [nil, SnapshotBound.offset(4)])
  func `a restoration that ends at any step leaves no log, and the next one works`(
    until: SnapshotBound?
  ) throws {
    let bench = try ArchiveBench(records: 9)
    try bench.archive("a.tar")
    let path = bench.path("copy")
    var step = 0
    while true {
      let disk = DyingDisk(after: step)
      do throws(LogError) {
        _ = try SnapshotRestore.run(
          path, from: [bench.path("a.tar")], until: until, jobs: 1, disk: disk)
        break
      } catch {
        // The last step makes the name durable: the log is there by then.
        if try PosixDisk().exists(path) {
          #expect(try Verifier(directory: path, disk: PosixDisk()).run().isGood)
          try PosixDisk().rename(path, to: bench.path("early"))
        }
      }
      step += 1
    }
    #expect(step > 10)
    #expect(try Verifier(directory: path, disk: PosixDisk()).run().isGood)
    #expect(try PosixDisk().list(bench.folder.path).allSatisfy { !$0.hasSuffix(".restoring") })
  }

  @Test func `two restorations of one log do not get into each other's way`() throws {
    let bench = try ArchiveBench(records: 3)
    try bench.archive("a.tar")
    try PosixDisk().createDirectory(bench.path(".copy.restoring"))
    let lock = try PosixDisk().lock(bench.path(".copy.restoring/lock"))
    #expect(throws: LogError.locked(path: bench.path("copy"))) {
      try bench.restore("copy", from: ["a.tar"])
    }
    withExtendedLifetime(lock) {}
  }
}
