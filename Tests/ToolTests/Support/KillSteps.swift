// SPDX-License-Identifier: Apache-2.0
// A process that is killed at its nth system call that changes anything on disk: strace(1) delivers
// SIGKILL on entry, so that the call is not made. All steps in turn, none by luck.

import Glibc
import Testing

/// Runs a tool again and again, killed one change of the disk later each time, until it lives.
enum KillSteps {
  private static let calls = [
    "mkdir", "pwrite64", "ftruncate", "fdatasync", "fsync", "rename", "unlink", "rmdir",
  ]

  /// Calls `check` with the number of the step after each killed run; answers how many there were.
  ///
  /// `prepare` makes the state that each run begins with. Every `stride`th step of each call is
  /// taken: strace counts each by itself.
  @discardableResult
  static func run(
    _ tool: String, _ arguments: [String], environment: [String: String] = [:], stride: Int = 1,
    input: Input = .none, prepare: () -> Void, check: (Int) -> Void
  ) -> Int {
    var steps = 0
    for call in calls {
      var step = 1
      while step < 10_000 {
        prepare()
        let outcome = ToolTests.run(
          "/usr/bin/strace",
          [
            "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
            "inject=\(call):signal=SIGKILL:when=\(step)", ToolPath.of(tool),
          ] + arguments, input: input, environment: environment)
        if outcome.status == 0 { break }
        let wasKilled = outcome.signal == SIGKILL || outcome.status == 128 + SIGKILL
        #expect(wasKilled, "\(call) \(step): \(outcome)")
        if !wasKilled { return steps }
        steps += 1
        check(steps)
        step += stride
      }
    }
    return steps
  }
}
