// SPDX-License-Identifier: Apache-2.0
// The tree of a log as files that any web server can serve: C2SP tlog-tiles. kb-log(5), Tiles.

public import KimberliteCore

/// Publishes a log's tree in a directory.
///
/// A crash at any moment leaves what was published before, and perhaps files that the next run
/// makes anew: each file appears whole, and the checkpoint, which says what there is, comes last.
public struct TileWriter {
  private let path: String
  private let disk: any Disk
  /// Folders whose names are not yet durable, in the order in which they were touched.
  private var touched: [String] = []

  static let checkpointName = "checkpoint"

  /// A publication in a directory, which is made where there is none.
  public init(directory path: String, disk: any Disk) {
    self.path = path
    self.disk = disk
  }

  /// Writes what the tree of a checkpoint has and the one published before had not.
  ///
  /// `note`: the signed checkpoint. `append` adds so many hashes of a level of that tree to a
  /// buffer, from one on. Whole tiles that are there stay untouched.
  ///
  /// - Returns: the number of tiles written.
  public mutating func publish(
    _ checkpoint: Checkpoint, note: String, log: LogReader,
    append hashes: (_ level: Int, _ from: UInt64, _ count: Int, inout ByteBuffer) throws(LogError)
      -> Void
  ) throws(LogError) -> Int {
    try makeFolder(path)
    let old = try published()
    if let old, old.logID != checkpoint.logID || old.size > checkpoint.size {
      throw .cannotCreate(path: path, why: "it holds tiles of another log, or of more records")
    }
    let before = old?.size ?? 0
    var count = 0
    var bytes = ByteBuffer(capacity: Tile.width * (2 + RecordHeader.byteCount))
    for layer in Tile.layers(of: checkpoint.size) {
      for tile in Tile.added(to: layer, from: before, to: checkpoint.size) {
        bytes.removeAll()
        switch layer {
        case .hashes(let level): try hashes(level, tile.start, tile.width, &bytes)
        case .entries: try appendEntries(of: tile, log, to: &bytes)
        }
        try write(bytes.span, tile.path)
        count += 1
      }
    }
    try synchronizeFolders()
    for layer in Tile.layers(of: checkpoint.size) {
      for tile in Tile.added(to: layer, from: before, to: checkpoint.size) where tile.isWhole {
        try removeParts(of: tile)
      }
    }
    bytes.removeAll()
    bytes.append(utf8: note)
    try write(bytes.span, Self.checkpointName)
    try synchronizeFolders()
    return count
  }

  /// What was published last; `nil` where nothing was.
  private func published() throws(LogError) -> Checkpoint? {
    let name = "\(path)/\(Self.checkpointName)"
    guard try disk.exists(name) else { return nil }
    guard let bytes = try disk.contents(of: name, limit: Checkpoint.byteCountMax),
      let text = String(validating: bytes, as: UTF8.self),
      let checkpoint = try? Checkpoint(text: text)
    else { throw .cannotCreate(path: path, why: "its checkpoint is none of ours") }
    return checkpoint
  }

  /// Each entry is what the leaf hash is the hash of: the canonical header of a record.
  private func appendEntries(
    of tile: Tile, _ log: LogReader, to bytes: inout ByteBuffer
  ) throws(LogError) {
    var cursor = try log.records(from: tile.start)
    for offset in tile.start..<tile.start + UInt64(tile.width) {
      guard try cursor.skip(), cursor.header.offset == offset else {
        throw .damaged(
          Damage(
            file: LogDirectory.segmentsName, offset: offset,
            what: "the record is missing, but the checkpoint states it"))
      }
      bytes.append(bigEndian: UInt16(RecordHeader.byteCount))
      bytes.append(cursor.header)
    }
  }

  /// Makes a file appear at once, its folders as well.
  private mutating func write(_ bytes: Span<UInt8>, _ name: String) throws(LogError) {
    var folder = path
    let parts = name.split(separator: "/")
    for part in parts.dropLast() {
      let inner = "\(folder)/\(part)"
      if try !disk.exists(inner) { touch(folder) }
      try makeFolder(inner)
      folder = inner
    }
    try disk.replace("\(path)/\(name)", with: bytes)
    touch(folder)
  }

  private mutating func touch(_ folder: String) {
    if touched.last != folder, !touched.contains(folder) { touched.append(folder) }
  }

  private mutating func synchronizeFolders() throws(LogError) {
    for folder in touched { try disk.synchronizeDirectory(folder) }
    touched = []
  }

  private func makeFolder(_ path: String) throws(LogError) {
    if try !disk.exists(path) { try disk.createDirectory(path) }
  }

  /// Removes the shorter forms of a tile that is whole now.
  private func removeParts(of tile: Tile) throws(LogError) {
    let folder = "\(path)/\(tile.partsPath)"
    guard try disk.exists(folder) else { return }
    for name in try disk.list(folder) { try disk.remove("\(folder)/\(name)") }
    try disk.remove(folder)
  }
}
