// SPDX-License-Identifier: Apache-2.0

internal import CCrypto

/// The key of a view's pages, in one place of memory that is wiped when nobody holds it any more.
package final class PageKey: Sendable {
  /// A key of AES-256.
  static let byteCount = 32

  // Never written after its initialiser, so every thread may read it.
  nonisolated(unsafe) let bytes: UnsafeRawPointer

  /// Copies a key of 32 bytes; wiping the original is the caller's.
  package init(_ key: Span<UInt8>) {
    precondition(key.count == Self.byteCount, "a page key has 32 bytes")
    let copy = UnsafeMutableRawPointer.allocate(byteCount: Self.byteCount, alignment: 8)
    key.withUnsafeBytes {
      copy.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count)
    }
    bytes = UnsafeRawPointer(copy)
  }

  /// The key that these bytes are.
  convenience init(of secret: SecretBytes) {
    self.init(secret.span)
  }

  deinit {
    OPENSSL_cleanse(UnsafeMutableRawPointer(mutating: bytes), Self.byteCount)
    bytes.deallocate()
  }
}
