// SPDX-License-Identifier: Apache-2.0

import Kimberlite
import KimberliteCore
import KimberliteTool

/// Runs scripts at one moment of the log.
struct Session {
  let settings: QuerySettings
  let reader: Reader
  let moment: UInt64?
  /// What PREPARE has named.
  private let prepared: PreparedStatements

  init(
    _ settings: QuerySettings, prepared: PreparedStatements = PreparedStatements()
  ) throws(Failure) {
    self.settings = settings
    self.prepared = prepared
    let reader = try fail { () throws(DatabaseError) in
      try Reader(opening: settings.path, key: settings.key)
    }
    reader.bound(settings.bounds)
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
  func run(_ script: Script) throws(Failure) {
    var isFirst = true
    let prover = try fail { () throws(DatabaseError) in try settings.prover() }
    try eachStatement(of: script) { (rows, sql) throws(DatabaseError) in
      let limit = try note(rows, of: sql) { (rows) throws(DatabaseError) in try rows.countAll() }
      try print(rows, limit: limit, isFirst: isFirst) { prover?.add(rows) }
      isFirst = false
    }
    guard let prover, let folder = settings.receipts?.folder else { return }
    try fail { () throws(DatabaseError) in try prover.finish(reader, in: folder) }
  }

  /// Notes a query where the log wants it; answers how many rows may be shown.
  func note(
    _ rows: Rows, of sql: String, asEvidence: Bool = false, skipsNothing: Bool = false,
    count: (Rows) throws(DatabaseError) -> Int
  ) throws(DatabaseError) -> Int? {
    try reader.note(
      rows, of: sql, moment: moment, context: settings.context, asEvidence: asEvidence,
      skipsNothing: skipsNothing, count: count)
  }

  /// Prepares the statements of a script one after the other, each with its text.
  func eachStatement(
    of script: Script, _ body: (Rows, _ sql: String) throws(DatabaseError) -> Void
  ) throws(Failure) {
    var parser = Parser(script.text)
    while true {
      let statement: ParsedStatement?
      do throws(SQLError) { statement = try parser.next() } catch {
        throw script.failure(DatabaseError(error))
      }
      guard var statement else { return }
      if settings.explains, case .select = statement.statement {
        statement = ParsedStatement(
          .explain(statement.statement), range: statement.range,
          parameterNames: statement.parameterNames)
      }
      do throws(DatabaseError) {
        guard
          let (meant, parameters) = try reader.resolve(
            statement, in: prepared, moment: moment, parameters: settings.parameters)
        else { continue }
        let isNamed = meant !== statement
        do throws(DatabaseError) {
          try body(
            try prepare(meant, parameters), isNamed ? meant.text : script.text(of: statement))
        } catch {
          var error = error
          // Its place is in the text that was prepared.
          if isNamed { error.sql?.position = nil }
          throw error
        }
      } catch {
        throw failure(error, statement, script)
      }
    }
  }

  private func prepare(
    _ statement: ParsedStatement, _ parameters: [String: String?]
  ) throws(DatabaseError) -> Rows {
    try reader.prepare(
      statement, moment: moment, parameters: parameters, proofs: settings.proofs)
  }

  /// What `*` stands for in a table, a stream or a system table, named as in SQL.
  func columns(of name: String) throws(DatabaseError) -> [ResultColumn] {
    var parser = Parser("SELECT * FROM \(name)")
    let statement: ParsedStatement?
    do throws(SQLError) { statement = try parser.next() } catch { throw DatabaseError(error) }
    return try statement.map { (statement) throws(DatabaseError) in
      try prepare(statement, settings.parameters).columns
    }
      ?? []
  }

  private func failure(_ error: DatabaseError, _ statement: ParsedStatement, _ script: Script)
    -> Failure
  {
    var failure = script.failure(error, in: statement)
    if error.kind == .usage {
      switch statement.statement {
      case .transaction:
        // One alone is nothing that kb-append could run.
        failure.hint = "all statements of a script see the same moment without it"
        return failure
      default: break
      }
      let quoted = script.text(of: statement).replacing("'", with: "'\\''")
      let path = settings.path.replacing("'", with: "'\\''")
      failure.hint = "kb-append --sql -c '\(quoted)' '\(path)'"
    }
    return failure
  }

  /// Goes through rows, of which no more than were noted may be there.
  func each(
    _ rows: Rows, limit: Int?, _ body: () throws(DatabaseError) -> Void
  ) throws(DatabaseError) {
    var left = limit ?? .max
    while try rows.next() {
      if left == 0 { throw Rows.unstable }
      left -= 1
      try body()
    }
  }

  /// Prints rows as they come; memory does not grow with their number.
  func print(
    _ rows: Rows, limit: Int?, isFirst: Bool, also: () throws(DatabaseError) -> Void
  ) throws(DatabaseError) {
    var printer = RowPrinter(format: settings.format, columns: rows.columns)
    // One table behind the other would be read as one.
    if !isFirst, settings.format == .table || settings.format == .markdown {
      printer.output.append(UInt8(ascii: "\n"))
    }
    printer.begin()
    do throws(DatabaseError) {
      try each(rows, limit: limit) { () throws(DatabaseError) in
        try rows.print(to: &printer)
        try also()
        if printer.output.count >= 1 << 16 { try printer.flush() }
      }
    } catch {
      // What was right so far is shown before what went wrong.
      try? printer.flush()
      throw error
    }
    printer.finish()
    try printer.flush()
  }
}

extension RowPrinter {
  /// Writes what is printed so far to standard output.
  mutating func flush() throws(DatabaseError) {
    let failure: Failure? = output.withSpan(0..<output.count) { rows in
      do throws(Failure) {
        try Output.show(rows)
        return nil
      } catch { return error }
    }
    output.removeAll()
    if let failure { throw DatabaseError(.io, failure.message) }
  }
}
