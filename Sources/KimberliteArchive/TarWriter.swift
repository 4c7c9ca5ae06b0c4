// SPDX-License-Identifier: Apache-2.0
// A tar archive (POSIX pax) to a descriptor, by libarchive. The same files make the same bytes:
// nothing of the machine, the user or the hour is in it.

internal import CArchive
internal import Glibc
package import Kimberlite
internal import KimberliteCore

/// Writes a tar archive, one file after the other.
package struct TarWriter: ~Copyable {
  private let archive: OpaquePointer
  private let entry: OpaquePointer
  private let output: Output
  private let path: String

  /// Where libarchive's bytes go, and what went wrong there.
  private final class Output {
    let descriptor: Int32
    var failure: Int32 = 0

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
      var written = 0
      while written < bytes.count {
        let more = Glibc.write(
          descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
        if more >= 0 {
          written += more
        } else if errno != EINTR {
          failure = errno
          return -1
        }
      }
      return written
    }
  }

  /// An archive to standard output, or any other descriptor, which messages call `path`.
  package init(descriptor: Int32, path: String = "standard output") throws(LogError) {
    guard let archive = archive_write_new(), let entry = archive_entry_new() else {
      throw .io(operation: "write", path: path, code: ENOMEM)
    }
    let output = Output(descriptor)
    archive_write_set_format_pax_restricted(archive)
    // No blocks of a tape: what is given goes out, and nothing is copied.
    archive_write_set_bytes_per_block(archive, 0)
    // Not owned: `output` lives as long as the writer.
    let code = archive_write_open(
      archive, Unmanaged.passUnretained(output).toOpaque(), nil,
      { _, output, bytes, count in
        guard let output else { return -1 }
        return Unmanaged<Output>.fromOpaque(output).takeUnretainedValue()
          .write(UnsafeRawBufferPointer(start: bytes, count: count))
      }, nil)
    guard code == ARCHIVE_OK else {
      archive_entry_free(entry)
      archive_write_free(archive)
      throw .io(operation: "write", path: path, code: ENOMEM)
    }
    self.path = path
    self.archive = archive
    self.entry = entry
    self.output = output
  }

  deinit {
    archive_entry_free(entry)
    // Frees without writing more: an archive that was not finished has no end.
    archive_write_fail(archive)
    archive_write_free(archive)
  }

  /// Begins a file of `byteCount` bytes, which `write` then gives.
  ///
  /// `seconds` since 1970 is when it was last changed, as the archive says. Without a `mode`
  /// it is for its owner alone, as records of a compliance log are.
  package func begin(
    _ name: String, byteCount: UInt64, seconds: UInt64, mode: UInt32 = 0o600
  ) throws(LogError) {
    archive_entry_clear(entry)
    archive_entry_set_pathname(entry, name)
    archive_entry_set_size(entry, la_int64_t(byteCount))
    archive_entry_set_filetype(entry, UInt32(0o100000))
    archive_entry_set_perm(entry, mode)
    archive_entry_set_mtime(entry, time_t(seconds), 0)
    try check(archive_write_header(archive, entry))
  }

  /// Writes the next bytes of the file.
  package func write(_ bytes: Span<UInt8>) throws(LogError) {
    let written = bytes.withUnsafeBufferPointer {
      archive_write_data(archive, $0.baseAddress, $0.count)
    }
    if written < 0 { throw failure }
    precondition(written == bytes.count, "a file is longer than it was said to be")
  }

  /// Writes the end of the archive.
  package consuming func finish() throws(LogError) { try check(archive_write_close(archive)) }

  private func check(_ code: Int32) throws(LogError) {
    if code != ARCHIVE_OK { throw failure }
  }

  private var failure: LogError {
    let code = output.failure != 0 ? output.failure : archive_errno(archive)
    return .io(operation: "write", path: path, code: code > 0 ? code : EIO)
  }
}
