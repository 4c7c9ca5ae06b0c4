// SPDX-License-Identifier: Apache-2.0

import Kimberlite
import KimberliteCore
import KimberliteTool

/// Runs scripts at one moment of the log.
struct Session {
  let settings: QuerySettings
  let reader: Reader
  private let moment: UInt64?

  init(_ settings: QuerySettings) throws(Failure) {
    self.settings = settings
    let reader = try fail { () throws(DatabaseError) in try Reader(opening: settings.path) }
    self.reader = reader
    moment = try settings.asOf.map { (text) throws(Failure) in
      do throws(DatabaseError) { return try reader.moment(text) } catch {
        var failure = Failure(error)
        failure.message = "--as-of: \(failure.message)"
        throw failure
      }
    }
  }

  /// Runs the statements of a script and prints their rows.
  func run(_ source: String) throws(Failure) {
    try eachStatement(of: source) { (rows) throws(Failure) in
      try print(rows, in: source)
    }
  }

  /// Prepares the statements of a script one after the other.
  func eachStatement(of source: String, _ body: (Rows) throws(Failure) -> Void) throws(Failure) {
    var parser = Parser(source)
    while true {
      let statement: ParsedStatement?
      do throws(SQLError) { statement = try parser.next() } catch {
        throw Failure(DatabaseError(error), in: source)
      }
      guard var statement else { return }
      if settings.explains, case .select(let query) = statement.statement {
        statement = ParsedStatement(
          .explain(query), range: statement.range, parameterNames: statement.parameterNames)
      }
      let rows: Rows
      do throws(DatabaseError) {
        rows = try reader.prepare(statement, moment: moment, parameters: settings.parameters)
      } catch {
        throw failure(error, statement, source)
      }
      try body(rows)
    }
  }

  private func failure(_ error: DatabaseError, _ statement: ParsedStatement, _ source: String)
    -> Failure
  {
    var failure = Failure(error, in: source)
    if error.kind == .usage {
      let text = String(decoding: Array(source.utf8)[statement.range], as: UTF8.self)
      let quoted = text.replacing("'", with: "'\\''")
      let path = settings.path.replacing("'", with: "'\\''")
      failure.hint = "kb-append --sql -c '\(quoted)' '\(path)'"
    }
    return failure
  }

  /// Prints rows as they come; memory does not grow with their number.
  func print(_ rows: Rows, in source: String) throws(Failure) {
    var printer = RowPrinter(format: settings.format, columns: rows.columns)
    printer.begin()
    do throws(DatabaseError) {
      while try rows.next() {
        try rows.print(to: &printer)
        if printer.output.count >= 1 << 16 { try flush(&printer) }
      }
    } catch {
      // What was right so far is shown before what went wrong.
      try? flush(&printer)
      throw Failure(error, in: source)
    }
    printer.finish()
    do throws(DatabaseError) { try flush(&printer) } catch { throw Failure(error, in: source) }
  }

  private func flush(_ printer: inout RowPrinter) throws(DatabaseError) {
    let count = printer.output.count
    let failure: Failure? = printer.output.withSpan(0..<count) { bytes in
      do throws(Failure) {
        try Output.write(bytes)
        return nil
      } catch { return error }
    }
    printer.output.removeAll()
    if let failure { throw DatabaseError(.io, failure.message) }
  }
}
