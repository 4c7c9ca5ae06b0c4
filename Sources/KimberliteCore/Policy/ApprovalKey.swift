// SPDX-License-Identifier: Apache-2.0
// The public keys of those who approve a purge, in the two forms that people have: a line of an
// ssh-ed25519 .pub file (RFC 8709 §4) and a verifier key of a signed note (C2SP signed-note).

/// An Ed25519 public key as it was written.
public struct ApprovalKey: Sendable, Equatable {
  /// What form it has.
  public enum Form: Sendable, Equatable {
    /// `ssh-ed25519 AAAA… [comment]`
    case ssh
    /// `name+hash+base64`
    case note
  }

  /// The line.
  public let text: String
  /// The form of the line, and so of the signatures.
  public let form: Form
  /// The 32 bytes of the key.
  public let publicKey: [UInt8]
  /// The comment of an SSH key, which may be empty, or the name of a verifier key.
  public let name: String

  /// Reads a line; `nil` unless it is one of the two forms with an Ed25519 key.
  public init?(_ text: String) {
    guard text.utf8.count <= 4096, !text.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
      return nil
    }
    self.text = text
    if text.hasPrefix(Self.sshType + " ") {
      let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      guard let key = Self.sshKey(parts[1]) else { return nil }
      form = .ssh
      publicKey = key
      name = parts.count > 2 ? String(parts[2]) : ""
    } else {
      // What does not parse is no key: the answer is the same.
      guard let key = try? VerifierKey(text: text), key.algorithm == .ed25519 else { return nil }
      form = .note
      publicKey = key.publicKey
      name = key.name
    }
  }

  private static let sshType = "ssh-ed25519"
  private static let byteCount = 32

  /// The type and the key, each behind its length of four bytes: RFC 8709 §4.
  private static func sshKey(_ base64: Substring) -> [UInt8]? {
    let head = [0, 0, 0, UInt8(sshType.utf8.count)] + Array(sshType.utf8) + [0, 0, 0, 32]
    guard let bytes = Base64.decode(base64), bytes.count == head.count + byteCount,
      bytes.starts(with: head)
    else { return nil }
    return Array(bytes.suffix(byteCount))
  }
}
