// SPDX-License-Identifier: Apache-2.0
// Writes the records of a log once more, without what is erased and without saying that it is. A
// fold of both yields the same rows at the same offsets. kb-log(5), Chains.

internal import KimberliteCore

/// Writes a new chain.
struct ChainWriter: ~Copyable {
  /// The first record that is another one; `nil` while all are the same.
  private(set) var from: UInt64?

  private let reader: LogReader
  private let log: LogWriter
  /// The fold of the old chain so far: it knows which versions an erased one came before.
  private let view: View
  private var events = ByteBuffer()
  private var ranges: [Range<Int>] = []
  private var seals: [EventSeal] = []
  private var waiting = 0

  /// Bytes of bodies that may wait for a sync.
  private static let waitingMax = 8 << 20

  /// `view` is empty; it is the writer's to fill.
  init(_ reader: LogReader, _ log: LogWriter, _ view: View) throws(DatabaseError) {
    self.reader = reader
    self.log = log
    self.view = view
    do throws(SQLiteError) { try view.begin() } catch {
      throw DatabaseError(view.connection.sqlError(error))
    }
  }

  /// Writes all records.
  mutating func copy() throws(DatabaseError) {
    var stored = try DatabaseError.wrap { () throws(LogError) in try reader.records(from: 0) }
    var opened = try DatabaseError.wrap { () throws(LogError) in try reader.records(from: 0) }
    while true {
      do throws(LogError) {
        guard try stored.nextAsStored(), try opened.next() else { break }
      } catch { throw DatabaseError(error) }
      if from == nil, opened.events.contains(where: \.isEmpty) { from = opened.header.offset }
      let isChanged: Bool
      if from == nil {
        try view.apply(opened)
        isChanged = false
      } else {
        isChanged = try rewrite(opened, as: stored)
      }
      do throws(LogError) {
        let record =
          isChanged
          ? try PreparedRecord(
            events: events.span, ranges: ranges, seed: Entropy.bytes(32), seals: seals)
          : PreparedRecord(body: stored.body, of: stored.header)
        try append(record, timestamp: isChanged ? timestamp(of: opened) : opened.header.timestamp)
      } catch { throw DatabaseError(error) }
    }
  }

  /// Appends the record that says what was left behind; all is durable then.
  mutating func finish(_ chain: Rechain, _ context: Context) throws(LogError) {
    begin()
    add { $0.appendEvent(context) }
    add { $0.appendEvent(chain) }
    let record = try PreparedRecord(
      events: events.span, ranges: ranges, seed: Entropy.bytes(32), seals: [])
    // Whole microseconds, as everywhere.
    let timestamp = max(Clock.realtime / 1000, log.head.timestamp / 1000 + 1) * 1000
    try append(record, timestamp: timestamp)
    try log.sync()
  }

  private mutating func append(
    _ record: PreparedRecord, timestamp: UInt64
  ) throws(LogError) {
    _ = try log.append(record, timestamp: timestamp)
    waiting += record.stored.count
    guard waiting > Self.waitingMax else { return }
    try log.sync()
    waiting = 0
  }

  /// When a record was made; of one of which nothing is left, no more than that the next came later.
  private func timestamp(of record: borrowing RecordCursor) -> UInt64 {
    ranges.count > 1 ? record.header.timestamp : log.head.timestamp + 1000
  }

  // MARK: One record

  private mutating func begin() {
    events.removeAll()
    ranges = []
    seals = []
  }

  private mutating func add(_ write: (inout ByteBuffer) -> Void) {
    let start = events.count
    write(&events)
    ranges.append(start..<events.count)
  }

  /// Makes the events of a record that stay; answers whether they are others than there were.
  private mutating func rewrite(
    _ record: borrowing RecordCursor, as stored: borrowing RecordCursor
  ) throws(DatabaseError) -> Bool {
    begin()
    let keys = try subjectKeys(of: stored)
    var isChanged = record.events[0].isEmpty
    var context = record.events[0].isEmpty ? Context() : View.context(record.event(0)) ?? Context()
    add { $0.appendEvent(context) }
    var index = 1
    while index < record.events.count {
      let end = try self.end(of: index, record)
      let wasThere = try fold(index..<end, record)
      if record.events[index].isEmpty {
        isChanged = true
      } else if try take(index..<end, record, wasThere: wasThere, keys) {
        isChanged = true
      }
      index = end
    }
    if isChanged, ranges.count == 1 {
      // Nothing is left: no longer who and why, but that a request was dealt with.
      context = Context(
        request: context.request, progress: context.progress, isLast: context.isLast)
      begin()
      add { $0.appendEvent(context) }
    }
    return isChanged
  }

