// SPDX-License-Identifier: Apache-2.0
// The keys that sign a log's checkpoints, as they lie in its directory. kb-log(5), Files.

internal import Glibc
package import KimberliteCore

/// The verifier keys and the signing key of a log.
package struct LogKeys: Sendable {
  let directory: LogDirectory

  package init(directory: LogDirectory) { self.directory = directory }

  static let verifierName = "vkey"
  static let signingName = "signing.key"
  private static let byteCountMax = 64 << 10

  var verifierPath: String { "\(directory.path)/\(Self.verifierName)" }
  private var signingPath: String { "\(directory.path)/\(Self.signingName)" }

  /// The verifier keys, that of the signing key first; none in a log of the first version.
  package func verifiers() throws(LogError) -> [VerifierKey] {
    guard try directory.disk.exists(verifierPath) else { return [] }
    let bytes = try directory.disk.contents(of: verifierPath, limit: Self.byteCountMax) ?? []
    do {
      return try VerifierKey.list(of: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw .damaged(
        Damage(file: Self.verifierName, position: UInt64(error.position), what: error.what))
    }
  }

  /// Whether there is a signing key, to be read or not.
  func hasSigning() throws(LogError) -> Bool {
    if try directory.keys.isEncrypted() { return try directory.keys.read().signingSeed != nil }
    return try directory.disk.exists(signingPath)
  }

  /// The signing key; `nil` where it is not there.
  ///
  /// In an encrypted log it is wrapped under the log key, for which the master key has to be given.
  func signing() throws(LogError) -> SigningKey? {
    if try directory.keys.isEncrypted() { return try wrappedSigning() }
    guard try directory.disk.exists(signingPath) else { return nil }
    var bytes = try directory.disk.contents(of: signingPath, limit: Self.byteCountMax) ?? []
    defer { SigningKey.wipe(&bytes) }
    do throws(FormatError) {
      guard bytes.popLast() == UInt8(ascii: "\n") else {
        throw FormatError(at: bytes.count, "the line is cut short")
      }
      return try SigningKey(line: bytes)
    } catch {
      throw .damaged(
        Damage(file: Self.signingName, position: UInt64(error.position), what: error.what))
    }
  }

  private func wrappedSigning() throws(LogError) -> SigningKey? {
    guard directory.keys.hasMaster else { return nil }
    let opened = try directory.keys.open(for: nil)
    guard let wrapped = opened.keystore.signingSeed else { return nil }
    guard let seed = KeyWrap.unwrap(wrapped, under: opened.logKey.secret) else {
      throw .damaged(Damage(file: Keystore.name, what: "the signing key cannot be unwrapped"))
    }
    let origin = LogOrigin(logID: opened.keystore.logID)
    return SigningKey(name: try verifiers().first?.name ?? origin.text, seed: seed)
  }

  /// The signing key where it is there, may be read, and is the one that `vkey` names first.
  package func usableSigning() throws(LogError) -> SigningKey? {
    do {
      guard let key = try signing() else { return nil }
      return try verifiers().first == key.verifier ? key : nil
    } catch .io(_, _, EACCES) {
      return nil
    }
  }

  /// The signing key of a writer: one is made for a log that has none yet, whose checkpoint this
  /// is.
  func require(for stated: Checkpoint) throws(LogError) -> SigningKey {
    let path = directory.path
    guard let key = try signing() else {
      guard try verifiers().isEmpty else {
        throw .noSigningKey(path: path, why: "it has no '\(Self.signingName)'")
      }
      let key = SigningKey(random: LogOrigin(logID: stated.logID).text)
      try write(key)
      return try begin(key, stated)
    }
    let verifiers = try verifiers()
    if verifiers.first == key.verifier { return key }
    // Making the keys was interrupted between the two.
    if verifiers.isEmpty, key.verifier.name == LogOrigin(logID: stated.logID).text {
      return try begin(key, stated)
    }
    throw .noSigningKey(
      path: path, why: "'\(Self.signingName)' is not the key that '\(Self.verifierName)' names")
  }

  /// Signs the checkpoint of a log that begins to have a key.
  ///
  /// In this order: in a log with a verifier key a checkpoint that nobody signed is damage.
  private func begin(_ key: SigningKey, _ stated: Checkpoint) throws(LogError) -> SigningKey {
    try directory.write(key.sign(stated), isDurable: true)
    try write([key.verifier])
    return key
  }

  /// Makes a key for an origin; the verifier keys that are there stay behind it.
  func create(_ origin: LogOrigin) throws(LogError) -> SigningKey {
    let key = SigningKey(random: origin.text)
    let earlier = try verifiers()
    // In this order: no checkpoint needs a key that is not there.
    try write(key)
    try write([key.verifier] + earlier)
    return key
  }

  /// Adds keys, of whom receipts from elsewhere are signed, behind those that are there.
  func add(_ keys: [VerifierKey]) throws(LogError) {
    let known = try verifiers()
    let new = keys.filter { !known.contains($0) }
    if !new.isEmpty { try write(known + new) }
  }

  private func write(_ key: SigningKey) throws(LogError) {
    if try directory.keys.isEncrypted() {
      let opened = try directory.keys.open(for: nil)
      var keystore = opened.keystore
      keystore.signingSeed = KeyWrap.wrap(key.seed, under: opened.logKey.secret)
      return try directory.keys.write(keystore)
    }
    try key.withLine { (line) throws(LogError) in
      var bytes = line + [UInt8(ascii: "\n")]
      defer { SigningKey.wipe(&bytes) }
      try directory.disk.replace(signingPath, with: bytes.span)
    }
    try directory.disk.synchronizeDirectory(directory.path)
  }

  /// Replaces the verifier keys, when nobody signs.
  private func write(_ keys: [VerifierKey]) throws(LogError) {
    let lock =
      try directory.disk.exists(verifierPath) ? directory.disk.waitForLock(verifierPath) : nil
    defer { withExtendedLifetime(lock) {} }
    let text = Array(keys.map { $0.text + "\n" }.joined().utf8)
    try directory.disk.replace(verifierPath, with: text.span)
    try directory.disk.synchronizeDirectory(directory.path)
  }
}
