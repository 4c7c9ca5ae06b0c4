// SPDX-License-Identifier: Apache-2.0
// The three hashes of RFC 6962 §2.1. The prefixes keep a node from passing as a leaf.

internal import CCrypto

extension Digest {
  /// SHA-256 of nothing: the root of the empty tree.
  public static let emptyRoot = Digest.hash([UInt8]().span)

  /// The hash of a leaf: `SHA-256(0x00 ‖ data)`.
  public static func leaf(_ data: Span<UInt8>) -> Digest {
    data.withUnsafeBufferPointer { data in
      Digest(words: kb_sha256_leaf(nil, data.baseAddress, data.count).word)
    }
  }

  /// The hash of a salted leaf: `SHA-256(0x00 ‖ salt ‖ data)`.
  public static func leaf(salt: Span<UInt8>, _ data: Span<UInt8>) -> Digest {
    precondition(salt.count == Salts.byteCount, "a salt has one length")
    return salt.withUnsafeBufferPointer { salt in
      data.withUnsafeBufferPointer { data in
        Digest(words: kb_sha256_leaf(salt.baseAddress, data.baseAddress, data.count).word)
      }
    }
  }

  /// The hash of an interior node: `SHA-256(0x01 ‖ left ‖ right)`.
  public static func node(_ left: Digest, _ right: Digest) -> Digest {
    Digest(words: kb_sha256_node(kb_digest(word: left.words), kb_digest(word: right.words)).word)
  }
}
