// SPDX-License-Identifier: Apache-2.0

import Glibc
import KimberliteTool
import Synchronization

/// How much of the input files was read, where their sizes are known and there is somebody to see.
final class InputProgress: Sendable {
  private let total: UInt64
  private let done = Mutex<UInt64>(0)
  private let line: Progress

  /// Progress through files, standard input where there are none.
  init?(_ paths: [String]) {
    guard let line = Progress(name: "kb-append") else { return nil }
    var total: UInt64 = 0
    for path in paths.isEmpty ? ["-"] : paths {
      var status = stat()
      guard (path == "-" ? fstat(0, &status) : stat(path, &status)) == 0,
        status.st_mode & S_IFMT == S_IFREG
      else { return nil }
      total += UInt64(status.st_size)
    }
    self.total = total
    self.line = line
  }

  /// Counts bytes that were read.
  @Sendable func read(_ count: Int) {
    let done = done.withLock { done in
      done += UInt64(count)
      return done
    }
    // A file may grow while it is read.
    line.show(min(done, total), of: total)
  }

  /// Takes the line away.
  func clear() { line.clear() }
}
