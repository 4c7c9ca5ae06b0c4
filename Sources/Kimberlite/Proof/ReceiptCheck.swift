// SPDX-License-Identifier: Apache-2.0
// Checks a receipt offline: no log, no network. kb-log(5), Receipt.

public import KimberliteCore

/// What a receipt proves.
public struct ProvenReceipt: Sendable {
  /// The record, and the event where the receipt is about one.
  public var record: ProvenRecord
  /// The record hash.
  public var hash: Digest
  /// The checkpoint that the record is in.
  public var checkpoint: SignedCheckpoint
  /// The keys, of those that were given, that signed it.
  public var signers: [VerifierKey]
}

/// Whether a receipt holds.
public enum ReceiptVerdict: Sendable {
  /// It proves this.
  case proven(ProvenReceipt)
  /// Checked, and bad; why.
  case refuted(String)

  /// Checks a receipt's text.
  ///
  /// `keys` are those of the log: one of them must have signed, under its own name. Throws where
  /// the text is no receipt.
  public init(_ text: String, keys: [VerifierKey]) throws(FormatError) {
    try self.init(text, keys: keys) { checkpoint, signers in
      signers.contains { $0.name == checkpoint.checkpoint.origin.text }
        ? nil : "the checkpoint is not signed with the key given"
    }
  }

  /// Checks a receipt's text.
  ///
  /// `objection` is what there is to say against a checkpoint and those of `keys` that signed it.
  public init(
    _ text: String, keys: [VerifierKey],
    objection: (SignedCheckpoint, [VerifierKey]) -> String?
  ) throws(FormatError) {
    let proof = try TlogProof(text: text)
    guard let extra = proof.extra else { throw FormatError(at: 0, "the receipt has no extra data") }
    let record = try ProvenRecord(extra: extra.span)
    let stated = try SignedCheckpoint(proof.note)
    let header = record.header
    guard header.logID == stated.checkpoint.logID, header.offset == proof.index else {
      self = .refuted("the record is another than the one of the proof")
      return
    }
    guard let signers = proof.note.signers(among: keys) else {
      self = .refuted("the checkpoint's signature is bad")
      return
    }
    if let what = objection(stated, signers) {
      self = .refuted(what)
      return
    }
    guard record.isConsistent else {
      self = .refuted("the event is not in the record")
      return
    }
    let hash = header.hash
    guard
      MerkleProof.verifiesInclusion(
        of: hash, index: proof.index, size: stated.checkpoint.size, proof: proof.path,
        root: stated.checkpoint.root)
    else {
      self = .refuted("the record is not in the checkpoint's tree")
      return
    }
    self = .proven(
      ProvenReceipt(record: record, hash: hash, checkpoint: stated, signers: signers))
  }
}
