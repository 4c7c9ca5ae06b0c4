// SPDX-License-Identifier: Apache-2.0
// Reads a tar archive by libarchive, and nothing but a tar: no filter, no other format, nothing
// that is no plain file.

internal import CArchive
internal import Glibc
internal import Kimberlite
internal import KimberliteCore

/// Reads a tar archive, one file after the other.
final class TarReader {
  /// A file of the archive.
  struct Entry {
    /// `nil` for what is no plain file, or has a name that is no text.
    var name: String?
    var byteCount: UInt64
    /// Where its bytes begin in the archive.
    var position: UInt64
  }

  private let archive: OpaquePointer
  private let input: ArchiveInput
  private var isFirst = true
  /// One past the bytes of the file before.
  private var end: UInt64 = 0

  /// The archive that an input gives.
  init(_ input: ArchiveInput) throws(LogError) {
    guard let archive = archive_read_new() else {
      throw .io(operation: "read", path: input.path, code: ENOMEM)
    }
    self.archive = archive
    self.input = input
    archive_read_support_format_tar(archive)
    archive_read_set_callback_data(archive, Unmanaged.passUnretained(input).toOpaque())
    archive_read_set_read_callback(archive) { _, input, bytes in
      guard let input, let bytes,
        let piece = Unmanaged<ArchiveInput>.fromOpaque(input).takeUnretainedValue().next()
      else { return -1 }
      bytes.pointee = piece.baseAddress
      return piece.count
    }
    if input.canSkip {
      archive_read_set_skip_callback(archive) { _, input, count in
        guard let input, count > 0 else { return 0 }
        Unmanaged<ArchiveInput>.fromOpaque(input).takeUnretainedValue().skip(UInt64(count))
        return count
      }
    }
    if archive_read_open1(archive) != ARCHIVE_OK { throw failure() }
  }

  deinit { archive_read_free(archive) }

  /// The next file; `nil` at the end.
  func next() throws(LogError) -> Entry? {
    var entry: OpaquePointer?
    let code = archive_read_next_header(archive, &entry)
    if code == ARCHIVE_EOF, !isFirst { return nil }
    guard code == ARCHIVE_OK, let entry else { throw failure() }
    isFirst = false
    let size = archive_entry_size(entry)
    let isPlain =
      archive_entry_filetype(entry) == 0o100000 && archive_entry_hardlink(entry) == nil
      && archive_entry_symlink(entry) == nil && archive_entry_sparse_count(entry) == 0
      && archive_entry_size_is_set(entry) != 0 && size >= 0
    let name = archive_entry_pathname(entry).flatMap { String(validatingCString: $0) }
    let position = UInt64(archive_filter_bytes(archive, 0))
    let isAlone = try isOneBlock(upTo: position)
    end = position + UInt64(max(size, 0))
    return Entry(
      name: isPlain && isAlone ? name : nil, byteCount: UInt64(max(size, 0)), position: position)
  }

  /// Whether one header, and zeros before it, are all that stands between the file before and here:
  /// no extended headers, which could say something else to another reader.
  private func isOneBlock(upTo position: UInt64) throws(LogError) -> Bool {
    let padding = (512 - end % 512) % 512
    guard position == end + padding + 512 else { return false }
    return try input.recent(512 + Int(padding), before: position)
      .prefix(Int(padding)).allSatisfy { $0 == 0 }
  }

  /// Gives the bytes of the file that `next` found last, in pieces.
  func read(
    _ entry: Entry, _ body: (Span<UInt8>) throws(LogError) -> Void
  ) throws(LogError) {
    var done: UInt64 = 0
    while done < entry.byteCount {
      var bytes: UnsafeRawPointer?
      var count = 0
      var position: la_int64_t = 0
      let code = archive_read_data_block(archive, &bytes, &count, &position)
      guard code == ARCHIVE_OK, position == done, UInt64(count) <= entry.byteCount - done else {
        throw failure()
      }
      let piece = UnsafeRawBufferPointer(start: bytes, count: count)
      try body(Span(_unsafeBytes: piece))
      done += UInt64(count)
    }
  }

  /// Reads what is behind the last file: zeros, two blocks at least.
  func finish() throws(LogError) {
    while let piece = input.next(), !piece.isEmpty {}
    if input.failure != nil { throw failure() }
    let blocks = (end + 511) / 512 * 512
    guard input.position >= blocks + 1024 else {
      throw .damagedSnapshot(path: input.path, what: "it ends before the end of the tar")
    }
    guard input.lastUsed <= end else {
      throw .damagedSnapshot(path: input.path, what: "bytes after the end of the tar")
    }
  }

  /// What reading failed by, or what is wrong with the archive.
  private func failure() -> LogError {
    if let failure = input.failure { return failure }
    if isFirst { return .notASnapshot(path: input.path, why: "it is no tar") }
    let what = archive_error_string(archive).map { String(cString: $0) } ?? "the tar is cut short"
    return .damagedSnapshot(
      path: input.path, what: what.prefix(1).lowercased() + what.dropFirst())
  }
}
