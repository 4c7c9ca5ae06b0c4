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
  public init(directory path: String, disk: any Disk, jobs: Int = 1) throws(LogError) {
    precondition(jobs >= 1, "somebody must do it")
    directory = LogDirectory(path: path, disk: disk)
    self.jobs = jobs
    try directory.requireLog()
  }

  /// Verifies everything.
  ///
  /// Throws where it could not look; what it saw is in the report.
  ///
  /// `since` is a checkpoint that an auditor kept: the log must only have grown since.
  /// `progress` gets the bytes done and those to do, from any thread, one call at a time.
  public func run(
    since: Checkpoint? = nil,
    progress: @escaping @Sendable (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws(LogError) -> VerifyReport {
    var joint = VerifyJoint(directory: directory)
    let checkpoint = try joint.readCheckpoint()
    let segments = try joint.listSegments()
    let sizes = [checkpoint?.size, since?.size].compactMap(\.self)
    let work = Work(
      directory: directory, segments: segments, sizes: sizes, shown: checkpoint?.size ?? 0,
      progress: progress)
    for check in try work.run(jobs: jobs) { joint.add(check) }
    try joint.finish(last: segments.last)
    if let checkpoint {
      joint.compare(checkpoint, file: LogDirectory.checkpointName, kind: .missing)
    }
    if let since { joint.compare(since, file: "the checkpoint given", kind: .checkpoint) }
    return joint.report
  }

  /// The segments that threads take one after the other.
  private final class Work: Sendable {
    private struct State {
      var next = 0
      var done: UInt64 = 0
      var checks: [SegmentCheck?]
      var error: LogError?
    }

    private let directory: LogDirectory
    private let segments: [UInt64]
    private let sizes: [UInt64]
    private let shown: UInt64
    private let progress: @Sendable (UInt64, UInt64) -> Void
    private let state: Mutex<State>

    init(
      directory: LogDirectory, segments: [UInt64], sizes: [UInt64], shown: UInt64,
      progress: @escaping @Sendable (UInt64, UInt64) -> Void
    ) {
      self.directory = directory
      self.segments = segments
      self.sizes = sizes
      self.shown = shown
      self.progress = progress
      state = Mutex(State(checks: Array(repeating: nil, count: segments.count)))
    }

    func run(jobs: Int) throws(LogError) -> [SegmentCheck] {
      var total: UInt64 = 0
      for segment in segments {
        total += try directory.disk.open(directory.segmentPath(segment), .read).byteCount()
      }
      let all = total
      var threads: [WorkerThread] = []
      for _ in 1..<max(1, min(jobs, segments.count)) {
        threads.append(try WorkerThread { [self] in take(of: all) })
      }
      take(of: all)
      for thread in threads { thread.join() }
      let (checks, error) = state.withLock { ($0.checks, $0.error) }
      if let error { throw error }
      return checks.compactMap(\.self)
    }

    private func take(of total: UInt64) {
      while true {
        let index: Int? = state.withLock { state in
          guard state.error == nil, state.next < segments.count else { return nil }
          defer { state.next += 1 }
          return state.next
        }
        guard let index else { return }
        var check = SegmentCheck(directory, first: segments[index], sizes: sizes)
        do {
          // A later checkpoint than the one verified may excuse nothing, but prove more.
          try check.run(isLast: index == segments.count - 1) { () throws(LogError) in
            max(shown, (try? directory.checkpoint().size) ?? 0)
          }
        } catch {
          state.withLock { $0.error = $0.error ?? error }
          return
        }
        state.withLock { [check] state in
          state.checks[index] = check
          state.done += check.byteCount
          progress(state.done, total)
        }
      }
    }
  }
}
