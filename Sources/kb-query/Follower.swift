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
        try session.eachStatement(of: script) { (rows, sql) throws(DatabaseError) in
          let before = now
          // The first look is a query of its own; later ones are none where they show nothing.
          let limit = try session.note(rows, of: sql, skipsNothing: newest != nil) {
            (rows) throws(DatabaseError) in
            var now = before
            return try eachNew(rows, &now) { _ in }
          }
          try printNew(rows, limit: limit, &now)
        }
        seen = now
        newest = .some(session.reader.newest)
      }
      usleep(Self.interval)
    }
  }

  private func printNew(_ rows: Rows, limit: Int?, _ now: inout [Digest: Int])
    throws(DatabaseError)
  {
    var printer = RowPrinter(format: settings.format, columns: rows.columns)
    if newest == nil { printer.begin() }
    var left = limit ?? .max
    _ = try eachNew(rows, &now) { (row) throws(DatabaseError) in
      if left == 0 { throw Rows.unstable }
      left -= 1
      printer.output.append(row)
      if printer.output.count >= 1 << 16 { try printer.flush() }
    }
    try printer.flush()
  }

  /// Lends each row, printed, that the look before did not show; answers how many they are.
  private func eachNew(
    _ rows: Rows, _ now: inout [Digest: Int],
    _ body: (Span<UInt8>) throws(DatabaseError) -> Void
  ) throws(DatabaseError) -> Int {
    var printer = RowPrinter(format: settings.format, columns: rows.columns)
    let offsetColumn = rows.columns.firstIndex { $0.name == "_offset" }
    var count = 0
    while try rows.next() {
      printer.output.removeAll()
      try rows.print(to: &printer)
      let isNew: Bool
      if let offsetColumn, case .integer(let offset) = try rows.value(offsetColumn) {
        isNew = newest.map { $0.map { offset > $0 } ?? true } ?? true
      } else {
        let digest = printer.output.withSpan(0..<printer.output.count) { Digest.hash($0) }
        now[digest, default: 0] += 1
        if now.count > Self.rowsMax { throw Self.tooMany }
        isNew = now[digest, default: 0] > seen[digest, default: 0]
      }
      guard isNew else { continue }
      count += 1
      try printer.output.withSpan(0..<printer.output.count) { (row) throws(DatabaseError) in
        try body(row)
      }
    }
    return count
  }

  private static let tooMany = DatabaseError(
    SQLError(
      .programLimit, "--follow remembers at most \(rowsMax) rows of a result",
      hint: "select _offset: rows are then told apart by it"))
}
