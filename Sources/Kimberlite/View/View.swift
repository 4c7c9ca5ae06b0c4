// SPDX-License-Identifier: Apache-2.0
// The view: all state, folded from records into one SQLite database that can be deleted at any
// time. This file is the fold; opening and catching up are in View+Opening.swift.
//
// The view's write lock is also what keeps readers that catch up and the writer apart: the log
// grows only while its writer holds the view's write transaction.

internal import CSQLite
internal import KimberliteCore

/// Why a record does not fold into the state.
enum ApplyError: Error {
  case row(RowError, event: Int)
  case malformed(CBORError, event: Int)
  /// A row of a table, or an event of a stream, that does not exist at this offset.
  case unknownObject(ObjectID, event: Int)
  case sqlite(SQLiteError)
}

/// The fold's state: what SQLite holds and what is computed from it.
final class View {
  let connection: Connection
  /// How far the view is, as of the last commit or `recordDone`.
  var position: LogPosition
  /// The catalog after the events applied so far.
  private(set) var catalog: Catalog
  /// Whether events of the records applied so far were erased: a version that is missed from then
  /// on may have been one of them.
  private(set) var hasHoles: Bool
  /// How far the store of subject keys was when this view was made or swept.
  var subjectGeneration: UInt64
  /// Whether an event ended a version that was not there, since somebody last said no.
  var missedVersion = false
  private var savedCatalog: Catalog
  private var writers: [ObjectID: TableWriter] = [:]
  /// The writer used last: events of one table come in rows.
  private var lastWriter: TableWriter?
  private var streamWriters: [ObjectID: StreamWriter] = [:]
  /// What `uncountedTables` has not seen yet, of tables that have no writer now.
  private var growth: [ObjectID: Growth] = [:]
  private let insertRecord: Prepared
  private let updateHash: Prepared
  private let insertChange: Prepared
  private let updateState: Prepared
  private let purges: PurgeWriter
  let subjects: SubjectWriter
  private let savepoint: Prepared
  private let release: Prepared
  /// The place of the next schema change within its record.
  private var changePlace: Int64 = 0

  /// Takes over a connection whose system tables exist.
  init(_ connection: Connection, position: LogPosition) throws(SQLiteError) {
    self.connection = connection
    self.position = position
    catalog = try Self.catalog(connection, at: nil)
    savedCatalog = catalog
    (hasHoles, subjectGeneration) = try Self.state(connection)
    purges = try PurgeWriter(connection)
    subjects = try SubjectWriter(connection)
    savepoint = try connection.prepare("SAVEPOINT record", persistent: true)
    release = try connection.prepare("RELEASE record", persistent: true)
    insertRecord = try connection.prepare(
      "INSERT INTO kb_records VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)", persistent: true)
    updateHash = try connection.prepare(
      "UPDATE kb_records SET hash = ?2 WHERE offset = ?1", persistent: true)
    insertChange = try connection.prepare(
      "INSERT INTO kb_schema VALUES (?1, ?2, ?3)", persistent: true)
    updateState = try connection.prepare(
      """
      UPDATE kb_state SET count = ?1, hash = ?2, timestamp = ?3, segment = ?4, position = ?5,
      holes = ?6, blind = ?7, subjects = ?8
      """, persistent: true)
  }

  /// The catalog after the record at `offset`, or after the newest.
  static func catalog(_ connection: Connection, at offset: UInt64?) throws(SQLiteError) -> Catalog {
    let changes = try connection.prepare(
      "SELECT change FROM kb_schema WHERE offset <= ?1 ORDER BY offset, place")
    try changes.bind(1, offset.map { Int64($0) } ?? Int64.max)
    var catalog = Catalog()
    while try changes.step() {
      let bytes = changes.blob(0)
      var reader = CBORReader(bytes.span)
      guard (try? reader.readEventHead()) == .schema,
        let change = try? reader.readSchemaChange(), catalog.accepts(change)
      else { throw Storage.contradiction }
      catalog.apply(change)
    }
    return catalog
  }

  /// Reads anew what another process may have applied since this view was opened.
  ///
  /// Inside an open write transaction, so that it stays true.
  func refresh(logID: LogID) throws(SQLiteError) {
    guard let stored = try Self.storedPosition(connection, logID) else {
      throw SQLiteError(code: SQLITE_CORRUPT, message: "the view was replaced while it was open")
    }
    position = stored
    (hasHoles, subjectGeneration) = try Self.state(connection)
    restoreCatalog(try Self.catalog(connection, at: nil))
  }

  private static func state(
    _ connection: Connection
  ) throws(SQLiteError) -> (hasHoles: Bool, subjectGeneration: UInt64) {
    let state = try connection.prepare("SELECT holes, subjects FROM kb_state")
    guard try state.step(), let generation = UInt64(exactly: state.integer(1)) else {
      throw Storage.contradiction
    }
    return (state.integer(0) != 0, generation)
  }

