// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// The key of a view's pages, of 32 bytes; wiped when nobody holds it any more.
package struct PageKey: Sendable {
  let secret: SecretBytes

  /// Takes over a key.
  init(of secret: SecretBytes) {
    precondition(secret.count == 32, "a page key has 32 bytes")
    self.secret = secret
  }

  /// Copies a key; wiping the original is the caller's.
  package init(_ key: Span<UInt8>) {
    self.init(
      of: SecretBytes(count: key.count) { room in
        key.withUnsafeBytes { room.copyMemory(from: $0) }
      })
  }
}
