// SPDX-License-Identifier: Apache-2.0
// C2SP signed-note v1.0.0, verifier keys: `<name>+<key id>+<base64(kind ‖ public key)>`.

/// The public half of a key that signs notes.
public struct VerifierKey: Sendable, Hashable {
  /// What a key signs, and how.
  public enum Algorithm: UInt8, Sendable {
    /// Ed25519 over the text of the note.
    case ed25519 = 1
    /// Ed25519 over a time and the text: C2SP tlog-cosignature v1.0.0.
    case cosignature = 4
    /// ML-DSA-44 over a time and the tree: C2SP tlog-cosignature v1.1.0. Kept, not checked.
    case mlDSA44 = 6

    /// Bytes of a public key.
    var keyByteCount: Int { self == .mlDSA44 ? 1312 : 32 }
  }

  /// Whose key it is: for a log its origin.
  public let name: String
  /// What it signs.
  public let algorithm: Algorithm
  /// The public key, 32 bytes for Ed25519.
  public let publicKey: [UInt8]
  /// The first four bytes of SHA-256(name ‖ newline ‖ kind ‖ public key).
  public let id: UInt32

  /// A key of known parts.
  public init(name: String, algorithm: Algorithm, publicKey: [UInt8]) {
    precondition(Self.isName(name), "the name of a key")
    precondition(publicKey.count == algorithm.keyByteCount, "bytes of a public key")
    self.name = name
    self.algorithm = algorithm
    self.publicKey = publicKey
    let named = Array(name.utf8) + [0x0a, algorithm.rawValue] + publicKey
    id = UInt32(Digest.hash(named.span).words.0 >> 32)
  }

  /// Reads the one line, without its end.
  public init(text: String) throws(FormatError) {
    let parts = text.unicodeScalars.split(
      separator: "+", maxSplits: 2, omittingEmptySubsequences: false
    ).map { String($0) }
    guard parts.count == 3, Self.isName(parts[0]) else {
      throw FormatError(at: 0, "no verifier key: it is <name>+<key id>+<key>")
    }
    let start = parts[0].utf8.count + parts[1].utf8.count + 2
    guard let bytes = Base64.decode(parts[2]), let kind = bytes.first else {
      throw FormatError(at: start, "the verifier key is not in base64")
    }
    guard let algorithm = Algorithm(rawValue: kind) else {
      throw FormatError(at: start, "a verifier key of unknown kind \(kind)")
    }
    guard bytes.count == 1 + algorithm.keyByteCount else {
      throw FormatError(at: start, "the verifier key is cut short or too long")
    }
    self.init(name: parts[0], algorithm: algorithm, publicKey: Array(bytes[1...]))
    guard parts[1] == Self.hex(id) else {
      throw FormatError(at: parts[0].utf8.count + 1, "the verifier key has another key id")
    }
  }

  /// Reads keys, one a line.
  public static func list(of text: String) throws(FormatError) -> [VerifierKey] {
    var keys: [VerifierKey] = []
    var position = 0
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      if !line.isEmpty {
        do {
          keys.append(try VerifierKey(text: String(decoding: line, as: UTF8.self)))
        } catch {
          throw FormatError(at: position + error.position, error.what)
        }
      }
      position += line.count + 1
    }
    if keys.isEmpty { throw FormatError(at: 0, "no verifier key here") }
    return keys
  }

  /// The line, without its end.
  public var text: String {
    "\(name)+\(Self.hex(id))+\(Base64.encode([algorithm.rawValue] + publicKey))"
  }

  /// Whether a text may name a key: not empty, no white space, no plus sign, nothing unprintable.
  public static func isName(_ text: String) -> Bool {
    !text.isEmpty
      && text.unicodeScalars.allSatisfy { scalar in
        scalar != "+" && scalar.value >= 0x20 && !scalar.properties.isWhitespace
      }
  }

  /// Eight lower-case hex digits.
  public static func hex(_ id: UInt32) -> String {
    let digits = String(id, radix: 16)
    return String(repeating: "0", count: 8 - digits.utf8.count) + digits
  }
}

extension VerifierKey.Algorithm {
  /// What a signature line of this kind signs; the inner `nil` where the line has a wrong length.
  ///
  /// The outer `nil`: this program does not check the kind.
  func signedMessage(
    of text: String, _ line: NoteSignature
  ) -> (signature: [UInt8], bytes: [UInt8])?? {
    switch self {
    case .ed25519:
      guard line.bytes.count == 64 else { return .some(nil) }
      return (line.bytes, Array(text.utf8))
    case .cosignature:
      guard let time = line.cosignatureTime else { return .some(nil) }
      return (Array(line.bytes[8...]), Array("cosignature/v1\ntime \(time)\n\(text)".utf8))
    case .mlDSA44: return nil
    }
  }
}

extension NoteSignature {
  /// When a cosigner saw the tree, seconds since 1970; `nil` where the line is no cosignature.
  public var cosignatureTime: UInt64? {
    guard bytes.count == 8 + 64 else { return nil }
    let time: UInt64 = bytes.span.bigEndian(at: 0)
    return time <= UInt64(Int64.max) ? time : nil
  }
}
