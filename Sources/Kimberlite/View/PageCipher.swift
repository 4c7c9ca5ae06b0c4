// SPDX-License-Identifier: Apache-2.0
// Pages of one database, encrypted and authenticated, and the part of a write-ahead log's frames
// that SQLite computes from pages. Here are libcrypto's contexts and with them unsafe code; where
// the bytes stand in files is in CryptFile.swift, and in kb-log(5).
//
// A page is sealed by XAES-256-GCM, for a key of pages lives as long as a view, which may be
// written more often than the 2^32 times that random nonces of AES-GCM alone allow (NIST SP
// 800-38D §8.3). The half of the nonce that chooses a key is drawn anew only when a database is
// opened, so that keys, whose making costs a third of a page, are made once.

internal import CCrypto
internal import Glibc

/// Where a page stands: it opens at no other place.
struct PagePlace {
  private var page: UInt32
  private var databaseSize: UInt32
  private var frame: UInt64

  /// The page in the database file, counted from 1.
  init(page: UInt32) {
    self.page = page.bigEndian
    databaseSize = 0
    frame = 0
  }

  /// A frame's page: as its header begins, and where in the write-ahead log it stands.
  init(frame header: UnsafeRawPointer, at position: Int64) {
    page = header.loadUnaligned(as: UInt32.self)
    databaseSize = header.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
    frame = UInt64(position).bigEndian
  }
}

/// Seals and opens the pages of one database for one connection.
///
/// Used by one thread.
final class PageCipher {
  static let pageBytes = 4096
  /// What SQLite leaves to us at a page's end: a nonce and a tag.
  static let reservedBytes = Cipher.nonceByteCount + Cipher.tagByteCount
  /// What SQLite has of a page.
  static let contentBytes = pageBytes - reservedBytes
  /// The random bytes that make a database's keys its own.
  static let saltBytes = 16

  /// So many pages are sealed under one key: two of their nonces are alike with a chance of 2^-37.
  private static let pagesPerKeyMax = 1 << 30
  /// Keys kept for opening: pages that were written through different connections lie mixed.
  private static let openingMax = 8

  /// A key and the half of the nonces that chooses it.
  private final class Subkey {
    let context: OpaquePointer
    var prefix: Prefix

    init(_ prefix: Prefix, of keys: MessageKeys, encrypts: Bool) {
      context = PageCipher.context("AES-256-GCM", encrypts: encrypts)
      self.prefix = prefix
      choose(prefix, of: keys)
    }

    // libcrypto wipes what it frees.
    deinit { EVP_CIPHER_CTX_free(context) }

    func choose(_ prefix: Prefix, of keys: MessageKeys) {
      self.prefix = prefix
      let isTaken = prefix.withSpan { keys.withKey(of: $0) { kb_gcm_key(context, $0) } }
      precondition(isTaken == 1, "libcrypto refused AES-256-GCM")
    }
  }

  /// The first half of a nonce.
  private struct Prefix: Equatable {
    private var words: (UInt32, UInt32, UInt32)

    init(_ nonce: UnsafeRawPointer) {
      words = nonce.loadUnaligned(as: (UInt32, UInt32, UInt32).self)
    }

    static func == (a: Prefix, b: Prefix) -> Bool { a.words == b.words }

    func withSpan<R>(_ body: (Span<UInt8>) -> R) -> R {
      withUnsafeBytes(of: words) { body($0.bindMemory(to: UInt8.self).span) }
    }

