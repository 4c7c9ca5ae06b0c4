// SPDX-License-Identifier: Apache-2.0
// What was erased stays erased: carried out on a restored log before anybody can see it.

internal import KimberliteCore

/// A log that went on from what is restored, or an archive of it.
package struct LaterLog: Sendable {
  /// What the user named.
  let name: String
  let directory: LogDirectory

  /// A log directory.
  package init(_ path: String, disk: any Disk, key: MasterKey?) {
    name = path
    directory = LogDirectory(path: path, disk: disk, key: key)
  }

  /// The files of an archive.
  package init(
    archive path: String, _ reading: ArchiveReading, _ files: [any DiskFile], key: MasterKey?
  ) {
    name = path
    directory = LogDirectory(
      path: SnapshotDisk.root, disk: SnapshotDisk(Array(zip(reading.taken, files))), key: key)
  }
}

extension Restoration {
  /// What a log that went on knows of purges; it must continue the records that are restored.
  func purges(
    in later: LaterLog, jobs: Int, after end: Checkpoint
  ) throws(LogError) -> KnownPurges {
    try later.directory.requireLog()
    let reader = try LogReader(later.directory)
    let report = try Verifier(later.directory, jobs: jobs)
      .run(after: LogEdge(), since: [SignedCheckpoint(end, signatures: [])]) { _, _ in }
    if let finding = report.findings.first(where: { $0.kind != .note }) {
      throw .unfit(
        what: "'\(later.name)' does not continue what is restored: \(finding.damage.message)")
    }
    if report.unread > 0 { throw try reader.directory.keys.missing() }
    let wanted = report.trail.orders.filter { report.trail.done.contains($0.key) }
    var purges = KnownPurges(erasures: report.trail.erased)
    guard let last = wanted.keys.max() else { return purges }
    let stated = try reader.directory.checkpoint(
      covering: last + 1, stateFolder: SignedState.defaultFolder)
    purges.receipts = try reader.orders(from: end.size, among: wanted, stated: stated)
    purges.verifiers = try LogKeys(directory: reader.directory).verifiers()
    return purges
  }

  /// Erases events that are still there; answers whether there were any.
  func erase(_ erasures: Erasures, in directory: LogDirectory, at end: Head) throws(LogError) {
    let segments = try directory.segments()
    if let last = segments.last, erasures.touches(last..<end.count) {
      let header = SegmentHeader(
        kind: .active, logID: try directory.checkpoint().logID, firstOffset: end.count,
        previous: end.hash, previousTimestamp: end.timestamp, nonce: LogOptions().nonce(),
        keyBlock: try directory.keys.newDataKey()?.block)
      _ = try directory.createSegment(header)
    }
    let sealer = Sealer(directory: directory, options: LogOptions())
    let all = try directory.segments()
    for (first, next) in zip(all, all.dropFirst()) {
      if erasures.touches(first..<next) {
        try sealer.erase(erasures, from: first)
      } else {
        try sealer.seal(first) { true }
      }
    }
  }
}

extension Erasures {
  /// Those of records before `end` that are not among `others`.
  func before(_ end: UInt64, without others: Erasures) -> Erasures {
    var left = Erasures()
    for run in runs where run.offset < end {
      for event in run.events where !others.contains(event, of: run.offset) {
        left.append(event, of: run.offset)
      }
    }
    return left
  }
}
