// SPDX-License-Identifier: Apache-2.0
// Verifies a whole log: segments apart and at once, then what joins them. kb-log(5),
// Verification.

public import KimberliteCore
internal import Synchronization

/// Checks every byte of a log.
///
/// A writer may be at work meanwhile: what it had made durable when the run began is verified,
/// and what it adds is looked at as far as it is there.
public struct Verifier: Sendable {
  private let directory: LogDirectory
  private let jobs: Int

  /// A verification by `jobs` threads.
  ///
  /// Without the key of an encrypted log, all but the contents is checked.
  public init(
    directory path: String, disk: any Disk, jobs: Int = 1, key: MasterKey? = nil
  ) throws(LogError) {
    try self.init(LogDirectory(path: path, disk: disk, key: key), jobs: jobs)
  }

  /// A verification of the log in a directory.
  init(_ directory: LogDirectory, jobs: Int) throws(LogError) {
    precondition(jobs >= 1, "somebody must do it")
    self.directory = directory
    self.jobs = jobs
    try directory.requireLog()
    // A wrong key is said before anything else; none is none.
    if directory.keys.hasMaster { try directory.keys.require() }
  }

  /// Verifies everything.
  ///
  /// Throws where it could not look; what it saw is in the report.
  ///
  /// `since` is a checkpoint that an auditor kept: the log must only have grown since. `keys` are
  /// the log's verifier keys, where they are known from elsewhere than the log.
  /// `trust` says who else is believed to state something about it.
  /// `progress` gets the bytes done and those to do, from any thread, one call at a time.
  public func run(
    since: SignedCheckpoint? = nil, keys: [VerifierKey]? = nil,
    trust: AnchorTrust = AnchorTrust(),
    progress: @escaping @Sendable (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws(LogError) -> VerifyReport {
    try run(
      after: LogEdge(), since: since.map { [$0] } ?? [], keys: keys, trust: trust, progress)
  }

  /// Verifies what continues a log behind `start`, which is taken as true.
  func run(
    after start: LogEdge, since kept: [SignedCheckpoint], keys: [VerifierKey]? = nil,
    trust: AnchorTrust = AnchorTrust(),
    _ progress: @escaping @Sendable (UInt64, UInt64) -> Void
  ) throws(LogError) -> VerifyReport {
    var joint = VerifyJoint(directory: directory, after: start)
    let stated = try joint.readCheckpoint()
    let checkpoint = stated?.checkpoint
    let keys = try joint.readKeys(keys)
    if let stated { try joint.checkSignature(of: stated, keys) }
    try joint.listDirectory()
    let segments = try joint.listSegments()
    var anchors = try AnchorAudit(directory, trust: trust)
    try joint.readKeystore()
    try joint.readOrders(keys)
    let roots = ((checkpoint.map { [$0] } ?? []) + kept.map(\.checkpoint)).map(\.size)
    let sizes = try roots + anchors.sizes + joint.linkSizes()
    for check in try check(segments, sizes, shown: checkpoint?.size ?? 0, progress) {
      joint.add(check)
    }
    joint.judgeHoles()
    joint.notePurges()
    try joint.finish(last: segments.last)
    if let checkpoint {
      joint.compare(checkpoint, file: LogDirectory.checkpointName, kind: .missing)
    }
    for since in kept { joint.compareKept(since, keys) }
    try joint.checkLinks(keys)
    try anchors.finish(&joint, after: start.head.count, logKeys: keys)
    return joint.report
  }

  /// Checks the segments; answers what was found in each, in order.
  private func check(
    _ segments: [UInt64], _ sizes: [UInt64], shown: UInt64,
    _ progress: @escaping @Sendable (UInt64, UInt64) -> Void
  ) throws(LogError) -> [SegmentCheck] {
    var total: UInt64 = 0
    for segment in segments {
      total += try directory.disk.open(directory.segmentPath(segment), .read).byteCount()
    }
    let threads = total < Self.bytesForThreads ? 1 : jobs
    let pool = VerifyPool(threads: threads, walks: segments.count)
    let meter = VerifyProgress(of: total, progress)
    let found = Found(count: segments.count)
    try pool.run { [directory] (index, scratch) throws(LogError) in
      var check = SegmentCheck(
        directory, first: segments[index], sizes: sizes, pool: pool, walk: index, progress: meter)
      // A later checkpoint than the one verified may excuse nothing, but prove more.
      try check.run(isLast: index == segments.count - 1, &scratch) { () throws(LogError) in
        max(shown, (try? directory.checkpoint().size) ?? 0)
      }
      found.set(index, check)
    }
    return found.all
  }

  /// Less than this one thread has read before another would have started.
  private static let bytesForThreads: UInt64 = 64 << 10

  /// What was found in each segment.
  private final class Found: Sendable {
    private let checks: Mutex<[SegmentCheck?]>
    init(count: Int) { checks = Mutex(Array(repeating: nil, count: count)) }
    func set(_ index: Int, _ check: SegmentCheck) { checks.withLock { $0[index] = check } }
    var all: [SegmentCheck] { checks.withLock { $0.compactMap(\.self) } }
  }
}
