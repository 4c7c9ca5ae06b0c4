// SPDX-License-Identifier: Apache-2.0
// Pages of one database, encrypted and authenticated, and the part of a write-ahead log's frames
// that SQLite computes from pages. Here are libcrypto's contexts and with them unsafe code; where
// the bytes stand in files is in CryptFile.swift, and in kb-log(5).
//
// A page is sealed by XAES-256-GCM (https://c2sp.org/XAES-256-GCM): the first half of its nonce of
// 24 bytes chooses a key for the second half. Page keys live for as long as a view, which may be
// written more often than the 2^32 times that random nonces of AES-GCM alone allow (NIST SP
// 800-38D §8.3). The first half is drawn anew for each opened database alone, so that keys, whose
// making costs a third of a page, are made once.

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
/// Used by one thread at a time.
final class PageCipher {
  static let pageBytes = 4096
  /// What SQLite leaves to us at a page's end: a nonce and a tag.
  static let reservedBytes = nonceBytes + 16
  /// What SQLite has of a page.
  static let contentBytes = pageBytes - reservedBytes
  /// The random bytes that make a database's keys its own.
  static let saltBytes = 16

  private static let nonceBytes = 24
  /// The key of XAES, then that of XTS.
  private static let keyBytes = 32 + 64
  /// So many pages are sealed under one key: two of their nonces are alike with a chance of 2^-37.
  private static let pagesPerKeyMax = 1 << 30
  /// Keys kept for opening: pages that were written through different connections lie mixed.
  private static let openingMax = 8

  /// A key and the half of the nonces that chooses it.
  private final class Subkey {
    let context: OpaquePointer
    var prefix = Prefix(head: 0, tail: 0)

    init?(encrypts: Bool) {
      guard let made = kb_cipher_new("AES-256-GCM", nil, encrypts ? 1 : 0) else { return nil }
      context = made
    }

    // libcrypto wipes what it frees.
    deinit { EVP_CIPHER_CTX_free(context) }
  }

  private struct Prefix: Equatable {
    var head: UInt64
    var tail: UInt32

    init(head: UInt64, tail: UInt32) { (self.head, self.tail) = (head, tail) }

    init(_ nonce: UnsafeRawPointer) {
      head = nonce.loadUnaligned(as: UInt64.self)
      tail = nonce.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
    }
  }

  /// Encrypts single blocks under the database's key: what subkeys are made of.
  private let blocks: OpaquePointer
  /// Encrypts and decrypts what is computed from pages.
  private let sums: (encrypting: OpaquePointer, decrypting: OpaquePointer)
  /// XAES's K1, two words as they lie in memory.
  private var mask: (UInt64, UInt64) = (0, 0)
  private let salt: (UInt64, UInt64)
  private var sealing: Subkey?
  private var sealedCount = 0
  private var opening: [Subkey] = []
  private var lastOpening = 0
  /// Random bytes not yet used.
  private var random: ArraySlice<UInt8> = []

  /// The cipher of the database with this salt of 16 bytes; `nil` where libcrypto refuses.
  init?(_ key: PageKey, salt: UnsafeRawPointer) {
    self.salt = salt.loadUnaligned(as: (UInt64, UInt64).self)
    let pages = UnsafeMutablePointer<UInt8>.allocate(capacity: Self.keyBytes)
    defer {
      OPENSSL_cleanse(pages, Self.keyBytes)
      pages.deallocate()
    }
    var info = "kimberlite/view/file/v1|" + Self.hex(salt)
    let isDerived = info.withUTF8 {
      kb_hkdf_sha256(
        key.bytes, PageKey.byteCount, $0.baseAddress.unsafelyUnwrapped, $0.count, pages,
        Self.keyBytes)
    }
    guard isDerived == 1, let blocks = kb_cipher_new("AES-256-ECB", pages, 1) else { return nil }
    guard let encrypting = kb_cipher_new("AES-256-XTS", pages + 32, 1) else {
      EVP_CIPHER_CTX_free(blocks)
      return nil
    }
    guard let decrypting = kb_cipher_new("AES-256-XTS", pages + 32, 0) else {
      EVP_CIPHER_CTX_free(blocks)
      EVP_CIPHER_CTX_free(encrypting)
      return nil
    }
    self.blocks = blocks
    sums = (encrypting, decrypting)
    if !makeMask() { return nil }
  }

  deinit {
    EVP_CIPHER_CTX_free(blocks)
    EVP_CIPHER_CTX_free(sums.encrypting)
    EVP_CIPHER_CTX_free(sums.decrypting)
    withUnsafeMutableBytes(of: &mask) { OPENSSL_cleanse($0.baseAddress, $0.count) }
  }

