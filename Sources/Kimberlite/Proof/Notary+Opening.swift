// SPDX-License-Identifier: Apache-2.0
// What a writer asks before its first append: is this the log that was signed last, or an older
// copy of it? kb-log(5), Checkpoint.

internal import KimberliteCore

extension Notary {
  /// The signer of a log that was just recovered.
  ///
  /// A log without keys gets them. Refuses a log that was set back, unless it starts a branch.
  static func open(
    _ directory: LogDirectory, after recovered: RecoveredLog, options: LogOptions
  ) throws(LogError) -> Notary {
    let keys = LogKeys(directory: directory)
    let key: SigningKey
    if options.startsBranch {
      let branch = UInt32(truncatingIfNeeded: options.nonce())
      key = try keys.create(LogOrigin(logID: recovered.logID, branch: branch))
    } else {
      key = try keys.require(for: recovered.checkpoint)
    }
    guard let notary = Notary(directory, key: key, stateFolder: options.stateFolder),
      notary.origin.logID == recovered.logID
    else { throw .noSigningKey(path: directory.path, why: "its key is of another log") }
    let end = Checkpoint(
      origin: notary.origin, size: recovered.head.count, root: recovered.tree.root)
    // The walk over the log's end has met the checkpoint that stands there.
    try notary.require(
      end, toContinue: try notary.known(keys.verifiers()), met: recovered.checkpoint)
    return notary
  }

  /// What is known to be signed under the origin: in the log, and outside of it.
  func known(_ keys: [VerifierKey]) throws(LogError) -> [Checkpoint] {
    let all = [try directory.signedCheckpoint(), lastSigned, try newestAnchor(keys)]
    return all.compactMap(\.self).filter { !$0.signatures.isEmpty }.map(\.checkpoint)
      .filter { $0.origin == origin }
  }

  /// Refuses a log, whose end is this, that does not continue what is known to be signed.
  ///
  /// `met`: a checkpoint that was compared already.
  func require(
    _ end: Checkpoint, toContinue known: [Checkpoint], met: Checkpoint?
  ) throws(LogError) {
    for known in known {
      if known == met || known == end { continue }
      guard known.size <= end.size else {
        throw .setBack(
          path: directory.path,
          why: "it has signed \(known.size.counted("record")), and holds \(end.size)")
      }
      var prover = Prover(directory)
      if try prover.consistency(from: known, to: end) != nil { continue }
      throw .setBack(
        path: directory.path,
        why: "it has signed another tree of its first \(known.size.counted("record"))")
    }
  }

  /// The anchored checkpoint of the most records that one of the keys signed under the origin.
  private func newestAnchor(_ keys: [VerifierKey]) throws(LogError) -> SignedCheckpoint? {
    let anchors = AnchorFolder(directory: directory)
    for size in try anchors.list().checkpoints.reversed() {
      do {
        let anchor = try anchors.checkpoint(size)
        if anchor.checkpoint.origin == origin, anchor.note.signers(among: keys)?.isEmpty == false {
          return anchor
        }
      } catch .damaged {
        // A damaged anchor is the verifier's business, and proves nothing.
        continue
      }
    }
    return nil
  }
}
