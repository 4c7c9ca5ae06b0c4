// SPDX-License-Identifier: Apache-2.0

internal import CCrypto
internal import Glibc

/// Bytes that must not be left behind in memory: wiped when their last owner goes.
///
/// They are never copied out; whoever needs them works where they are.
package final class SecretBytes: @unchecked Sendable {
  // Sendable: the bytes do not change after `init`.
  package let count: Int
  private let base: UnsafeMutableRawPointer

  /// Bytes that `fill` writes, all of them.
  package init<E: Error>(
    count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    self.count = count
    base = .allocate(byteCount: max(count, 1), alignment: 16)
    // As far as the limit on locked memory goes: they should not get into a swap file either.
    mlock(base, count)
    try fill(UnsafeMutableRawBufferPointer(start: base, count: count))
  }

  /// A new random key.
  package static func random(_ count: Int = 32) -> SecretBytes {
    SecretBytes(count: count) { room in
      precondition(getentropy(room.baseAddress, count) == 0, "the kernel gives no random bytes")
    }
  }

  deinit {
    OPENSSL_cleanse(base, count)
    base.deallocate()
  }

  /// Lends the bytes.
  package func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// The bytes.
  package var span: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      let bytes = UnsafeBufferPointer(
        start: base.assumingMemoryBound(to: UInt8.self), count: count)
      return _overrideLifetime(Span(_unsafeElements: bytes), borrowing: self)
    }
  }

  /// Whether two secrets are the same, in a time that does not tell where they differ.
  package func isSame(as other: SecretBytes) -> Bool {
    count == other.count && CRYPTO_memcmp(base, other.base, count) == 0
  }
}