  private static func hex(_ salt: UnsafeRawPointer) -> String {
    UnsafeRawBufferPointer(start: salt, count: saltBytes)
      .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
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

  /// Seals a page into another place in memory, from its byte `first` on; false where libcrypto
  /// refuses.
  func seal(
    _ page: UnsafeRawPointer, from first: Int = 0, at place: PagePlace,
    into sealed: UnsafeMutableRawPointer
  ) -> Bool {
    guard let subkey = sealingSubkey() else { return false }
    let nonce = sealed + Self.contentBytes
    nonce.storeBytes(of: subkey.prefix.head, as: UInt64.self)
    nonce.storeBytes(of: subkey.prefix.tail, toByteOffset: 8, as: UInt32.self)
    draw(12, into: nonce + 12)
    sealedCount += 1
    return withUnsafeBytes(of: place) {
      kb_gcm_seal(
        subkey.context, (nonce + 12).assumingMemoryBound(to: UInt8.self),
        $0.baseAddress.unsafelyUnwrapped, Int32($0.count), page + first,
        Int32(Self.contentBytes - first), sealed + first, nonce + Self.nonceBytes) == 1
    }
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
    var isOpen = false
    if let subkey = openingSubkey(Prefix(nonce)) {
      isOpen = withUnsafeBytes(of: place) {
        kb_gcm_open(
          subkey.context, (nonce + 12).assumingMemoryBound(to: UInt8.self),
          $0.baseAddress.unsafelyUnwrapped, Int32($0.count), sealed + first,
          Int32(Self.contentBytes - first), page + first, nonce + Self.nonceBytes) == 1
      }
    }
    let rest = isOpen ? Self.contentBytes : 0
    memset(page + rest, 0, Self.pageBytes - rest)
    return isOpen
  }

  // MARK: Sums

  /// Encrypts a frame's salts and checksums, 16 bytes, in place; false where libcrypto refuses.
  ///
  /// SQLite computes them from pages: in the clear they would confirm a guess. They are of one
  /// block and often written again at the same place, so this cipher has no nonce but the place.
  func encryptSums(_ sums: UnsafeMutableRawPointer, at position: Int64) -> Bool {
    cipherSums(self.sums.encrypting, sums, position)
  }

  /// Decrypts a frame's salts and checksums in place.
  func decryptSums(_ sums: UnsafeMutableRawPointer, at position: Int64) -> Bool {
    cipherSums(self.sums.decrypting, sums, position)
  }

  private func cipherSums(
    _ context: OpaquePointer, _ sums: UnsafeMutableRawPointer, _ position: Int64
  ) -> Bool {
    withUnsafeBytes(of: (UInt64(0), UInt64(position).bigEndian)) {
      kb_cipher_blocks(
        context, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), sums, 16, sums) == 1
    }
  }

  // MARK: Subkeys

  private func sealingSubkey() -> Subkey? {
    if let sealing, sealedCount < Self.pagesPerKeyMax { return sealing }
    guard let subkey = sealing ?? Subkey(encrypts: true) else { return nil }
    var prefix = (UInt64(0), UInt32(0))
    withUnsafeMutableBytes(of: &prefix) { draw(12, into: $0.baseAddress.unsafelyUnwrapped) }
    guard choose(Prefix(head: prefix.0, tail: prefix.1), for: subkey) else { return nil }
    (sealing, sealedCount) = (subkey, 0)
    return subkey
  }

  private func openingSubkey(_ prefix: Prefix) -> Subkey? {
    if lastOpening < opening.count, opening[lastOpening].prefix == prefix {
      return opening[lastOpening]
    }
    if let known = opening.firstIndex(where: { $0.prefix == prefix }) {
      lastOpening = known
      return opening[known]
    }
    if opening.count < Self.openingMax {
      guard let made = Subkey(encrypts: false) else { return nil }
      lastOpening = opening.count
      opening.append(made)
    } else {
      lastOpening = (lastOpening + 1) % Self.openingMax
    }
    return choose(prefix, for: opening[lastOpening]) ? opening[lastOpening] : nil
  }

  /// K1 = L << 1, and 0x87 into the last byte where L began with a 1; L = AES(key, 0).
  private func makeMask() -> Bool {
    withUnsafeMutableBytes(of: &mask) {
      let block = $0.baseAddress.unsafelyUnwrapped
      guard kb_cipher_blocks(blocks, nil, block, 16, block) == 1 else { return false }
      let high = UInt64(bigEndian: block.load(as: UInt64.self))
      let low = UInt64(bigEndian: block.load(fromByteOffset: 8, as: UInt64.self))
      block.storeBytes(of: (high << 1 | low >> 63).bigEndian, as: UInt64.self)
      block.storeBytes(
        of: (low << 1 ^ (high >> 63) * 0x87).bigEndian, toByteOffset: 8, as: UInt64.self)
      return true
    }
  }

  /// Gives a subkey's context the key that a prefix chooses: AES(key, M1 ^ K1) || AES(key, M2 ^ K1)
  /// of M1 = 00 01 58 00 || prefix, M2 = 00 02 58 00 || prefix.
  private func choose(_ prefix: Prefix, for subkey: Subkey) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { buffer in
      let key = buffer.baseAddress.unsafelyUnwrapped
      defer { OPENSSL_cleanse(key, 32) }
      for half in 0..<2 {
        let block = key + 16 * half
        block.storeBytes(
          of: UInt32(half == 0 ? 0x0001_5800 : 0x0002_5800).bigEndian, as: UInt32.self)
        block.storeBytes(of: prefix.head, toByteOffset: 4, as: UInt64.self)
        block.storeBytes(of: prefix.tail, toByteOffset: 12, as: UInt32.self)
        block.storeBytes(of: block.load(as: UInt64.self) ^ mask.0, as: UInt64.self)
        block.storeBytes(
          of: block.load(fromByteOffset: 8, as: UInt64.self) ^ mask.1, toByteOffset: 8,
          as: UInt64.self)
      }
      subkey.prefix = prefix
      return kb_cipher_blocks(blocks, nil, key, 32, key) == 1
        && kb_gcm_key(subkey.context, key.assumingMemoryBound(to: UInt8.self)) == 1
    }
  }

  /// Takes random bytes that nobody else gets.
  private func draw(_ count: Int, into target: UnsafeMutableRawPointer) {
    if random.count < count { random = Entropy.bytes(252)[...] }
    random.prefix(count).withUnsafeBytes {
      target.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: count)
    }
    random = random.dropFirst(count)
  }
}
