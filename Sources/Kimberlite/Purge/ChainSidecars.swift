// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// What stands beside the records of a log and goes with it to its new chain.
struct ChainSidecars {
  let old: LogDirectory
  let new: LogDirectory

  /// Copies it; answers the lock of the access log, to which nobody may write before the new log
  /// has its name.
  ///
  /// - Parameter from: the first record that is another one in the new chain.
  func copy(before from: UInt64) throws(LogError) -> (any DiskFile)? {
    if try old.disk.exists("\(old.path)/\(Denylist.name)") { try copy(Denylist.name) }
    for folder in [LogDirectory.anchorsName, LogDirectory.chainsName] {
      // An anchor of records that are others now proves nothing of them.
      try copy(folder: folder) { name in
        folder == LogDirectory.chainsName || Snapshot.isAnchor(name, atMost: from)
      }
    }
    let accesses = AccessLog.directoryName
    guard try old.disk.exists("\(old.path)/\(accesses)/\(LogDirectory.checkpointName)") else {
      return nil
    }
    let path = "\(old.path)/\(accesses)/\(LogDirectory.lockName)"
    let lock = try old.disk.exists(path) ? old.disk.waitForLock(path) : old.disk.lock(path)
    let folders = [LogDirectory.segmentsName, TreeFiles.name] + SnapshotName.folders
    try copy(folder: accesses) { $0 != LogDirectory.lockName && !folders.contains($0) }
    for folder in folders { try copy(folder: "\(accesses)/\(folder)") { _ in true } }
    return lock
  }

  private func copy(folder: String, where isWanted: (String) -> Bool) throws(LogError) {
    guard try old.disk.exists("\(old.path)/\(folder)") else { return }
    let path = "\(new.path)/\(folder)"
    if try !new.disk.exists(path) { try new.disk.createDirectory(path) }
    for name in try old.disk.list("\(old.path)/\(folder)") where isWanted(name) {
      try copy("\(folder)/\(name)")
    }
  }

  private func copy(_ name: String) throws(LogError) {
    if name.hasSuffix(LogDirectory.temporarySuffix) { return }
    let file = try old.disk.open("\(old.path)/\(name)", .read)
    try file.copy(
      try file.byteCount(), to: try new.disk.open("\(new.path)/\(name)", .replace))
  }
}
