// SPDX-License-Identifier: Apache-2.0

internal import CCrypto

/// AES-256-KW (RFC 3394), by libcrypto: a key under a key, with 64 bits of integrity.
package enum KeyWrap {
  /// Bytes that wrapping adds.
  static let overhead = 8

  // Proof of nonisolated(unsafe): fetched once, never changed, counted by libcrypto with atomics.
  nonisolated(unsafe) private static let method = EVP_CIPHER_fetch(nil, "AES-256-WRAP", nil)

  /// Wraps a key of a multiple of eight bytes.
  package static func wrap(_ key: SecretBytes, under wrapping: SecretBytes) -> [UInt8] {
    let count = key.count + overhead
    return [UInt8](unsafeUninitializedCapacity: count) { output, filled in
      let written = key.withUnsafeBytes {
        run(encrypts: true, $0, under: wrapping, to: UnsafeMutableRawBufferPointer(output))
      }
      guard written == count else { preconditionFailure("libcrypto refused AES-256-KW") }
      filled = count
    }
  }

  /// The key that was wrapped; `nil` where another key wrapped it, or nobody did.
  package static func unwrap(_ wrapped: [UInt8], under wrapping: SecretBytes) -> SecretBytes? {
    guard wrapped.count > 2 * overhead, wrapped.count % overhead == 0 else { return nil }
    var written = 0
    let key = SecretBytes(count: wrapped.count - overhead) { output in
      written = wrapped.withUnsafeBytes { run(encrypts: false, $0, under: wrapping, to: output) }
    }
    return written == key.count ? key : nil
  }

  /// Answers how many bytes it wrote, 0 where it refuses the input.
  private static func run(
    encrypts: Bool, _ input: UnsafeRawBufferPointer, under key: SecretBytes,
    to output: UnsafeMutableRawBufferPointer
  ) -> Int {
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory") }
    defer { EVP_CIPHER_CTX_free(context) }
    let from = input.bindMemory(to: UInt8.self).baseAddress
    // libcrypto is given room for its eight bytes of integrity when it unwraps, too.
    return withUnsafeTemporaryAllocation(byteCount: input.count + overhead, alignment: 8) { room in
      defer { OPENSSL_cleanse(room.baseAddress, room.count) }
      var written: Int32 = 0
      let isDone = key.withUnsafeBytes { key in
        EVP_CipherInit_ex2(
          context, method, key.bindMemory(to: UInt8.self).baseAddress, nil, encrypts ? 1 : 0, nil)
          == 1
          && EVP_CipherUpdate(
            context, room.bindMemory(to: UInt8.self).baseAddress, &written, from,
            Int32(input.count)) == 1
      }
      guard isDone, written == output.count else { return 0 }
      output.copyMemory(from: UnsafeRawBufferPointer(rebasing: room[..<Int(written)]))
      return Int(written)
    }
  }
}
