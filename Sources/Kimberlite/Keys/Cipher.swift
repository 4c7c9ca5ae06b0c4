// SPDX-License-Identifier: Apache-2.0
// XAES-256-GCM (c2sp.org/XAES-256-GCM) over libcrypto's AES: a random nonce of 192 bits, so that
// nothing that can go backwards (a size, an offset, a counter) decides about its uniqueness.

internal import CCrypto
package import KimberliteCore

/// Encrypts and decrypts under one key.
///
/// Used by one thread; contexts are kept, for making them costs as much as a short message.
package final class Cipher {
  static let nonceByteCount = 24
  static let tagByteCount = 16

  // Proof of nonisolated(unsafe): fetched once, never changed, counted by libcrypto with atomics.
  nonisolated(unsafe) private static let message = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)

  private let keys: MessageKeys
  private let content: OpaquePointer
  private lazy var nonces = NoncePool()
  /// What is lent.
  private var room = ByteBuffer()

  package init(_ key: SecretBytes) {
    keys = key.withUnsafeBytes { MessageKeys(of: $0) }
    guard let content = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory") }
    self.content = content
    guard EVP_CipherInit_ex2(content, Self.message, nil, nil, 1, nil) == 1 else {
      preconditionFailure("libcrypto refused AES-256")
    }
  }

  // It wipes the key that it holds.
  deinit { EVP_CIPHER_CTX_free(content) }

  // MARK: Messages

  /// Appends nonce, ciphertext and tag: `FrameHeader.envelopeByteCount` more than the plaintext.
  ///
  /// The nonce is a new one at each call, also for what was encrypted before.
  package func seal(
    _ plain: Span<UInt8>, with associated: Span<UInt8>, to output: inout ByteBuffer
  ) {
    seal(plain, with: associated, nonce: nonces.next(), to: &output)
  }

  /// As `seal(_:with:to:)`, under a nonce that the caller vouches for: one that is random, and
  /// never of two messages.
  package func seal(
    _ plain: Span<UInt8>, with associated: Span<UInt8>, nonce: [UInt8],
    to output: inout ByteBuffer
  ) {
    precondition(nonce.count == Self.nonceByteCount, "a nonce is 24 bytes")
    output.append(nonce)
    begin(nonce.span, with: associated, encrypts: true)
    output.append(room: plain.count + Self.tagByteCount) { room in
      let bytes = room.bindMemory(to: UInt8.self).baseAddress
      var written: Int32 = 0
      var rest: Int32 = 0
      let isDone = plain.withUnsafeBufferPointer { plain in
        EVP_EncryptUpdate(content, bytes, &written, plain.baseAddress, Int32(plain.count)) == 1
          && EVP_EncryptFinal_ex(content, bytes.map { $0 + Int(written) }, &rest) == 1
          && EVP_CIPHER_CTX_ctrl(
            content, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagByteCount),
            bytes.map { $0 + plain.count }) == 1
      }
      guard isDone, Int(written + rest) == plain.count else {
        preconditionFailure("libcrypto refused to encrypt")
      }
      return room.count
    }
  }

  /// Appends the plaintext of what `seal` made; appends nothing and answers false where key,
  /// associated data or bytes are not those.
  package func open(
    _ sealed: Span<UInt8>, with associated: Span<UInt8>, to output: inout ByteBuffer
  ) -> Bool {
    let count = sealed.count - Self.nonceByteCount - Self.tagByteCount
    guard count >= 0 else { return false }
    begin(sealed.extracting(0..<Self.nonceByteCount), with: associated, encrypts: false)
    var isGood = false
    let start = output.count
    output.append(room: count) { room in
      let bytes = room.bindMemory(to: UInt8.self).baseAddress
      var written: Int32 = 0
      var rest: Int32 = 0
      isGood = sealed.withUnsafeBufferPointer { sealed in
        let from = sealed.baseAddress.map { $0 + Self.nonceByteCount }
        // Not written to, in spite of its type.
        let tag = UnsafeMutablePointer(mutating: from.map { $0 + count })
        return EVP_DecryptUpdate(content, bytes, &written, from, Int32(count)) == 1
          && EVP_CIPHER_CTX_ctrl(
            content, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagByteCount), tag) == 1
          && EVP_DecryptFinal_ex(content, bytes.map { $0 + Int(written) }, &rest) == 1
      }
      // What is not authentic is nobody's to see.
      if !isGood { OPENSSL_cleanse(room.baseAddress, room.count) }
      return room.count
    }
    if !isGood { output.truncate(to: start) }
    return isGood
  }

  /// Lends what `seal` makes of a plaintext.
  func withSealed<R>(
    _ plain: Span<UInt8>, with associated: Span<UInt8>, _ body: (Span<UInt8>) -> R
  ) -> R {
    room.removeAll()
    seal(plain, with: associated, to: &room)
    return room.withSpan(0..<room.count, body)
  }

  /// Lends the plaintext of what `seal` made, and wipes it; `nil` where `open` refuses it.
  func withOpened<R>(
    _ sealed: Span<UInt8>, with associated: Span<UInt8>, _ body: (Span<UInt8>) -> R
  ) -> R? {
    room.removeAll()
    guard open(sealed, with: associated, to: &room) else { return nil }
    defer { room.wipe() }
    return room.withSpan(0..<room.count, body)
  }

  /// Takes a message's key, nonce and associated data.
  private func begin(_ nonce: Span<UInt8>, with associated: Span<UInt8>, encrypts: Bool) {
    let isDone = keys.withKey(of: nonce) { key in
      nonce.withUnsafeBufferPointer { nonce in
        EVP_CipherInit_ex2(
          content, nil, key, nonce.baseAddress.map { $0 + MessageKeys.prefixByteCount },
          encrypts ? 1 : 0, nil) == 1
      }
    }
    var written: Int32 = 0
    let isBound = associated.withUnsafeBufferPointer { bytes in
      bytes.isEmpty
        || EVP_CipherUpdate(content, nil, &written, bytes.baseAddress, Int32(bytes.count)) == 1
    }
    guard isDone, isBound else { preconditionFailure("libcrypto refused AES-256-GCM") }
  }
}

extension Cipher {
  /// Encrypts the bodies section of a block, which is the buffer from `start` on.
  func seal(
    _ sections: inout ByteBuffer, from start: Int, of block: BlockHeader, in log: LogID
  ) {
    var associated = ByteBuffer(capacity: 64)
    associated.append(associated: block, in: log)
    var sealed = ByteBuffer(capacity: Int(block.storedBodiesByteCount))
    seal(sections.span.extracting(start..<sections.count), with: associated.span, to: &sealed)
    sections.truncate(to: start)
    sealed.withUnsafeBytes { sections.append($0) }
  }
}

extension ByteBuffer {
  /// Drops all bytes and leaves nothing of them in memory.
  mutating func wipe() {
    let count = count
    removeAll()
    append(room: count) { room in
      OPENSSL_cleanse(room.baseAddress, room.count)
      return 0
    }
  }
}
