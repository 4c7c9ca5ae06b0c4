// SPDX-License-Identifier: Apache-2.0

import Glibc
import Kimberlite
import KimberliteCore
import KimberliteTool
import Synchronization

/// Bad lines and their reasons, one JSON object a line.
///
/// Written from two threads.
final class RejectsFile: Sendable {
  private let path: String
  private let descriptor: Int32
  private let turn = Mutex(())

  /// Opens or makes the file; what it holds from earlier runs stays before what is written.
  ///
  /// An input, or a file of the log itself, is never taken for it.
  init(_ path: String, inputs: [String], log: String) throws(Failure) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    if descriptor < 0 {
      throw Failure(.cannotCreate, "cannot create '\(path)': \(String(cString: strerror(errno)))")
    }
    let own = [log, "\(log)/segments"].flatMap { folder in
      Self.names(in: folder).map { "\(folder)/\($0)" }
    }
    for other in inputs + own where Self.isSame(descriptor, other) {
      close(descriptor)
      throw Failure(.usage, "--rejects names '\(other)', which is an input or part of the log")
    }
    if Self.isSame(descriptor, nil) {
      close(descriptor)
      throw Failure(.usage, "--rejects names the standard input")
    }
  }

  /// Whether a descriptor is of the file at a path, or of standard input.
  private static func isSame(_ descriptor: Int32, _ path: String?) -> Bool {
    var mine = stat()
    var other = stat()
    guard fstat(descriptor, &mine) == 0,
      (path.map { stat($0, &other) } ?? fstat(0, &other)) == 0
    else { return false }
    return mine.st_mode & S_IFMT == S_IFREG && mine.st_dev == other.st_dev
      && mine.st_ino == other.st_ino
  }

  private static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    return names
  }

  deinit { close(descriptor) }

  func write(_ reject: Reject) throws(DatabaseError) {
    var line = ByteBuffer(capacity: 256)
    line.append(utf8: "{\"file\":")
    line.append(jsonString: reject.input)
    line.append(utf8: ",\"line\":\(reject.line)")
    if let column = reject.column { line.append(utf8: ",\"column\":\(column)") }
    line.append(utf8: ",\"error\":")
    line.append(jsonString: reject.message)
    // Bytes that are no UTF-8 are shown as replacement characters: the reason says so.
    line.append(utf8: ",\"input\":")
    line.append(jsonString: String(decoding: reject.bytes, as: UTF8.self))
    line.append(utf8: "}\n")
    let failed = turn.withLock { _ in
      line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) != $0.count }
    }
    if failed {
      throw DatabaseError(.io, "cannot write '\(path)': \(String(cString: strerror(errno)))")
    }
  }
}
