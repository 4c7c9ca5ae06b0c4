// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import KimberliteCore

/// A checkpoint that an auditor kept.
public enum KeptCheckpoint {
  /// Reads it from a file.
  public static func read(_ path: String) throws(Failure) -> SignedCheckpoint {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      throw Failure(.noInput, "cannot open '\(path)': \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Checkpoint.byteCountMax + 1)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count >= 0 else {
      throw Failure(.io, "cannot read '\(path)': \(String(cString: strerror(errno)))")
    }
    guard count <= Checkpoint.byteCountMax,
      let text = String(validating: bytes[..<count], as: UTF8.self)
    else { throw Failure(.data, "'\(path)' is not a checkpoint") }
    do { return try SignedCheckpoint(text: text) } catch {
      throw Failure(.data, "'\(path)' is not a checkpoint: \(error.what)")
    }
  }
}
