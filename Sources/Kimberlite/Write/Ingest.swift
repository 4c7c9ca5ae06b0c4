// SPDX-License-Identifier: Apache-2.0
// Input to records, as a pipeline of three threads: one reads and encodes lines (LineReader), this
// one applies them to the view, the committer makes them durable.

internal import Glibc
public import KimberliteCore

/// What to append, and how.
public struct IngestOptions: Sendable {
  /// Where lines go.
  public enum Target: Sendable {
    case table(String)
    case stream(String)
  }
  /// What to do when the primary key exists.
  public enum Conflict: String, Sendable, CaseIterable { case error, update, ignore }

  /// Where lines go.
  public var target: Target
  /// What the lines are.
  public var format = InputFormat.ndjson
  /// Files; empty is standard input.
  public var paths: [String] = []
  /// Input lines of one record.
  public var batchLines = 1000
  /// The whole input is one record, or nothing.
  public var isAtomic = false
  /// Make the table or stream if it does not exist.
  public var creates = false
  /// The primary key of a table that is made.
  public var key: [String] = []
  /// What to do where a key exists.
  public var conflict = Conflict.error
  /// Takes a bad line and its reason instead of ending the run.
  public var onReject: (@Sendable (Reject) throws(DatabaseError) -> Void)?
  /// Told what was inferred for a table that is made: one line.
  public var onInference: (@Sendable (String) -> Void)?
  /// Told how many more bytes of input were read, on a thread of the run.
  public var onRead: (@Sendable (Int) -> Void)?
  /// Becomes readable when the run shall end early; -1 for never.
  public var stopDescriptor: Int32 = -1
  /// Lines at the start that earlier runs with the same request id hold.
  public var skipLines: Int64 = 0
  /// Whether to note progress in the records, for a run with a request id.
  public var notesProgress = false

  /// Options with everything but the target at its default.
  public init(target: Target) { self.target = target }
}

/// A line that was not appended.
public struct Reject: Sendable {
  /// The input it came from.
  public var input: String
  /// From 1.
  public var line: Int
  /// Byte of the line, from 1, where known.
  public var column: Int?
  /// One line: lower case, no full stop.
  public var message: String
  /// The line itself.
  public var bytes: [UInt8]
}

/// What a run of input did.
public struct IngestSummary: Sendable {
  /// Lines that records hold.
  public var lines: Int64 = 0
  /// Lines that were not appended.
  public var rejected: Int64 = 0
  /// Whether the run was asked to end early.
  public var wasStopped = false
}

extension Writer {
  /// Appends input until it ends.
  ///
  /// Everything reported durable stays, whatever is thrown later.
  public func ingest(_ options: IngestOptions) throws(DatabaseError) -> IngestSummary {
    let run = try IngestRun(self, options)
    return try run.run()
  }
}

/// One run: the side that applies.
private final class IngestRun {
  private let writer: Writer
  private let options: IngestOptions
  private let reader: LineReader
  private let table: Table?
  // What every line asks, apart from the table: copying one counts references.
  private let isTable: Bool
  private let hasHiddenKey: Bool
  /// Events of a line.
  private let eventsPerLine: Int
  private var hasChecks = false
  private var hasOverlapRules = false
  private var hasGenerated = false
  /// How far the sequences are that the records say.
  private var sequences: [SequencePosition] = []
  private var constraints: Constraints?
  private var prelude: [SchemaStep]
  private var summary = IngestSummary()

  init(_ writer: Writer, _ options: IngestOptions) throws(DatabaseError) {
    self.writer = writer
    self.options = options
    let source = InputSource(paths: options.paths, stopDescriptor: options.stopDescriptor)
    let preparation = try IngestTarget.prepare(writer, options, source)
    prelude = preparation.changes
    switch preparation.target {
    case .table(let target, let defaults):
      table = target
      reader = try LineReader(source, options, .table(target, defaults))
    case .stream(let stream, let next):
      table = nil
      reader = try LineReader(source, options, .stream(stream, next))
    }
    isTable = table != nil
    hasHiddenKey = table?.columns[0].hidden ?? false
    eventsPerLine = table?.hasPersonal == true ? 2 : 1
    summary.lines = options.skipLines
  }

