// SPDX-License-Identifier: Apache-2.0
// For those who must also lose that something was there: a new chain without the erased events and
// their leaves takes the place of the old one, which is put aside. kb-purge(1), --rechain.

internal import Glibc
public import KimberliteCore

/// Replaces the chain of a log.
public enum Rechaining {
  /// Writes the new chain of a log, puts the log that there was under the name `archive`, and the
  /// new one in its place, in one step.
  ///
  /// Whatever interrupts it, the log is the old one or the new one. `context`: who does it and why.
  ///
  /// Throws `data` where nothing is erased, `tryAgain` where a purge is not finished, `damaged`
  /// where the log is, `cannotCreate` where something has the name `archive`.
  public static func run(
    log path: String, archive: String, key: MasterKey? = nil, context: Context, jobs: Int = 1,
    stateFolder: String? = Writer.defaultStateFolder
  ) throws(DatabaseError) -> ChainLink {
    let directory = LogDirectory(path: try realPath(path), disk: PosixDisk(), key: key)
    let target = LogDirectory(path: archive, disk: PosixDisk(), key: key)
    guard try !(realPath(target.parentPath) + "/").hasPrefix(directory.path + "/") else {
      throw DatabaseError(.usage, "'\(archive)' lies in the log that is to be put there")
    }
    // Only who has the view knows what was acknowledged: what a killed writer left is tidied up.
    try Writer(opening: directory.path, key: key) { _ in }.close()
    // Held until the new log has the name: nothing is appended to the old one any more.
    let lock = try DatabaseError.wrap { () throws(LogError) in
      try PosixDisk().requireSameFileSystem(directory.parentPath, target.parentPath)
      return try directory.disk.lock(directory.lockPath)
    }
    defer { withExtendedLifetime(lock) {} }
    let reader = try DatabaseError.wrap { () throws(LogError) in try LogReader(directory) }
    let old = try DatabaseError.wrap { () throws(LogError) in
      try requireWhole(directory, jobs)
      let (end, _) = try reader.end()
      return try directory.checkpoint(covering: end.count, stateFolder: stateFolder).checkpoint
    }
    if let link = try DatabaseError.wrap({ () throws(LogError) in
      try interrupted(target, old: old, jobs)
    }) {
      return try DatabaseError.wrap { () throws(LogError) in
        try exchange(directory, target)
        return link
      }
    }
    let made = try DatabaseError.wrap { () throws(LogError) in
      try Restoration(of: archive, disk: PosixDisk(), key: key)
    }
    do throws(DatabaseError) {
      return try run(directory, reader, old, made, target, context, jobs, stateFolder)
    } catch {
      // The first failure is the one to tell of.
      try? made.abandon()
      throw error
    }
  }

  /// The path without links: it is the directory itself that gets another name.
  private static func realPath(_ path: String) throws(DatabaseError) -> String {
    guard let real = realpath(path, nil) else {
      throw DatabaseError(LogError.io(operation: "open", path: path, code: errno))
    }
    defer { free(real) }
    return String(cString: real)
  }

  /// The link of a new chain that was made whole and not put in the place of the old one.
  private static func interrupted(
    _ target: LogDirectory, old: Checkpoint, _ jobs: Int
  ) throws(LogError) -> ChainLink? {
    let folder = "\(target.path)/\(LogDirectory.chainsName)"
    guard try target.disk.exists(folder) else { return nil }
    for name in try target.disk.list(folder) {
      let bytes = try target.disk.contents(of: "\(folder)/\(name)", limit: Checkpoint.byteCountMax)
      guard let note = try? SignedNote(String(decoding: bytes ?? [], as: UTF8.self)),
        let link = try? ChainLink(text: note.text), link.chain.old == old,
        link.new == (try target.checkpoint())
      else { continue }
      try requireWhole(target, jobs)
      return link
    }
    return nil
  }

  /// Puts the new log in the place of the old one, and that under the name of the new one.
  private static func exchange(
    _ directory: LogDirectory, _ target: LogDirectory
  ) throws(LogError) {
    try PosixDisk().exchange(directory.path, target.path)
    for log in [directory, target] { try log.disk.synchronizeDirectory(log.parentPath) }
  }

  private static func run(
    _ directory: LogDirectory, _ reader: LogReader, _ old: Checkpoint, _ made: Restoration,
    _ target: LogDirectory, _ context: Context, _ jobs: Int, _ stateFolder: String?
  ) throws(DatabaseError) -> ChainLink {
    var options = LogOptions()
    options.key = made.key
    options.branch = .random(in: .min ... .max)
    options.stateFolder = stateFolder
    let log = try DatabaseError.wrap { () throws(LogError) in
      try made.makeLog(reader.logID, options)
    }
    let pageKey = try DatabaseError.wrap { () throws(LogError) in
      try made.directory.keys.pageKey()
    }
    let view = try View.scratch(
      in: made.directory.path, logID: reader.logID, pageKey: pageKey)
    var writer = try ChainWriter(reader, log, view)
    try writer.copy()
    guard let from = writer.from else {
      throw DatabaseError(
        .data, "nothing of '\(directory.path)' is erased, so its chain has nothing to leave behind")
    }
    let chain = Rechain(old: old, from: from)
    do throws(LogError) {
      try writer.finish(chain, context)
      try log.close()
      let link = ChainLink(chain: chain, new: try made.directory.checkpoint())
      try write(link, from: directory, to: made.directory)
      let accesses = try ChainSidecars(old: directory, new: made.directory)
        .copy(before: from)
      defer { withExtendedLifetime(accesses) {} }
      try requireWhole(made.directory, jobs)
      try made.publish()
      do throws(LogError) { try exchange(directory, target) } catch {
        // Two logs that go on in one chain would be worse than none.
        try? made.withdraw()
        throw error
      }
      return link
    } catch { throw DatabaseError(error) }
  }

  /// Throws where a log is damaged: no new chain covers that up.
  private static func requireWhole(_ directory: LogDirectory, _ jobs: Int) throws(LogError) {
    let report = try Verifier(directory, jobs: jobs).run()
    if let finding = report.findings.first(where: { $0.kind != .note }) {
      throw .damaged(finding.damage)
    }
    // An order names events by number, and the numbers go.
    if let pending = report.trail.pending.first {
      throw .unfinishedPurge(path: directory.path, order: pending.offset)
    }
  }

  /// Has both chains sign their link, and the new log keep the keys of the old one.
  private static func write(
    _ link: ChainLink, from old: LogDirectory, to new: LogDirectory
  ) throws(LogError) {
    var note = SignedNote(text: link.text, signatures: [])
    for directory in [old, new] {
      guard let key = try LogKeys(directory: directory).usableSigning() else {
        throw .noSigningKey(path: directory.path, why: "its key is not here")
      }
      note.add(key.sign(link.text))
    }
    let folder = "\(new.path)/\(LogDirectory.chainsName)"
    try new.disk.createDirectory(folder)
    try new.disk.replace(
      "\(folder)/\(link.new.size)\(LogDirectory.linkSuffix)", with: Array(note.encoded.utf8).span)
    try LogKeys(directory: new).add(try LogKeys(directory: old).verifiers())
  }
}
