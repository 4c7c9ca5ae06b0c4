// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Nonces from the kernel's random bytes, drawn many at a time.
///
/// A child after fork(2) must not repeat what its parent draws: the kernel gives it this page as
/// zeros, the count of what is left among them, so it draws anew.
final class NoncePool {
  private static let byteCount = 4096
  /// The first word of the page says how many nonces are left.
  private static let capacity = (byteCount - 8) / Cipher.nonceByteCount
  // MADV_WIPEONFORK, which Glibc shows only under _GNU_SOURCE.
  private static let wipeOnFork: Int32 = 18

  private let page: UnsafeMutableRawPointer
  private let isWiped: Bool

  init() {
    let page = mmap(
      nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let page, page != MAP_FAILED else { preconditionFailure("no memory") }
    self.page = page
    isWiped = madvise(page, Self.byteCount, Self.wipeOnFork) == 0
  }

  deinit { munmap(page, Self.byteCount) }

  /// 24 bytes that were never given before.
  func next() -> [UInt8] {
    var left = page.load(as: Int.self)
    if left == 0 {
      // A kernel that does not wipe the page is asked each time.
      left = isWiped ? Self.capacity : 1
      fill(left * Cipher.nonceByteCount)
    }
    left -= 1
    page.storeBytes(of: left, as: Int.self)
    let start = page + 8 + left * Cipher.nonceByteCount
    return Array(UnsafeRawBufferPointer(start: start, count: Cipher.nonceByteCount))
  }

  private func fill(_ count: Int) {
    // So many come in one call or not at all (getentropy(3)).
    for start in stride(from: 0, to: count, by: 256) {
      let part = min(256, count - start)
      precondition(getentropy(page + 8 + start, part) == 0, "the kernel gives no random bytes")
    }
  }
}
