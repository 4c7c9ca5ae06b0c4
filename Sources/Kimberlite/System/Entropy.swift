// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Random bytes from the kernel.
enum Entropy {
  /// `count` unpredictable bytes, 256 at most: so many come in one call or not at all.
  static func bytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
      precondition(getentropy(bytes.baseAddress, count) == 0, "the kernel gives no random bytes")
      filled = count
    }
  }
}
