// SPDX-License-Identifier: Apache-2.0
// The keys that sign a log's checkpoints, as they lie in its directory. kb-log(5), Files.

internal import Glibc
internal import KimberliteCore

/// The verifier keys and the signing key of a log.
struct LogKeys: Sendable {
  let directory: LogDirectory

  static let verifierName = "vkey"
  static let signingName = "signing.key"
  private static let byteCountMax = 64 << 10

  var verifierPath: String { "\(directory.path)/\(Self.verifierName)" }
  private var signingPath: String { "\(directory.path)/\(Self.signingName)" }

  /// The verifier keys, that of the signing key first; none in a log of the first version.
  func verifiers() throws(LogError) -> [VerifierKey] {
    guard try directory.disk.exists(verifierPath) else { return [] }
    let bytes = try directory.disk.contents(of: verifierPath, limit: Self.byteCountMax) ?? []
    do {
      return try VerifierKey.list(of: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw .damaged(
        Damage(file: Self.verifierName, position: UInt64(error.position), what: error.what))
    }
  }

  /// The signing key; `nil` where it is not there.
  func signing() throws(LogError) -> SigningKey? {
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

  /// The signing key where it is there, may be read, and is the one that `vkey` names first.
  func usableSigning() throws(LogError) -> SigningKey? {
    do {
      guard let key = try signing() else { return nil }
      return try verifiers().first == key.verifier ? key : nil
    } catch .io(_, _, EACCES) {
      return nil
    }
  }

  /// The signing key of a writer: one is made for a log that has none yet.
  func require(_ logID: LogID) throws(LogError) -> SigningKey {
    let path = directory.path
    guard let key = try signing() else {
      guard try verifiers().isEmpty else {
        throw .noSigningKey(path: path, why: "it has no '\(Self.signingName)'")
      }
      return try create(LogOrigin(logID: logID))
    }
    let verifiers = try verifiers()
    if verifiers.first == key.verifier { return key }
    // Making the keys was interrupted between the two.
    if verifiers.isEmpty, key.verifier.name == LogOrigin(logID: logID).text {
      try write([key.verifier])
      return key
    }
    throw .noSigningKey(
      path: path, why: "'\(Self.signingName)' is not the key that '\(Self.verifierName)' names")
  }

  /// Makes a key for an origin; the verifier keys that are there stay behind it.
  func create(_ origin: LogOrigin) throws(LogError) -> SigningKey {
    let key = SigningKey(random: origin.text)
    let earlier = try verifiers()
    // In this order: no checkpoint needs a key that is not there.
    try key.withLine { (line) throws(LogError) in
      var bytes = line + [UInt8(ascii: "\n")]
      defer { SigningKey.wipe(&bytes) }
      try directory.disk.replace(signingPath, with: bytes.span)
    }
    try directory.disk.synchronizeDirectory(directory.path)
    try write([key.verifier] + earlier)
    return key
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
