// SPDX-License-Identifier: Apache-2.0
// The thread that reads: lines to events in batches. It knows the table as it was when the run
// began, which no one else changes while the writer's lock is held.

internal import KimberliteCore

/// Reads input on a thread of its own and hands over batches of events, in order.
final class LineReader: @unchecked Sendable {
  // Sendable: `source` and `encoder` belong to the thread; all else is in the monitor.
  private static let queueMax = 2
  /// A pause of the input that ends a batch.
  ///
  /// Milliseconds.
  private static let pause: Int32 = 50

  /// What lines become.
  enum Target: Sendable {
    case table(Table, DefaultValues)
    /// A stream and the sequence number of its next event.
    case stream(KimberliteCore.Stream, UInt64)
  }

  private struct Queue {
    var full: [Batch] = []
    var spare: [Batch] = []
    var isStopped = false
    /// Whether the thread waits for input.
    var isWaiting = false
    /// What was counted on the thread.
    var rejected: Int64 = 0
    var wasStopped = false
  }

  private let queue = Monitor(Queue())
  private let source: InputSource
  private let options: IngestOptions
  private let target: Target
  private var worker: WorkerThread?

  init(_ source: InputSource, _ options: IngestOptions, _ target: Target) throws(DatabaseError) {
    self.source = source
    self.options = options
    self.target = target
    worker = try DatabaseError.wrap { () throws(LogError) in
      try WorkerThread { [unowned self] in run() }
    }
  }

  /// The next batch; `nil` when `mayIdle` and the input itself is being waited for.
  func next(mayIdle: Bool) -> Batch? {
    queue.wait { queue -> Batch?? in
      if !queue.full.isEmpty { return queue.full.removeFirst() }
      return mayIdle && queue.isWaiting ? .some(nil) : nil
    }
  }

  /// Gives a batch back to be filled again.
  func recycle(_ batch: Batch) { queue.change { $0.spare.append(batch) } }

  /// Lines refused while reading.
  ///
  /// True once the last batch was handed over.
  var rejected: Int64 { queue.change { $0.rejected } }
  /// Whether the run was asked to end early.
  var wasStopped: Bool { queue.change { $0.wasStopped } }

  /// Ends the thread, whatever it has read.
  func stop() {
    queue.change { $0.isStopped = true }
    source.wake()
    worker?.join()
    worker = nil
  }

  // MARK: The thread

  private func run() {
    var state = ReadingState(batch: spareBatch())
    do throws(DatabaseError) {
      var encoder = LineEncoder(target, options)
      while try source.nextFile() {
        try readFile(&encoder, &state)
        if state.isStopped { break }
      }
    } catch {
      state.batch.failure = error
    }
    state.batch.isLast = true
    state.batch.lineCount = state.lineCount
    queue.change {
      $0.rejected = state.rejected
      $0.wasStopped = state.isStopped
    }
    _ = handOver(state.batch)
  }

  private func spareBatch() -> Batch {
    let batch = queue.change { $0.spare.popLast() } ?? Batch()
    batch.clear()
    return batch
  }

  /// Queues a batch; false when the other side wants no more.
  private func handOver(_ batch: Batch) -> Bool {
    queue.wait { queue in
      if queue.isStopped { return false }
      if queue.full.count >= Self.queueMax { return nil }
      queue.full.append(batch)
      return true
    }
  }

  private struct ReadingState {
    var batch: Batch
    var lineCount: Int64 = 0
    var rejected: Int64 = 0
    var isStopped = false
  }

  private func readFile(
    _ encoder: inout LineEncoder, _ state: inout ReadingState
  ) throws(DatabaseError) {
    var splitter = RecordSplitter(format: options.format)
    encoder.beginFile()
    state.batch.name = source.name
    var ended = false
    while !ended && !state.isStopped {
      if source.chunk.isEmpty {
        switch try read(state) {
        case .bytes: break
        case .pause:
          try flush(&state)
          continue
        case .endOfFile:
          splitter.finish()
          ended = true
        case .stop:
          state.isStopped = true
          return
        }
      }
      options.onRead?(source.chunk.count)
      source.chunk.withSpan(0..<source.chunk.count) { splitter.append($0) }
      source.chunk.removeAll()
      while try readLine(&splitter, &encoder, &state) {}
    }
    // A record is of one input, so that its lines can be named.
    if !options.isAtomic, state.batch.count > 0 { try flush(&state) }
  }

