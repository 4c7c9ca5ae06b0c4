// SPDX-License-Identifier: Apache-2.0
// Signs a log's checkpoints: one signer at a time, never two roots for one size, never backwards.
// kb-log(5), Checkpoint.

internal import KimberliteCore

/// Who signs the checkpoints of a log.
final class Notary: Sendable {
  let directory: LogDirectory
  let origin: LogOrigin
  private let key: SigningKey
  private let state: SignedState?
  /// What this user's signers have signed last under the origin.
  let lastSigned: SignedCheckpoint?
  /// Why that cannot be known, though something was kept.
  ///
  /// It is a second net, so nothing is refused for want of it; somebody should be told.
  let stateFault: String?

  /// A signer with the key of the log; `nil` where the key is not one of a log.
  init?(_ directory: LogDirectory, key: SigningKey, stateFolder: String?) {
    guard let origin = LogOrigin(text: key.verifier.name) else { return nil }
    self.directory = directory
    self.origin = origin
    self.key = key
    let state = stateFolder.map { SignedState(origin, in: $0, disk: directory.disk) }
    self.state = state
    do throws(LogError) {
      lastSigned = try state?.read()
      stateFault = nil
    } catch {
      lastSigned = nil
      stateFault = error.message
    }
  }

  /// The public half of the key.
  var verifier: VerifierKey { key.verifier }

  /// A checkpoint with a signature; whoever asks knows that no other root has this size.
  func sign(_ checkpoint: Checkpoint) -> SignedCheckpoint { key.sign(checkpoint) }

  /// States a size and root, all of it durable, unless a later one is stated already.
  ///
  /// Answers what is stated then. `isDurable`: waits until no crash can take it back.
  func publish(
    size: UInt64, root: Digest, isDurable: Bool
  ) throws(LogError) -> SignedCheckpoint {
    let keys = LogKeys(directory: directory)
    let lock = try directory.disk.waitForLock(keys.verifierPath)
    defer { withExtendedLifetime(lock) {} }
    // A branch may have begun while this waited.
    guard try keys.verifiers().first == verifier else {
      throw .noSigningKey(path: directory.path, why: "another key took the place of its own")
    }
    let stated = try directory.signedCheckpoint()
    if stated.checkpoint.origin == origin, stated.checkpoint.size >= size,
      stated.note.signers(among: [verifier]) == [verifier]
    {
      if stated.checkpoint.size == size, stated.checkpoint.root != root {
        throw .damaged(
          Damage(
            file: LogDirectory.checkpointName, offset: size,
            what: "it states another Merkle root of \(size.counted("record"))"))
      }
      if isDurable { try directory.disk.synchronizeDirectory(directory.path) }
      return stated
    }
    let signed = key.sign(Checkpoint(origin: origin, size: size, root: root))
    state?.write(signed)
    try directory.write(signed, isDurable: isDurable)
    return signed
  }
}
