// SPDX-License-Identifier: Apache-2.0
// The root over leaves that come one after the other, without memory of its own: the hot loop over
// the events of a record. Trees that are kept, cut or joined are `CompactRange`s.

/// The RFC 6962 §2.1 root of the leaves so far.
struct RunningRoot {
  /// Roots of the perfect subtrees, largest first: one for each set bit of `count`.
  private var edge: InlineArray<23, Digest>
  private var depth = 0
  private var count = 0

  /// Leaves that it takes at most; the edge has room for these.
  static let countMax = (1 << 23) - 1

  init() { edge = InlineArray(repeating: .zero) }

  /// Adds a leaf.
  ///
  /// Amortised one node hash.
  mutating func append(_ leaf: Digest) {
    precondition(count < Self.countMax, "more leaves than a record has events")
    var hash = leaf
    var pairs = count
    while pairs & 1 == 1 {
      depth -= 1
      hash = .node(edge[depth], hash)
      pairs >>= 1
    }
    edge[depth] = hash
    depth += 1
    count += 1
  }

  /// The root.
  var value: Digest {
    guard depth > 0 else { return .emptyRoot }
    var hash = edge[depth - 1]
    for index in (0..<depth - 1).reversed() { hash = .node(edge[index], hash) }
    return hash
  }
}
