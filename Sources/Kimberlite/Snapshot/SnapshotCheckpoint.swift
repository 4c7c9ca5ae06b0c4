// SPDX-License-Identifier: Apache-2.0
// The checkpoint of an archive: of exactly its records, signed wherever the log's are.

internal import KimberliteCore

/// Says where an archive ends, and has that signed.
struct SnapshotCheckpoint {
  private let reader: LogReader
  private var directory: LogDirectory { reader.directory }
  private let keys: LogKeys
  private let notary: Notary?

  /// For the log of a reader.
  ///
  /// Where its signing key may not be read, nothing new is signed.
  init(_ reader: LogReader) throws(LogError) {
    self.reader = reader
    keys = LogKeys(directory: reader.directory)
    notary = try keys.usableSigning().flatMap {
      Notary(reader.directory, key: $0, stateFolder: SignedState.defaultFolder)
    }
  }

  /// The checkpoint of an archive of all that is durable, of which `newest` is the end.
  ///
  /// It may be of more records, which a writer appended since; without the signing key it is the
  /// last one that the log has signed.
  func newest(_ newest: Head) throws(LogError) -> SignedCheckpoint {
    let edge = try reader.edge(at: newest.count)
    if let notary {
      return try notary.publish(size: newest.count, root: edge.tree.root, isDurable: false)
    }
    if try !keys.verifiers().isEmpty { return try directory.signedCheckpoint() }
    return unsigned(edge)
  }

  /// A checkpoint of the first records alone.
  func earlier(_ edge: LogEdge) throws(LogError) -> SignedCheckpoint {
    let stated = try directory.signedCheckpoint()
    if stated.checkpoint.size == edge.head.count {
      guard stated.checkpoint.root == edge.tree.root else { throw differs(edge) }
      return stated
    }
    guard let notary else {
      if try keys.verifiers().isEmpty { return unsigned(edge) }
      throw .noSigningKey(
        path: directory.path,
        why: "a checkpoint of \(edge.head.count.counted("record")) must be signed")
    }
    return try notary.restate(edge, before: stated)
  }

  private func unsigned(_ edge: LogEdge) -> SignedCheckpoint {
    SignedCheckpoint(
      Checkpoint(logID: reader.logID, size: edge.head.count, root: edge.tree.root),
      signatures: [])
  }

  private func differs(_ edge: LogEdge) -> LogError {
    .damaged(
      Damage(
        file: LogDirectory.checkpointName, offset: edge.head.count,
        what: "the Merkle root of \(edge.head.count.counted("record")) differs"))
  }
}

extension Notary {
  /// Signs a checkpoint of fewer records than one that is signed already, and continues it.
  ///
  /// It is stated nowhere in the log.
  func restate(_ edge: LogEdge, before stated: SignedCheckpoint) throws(LogError)
    -> SignedCheckpoint
  {
    let checkpoint = Checkpoint(origin: origin, size: edge.head.count, root: edge.tree.root)
    var prover = Prover(directory)
    // Whatever was signed of this size before: it had this root.
    guard stated.note.signers(among: [verifier]) == [verifier],
      try prover.consistency(from: checkpoint, to: stated.checkpoint) != nil
    else {
      throw .damaged(
        Damage(
          file: LogDirectory.checkpointName, offset: edge.head.count,
          what: "the log does not continue its first \(edge.head.count.counted("record"))"))
    }
    return sign(checkpoint)
  }
}
