// SPDX-License-Identifier: Apache-2.0
// Proofs about the records of a log in O(log n) reads. Each is verified before it is handed out;
// where one fails, the tree's files are made anew from the log. kb-log(5), Tree.

internal import Glibc
package import KimberliteCore

/// Makes proofs from the tree's files.
package struct Prover {
  private let tree: TreeFiles
  /// The blocks of hashes read last, by level and number.
  private var blocks: [[UInt64]: [Digest]] = [:]
  /// All hashes by level, where the files cannot be written: of an archive, or of another's log.
  private var levels: [[Digest]] = []
  private static let blocksMax = 64
  /// What stands for a hash that is not there; the proof with it fails.
  private static let nothing = [Digest](repeating: .zero, count: Int(TreeFiles.fan))

  package init(_ directory: LogDirectory) { tree = TreeFiles(directory: directory) }

  /// Proves that a leaf is in the tree of a checkpoint; `nil` where it is not.
  package mutating func inclusion(
    of leaf: Digest, index: UInt64, in checkpoint: Checkpoint
  ) throws(LogError) -> [Digest]? {
    precondition(index < checkpoint.size, "only a record of the tree is included")
    return try attempt(checkpoint.size) { (prover) throws(LogError) in
      let proof = try MerkleProof.inclusion(of: index, size: checkpoint.size) {
        (low, high) throws(LogError) in try prover.root(low, high)
      }
      return MerkleProof.verifiesInclusion(
        of: leaf, index: index, size: checkpoint.size, proof: proof, root: checkpoint.root)
        ? proof : nil
    }
  }

  /// Proves that the tree of a checkpoint goes on as that of another; `nil` where it does not.
  package mutating func consistency(
    from old: Checkpoint, to new: Checkpoint
  ) throws(LogError) -> [Digest]? {
    // Nothing goes on as anything.
    if old.size == 0 { return old.root == .emptyRoot ? [] : nil }
    guard old.size <= new.size else { return nil }
    return try attempt(new.size) { (prover) throws(LogError) in
      let proof = try MerkleProof.consistency(from: old.size, to: new.size) {
        (low, high) throws(LogError) in try prover.root(low, high)
      }
      return MerkleProof.verifiesConsistency(
        from: old.size, oldRoot: old.root, to: new.size, root: new.root, proof: proof)
        ? proof : nil
    }
  }

  /// The root of the first `size` records, as the tree's files say: nobody checked it.
  mutating func uncheckedRoot(of size: UInt64) throws(LogError) -> Digest {
    if size == 0 { return .emptyRoot }
    try catchUp(to: size)
    return try root(0, size)
  }

  private mutating func catchUp(to size: UInt64) throws(LogError) {
    if UInt64(levels.first?.count ?? 0) >= size { return }
    if try tree.count() >= size { return }
    try write(upTo: size, anew: false)
  }

  /// Brings the files up to a size, or makes them anew; in memory where they cannot be written.
  private mutating func write(upTo size: UInt64, anew: Bool) throws(LogError) {
    do throws(LogError) {
      let lock = try tree.lock(waits: true)
      defer { withExtendedLifetime(lock) {} }
      if anew { try tree.truncate(to: 0) }
      try tree.catchUp(to: size)
    } catch {
      guard case .io(_, _, let code) = error, [EROFS, EACCES, EPERM].contains(code) else {
        throw error
      }
      levels = try tree.levels(of: size)
    }
  }

  /// Tries a proof with the files as they are, then with new ones.
  private mutating func attempt(
    _ size: UInt64, _ make: (inout Prover) throws(LogError) -> [Digest]?
  ) throws(LogError) -> [Digest]? {
    try catchUp(to: size)
    if let proof = try make(&self) { return proof }
    if !levels.isEmpty { return nil }
    blocks = [:]
    try write(upTo: size, anew: true)
    return try make(&self)
  }

  private mutating func root(_ low: UInt64, _ high: UInt64) throws(LogError) -> Digest {
    try MerkleProof.root(low, high) { (level, range) throws(LogError) in
      try hashes(level, range)
    }
  }

  private mutating func hashes(
    _ level: Int, _ range: Range<UInt64>
  ) throws(LogError) -> ArraySlice<Digest> {
    let block = range.lowerBound / TreeFiles.fan
    let first = block * TreeFiles.fan
    let part = Int(range.lowerBound - first)..<Int(range.upperBound - first)
    if !levels.isEmpty { return levels[level][Int(range.lowerBound)..<Int(range.upperBound)] }
    if let known = blocks[[UInt64(level), block]], known.count >= part.upperBound {
      return known[part]
    }
    var hashes: [Digest] = []
    try tree.read(level, first..<first + TreeFiles.fan, into: &hashes)
    if hashes.count < part.upperBound { return Self.nothing[part] }
    if blocks.count == Self.blocksMax { blocks = [:] }
    blocks[[UInt64(level), block]] = hashes
    return hashes[part]
  }
}
