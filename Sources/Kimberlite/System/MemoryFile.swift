// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import KimberliteCore

/// Bytes in memory, read as a file.
final class MemoryFile: DiskFile {
  let path: String
  private let bytes: ByteBuffer

  init(_ path: String, _ bytes: consuming ByteBuffer) {
    self.path = path
    self.bytes = bytes
  }

  convenience init(_ path: String, text: String) {
    var bytes = ByteBuffer(capacity: text.utf8.count)
    bytes.append(utf8: text)
    self.init(path, bytes)
  }

  func byteCount() throws(LogError) -> UInt64 { UInt64(bytes.count) }

  func read(
    at position: UInt64, count: Int, into buffer: inout ByteBuffer
  ) throws(LogError) {
    let start = Int(min(position, UInt64(bytes.count)))
    bytes.withSpan(start..<min(start + count, bytes.count)) { buffer.append($0) }
  }

  func write(_ bytes: Span<UInt8>, at position: UInt64) throws(LogError) {
    throw .io(operation: "write", path: path, code: EROFS)
  }

  func synchronize() throws(LogError) { throw .io(operation: "sync", path: path, code: EROFS) }

  func truncate(to byteCount: UInt64) throws(LogError) {
    throw .io(operation: "truncate", path: path, code: EROFS)
  }
}
