// SPDX-License-Identifier: Apache-2.0

import Kimberlite
import KimberliteCore
import KimberliteTool

/// Runs a script as it arrives: each statement as soon as its `;` is there.
struct SQLRun: ~Copyable {
  private let writer: Writer
  private let parameters: [String: String?]
  /// Statements at the start that earlier runs with the same request id hold.
  private let skip: Int64
  private let notesProgress: Bool
  private let isAtomic: Bool
  private var count: Int64 = 0
  private var wasStopped = false
  /// What was asked for, by RETURNING or a query, and may rest on what is not durable yet.
  private var held = ByteBuffer()
  /// With a request id the last statement has to be known as such before it runs.
  private var pending: (statement: ParsedStatement, source: String, name: String)?

  init(
    writer: Writer, parameters: [String: String?], skip: Int64, notesProgress: Bool,
    isAtomic: Bool
  ) throws(Failure) {
    self.writer = writer
    self.parameters = parameters
    self.skip = skip
    self.notesProgress = notesProgress
    self.isAtomic = isAtomic
    if isAtomic { try fail { () throws(DatabaseError) in try writer.begin() } }
  }

  /// Reads scripts until they end or a signal arrives.
  mutating func read(_ paths: [String], stopDescriptor: Int32) throws(Failure) {
    let input = ScriptInput(paths: paths, stopDescriptor: stopDescriptor)
    while let piece = try fail({ () throws(DatabaseError) in try input.next() }) {
      try feed(piece.text, name: piece.name)
      // What has arrived is answered before more is waited for.
      try settle()
    }
    wasStopped = input.wasStopped
  }

  /// Runs the statements of a piece of a script.
  mutating func feed(_ text: String, name: String) throws(Failure) {
    var parser = Parser(text)
    while true {
      let statement: ParsedStatement?
      do throws(SQLError) { statement = try parser.next() } catch {
        throw failure(DatabaseError(error), text, name)
      }
      guard let statement else { return }
      guard notesProgress else {
        try run(statement, text, name, isLast: false)
        continue
      }
      if let pending { try run(pending.statement, pending.source, pending.name, isLast: false) }
      pending = (statement, text, name)
    }
  }

  /// Runs what is left.
  ///
  /// A transaction that no COMMIT ended is an error, and dropped.
  mutating func finish() throws(Failure) {
    // An open transaction is abandoned with the run that a signal ends.
    if wasStopped, writer.isInTransaction { return }
    if let pending { try run(pending.statement, pending.source, pending.name, isLast: true) }
    pending = nil
    if isAtomic {
      try fail { () throws(DatabaseError) in try writer.commit() }
    } else if writer.isInTransaction {
      throw Failure(
        .data, "the input ends inside a transaction: nothing of it was appended",
        hint: "end it with COMMIT")
    }
    try settle()
  }

  private mutating func settle() throws(Failure) {
    if writer.isInTransaction { return }
    try fail { () throws(DatabaseError) in try writer.settle() }
    try held.withSpan(0..<held.count) { (bytes) throws(Failure) in try Output.show(bytes) }
    held.removeAll()
  }

  private mutating func run(
    _ statement: ParsedStatement, _ text: String, _ name: String, isLast: Bool
  ) throws(Failure) {
    count += 1
    if count <= skip { return }
    if notesProgress {
      writer.context.progress = count
      writer.context.isLast = isLast
    }
    let outcome: StatementOutcome
    do throws(DatabaseError) {
      outcome = try writer.run(statement, parameters: parameters)
    } catch {
      var error = error
      // Where no token is to blame, the statement is.
      if error.sql != nil, error.sql?.position == nil {
        error.sql?.position = statement.range.lowerBound
      }
      throw failure(error, text, name)
    }
    guard let columns = outcome.columns else {
      // What was asked in a transaction is shown when it ends.
      if !held.isEmpty { try settle() }
      return
    }
    hold(outcome.rows, columns, as: outcome.isRead ? "row" : "returning")
    // Its receipt first, then its rows, before anything else can fail.
    try settle()
  }

  /// Rows, marked as what they are among the receipts.
  private mutating func hold(_ rows: [[Value]], _ columns: [ResultColumn], as kind: String) {
    for row in rows {
      var printer = RowPrinter(format: .ndjson, columns: columns)
      printer.begin()
      for value in row { printer.append(value) }
      printer.endRow()
      printer.finish()
      held.append(utf8: "{\"\(kind)\":")
      printer.output.withSpan(0..<(printer.output.count - 1)) { held.append($0) }
      held.append(utf8: "}\n")
    }
  }

  /// `name`: `-c`, or the input and the line of it where `text` begins: `setup.sql:17`.
  private func failure(_ error: DatabaseError, _ text: String, _ name: String) -> Failure {
    guard name != "-c", let colon = name.lastIndex(of: ":"),
      let first = Int(name[name.index(after: colon)...])
    else { return Failure(error, in: text) }
    return Failure(error, in: text, of: String(name[..<colon]), from: first)
  }
}