  /// Notes that events which this view holds, or held, were erased.
  func noteHoles() { hasHoles = true }

  // MARK: Transactions

  /// Opens a write transaction.
  func begin() throws(SQLiteError) { try connection.execute("BEGIN IMMEDIATE") }

  /// Ends the write transaction; the state says `position`.
  func commit() throws(SQLiteError) {
    try updateState.bind(1, Int64(position.head.count))
    try updateState.bind(2, blob: position.head.hash.bytes)
    try updateState.bind(3, Int64(position.head.timestamp))
    try updateState.bind(4, Int64(position.segment))
    try updateState.bind(5, Int64(position.position))
    try updateState.bind(6, Int64(hasHoles ? 1 : 0))
    if let blind = connection.blind() { try updateState.bind(7, blob: blind) }
    try updateState.bind(8, Int64(subjectGeneration))
    try updateState.run()
    try connection.execute("COMMIT")
  }

  /// Gives up the write transaction.
  ///
  /// The view object is not usable afterwards.
  func rollback() {
    if connection.inTransaction { sqlite3_exec(connection.handle, "ROLLBACK", nil, nil, nil) }
  }

  /// Marks where `rollbackRecord` returns to.
  func beginRecord() throws(SQLiteError) {
    savedCatalog = catalog
    changePlace = 0
    try savepoint.run()
  }

  /// Keeps what was applied since `beginRecord`.
  func keepRecord() throws(SQLiteError) { try release.run() }

  /// Undoes what was applied since `beginRecord`.
  ///
  /// A full disk makes SQLite roll back all of the transaction: then there is nothing to undo.
  func rollbackRecord() throws(SQLiteError) {
    guard connection.inTransaction else { return }
    try connection.execute("ROLLBACK TO record")
    try release.run()
    restoreCatalog(savedCatalog)
  }

  /// Marks a place inside a record, for one statement of a transaction.
  func beginStatement() throws(SQLiteError) -> Catalog {
    try connection.execute("SAVEPOINT statement")
    return catalog
  }

  func keepStatement() throws(SQLiteError) { try connection.execute("RELEASE statement") }

  func rollbackStatement(to saved: Catalog) throws(SQLiteError) {
    try connection.execute("ROLLBACK TO statement")
    try connection.execute("RELEASE statement")
    restoreCatalog(saved)
  }

  /// A place inside of a record that it can be taken back to.
  struct Mark {
    /// How many marks there were before it.
    fileprivate let depth: Int
    fileprivate let catalog: Catalog
    fileprivate let changePlace: Int64
    fileprivate var name: String { "mark_\(depth)" }
  }

  /// Marks a place inside of a record; `depth`: behind how many others that are not released.
  func mark(depth: Int) throws(SQLiteError) -> Mark {
    let mark = Mark(depth: depth, catalog: catalog, changePlace: changePlace)
    try connection.execute("SAVEPOINT \(mark.name)")
    return mark
  }

  /// Forgets a mark and those behind it, keeping what was applied.
  func release(_ mark: Mark) throws(SQLiteError) {
    try connection.execute("RELEASE \(mark.name)")
  }

  /// Undoes what was applied since a mark, which stays.
  func rollback(to mark: Mark) throws(SQLiteError) {
    try connection.execute("ROLLBACK TO \(mark.name)")
    changePlace = mark.changePlace
    restoreCatalog(mark.catalog)
  }

  private func restoreCatalog(_ saved: Catalog) {
    if saved == catalog { return }
    catalog = saved
    forgetWriters()
  }

  // MARK: The fold

