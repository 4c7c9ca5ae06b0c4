// SPDX-License-Identifier: Apache-2.0
// LZ4 blocks by liblz4. The format is fixed and public; levels change speed and size only.

internal import CLZ4
internal import KimberliteCore

/// Compression of bodies and blocks.
enum LZ4 {
  /// Appends `bytes` compressed; appends nothing and answers false where that would not save a
  /// sixteenth.
  ///
  /// Level 0 is the fast compressor, 3 … 12 the slow ones.
  static func compress(_ bytes: Span<UInt8>, level: Int32, to output: inout ByteBuffer) -> Bool {
    let limit = bytes.count - bytes.count / 16 - 1
    guard limit > 0, bytes.count <= Int(LZ4_MAX_INPUT_SIZE) else { return false }
    var written: Int32 = 0
    bytes.withUnsafeBytes { bytes in
      output.append(room: limit) { room in
        let from = bytes.bindMemory(to: CChar.self).baseAddress
        let to = room.bindMemory(to: CChar.self).baseAddress
        written =
          level == 0
          ? LZ4_compress_default(from, to, Int32(bytes.count), Int32(limit))
          : LZ4_compress_HC(from, to, Int32(bytes.count), Int32(limit), level)
        return Int(max(written, 0))
      }
    }
    return written > 0
  }

  /// Appends exactly `rawCount` bytes from a block; answers false where it does not hold them.
  static func decompress(
    _ bytes: Span<UInt8>, rawCount: Int, to output: inout ByteBuffer
  ) -> Bool {
    guard bytes.count <= Int(Int32.max), rawCount <= Int(Int32.max) else { return false }
    let start = output.count
    bytes.withUnsafeBytes { bytes in
      output.append(room: rawCount) { room in
        let written = LZ4_decompress_safe(
          bytes.bindMemory(to: CChar.self).baseAddress,
          room.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count), Int32(rawCount))
        return Int(max(written, 0))
      }
    }
    if output.count - start == rawCount { return true }
    output.truncate(to: start)
    return false
  }
}
