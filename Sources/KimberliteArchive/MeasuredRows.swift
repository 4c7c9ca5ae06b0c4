// SPDX-License-Identifier: Apache-2.0
// A tar says how long a file is before its first byte. So rows are counted in one run of the query
// and written in another: nothing is kept, in memory or on disk.

internal import Kimberlite
internal import KimberliteCore

/// The rows of a query in one format, counted and hashed as they are taken.
struct MeasuredRows: ~Copyable {
  private var printer: RowPrinter
  private var running = RunningDigest()
  /// Bytes taken so far.
  private(set) var byteCount: UInt64 = 0
  /// Of the bytes taken so far.
  var digest: Digest {
    let all = running
    return all.finish()
  }

  init(_ format: OutputFormat, _ columns: [ResultColumn]) {
    printer = RowPrinter(format: format, columns: columns)
    printer.begin()
  }

  /// Adds the current row.
  mutating func add(_ rows: Rows) throws(DatabaseError) { try rows.print(to: &printer) }

  /// Adds what follows the rows.
  mutating func finish() { printer.finish() }

  /// Whether what was printed is worth taking.
  var isFull: Bool { printer.output.count >= 1 << 16 }

  /// Takes what was printed.
  mutating func take(
    _ body: (Span<UInt8>) throws(LogError) -> Void = { _ in }
  ) throws(LogError) {
    byteCount += UInt64(printer.output.count)
    var digest = running
    digest.append(printer.output.span)
    running = digest
    try body(printer.output.span)
    printer.output.removeAll()
  }
}
