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

  init(_ path: String) throws(Failure) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if descriptor < 0 {
      throw Failure(.cannotCreate, "cannot create '\(path)': \(String(cString: strerror(errno)))")
    }
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
