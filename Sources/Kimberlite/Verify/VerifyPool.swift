// SPDX-License-Identifier: Apache-2.0
// The threads of a verification. Walking a segment is one thread's work; what it finds to hash
// goes to whoever is free, so that one segment keeps all of them busy.

internal import KimberliteCore

/// What a thread of a verification keeps from one piece of work to the next, so that none
/// allocates anew.
struct VerifyScratch: ~Copyable {
  var block = LoadedBlock()
  var raw = ByteBuffer()
  var salts = Salts()
  var subjects = SubjectOpener()
}

/// Threads that share pieces of work, with a bound on what waits.
final class VerifyPool: Sendable {
  typealias Work = @Sendable (inout VerifyScratch) -> Void

  /// A piece of work and the walk that it belongs to.
  private struct Piece: Sendable {
    var walk: Int
    var work: Work
  }

  private struct State {
    var waiting: [Piece] = []
    /// Pieces of each walk that are not done.
    var unfinished: [Int]
    var nextWalk = 0
    var walksDone = 0
    var error: LogError?
  }

  private enum Turn {
    case piece(Piece)
    case walk(Int)
    case end
  }

  private let threadCount: Int
  private let walkCount: Int
  private let state: Monitor<State>

  init(threads: Int, walks: Int) {
    threadCount = threads
    walkCount = walks
    state = Monitor(State(unfinished: Array(repeating: 0, count: walks)))
  }

  /// Runs all walks, each on one thread; throws the first error of one.
  func run(
    _ walk: @escaping @Sendable (Int, inout VerifyScratch) throws(LogError) -> Void
  ) throws(LogError) {
    var threads: [WorkerThread] = []
    for _ in 1..<max(1, threadCount) {
      // With fewer threads it takes longer, that is all.
      guard let thread = try? WorkerThread({ [self] in takeTurns(walk) }) else { break }
      threads.append(thread)
    }
    takeTurns(walk)
    for thread in threads { thread.join() }
    if let error = state.change({ $0.error }) { throw error }
  }

  private func takeTurns(_ walk: (Int, inout VerifyScratch) throws(LogError) -> Void) {
    var scratch = VerifyScratch()
    while true {
      switch state.wait({ nextTurn(&$0) }) {
      case .end: return
      case .piece(let piece): run(piece, &scratch)
      case .walk(let index):
        var failure: LogError?
        do { try walk(index, &scratch) } catch { failure = error }
        state.change { state in
          state.walksDone += 1
          state.error = state.error ?? failure
        }
      }
    }
  }

  /// Pieces go first: they hold memory, a walk that has not begun holds none.
  private func nextTurn(_ state: inout State) -> Turn? {
    if !state.waiting.isEmpty { return .piece(state.waiting.removeFirst()) }
    if state.error == nil, state.nextWalk < walkCount {
      state.nextWalk += 1
      return .walk(state.nextWalk - 1)
    }
    let begun = state.nextWalk
    return state.walksDone == begun ? .end : nil
  }

  private func run(_ piece: Piece, _ scratch: inout VerifyScratch) {
    piece.work(&scratch)
    state.change { $0.unfinished[piece.walk] -= 1 }
  }

  /// Has a piece of work done: by another thread, or here when enough of it waits.
  func submit(_ walk: Int, _ scratch: inout VerifyScratch, _ work: @escaping Work) {
    let isQueued = state.change { state in
      // Two for each other thread: nobody runs dry, and what waits stays a few megabytes.
      guard state.waiting.count < 2 * (threadCount - 1) else { return false }
      state.waiting.append(Piece(walk: walk, work: work))
      state.unfinished[walk] += 1
      return true
    }
    if !isQueued { work(&scratch) }
  }

  /// Waits for the pieces of a walk, doing what waits meanwhile.
  func finish(_ walk: Int, _ scratch: inout VerifyScratch) {
    while true {
      let piece: Piece?? = state.wait { state in
        if state.unfinished[walk] == 0 { return .some(nil) }
        return state.waiting.isEmpty ? nil : .some(state.waiting.removeFirst())
      }
      guard case .some(.some(let piece)) = piece else { return }
      run(piece, &scratch)
    }
  }
}

/// What the pieces of a walk found, in the order in which they were submitted.
final class VerifyResults: Sendable {
  private let results = Monitor<[RunCheck?]>([])

  /// A place for the next piece.
  func reserve() -> Int {
    results.change { results in
      results.append(nil)
      return results.count - 1
    }
  }

  func set(_ index: Int, _ result: RunCheck) { results.change { $0[index] = result } }

  /// All results so far; forgets them.
  func take() -> [RunCheck] {
    results.change { results in
      defer { results = [] }
      return results.compactMap(\.self)
    }
  }
}
