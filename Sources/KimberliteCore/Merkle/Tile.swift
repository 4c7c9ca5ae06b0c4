// SPDX-License-Identifier: Apache-2.0
// The tree in pieces of 256 that anybody may serve and keep: C2SP tlog-tiles. kb-log(5), Tiles.

/// A file of a published tree: 256 consecutive hashes of a level, or 256 entries; at the right
/// edge fewer.
public struct Tile: Sendable, Equatable {
  /// What a tile holds.
  public enum Layer: Sendable, Equatable {
    /// Roots of subtrees of 256^level leaves each.
    case hashes(level: Int)
    /// What the leaves are hashes of.
    case entries
  }

  /// Hashes or entries of a whole tile.
  public static let width = 256

  /// What it holds.
  public var layer: Layer
  /// Tiles of its layer before it.
  public var index: UInt64
  /// Hashes or entries that it holds, from 1 to 256.
  public var width: Int

  /// A tile of known parts.
  public init(_ layer: Layer, index: UInt64, width: Int = Tile.width) {
    precondition((1...Tile.width).contains(width), "a tile holds from 1 to 256")
    self.layer = layer
    self.index = index
    self.width = width
  }

  /// The layers that a tree of `size` leaves has tiles of.
  public static func layers(of size: UInt64) -> [Layer] {
    guard size > 0 else { return [] }
    let levels = (0..<8).filter { size >> (8 * UInt64($0)) > 0 }
    return [.entries] + levels.map { .hashes(level: $0) }
  }

  /// Hashes or entries of a layer in a tree of `size` leaves.
  public static func count(of layer: Layer, size: UInt64) -> UInt64 {
    switch layer {
    case .entries: size
    case .hashes(let level): size >> (8 * UInt64(level))
    }
  }

  /// The first hash or entry that it holds, counted in its layer.
  public var start: UInt64 { index * UInt64(Tile.width) }

  /// The tiles of a layer that a tree of `size` leaves has and one of `old` leaves had not.
  public static func added(
    to layer: Layer, from old: UInt64, to size: UInt64
  ) -> some Sequence<Tile> {
    let width = UInt64(Tile.width)
    let (before, count) = (Self.count(of: layer, size: old), Self.count(of: layer, size: size))
    // A tile that was partly there is made anew: under another name, or whole.
    let first = before / width
    let end = before == count ? first : (count + width - 1) / width
    return (first..<end).lazy.map { index in
      Tile(layer, index: index, width: Int(min(width, count - index * width)))
    }
  }

  /// Where it stands: `tile/0/x001/234`, `tile/entries/000.p/17`.
  public var path: String { isWhole ? wholePath : "\(wholePath).p/\(width)" }

  /// Whether it will never change.
  public var isWhole: Bool { width == Tile.width }

  /// The folder of the shorter tiles that this one takes the place of, once it is whole.
  public var partsPath: String { "\(wholePath).p" }

  private var wholePath: String {
    let name =
      switch layer {
      case .hashes(let level): String(level)
      case .entries: "entries"
      }
    // Groups of three digits, so that no folder has more than a thousand names.
    var groups: [String] = []
    var rest = index
    repeat {
      let digits = String(rest % 1000)
      groups.append(String(repeating: "0", count: 3 - digits.utf8.count) + digits)
      rest /= 1000
    } while rest > 0
    let folders = groups.dropFirst().reversed().map { "x\($0)/" }.joined()
    return "tile/\(name)/\(folders)\(groups[0])"
  }
}
