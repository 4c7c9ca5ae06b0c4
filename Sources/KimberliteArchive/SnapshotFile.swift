// SPDX-License-Identifier: Apache-2.0
// An archive in a file, verified where it lies.

internal import Glibc
public import Kimberlite
internal import KimberliteCore

/// An archive that can be read at any place.
public struct SnapshotFile: Sendable {
  private let path: String
  private let file: any DiskFile

  /// The archive in a file; `-` is standard input, of which a pipe is first copied to a file without
  /// a name.
  public init(path: String) throws(LogError) {
    if path == "-" {
      self.path = "standard input"
      file = try PosixDisk().openInput(0, self.path)
    } else {
      self.path = path
      file = try PosixDisk().open(path, .read)
    }
  }

  /// Verifies the archive without restoring it, by `jobs` threads.
  public func verify(
    jobs: Int, progress: @escaping @Sendable (_ done: UInt64, _ total: UInt64) -> Void
  ) throws(LogError) -> SnapshotReport {
    let tar = try TarReader(ArchiveInput(file: file, path: path, pieceBytes: 4096))
    var reading = ArchiveReading(path: path)
    var files: [any DiskFile] = []
    var text = ByteBuffer()
    let byteCount = try file.byteCount()
    while let entry = try tar.next() {
      let step = try reading.take(entry.name, byteCount: entry.byteCount)
      guard entry.byteCount <= byteCount, entry.position <= byteCount - entry.byteCount else {
        throw .damagedSnapshot(path: path, what: "it ends in '\(entry.name ?? "")'")
      }
      switch step {
      case .file:
        files.append(
          FilePart(entry.name ?? "", of: file, from: entry.position, count: entry.byteCount))
      case .manifest: try tar.read(entry) { text.append($0) }
      }
    }
    try reading.requireEnd()
    try tar.finish()
    let manifest = try reading.finish(manifest: text.span)
    return try SnapshotCheck(reading, manifest, files, jobs: jobs).run(progress: progress)
  }
}