  /// Applies events of the record at `offset`, in their order.
  ///
  /// `place` is the number of the first within the record. When one does not fit, those before it
  /// are applied.
  func apply(
    _ events: Span<Range<Int>>, of bytes: Span<UInt8>, offset: UInt64, place first: Int = 0
  ) throws(ApplyError) {
    var index = 0
    while index < events.count {
      if events[index].isEmpty {
        index += try passHole(bytes, events.extracting(index...), first + index)
        continue
      }
      let event = bytes.extracting(events[index])
      let place = first + index
      var reader = CBORReader(event)
      let kind: EventKind
      var object: ObjectID = 0
      do throws(CBORError) {
        kind = try reader.readEventHead()
        if kind.isOfObject { object = try reader.readObjectID() }
      } catch { throw .malformed(error, event: place) }
      let start = reader.position
      switch kind {
      case .context, .rechain: break
      case .insert:
        index += try insert(kind, object, bytes, events.extracting(index...), offset, place)
        continue
      case .streamEvent:
        index += try append(to: object, bytes, events.extracting(index...), offset, place)
        continue
      case .update:
        let writer = try writer(object, place)
        do throws(RowError) {
          try writer.end(updated: event, at: start, offset: offset)
        } catch {
          // Its old version may be what was erased.
          if !hasHoles || !error.isOfAbsence { throw .row(error, event: place) }
          missedVersion = true
        }
        let end = min(index + writer.eventsPerRow, events.count)
        index += try insert(kind, object, bytes, events.extracting(index..<end), offset, place)
        continue
      case .delete:
        let writer = try writer(object, place)
        do throws(RowError) {
          try writer.end(deleted: event, at: start, offset: offset)
        } catch {
          if !hasHoles || !error.isOfAbsence { throw .row(error, event: place) }
          missedVersion = true
        }
      case .personal:
        throw .malformed(.unexpected(at: 0, want: "a row before its personal part"), event: place)
      case .schema:
        let change: SchemaChange
        do throws(CBORError) {
          change = try reader.readSchemaChange()
          try reader.finish()
          if !catalog.accepts(change) {
            throw .unexpected(at: start, want: "a change of the schema that there is")
          }
        } catch { throw .malformed(error, event: place) }
        try apply(change, event: event, offset: offset, place: place)
      case .purgeOrder, .purgeCompletion:
        try applyPurge(kind, &reader, offset, place)
      case .subject:
        // The events of the record that are about the subject may have dropped its table.
        let table = catalog.table(object) ?? catalog.droppedTables.last { $0.id == object }
        if table?.subject == nil { throw .unknownObject(object, event: place) }
        try applySubject(object, &reader, offset, place)
      }
      index += 1
    }
  }

  /// Passes over an erased event, and what is left of the row that it may have been: its personal
  /// part; answers how many events those are.
  private func passHole(
    _ bytes: Span<UInt8>, _ events: Span<Range<Int>>, _ place: Int
  ) throws(ApplyError) -> Int {
    hasHoles = true
    guard events.count > 1, !events[1].isEmpty else { return 1 }
    do throws(CBORError) {
      var reader = CBORReader(bytes.extracting(events[1]))
      return try reader.readEventHead() == .personal ? 2 : 1
    } catch { throw .malformed(error, event: place + 1) }
  }

  /// Adds the rows of the first of `events` and those like it that follow; answers how many.
  private func insert(
    _ kind: EventKind, _ table: ObjectID, _ bytes: Span<UInt8>, _ events: Span<Range<Int>>,
    _ offset: UInt64, _ place: Int
  ) throws(ApplyError) -> Int {
    let writer = try writer(table, place)
    do throws(RunError) {
      let (count, metHole) = try writer.add(events, of: bytes, kind: kind, offset: offset)
      if metHole { hasHoles = true }
      writer.insertedCount += count / writer.eventsPerRow
      return count
    } catch { throw .row(error.reason, event: place + error.index) }
  }

  /// Notes where the first of `events` and those that follow it in its stream are; answers how
  /// many.
  private func append(
    to stream: ObjectID, _ bytes: Span<UInt8>, _ events: Span<Range<Int>>, _ offset: UInt64,
    _ place: Int
  ) throws(ApplyError) -> Int {
    let writer = try streamWriter(stream, place)
    do throws(RunError) {
      return try writer.append(events, of: bytes, offset: offset, place: place)
    } catch { throw .row(error.reason, event: place + error.index) }
  }

  /// Lets go of statements on tables that change.
  func forgetWriters() {
    for (id, writer) in writers { growth[id, default: Growth()].rows += writer.insertedCount }
    writers = [:]
    lastWriter = nil
    streamWriters = [:]
  }

  /// What was done to tables since this was asked last.
  func takeGrowth() -> [ObjectID: Growth] {
    forgetWriters()
    defer { growth = [:] }
    return growth
  }

  /// The writer of a table that exists now.
  private func writer(_ id: ObjectID, _ place: Int) throws(ApplyError) -> TableWriter {
    if let lastWriter, lastWriter.id == id { return lastWriter }
    guard let table = catalog.table(id) else { throw .unknownObject(id, event: place) }
    if let known = writers[id] {
      lastWriter = known
      return known
    }
    do throws(SQLiteError) {
      let made = try TableWriter(table, connection, words: wordTables(of: id))
      writers[id] = made
      lastWriter = made
      return made
    } catch { throw .sqlite(error) }
  }

  /// The writer of a stream that exists now.
  private func streamWriter(_ id: ObjectID, _ place: Int) throws(ApplyError) -> StreamWriter {
    if let known = streamWriters[id] { return known }
    guard catalog.stream(id) != nil else { throw .unknownObject(id, event: place) }
    do throws(SQLiteError) {
      let made = try StreamWriter(id, connection)
      streamWriters[id] = made
      return made
    } catch { throw .sqlite(error) }
  }