  func run() throws(DatabaseError) -> IngestSummary {
    defer { reader.stop() }
    if !prelude.isEmpty { try create() }
    while true {
      guard let batch = reader.next(mayIdle: writer.isUnsettled) else {
        // The input pauses: show what there is before waiting.
        try writer.settle()
        continue
      }
      if let failure = batch.failure { throw describe(failure) }
      try append(batch)
      let isLast = batch.isLast
      summary.wasStopped = reader.wasStopped
      reader.recycle(batch)
      if isLast { break }
    }
    summary.rejected += reader.rejected
    try writer.settle()
    return summary
  }

  /// Makes the table or stream, in a record of its own unless all is to be one record.
  private func create() throws(DatabaseError) {
    let draft = try writer.beginRecord()
    try DatabaseError.wrap { () throws(SQLError) in
      try StatementRunner(writer, draft).schema(prelude)
    }
    if !options.isAtomic { try writer.endRecord() }
  }

  private func append(_ batch: Batch) throws(DatabaseError) {
    if options.isAtomic, reader.wasStopped {
      // Half of the input is not the whole.
      if writer.draft != nil { try writer.abandonRecord() }
      return
    }
    let closesRun = batch.isLast && options.notesProgress
    if batch.count == 0, !closesRun, writer.draft == nil { return }
    let draft: RecordDraft
    if options.notesProgress {
      writer.context.progress = batch.lineCount
      writer.context.isLast = batch.isLast && !reader.wasStopped
    }
    if let open = writer.draft { draft = open } else { draft = try writer.beginRecord() }
    let first = draft.count
    if let table, constraints == nil {
      constraints = try DatabaseError.wrap { () throws(SQLError) in try writer.constraints(table) }
      hasChecks = constraints?.hasChecks ?? false
      hasGenerated = constraints?.hasGenerated ?? false
      hasOverlapRules = constraints?.hasOverlapRules ?? false
    }
    if options.onReject != nil, constraints?.references.isEmpty == false {
      try appendForgiving(batch, draft)
    } else {
      try appendAll(batch, draft)
      try settleReferences(draft, from: first)
    }
    try keep(batch.sequences, draft)
    try writer.endRecord(evenIfEmpty: closesRun)
    summary.lines = batch.lineCount
  }

  /// Notes how far the sequences are that the lines took values from.
  private func keep(_ positions: [SequencePosition], _ draft: RecordDraft) throws(DatabaseError) {
    let news = positions.filter { !sequences.contains($0) }
    if news.isEmpty { return }
    try DatabaseError.wrap { () throws(SQLError) in
      try StatementRunner(writer, draft).schema(news.map { .change(.define(.setSequence($0))) })
    }
    sequences = positions
  }

  // MARK: Lines

  /// Lines of a batch that are left out: what they refer to is not there.
  private var dangling: [Int: SQLError] = [:]
  /// Lines of a batch whose rows are in the draft, in order.
  private var taken: [Int] = []

  private func appendAll(_ batch: Batch, _ draft: RecordDraft) throws(DatabaseError) {
    let first = draft.count
    taken = []
    refusals = []
    var next = 0
    while next < batch.count {
      if let error = dangling[next] {
        try refuse(batch, next, error)
        next += 1
      } else {
        next = try append(batch, from: next, draft)
      }
    }
    try markSubjects(draft, from: first)
  }

