// SPDX-License-Identifier: Apache-2.0
// The three hashes of RFC 6962 §2.1. The prefixes keep a node from passing as a leaf.

extension Digest {
  /// SHA-256 of nothing: the root of the empty tree.
  public static let emptyRoot = Digest.hash([UInt8]().span)

  /// The hash of a leaf: `SHA-256(0x00 ‖ data)`.
  public static func leaf(_ data: Span<UInt8>) -> Digest {
    data.withUnsafeBytes { data in
      hash(prefix: 0, data, UnsafeRawBufferPointer(start: nil, count: 0))
    }
  }

  /// The hash of a leaf in two parts: `SHA-256(0x00 ‖ first ‖ second)`.
  public static func leaf(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Digest {
    first.withUnsafeBytes { first in
      second.withUnsafeBytes { second in hash(prefix: 0, first, second) }
    }
  }

  /// The hash of an interior node: `SHA-256(0x01 ‖ left ‖ right)`.
  public static func node(_ left: Digest, _ right: Digest) -> Digest {
    let leftBytes = left.wordsInByteOrder
    let rightBytes = right.wordsInByteOrder
    return withUnsafeBytes(of: leftBytes) { leftBytes in
      withUnsafeBytes(of: rightBytes) { rightBytes in
        hash(prefix: 1, leftBytes, rightBytes)
      }
    }
  }

  private var wordsInByteOrder: (UInt64, UInt64, UInt64, UInt64) {
    (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
  }
}
