// SPDX-License-Identifier: Apache-2.0

import Glibc
import Kimberlite
import KimberliteCore
import KimberliteTool

/// SQL text, and the file it comes from.
struct Script {
  var text: String
  /// What messages call it; `nil` for what was typed, which needs no name.
  var name: String?

  /// What was typed on the command line or into the shell.
  init(_ text: String) { self.text = text }

  /// The whole text of a file, or of standard input for "-".
  init(reading path: String) throws(Failure) {
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
    self.text = text
    name = path
  }

  /// The text of one statement.
  func text(of statement: ParsedStatement) -> String {
    String(
      decoding: text.utf8.dropFirst(statement.range.lowerBound).prefix(statement.range.count),
      as: UTF8.self)
  }

  /// What a statement of it failed with, and where.
  func failure(_ error: DatabaseError, in statement: ParsedStatement? = nil) -> Failure {
    guard let name else { return Failure(error, in: text) }
    var error = error
    // Where no token is to blame, the statement is: a file may hold many.
    if error.sql != nil, error.sql?.position == nil {
      error.sql?.position = statement?.range.lowerBound
    }
    return Failure(error, in: text, of: name)
  }
}