  /// Reads what there is.
  ///
  /// Only when there is nothing yet is the other side told of the wait.
  private func read(_ state: ReadingState) throws(DatabaseError) -> InputSource.Event {
    let event = try source.read(milliseconds: 0)
    guard event == .pause else { return event }
    queue.change { $0.isWaiting = true }
    defer { queue.change { $0.isWaiting = false } }
    let hasTime = state.batch.count == 0 || options.isAtomic
    return try source.read(milliseconds: hasTime ? -1 : Self.pause)
  }

  private func readLine(
    _ splitter: inout RecordSplitter, _ encoder: inout LineEncoder, _ state: inout ReadingState
  ) throws(DatabaseError) -> Bool {
    let batch = state.batch
    let keepsRaw = options.onReject != nil
    let skipLines = options.skipLines
    var lineCount = state.lineCount
    var bad: (InputError, Int, [UInt8])?
    let found: Bool
    let at = splitter.lineNumber
    do throws(InputError) {
      found = try splitter.next { (line, number) throws(InputError) in
        if encoder.needsHeader { return try encoder.readHeader(line) }
        lineCount += 1
        if lineCount <= skipLines { return }
        do throws(InputError) {
          try encoder.encode(line, into: batch)
        } catch {
          var error = error
          if number == 1, error.hint == nil { error.hint = options.formatHint(line) }
          bad = (error, number, keepsRaw ? line.array() : [])
          return
        }
        batch.lines.append(number)
        if keepsRaw {
          batch.raw.append(line)
          batch.rawEnds.append(batch.raw.count)
        }
      }
    } catch {
      throw describe(error, line: at)
    }
    state.lineCount = lineCount
    if let (error, line, bytes) = bad { try refuse(error, line, bytes, &state) }
    if try isFull(batch) { try flush(&state) }
    return found
  }

  private func isFull(_ batch: Batch) throws(DatabaseError) -> Bool {
    if options.isAtomic {
      guard batch.events.count <= Limits.recordBytesMax,
        batch.eventCount < Limits.recordEventsMax
      else {
        throw DatabaseError(
          .data, "the input is larger than one record can be; leave --atomic away")
      }
      return false
    }
    return batch.count >= options.batchLines || batch.events.count >= Limits.batchBytesMax
  }

  private func flush(_ state: inout ReadingState) throws(DatabaseError) {
    state.batch.lineCount = state.lineCount
    let name = state.batch.name
    if !handOver(state.batch) { state.isStopped = true }
    state.batch = spareBatch()
    state.batch.name = name
  }

  private func refuse(
    _ error: InputError, _ line: Int, _ bytes: [UInt8], _ state: inout ReadingState
  ) throws(DatabaseError) {
    guard let onReject = options.onReject else { throw describe(error, line: line) }
    state.rejected += 1
    try onReject(
      Reject(
        input: source.name, line: line, column: error.column, message: error.message, bytes: bytes))
  }

  private func describe(_ error: InputError, line: Int) -> DatabaseError {
    var sql = SQLError(error.state, error.message, hint: error.hint)
    sql.message = "\(source.name):\(line):\(error.column): \(error.message)"
    return DatabaseError(sql)
  }
}

extension IngestOptions {
  /// The format that a first line which is no JSON object seems to have.
  func formatHint(_ line: Span<UInt8>) -> String? {
    guard format == .ndjson, case .table = target else { return nil }
    let text = line.array()
    guard let first = text.first, first != UInt8(ascii: "{"), first != UInt8(ascii: "[") else {
      return nil
    }
    if text.contains(UInt8(ascii: "\t")) { return "is it TSV? --format tsv" }
    return text.contains(UInt8(ascii: ",")) ? "is it CSV? --format csv" : nil
  }
}
