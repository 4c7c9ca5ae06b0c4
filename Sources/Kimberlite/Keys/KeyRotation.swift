// SPDX-License-Identifier: Apache-2.0
// Keys change without a hash changing. A rotation wraps the log key under another master key; a
// rekey makes a new log key and encrypts every segment anew. kb-log(5), Keystore.

internal import KimberliteCore

/// Changing the keys of an encrypted log; its writer's lock is held meanwhile, readers go on.
///
/// Both can be repeated after any interruption, until they come to their end.
public enum KeyRotation {
  /// Wraps the log key under another master key, which alone opens the log from then on.
  ///
  /// Answers false where it was wrapped under it already.
  @discardableResult
  public static func rotate(
    log path: String, disk: any Disk = PosixDisk(), from old: MasterKey, to new: MasterKey
  ) throws(LogError) -> Bool {
    let directory = LogDirectory(path: path, disk: disk, key: old)
    try directory.requireEncryptedLog()
    let lock = try disk.lock(directory.lockPath)
    defer { withExtendedLifetime(lock) {} }
    var keystore = try directory.keys.read()
    if keystore.masterKey == new.id {
      // Said by an earlier run; whether it is so, the key itself must say.
      try LogDirectory(path: path, disk: disk, key: new).keys.require()
      return false
    }
    let opened = try directory.keys.open(for: nil)
    let wrapping = new.wrappingKey(of: keystore.logID)
    keystore.masterKey = new.id
    keystore.logKeys = keystore.logKeys.map { entry in
      guard let key = opened.logKeys[entry.id] else {
        preconditionFailure("an open keystore has all its log keys")
      }
      return Keystore.WrappedKey(id: entry.id, wrapped: KeyWrap.wrap(key, under: wrapping))
    }
    try directory.keys.write(keystore)
    return true
  }

  /// Makes a new log key and encrypts every segment anew under new data keys; then the old log key
  /// is forgotten, and with it whatever copies of the old segments are left somewhere.
  ///
  /// What a killed writer left is tidied up first. The view is dropped: its page key is another.
  /// `progress` gets the bytes done and those to do.
  public static func rekey(
    log path: String, key: MasterKey,
    progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws(DatabaseError) {
    try DatabaseError.wrap { () throws(LogError) in
      try LogDirectory(path: path, disk: PosixDisk(), key: key).requireEncryptedLog()
    }
    // Only who has the view knows what was acknowledged.
    try Writer(opening: path, key: key) { _ in }.close()
    try DatabaseError.wrap { () throws(LogError) in
      try rekey(log: path, disk: PosixDisk(), key: key, progress: progress)
      guard try AccessLog.exists(in: path) else { return }
      // It has no view, and keys of its own.
      let accesses = AccessLog.path(in: path)
      var options = LogOptions()
      options.key = key
      try LogWriter(
        directory: accesses, disk: PosixDisk(), acknowledged: 0, options: options
      ).close()
      try rekey(log: accesses, disk: PosixDisk(), key: key)
    }
  }

  /// As `rekey(log:key:progress:)`, of a log whose last writer closed it.
  package static func rekey(
    log path: String, disk: any Disk, key: MasterKey,
    progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws(LogError) {
    let directory = LogDirectory(path: path, disk: disk, key: key)
    try directory.requireEncryptedLog()
    let lock = try disk.lock(directory.lockPath)
    defer { withExtendedLifetime(lock) {} }
    try directory.removeTemporaries()
    try beginRekey(directory, key)
    let logKey = try directory.keys.open(for: nil).logKey
    let segments = try directory.segments()
    var total: UInt64 = 0
    for first in segments {
      total += try disk.open(directory.segmentPath(first), .read).byteCount()
    }
    var done: UInt64 = 0
    for first in segments {
      let (file, header) = try directory.openSegment(first)
      if header.keyBlock?.logKey != logKey.id {
        try SegmentRekey(directory: directory, file: file, header: header).run()
      }
      done += try file.byteCount()
      progress(done, total)
    }
    // The names of the new files are durable before the keys of the old ones go.
    try disk.synchronizeDirectory(directory.segmentsPath)
    try directory.dropView()
    try endRekey(directory)
  }

  /// Puts a new log key before the old one, unless an earlier run did.
  private static func beginRekey(_ directory: LogDirectory, _ master: MasterKey) throws(LogError) {
    let opened = try directory.keys.open(for: nil)
    var keystore = opened.keystore
    if keystore.logKeys.count > 1 { return }
    let old = opened.logKey.secret
    let new = SecretBytes.random()
    let wrapping = master.wrappingKey(of: keystore.logID)
    keystore.logKeys.insert(
      Keystore.WrappedKey(id: HKDF.id(of: new), wrapped: KeyWrap.wrap(new, under: wrapping)), at: 0)
    if let wrapped = keystore.signingSeed {
      guard let seed = KeyWrap.unwrap(wrapped, under: old) else {
        throw .damaged(Damage(file: Keystore.name, what: "the signing key cannot be unwrapped"))
      }
      keystore.signingSeed = KeyWrap.wrap(seed, under: new)
    }
    try directory.keys.write(keystore)
  }

  /// Forgets the old log key.
  private static func endRekey(_ directory: LogDirectory) throws(LogError) {
    var keystore = try directory.keys.read()
    keystore.logKeys.removeSubrange(1...)
    try directory.keys.write(keystore)
  }
}

extension LogDirectory {
  /// Throws unless the directory is an encrypted log.
  fileprivate func requireEncryptedLog() throws(LogError) {
    try requireLog()
    if try !keys.isEncrypted() { throw .notEncrypted(path: path) }
  }

  /// Removes the view, which is computed anew from the log.
  fileprivate func dropView() throws(LogError) {
    for suffix in ["", "-wal", "-shm"] {
      let name = View.path(in: path) + suffix
      if try disk.exists(name) { try disk.remove(name) }
    }
    try disk.synchronizeDirectory(path)
  }
}
