// SPDX-License-Identifier: Apache-2.0
// All that a log asks of a file system. The real one is `PosixDisk`; the tests have one that
// tears, loses and flips what was not synchronised.

internal import Glibc
public import KimberliteCore

/// How a file is opened.
public enum FileAccess: Sendable {
  /// An existing file, for reading.
  case read
  /// An existing file, for reading and writing.
  case update
  /// A new, empty file; one of that name is emptied.
  case replace
  /// An existing file, or a new one, for reading and writing.
  case create
}

/// An open file; closed when the last reference goes.
///
/// Calls may come from any thread.
public protocol DiskFile: AnyObject, Sendable {
  /// The path it was opened by.
  var path: String { get }
  /// Bytes of the file.
  func byteCount() throws(LogError) -> UInt64
  /// Appends up to `count` bytes from `position` to `buffer`; fewer only at the end of the file.
  func read(at position: UInt64, count: Int, into buffer: inout ByteBuffer) throws(LogError)
  /// Writes all bytes at `position`. Not durable before `synchronize` returns.
  func write(_ bytes: Span<UInt8>, at position: UInt64) throws(LogError)
  /// Makes content and size durable. After an error the state of the file is unknown.
  func synchronize() throws(LogError)
  /// Cuts or extends (with zeros) the file.
  func truncate(to byteCount: UInt64) throws(LogError)
}

extension DiskFile {
  /// CRC-32C of `count` bytes from `position`, read in steps; `nil` where the file ends before.
  func crc32c(at position: UInt64, count: Int) throws(LogError) -> UInt32? {
    if try byteCount() < position + UInt64(count) { return nil }
    var buffer = ByteBuffer(capacity: 1 << 20)
    var crc: UInt32 = 0
    var done = 0
    while done < count {
      buffer.removeAll()
      try read(at: position + UInt64(done), count: min(1 << 20, count - done), into: &buffer)
      if buffer.isEmpty { return nil }
      crc = CRC32C.of(buffer.span, continuing: crc)
      done += buffer.count
    }
    return crc
  }
}

extension DiskFile {
  /// Writes the first bytes of the file to the beginning of another, and leaves none in memory.
  func copy(_ byteCount: UInt64, to other: any DiskFile) throws(LogError) {
    var buffer = ByteBuffer(capacity: 1 << 20)
    defer { buffer.wipe() }
    var position: UInt64 = 0
    while position < byteCount {
      buffer.removeAll()
      try read(at: position, count: Int(min(1 << 20, byteCount - position)), into: &buffer)
      if buffer.isEmpty { throw .io(operation: "read", path: path, code: EIO) }
      try other.write(buffer.span, at: position)
      position += UInt64(buffer.count)
    }
  }
}

/// A file system.
///
/// Every error is `LogError.io` with the path, except where stated.
public protocol Disk: Sendable {
  /// Opens a file.
  func open(_ path: String, _ access: FileAccess) throws(LogError) -> any DiskFile
  /// Whether something of that name is there.
  func exists(_ path: String) throws(LogError) -> Bool
  /// Gives a file or a directory another name; a file of that name is replaced, a directory that is
  /// not empty never. Durable once the directory is.
  func rename(_ path: String, to newPath: String) throws(LogError)
  /// Removes a file. Durable once the directory is.
  func remove(_ path: String) throws(LogError)
  /// The names in a directory, in byte order.
  func list(_ directory: String) throws(LogError) -> [String]
  /// Makes a directory.
  func createDirectory(_ path: String) throws(LogError)
  /// Removes an empty directory. Durable once the directory that it stands in is.
  func removeDirectory(_ path: String) throws(LogError)
  /// Makes the names in a directory durable.
  func synchronizeDirectory(_ path: String) throws(LogError)
  /// Takes an exclusive lock, held until the answer goes; `LogError.locked` when another has it.
  func lock(_ path: String) throws(LogError) -> any DiskFile
  /// Takes an exclusive lock on a file that is there, waiting while another has it.
  func waitForLock(_ path: String) throws(LogError) -> any DiskFile
  /// Whether another holds the lock.
  ///
  /// Asks without taking it, so that nobody who wants it is turned away meanwhile.
  func isLocked(_ path: String) throws(LogError) -> Bool
}

extension Disk {
  /// The bytes of a file; `nil` where there are more than `limit`.
  func contents(of path: String, limit: Int) throws(LogError) -> [UInt8]? {
    var bytes = ByteBuffer()
    try open(path, .read).read(at: 0, count: limit + 1, into: &bytes)
    return bytes.count <= limit ? bytes.array() : nil
  }

  /// Makes a file with these bytes appear at once; one of that name is replaced.
  ///
  /// The bytes are durable before the name is, which is once the directory is.
  func replace(_ path: String, with bytes: Span<UInt8>) throws(LogError) {
    let temporary = path + LogDirectory.temporarySuffix
    let file = try open(temporary, .replace)
    try file.write(bytes, at: 0)
    try file.synchronize()
    try rename(temporary, to: path)
  }
}
