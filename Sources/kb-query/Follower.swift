// SPDX-License-Identifier: Apache-2.0

import Glibc
import Kimberlite
import KimberliteCore
import KimberliteTool

/// Prints a result, and then every row that new records add to it.
///
/// Keeps the digest of each row of the result, so memory grows with the result.
struct Follower {
  private static let interval: UInt32 = 100_000
  let settings: QuerySettings
  private var seen: [Digest: Int] = [:]

  init(_ settings: QuerySettings) { self.settings = settings }

  /// Runs until a signal ends the process.
  mutating func run(_ source: String) throws(Failure) {
    var newest: UInt64??
    while true {
      let session = try Session(settings)
      if newest != .some(session.reader.newest) {
        newest = .some(session.reader.newest)
        var now: [Digest: Int] = [:]
        try session.eachStatement(of: source) { (rows) throws(Failure) in
          try printNew(rows, &now, source)
        }
        seen = now
      }
      usleep(Self.interval)
    }
  }

  private func printNew(_ rows: Rows, _ now: inout [Digest: Int], _ source: String) throws(Failure)
  {
    var printer = RowPrinter(
      format: settings.format == .table ? .ndjson : settings.format, columns: rows.columns)
    if seen.isEmpty, now.isEmpty { printer.begin() }
    var fresh = ByteBuffer()
    do throws(DatabaseError) {
      while try rows.next() {
        let start = printer.output.count
        try rows.print(to: &printer)
        let digest = printer.output.withSpan(start..<printer.output.count) { Digest.hash($0) }
        now[digest, default: 0] += 1
        if now[digest, default: 0] > seen[digest, default: 0] {
          printer.output.withSpan(0..<printer.output.count) { fresh.append($0) }
        }
        printer.output.removeAll()
      }
    } catch { throw Failure(error, in: source) }
    try fresh.withSpan(0..<fresh.count) { (bytes) throws(Failure) in try Output.write(bytes) }
  }
}
