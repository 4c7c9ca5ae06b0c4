// SPDX-License-Identifier: Apache-2.0
// Master key → key that wraps → log keys → data key of each segment. What the keystore holds is
// unwrapped when it is first needed, and again when a segment names a key that is not known.

internal import KimberliteCore
internal import Synchronization

/// The keys of one log, as far as the master key given opens them.
final class KeyRing: Sendable {
  private let path: String
  private let disk: any Disk
  private let master: MasterKey?
  private let opened = Mutex<OpenKeystore?>(nil)

  /// A keystore and what was wrapped in it.
  struct OpenKeystore: Sendable {
    var keystore: Keystore
    var logKeys: [KeyID: SecretBytes]

    /// The key that new data keys are wrapped under.
    var logKey: (id: KeyID, secret: SecretBytes) {
      let id = keystore.logKeys[0].id
      guard let secret = logKeys[id] else {
        preconditionFailure("an open keystore has all its log keys")
      }
      return (id, secret)
    }
  }

  /// The keys of the log in a directory; `nil` where none is given.
  init(of path: String, disk: any Disk, master: MasterKey?) {
    self.path = path
    self.disk = disk
    self.master = master
  }

  /// Whether a master key was given.
  var hasMaster: Bool { master != nil }

  /// Whether the log is encrypted.
  func isEncrypted() throws(LogError) -> Bool { try disk.exists("\(path)/\(Keystore.name)") }

  /// Throws unless the log is plain or the master key given is its own.
  func require() throws(LogError) {
    if try isEncrypted() { _ = try open(for: nil) }
  }

  /// Throws unless a log with this segment may have the keystore that is there, or not there.
  func requireKeystore(for segment: SegmentHeader) throws(LogError) {
    if try segment.isEncrypted == isEncrypted() { return }
    if segment.isEncrypted { throw damaged("the keystore is missing") }
    throw .damaged(
      LogDirectory.damage(
        segment.firstOffset, at: 9, "the log is encrypted, this segment is not"))
  }

  /// The data key of a segment; `nil` where it is not encrypted, or no key was given.
  func dataKey(of segment: SegmentHeader) throws(LogError) -> SecretBytes? {
    guard let block = segment.keyBlock, hasMaster else { return nil }
    let keys = try open(for: block.logKey)
    guard let logKey = keys.logKeys[block.logKey] else {
      throw .damaged(
        LogDirectory.damage(
          segment.firstOffset, at: SegmentHeader.fixedByteCount,
          "its log key \(block.logKey.hex) is not in the keystore"))
    }
    guard let key = KeyWrap.unwrap(block.wrappedKey, under: logKey) else {
      throw .damaged(
        LogDirectory.damage(
          segment.firstOffset, at: SegmentHeader.fixedByteCount + 4,
          "its data key cannot be unwrapped"))
    }
    return key
  }

  /// A new data key for a segment; `nil` where the log is not encrypted.
  func newDataKey() throws(LogError) -> (block: KeyBlock, secret: SecretBytes)? {
    guard try isEncrypted() else { return nil }
    let (id, logKey) = try open(for: nil).logKey
    let key = SecretBytes.random()
    return (KeyBlock(logKey: id, wrappedKey: KeyWrap.wrap(key, under: logKey)), key)
  }

  /// The key of the view's pages; `nil` where the log is not encrypted.
  func pageKey() throws(LogError) -> PageKey? {
    guard try isEncrypted() else { return nil }
    return PageKey(of: HKDF.derive(try open(for: nil).logKey.secret, info: "kimberlite/view/v1"))
  }

  /// What is thrown where a key is needed that was not given.
  func missing() throws(LogError) -> LogError {
    .keyNeeded(path: path, key: try read().masterKey.hex, given: master?.id.hex)
  }

  // MARK: The keystore

  /// The keystore, opened; read anew where a segment names a key that is not in it.
  func open(for wanted: KeyID?) throws(LogError) -> OpenKeystore {
    let known = opened.withLock { $0 }
    if let known, wanted == nil || known.logKeys[wanted ?? KeyID(word: 0)] != nil { return known }
    let keystore = try read()
    // Of a log key that is known already the wrapping does not matter: a rotation goes on while
    // readers have the old master key.
    let isKnown = known.map { known in keystore.logKeys.allSatisfy { known.logKeys[$0.id] != nil } }
    if let known, isKnown == true { return known }
    guard let master, master.id == keystore.masterKey else { throw try missing() }
    let made = try unwrap(keystore, with: master)
    opened.withLock { $0 = made }
    return made
  }

  private func unwrap(
    _ keystore: Keystore, with master: MasterKey
  ) throws(LogError) -> OpenKeystore {
    let wrapping = master.wrappingKey(of: keystore.logID)
    var logKeys: [KeyID: SecretBytes] = [:]
    for entry in keystore.logKeys {
      guard let key = KeyWrap.unwrap(entry.wrapped, under: wrapping), HKDF.id(of: key) == entry.id
      else { throw damaged("the log key \(entry.id.hex) cannot be unwrapped") }
      logKeys[entry.id] = key
    }
    return OpenKeystore(keystore: keystore, logKeys: logKeys)
  }

  private func damaged(_ what: String, at position: Int? = nil) -> LogError {
    .damaged(Damage(file: Keystore.name, position: position.map(UInt64.init), what: what))
  }

  /// Reads the keystore, wrapped as it is.
  func read() throws(LogError) -> Keystore {
    let file: any DiskFile
    do {
      file = try disk.open("\(path)/\(Keystore.name)", .read)
    } catch {
      if try !isEncrypted() { throw damaged("the keystore is missing") }
      throw error
    }
    var bytes = ByteBuffer()
    let count = try file.byteCount()
    if count > Keystore.byteCountMax { throw damaged("the keystore is too long") }
    try file.read(at: 0, count: Int(count), into: &bytes)
    do {
      return try Keystore(bytes.array())
    } catch {
      throw damaged(error.what)
    }
  }

  /// Replaces the keystore; the writer's lock is held.
  ///
  /// Durable when it returns, whole at any moment.
  func write(_ keystore: Keystore) throws(LogError) {
    let temporary = "\(path)/\(Keystore.name)\(LogDirectory.temporarySuffix)"
    var text = ByteBuffer()
    text.append(utf8: keystore.text)
    let file = try disk.open(temporary, .replace)
    try file.write(text.span, at: 0)
    try file.synchronize()
    try disk.rename(temporary, to: "\(path)/\(Keystore.name)")
    try disk.synchronizeDirectory(path)
    opened.withLock { $0 = nil }
  }

  /// Makes the keystore of a new log; without a master key a log that is not encrypted has none.
  func create(of log: LogID) throws(LogError) {
    guard let master else {
      // What an interrupted creation of an encrypted log left.
      return try isEncrypted() ? disk.remove("\(path)/\(Keystore.name)") : ()
    }
    let key = SecretBytes.random()
    let wrapped = KeyWrap.wrap(key, under: master.wrappingKey(of: log))
    try write(
      Keystore(
        logID: log, masterKey: master.id, logKeys: [.init(id: HKDF.id(of: key), wrapped: wrapped)]))
  }
}