  private func apply(
    _ change: SchemaChange, event bytes: Span<UInt8>, offset: UInt64, place: Int
  ) throws(ApplyError) {
    do throws(SQLiteError) {
      if case .define(.setSequence) = change {
        // No part of the catalog: there may be one in each record.
        for statement in Storage.statements(for: change, in: catalog) {
          try connection.execute(statement)
        }
        return
      }
      // A statement left open on a table would keep its structure from changing.
      forgetWriters()
      for statement in Storage.statements(for: change, in: catalog) {
        try connection.execute(statement)
      }
      if case .createIndex(let index) = change, let table = catalog.table(index.table) {
        try createIndex(index, on: table, offset: offset)
      }
      try insertChange.bind(1, Int64(offset))
      try insertChange.bind(2, changePlace)
      try insertChange.bind(3, blob: bytes.array())
      try insertChange.run()
    } catch {
      if error.primary == SQLITE_CONSTRAINT { throw .row(.duplicateKey, event: place) }
      throw .sqlite(error)
    }
    changePlace += 1
    catalog.apply(change)
  }

  private func applySubject(
    _ table: ObjectID, _ reader: inout CBORReader, _ offset: UInt64, _ place: Int
  ) throws(ApplyError) {
    let introduced: (value: [UInt8], key: SubjectKeyID)
    do throws(CBORError) {
      introduced = try reader.readSubject()
      try reader.finish()
    } catch { throw .malformed(error, event: place) }
    do throws(SQLiteError) {
      try subjects.add(
        Subject(table: table, value: introduced.value), introduced.key,
        EventPlace(offset: offset, place: place))
    } catch { throw .sqlite(error) }
  }

  private func applyPurge(
    _ kind: EventKind, _ reader: inout CBORReader, _ offset: UInt64, _ place: Int
  ) throws(ApplyError) {
    var order: PurgeOrder?
    var completion: PurgeCompletion?
    do throws(CBORError) {
      if kind == .purgeOrder {
        order = try reader.readPurgeOrder()
      } else {
        completion = try reader.readPurgeCompletion()
      }
      try reader.finish()
    } catch { throw .malformed(error, event: place) }
    do throws(SQLiteError) {
      if let order {
        try purges.add(order, offset)
        for key in order.subjectKeys { try subjects.retire(key) }
        if let next = order.next { try reserveSequences(of: order.object, below: next) }
      }
      if let completion { try purges.add(completion, offset) }
    } catch { throw .sqlite(error) }
  }

  private func createIndex(
    _ index: Index, on table: Table, offset: UInt64
  ) throws(SQLiteError) {
    if let words = WordTable(index, on: table) {
      for statement in words.creation { try connection.execute(statement) }
      return
    }
    var statements =
      !index.unique
      ? [Storage.create(index, on: table)]
      : table.createdAt == offset
        ? [Storage.createUnique(index, on: table)]
        : Storage.createUniqueBesidePast(index, on: table)
    if statements.count == 1 {
      statements += Storage.statistics(
        of: "kb_index_\(index.id)", on: table, columns: index.columns.count,
        isUnique: index.unique)
    }
    for statement in statements { try connection.execute(statement) }
    growth[table.id, default: Growth()].hasNewIndex = true
  }

  /// Notes that all events of a record are applied.
  ///
  /// `hash` may follow by `setHash`.
  func recordDone(
    offset: UInt64, timestamp: UInt64, context: Context, events: Int, hash: Digest?
  ) throws(SQLiteError) {
    changePlace = 0
    try insertRecord.bind(1, Int64(offset))
    try insertRecord.bind(2, Int64(timestamp))
    for (index, text) in [context.actor, context.reason, context.ticket, context.request]
      .enumerated()
    {
      if let text {
        try insertRecord.bind(index + 3, text)
      } else {
        try insertRecord.bindNull(index + 3)
      }
    }
    if let progress = context.progress {
      try insertRecord.bind(7, progress)
    } else {
      try insertRecord.bindNull(7)
    }
    try insertRecord.bind(8, Int64(context.isLast ? 1 : 0))
    try insertRecord.bind(9, Int64(events))
    if let hash {
      try insertRecord.bind(10, blob: hash.bytes)
    } else {
      try insertRecord.bindNull(10)
    }
    try insertRecord.run()
  }

  /// Fills in the hash of a record that was applied before it was chained.
  func setHash(_ hash: Digest, of offset: UInt64) throws(SQLiteError) {
    try updateHash.bind(1, Int64(offset))
    try updateHash.bind(2, blob: hash.bytes)
    try updateHash.run()
  }
}
