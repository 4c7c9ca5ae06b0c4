// SPDX-License-Identifier: Apache-2.0
// An archive read in place, as a file system that nobody can write to: what verifies a directory
// verifies an archive too.

internal import Glibc
package import KimberliteCore

/// A part of a file, read as a file of its own.
package final class FilePart: DiskFile {
  package let path: String
  private let whole: any DiskFile
  private let start: UInt64
  private let count: UInt64

  /// The bytes of `whole` from `start` on.
  package init(_ path: String, of whole: any DiskFile, from start: UInt64, count: UInt64) {
    self.path = path
    self.whole = whole
    self.start = start
    self.count = count
  }

  package func byteCount() throws(LogError) -> UInt64 { count }

  package func read(
    at position: UInt64, count wanted: Int, into buffer: inout ByteBuffer
  ) throws(LogError) {
    if position >= count { return }
    try whole.read(
      at: start + position, count: Int(min(UInt64(wanted), count - position)), into: &buffer)
  }

  package func write(_ bytes: Span<UInt8>, at position: UInt64) throws(LogError) {
    throw .io(operation: "write", path: path, code: EROFS)
  }

  package func synchronize() throws(LogError) {
    throw .io(operation: "sync", path: path, code: EROFS)
  }

  package func truncate(to byteCount: UInt64) throws(LogError) {
    throw .io(operation: "truncate", path: path, code: EROFS)
  }
}

/// The files of an archive as a log directory.
struct SnapshotDisk: Disk {
  /// The log directory's path.
  static let root = "snapshot"

  private let files: [String: any DiskFile]
  private let folders: [String: [String]]

  init(_ files: [(name: SnapshotName, file: any DiskFile)]) {
    var named: [String: any DiskFile] = [:]
    var folders: [String: [String]] = [Self.root: []]
    for (name, file) in files {
      let path = "\(Self.root)/\(name.text)"
      named[path] = file
      var child = path
      while let slash = child.lastIndex(of: "/") {
        let folder = String(child[..<slash])
        let leaf = String(child[child.index(after: slash)...])
        if folders[folder]?.contains(leaf) != true { folders[folder, default: []].append(leaf) }
        child = folder
      }
    }
    self.files = named
    self.folders = folders
  }

  func open(_ path: String, _ access: FileAccess) throws(LogError) -> any DiskFile {
    guard case .read = access else { throw .io(operation: "open", path: path, code: EROFS) }
    guard let file = files[path] else { throw .io(operation: "open", path: path, code: ENOENT) }
    return file
  }

  func exists(_ path: String) throws(LogError) -> Bool {
    files[path] != nil || folders[path] != nil
  }

  func list(_ directory: String) throws(LogError) -> [String] {
    guard let names = folders[directory] else {
      throw .io(operation: "open", path: directory, code: ENOENT)
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  func rename(_ path: String, to newPath: String) throws(LogError) { throw readOnly(path) }
  func remove(_ path: String) throws(LogError) { throw readOnly(path) }
  func createDirectory(_ path: String) throws(LogError) { throw readOnly(path) }
  func removeDirectory(_ path: String) throws(LogError) { throw readOnly(path) }
  func synchronizeDirectory(_ path: String) throws(LogError) { throw readOnly(path) }
  func lock(_ path: String) throws(LogError) -> any DiskFile { throw readOnly(path) }
  func waitForLock(_ path: String) throws(LogError) -> any DiskFile { throw readOnly(path) }
  func isLocked(_ path: String) throws(LogError) -> Bool { false }

  private func readOnly(_ path: String) -> LogError {
    .io(operation: "write", path: path, code: EROFS)
  }
}
