// SPDX-License-Identifier: Apache-2.0
// The file `keys` of an encrypted log: every key of it but the master key, wrapped. kb-log(5),
// Keystore.

package import KimberliteCore

/// What the keystore holds.
package struct Keystore: Equatable, Sendable {
  /// A key and who wraps it.
  package struct WrappedKey: Equatable, Sendable {
    package var id: KeyID
    package var wrapped: [UInt8]

    package init(id: KeyID, wrapped: [UInt8]) {
      self.id = id
      self.wrapped = wrapped
    }
  }

  package var logID: LogID
  /// The master key that the log keys are wrapped under.
  package var masterKey: KeyID
  /// The log key first; behind it an older one while segments are being encrypted anew.
  package var logKeys: [WrappedKey]
  /// The seed of the key that signs checkpoints, under the first log key.
  package var signingSeed: [UInt8]?

  static let name = "keys"
  /// Bytes of the longest keystore that is read.
  static let byteCountMax = 4096
  private static let headline = "kimberlite keys 1"
  private static let logKeysMax = 2

  /// The text, with a checksum at its end.
  package var text: String {
    var lines = [Self.headline, "log \(logID.hex)", "master \(masterKey.hex)"]
    lines += logKeys.map { "key \($0.id.hex) \(Hex.encode($0.wrapped))" }
    if let signingSeed { lines.append("signing \(Hex.encode(signingSeed))") }
    let text = lines.map { $0 + "\n" }.joined()
    return text + "crc \(KeyID(word: CRC32C.of(Array(text.utf8).span)).hex)\n"
  }

  package init(logID: LogID, masterKey: KeyID, logKeys: [WrappedKey]) {
    self.logID = logID
    self.masterKey = masterKey
    self.logKeys = logKeys
  }

  /// Reads a text; anything that `text` would not write is refused.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FormatError(at: 0, "the keystore is not text")
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    guard lines.popFirst() == Self.headline[...] else {
      throw FormatError(at: 0, "no keystore here, or one of another version")
    }
    guard let log = Self.words("log", 1, &lines)?.first.flatMap({ LogID(hex: $0) }),
      let master = Self.words("master", 1, &lines)?.first.flatMap({ KeyID(hex: $0) })
    else { throw FormatError(at: 0, "the keystore does not say its log and master key") }
    self.init(logID: log, masterKey: master, logKeys: [])
    while let words = Self.words("key", 2, &lines) {
      guard let id = KeyID(hex: words[0]), let wrapped = Self.wrapped(words[1]) else {
        throw FormatError(at: 0, "a log key of the keystore is malformed")
      }
      logKeys.append(WrappedKey(id: id, wrapped: wrapped))
    }
    signingSeed = Self.words("signing", 1, &lines)?.first.flatMap { Self.wrapped($0) }
    guard (1...Self.logKeysMax).contains(logKeys.count) else {
      throw FormatError(at: 0, "the keystore holds \(logKeys.count.counted("log key"))")
    }
    guard Array(self.text.utf8) == bytes else {
      throw FormatError(at: 0, "the keystore is not as it was written")
    }
  }

  /// The words of the next line if it begins with a name and has as many.
  private static func words(
    _ name: String, _ count: Int, _ lines: inout ArraySlice<Substring>
  ) -> [Substring]? {
    guard let words = lines.first?.split(separator: " ", omittingEmptySubsequences: false),
      words.count == count + 1, words[0] == name[...]
    else { return nil }
    lines.removeFirst()
    return Array(words.dropFirst())
  }

  private static func wrapped(_ digits: Substring) -> [UInt8]? {
    Hex.decode(digits).flatMap { $0.count == KeyBlock.wrappedByteCount ? $0 : nil }
  }
}

/// Lower-case hex digits.
enum Hex {
  static func encode(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The bytes of a text; `nil` unless `encode` would write it so.
  static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    return encode(bytes) == text ? bytes : nil
  }
}
