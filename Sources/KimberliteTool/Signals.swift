// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// SIGINT and SIGTERM as bytes in a pipe, so that a loop can wait for them beside its input.
public enum Signals {
  // Written once by `install`, before the handler can run; read by the handler.
  nonisolated(unsafe) private static var pipeEnds: (read: Int32, write: Int32) = (-1, -1)

  /// Catches both signals.
  ///
  /// A second one ends the process at once.
  ///
  /// - Returns: a descriptor that becomes readable when one arrives.
  public static func install() -> Int32 {
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0, "the system gives no pipe")
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    pipeEnds = (ends[0], ends[1])
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        var byte = UInt8(truncatingIfNeeded: number)
        _ = Glibc.write(Signals.pipeEnds.write, &byte, 1)
        signal(number, SIG_DFL)
      }
    }
    return ends[0]
  }

  /// Ends the process by the signal that arrived, if one did, so that its parent sees 130 or 143.
  public static func endIfCaught() {
    var byte: UInt8 = 0
    guard Glibc.read(pipeEnds.read, &byte, 1) == 1 else { return }
    Glibc.exit(128 + Int32(byte))
  }
}
