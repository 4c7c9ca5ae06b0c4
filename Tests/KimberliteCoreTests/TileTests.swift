// SPDX-License-Identifier: Apache-2.0

import KimberliteCore
import Testing

@Suite struct TileTests {
  @Test func `paths are those of C2SP tlog-tiles`() {
    let cases: [(Tile.Layer, UInt64, Int, String)] = [
      (.hashes(level: 0), 0, 256, "tile/0/000"),
      (.hashes(level: 0), 0, 1, "tile/0/000.p/1"),
      (.hashes(level: 0), 999, 256, "tile/0/999"),
      (.hashes(level: 0), 1000, 256, "tile/0/x001/000"),
      (.hashes(level: 0), 1_234_067, 256, "tile/0/x001/x234/067"),
      (.hashes(level: 0), 1_234_067, 8, "tile/0/x001/x234/067.p/8"),
      (.hashes(level: 1), 5, 255, "tile/1/005.p/255"),
      (.hashes(level: 63), 0, 1, "tile/63/000.p/1"),
      (.entries, 0, 256, "tile/entries/000"),
      (.entries, 1_234_067, 8, "tile/entries/x001/x234/067.p/8"),
      (.hashes(level: 0), 999_999_999_999, 256, "tile/0/x999/x999/x999/999"),
    ]
    for (layer, index, width, path) in cases {
      #expect(Tile(layer, index: index, width: width).path == path)
    }
    #expect(Tile(.entries, index: 1000, width: 3).partsPath == "tile/entries/x001/000.p")
  }

  /// All hash tiles of a tree with their bytes.
  private func tiles(of leaves: [Digest]) -> [(path: String, bytes: [UInt8])] {
    var levels = [leaves]
    while let below = levels.last, below.count >= Tile.width {
      levels.append(
        stride(from: 0, through: below.count - Tile.width, by: Tile.width).map { start in
          var range = CompactRange()
          for hash in below[start..<start + Tile.width] { range.append(hash) }
          return range.root
        })
    }
    let size = UInt64(leaves.count)
    #expect(Tile.layers(of: size).count == levels.count + 1)
    return levels.enumerated().flatMap { level, hashes in
      Tile.added(to: .hashes(level: level), from: 0, to: size).map { tile in
        let start = Int(tile.start)
        return (tile.path, hashes[start..<start + tile.width].flatMap(\.bytes))
      }
    }
  }

  @Test func `the tiles of the 70000 leaf tree are the published ones`() {
    let tiles = tiles(
      of: (0..<70_000).map { Digest.leaf(Array("entry-\($0)".utf8).span) })
    #expect(tiles.count == 277)
    #expect(
      tiles.map(\.path).filter { $0.contains(".p/") } == [
        "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1",
      ])
    let listing = tiles.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
      .map { "\(Digest.hash($0.bytes.span).hex)  \($0.path)\n" }.joined()
    #expect(
      Digest.hash(Array(listing.utf8).span).hex
        == "d65ba38975a77ceb57e184c9083ed56f02fe5bd8cfffca55e7de6268da83267b")
  }

  @Test func `growing by any step makes every tile that is not there yet, and no other`() {
    let sizes: [UInt64] = [0, 1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, 66_000]
    func all(_ size: UInt64) -> Set<String> {
      Set(Tile.layers(of: size).flatMap { Tile.added(to: $0, from: 0, to: size).map(\.path) })
    }
    for old in sizes {
      for size in sizes where size >= old {
        let added = Tile.layers(of: size)
          .flatMap { Tile.added(to: $0, from: old, to: size).map(\.path) }
        #expect(Set(added) == all(size).subtracting(all(old)), "\(old) to \(size)")
      }
    }
  }
}
