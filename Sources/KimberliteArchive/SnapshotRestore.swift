// SPDX-License-Identifier: Apache-2.0
// Archives to a log: files go where they belong as they come, and are hashed from there.

internal import Glibc
public import Kimberlite
public import KimberliteCore

/// A log that was restored.
public struct RestoredLog: Sendable {
  /// The end of the log.
  public var head: Head
  /// The Merkle root over all records.
  public var root: Digest
}

/// Restores logs.
public enum SnapshotRestore {
  /// Restores a log from a full archive and increments, in order, up to `until`.
  ///
  /// What `later`, a log that continues them or a full archive of one, knows to be erased is erased before anybody sees it.
  /// `-` is standard input. The log appears when all of it is verified and durable, or not at all.
  public static func run(
    _ path: String, from archives: [String], until: SnapshotBound?,
    purgesFrom later: String? = nil, jobs: Int,
    key: MasterKey? = nil, disk: any Disk = PosixDisk()
  ) throws(LogError) -> RestoredLog {
    let restoration = try Restoration(of: path, disk: disk, key: key)
    do throws(LogError) {
      for archive in archives { try add(archive, to: restoration, jobs: jobs) }
      let (head, root) = try restoration.finish(
        until: until,
        purgesFrom: try later.map { (path) throws(LogError) in
          try laterLog(path, key)
        }, jobs: jobs)
      return RestoredLog(head: head, root: root)
    } catch {
      // What went wrong first is what is told; the next restoration removes what is left.
      try? restoration.abandon()
      throw error.renaming(restoration.path, to: path)
    }
  }

  private static func laterLog(_ path: String, _ key: MasterKey?) throws(LogError) -> LaterLog {
    var status = stat()
    let isFile = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    return isFile
      ? try SnapshotFile(path: path).laterLog(named: path, key: key)
      : LaterLog(path, disk: PosixDisk(), key: key)
  }

  private static func add(
    _ archive: String, to restoration: Restoration, jobs: Int
  ) throws(LogError) {
    let path = archive == "-" ? "standard input" : archive
    let input =
      archive == "-"
      ? ArchiveInput(stream: 0, path: path)
      : ArchiveInput(file: try PosixDisk().open(archive, .read), path: path, pieceBytes: 1 << 20)
    let tar = try TarReader(input)
    var reading = ArchiveReading(path: path)
    let digests = FileDigests(threads: jobs)
    defer { digests.finish() }
    var text = ByteBuffer()
    while let entry = try tar.next() {
      let step = try reading.take(entry.name, byteCount: entry.byteCount)
      switch step {
      case .manifest: try tar.read(entry) { text.append($0) }
      case .file:
        let file = try restoration.create(entry.name ?? "")
        var position: UInt64 = 0
        try tar.read(entry) { (piece) throws(LogError) in
          try file.write(piece, at: position)
          position += UInt64(piece.count)
        }
        _ = digests.add(file, byteCount: entry.byteCount)
      }
    }
    try reading.requireEnd()
    try tar.finish()
    let manifest = try reading.finish(manifest: text.span)
    for (index, stated) in manifest.files.enumerated()
    where try digests.digest(index) != stated.digest {
      throw .damagedSnapshot(
        path: path, what: "\(stated.name): the SHA-256 differs from the manifest's")
    }
    try restoration.add(manifest, of: path)
  }
}
