// SPDX-License-Identifier: Apache-2.0
// Subtrees of any range out of hashes that are kept for every eighth level alone.

extension MerkleProof {
  /// The root of a perfect subtree, from its hashes at some level: a power of two of them.
  public static func root(ofPerfect hashes: ArraySlice<Digest>) -> Digest {
    precondition(
      hashes.count.nonzeroBitCount == 1, "a perfect subtree has a power of two of leaves")
    var row = Array(hashes)
    while row.count > 1 {
      for index in 0..<row.count / 2 { row[index] = .node(row[2 * index], row[2 * index + 1]) }
      row.removeLast(row.count / 2)
    }
    return row[0]
  }

  /// The root of the leaves `low ..< high`, which occur in the recursion of RFC 6962 §2.1.
  ///
  /// `hashes` answers those of a range at level 8·k, as many as there are in it.
  public static func root<E: Error>(
    _ low: UInt64, _ high: UInt64,
    hashes: (_ k: Int, _ range: Range<UInt64>) throws(E) -> ArraySlice<Digest>
  ) throws(E) -> Digest {
    precondition(low < high, "a subtree has leaves")
    // The perfect subtrees from left to right, largest first.
    var roots: [Digest] = []
    var begin = low
    while begin < high {
      let level = 63 - (high - begin).leadingZeroBitCount
      let index = begin >> UInt64(level)
      precondition(index << UInt64(level) == begin, "a range of the recursion")
      let (k, rest) = level.quotientAndRemainder(dividingBy: 8)
      let first = index << UInt64(rest)
      roots.append(root(ofPerfect: try hashes(k, first..<first + (1 << UInt64(rest)))))
      begin += 1 << UInt64(level)
    }
    var hash = roots.removeLast()
    while let left = roots.popLast() { hash = .node(left, hash) }
    return hash
  }
}
