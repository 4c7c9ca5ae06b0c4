// SPDX-License-Identifier: Apache-2.0
// What we make of libcrypto's primitives, against published vectors.

import Kimberlite
import KimberliteCore
import Testing

/// The bytes of hex digits.
private func bytes(_ hex: String) -> [UInt8] {
  stride(from: 0, to: hex.utf8.count, by: 2).compactMap {
    UInt8(hex.dropFirst($0).prefix(2), radix: 16)
  }
}

private func secret(_ bytes: [UInt8]) -> SecretBytes {
  SecretBytes(count: bytes.count) { $0.copyBytes(from: bytes) }
}

private func contents(_ secret: SecretBytes) -> [UInt8] { secret.withUnsafeBytes { Array($0) } }

@Suite struct PrimitiveTests {
  @Test(arguments: [
    (UInt8(1), "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
    // In its derivation the top bit of L is set.
    (3, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
  ])
  func `XAES-256-GCM encrypts as c2sp.org says`(key: UInt8, associated: String, expected: String) {
    let cipher = Cipher(secret(Array(repeating: key, count: 32)))
    let nonce = Array("ABCDEFGHIJKLMNOPQRSTUVWX".utf8)
    let plain = Array("XAES-256-GCM".utf8)
    let associated = Array(associated.utf8)
    var sealed = ByteBuffer()
    cipher.seal(plain.span, with: associated.span, nonce: nonce, to: &sealed)
    #expect(sealed.array() == nonce + bytes(expected))

    var opened = ByteBuffer()
    #expect(cipher.open(sealed.span, with: associated.span, to: &opened))
    #expect(opened.array() == plain)
    let other = Array("another header".utf8)
    #expect(!cipher.open(sealed.span, with: other.span, to: &opened))
    for index in 0..<sealed.count {
      var spoilt = sealed.array()
      spoilt[index] ^= 1
      let isOpened = cipher.open(spoilt.span, with: associated.span, to: &opened)
      let short = Array(spoilt[..<index])
      #expect(!isOpened && !cipher.open(short.span, with: associated.span, to: &opened))
    }
    #expect(opened.array() == plain, "nothing was added")
  }

  @Test func `no two messages share a nonce, whatever they are`() {
    let cipher = Cipher(.random())
    var nonces: Set<[UInt8]> = []
    let none: [UInt8] = []
    for length in 0..<1000 {
      let plain = [UInt8](repeating: 7, count: length % 3)
      var sealed = ByteBuffer()
      cipher.seal(plain.span, with: none.span, to: &sealed)
      #expect(nonces.insert(Array(sealed.array()[..<24])).inserted)
      var opened = ByteBuffer()
      #expect(cipher.open(sealed.span, with: none.span, to: &opened))
      #expect(opened.array() == plain)
    }
  }

  @Test func `AES-256-KW wraps as RFC 3394 section 4.6 says`() throws {
    let wrapping = secret(Array(0..<32))
    let key = bytes("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
    let wrapped = bytes(
      "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21")
    #expect(KeyWrap.wrap(secret(key), under: wrapping) == wrapped)
    #expect(contents(try #require(KeyWrap.unwrap(wrapped, under: wrapping))) == key)
    for index in wrapped.indices {
      var spoilt = wrapped
      spoilt[index] ^= 0x80
      #expect(KeyWrap.unwrap(spoilt, under: wrapping) == nil)
      #expect(KeyWrap.unwrap(Array(wrapped[..<index]), under: wrapping) == nil)
    }
    #expect(KeyWrap.unwrap(wrapped, under: .random()) == nil)
  }

  @Test func `HKDF-SHA256 derives as RFC 5869 appendix A.3 would, and by its info`() {
    // A.3 has no info; ours always has one. These two are openssl's:
    // openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:0b×22 -kdfopt info:… HKDF
    let key = secret(Array(repeating: 0x0b, count: 22))
    #expect(
      contents(HKDF.derive(key, info: "kimberlite/view/v1"))
        == bytes("f4ced306bd5460a7b4c4a1ea4680e1f99621b332d613f28eb803d86c3930a9b3"))
    #expect(
      contents(HKDF.derive(key, info: "kimberlite/kek/v1|00"))
        == bytes("b6ddd398a4b702d394994cc21ecc0b9bf679db82efa84cdc25e6c7b0aad8080f"))
    #expect(!HKDF.derive(key, info: "a").isSame(as: HKDF.derive(key, info: "b")))
  }

  @Test func `a master key is 32 bytes or 64 hex digits, and nothing else`() throws {
    func id(_ bytes: [UInt8]) -> KeyID? { MasterKey(bytes.span)?.id }
    let raw = Array(UInt8(0)..<32)
    let key = try #require(id(raw))
    let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    for text in [hex, hex + "\n", hex + "\r\n", hex.uppercased()] {
      #expect(id(Array(text.utf8)) == key)
    }
    for text in ["", String(hex.dropLast()), hex + "0", hex + "\n\n", "g" + hex.dropFirst()] {
      #expect(id(Array(text.utf8)) == nil)
    }
    #expect(id(raw.dropLast()) == nil)
    #expect(id(raw + [10]) == nil)
  }

  @Test func `a keystore is read exactly as it was written`() throws {
    var keystore = Keystore(
      logID: testLogID, masterKey: KeyID(word: 0x00ab_cdef),
      logKeys: [.init(id: KeyID(word: 1), wrapped: Array(0..<40))])
    #expect(try Keystore(Array(keystore.text.utf8)) == keystore)
    keystore.logKeys.append(.init(id: KeyID(word: 2), wrapped: Array(1..<41)))
    keystore.signingSeed = Array(2..<42)
    let text = Array(keystore.text.utf8)
    #expect(try Keystore(text) == keystore)
    for index in text.indices {
      var spoilt = text
      spoilt[index] ^= 1
      #expect(throws: FormatError.self, "byte \(index)") { try Keystore(spoilt) }
      #expect(throws: FormatError.self) { try Keystore(Array(text[..<index])) }
    }
    #expect(throws: FormatError.self) { try Keystore(text + [10]) }
  }
}
