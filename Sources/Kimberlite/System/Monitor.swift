// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A value that threads share, with waiting: Mesa-style monitor over a POSIX mutex and condition.
///
/// `Synchronization.Mutex` has no condition to wait on, and polling would cost latency.
package final class Monitor<Value>: @unchecked Sendable {
  // Sendable: `value` is touched only between lock and unlock.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var value: Value

  package init(_ value: sending Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Runs `body` alone, waking nobody: for what no one waits for.
  func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }

  /// Runs `body` alone, then wakes every waiter.
  package func change<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
    pthread_mutex_lock(mutex)
    defer { unlockAndWake() }
    return try body(&value)
  }

  /// Waits until `body` has an answer; `body` runs alone, and again after each change.
  package func wait<R>(_ body: (inout Value) -> R?) -> R {
    pthread_mutex_lock(mutex)
    defer { unlockAndWake() }
    while true {
      if let answer = body(&value) { return answer }
      pthread_cond_wait(condition, mutex)
    }
  }

  /// Waits as `wait` does, but no longer than until a moment of `Clock.monotonic`; then `nil`.
  func wait<R>(until deadline: UInt64, _ body: (inout Value) -> R?) -> R? {
    pthread_mutex_lock(mutex)
    defer { unlockAndWake() }
    var moment = timespec(
      tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
    while true {
      if let answer = body(&value) { return answer }
      if pthread_cond_timedwait(condition, mutex, &moment) == ETIMEDOUT { return body(&value) }
    }
  }

  /// In this order: whoever is woken first would only wait again, for the mutex.
  private func unlockAndWake() {
    pthread_mutex_unlock(mutex)
    pthread_cond_broadcast(condition)
  }
}
