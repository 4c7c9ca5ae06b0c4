// SPDX-License-Identifier: Apache-2.0

import Glibc
import Kimberlite
import KimberliteCore
import KimberliteTool

/// Prints a result, and then every row that new records add to it.
///
/// A row with a column `_offset` is new if its offset is, which takes no memory; other rows are
/// compared by their digests with those of the result before.
struct Follower {
  /// Formats that have no end, and so can be continued.
  static let formats: [OutputFormat] = [.ndjson, .csv, .tsv]

  /// Between two looks at the log.
  ///
  /// Microseconds.
  private static let interval: UInt32 = 100_000
  /// Rows of a result that are remembered at most; some 200 MB.
  private static let rowsMax = 1_000_000

  let settings: QuerySettings
  /// The rows of the result before, and how often each was in it.
  private var seen: [Digest: Int] = [:]
  /// The newest offset at the look before; `nil` outside before the first one.
  private var newest: UInt64??

  init(_ settings: QuerySettings) { self.settings = settings }

  /// Runs until a signal ends the process.
  mutating func run(_ script: Script) throws(Failure) {
    while true {
      let session = try Session(settings)
      if newest != .some(session.reader.newest) {
        var now: [Digest: Int] = [:]
        try session.eachStatement(of: script) { (rows) throws(DatabaseError) in
          try printNew(rows, &now)
        }
        seen = now
        newest = .some(session.reader.newest)
      }
      usleep(Self.interval)
    }
  }

  private func printNew(_ rows: Rows, _ now: inout [Digest: Int]) throws(DatabaseError) {
    var printer = RowPrinter(format: settings.format, columns: rows.columns)
    if newest == nil { printer.begin() }
    let offsetColumn = rows.columns.firstIndex { $0.name == "_offset" }
    while try rows.next() {
      let start = printer.output.count
      try rows.print(to: &printer)
      let isNew: Bool
      if let offsetColumn, case .integer(let offset) = try rows.value(offsetColumn) {
        isNew = newest.map { $0.map { offset > $0 } ?? true } ?? true
      } else {
        let digest = printer.output.withSpan(start..<printer.output.count) { Digest.hash($0) }
        now[digest, default: 0] += 1
        if now.count > Self.rowsMax { throw Self.tooMany }
        isNew = now[digest, default: 0] > seen[digest, default: 0]
      }
      if !isNew { printer.output.truncate(to: start) }
      if printer.output.count >= 1 << 16 { try printer.flush() }
    }
    try printer.flush()
  }

  private static let tooMany = DatabaseError(
    SQLError(
      .programLimit, "--follow remembers at most \(rowsMax) rows of a result",
      hint: "select _offset: rows are then told apart by it"))
}
