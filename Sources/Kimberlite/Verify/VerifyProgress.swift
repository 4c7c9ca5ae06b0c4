// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Tells how far a verification is, from any thread, one call at a time.
final class VerifyProgress: Sendable {
  private let total: UInt64
  private let done = Mutex<UInt64>(0)
  private let show: @Sendable (_ done: UInt64, _ total: UInt64) -> Void

  init(of total: UInt64, _ show: @escaping @Sendable (_ done: UInt64, _ total: UInt64) -> Void) {
    self.total = total
    self.show = show
  }

  /// More bytes are done.
  func add(_ byteCount: UInt64) {
    done.withLock { done in
      done += byteCount
      show(done, total)
    }
  }
}
