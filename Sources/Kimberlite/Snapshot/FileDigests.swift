// SPDX-License-Identifier: Apache-2.0

package import KimberliteCore

/// SHA-256 of whole files, by threads of its own.
///
/// The bytes of an archive pass by once and in order; their digests take longer than that, so
/// several files are hashed at a time.
package final class FileDigests: Sendable {
  private struct Work: Sendable {
    var file: any DiskFile
    var byteCount: UInt64
  }

  private struct State {
    /// What was taken holds its file open no longer than it takes.
    var work: [Work?] = []
    var next = 0
    var digests: [Int: Result<Digest, LogError>] = [:]
    var threads: [WorkerThread] = []
    var idle = 0
    var isEnding = false
  }

  private let threadsMax: Int
  private let state: Monitor<State>

  /// Digests by at most so many threads, which start when there is work.
  package init(threads: Int) {
    threadsMax = threads
    state = Monitor(State())
  }

  /// Takes a file, of which the first `byteCount` bytes count; answers its number.
  ///
  /// Where much waits already, some of that is done here first, so that few files are open.
  package func add(_ file: any DiskFile, byteCount: UInt64) -> Int {
    let pressing = state.change { state in
      state.work.count - state.next >= 2 * threadsMax + 2 ? Self.take(&state) : nil
    }
    if let (index, work) = pressing { finish(index, Self.digest(of: work)) }
    return state.change { state in
      state.work.append(Work(file: file, byteCount: byteCount))
      if byteCount >= Self.bytesForThread, state.idle == 0, state.threads.count < threadsMax,
        // With fewer threads it takes longer, that is all.
        let thread = try? WorkerThread({ [self] in run() })
      {
        state.threads.append(thread)
      }
      return state.work.count - 1
    }
  }

  /// Less than this is hashed before a thread would have started.
  private static let bytesForThread: UInt64 = 64 << 10

  /// Waits for a digest; hashes the file here where no thread has begun it.
  package func digest(_ index: Int) throws(LogError) -> Digest {
    enum Turn {
      case done(Result<Digest, LogError>)
      case other(Int, Work)
    }
    while true {
      let turn: Turn = state.wait { state in
        if let result = state.digests[index] { return .done(result) }
        return Self.take(&state).map { .other($0, $1) }
      }
      switch turn {
      case .done(let result): return try result.get()
      case .other(let index, let work): finish(index, Self.digest(of: work))
      }
    }
  }

  /// Ends the threads; what they have begun is done first.
  package func finish() {
    let threads = state.change { state in
      state.isEnding = true
      defer { state.threads = [] }
      return state.threads
    }
    for thread in threads { thread.join() }
  }

  private static func take(_ state: inout State) -> (Int, Work)? {
    guard state.next < state.work.count, let work = state.work[state.next] else { return nil }
    state.work[state.next] = nil
    state.next += 1
    return (state.next - 1, work)
  }

  private func run() {
    while true {
      state.change { $0.idle += 1 }
      let work: (Int, Work)?? = state.wait { state in
        if state.isEnding { return .some(nil) }
        return Self.take(&state).map { .some($0) }
      }
      state.change { $0.idle -= 1 }
      guard case .some(.some((let index, let work))) = work else { return }
      finish(index, Self.digest(of: work))
    }
  }

  private func finish(_ index: Int, _ result: Result<Digest, LogError>) {
    state.change { $0.digests[index] = result }
  }

  private static func digest(of work: Work) -> Result<Digest, LogError> {
    Result { () throws(LogError) in
      var running = RunningDigest()
      var buffer = ByteBuffer(capacity: 1 << 18)
      var position: UInt64 = 0
      while position < work.byteCount {
        buffer.removeAll()
        let count = Int(min(1 << 18, work.byteCount - position))
        try work.file.read(at: position, count: count, into: &buffer)
        guard buffer.count == count else {
          throw .damaged(
            Damage(file: work.file.path, position: position, what: "the file became shorter"))
        }
        running.append(buffer.span)
        position += UInt64(count)
      }
      return running.finish()
    }
  }
}
