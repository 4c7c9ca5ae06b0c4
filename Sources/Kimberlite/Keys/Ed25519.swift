// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032) by libcrypto.

internal import CCrypto
public import KimberliteCore

/// Signatures.
enum Ed25519 {
  /// Bytes of a seed, the private key.
  static let seedByteCount = 32
  private static let signatureByteCount = 64

  /// The public key of a seed.
  static func publicKey(of seed: SecretBytes) -> [UInt8] {
    let key = privateKey(seed)
    defer { EVP_PKEY_free(key) }
    var bytes = [UInt8](repeating: 0, count: 32)
    var count = bytes.count
    guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == bytes.count else {
      preconditionFailure("libcrypto gives no public key of Ed25519")
    }
    return bytes
  }

  /// The signature of a message.
  static func sign(_ message: [UInt8], seed: SecretBytes) -> [UInt8] {
    let key = privateKey(seed)
    defer { EVP_PKEY_free(key) }
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: signatureByteCount)
    var count = signature.count
    guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
      EVP_DigestSign(context, &signature, &count, message, message.count) == 1,
      count == signatureByteCount
    else { preconditionFailure("libcrypto refused to sign") }
    return signature
  }

  /// Whether a signature of a message was made with the private half of a public key.
  static func verifies(_ publicKey: [UInt8], _ signature: [UInt8], _ message: [UInt8]) -> Bool {
    guard publicKey.count == 32, signature.count == signatureByteCount,
      let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
    else { return false }
    defer { EVP_PKEY_free(key) }
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
    return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  /// libcrypto's copy, which it wipes when it is freed.
  private static func privateKey(_ seed: SecretBytes) -> OpaquePointer {
    precondition(seed.count == seedByteCount, "a seed is 32 bytes")
    let key = seed.withUnsafeBytes { seed in
      EVP_PKEY_new_raw_private_key(
        EVP_PKEY_ED25519, nil, seed.baseAddress?.assumingMemoryBound(to: UInt8.self), seed.count)
    }
    guard let key else { preconditionFailure("libcrypto refused a key of Ed25519") }
    return key
  }
}

extension SignedNote {
  /// Those of `keys` that signed the note; `nil` where a signature under one of them is bad.
  public func signers(among keys: [VerifierKey]) -> [VerifierKey]? {
    signers(among: keys, verifies: Ed25519.verifies)
  }
}
