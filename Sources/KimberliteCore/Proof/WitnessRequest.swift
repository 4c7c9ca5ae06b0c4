// SPDX-License-Identifier: Apache-2.0

/// Asks a witness to cosign a checkpoint: the body of add-checkpoint, C2SP tlog-witness v1.0.0.
public struct WitnessRequest: Sendable, Equatable {
  /// The size that the witness has seen last; 0 where it has seen none.
  public var old: UInt64
  /// Why the checkpoint's tree continues that one; empty where `old` is 0 or its size.
  public var proof: [Digest]
  /// The checkpoint with the log's signatures.
  public var note: SignedNote

  /// A request of known parts.
  public init(old: UInt64, proof: [Digest], note: SignedNote) {
    self.old = old
    self.proof = proof
    self.note = note
  }

  /// The body to send.
  public var text: String {
    "old \(old)\n" + proof.map { Base64.encode($0.bytes) + "\n" }.joined() + "\n" + note.encoded
  }
}
