// SPDX-License-Identifier: Apache-2.0
// From stored bytes back to raw ones: decryption, then decompression.

internal import KimberliteCore

/// What frames and blocks store of bodies.
enum StoredBody {
  /// Appends what was stored; answers false where key, associated data or bytes are not those.
  ///
  /// It is compressed exactly when it is smaller than it claims.
  static func append(
    _ stored: Span<UInt8>, associated: Span<UInt8>, rawCount: Int, _ cipher: Cipher?,
    to raw: inout ByteBuffer
  ) -> Bool {
    guard let cipher else { return append(stored, rawCount: rawCount, to: &raw) }
    return cipher.withOpened(stored, with: associated) { packed in
      append(packed, rawCount: rawCount, to: &raw)
    } ?? false
  }

  /// Appends what was compressed, if it was.
  static func append(_ packed: Span<UInt8>, rawCount: Int, to raw: inout ByteBuffer) -> Bool {
    if packed.count < rawCount { return LZ4.decompress(packed, rawCount: rawCount, to: &raw) }
    raw.append(packed)
    return true
  }

  /// What `append` refuses something for.
  static func fault(isEncrypted: Bool, _ subject: String = "the body does") -> String {
    "\(subject) not \(isEncrypted ? "decrypt" : "decompress")"
  }
}
