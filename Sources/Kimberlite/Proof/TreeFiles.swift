// SPDX-License-Identifier: Apache-2.0
// The Merkle tree in flat files: hash i of level L at byte 32·i of `tree/L` is the root of the
// perfect subtree of 256^L leaves. Derived from the log, so nothing of it is trusted: whoever makes
// a proof of it verifies the proof. kb-log(5), Tree.

internal import Glibc
internal import KimberliteCore

/// The level files of a log's tree.
package struct TreeFiles: Sendable {
  let directory: LogDirectory

  package init(directory: LogDirectory) { self.directory = directory }

  static let name = "tree"
  /// A hash of a level stands over so many of the one below.
  static let fan: UInt64 = 256
  private static let hashBytes: UInt64 = 32

  private var path: String { "\(directory.path)/\(Self.name)" }
  private func path(_ level: Int) -> String { "\(path)/\(level)" }

  /// Takes the right to write to the files: a writer and those who make proofs do.
  ///
  /// Without, one could go on behind what another has just begun anew. `nil` where another has it
  /// and this one does not wait.
  func lock(waits: Bool) throws(LogError) -> (any DiskFile)? {
    if try !directory.disk.exists(path) { try makeFolder() }
    let lock = "\(path)/\(LogDirectory.lockName)"
    _ = try directory.disk.open(lock, .create)
    if waits { return try directory.disk.waitForLock(lock) }
    do throws(LogError) { return try directory.disk.lock(lock) } catch {
      if case .locked = error { return nil }
      throw error
    }
  }

  private func makeFolder() throws(LogError) {
    do {
      try directory.disk.createDirectory(path)
    } catch .io(_, _, EEXIST) {
      return
    }
  }

  /// Levels that a tree of `size` leaves has.
  static func levels(_ size: UInt64) -> Int {
    var levels = 0
    var count = size
    while count > 0 {
      levels += 1
      count /= fan
    }
    return levels
  }

  /// Hashes of a level.
  package func count(_ level: Int) throws(LogError) -> UInt64 {
    guard try directory.disk.exists(path(level)) else { return 0 }
    return try directory.disk.open(path(level), .read).byteCount() / Self.hashBytes
  }

  /// Leaves up to which every level is complete.
  func count() throws(LogError) -> UInt64 {
    let leaves = try count(0)
    var complete = leaves
    var span = Self.fan
    for level in 1..<max(Self.levels(leaves), 1) {
      let there = try count(level)
      // The first block whose hash is missing has to be hashed again.
      if there < leaves / span { complete = min(complete, there * span) }
      span *= Self.fan
    }
    return complete
  }

  /// Appends hashes `range` of a level to `hashes`; fewer where the file ends before.
  func read(
    _ level: Int, _ range: Range<UInt64>, into hashes: inout [Digest]
  ) throws(LogError) {
    guard try directory.disk.exists(path(level)) else { return }
    var bytes = ByteBuffer(capacity: range.count * Int(Self.hashBytes))
    try directory.disk.open(path(level), .read).read(
      at: range.lowerBound * Self.hashBytes, count: range.count * Int(Self.hashBytes), into: &bytes)
    for index in 0..<bytes.count / Int(Self.hashBytes) {
      hashes.append(Digest(bytes.span, at: index * Int(Self.hashBytes)))
    }
  }

  /// Stores leaves behind the first `start`, which are there, and the hashes that they complete.
  func append(_ leaves: [Digest], at start: UInt64) throws(LogError) {
    if leaves.isEmpty { return }
    var hashes = leaves
    var first = start
    var level = 0
    while !hashes.isEmpty {
      try write(hashes, at: first, level)
      let blocks = first / Self.fan..<(first + UInt64(hashes.count)) / Self.fan
      // What stands before them in their first block.
      var below: [Digest] = []
      if !blocks.isEmpty, blocks.lowerBound * Self.fan < first {
        try read(level, blocks.lowerBound * Self.fan..<first, into: &below)
        guard blocks.lowerBound * Self.fan + UInt64(below.count) == first else { return }
      }
      below += hashes
      hashes = (0..<blocks.count).map { block in
        MerkleProof.root(ofPerfect: below[block * Int(Self.fan)..<(block + 1) * Int(Self.fan)])
      }
      first = blocks.lowerBound
      level += 1
    }
  }

  private func write(_ hashes: [Digest], at first: UInt64, _ level: Int) throws(LogError) {
    var bytes = ByteBuffer(capacity: hashes.count * Int(Self.hashBytes))
    for hash in hashes { bytes.append(hash) }
    try directory.disk.open(path(level), .create).write(bytes.span, at: first * Self.hashBytes)
  }

  /// Forgets all but the first `size` leaves.
  func truncate(to size: UInt64) throws(LogError) {
    var count = size
    for level in 0..<Self.levels(1 << 62) {
      guard try directory.disk.exists(path(level)) else { return }
      let file = try directory.disk.open(path(level), .update)
      if try file.byteCount() > count * Self.hashBytes {
        try file.truncate(to: count * Self.hashBytes)
      }
      count /= Self.fan
    }
  }

  /// The hashes of all levels over the first `size` leaves, taken from the log; nothing is stored.
  func levels(of size: UInt64) throws(LogError) -> [[Digest]] {
    var cursor = try LogReader(directory).records(from: 0)
    var levels: [[Digest]] = [[]]
    while UInt64(levels[0].count) < size, try cursor.skip() { levels[0].append(cursor.hash) }
    let fan = Int(Self.fan)
    while let below = levels.last, below.count >= fan {
      levels.append(
        (0..<below.count / fan).map {
          MerkleProof.root(ofPerfect: below[$0 * fan..<($0 + 1) * fan])
        })
    }
    return levels
  }

  /// Takes leaves from the log until there are `size`, or `limit` were taken.
  func catchUp(to size: UInt64, limit: Int = .max) throws(LogError) {
    var next = try count()
    if next >= size { return }
    var cursor = try LogReader(directory).records(from: next)
    let end = limit == .max ? size : min(size, next + UInt64(limit))
    var leaves: [Digest] = []
    while next + UInt64(leaves.count) < end, try cursor.skip() {
      leaves.append(cursor.hash)
      if leaves.count == 1 << 16 {
        try append(leaves, at: next)
        next += UInt64(leaves.count)
        leaves.removeAll(keepingCapacity: true)
      }
    }
    try append(leaves, at: next)
  }
}
