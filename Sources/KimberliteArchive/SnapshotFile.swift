// SPDX-License-Identifier: Apache-2.0
// An archive in a file, verified where it lies.

internal import Glibc
public import Kimberlite
public import KimberliteCore

/// An archive that can be read at any place.
public struct SnapshotFile: Sendable {
  private let reading: ArchiveReading
  private let manifest: SnapshotManifest
  private let files: [any DiskFile]

  /// The archive in a file; `-` is standard input, of which a pipe is first copied to a file without
  /// a name.
  ///
  /// Looks at what is in it; nothing is verified yet.
  public init(path: String) throws(LogError) {
    let name = path == "-" ? "standard input" : path
    let file =
      path == "-" ? try PosixDisk().openInput(0, name) : try PosixDisk().open(path, .read)
    let tar = try TarReader(ArchiveInput(file: file, path: name, pieceBytes: 4096))
    var reading = ArchiveReading(path: name)
    var files: [any DiskFile] = []
    var text = ByteBuffer()
    let byteCount = try file.byteCount()
    while let entry = try tar.next() {
      let step = try reading.take(entry.name, byteCount: entry.byteCount)
      guard entry.byteCount <= byteCount, entry.position <= byteCount - entry.byteCount else {
        throw .damagedSnapshot(path: name, what: "it ends in '\(entry.name ?? "")'")
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
    manifest = try reading.finish(manifest: text.span)
    self.reading = reading
    self.files = files
  }

  /// The archive as a log that went on; an increment alone is none.
  func laterLog(named path: String, key: MasterKey?) throws(LogError) -> LaterLog {
    guard manifest.isComplete else {
      throw .unfit(what: "'\(path)' is an increment: purges are taken from a full archive")
    }
    return LaterLog(archive: path, reading, files, key: key)
  }

  /// Whether the contents of the records are encrypted.
  public var isEncrypted: Bool { reading.isEncrypted }

  /// Verifies the archive without restoring it, by `jobs` threads.
  ///
  /// Without the key of an encrypted log, all but the contents is checked. `verifiers` are the
  /// log's verifier keys, where they are known from elsewhere than the archive.
  public func verify(
    jobs: Int, key: MasterKey? = nil, verifiers: [VerifierKey]? = nil,
    progress: @escaping @Sendable (_ done: UInt64, _ total: UInt64) -> Void
  ) throws(LogError) -> SnapshotReport {
    try SnapshotCheck(
      reading, manifest, files, jobs: jobs, key: key, verifiers: verifiers
    ).run(progress: progress)
  }
}
