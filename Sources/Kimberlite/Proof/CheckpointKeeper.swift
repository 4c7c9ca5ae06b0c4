// SPDX-License-Identifier: Apache-2.0
// Keeps the checkpoint and the tree's files up with a writer, on a thread of its own: signing and
// waiting for the disk are never in the way of an append. kb-log(5), Checkpoint.

internal import KimberliteCore
internal import Synchronization

/// Renews a log's checkpoint while its writer is at work.
final class CheckpointKeeper: Sendable {
  /// What is durable, as the writer says.
  struct Durable {
    var head: Head
    var tree: CompactRange
  }

  private struct State {
    /// What was not worked on yet.
    var durable: Durable?
    /// The leaves that came since the last work, up to `durable`.
    var leaves: [Digest] = []
    var lastRenewal: UInt64
    var isClosing = false
    var error: LogError?
  }

  /// What one thread at a time works on.
  private struct Work {
    /// The timestamp of the record that the checkpoint was renewed at.
    var timestamp: UInt64
    /// Leaves of the tree's files; `nil`: they were not looked at yet.
    var stored: UInt64?
    let opened: Durable
  }

  private let notary: Notary
  private let tree: TreeFiles
  private let options: LogOptions
  private let state: Monitor<State>
  private let work: Mutex<Work>
  private let threads = Mutex<[WorkerThread]>([])
  /// Leaves that are taken from the log in one go.
  private static let catchUpStep = 1 << 16

  /// For a log that was opened at `opened`.
  init(_ notary: Notary, at opened: Durable, options: LogOptions) {
    self.notary = notary
    tree = TreeFiles(directory: notary.directory)
    self.options = options
    state = Monitor(State(lastRenewal: Clock.monotonic))
    work = Mutex(Work(timestamp: opened.head.timestamp, stored: nil, opened: opened))
  }

  /// Hears that more is durable.
  ///
  /// Costs a lock where the thread knows already that there is something to do.
  func advance(to durable: Durable, leaves: inout [Digest]) throws(LogError) {
    try check()
    let isNews = state.withLock { state in Self.put(durable, &leaves, &state) }
    if !options.signsInBackground {
      let last = work.withLock { $0.timestamp }
      if durable.head.timestamp &- last >= options.checkpointInterval {
        try renew(isDurable: false)
      }
      return
    }
    guard isNews else { return }
    let isStarted = try threads.withLock { (threads) throws(LogError) in
      if !threads.isEmpty { return true }
      threads.append(try WorkerThread { [unowned self] in run() })
      return false
    }
    if isStarted { state.change { _ in } }
  }

  /// Answers whether nothing waited before.
  private static func put(
    _ durable: Durable, _ leaves: inout [Digest], _ state: inout State
  ) -> Bool {
    let isNews = state.durable == nil
    state.durable = durable
    state.leaves += leaves
    leaves.removeAll(keepingCapacity: true)
    return isNews
  }

  /// Renews the checkpoint here and now.
  func renew(to durable: Durable, leaves: inout [Digest]) throws(LogError) {
    try check()
    state.withLock { state in _ = Self.put(durable, &leaves, &state) }
    try renew(isDurable: true)
  }

  /// Ends the thread.
  func stop() {
    state.change { $0.isClosing = true }
    let ended = threads.withLock { threads in
      defer { threads.removeAll() }
      return threads
    }
    for thread in ended { thread.join() }
  }

  private func check() throws(LogError) {
    if let error = state.withLock({ $0.error }) { throw error }
  }

  private func run() {
    while true {
      let due = state.wait { (state: inout State) -> UInt64? in
        if state.isClosing { return 0 }
        return state.durable == nil ? nil : state.lastRenewal + options.checkpointInterval
      }
      let isClosing = state.wait(until: due) { $0.isClosing ? true : nil }
      if isClosing == true { return }
      do throws(LogError) { try renew(isDurable: false) } catch {
        return state.change { $0.error = error }
      }
    }
  }

  /// Works on what waits, one thread at a time and in order.
  private func renew(isDurable: Bool) throws(LogError) {
    try work.withLock { (work) throws(LogError) in
      let batch: (durable: Durable, leaves: [Digest])? = state.withLock { state in
        defer {
          state.durable = nil
          state.leaves = []
        }
        return state.durable.map { ($0, state.leaves) }
      }
      guard let (durable, leaves) = batch else { return }
      let stated = try notary.publish(
        size: durable.head.count, root: durable.tree.root, isDurable: isDurable)
      work.timestamp = durable.head.timestamp
      state.withLock { $0.lastRenewal = Clock.monotonic }
      try store(leaves, to: durable, &work)
      try options.onCheckpoint?(stated)
    }
  }

  // MARK: The tree's files

  /// Brings the tree's files up to what is durable, as far as that is soon done.
  private func store(
    _ leaves: [Digest], to durable: Durable, _ work: inout Work
  ) throws(LogError) {
    guard let lock = try tree.lock(waits: false) else {
      // Whoever makes a proof of them brings them up, or this one the next time.
      work.stored = nil
      return
    }
    defer { withExtendedLifetime(lock) {} }
    var stored: UInt64
    if let known = work.stored { stored = known } else { stored = try look(at: work.opened) }
    let start = durable.head.count - UInt64(leaves.count)
    while stored < start {
      // A writer that ends leaves the rest to whoever needs a proof.
      if stored + UInt64(Self.catchUpStep) < start, state.withLock({ $0.isClosing }) { break }
      try tree.catchUp(to: start, limit: Self.catchUpStep)
      stored = min(start, stored + UInt64(Self.catchUpStep))
    }
    // Somebody may be making the files anew: a proof that found them wrong.
    if stored == start, try tree.count(0) >= start {
      try tree.append(leaves, at: start)
      stored = durable.head.count
    } else {
      stored = try tree.count()
    }
    work.stored = stored
  }

  /// Leaves in the files that may stay.
  private func look(at opened: Durable) throws(LogError) -> UInt64 {
    let size = opened.head.count
    // What was cut from the log, or went on as another branch.
    // Those who make proofs may be ahead of this writer's own count, never of the log.
    let count = try tree.count()
    if count < size { return count }
    var prover = Prover(notary.directory)
    if try prover.uncheckedRoot(of: size) == opened.tree.root {
      if try tree.count(0) > size { try tree.truncate(to: size) }
      return size
    }
    try tree.truncate(to: 0)
    return 0
  }
}
