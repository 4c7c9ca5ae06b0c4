// SPDX-License-Identifier: Apache-2.0
// The key that signs a log's checkpoints. Its text is that of Go's sumdb/note:
// `PRIVATE+KEY+<name>+<key id>+<base64(kind ‖ seed)>`.

internal import CCrypto
public import KimberliteCore

/// An Ed25519 key that signs notes.
///
/// The seed is wiped from memory with the key.
public final class SigningKey: Sendable {
  /// The public half.
  public let verifier: VerifierKey
  /// The private half.
  let seed: SecretBytes

  private static let prefix = "PRIVATE+KEY+"

  /// The key of a seed of 32 bytes.
  package init(name: String, seed: SecretBytes) {
    self.seed = seed
    verifier = VerifierKey(
      name: name, algorithm: .ed25519, publicKey: Ed25519.publicKey(of: seed))
  }

  /// A new key.
  package convenience init(random name: String) {
    self.init(name: name, seed: .random(Ed25519.seedByteCount))
  }

  /// Reads the one line, without its end.
  ///
  /// The caller wipes the text.
  package convenience init(line: [UInt8]) throws(FormatError) {
    let parts = line.split(
      separator: UInt8(ascii: "+"), maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count == 5, line.starts(with: Self.prefix.utf8),
      let name = String(validating: parts[2], as: UTF8.self), VerifierKey.isName(name),
      var bytes = Base64.decode(String(decoding: parts[4], as: UTF8.self))
    else { throw FormatError(at: 0, "no signing key here") }
    defer { Self.wipe(&bytes) }
    guard bytes.count == 1 + Ed25519.seedByteCount,
      bytes[0] == VerifierKey.Algorithm.ed25519.rawValue
    else { throw FormatError(at: 0, "the signing key is not one of Ed25519") }
    self.init(
      name: name,
      seed: SecretBytes(count: Ed25519.seedByteCount) { $0.copyBytes(from: bytes[1...]) })
    guard VerifierKey.hex(verifier.id).utf8.elementsEqual(parts[3]) else {
      throw FormatError(at: 0, "the signing key has another key id")
    }
  }

  /// Lends the line, without its end, and wipes it.
  package func withLine<R, E: Error>(_ body: ([UInt8]) throws(E) -> R) throws(E) -> R {
    var bytes = [verifier.algorithm.rawValue] + seed.withUnsafeBytes { Array($0) }
    defer { Self.wipe(&bytes) }
    let head = "\(Self.prefix)\(verifier.name)+\(VerifierKey.hex(verifier.id))+"
    var line = Array((head + Base64.encode(bytes)).utf8)
    defer { Self.wipe(&line) }
    return try body(line)
  }

  /// Overwrites bytes, whether or not anybody reads them again.
  static func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { bytes in
      if let base = bytes.baseAddress { OPENSSL_cleanse(base, bytes.count) }
    }
  }

  /// A signature line for a text.
  package func sign(_ text: String) -> NoteSignature {
    NoteSignature(
      name: verifier.name, keyID: verifier.id,
      bytes: Ed25519.sign(Array(text.utf8), seed: seed))
  }

  /// A checkpoint of this key's log with its signature.
  package func sign(_ checkpoint: Checkpoint) -> SignedCheckpoint {
    precondition(checkpoint.origin.text == verifier.name, "a log signs its own checkpoints")
    let signed = SignedCheckpoint(checkpoint, signatures: [sign(checkpoint.text)])
    // A fault of the machine while it signs could give the key away.
    precondition(signed.note.signers(among: [verifier]) == [verifier], "the signature is good")
    return signed
  }
}
