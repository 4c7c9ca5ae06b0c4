// SPDX-License-Identifier: Apache-2.0
// Inclusion and consistency proofs: RFC 6962 §2.1.1 and §2.1.2 made, RFC 9162 §2.1.3.2 and
// §2.1.4.2 verified. Making asks the caller for subtrees, so it fits any store.

/// Proofs about trees of record or event hashes.
public enum MerkleProof {
  /// The root of the leaves `low ..< high`, which the caller knows or computes.
  public typealias Subtree<E: Error> = (_ low: UInt64, _ high: UInt64) throws(E) -> Digest

  /// Proves that leaf `index` is in the tree of `size` leaves: siblings, leaf's first.
  public static func inclusion<E: Error>(
    of index: UInt64, size: UInt64, subtree: Subtree<E>
  ) throws(E) -> [Digest] {
    precondition(index < size, "only a leaf of the tree is included")
    var low: UInt64 = 0
    var high = size
    var proof: [Digest] = []
    while high - low > 1 {
      let middle = low + split(high - low)
      if index < middle {
        proof.append(try subtree(middle, high))
        high = middle
      } else {
        proof.append(try subtree(low, middle))
        low = middle
      }
    }
    return proof.reversed()
  }

  /// Proves that the tree of `old` leaves is a prefix of that of `size` leaves.
  public static func consistency<E: Error>(
    from old: UInt64, to size: UInt64, subtree: Subtree<E>
  ) throws(E) -> [Digest] {
    precondition(old > 0 && old <= size, "a tree grows from at least one leaf")
    var low: UInt64 = 0
    var high = size
    var isWhole = true
    var proof: [Digest] = []
    while old != high {
      let middle = low + split(high - low)
      if old <= middle {
        proof.append(try subtree(middle, high))
        high = middle
      } else {
        proof.append(try subtree(low, middle))
        low = middle
        isWhole = false
      }
    }
    if !isWhole { proof.append(try subtree(low, high)) }
    return proof.reversed()
  }

  /// Whether `proof` shows that `leaf` is leaf `index` of the tree of `size` leaves with `root`.
  public static func verifiesInclusion(
    of leaf: Digest, index: UInt64, size: UInt64, proof: [Digest], root: Digest
  ) -> Bool {
    guard index < size else { return false }
    var node = index
    var last = size - 1
    var hash = leaf
    for sibling in proof {
      if last == 0 { return false }
      if node & 1 == 1 || node == last {
        hash = .node(sibling, hash)
        skipMissingRight(&node, &last)
      } else {
        hash = .node(hash, sibling)
      }
      node >>= 1
      last >>= 1
    }
    return last == 0 && hash == root
  }

  /// Whether `proof` shows that the tree of `old` leaves is a prefix of that of `size` leaves.
  ///
  /// False for an empty old tree: it states nothing.
  public static func verifiesConsistency(
    from old: UInt64, oldRoot: Digest, to size: UInt64, root: Digest, proof: [Digest]
  ) -> Bool {
    guard old > 0, old <= size else { return false }
    if old == size { return proof.isEmpty && oldRoot == root }
    var hashes = proof[...]
    var first = oldRoot
    if old.nonzeroBitCount != 1 {
      guard let head = hashes.popFirst() else { return false }
      first = head
    }
    if hashes.isEmpty { return false }
    var node = old - 1
    var last = size - 1
    while node & 1 == 1 {
      node >>= 1
      last >>= 1
    }
    var oldHash = first
    var newHash = first
    for sibling in hashes {
      if last == 0 { return false }
      if node & 1 == 1 || node == last {
        oldHash = .node(sibling, oldHash)
        newHash = .node(sibling, newHash)
        skipMissingRight(&node, &last)
      } else {
        newHash = .node(newHash, sibling)
      }
      node >>= 1
      last >>= 1
    }
    return last == 0 && oldHash == oldRoot && newHash == root
  }

  /// A last node without a right sibling moves up unhashed.
  private static func skipMissingRight(_ node: inout UInt64, _ last: inout UInt64) {
    while node & 1 == 0, node != 0 {
      node >>= 1
      last >>= 1
    }
  }

  /// The largest power of two below `count`, which is at least 2.
  private static func split(_ count: UInt64) -> UInt64 {
    1 << UInt64(63 - (count - 1).leadingZeroBitCount)
  }
}
