// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Random bytes from the kernel.
enum Entropy {
  /// `count` unpredictable bytes, at most 256 so that the kernel gives them in one piece.
  static func bytes(_ count: Int) -> [UInt8] {
    precondition(count <= 256, "getrandom gives up to 256 bytes in one piece")
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      var given = -1
      repeat { given = getrandom(buffer.baseAddress, count, 0) } while given < 0 && errno == EINTR
      // Salts and log ids without entropy would be guessable: there is nothing to go on with.
      precondition(given == count, "the kernel gives no random bytes")
      initialized = count
    }
  }
}
