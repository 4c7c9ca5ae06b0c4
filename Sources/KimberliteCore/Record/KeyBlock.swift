// SPDX-License-Identifier: Apache-2.0
// The 64 bytes that follow the segment header where bodies are encrypted. kb-log(5), Key block.

/// The public name of a key: four bytes that are derived from it and tell nothing of it.
public struct KeyID: Sendable, Hashable {
  /// The four bytes, most significant first.
  public var word: UInt32

  /// A name of four bytes.
  public init(word: UInt32) { self.word = word }

  /// Reads 8 lower-case hex digits.
  public init?(hex: some StringProtocol) {
    guard hex.utf8.count == 8, let word = UInt32(hex, radix: 16) else { return nil }
    self.init(word: word)
    if self.hex != hex { return nil }
  }

  /// 8 lower-case hex digits.
  public var hex: String { VerifierKey.hex(word) }
}

/// The data key of a segment, wrapped by a log key.
public struct KeyBlock: Sendable, Equatable {
  /// The log key that wraps it.
  public var logKey: KeyID
  /// AES-256-KW of the data key: 40 bytes.
  public var wrappedKey: [UInt8]

  /// Bytes of an encoded key block.
  public static let byteCount = 64
  /// Bytes of a wrapped key.
  public static let wrappedByteCount = 40
  private static let checksumStart = 60

  /// A key block of known parts.
  public init(logKey: KeyID, wrappedKey: [UInt8]) {
    precondition(wrappedKey.count == Self.wrappedByteCount, "AES-256-KW adds eight bytes")
    self.logKey = logKey
    self.wrappedKey = wrappedKey
  }

  /// Decodes the 64 bytes at `start`, however few there are.
  init(_ bytes: Span<UInt8>, at start: Int) throws(FormatError) {
    guard bytes.count >= start + Self.byteCount else {
      throw FormatError(at: bytes.count, "the key block is cut short")
    }
    let end = start + Self.checksumStart
    guard CRC32C.of(bytes.extracting(start..<end)) == bytes.bigEndian(at: end, as: UInt32.self)
    else { throw FormatError(at: end, "the CRC of the key block differs") }
    logKey = KeyID(word: bytes.bigEndian(at: start))
    let reserved = start + 4 + Self.wrappedByteCount
    wrappedKey = bytes.extracting(start + 4..<reserved).array()
    try bytes.requireZero(reserved..<end)
  }
}

extension ByteBuffer {
  /// Appends the 64 bytes of a key block.
  mutating func append(_ block: KeyBlock) {
    let start = count
    append(bigEndian: block.logKey.word)
    append(block.wrappedKey)
    append(zeros: 16)
    append(bigEndian: CRC32C.of(span.extracting(start..<count)))
  }
}
