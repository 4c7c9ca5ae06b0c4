// SPDX-License-Identifier: Apache-2.0
// What no program of this kind can undercut: the bare work on the bare bytes.

internal import CCrypto
internal import CLZ4
internal import Glibc

enum Floors {
  /// SHA-256 over bytes, `size` at a time, on one core.
  static func hash(_ bytes: [UInt8], size: Int) -> Cost {
    var digest = [UInt8](repeating: 0, count: 32)
    return Timing.measure {
      bytes.withUnsafeBytes { bytes in
        var start = 0
        while start < bytes.count {
          let count = min(size, bytes.count - start)
          kb_sha256_plain(bytes.baseAddress?.advanced(by: start), count, &digest)
          start += count
        }
      }
    }
  }

  /// Bytes a second of SHA-256 in one core, the best of three.
  static func hashSpeed(size: Int, bytes: [UInt8]) -> Double {
    (0..<3).map { _ in Double(bytes.count) / hash(bytes, size: size).wall }.max() ?? .nan
  }

  /// LZ4 of bytes in blocks of 64 KiB.
  static func compress(_ bytes: [UInt8]) -> Cost {
    let block = 1 << 16
    var room = [CChar](repeating: 0, count: Int(LZ4_compressBound(Int32(block))))
    return Timing.measure {
      bytes.withUnsafeBytes { bytes in
        let text = bytes.bindMemory(to: CChar.self)
        var start = 0
        while start < bytes.count {
          let count = min(block, bytes.count - start)
          _ = LZ4_compress_default(
            text.baseAddress?.advanced(by: start), &room, Int32(count), Int32(room.count))
          start += count
        }
      }
    }
  }

  /// Writes bytes to a new file, `size` at a time, each made durable before the next.
  static func write(_ bytes: [UInt8], size: Int, path: String) throws -> Cost {
    let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if file < 0 { throw BenchmarkError("cannot create \(path)") }
    defer {
      close(file)
      unlink(path)
    }
    return try Timing.measure {
      var start = 0
      while start < bytes.count {
        let count = min(size, bytes.count - start)
        try bytes.withUnsafeBytes { bytes in
          if pwrite(file, bytes.baseAddress?.advanced(by: start), count, start) != count {
            throw BenchmarkError("cannot write \(path)")
          }
        }
        if fdatasync(file) != 0 { throw BenchmarkError("cannot sync \(path)") }
        start += count
      }
    }
  }
}

/// A file of zeros written ahead, into which small records go one after the other.
final class RawCommits {
  private let file: Int32
  private var position = 0
  private let record = [UInt8](repeating: 0x6b, count: 200)

  init(path: String, bytes: Int) throws {
    try Files.write([UInt8](repeating: 0, count: bytes), to: path)
    file = open(path, O_RDWR | O_CLOEXEC)
    if file < 0 || fsync(file) != 0 { throw BenchmarkError("cannot open \(path)") }
  }

  deinit { close(file) }

  /// Writes 200 bytes and waits until they are durable.
  func commit() throws {
    if pwrite(file, record, record.count, position) != record.count || fdatasync(file) != 0 {
      throw BenchmarkError("cannot write")
    }
    position += record.count
  }
}
