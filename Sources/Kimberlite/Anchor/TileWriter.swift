// SPDX-License-Identifier: Apache-2.0
// The tree of a log as files that any web server can serve: C2SP tlog-tiles. kb-log(5), Tiles.

public import KimberliteCore

/// Publishes a log's tree in a directory.
///
/// A crash at any moment leaves what was published before, and perhaps files that the next run
/// makes anew: each file appears whole, and the checkpoint, which says what there is, comes last.
public struct TileWriter {
  private let log: LogReader
  private let tree: TreeFiles
  private let path: String
  private let disk: any Disk
  /// Folders whose names are not yet durable, in the order in which they were touched.
  private var touched: [String] = []

  private static let checkpointName = "checkpoint"

  /// A publication of a log in a directory, which is made where there is none.
  public init(of log: LogReader, in path: String) {
    self.log = log
    self.path = path
    tree = TreeFiles(directory: log.directory)
    disk = log.directory.disk
  }

  /// Publishes the newest checkpoint of a log, signed on demand, in a directory.
  ///
  /// `key` and `stateFolder` are as for `Anchors`.
  ///
  /// - Returns: the checkpoint, and the number of tiles written.
  public static func publish(
    _ log: String, in path: String, disk: any Disk, key: MasterKey? = nil,
    stateFolder: String? = nil
  ) throws(DatabaseError) -> (checkpoint: Checkpoint, tiles: Int) {
    let anchors = try Anchors(directory: log, disk: disk, key: key, stateFolder: stateFolder)
    let newest = try anchors.newest()
    let tiles = try DatabaseError.wrap { () throws(LogError) in
      var writer = TileWriter(of: try LogReader(anchors.directory), in: path)
      return try writer.publish(newest)
    }
    return (newest.checkpoint, tiles)
  }

  /// Writes what the tree of a checkpoint has and the one published before had not.
  ///
  /// Whole tiles that are there stay untouched. Nothing is published that does not lead to the
  /// checkpoint's root.
  ///
  /// - Returns: the number of tiles written.
  public mutating func publish(_ signed: SignedCheckpoint) throws(LogError) -> Int {
    let checkpoint = signed.checkpoint
    if try !disk.exists(path) { try disk.createDirectory(path) }
    let old = try published()
    if let old { try require(old, before: checkpoint) }
    let tiles = Tile.layers(of: checkpoint.size).flatMap { layer in
      Tile.added(to: layer, from: old?.size ?? 0, to: checkpoint.size)
    }
    try requireTree(tiles, of: checkpoint)
    for tile in tiles { try write(bytes(of: tile), tile.path) }
    try synchronizeFolders()
    for tile in tiles where tile.isWhole { try removeParts(of: tile) }
    try write(Array(signed.text.utf8), Self.checkpointName)
    try synchronizeFolders()
    return tiles.count
  }

  /// What was published goes on as what is to be.
  private func require(_ old: Checkpoint, before new: Checkpoint) throws(LogError) {
    var prover = Prover(log.directory)
    if try prover.consistency(from: old, to: new) != nil { return }
    throw .cannotCreate(path: path, why: "the tiles there are not of this log, or of more of it")
  }

  /// The tree's files are derived, and may be wrong: then they are made anew.
  private func requireTree(_ tiles: [Tile], of checkpoint: Checkpoint) throws(LogError) {
    if try isRight(tiles, checkpoint) { return }
    try tree.truncate(to: 0)
    if try isRight(tiles, checkpoint) { return }
    throw .damaged(
      Damage(
        file: LogDirectory.checkpointName, offset: checkpoint.size,
        what: "the Merkle root of \(checkpoint.size.counted("record")) differs"))
  }

  /// What was published last; `nil` where nothing was.
  private func published() throws(LogError) -> Checkpoint? {
    let name = "\(path)/\(Self.checkpointName)"
    guard try disk.exists(name) else { return nil }
    guard let bytes = try disk.contents(of: name, limit: Checkpoint.byteCountMax),
      let text = String(validating: bytes, as: UTF8.self),
      let signed = try? SignedCheckpoint(text: text)
    else { throw .cannotCreate(path: path, why: "the checkpoint there is none of ours") }
    return signed.checkpoint
  }

  /// Whether the hashes of tiles lead to a checkpoint's root.
  ///
  /// Each whole tile has its root in the level above, up to the edge, which has the tree's.
  private func isRight(_ tiles: [Tile], _ checkpoint: Checkpoint) throws(LogError) -> Bool {
    var prover = Prover(log.directory)
    if try prover.uncheckedRoot(of: checkpoint.size) != checkpoint.root { return false }
    for tile in tiles where tile.isWhole {
      guard case .hashes(let level) = tile.layer else { continue }
      var above: [Digest] = []
      try tree.read(level + 1, tile.index..<tile.index + 1, into: &above)
      let hashes = try hashes(of: tile)
      guard hashes.count == tile.width, [MerkleProof.root(ofPerfect: hashes[...])] == above else {
        return false
      }
    }
    return true
  }

  private func hashes(of tile: Tile) throws(LogError) -> [Digest] {
    guard case .hashes(let level) = tile.layer else { return [] }
    var hashes: [Digest] = []
    try tree.read(level, tile.start..<tile.start + UInt64(tile.width), into: &hashes)
    return hashes
  }

  private func bytes(of tile: Tile) throws(LogError) -> [UInt8] {
    guard case .entries = tile.layer else { return try hashes(of: tile).flatMap(\.bytes) }
    // Each entry is what the leaf hash is the hash of: the canonical header of a record.
    var bytes = ByteBuffer(capacity: tile.width * (2 + RecordHeader.byteCount))
    var cursor = try log.records(from: tile.start)
    for offset in tile.start..<tile.start + UInt64(tile.width) {
      if try !cursor.skip() || cursor.header.offset != offset {
        throw .damaged(
          Damage(file: LogDirectory.segmentsName, offset: offset, what: "the record is missing"))
      }
      bytes.append(bigEndian: UInt16(RecordHeader.byteCount))
      bytes.append(cursor.header)
    }
    return bytes.array()
  }

  /// Makes a file appear at once, its folders as well.
  private mutating func write(_ bytes: [UInt8], _ name: String) throws(LogError) {
    var folder = path
    let parts = name.split(separator: "/")
    for part in parts.dropLast() {
      let inner = "\(folder)/\(part)"
      if try !disk.exists(inner) {
        try disk.createDirectory(inner)
        touch(folder)
      }
      folder = inner
    }
    try disk.replace("\(path)/\(name)", with: bytes.span)
    touch(folder)
  }

  private mutating func touch(_ folder: String) {
    if touched.last != folder, !touched.contains(folder) { touched.append(folder) }
  }

  private mutating func synchronizeFolders() throws(LogError) {
    for folder in touched { try disk.synchronizeDirectory(folder) }
    touched = []
  }

  /// Removes the shorter forms of a tile that is whole now.
  private func removeParts(of tile: Tile) throws(LogError) {
    let folder = "\(path)/\(tile.partsPath)"
    guard try disk.exists(folder) else { return }
    for name in try disk.list(folder) { try disk.remove("\(folder)/\(name)") }
    try disk.removeDirectory(folder)
  }
}
