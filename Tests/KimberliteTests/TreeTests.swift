// SPDX-License-Identifier: Apache-2.0
// The tree's files, the checkpoints and the proofs made of them, on a simulated disk.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct TreeTests {
  private static let path = "/d/log"

  private static var options: LogOptions {
    var options = LogOptions()
    options.segmentBytes = 40_000
    options.sealsInBackground = false
    options.signsInBackground = false
    return options
  }

  private func create(_ disk: SimulatedDisk) throws -> LogWriter {
    try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: Self.options)
  }

  private func open(_ disk: SimulatedDisk, _ options: LogOptions = options) throws -> LogWriter {
    try LogWriter(directory: Self.path, disk: disk, acknowledged: 0, options: options)
  }

  private func append(_ count: Int, to writer: LogWriter) throws -> [Digest] {
    try (0..<count).map { index in
      try writer.append(try prepare([[UInt8(index & 255), 1]]), timestamp: 1).hash
    }
  }

  private func root(_ leaves: ArraySlice<Digest>) -> Digest {
    var range = CompactRange()
    for leaf in leaves { range.append(leaf) }
    return range.root
  }

  /// Whether some proofs about a log of these leaves can be made and verify.
  private func requireProofs(_ disk: SimulatedDisk, _ leaves: [Digest]) throws {
    let directory = LogDirectory(path: Self.path, disk: disk)
    let stated = try directory.signedCheckpoint()
    let checkpoint = stated.checkpoint
    #expect(checkpoint.size == UInt64(leaves.count))
    #expect(checkpoint.root == root(leaves[...]))
    #expect(stated.note.signers(among: try LogKeys(directory: directory).verifiers())?.count == 1)
    var prover = Prover(directory)
    for index in Set([0, leaves.count / 3, leaves.count - 1])
    where index >= 0 && index < leaves.count {
      #expect(try prover.inclusion(of: leaves[index], index: UInt64(index), in: checkpoint) != nil)
      #expect(try prover.inclusion(of: .zero, index: UInt64(index), in: checkpoint) == nil)
      let old = Checkpoint(
        logID: testLogID, size: UInt64(index + 1), root: root(leaves[...index]))
      #expect(try prover.consistency(from: old, to: checkpoint) != nil)
    }
  }

  @Test func `at every size up to 1100, reopened, the checkpoint is signed and proofs can be made`()
    throws
  {
    let disk = SimulatedDisk(seed: 1)
    var writer = try create(disk)
    var leaves: [Digest] = []
    try requireProofs(disk, leaves)
    while leaves.count < 1100 {
      leaves += try append(1, to: writer)
      try writer.close()
      try requireProofs(disk, leaves)
      writer = try open(disk)
    }
    let directory = LogDirectory(path: Self.path, disk: disk)
    for (level, count) in [(0, 1100), (1, 4), (2, 0)] {
      #expect(try TreeFiles(directory: directory).count(level) == UInt64(count))
    }
    #expect(try Verifier(directory: Self.path, disk: disk).run().isGood)
  }

  @Test func `files that are short, longer, spoilt or gone are made anew`() throws {
    let disk = SimulatedDisk(seed: 2)
    let writer = try create(disk)
    let leaves = try append(700, to: writer)
    try writer.close()
    let spoil: [(inout [UInt8]) -> Void] = [
      { $0 = [] }, { $0.removeLast(min(40, $0.count)) }, { $0[0] ^= 1 },
      { $0[$0.count - 1] ^= 1 }, { $0.append(contentsOf: $0) },
      { $0 = [UInt8](repeating: 0, count: $0.count) },
    ]
    for reopens in [false, true] {
      for name in ["tree/0", "tree/1"] {
        for body in spoil {
          disk.withBytes("\(Self.path)/\(name)", body)
          if reopens { try open(disk).close() }
          try requireProofs(disk, leaves)
        }
        try disk.remove("\(Self.path)/\(name)")
        if reopens { try open(disk).close() }
        try requireProofs(disk, leaves)
      }
    }
  }

  @Test func `a log of the first version gets keys from its next writer`() throws {
    let disk = SimulatedDisk(seed: 3)
    var writer = try create(disk)
    var leaves = try append(5, to: writer)
    try writer.close()
    let directory = LogDirectory(path: Self.path, disk: disk)
    let unsigned = try directory.checkpoint().text
    disk.withBytes(Self.path + "/checkpoint") { $0 = Array(unsigned.utf8) }
    for name in ["vkey", "signing.key", "tree/0"] { try disk.remove("\(Self.path)/\(name)") }
    // Read as it is, and not complained about.
    #expect(try Verifier(directory: Self.path, disk: disk).run().findings == [])
    writer = try open(disk)
    leaves += try append(300, to: writer)
    try writer.close()
    try requireProofs(disk, leaves)
  }

  @Test func `a log that was set back is not written to, but as a branch`() throws {
    let disk = SimulatedDisk(seed: 4)
    var options = Self.options
    options.stateFolder = "/home/state"
    var writer = try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: options)
    _ = try append(3, to: writer)
    try writer.close()
    let copy = disk.copy(of: Self.path)
    writer = try open(disk, options)
    _ = try append(2, to: writer)
    try writer.close()
    let later = try LogDirectory(path: Self.path, disk: disk).signedCheckpoint()

    disk.restore(copy, to: Self.path)
    #expect(throws: LogError.setBack(path: Self.path, why: "it has signed 5 records, and holds 3"))
    {
      _ = try open(disk, options)
    }
    // Somebody without that memory goes on, and contradicts what was signed.
    writer = try open(disk)
    _ = try writer.append(try prepare([[9, 9]]), timestamp: 99)
    _ = try append(4, to: writer)
    try writer.close()
    #expect(
      throws: LogError.setBack(
        path: Self.path, why: "it has signed another tree of its first 5 records")
    ) { _ = try open(disk, options) }

    options.startsBranch = true
    writer = try open(disk, options)
    try writer.close()
    options.startsBranch = false
    let directory = LogDirectory(path: Self.path, disk: disk)
    let stated = try directory.signedCheckpoint()
    #expect(stated.checkpoint.origin.branch != nil)
    let keys = try LogKeys(directory: directory).verifiers()
    #expect(keys.count == 2)
    #expect(stated.note.signers(among: keys) == [keys[0]])
    #expect(later.note.signers(among: keys) == [keys[1]])
    // And goes on as what it is now.
    writer = try open(disk, options)
    _ = try append(1, to: writer)
    try writer.close()
    #expect(try Verifier(directory: Self.path, disk: disk).run().isGood)
    #expect(try disk.list("/home/state/kimberlite").count == 2)
  }

  @Test func `without its key a log is not written to, but under a new one`() throws {
    let disk = SimulatedDisk(seed: 5)
    try create(disk).close()
    try disk.remove(Self.path + "/signing.key")
    #expect(throws: LogError.noSigningKey(path: Self.path, why: "it has no 'signing.key'")) {
      _ = try open(disk)
    }
    var options = Self.options
    options.startsBranch = true
    try open(disk, options).close()
    try open(disk).close()
    #expect(try Verifier(directory: Self.path, disk: disk).run().isGood)
  }
}
