// SPDX-License-Identifier: Apache-2.0
// The versions of one table's rows: what an insert, update or delete event does to them. Replay
// and the live writer come through here alike, so that state is the fold of the log.

internal import CSQLite
internal import KimberliteCore

/// Why a row event does not fit the state.
enum RowError: Error {
  /// An insert or update meets a live row with the same primary or unique key.
  case duplicateKey
  /// An update or delete of a row that is not live.
  case noSuchRow
  case sqlite(SQLiteError)
  case malformed(CBORError)

  /// Whether a row is missed that was there when the event was made: it may have been erased.
  var isOfAbsence: Bool { if case .noSuchRow = self { true } else { false } }
}

/// Prepared statements that add and end versions of one table's rows.
final class TableWriter {
  let id: ObjectID
  let table: Table
  private let insert: EventInsert
  private let words: [WordWriter]
  /// Rows added so far, also those whose record was taken back.
  var insertedCount = 0
  private let close: Prepared
  private let erase: Prepared
  private let trace: Prepared
  /// How many events a row is.
  let eventsPerRow: Int
  private let keyTypes: [SQLType]
  /// The types of what a row's own event holds, and where in it the key is.
  private let (ownTypes, keyPlaces): ([SQLType], [Int])

  /// `words`: the table's indexes of words.
  init(
    _ table: Table, _ connection: Connection, words tables: [WordTable]
  ) throws(SQLiteError) {
    id = table.id
    self.table = table
    let (shape, order) = RowEvents.of(table)
    eventsPerRow = shape.personalCount == 0 ? 1 : 2
    ownTypes = Array(shape.types.dropLast(shape.personalCount))
    let own = table.positions(personal: false)
    keyPlaces = table.keyColumns.map { key in own.count { $0 < key } }
    let name = Storage.quote(table.storageName)
    let columns = table.columns.map { Storage.quote($0.storageName) }
    let stored = order.map { Storage.quote($0.storageName) }.joined(separator: ", ")
    let values = order.indices.map { "c\($0)" }.joined(separator: ", ")
    insert = try EventInsert(
      into: "\(name) (\(stored), _from, _live, _to)", shape, connection
    ) { "SELECT \(values), ?1, 1, \(VersionEnd.live) FROM \($0)" }
    let key = table.keyColumns.enumerated().map { "\(columns[$1]) = ?\($0 + 2)" }
      .joined(separator: " AND ")
    // The whole key: SQLite then knows that one row at most is written.
    let live = "_live = 1 AND \(key) AND _to = \(VersionEnd.live)"
    close = try connection.prepare(
      """
      UPDATE OR FAIL \(name) SET _live = 0, _to = \(VersionEnd.stored(sql: "?1"))
      WHERE \(live) AND _from < ?1
      """,
      persistent: true)
    // A version that began and ends in one record was never visible. Its events are in the log,
    // and whoever erases the row has to find them.
    trace = try connection.prepare(
      "INSERT OR IGNORE INTO kb_traces VALUES (?1, ?2, ?3)", persistent: true)
    erase = try connection.prepare(
      "DELETE FROM \(name) WHERE \(live) AND _from = ?1", persistent: true)
    keyTypes = table.keyColumns.map { table.columns[$0].type }
    var words: [WordWriter] = []
    for table in tables { words.append(try WordWriter(table, shape, order, connection)) }
    self.words = words
  }

  /// Adds live versions: those of the first of `events` and of all that follow it with the same
  /// kind and table; answers how many events those are, and whether one of them was erased.
  func add(
    _ events: Span<Range<Int>>, of bytes: Span<UInt8>, kind: EventKind, offset: UInt64
  ) throws(RunError) -> (count: Int, metHole: Bool) {
    do throws(RunError) {
      let added = try insert.run(events, of: bytes, kind: kind, offset: offset)
      try index(events.extracting(0..<added.count), of: bytes, kind: kind, offset: offset)
      return added
    } catch {
      // Those before it are there.
      try index(events.extracting(0..<error.index), of: bytes, kind: kind, offset: offset)
      throw error
    }
  }

  /// Notes the words of versions.
  private func index(
    _ events: Span<Range<Int>>, of bytes: Span<UInt8>, kind: EventKind, offset: UInt64
  ) throws(RunError) {
    if events.isEmpty { return }
    for word in words {
      _ = try word.insert.run(events, of: bytes, kind: kind, offset: offset)
    }
  }

  /// Ends the live row whose new version an update event holds.
  ///
  /// `start`: where the event's array of values begins.
  func end(updated bytes: Span<UInt8>, at start: Int, offset: UInt64) throws(RowError) {
    var row: [Value] = []
    do throws(CBORError) {
      var reader = CBORReader(bytes.extracting(start..<bytes.count))
      try reader.readValuesHead(count: ownTypes.count)
      row.reserveCapacity(ownTypes.count)
      for type in ownTypes { row.append(try reader.readValue(as: type)) }
    } catch { throw .malformed(error) }
    try end(keyPlaces.map { row[$0] }, offset)
  }

  /// Ends the live row whose key a delete event holds.
  ///
  /// `start`: where the event's array of key values begins.
  func end(deleted bytes: Span<UInt8>, at start: Int, offset: UInt64) throws(RowError) {
    var key: [Value] = []
    do throws(CBORError) {
      var reader = CBORReader(bytes.extracting(start..<bytes.count))
      try reader.readValuesHead(count: keyTypes.count)
      for type in keyTypes { key.append(try reader.readValue(as: type)) }
      try reader.finish()
    } catch { throw .malformed(error) }
    try end(key, offset)
  }

  private func end(_ key: [Value], _ offset: UInt64) throws(RowError) {
    do throws(SQLiteError) {
      if try run(close, key, offset) { return }
      if try run(erase, key, offset) {
        for word in words { _ = try run(word.delete, key, offset) }
        try trace.bind(1, Int64(id))
        try trace.bind(2, blob: table.encodedKey(key))
        try trace.bind(3, Int64(offset))
        return try trace.run()
      }
    } catch { throw .sqlite(error) }
    throw .noSuchRow
  }

  /// Runs a statement about the live row of a key; whether there was one.
  private func run(
    _ statement: Prepared, _ key: [Value], _ offset: UInt64
  ) throws(SQLiteError) -> Bool {
    try statement.bind(1, Int64(offset))
    for (index, value) in key.enumerated() { try statement.bind(index + 2, value) }
    try statement.run()
    return statement.connection.changes == 1
  }
}
