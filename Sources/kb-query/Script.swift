// SPDX-License-Identifier: Apache-2.0

import Glibc
import KimberliteCore
import KimberliteTool

/// SQL text from files.
enum Script {
  /// The whole text of a file, or of standard input for "-".
  static func read(_ path: String) throws(Failure) -> String {
    let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure(.noInput, "cannot open '\(path)': \(String(cString: strerror(errno)))")
    }
    defer { if descriptor > 0 { close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 {
        throw Failure(.io, "cannot read '\(path)': \(String(cString: strerror(errno)))")
      }
      if count == 0 { break }
      bytes += chunk[..<count]
      if bytes.count > Limits.statementBytesMax {
        throw Failure(.data, "'\(path)' is longer than \(Limits.statementBytesMax >> 20) MiB")
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.data, "'\(path)' is not UTF-8")
    }
    return text
  }

  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