  /// Appends a batch without the lines that refer to what is not there.
  ///
  /// Whether they do is known when all are in: then it is done again without them, which may leave
  /// others without what they refer to.
  private func appendForgiving(_ batch: Batch, _ draft: RecordDraft) throws(DatabaseError) {
    guard let constraints else { return }
    let first = draft.count
    dangling = [:]
    let mark = try writer.sqlite { () throws(SQLiteError) in try writer.view.mark(depth: 0) }
    while true {
      try appendAll(batch, draft)
      let count = dangling.count
      try DatabaseError.wrap { () throws(SQLError) in
        for (line, index) in zip(taken, rows(draft, from: first)) {
          let row = try row(draft, index)
          for reference in constraints.references where !writer.deferred.defers(reference) {
            do throws(SQLError) { try reference.check(row) } catch {
              if error.state != .foreignKeyViolation { throw error }
              dangling[line] = error
            }
          }
        }
      }
      if dangling.count == count { break }
      try writer.sqlite { () throws(SQLiteError) in try writer.view.rollback(to: mark) }
      draft.truncate(to: first)
      replaced = []
    }
    try writer.sqlite { () throws(SQLiteError) in try writer.view.release(mark) }
    for reject in refusals { try report(reject) }
    refusals = []
    dangling = [:]
    try settleReferences(draft, from: first)
  }

  /// Whether the row that was refused last is one whose primary key exists.
  private var keyExists = false
  /// Rows that were replaced and that others may refer to.
  private var replaced: [RowChange] = []

  /// Lines that are applied together, at most.
  ///
  /// One after a line that was refused, and twice as many each time that all were good: what is
  /// undone and done again stays in proportion to what is done.
  private var runMax = 1024

  /// Appends some lines of a batch, from `first` on; answers the line to go on with.
  private func append(_ batch: Batch, from first: Int, _ draft: RecordDraft)
    throws(DatabaseError) -> Int
  {
    // Whether a key exists is known only once the lines before are applied.
    let limit = options.conflict == .update || hasOverlapRules ? 1 : runMax
    var end = first
    let place = draft.count
    var failure: SQLError?
    keyExists = false
    do throws(SQLError) {
      while end < min(batch.count, first + limit), dangling[end] == nil {
        try add(batch, end, draft)
        end += 1
      }
    } catch { failure = error }
    do throws(SQLError) {
      try apply(draft, from: place)
    } catch {
      failure = error
    }
    guard let failure else {
      runMax = min(1024, 2 * runMax)
      taken += first..<end
      return end
    }
    // Of the disk or the view, not of a line; what is forbidden is a row that a purge erased.
    if ![.data, .forbidden].contains(DatabaseError(failure).kind) { throw DatabaseError(failure) }
    runMax = 1
    let bad = first + (draft.count - place) / eventsPerLine
    taken += first..<bad
    if options.conflict == .ignore, keyExists { return bad + 1 }
    try refuse(batch, bad, failure)
    return bad + 1
  }

  /// Adds the events of one line to the draft, and looks at what can be seen before they are
  /// applied.
  private func add(_ batch: Batch, _ index: Int, _ draft: RecordDraft) throws(SQLError) {
    let count = draft.count
    batch.events.withSpan(batch.range(index)) { draft.events.append($0) }
    do throws(SQLError) {
      let range = try draft.endEvent()
      if hasHiddenKey {
        HiddenKey.assign(
          HiddenKey.value(offset: writer.nextOffset, place: count), in: draft, range)
      }
      if let personal = batch.personalRange(index) {
        batch.events.withSpan(personal) { draft.events.append($0) }
        try draft.endEvent()
      }
      if hasGenerated, let constraints { try complete(draft, from: count, constraints) }
      if hasChecks, let constraints {
        try constraints.checkRow(try row(draft, count))
      }
      if hasOverlapRules, let constraints {
        try constraints.checkOverlaps(try row(draft, count))
      }
    } catch {
      draft.truncate(to: count)
      throw error
    }
  }

