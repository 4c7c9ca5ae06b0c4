// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The clocks of the machine.
package enum Clock {
  /// Nanoseconds since 1970-01-01T00:00:00Z.
  package static var realtime: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Nanoseconds that never go back.
  static var monotonic: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
