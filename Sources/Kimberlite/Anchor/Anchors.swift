// SPDX-License-Identifier: Apache-2.0
// Asks others to state something about a log's newest checkpoint. The requests go out by other
// programs: nothing here knows the network. kb-verify(1), Anchors.

public import KimberliteCore

/// What others state about a log: requests out, answers in.
public struct Anchors {
  let directory: LogDirectory
  let folder: AnchorFolder
  let trust: AnchorTrust
  private let stateFolder: String?

  /// The anchors of the log in a directory.
  ///
  /// `key`: of an encrypted log, whose signing key is wrapped under it. `stateFolder`: where what
  /// was signed last is kept outside the log; `nil`: nowhere.
  public init(
    directory path: String, disk: any Disk, trust: AnchorTrust = AnchorTrust(),
    key: MasterKey? = nil, stateFolder: String? = nil
  ) throws(DatabaseError) {
    directory = LogDirectory(path: path, disk: disk, key: key)
    folder = AnchorFolder(directory: directory)
    self.trust = trust
    self.stateFolder = stateFolder
    let directory = directory
    try DatabaseError.wrap { () throws(LogError) in try directory.requireLog() }
  }

  /// The request for a time stamp of the newest checkpoint, DER; keeps both.
  ///
  /// Asked again while the log did not grow, it is the same request.
  public func timeStampRequest() throws(DatabaseError) -> [UInt8] {
    let newest = try newest()
    return try DatabaseError.wrap { () throws(LogError) in
      try locked { () throws(LogError) in
        let kept = try folder.keep(newest)
        let size = kept.checkpoint.size
        if try folder.list().requests.contains(size) {
          let known = try folder.request(size)
          if known.digest == kept.stampedDigest { return known.der }
        }
        let request = TimeStampRequest(
          digest: kept.stampedDigest, random: Entropy.bytes(8).span.bigEndian(at: 0))
        try folder.write(request.der, size, .request)
        return request.der
      }
    }
  }

  /// The request for a witness's cosignature of the newest checkpoint; keeps the checkpoint.
  ///
  /// `seen` is the size that the witness has seen last; where it is not given, that of the newest
  /// checkpoint that anybody cosigned.
  public func witnessRequest(seen: UInt64?) throws(DatabaseError) -> WitnessRequest {
    let newest = try newest()
    let size = newest.checkpoint.size
    if let seen, seen > size {
      var error = DatabaseError(
        .data, "the witness has seen \(seen.counted("record")), the log holds \(size)")
      error.hint = "if the witness says so, the end of the log is missing"
      throw error
    }
    return try DatabaseError.wrap { () throws(LogError) in
      try locked { () throws(LogError) in
        let kept = try folder.keep(newest)
        let origin = kept.checkpoint.origin
        let old = if let seen { seen } else { try newestCosigned(origin) }
        var prover = Prover(directory)
        // What the witness has seen is what was kept of it, whatever the tree is now.
        let before =
          try folder.list().checkpoints.contains(old)
          ? folder.checkpoint(old).checkpoint
          : Checkpoint(origin: origin, size: old, root: prover.uncheckedRoot(of: old))
        guard let proof = try prover.consistency(from: before, to: kept.checkpoint) else {
          throw .damaged(
            Damage(
              file: LogDirectory.checkpointName, offset: size,
              what: "it does not go on from that of \(old.counted("record"))"))
        }
        return WitnessRequest(old: old, proof: proof, note: kept.published)
      }
    }
  }

  /// The size of the newest checkpoint of an origin that somebody cosigned; 0 where nobody did.
  private func newestCosigned(_ origin: LogOrigin) throws(LogError) -> UInt64 {
    for size in try folder.list().checkpoints.reversed() {
      let kept = try folder.checkpoint(size)
      if kept.checkpoint.origin == origin, !kept.foreignSignatures.isEmpty { return size }
    }
    return 0
  }

  /// A signed checkpoint of all records that there are.
  ///
  /// Who cannot sign asks about the newest that is signed.
  func newest() throws(DatabaseError) -> SignedCheckpoint {
    try DatabaseError.wrap { () throws(LogError) in
      let (end, _) = try LogReader(directory).end()
      do throws(LogError) {
        return try directory.checkpoint(covering: end.count, stateFolder: stateFolder)
      } catch {
        switch error {
        case .noSigningKey, .keyNeeded:
          let stated = try directory.signedCheckpoint()
          if stated.signatures.isEmpty { throw error }
          return stated
        default: throw error
        }
      }
    }
  }

  /// Runs changes that nobody else makes meanwhile, and tidies up after one who was stopped.
  func locked<R>(_ body: () throws(LogError) -> R) throws(LogError) -> R {
    let lock = try directory.disk.waitForLock(LogKeys(directory: directory).verifierPath)
    defer { withExtendedLifetime(lock) {} }
    for name in try folder.list().temporaries {
      try directory.disk.remove("\(directory.path)/\(name)")
    }
    return try body()
  }
}