  /// Computes the generated columns of the row whose events begin with event `place`.
  private func complete(
    _ draft: RecordDraft, from place: Int, _ constraints: Constraints
  ) throws(SQLError) {
    guard let table else { return }
    var row = try row(draft, place)
    try constraints.complete(&row)
    // NOT NULL is looked at as lines are read, but for what was not there yet.
    for (value, column) in zip(row, table.columns)
    where column.generation != nil && column.notNull && value == .null {
      try constraints.checkRow(row)
    }
    draft.truncate(to: place)
    draft.events.appendEvent(.insert, table, row: row)
    try draft.endEvent()
    if table.hasPersonal {
      draft.events.appendPersonal(table, row: row)
      try draft.endEvent()
    }
  }

  /// Applies the draft's events from `first` on; on an error only those before the bad one stay.
  private func apply(_ draft: RecordDraft, from first: Int) throws(SQLError) {
    if isTable, options.conflict == .update {
      for index in stride(from: first, to: draft.count, by: eventsPerLine) {
        try upsert(draft, index)
      }
    } else {
      try insert(draft, from: first)
    }
  }

  private func insert(_ draft: RecordDraft, from first: Int) throws(SQLError) {
    do throws(ApplyError) {
      try draft.withEvents(from: first) { (events, bytes) throws(ApplyError) in
        try writer.view.apply(events, of: bytes, offset: writer.nextOffset, place: first)
      }
    } catch {
      guard case .row(.duplicateKey, let place) = error, let constraints else {
        throw writer.view.sqlError(error)
      }
      let row = try row(draft, place)
      draft.truncate(to: place)
      keyExists = try constraints.live(row) != nil
      throw try constraints.uniqueViolation(row)
    }
  }

  /// An insert where the key is new, else an update.
  private func upsert(_ draft: RecordDraft, _ index: Int) throws(SQLError) {
    guard let constraints else { return }
    var place = index
    // A refused row must not leave the old version ended.
    let saved =
      options.onReject == nil
      ? nil
      : try writer.view.run { () throws(SQLiteError) in
        try writer.view.beginStatement()
      }
    do throws(SQLError) {
      let new = try row(draft, index)
      if let table, let old = try constraints.live(new) {
        if constraints.isReferenced {
          replaced.append(RowChange(table: table, old: old, new: new))
        }
        if let subject = table.subject(of: old), subject != table.subject(of: new) {
          try end(old, of: subject, table, draft, before: index)
          place = index + 1
        } else {
          // The kinds differ in one byte: [1, …] and [2, …].
          draft.events.store(
            bigEndian: UInt8(EventKind.update.rawValue), at: draft.ranges[index].lowerBound + 1)
        }
      }
      try insert(draft, from: place)
      if saved != nil {
        try writer.view.run { () throws(SQLiteError) in try writer.view.keepStatement() }
      }
    } catch {
      draft.truncate(to: index)
      if let saved {
        try writer.view.run { () throws(SQLiteError) in
          try writer.view.rollbackStatement(to: saved)
        }
      }
      throw error
    }
  }

  /// Ends a row, by an event before those of the row that takes its place: another subject's.
  private func end(
    _ old: [Value], of subject: Subject, _ table: Table, _ draft: RecordDraft, before index: Int
  ) throws(SQLError) {
    let events = (index..<draft.count).map { event in
      draft.events.withSpan(draft.ranges[event]) { $0.array() }
    }
    draft.truncate(to: index)
    draft.events.appendDelete(table, key: table.keyColumns.map { old[$0] })
    try draft.endEvent()
    draft.mark(last: 1, as: subject)
    do throws(ApplyError) {
      try draft.withEvents(from: index) { (events, bytes) throws(ApplyError) in
        try writer.view.apply(events, of: bytes, offset: writer.nextOffset, place: index)
      }
    } catch { throw writer.view.sqlError(error) }
    for event in events {
      draft.events.append(event)
      try draft.endEvent()
    }
  }

