// SPDX-License-Identifier: Apache-2.0

internal import CCrypto
package import KimberliteCore

/// HKDF-SHA256 (RFC 5869) without salt, by libcrypto.
package enum HKDF {
  /// `count` bytes derived from a key for one purpose, which `info` names.
  package static func derive(_ key: SecretBytes, info: String, count: Int = 32) -> SecretBytes {
    var info = info
    return info.withUTF8 { info in
      SecretBytes(count: count) { output in
        key.withUnsafeBytes { key in
          guard let from = key.baseAddress, let words = info.baseAddress,
            let to = output.bindMemory(to: UInt8.self).baseAddress,
            kb_hkdf_sha256(from, key.count, words, info.count, to, count) == 1
          else { preconditionFailure("libcrypto refused HKDF") }
        }
      }
    }
  }

  /// The public name of a key.
  package static func id(of key: SecretBytes) -> KeyID {
    derive(key, info: "kimberlite/key-id/v1", count: 4).withUnsafeBytes {
      KeyID(word: UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self)))
    }
  }
}
