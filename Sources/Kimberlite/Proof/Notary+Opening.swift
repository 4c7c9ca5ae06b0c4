// SPDX-License-Identifier: Apache-2.0
// What a writer asks before its first append: is this the log that was signed last, or an older
// copy of it? kb-log(5), Checkpoint.

internal import KimberliteCore

extension Notary {
  static let anchorsName = "anchors"
  private static let anchorSuffix = ".checkpoint"

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
      key = try keys.require(recovered.logID)
    }
    guard let notary = Notary(directory, key: key, stateFolder: options.stateFolder),
      notary.origin.logID == recovered.logID
    else { throw .noSigningKey(path: directory.path, why: "its key is of another log") }
    let end = Checkpoint(
      origin: notary.origin, size: recovered.head.count, root: recovered.tree.root)
    // The walk over the log's end has met the checkpoint that stands there.
    try notary.requireNothingLater(
      than: end, met: recovered.checkpoint, keys: try keys.verifiers())
    return notary
  }

  /// Refuses a log that does not continue what is known to be signed under its origin.
  ///
  /// `met`: a checkpoint that is known to be one of the log.
  func requireNothingLater(
    than end: Checkpoint, met: Checkpoint?, keys: [VerifierKey]
  ) throws(LogError) {
    let stated = met == nil ? try directory.signedCheckpoint() : nil
    for known in [stated, lastSigned, try newestAnchor(keys)] {
      guard let known = known?.checkpoint, known.origin == origin else { continue }
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
    let folder = "\(directory.path)/\(Self.anchorsName)"
    guard try directory.disk.exists(folder) else { return nil }
    let sizes = try directory.disk.list(folder).compactMap { name in
      name.hasSuffix(Self.anchorSuffix)
        ? UInt64(name.dropLast(Self.anchorSuffix.utf8.count)) : nil
    }
    for size in sizes.sorted(by: >) {
      let path = "\(folder)/\(size)\(Self.anchorSuffix)"
      guard try directory.disk.exists(path),
        let bytes = try directory.disk.contents(of: path, limit: Checkpoint.byteCountMax),
        let anchor = try? SignedCheckpoint(text: String(decoding: bytes, as: UTF8.self)),
        anchor.checkpoint.origin == origin, anchor.note.signers(among: keys)?.isEmpty == false
      else { continue }
      return anchor
    }
    return nil
  }
}
