// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4), by libcrypto.

internal import CCrypto

/// A SHA-256 digest: 32 bytes.
public struct Digest: Sendable {
  /// The bytes as four words, first byte most significant: compared and copied without loops.
  public var words: (UInt64, UInt64, UInt64, UInt64)

  /// Bytes of a digest.
  public static let byteCount = 32

  /// All zero: the "previous hash" of the first record.
  public static let zero = Digest(words: (0, 0, 0, 0))

  init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// Reads 32 bytes at `offset`.
  public init(_ bytes: Span<UInt8>, at offset: Int = 0) {
    words = (
      bytes.bigEndian(at: offset), bytes.bigEndian(at: offset + 8),
      bytes.bigEndian(at: offset + 16), bytes.bigEndian(at: offset + 24)
    )
  }

  /// SHA-256 of bytes.
  public static func hash(_ bytes: Span<UInt8>) -> Digest {
    bytes.withUnsafeBufferPointer { bytes in
      withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { out in
        guard let digest = out.baseAddress else { preconditionFailure("32 bytes have a place") }
        kb_sha256_plain(
          bytes.baseAddress, bytes.count, digest.assumingMemoryBound(to: UInt8.self))
        return Digest(loading: UnsafeRawBufferPointer(out))
      }
    }
  }

  private init(loading raw: UnsafeRawBufferPointer) {
    words = (
      UInt64(bigEndian: raw.load(fromByteOffset: 0, as: UInt64.self)),
      UInt64(bigEndian: raw.load(fromByteOffset: 8, as: UInt64.self)),
      UInt64(bigEndian: raw.load(fromByteOffset: 16, as: UInt64.self)),
      UInt64(bigEndian: raw.load(fromByteOffset: 24, as: UInt64.self))
    )
  }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
  }

  /// 64 lower-case hex digits.
  public var hex: String {
    [words.0, words.1, words.2, words.3].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }.joined()
  }
}

/// SHA-256 of bytes that come in pieces.
public struct RunningDigest {
  private var context = SHA256_CTX()

  /// Of no bytes yet.
  public init() { kb_sha256_begin(&context) }

  /// Continues with more bytes.
  public mutating func append(_ bytes: Span<UInt8>) {
    bytes.withUnsafeBufferPointer { kb_sha256_continue(&context, $0.baseAddress, $0.count) }
  }

  /// The digest of all bytes.
  public consuming func finish() -> Digest {
    let digest = kb_sha256_end(&context)
    return Digest(words: (digest.word.0, digest.word.1, digest.word.2, digest.word.3))
  }
}

extension Digest {
  /// Reads 64 lower-case hex digits.
  public init?(hex: some StringProtocol) {
    let digits = Array(hex.utf8)
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
      guard let byte = UInt8(pair, radix: 16), pair == pair.lowercased(), pair.first != "+" else {
        return nil
      }
      bytes.append(byte)
    }
    self.init(bytes.span)
  }
}

extension Digest: Equatable, Hashable {
  /// Whether two digests have the same bytes.
  public static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }
  /// Feeds a hasher; a digest's first word is as good as all.
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension ByteBuffer {
  /// Appends the 32 bytes of a digest.
  public mutating func append(_ digest: Digest) {
    append(bigEndian: digest.words.0)
    append(bigEndian: digest.words.1)
    append(bigEndian: digest.words.2)
    append(bigEndian: digest.words.3)
  }
}
