// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// A progress line on a terminal's standard error: only where there is one, only after a second.
public final class Progress: Sendable {
  private struct State {
    var shown = false
    var next: ContinuousClock.Instant
  }

  private let name: String
  private let began = ContinuousClock.now
  private let state: Mutex<State>

  /// Processors that are there to work.
  public static var processors: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// A progress line, or nothing where standard error is no terminal.
  public init?(name: String) {
    guard Output.errorIsTerminal else { return nil }
    self.name = name
    state = Mutex(State(next: ContinuousClock.now + .seconds(1)))
  }

  /// Shows how much is done, at most ten times a second.
  ///
  /// Bytes.
  public func show(_ done: UInt64, of total: UInt64) {
    let now = ContinuousClock.now
    let isDue = state.withLock { state in
      guard now >= state.next else { return false }
      state.next = now + .milliseconds(100)
      state.shown = true
      return true
    }
    guard isDue, total > 0 else { return }
    let spent = began.duration(to: now).components
    let seconds = Double(spent.seconds) + Double(spent.attoseconds) / 1e18
    let rate = Double(done) / seconds
    let left = rate > 0 ? Int(Double(total - min(done, total)) / rate) : 0
    let width = 30
    let filled = Int(Double(width) * Double(done) / Double(total))
    let bar =
      String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    Output.say(
      "\r\(name): [\(bar)] \(done * 100 / total) %  \(Int(rate / 1e6)) MB/s  \(left) s left \u{1b}[K"
    )
  }

  /// Takes the line away.
  public func clear() {
    if state.withLock({ $0.shown }) { Output.say("\r\u{1b}[K") }
  }
}
