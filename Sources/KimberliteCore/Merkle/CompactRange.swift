// SPDX-License-Identifier: Apache-2.0
// The roots of the perfect subtrees that cover a range of leaves. A range that begins at 0 is the
// right edge of a tree; neighbouring ranges, hashed apart, join.

/// The fewest perfect subtrees that cover the leaves `begin ..< end`, left to right.
public struct CompactRange: Sendable, Equatable {
  /// A perfect subtree: leaves `index << level ..< (index + 1) << level`.
  struct Node: Sendable, Equatable {
    var level: UInt8
    var index: UInt64
    var hash: Digest
  }

  /// The first leaf.
  public let begin: UInt64
  /// One past the last leaf.
  public private(set) var end: UInt64
  private var nodes: [Node] = []

  /// An empty range before leaf `begin`.
  public init(begin: UInt64 = 0) {
    self.begin = begin
    self.end = begin
  }

  /// The right edge of a tree of `size` leaves, from its hashes, largest subtree first.
  ///
  /// `nil` unless there is one hash for each set bit of `size`.
  public init?(size: UInt64, edge: [Digest]) {
    guard size.nonzeroBitCount == edge.count else { return nil }
    begin = 0
    end = size
    var remaining = size
    for hash in edge {
      let level = UInt8(63 - remaining.leadingZeroBitCount)
      remaining &= ~(1 << UInt64(level))
      // What is left below the taken bits does not matter: the subtree begins at the bits above.
      let begin = size & ~((UInt64(1) << UInt64(level + 1)) &- 1)
      nodes.append(Node(level: level, index: begin >> UInt64(level), hash: hash))
    }
  }

  /// The hashes of the subtrees, left to right.
  public var hashes: [Digest] { nodes.map(\.hash) }

  /// Adds the leaf `end`.
  ///
  /// Amortised one node hash.
  public mutating func append(_ leaf: Digest) {
    append(Node(level: 0, index: end, hash: leaf))
  }

  /// Adds the range that begins where this one ends.
  public mutating func append(_ next: CompactRange) {
    precondition(next.begin == end, "ranges join only where they meet")
    for node in next.nodes { append(node) }
  }

  private mutating func append(_ node: Node) {
    end = (node.index + 1) << UInt64(node.level)
    var node = node
    while let left = nodes.last, left.level == node.level, left.index & 1 == 0 {
      nodes.removeLast()
      node = Node(
        level: node.level + 1, index: left.index >> 1, hash: .node(left.hash, node.hash))
    }
    nodes.append(node)
  }

  /// The root of the tree whose right edge this is: RFC 6962 §2.1.
  ///
  /// The range must begin at 0.
  public var root: Digest {
    precondition(begin == 0, "only a range from leaf 0 has the root of a tree")
    guard var hash = nodes.last?.hash else { return .emptyRoot }
    for node in nodes.dropLast().reversed() { hash = .node(node.hash, hash) }
    return hash
  }
}