  /// Where the events of rows begin, from event `first` of the draft on; ends of rows are passed
  /// over.
  private func rows(_ draft: RecordDraft, from first: Int) -> [Int] {
    var starts: [Int] = []
    var index = first
    while index < draft.count {
      let kind = draft.events.withSpan(draft.ranges[index]) { $0[1] }
      if UInt64(kind) == EventKind.delete.rawValue {
        index += 1
      } else {
        starts.append(index)
        index += eventsPerLine
      }
    }
    return starts
  }

  /// The row whose events begin with event `index` of the draft.
  private func row(_ draft: RecordDraft, _ index: Int) throws(SQLError) -> [Value] {
    guard let table else { return [] }
    var row = [Value](repeating: .null, count: table.columns.count)
    for part in 0..<eventsPerLine {
      do throws(CBORError) {
        try draft.events.withSpan(draft.ranges[index + part]) { (event) throws(CBORError) in
          var reader = CBORReader(event)
          _ = try reader.readEventHead()
          _ = try reader.readUnsigned()
          _ = try reader.readArray()
          for (position, column) in table.columns.enumerated() where column.personal == (part == 1)
          { row[position] = try reader.readValue(as: column.type) }
        }
      } catch {
        preconditionFailure("an event that was just encoded does not decode: \(error)")
      }
    }
    return row
  }

  /// Says whose the rows from event `first` of the draft on are.
  private func markSubjects(_ draft: RecordDraft, from first: Int) throws(DatabaseError) {
    guard let table, table.subject != nil else { return }
    try DatabaseError.wrap { () throws(SQLError) in
      for index in rows(draft, from: first) {
        guard let subject = table.subject(of: try row(draft, index)) else { continue }
        draft.mark(index..<index + eventsPerLine, as: subject)
      }
    }
  }

  private func settleReferences(
    _ draft: RecordDraft, from first: Int
  ) throws(DatabaseError) {
    guard let table, constraints?.hasReferences == true else { return }
    let replaced = self.replaced
    self.replaced = []
    try DatabaseError.wrap { () throws(SQLError) in
      var changes = replaced
      for index in rows(draft, from: first) {
        changes.append(RowChange(table: table, old: nil, new: try row(draft, index)))
      }
      try StatementRunner(writer, draft).settle(changes)
    }
  }

  // MARK: Bad lines

  private func refuse(_ batch: Batch, _ index: Int, _ error: SQLError) throws(DatabaseError) {
    guard options.onReject != nil else {
      throw describe(DatabaseError(error).at("\(batch.name):\(batch.lines[index])"))
    }
    let reject = Reject(
      input: batch.name, line: batch.lines[index], column: nil, message: error.message,
      bytes: batch.raw.withSpan(batch.rawRange(index)) { $0.array() })
    // Where references are to be looked at, all of the batch may have to be done again.
    if constraints?.references.isEmpty == false {
      refusals.append(reject)
    } else {
      try report(reject)
    }
  }

  /// What is to be reported of a batch, once it is settled.
  private var refusals: [Reject] = []

  private func report(_ reject: Reject) throws(DatabaseError) {
    summary.rejected += 1
    try options.onReject?(reject)
  }

  /// Adds what stands in the log all the same.
  private func describe(_ error: DatabaseError) -> DatabaseError {
    guard [.data, .forbidden].contains(error.kind) else { return error }
    var error = error
    error.message += "; \(options.isAtomic ? "nothing was appended" : linesInLog)"
    return error
  }

  /// How much of the input stays; a line of the second file is not counted from that file's start.
  private var linesInLog: String {
    let scope = options.paths.count > 1 ? ", counted over all files," : ""
    return summary.lines == 0
      ? "no input line before it is in the log"
      : "\(summary.lines.counted("input line")) before it\(scope) "
        + "\(summary.lines == 1 ? "is" : "are") in the log"
  }
}

extension DatabaseError {
  /// The same error, said to be at a place.
  func at(_ place: String) -> DatabaseError {
    var error = self
    error.message = "\(place): \(message)"
    return error
  }
}
