// SPDX-License-Identifier: Apache-2.0
// A process that is killed at its nth system call that changes anything on disk: strace(1) delivers
// SIGKILL on entry, so that the call is not made. All steps in turn, none by luck.

import Testing

/// Runs a tool again and again, killed one change of the disk later each time, until it lives.
enum KillSteps {
  private static let calls = "fdatasync,fsync,rename,unlink,ftruncate,pwrite64,mkdir"

  /// Calls `check` with the number of the step after each killed run; answers how many there were.
  ///
  /// `prepare` makes the state that each run begins with. Every `stride`th step is taken.
  @discardableResult
  static func run(
    _ tool: String, _ arguments: [String], environment: [String: String] = [:], stride: Int = 1,
    input: Input = .none, prepare: () -> Void, check: (Int) -> Void
  ) -> Int {
    var step = 1
    while step < 10_000 {
      prepare()
      let outcome = ToolTests.run(
        "/usr/bin/strace",
        [
          "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(calls)", "-e",
          "inject=\(calls):signal=SIGKILL:when=\(step)", ToolPath.of(tool),
        ] + arguments, input: input, environment: environment)
      if outcome.status == 0 { return step - 1 }
      #expect(outcome.signal == 9 || outcome.status == 137, "step \(step): \(outcome)")
      if outcome.signal != 9, outcome.status != 137 { return step - 1 }
      check(step)
      step += stride
    }
    Issue.record("\(tool) never came to its end")
    return step
  }
}
