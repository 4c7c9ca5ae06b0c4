// SPDX-License-Identifier: Apache-2.0
// Sealing takes seconds of processor time a segment, so a thread does it beside the writer.

internal import Synchronization

/// The full segments of a writer that wait to be sealed.
final class SealingQueue: Sendable {
  private struct State {
    var waiting: [UInt64]
    var isRunning = false
    /// Whether what is under way shall be given up.
    var isEnding = false
    var error: LogError?
  }

  private let sealer: Sealer
  private let state: Mutex<State>
  private let threads = Mutex<[WorkerThread]>([])

  init(_ sealer: Sealer, waiting: [UInt64]) {
    self.sealer = sealer
    state = Mutex(State(waiting: waiting))
  }

  /// Adds a segment and starts work, here or on a thread.
  func add(_ segment: UInt64) throws(LogError) {
    state.withLock { $0.waiting.append(segment) }
    try start()
  }

  /// Seals what waits, here or on a thread, and throws what went wrong meanwhile.
  func start() throws(LogError) {
    try check()
    if !sealer.options.sealsInBackground {
      run()
      return try check()
    }
    let isNeeded = state.withLock { state in
      if state.isRunning || state.waiting.isEmpty { return false }
      state.isRunning = true
      return true
    }
    guard isNeeded else { return }
    finishThreads()
    let thread = try WorkerThread { [self] in run() }
    threads.withLock { $0.append(thread) }
  }

  /// Throws what went wrong on the thread.
  func check() throws(LogError) {
    if let error = state.withLock({ $0.error }) { throw error }
  }

  /// Waits until all that is full is sealed.
  func drain() throws(LogError) {
    finishThreads()
    try start()
    finishThreads()
    try check()
  }

  /// Seals until at most `unsealedMax` full segments are left for the next writer.
  func finish(leaving unsealedMax: Int) throws(LogError) {
    state.withLock { state in
      let left = state.waiting.count + (state.isRunning ? 1 : 0)
      guard left <= unsealedMax else { return }
      state.isEnding = true
      state.waiting = []
    }
    finishThreads()
    try check()
  }

  /// Waits for the thread, whatever became of its work.
  func finishThreads() {
    let ended = threads.withLock { threads in
      defer { threads.removeAll() }
      return threads
    }
    for thread in ended { thread.join() }
  }

  private func run() {
    while true {
      let segment: UInt64? = state.withLock { state in
        if state.error == nil, !state.waiting.isEmpty { return state.waiting.removeFirst() }
        state.isRunning = false
        return nil
      }
      guard let segment else { return }
      do {
        try sealer.seal(segment) { state.withLock { !$0.isEnding } }
      } catch {
        state.withLock { $0.error = error }
      }
    }
  }
}
