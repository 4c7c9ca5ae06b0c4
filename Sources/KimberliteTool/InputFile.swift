// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Small files that options name.
public enum InputFile {
  /// The bytes of a file of at most so many.
  public static func read(_ path: String, atMost limit: Int) throws(Failure) -> [UInt8] {
    let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
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
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      if bytes.count > limit { throw Failure(.data, "'\(path)' is longer than \(limit) bytes") }
    }
  }
}
