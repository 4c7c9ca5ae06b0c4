// SPDX-License-Identifier: Apache-2.0
// A thread for work that blocks: it must not run on Swift's cooperative pool.

internal import Glibc

/// A POSIX thread that runs one closure.
///
/// Signals are left to the main thread.
package final class WorkerThread: Sendable {
  private let thread: pthread_t

  /// Starts the thread.
  package init(_ body: @escaping @Sendable () -> Void) throws(LogError) {
    let box = Unmanaged.passRetained(Work(body))
    var thread: pthread_t = 0
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    let code = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
      }, box.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    if code != 0 {
      box.release()
      throw .io(operation: "start", path: "thread", code: code)
    }
    self.thread = thread
  }

  /// Waits for the closure to end; once.
  package func join() { pthread_join(thread, nil) }
}

private final class Work: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