  /// Where the events of the row end that begins with one; other events stand alone.
  private func end(of index: Int, _ record: borrowing RecordCursor) throws(DatabaseError) -> Int {
    guard index + 1 < record.events.count else { return index + 1 }
    if record.events[index].isEmpty {
      // What is left of an erased row is passed over with it.
      return try kind(of: index + 1, record) == .personal ? index + 2 : index + 1
    }
    switch try kind(of: index, record) {
    case .insert, .update: return try table(of: index, record).hasPersonal ? index + 2 : index + 1
    default: return index + 1
    }
  }

  /// Folds events; answers whether the version was there that they end.
  private func fold(
    _ range: Range<Int>, _ record: borrowing RecordCursor
  ) throws(DatabaseError) -> Bool {
    view.missedVersion = false
    do throws(ApplyError) {
      try view.apply(
        record.events.span.extracting(range), of: record.body, offset: record.header.offset,
        place: range.lowerBound)
    } catch { throw DatabaseError(view.sqlError(error)) }
    return !view.missedVersion
  }

  /// Takes events over; answers whether they had to become others.
  private mutating func take(
    _ range: Range<Int>, _ record: borrowing RecordCursor, wasThere: Bool,
    _ keys: [Int: SubjectKey]
  ) throws(DatabaseError) -> Bool {
    let first = range.lowerBound
    let place = ranges.count
    defer {
      if let key = keys[first] {
        for event in place..<ranges.count { seals.append(EventSeal(event: event, key: key)) }
      }
    }
    let kind = try kind(of: first, record)
    // The end of a row that was erased says nothing any more.
    if kind == .delete, !wasThere { return true }
    if kind == .purgeOrder {
      guard var order = PurgeOrder(event: record.event(first)) else {
        throw malformed(first, record)
      }
      // What it names by number is not there any more, and neither are the numbers, nor a digest
      // that they could be found by.
      order.erasures = Erasures()
      order.plan = .zero
      order.subjectKeys = []
      add { $0.appendEvent(order) }
      return true
    }
    if kind == .purgeCompletion {
      guard let end = PurgeCompletion(event: record.event(first)) else {
        throw malformed(first, record)
      }
      add {
        $0.appendEvent(
          PurgeCompletion(
            order: end.order, outcome: end.outcome, events: 0, segments: 0, searchedBytes: 0))
      }
      return true
    }
    add { $0.append(record.event(first)) }
    var isChanged = false
    if kind == .update, !wasThere {
      // The kinds differ in one byte: [1, …] and [2, …].
      events.store(
        bigEndian: UInt8(EventKind.insert.rawValue), at: ranges[place].lowerBound + 1)
      isChanged = true
    }
    guard range.count == 2 else { return isChanged }
    if !record.events[first + 1].isEmpty {
      add { $0.append(record.event(first + 1)) }
      return isChanged
    }
    let table = try table(of: first, record)
    let nothing = [Value](repeating: .null, count: table.columns.count)
    add { $0.appendPersonal(table, row: nothing) }
    return true
  }

  private func kind(
    of event: Int, _ record: borrowing RecordCursor
  ) throws(DatabaseError) -> EventKind? {
    if record.events[event].isEmpty { return nil }
    var reader = CBORReader(record.event(event))
    do throws(CBORError) { return try reader.readEventHead() } catch {
      throw malformed(event, record)
    }
  }

  private func table(
    of event: Int, _ record: borrowing RecordCursor
  ) throws(DatabaseError) -> Table {
    var reader = CBORReader(record.event(event))
    do throws(CBORError) {
      _ = try reader.readEventHead()
      if let table = view.catalog.table(try reader.readObjectID()) { return table }
    } catch { throw malformed(event, record) }
    throw malformed(event, record)
  }

  private func malformed(_ event: Int, _ record: borrowing RecordCursor) -> DatabaseError {
    DatabaseError(.damaged, "event \(event) of record \(record.header.offset) is not one of ours")
  }

  /// The keys that events of a record are under, those that are destroyed excepted.
  private func subjectKeys(
    of stored: borrowing RecordCursor
  ) throws(DatabaseError) -> [Int: SubjectKey] {
    guard RecordBody.isSealed(stored.body) else { return [:] }
    let ids: [(event: Int, key: SubjectKeyID)]
    do throws(FormatError) {
      ids = try RecordBody.subjectKeys(in: stored.body, count: Int(stored.header.eventCount))
    } catch { throw DatabaseError(.damaged, error.what) }
    var keys: [Int: SubjectKey] = [:]
    do throws(LogError) {
      let secrets = try SubjectStore(of: reader.logID).keys(ids.map(\.key))
      for ((event, id), secret) in zip(ids, secrets) {
        keys[event] = secret.map { SubjectKey(id: id, secret: $0) }
      }
    } catch { throw DatabaseError(error) }
    return keys
  }
}
