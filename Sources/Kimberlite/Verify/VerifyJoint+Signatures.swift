// SPDX-License-Identifier: Apache-2.0
// Who signed the checkpoints that a log is held against. kb-log(5), Checkpoint.

internal import KimberliteCore

extension VerifyJoint {
  /// The keys that checkpoints are checked with: those given, else those of the log.
  ///
  /// None in a log of the first version, whose checkpoints nobody signed.
  mutating func readKeys(_ given: [VerifierKey]?) throws(LogError) -> [VerifierKey] {
    if let given { return given }
    do {
      return try LogKeys(directory: directory).verifiers()
    } catch .damaged(let damage) {
      add(.checkpoint, damage)
      return []
    }
  }

  /// Checks who signed the log's own checkpoint.
  mutating func checkSignature(
    of stated: SignedCheckpoint, _ keys: [VerifierKey]
  ) throws(LogError) {
    if keys.isEmpty, stated.signatures.isEmpty { return }
    switch signer(of: stated, keys) {
    case .success(let key): report.signer = key
    case .failure(let what):
      // A writer that was stopped while it gave the log its first keys goes on the next time.
      let isBegun = keys.isEmpty ? try LogKeys(directory: directory).hasSigning() : false
      add(
        isBegun ? .note : .checkpoint,
        Damage(
          file: LogDirectory.checkpointName, offset: stated.checkpoint.size, what: what.what))
    }
  }

  /// Holds a checkpoint that was kept elsewhere against the records.
  mutating func compareKept(_ kept: SignedCheckpoint, _ keys: [VerifierKey]) {
    let file = "the checkpoint given"
    // One without signatures is as good as the place where it was kept.
    if !kept.signatures.isEmpty, !keys.isEmpty, case .failure(let what) = signer(of: kept, keys) {
      add(.checkpoint, Damage(file: file, what: what.what))
    }
    compare(kept.checkpoint, file: file, kind: .checkpoint)
  }

  private func signer(
    of stated: SignedCheckpoint, _ keys: [VerifierKey]
  ) -> Result<VerifierKey, FormatError> {
    if keys.isEmpty {
      return .failure(
        FormatError(
          at: 0, "it is signed, and there is no '\(LogKeys.verifierName)' to check it with"))
    }
    guard let signers = stated.signatures.isEmpty ? [] : stated.note.signers(among: keys) else {
      return .failure(FormatError(at: 0, "its signature is bad"))
    }
    guard let key = signers.first(where: { $0.name == stated.checkpoint.origin.text }) else {
      return .failure(FormatError(at: 0, "it is not signed with the log's key"))
    }
    return .success(key)
  }
}
