// SPDX-License-Identifier: Apache-2.0
// An archive held against its manifest, and its records against their hashes, in place.

public import KimberliteCore

/// What the verification of an archive found.
public struct SnapshotReport: Sendable {
  /// What the archive says of itself.
  public var manifest: SnapshotManifest
  /// What was found in its files and records.
  public var log: VerifyReport
}

/// Verifies an archive whose files are at hand.
package struct SnapshotCheck: Sendable {
  private let manifest: SnapshotManifest
  private let files: [any DiskFile]
  private let names: [SnapshotName]
  private let jobs: Int
  private let key: MasterKey?
  private let verifiers: [VerifierKey]?

  /// The check of `files`, in the order of the archive that was read.
  package init(
    _ reading: ArchiveReading, _ manifest: SnapshotManifest, _ files: [any DiskFile], jobs: Int,
    key: MasterKey?, verifiers: [VerifierKey]?
  ) {
    precondition(files.count == manifest.files.count, "there is a file for each name")
    self.manifest = manifest
    self.files = files
    names = reading.taken
    self.jobs = jobs
    self.key = key
    self.verifiers = verifiers
  }

  /// Verifies everything, by `jobs` threads.
  package func run(
    progress: @escaping @Sendable (_ done: UInt64, _ total: UInt64) -> Void
  ) throws(LogError) -> SnapshotReport {
    var findings = try compareDigests()
    let disk = SnapshotDisk(Array(zip(names, files)))
    let directory = LogDirectory(path: SnapshotDisk.root, disk: disk)
    var start = LogEdge(
      tree: manifest.before,
      head: Head(count: manifest.first, hash: manifest.previous, timestamp: 0))
    // Part of what the previous hash covers; whoever has the record before can tell.
    start.head.timestamp =
      (try? directory.openSegment(manifest.first))?.header.previousTimestamp ?? 0
    var report = try Verifier(directory: SnapshotDisk.root, disk: disk, jobs: jobs, key: key)
      .run(after: start, since: [], keys: verifiers, progress)
    findings += compare(report, try? directory.checkpoint())
    report.findings += findings
    let accesses = AccessLog.path(in: SnapshotDisk.root)
    if try disk.exists(accesses) {
      report.include(
        try Verifier(directory: accesses, disk: disk, jobs: jobs, key: key).run().findings,
        under: AccessLog.directoryName)
    }
    return SnapshotReport(manifest: manifest, log: report)
  }

  /// Holds each file against the manifest.
  private func compareDigests() throws(LogError) -> [Finding] {
    let digests = FileDigests(threads: jobs)
    defer { digests.finish() }
    for (file, stated) in zip(files, manifest.files) {
      _ = digests.add(file, byteCount: stated.byteCount)
    }
    var findings: [Finding] = []
    for (index, stated) in manifest.files.enumerated()
    where try digests.digest(index) != stated.digest {
      findings.append(
        Finding(
          .checksum,
          Damage(file: stated.name, what: "the SHA-256 of the file differs from the manifest's")))
    }
    return findings
  }

  /// Holds what the records come to against what the manifest and the checkpoint state.
  private func compare(_ report: VerifyReport, _ checkpoint: Checkpoint?) -> [Finding] {
    func differs(_ what: String) -> Finding {
      Finding(
        .checkpoint, Damage(file: SnapshotName.manifest, offset: report.head.count, what: what))
    }
    // Where records are damaged, that is reported, and nothing else is known.
    guard report.isGood else { return [] }
    if report.logID != manifest.logID { return [differs("it is of another log")] }
    if report.head.count != manifest.size || checkpoint?.size != manifest.size {
      return [differs("it states \(manifest.size.counted("record")), which is not what is here")]
    }
    if report.head != manifest.head { return [differs("it states another last record")] }
    return report.root == manifest.root ? [] : [differs("it states another Merkle root")]
  }
}
