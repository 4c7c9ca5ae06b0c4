// SPDX-License-Identifier: Apache-2.0
// Detached approvals of a purge plan: a second and third person sign its digest with keys that they
// have anyway. `ssh-keygen -Y sign -n kb-purge` makes an SSHSIG (OpenSSH, PROTOCOL.sshsig); any
// signer of C2SP notes makes a note.

internal import CCrypto
public import KimberliteCore

/// An approval: a signature over a plan's digest.
public struct Approval: Sendable {
  /// What an SSH signature must be made for: `ssh-keygen -Y sign -n kb-purge`.
  static let namespace = "kb-purge"
  /// Bytes of the longest approval that is read.
  public static let byteCountMax = 16 << 10

  private enum Form: Sendable {
    case ssh(SSHSignature)
    case note(SignedNote)
  }
  private let form: Form

  /// Reads an SSHSIG in its armour, or a signed note.
  public init(text: String) throws(FormatError) {
    form =
      text.hasPrefix(SSHSignature.begin)
      ? .ssh(try SSHSignature(armoured: text)) : .note(try SignedNote(text))
  }

  /// What is signed: the 64 hex digits of the digest and a newline; of a note the text is a line
  /// that says what it is, then these.
  static func message(_ digest: Digest) -> String { digest.hex + "\n" }

  /// Whether the owner of a key approves a plan.
  public func isBy(_ key: ApprovalKey, plan digest: Digest) -> Bool {
    switch form {
    case .ssh(let signature):
      key.form == .ssh
        && signature.isBy(key.publicKey, over: Array(Self.message(digest).utf8))
    case .note(let note):
      if key.form == .note, let verifier = try? VerifierKey(text: key.text) {
        note.text == "kimberlite/purge-plan\n\(Self.message(digest))"
          && note.signers(among: [verifier])?.isEmpty == false
      } else {
        false
      }
    }
  }
}

/// A signature in OpenSSH's SSHSIG format, by Ed25519.
struct SSHSignature: Sendable {
  static let begin = "-----BEGIN SSH SIGNATURE-----"
  private static let end = "-----END SSH SIGNATURE-----"
  private static let magic = Array("SSHSIG".utf8)
  private static let keyType = "ssh-ed25519"

  private let publicKey: [UInt8]
  private let namespace: String
  private let hash: String
  private let signature: [UInt8]

  init(armoured text: String) throws(FormatError) {
    var lines = text.split(separator: "\n").map(String.init)
    guard lines.count >= 3, lines.removeFirst() == Self.begin, lines.removeLast() == Self.end,
      let bytes = Base64.decode(lines.joined()), bytes.starts(with: Self.magic)
    else { throw FormatError(at: 0, "not an SSH signature") }
    var reader = SSHReader(Array(bytes.dropFirst(Self.magic.count)))
    guard reader.readNumber() == 1, let key = reader.readString(),
      let publicKey = Self.publicKey(of: key), let namespace = reader.readText(),
      reader.readString()?.isEmpty == true, let hash = reader.readText(),
      let blob = reader.readString(), reader.isAtEnd
    else { throw FormatError(at: 0, "not an SSH signature by a key of the kind ssh-ed25519") }
    var inner = SSHReader(blob)
    guard inner.readText() == Self.keyType, let signature = inner.readString(), inner.isAtEnd else {
      throw FormatError(at: 0, "not an SSH signature of the kind ssh-ed25519")
    }
    self.publicKey = publicKey
    self.namespace = namespace
    self.hash = hash
    self.signature = signature
  }

  private static func publicKey(of blob: [UInt8]) -> [UInt8]? {
    var reader = SSHReader(blob)
    guard reader.readText() == keyType, let key = reader.readString(), key.count == 32,
      reader.isAtEnd
    else { return nil }
    return key
  }

  /// Whether it is by this key, for purges, over this message.
  func isBy(_ key: [UInt8], over message: [UInt8]) -> Bool {
    guard key == publicKey, namespace == Approval.namespace else { return false }
    let digest: [UInt8]
    switch hash {
    case "sha256": digest = Digest.hash(message.span).bytes
    case "sha512":
      digest = [UInt8](unsafeUninitializedCapacity: 64) { bytes, count in
        SHA512(message, message.count, bytes.baseAddress)
        count = 64
      }
    default: return false
    }
    var signed = ByteBuffer()
    signed.append(Self.magic)
    for part in [Array(namespace.utf8), [], Array(hash.utf8), digest] {
      signed.append(bigEndian: UInt32(part.count))
      signed.append(part)
    }
    return Ed25519.verifies(publicKey, signature, signed.array())
  }
}

/// Reads the wire format of SSH: RFC 4251, section 5.
private struct SSHReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func readNumber() -> UInt32? {
    guard bytes.count - position >= 4 else { return nil }
    defer { position += 4 }
    return bytes.span.bigEndian(at: position)
  }

  mutating func readString() -> [UInt8]? {
    guard let count = readNumber(), Int(count) <= bytes.count - position else { return nil }
    defer { position += Int(count) }
    return Array(bytes[position..<position + Int(count)])
  }

  mutating func readText() -> String? {
    readString().flatMap { String(validating: $0, as: UTF8.self) }
  }
}
