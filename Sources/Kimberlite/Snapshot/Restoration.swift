// SPDX-License-Identifier: Apache-2.0
// A log that comes back from archives. It is made under a temporary name beside its own, verified
// and made durable there; then one rename makes it appear. kb-snapshot(1), Restoring.

internal import Glibc
package import KimberliteCore

/// A log that is being restored.
///
/// Whatever ends the process leaves nothing under the log's name; the next restoration removes what
/// it left beside it.
package final class Restoration {
  private let target: LogDirectory
  let directory: LogDirectory
  private let disk: any Disk
  let key: MasterKey?
  /// Held until the log has its name: it is the lock of its writers too.
  private let lock: any DiskFile
  /// Where it is made.
  package var path: String { directory.path }
  private var folders: Set<String> = []
  private var manifests: [SnapshotManifest] = []
  private var newest: SnapshotManifest? { manifests.last }
  private var checkpoints: [SignedCheckpoint] = []

  /// Begins, where nothing is yet.
  package init(of path: String, disk: any Disk, key: MasterKey?) throws(LogError) {
    target = LogDirectory(path: path, disk: disk)
    directory = LogDirectory(path: target.restorationPath, disk: disk, key: key)
    self.key = key
    self.disk = disk
    try Self.requireVacant(target)
    do throws(LogError) {
      if try !disk.exists(directory.path) { try disk.createDirectory(directory.path) }
      lock = try disk.lock(directory.lockPath)
    } catch {
      switch error {
      case .io(_, _, let code):
        throw .cannotCreate(path: path, why: String(cString: strerror(code)))
      case .locked: throw .locked(path: path)
      default: throw error
      }
    }
    // Whoever held the lock a moment ago may have restored it.
    try Self.requireVacant(target)
    try Self.empty(directory)
  }

  private static func requireVacant(_ target: LogDirectory) throws(LogError) {
    if try target.disk.exists(target.path) {
      throw .cannotCreate(path: target.path, why: String(cString: strerror(EEXIST)))
    }
  }

  /// Makes an empty log here, to be written instead of taken from archives.
  func makeLog(_ logID: LogID, _ options: LogOptions) throws(LogError) -> LogWriter {
    try LogWriter.make(in: directory, lock: lock, logID: logID, options: options)
  }

  // MARK: Archives

  /// A new file of the log, in place of one of that name of an archive before.
  ///
  /// The name is one that `ArchiveReading` let through.
  package func create(_ name: String) throws(LogError) -> any DiskFile {
    guard let name = SnapshotName(name) else {
      preconditionFailure("names are looked at before they get here")
    }
    for folder in name.folders where !folders.contains(folder) {
      let path = "\(directory.path)/\(folder)"
      if try !disk.exists(path) { try disk.createDirectory(path) }
      folders.insert(folder)
    }
    return try disk.open("\(directory.path)/\(name.text)", .replace)
  }

  /// Ends an archive, whose files are there: it must continue those before.
  package func add(_ manifest: SnapshotManifest, of path: String) throws(LogError) {
    if let newest {
      if manifest.logID != newest.logID {
        throw .unfit(what: "'\(path)' is of another log than the archives before it")
      }
      guard manifest.first <= newest.size, manifest.size >= newest.size else {
        throw .unfit(
          what:
            "'\(path)' holds records \(manifest.first) to \(manifest.size), which does not continue the \(newest.size.counted("record")) before it"
        )
      }
    } else if !manifest.isComplete {
      throw .unfit(
        what:
          "'\(path)' is an increment from record \(manifest.first) on: the archives before it come first"
      )
    }
    manifests.append(manifest)
    checkpoints.append(try directory.signedCheckpoint())
  }

  // MARK: The end

  /// Verifies what is there, ends it with the record that `until` says, erases what `purges`, a log
  /// that went on, knows to be erased, and gives it its name.
  ///
  /// Answers the end of the log and its root.
  package func finish(
    until: SnapshotBound?, purgesFrom later: LaterLog?, jobs: Int
  ) throws(LogError) -> (Head, Digest) {
    guard let newest else { preconditionFailure("there is no log without an archive") }
    // Whether something is to be erased, and a signing key of its own, take the key.
    try directory.keys.require()
    let report = try verify(jobs, checkpoints)
    guard report.logID == newest.logID, report.head == newest.head, report.root == newest.root
    else {
      throw .damagedSnapshot(path: target.path, what: "its records are not those of its manifest")
    }
    let reader = try LogReader(directory: directory.path, disk: disk, key: key)
    for manifest in manifests {
      let start = try reader.edge(at: manifest.first)
      guard manifest.before == start.tree, manifest.previous == start.head.hash else {
        throw .damagedSnapshot(
          path: target.path, what: "a manifest states other records before its first")
      }
    }
    let size = try until.map { (bound) throws(LogError) in
      try reader.count(upTo: bound, of: report.head)
    }
    let end = try reader.edge(at: size ?? report.head.count)
    let purges = try knownPurges(report, reader, end, later, jobs)
    let isCut = end.head.count < report.head.count
    if isCut { try cut(to: end.head.count) }
    try directory.keep(purges)
    let left = purges.erasures.before(end.head.count, without: report.holes)
    if !left.isEmpty { try erase(left, in: directory, at: end.head) }
    try branch(at: end)
    if isCut || !left.isEmpty || !purges.receipts.isEmpty {
      _ = try verify(jobs, checkpoints.filter { $0.checkpoint.size <= end.head.count })
    }
    try publish()
    return (end.head, end.tree.root)
  }

  /// What must not come back, by the log itself, what is cut from it, and a log that went on.
  private func knownPurges(
    _ report: VerifyReport, _ reader: LogReader, _ end: LogEdge, _ later: LaterLog?, _ jobs: Int
  ) throws(LogError) -> KnownPurges {
    var purges = KnownPurges(erasures: report.trail.erased)
    if end.head.count < report.head.count, let stated = checkpoints.last,
      !stated.signatures.isEmpty
    {
      purges.receipts = try reader.orders(
        from: end.head.count, among: report.trail.orders, stated: stated)
      try removeTree()
    }
    guard let later else { return purges }
    let known = try self.purges(
      in: later, jobs: jobs,
      after: Checkpoint(logID: reader.logID, size: end.head.count, root: end.tree.root))
    purges.erasures = Erasures(union: [purges.erasures, known.erasures])
    purges.receipts += known.receipts
    purges.verifiers = known.verifiers
    return purges
  }

  /// Removes the tree that proofs were made from: it is of more records than the log.
  private func removeTree() throws(LogError) {
    let path = "\(directory.path)/\(TreeFiles.name)"
    guard try disk.exists(path) else { return }
    for name in try disk.list(path) { try disk.remove("\(path)/\(name)") }
    try disk.removeDirectory(path)
  }

  private func verify(_ jobs: Int, _ since: [SignedCheckpoint]) throws(LogError) -> VerifyReport {
    var report = try Verifier(directory: directory.path, disk: disk, jobs: jobs, key: key)
      .run(after: LogEdge(), since: since) { _, _ in }
    let accesses = AccessLog.path(in: directory.path)
    if try disk.exists(accesses) {
      report.include(
        try Verifier(directory: accesses, disk: disk, jobs: jobs, key: key).run().findings,
        under: AccessLog.directoryName)
    }
    if let finding = report.findings.first(where: { $0.kind != .note }) {
      throw .damagedSnapshot(path: target.path, what: finding.damage.message)
    }
    return report
  }

  /// Ends the log earlier.
  private func cut(to size: UInt64) throws(LogError) {
    for first in try directory.segments() where first > size {
      try disk.remove(directory.segmentPath(first))
    }
    guard let last = try directory.segments().last else {
      preconditionFailure("the first segment is never after the end")
    }
    let (file, header) = try directory.openSegment(last)
    let cut = try SegmentCut(file, header, before: size, keys: directory.keys)
    let path = directory.segmentPath(last)
    let copy = try disk.open(path + LogDirectory.temporarySuffix, .replace)
    try cut.file.copy(cut.byteCount, to: copy)
    try disk.rename(path + LogDirectory.temporarySuffix, to: path)
    for name in [LogDirectory.anchorsName, LogDirectory.chainsName] {
      let folder = "\(directory.path)/\(name)"
      guard try disk.exists(folder) else { continue }
      for name in try disk.list(folder) where !Snapshot.isAnchor(name, atMost: size) {
        try disk.remove("\(folder)/\(name)")
      }
    }
  }

  /// Has the log go on under a key of its own.
  ///
  /// What was signed before stays true of it: the log that it was archived from may go on as well,
  /// and neither contradicts what the other signs.
  private func branch(at end: LogEdge) throws(LogError) {
    try Self.branch(
      directory, size: end.head.count, root: end.tree.root, checkpoints)
    let accesses = LogDirectory(path: AccessLog.path(in: directory.path), disk: disk, key: key)
    guard try disk.exists(accesses.checkpointPath) else { return }
    let (head, tree) = try LogReader(accesses).end()
    try Self.branch(
      accesses, size: head.count, root: tree.root, [try accesses.signedCheckpoint()])
  }

  private static func branch(
    _ directory: LogDirectory, size: UInt64, root: Digest, _ checkpoints: [SignedCheckpoint]
  ) throws(LogError) {
    let anchors = AnchorFolder(directory: directory)
    for stated in checkpoints where !stated.signatures.isEmpty && stated.checkpoint.size <= size {
      let size = stated.checkpoint.size
      let name = AnchorFolder.fileName(size, .checkpoint)
      if try directory.disk.exists("\(directory.path)/\(name)") { continue }
      try anchors.write(Array(stated.text.utf8), size, .checkpoint)
    }
    let logID = try directory.checkpoint().logID
    let origin = LogOrigin(logID: logID, branch: .random(in: .min ... .max))
    let key = try LogKeys(directory: directory).create(origin)
    try directory.write(
      key.sign(Checkpoint(origin: origin, size: size, root: root)), isDurable: false)
  }

  /// Makes everything durable, then gives it its name.
  func publish() throws(LogError) {
    let folders = try Self.folders(directory)
    for folder in folders {
      for name in try disk.list(folder) where !folders.contains("\(folder)/\(name)") {
        try disk.open("\(folder)/\(name)", .read).synchronize()
      }
      try disk.synchronizeDirectory(folder)
    }
    do throws(LogError) {
      try disk.rename(directory.path, to: target.path)
    } catch {
      guard case .io(_, _, let code) = error else { throw error }
      throw .cannotCreate(path: target.path, why: String(cString: strerror(code)))
    }
    try disk.synchronizeDirectory(target.parentPath)
  }

  /// Removes a log again that was published, whose lock is still held.
  func withdraw() throws(LogError) {
    try Self.empty(target)
    try disk.remove(target.lockPath)
    try disk.removeDirectory(target.path)
  }

  /// Removes what there is, after something went wrong.
  package func abandon() throws(LogError) {
    try Self.empty(directory)
    try disk.remove(directory.lockPath)
    try disk.removeDirectory(directory.path)
  }

  /// The folders of a log directory that are there, the directory first.
  private static func folders(_ directory: LogDirectory) throws(LogError) -> [String] {
    let inner = [LogDirectory.segmentsName, TreeFiles.name] + SnapshotName.folders
    let accesses = AccessLog.path(in: directory.path)
    let paths =
      [directory.path] + inner.map { "\(directory.path)/\($0)" } + [accesses]
      + inner.map { "\(accesses)/\($0)" }
    var found: [String] = []
    for path in paths where try directory.disk.exists(path) { found.append(path) }
    return found
  }

  /// Removes what a restoration that came to no end left, except the lock.
  private static func empty(_ directory: LogDirectory) throws(LogError) {
    let folders = try folders(directory)
    for folder in folders.reversed() {
      for name in try directory.disk.list(folder) {
        let path = "\(folder)/\(name)"
        if folders.contains(path) {
          try directory.disk.removeDirectory(path)
        } else if path != directory.lockPath {
          try directory.disk.remove(path)
        }
      }
    }
  }
}

extension SnapshotManifest {
  /// The end of the log.
  var head: Head { Head(count: size, hash: hash, timestamp: timestamp) }
}

extension LogDirectory {
  /// Where a log is restored before it has its name: `.ward.kb.restoring` beside it.
  var restorationPath: String {
    let name = path.split(separator: "/").last ?? ""
    return "\(parentPath)/.\(name).restoring"
  }
}
