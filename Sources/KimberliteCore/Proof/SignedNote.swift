// SPDX-License-Identifier: Apache-2.0
// C2SP signed-note v1.0.0: a text and signatures of it, both directions. Which keys are trusted,
// and the cryptography, are the caller's.

/// A text with signature lines.
public struct SignedNote: Sendable, Equatable {
  /// What is signed: lines, the last one ended too.
  public let text: String
  /// The signature lines in their order, those of unknown keys and kinds too.
  public private(set) var signatures: [NoteSignature]

  /// Signature lines that a note has at most: C2SP asks for 16, other programs stop at 100.
  public static let signatureCountMax = 100

  /// A note of known parts.
  ///
  /// The text must be lines of printable UTF-8, each ended.
  public init(text: String, signatures: [NoteSignature]) {
    precondition(text.utf8.last == Self.newline, "a note's text ends its last line")
    precondition(signatures.count <= Self.signatureCountMax, "signatures of a note")
    self.text = text
    self.signatures = signatures
  }

  /// Reads a note; every spelling that `encoded` would not give is refused.
  public init(_ note: String) throws(FormatError) {
    let bytes = Array(note.utf8)
    if let position = bytes.firstIndex(where: { $0 < 0x20 && $0 != Self.newline }) {
      throw FormatError(at: position, "a control character in a signed note")
    }
    let blank = bytes.indices.dropLast().last { index in
      bytes[index] == Self.newline && bytes[index + 1] == Self.newline
    }
    guard let blank else {
      throw FormatError(at: bytes.count, "the note has no empty line and so no signature")
    }
    guard blank + 2 < bytes.count, bytes.last == Self.newline else {
      throw FormatError(at: bytes.count, "the note's last signature line is cut short")
    }
    var signatures: [NoteSignature] = []
    var position = blank + 2
    for line in bytes[position...].dropLast().split(
      separator: Self.newline, omittingEmptySubsequences: false)
    {
      guard signatures.count < Self.signatureCountMax else {
        throw FormatError(at: position, "more than \(Self.signatureCountMax) signatures")
      }
      guard let signature = NoteSignature(line: String(decoding: line, as: UTF8.self)) else {
        throw FormatError(at: position, "no signature line here")
      }
      signatures.append(signature)
      position += line.count + 1
    }
    self.init(
      text: String(decoding: bytes[...blank], as: UTF8.self), signatures: signatures)
  }

  /// The note as it is stored and sent.
  public var encoded: String { text + "\n" + signatures.map(\.line).joined() }

  /// Adds a signature line behind the others, unless it is there.
  public mutating func add(_ signature: NoteSignature) {
    if !signatures.contains(signature) { signatures.append(signature) }
  }

  /// Those of `keys` that signed the note; `nil` where a signature under one of them is bad.
  ///
  /// Lines of other keys are passed over, and so is a second line of a key that was seen.
  /// `verifies` is Ed25519 (RFC 8032): public key, signature, message.
  public func signers(
    among keys: [VerifierKey],
    verifies: (_ key: [UInt8], _ signature: [UInt8], _ message: [UInt8]) -> Bool
  ) -> [VerifierKey]? {
    var signers: [VerifierKey] = []
    for line in signatures {
      guard let key = keys.first(where: { $0.id == line.keyID && $0.name == line.name }),
        !signers.contains(key)
      else { continue }
      // What this program cannot check is as unknown as a key that nobody named.
      guard let message = key.algorithm.signedMessage(of: text, line) else { continue }
      guard let message = message, verifies(key.publicKey, message.signature, message.bytes) else {
        return nil
      }
      signers.append(key)
    }
    return signers
  }

  private static let newline = UInt8(ascii: "\n")
}

/// One signature line of a note.
public struct NoteSignature: Sendable, Equatable {
  /// The name of the key.
  public let name: String
  /// The first four bytes of the key's hash.
  public let keyID: UInt32
  /// What the kind of key wants there: 64 bytes for a plain Ed25519 signature.
  public let bytes: [UInt8]

  private static let dash = "\u{2014} "

  /// A signature of known parts.
  public init(name: String, keyID: UInt32, bytes: [UInt8]) {
    precondition(VerifierKey.isName(name) && !bytes.isEmpty, "parts of a signature line")
    self.name = name
    self.keyID = keyID
    self.bytes = bytes
  }

  /// Reads a line without its end; `nil` where it is none.
  public init?(line: String) {
    guard line.utf8.starts(with: Self.dash.utf8) else { return nil }
    let parts = line.unicodeScalars.dropFirst(2).split(
      separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, VerifierKey.isName(String(parts[0])),
      let bytes = Base64.decode(String(parts[1])), bytes.count >= 5
    else { return nil }
    name = String(parts[0])
    keyID = bytes.span.bigEndian(at: 0)
    self.bytes = Array(bytes[4...])
  }

  /// The line with its end.
  public var line: String {
    let id = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> (24 - 8 * UInt32($0))) }
    return "\(Self.dash)\(name) \(Base64.encode(id + bytes))\n"
  }
}
