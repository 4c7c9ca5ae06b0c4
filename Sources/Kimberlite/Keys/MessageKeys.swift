// SPDX-License-Identifier: Apache-2.0
// The derivation of XAES-256-GCM (c2sp.org/XAES-256-GCM): of a nonce of 24 bytes the first half
// makes a key, under which AES-256-GCM takes the second half as its nonce.

internal import CCrypto
internal import KimberliteCore

/// Makes the keys of messages from one key.
///
/// Used by one thread.
final class MessageKeys {
  /// Bytes of a nonce that choose the key.
  static let prefixByteCount = 12
  private static let blockByteCount = 16

  // Proof of nonisolated(unsafe): fetched once, never changed, counted by libcrypto with atomics.
  nonisolated(unsafe) private static let block = EVP_CIPHER_fetch(nil, "AES-256-ECB", nil)

  /// AES under the key.
  private let derivation: OpaquePointer
  /// K1 of CMAC (SP 800-38B).
  private let mask: (UInt64, UInt64)

  /// Of a key of 32 bytes.
  init(of key: UnsafeRawBufferPointer) {
    precondition(key.count == 32, "a key is 32 bytes")
    guard let derivation = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory") }
    self.derivation = derivation
    guard
      EVP_EncryptInit_ex2(
        derivation, Self.block, key.bindMemory(to: UInt8.self).baseAddress, nil, nil) == 1,
      EVP_CIPHER_CTX_set_padding(derivation, 0) == 1
    else { preconditionFailure("libcrypto refused AES-256") }
    mask = Self.mask(derivation)
  }

  // It wipes the key that it holds.
  deinit { EVP_CIPHER_CTX_free(derivation) }

  /// The encryption of a block of zeros, doubled in GF(2^128).
  private static func mask(_ derivation: OpaquePointer) -> (UInt64, UInt64) {
    withUnsafeTemporaryAllocation(byteCount: blockByteCount, alignment: 8) { block in
      block.initializeMemory(as: UInt8.self, repeating: 0)
      encryptBlocks(derivation, block)
      defer { OPENSSL_cleanse(block.baseAddress, block.count) }
      let high = UInt64(bigEndian: block.load(as: UInt64.self))
      let low = UInt64(bigEndian: block.load(fromByteOffset: 8, as: UInt64.self))
      return (high << 1 | low >> 63, low << 1 ^ (high >> 63 == 1 ? 0x87 : 0))
    }
  }

  private static func encryptBlocks(
    _ derivation: OpaquePointer, _ blocks: UnsafeMutableRawBufferPointer
  ) {
    let bytes = blocks.bindMemory(to: UInt8.self).baseAddress
    var written: Int32 = 0
    guard EVP_EncryptUpdate(derivation, bytes, &written, bytes, Int32(blocks.count)) == 1,
      written == blocks.count
    else { preconditionFailure("libcrypto refused AES-256") }
  }

  /// Lends the key that the first half of a nonce chooses, and wipes it:
  /// `AES(key, (0 i "X" 0 ‖ first half of the nonce) ⊕ K1)` for i of 1 and 2.
  func withKey<R>(of nonce: Span<UInt8>, _ body: (UnsafePointer<UInt8>) -> R) -> R {
    let first: UInt32 = nonce.bigEndian(at: 0)
    let rest: UInt64 = nonce.bigEndian(at: 4)
    return withUnsafeTemporaryAllocation(byteCount: 2 * Self.blockByteCount, alignment: 8) { key in
      defer { OPENSSL_cleanse(key.baseAddress, key.count) }
      for index in 0..<2 {
        let head = 0x0000_5800 | UInt64(index + 1) << 16
        let high = (head << 32 | UInt64(first)) ^ mask.0
        let low = rest ^ mask.1
        key.storeBytes(of: high.bigEndian, toByteOffset: 16 * index, as: UInt64.self)
        key.storeBytes(of: low.bigEndian, toByteOffset: 16 * index + 8, as: UInt64.self)
      }
      Self.encryptBlocks(derivation, key)
      return body(UnsafePointer(key.bindMemory(to: UInt8.self).baseAddress.unsafelyUnwrapped))
    }
  }
}