    func put(_ nonce: UnsafeMutableRawPointer) {
      withUnsafeBytes(of: words) {
        nonce.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count)
      }
    }
  }

  private let salt: (UInt64, UInt64)
  private let keys: MessageKeys
  /// Encrypt and decrypt what is computed from pages.
  private let sums: (encrypting: OpaquePointer, decrypting: OpaquePointer)
  private var sealing: Subkey?
  private var sealedCount = 0
  private var opening: [Subkey] = []
  private var lastOpening = 0
  private lazy var nonces = NoncePool()

  /// The cipher of the database with this salt of 16 bytes.
  init(_ key: PageKey, salt: UnsafeRawPointer) {
    self.salt = salt.loadUnaligned(as: (UInt64, UInt64).self)
    let digits = UnsafeRawBufferPointer(start: salt, count: Self.saltBytes)
      .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    // The key of XAES, then that of XTS.
    let derived = HKDF.derive(
      key.secret, info: "kimberlite/view/file/v1|" + digits, count: 32 + 64)
    (keys, sums) = derived.withUnsafeBytes { bytes in
      let sums = bytes.bindMemory(to: UInt8.self).baseAddress.map { $0 + 32 }
      return (
        MessageKeys(of: UnsafeRawBufferPointer(rebasing: bytes[..<32])),
        (
          Self.context("AES-256-XTS", sums, encrypts: true),
          Self.context("AES-256-XTS", sums, encrypts: false)
        )
      )
    }
  }

  deinit {
    EVP_CIPHER_CTX_free(sums.encrypting)
    EVP_CIPHER_CTX_free(sums.decrypting)
  }

  private static func context(
    _ mode: String, _ key: UnsafePointer<UInt8>? = nil, encrypts: Bool
  ) -> OpaquePointer {
    guard let made = kb_cipher_new(mode, key, encrypts ? 1 : 0) else {
      preconditionFailure("libcrypto refused \(mode)")
    }
    return made
  }

  /// Whether this is the cipher of a database with that salt.
  func hasSalt(_ other: UnsafeRawPointer) -> Bool {
    salt == other.loadUnaligned(as: (UInt64, UInt64).self)
  }

  /// Puts the salt where a database begins.
  func putSalt(_ start: UnsafeMutableRawPointer) {
    start.storeBytes(of: salt.0, as: UInt64.self)
    start.storeBytes(of: salt.1, toByteOffset: 8, as: UInt64.self)
  }

  // MARK: Pages

  /// Seals a page into another place in memory, from its byte `first` on.
  func seal(
    _ page: UnsafeRawPointer, from first: Int = 0, at place: PagePlace,
    into sealed: UnsafeMutableRawPointer
  ) {
    let nonce = sealed + Self.contentBytes
    nonces.next().withUnsafeBytes {
      nonce.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count)
    }
    let subkey = sealingSubkey(Prefix(nonce))
    subkey.prefix.put(nonce)
    sealedCount += 1
    let isDone = withUnsafeBytes(of: place) {
      kb_gcm_seal(
        subkey.context, (nonce + MessageKeys.prefixByteCount).assumingMemoryBound(to: UInt8.self),
        $0.baseAddress.unsafelyUnwrapped, Int32($0.count), page + first,
        Int32(Self.contentBytes - first), sealed + first, nonce + Cipher.nonceByteCount)
    }
    precondition(isDone == 1, "libcrypto refused to encrypt")
  }

  /// Opens a page, in place or into another, from its byte `first` on.
  ///
  /// What was reserved becomes zero. False where it is not the page of this place that was sealed;
  /// then it is zero as a whole.
  func open(
    _ sealed: UnsafeRawPointer, from first: Int = 0, at place: PagePlace,
    into page: UnsafeMutableRawPointer
  ) -> Bool {
    let nonce = sealed + Self.contentBytes
    let subkey = openingSubkey(Prefix(nonce))
    let isOpen = withUnsafeBytes(of: place) {
      kb_gcm_open(
        subkey.context, (nonce + MessageKeys.prefixByteCount).assumingMemoryBound(to: UInt8.self),
        $0.baseAddress.unsafelyUnwrapped, Int32($0.count), sealed + first,
        Int32(Self.contentBytes - first), page + first, nonce + Cipher.nonceByteCount)
    }
    let rest = isOpen == 1 ? Self.contentBytes : 0
    memset(page + rest, 0, Self.pageBytes - rest)
    return isOpen == 1
  }

  /// The key for sealing, which `prefix` chooses where there is none or it is used up.
  private func sealingSubkey(_ prefix: Prefix) -> Subkey {
    if let sealing, sealedCount < Self.pagesPerKeyMax { return sealing }
    let made = Subkey(prefix, of: keys, encrypts: true)
    (sealing, sealedCount) = (made, 0)
    return made
  }

  private func openingSubkey(_ prefix: Prefix) -> Subkey {
    if lastOpening < opening.count, opening[lastOpening].prefix == prefix {
      return opening[lastOpening]
    }
    if let known = opening.firstIndex(where: { $0.prefix == prefix }) {
      lastOpening = known
    } else if opening.count < Self.openingMax {
      lastOpening = opening.count
      opening.append(Subkey(prefix, of: keys, encrypts: false))
    } else {
      lastOpening = (lastOpening + 1) % Self.openingMax
      opening[lastOpening].choose(prefix, of: keys)
    }
    return opening[lastOpening]
  }

  // MARK: Sums

  /// Encrypts a frame's salts and checksums, 16 bytes, in place.
  ///
  /// SQLite computes them from pages: in the clear they would confirm a guess. They are of one
  /// block and often written again at the same place, so this cipher has no nonce but the place.
  func encryptSums(_ sums: UnsafeMutableRawPointer, at position: Int64) {
    cipherSums(self.sums.encrypting, sums, position)
  }

  /// Decrypts a frame's salts and checksums in place.
  func decryptSums(_ sums: UnsafeMutableRawPointer, at position: Int64) {
    cipherSums(self.sums.decrypting, sums, position)
  }

  private func cipherSums(
    _ context: OpaquePointer, _ sums: UnsafeMutableRawPointer, _ position: Int64
  ) {
    let isDone = withUnsafeBytes(of: (UInt64(0), UInt64(position).bigEndian)) {
      kb_xts_block(context, $0.bindMemory(to: UInt8.self).baseAddress.unsafelyUnwrapped, sums)
    }
    precondition(isDone == 1, "libcrypto refused AES-256-XTS")
  }
}
