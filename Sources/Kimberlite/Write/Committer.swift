// SPDX-License-Identifier: Apache-2.0
// Group commit. One thread hashes, compresses, chains, writes and syncs; whatever has arrived
// while a sync was under way shares the next one. The thread that applies events to the view helps
// when it is ahead, and is never more than `queueBytesMax` ahead.

internal import KimberliteCore

/// The thread that makes records durable, in order.
final class Committer: @unchecked Sendable {
  // Sendable: `log` belongs to the thread while it runs; all else is in the monitor.
  /// Bytes of events that may wait: a sync of that much costs no more than one of a little.
  private static let queueBytesMax = 8 << 20
  /// When as many bytes wait, whoever brings more hashes and compresses it: the commit thread is
  /// what all wait for then.
  private static let queueBytesBehind = 1 << 20

  /// Drafts that are kept to be filled again.
  private static let spareMax = 64

  private struct Submission {
    var draft: RecordDraft
    var timestamp: UInt64
    var prepared: PreparedRecord?
  }

  private struct State {
    var queue: [Submission] = []
    var queuedBytes = 0
    /// Records taken from the queue and not yet durable.
    var inFlight = 0
    var isClosing = false
    var failure: LogError?
    /// Durable since the last `drain`.
    var receipts: [Receipt] = []
    var position: LogPosition?
    /// Drafts whose records are durable, to be used again.
    var spare: [RecordDraft] = []
  }

  private let state = Monitor(State())
  private let log: LogWriter
  private let onDurable: @Sendable ([Receipt]) -> Void
  private var worker: WorkerThread?

  /// - Parameter onDurable: told of each group once it is durable, on the commit thread.
  init(_ log: LogWriter, onDurable: @escaping @Sendable ([Receipt]) -> Void) throws(LogError) {
    self.log = log
    self.onDurable = onDurable
    worker = try WorkerThread { [unowned self] in run() }
  }

  /// Hands over a record, waiting while the queue is full.
  func submit(_ draft: RecordDraft, timestamp: UInt64) throws(LogError) {
    var prepared: PreparedRecord?
    if state.withLock({ $0.queuedBytes > Self.queueBytesBehind }) {
      do throws(LogError) { prepared = try Self.prepare(draft) } catch {
        state.change { $0.failure = error }
        throw error
      }
    }
    let failure = state.wait { (state: inout State) -> LogError?? in
      if let failure = state.failure { return .some(failure) }
      if state.queuedBytes > Self.queueBytesMax { return nil }
      state.queuedBytes += RecordDraft.byteCountMin + draft.events.count
      state.queue.append(Submission(draft: draft, timestamp: timestamp, prepared: prepared))
      return .some(nil)
    }
    if let failure { throw failure }
  }

  private static func prepare(_ draft: RecordDraft) throws(LogError) -> PreparedRecord {
    try draft.events.withSpan(0..<draft.events.count) { (events) throws(LogError) in
      try PreparedRecord(
        events: events, ranges: draft.ranges, seed: Entropy.bytes(32), seals: draft.seals)
    }
  }

  /// A draft to fill: a used one where there is one, its room kept.
  func draft() -> RecordDraft {
    let spare = state.withLock { $0.spare.popLast() }
    spare?.truncate(to: 0)
    return spare ?? RecordDraft()
  }

  /// Waits until everything submitted can be read in the log.
  func waitUntilWritten() throws(LogError) {
    let failure = state.wait { (state: inout State) -> LogError?? in
      if let failure = state.failure { return .some(failure) }
      return state.queue.isEmpty && state.inFlight == 0 ? .some(nil) : nil
    }
    if let failure { throw failure }
  }

  /// Waits until everything submitted is durable; answers what became so since the last call.
  func drain() throws(LogError) -> (receipts: [Receipt], position: LogPosition?) {
    let outcome = state.wait { (state: inout State) -> Result<[Receipt], LogError>? in
      if let failure = state.failure { return .failure(failure) }
      guard state.queue.isEmpty, state.inFlight == 0 else { return nil }
      defer { state.receipts = [] }
      return .success(state.receipts)
    }
    return (try outcome.get(), state.withLock { $0.position })
  }

  /// Ends the thread after what is queued.
  ///
  /// The log writer is the caller's again.
  func stop() {
    state.change { $0.isClosing = true }
    worker?.join()
    worker = nil
  }

  private func run() {
    while true {
      let group = state.wait { (state: inout State) -> [Submission]? in
        if state.queue.isEmpty { return state.isClosing ? [] : nil }
        defer {
          state.queue = []
          state.queuedBytes = 0
        }
        state.inFlight = state.queue.count
        return state.queue
      }
      if group.isEmpty { return }
      do throws(LogError) {
        var receipts: [Receipt] = []
        for submission in group {
          let prepared =
            if let done = submission.prepared { done } else { try Self.prepare(submission.draft) }
          var receipt = try log.append(prepared, timestamp: submission.timestamp)
          // Who and why is the first event of every record: not one of what was asked for.
          receipt.events -= 1
          receipts.append(receipt)
        }
        let position = try log.sync()
        onDurable(receipts)
        state.change {
          $0.receipts += receipts
          $0.position = position
          $0.inFlight = 0
          $0.spare += group.map(\.draft).prefix(Self.spareMax - $0.spare.count)
        }
      } catch {
        // What was not acknowledged is not in the log's promise; nothing is tried again.
        state.change {
          $0.failure = error
          $0.queue = []
          $0.inFlight = 0
        }
        return
      }
    }
  }
}
