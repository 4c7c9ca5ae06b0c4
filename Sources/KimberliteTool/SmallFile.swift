// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Files that a user names and that are read whole: a checkpoint, a policy, an answer.
public enum SmallFile {
  /// The bytes of a file, of standard input for `-`.
  ///
  /// `what` says what it should be, where it is longer than `limit`.
  public static func read(
    _ path: String, limit: Int, as what: String
  ) throws(Failure) -> [UInt8] {
    let descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      throw Failure(.noInput, "cannot open '\(path)': \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 {
        throw Failure(.io, "cannot read '\(path)': \(String(cString: strerror(errno)))")
      }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      if bytes.count > limit { throw Failure(.data, "'\(path)' is not \(what)") }
    }
  }

  /// The text of a file.
  public static func text(
    _ path: String, limit: Int, as what: String
  ) throws(Failure) -> String {
    let bytes = try read(path, limit: limit, as: what)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.data, "'\(path)' is not \(what)")
    }
    return text
  }
}
