// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import Kimberlite
internal import KimberliteCore

extension Snapshot {
  /// Writes the archive to a descriptor, as a stream: memory stays flat, nothing is kept on disk.
  ///
  /// `progress` gets the bytes done and those to do.
  public func write(
    to descriptor: Int32, jobs: Int, progress: (_ done: UInt64, _ total: UInt64) -> Void
  ) throws(LogError) {
    let archive = try TarWriter(descriptor: descriptor)
    let digests = FileDigests(threads: jobs)
    defer { digests.finish() }
    var buffer = ByteBuffer(capacity: Self.pieceBytes)
    var done: UInt64 = 0
    var hashed = 0
    for (index, entry) in entries.enumerated() {
      // Some files ahead, so that the next ones are in memory, and no further.
      while hashed < min(entries.count, index + jobs + 1) {
        _ = digests.add(entries[hashed].file, byteCount: entries[hashed].byteCount)
        hashed += 1
      }
      try archive.begin(entry.name, byteCount: entry.byteCount, seconds: seconds)
      var position: UInt64 = 0
      while position < entry.byteCount {
        buffer.removeAll()
        let count = Int(min(UInt64(Self.pieceBytes), entry.byteCount - position))
        try entry.file.read(at: position, count: count, into: &buffer)
        guard buffer.count == count else {
          throw .damaged(
            Damage(file: entry.name, position: position, what: "the file became shorter"))
        }
        try archive.write(buffer.span)
        position += UInt64(count)
        done += UInt64(count)
        progress(done, byteCount)
      }
    }
    try writeManifest(digests, to: archive)
    try archive.finish()
  }

  private func writeManifest(
    _ digests: FileDigests, to archive: borrowing TarWriter
  ) throws(LogError) {
    var found: [Digest] = []
    for index in entries.indices { found.append(try digests.digest(index)) }
    var text = ByteBuffer()
    text.append(utf8: manifest(found).text)
    try archive.begin(Self.manifestName, byteCount: UInt64(text.count), seconds: seconds)
    try archive.write(text.span)
  }

  /// Bytes that are read and written at a time.
  private static let pieceBytes = 1 << 20
}
