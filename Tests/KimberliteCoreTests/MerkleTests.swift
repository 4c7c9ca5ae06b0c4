// SPDX-License-Identifier: Apache-2.0

import KimberliteCore
import Testing

@Suite struct MerkleTests {
  /// The leaves of the classic Certificate Transparency vectors.
  private static let leaves: [[UInt8]] = [
    [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
    Array(0x50...0x57), Array(0x60...0x6f),
  ]

  private static let roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  private let hashes = (0..<100).map { Digest.leaf(Array("entry-\($0)".utf8).span) }

  /// RFC 6962 §2.1, as written there.
  private func root(_ leaves: ArraySlice<Digest>) -> Digest {
    guard leaves.count > 1 else { return leaves.first ?? .emptyRoot }
    var split = 1
    while split * 2 < leaves.count { split *= 2 }
    let middle = leaves.startIndex + split
    return .node(root(leaves[..<middle]), root(leaves[middle...]))
  }

  private func subtree(_ low: UInt64, _ high: UInt64) -> Digest {
    root(hashes[Int(low)..<Int(high)])
  }

  /// Messages are laid out for libcrypto in several ways, by their length.
  @Test func `leaves and nodes of any length are SHA-256 of their bytes`() {
    let bytes = (0..<1100).map { UInt8(truncatingIfNeeded: $0 * 131) }
    let salt = [UInt8](200..<216)
    for count in 0...bytes.count {
      let data = Array(bytes[..<count])
      #expect(Digest.leaf(data.span) == Digest.hash(([0] + data).span))
      #expect(
        Digest.leaf(salt: salt.span, data.span) == Digest.hash(([0] + salt + data).span))
    }
    for pair in zip(hashes, hashes.dropFirst()) {
      #expect(
        Digest.node(pair.0, pair.1) == Digest.hash(([1] + pair.0.bytes + pair.1.bytes).span))
    }
  }

  @Test func `the roots are those of RFC 6962's vectors`() {
    var tree = CompactRange()
    #expect(tree.root.hex == Self.roots[0])
    for (index, leaf) in Self.leaves.enumerated() {
      tree.append(Digest.leaf(leaf.span))
      #expect(tree.root.hex == Self.roots[index + 1])
    }
  }

  @Test func `the 70000 leaf tree has the published root`() {
    var tree = CompactRange()
    for index in 0..<70_000 { tree.append(Digest.leaf(Array("entry-\(index)".utf8).span)) }
    #expect(
      tree.root.hex == "a62a54be33294ffd5a5c4c637fd754630b71a892e8356e3a666a5c8a7ffd1518")
  }

  @Test func `an edge is the same whether grown, restored or joined`() {
    var grown = CompactRange()
    for size in 0..<hashes.count {
      #expect(CompactRange(size: UInt64(size), edge: grown.hashes) == grown)
      #expect(grown.root == root(hashes[..<size]))
      for begin in [0, size / 3, size / 2, size] {
        var left = CompactRange()
        for hash in hashes[..<begin] { left.append(hash) }
        var right = CompactRange(begin: UInt64(begin))
        for hash in hashes[begin..<size] { right.append(hash) }
        left.append(right)
        #expect(left == grown)
      }
      grown.append(hashes[size])
    }
  }

  @Test func `every inclusion proof verifies and no other does`() {
    for size in 1...hashes.count {
      let root = root(hashes[..<size])
      for index in 0..<size {
        let leaf = hashes[index]
        let proof = MerkleProof.inclusion(of: UInt64(index), size: UInt64(size), subtree: subtree)
        func verifies(_ leaf: Digest, _ index: Int, _ proof: [Digest]) -> Bool {
          MerkleProof.verifiesInclusion(
            of: leaf, index: UInt64(index), size: UInt64(size), proof: proof, root: root)
        }
        #expect(verifies(leaf, index, proof))
        #expect(!verifies(leaf, index + 1, proof))
        #expect(!verifies(leaf, index, proof + [leaf]))
        #expect(proof.isEmpty || !verifies(leaf, index, Array(proof.dropLast())))
        #expect(!verifies(.zero, index, proof))
      }
    }
  }

  @Test func `every consistency proof verifies and no other does`() {
    for size in 1...hashes.count {
      let new = root(hashes[..<size])
      for old in 1...size {
        let oldRoot = root(hashes[..<old])
        let proof = MerkleProof.consistency(from: UInt64(old), to: UInt64(size), subtree: subtree)
        func verifies(_ oldRoot: Digest, _ new: Digest, _ proof: [Digest]) -> Bool {
          MerkleProof.verifiesConsistency(
            from: UInt64(old), oldRoot: oldRoot, to: UInt64(size), root: new, proof: proof)
        }
        #expect(verifies(oldRoot, new, proof))
        #expect(!verifies(oldRoot, .zero, proof))
        #expect(!verifies(.zero, new, proof))
        #expect(!verifies(oldRoot, new, proof + [new]))
        #expect(proof.isEmpty || !verifies(oldRoot, new, Array(proof.dropLast())))
      }
    }
  }

  @Test func `a checkpoint reads back what it writes and refuses every other form`() throws {
    let checkpoint = Checkpoint(logID: LogID(high: 1, low: 2), size: 70, root: hashes[3])
    #expect(try Checkpoint(text: checkpoint.text) == checkpoint)
    #expect(
      Checkpoint(logID: LogID(high: 0, low: 0), size: 0, root: .emptyRoot).text
        .contains("\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"))
    let text = checkpoint.text
    for bad in [
      "", String(text.dropLast()), text.replacing("\n70\n", with: "\n070\n"),
      text.replacing("\n70\n", with: "\n+70\n"), text.replacing("=", with: ""),
      text.replacing("kimberlite/", with: "other/"), text + "more\n",
    ] {
      #expect(throws: FormatError.self) { try Checkpoint(text: bad) }
    }
  }
}
