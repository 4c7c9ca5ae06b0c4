// SPDX-License-Identifier: Apache-2.0
// Events as a table that SQLite reads: INSERT … SELECT adds a thousand rows by one statement,
// where an INSERT for each row would start and end a thousand programs. Here are SQLite's callbacks
// and with them unsafe code: what a run points at stays in place while its statement runs.
// https://www.sqlite.org/vtab.html

internal import CSQLite
internal import KimberliteCore

/// Why a run of events stopped.
struct RunError: Error {
  var reason: RowError
  /// The event that does not fit, counted from the first of the run; those before it are rows.
  var index: Int
}

/// Which events are rows of a table, and what values they hold.
struct RowEvents {
  var table: ObjectID
  /// Those of the values: first those of a row's own event, then those of its personal one.
  var types: [SQLType]
  /// How many of the values are personal; a row of a table without any is one event.
  var personalCount: Int

  /// Those of a table, and the columns that their values belong to.
  static func of(_ table: Table) -> (events: RowEvents, columns: [Column]) {
    let columns = table.columns.filter { !$0.personal } + table.columns.filter(\.personal)
    let events = RowEvents(
      table: table.id, types: columns.map(\.type),
      personalCount: columns.count { $0.personal })
    return (events, columns)
  }
}

/// The statement that adds the rows of one table's events.
final class EventInsert {
  private let shape: RowEvents
  private let rows: EventRows
  private let statement: Prepared

  /// - Parameters:
  ///   - target: the table in SQL, with the columns that `source` selects.
  ///   - shape: what the events hold.
  ///   - source: the SELECT, given the table to select from: values are `c0`, `c1`, …, the record's
  ///     offset is `?1`.
  init(
    into target: String, _ shape: RowEvents, _ connection: Connection,
    source: (String) -> String
  ) throws(SQLiteError) {
    self.shape = shape
    rows = try connection.eventRows(columnCount: shape.types.count)
    // OR FAIL keeps the rows before one that does not fit: so SQLite needs no journal of the
    // statement, whose end would cost the more the longer the record is.
    statement = try connection.prepare(
      "INSERT OR FAIL INTO \(target) \(source(rows.name))", persistent: true)
  }

  /// Adds the rows of the first of `events`, which lie in `bytes`, and of all that follow it with
  /// the same kind and table; answers how many events those are, and whether one of them was
  /// erased: the personal part of a row.
  func run(
    _ events: Span<Range<Int>>, of bytes: Span<UInt8>, kind: EventKind, offset: UInt64
  ) throws(RunError) -> (count: Int, metHole: Bool) {
    do throws(SQLiteError) { try statement.bind(1, Int64(offset)) } catch {
      throw RunError(reason: .sqlite(error), index: 0)
    }
    return try rows.run(statement, events, of: bytes, kind: kind, shape)
  }
}

/// The values of events, as a virtual table of one connection.
///
/// Its columns are `c0`, `c1`, …, the values in their order. It has rows while `run` does, and none
/// at other times.
final class EventRows {
  /// The table's name in SQL.
  let name: String
  private let run: UnsafeMutablePointer<Run>

  /// Makes the table of events with `columnCount` values known to a connection, which keeps it.
  init(columnCount: Int, of connection: Connection) throws(SQLiteError) {
    name = "kb_rows_\(columnCount)"
    run = .allocate(capacity: 1)
    run.initialize(to: Run(columnCount: columnCount))
    let status = sqlite3_create_module_v2(connection.handle, name, Self.module, run, nil)
    if status != SQLITE_OK { throw connection.error }
  }

  deinit {
    run.deinitialize(count: 1)
    run.deallocate()
  }

  /// Runs a statement that selects from this table over the first of `events` and all that follow
  /// it with the same kind and table; answers how many those are, and whether one was erased.
  func run(
    _ statement: Prepared, _ events: Span<Range<Int>>, of bytes: Span<UInt8>, kind: EventKind,
    _ shape: RowEvents
  ) throws(RunError) -> (count: Int, metHole: Bool) {
    precondition(shape.types.count == run.pointee.columnCount, "a type for each column")
    // Nothing of what is lent moves before this function returns.
    return try bytes.withUnsafeBufferPointer { (bytes) throws(RunError) in
      try events.withUnsafeBufferPointer { (events) throws(RunError) in
        try shape.types.withUnsafeBufferPointer { (types) throws(RunError) in
          run.pointee.begin(bytes, events, kind, shape, types)
          defer {
            statement.reset()
            run.pointee.end()
          }
          do throws(SQLiteError) { _ = try statement.step() } catch {
            throw RunError(reason: reason(error), index: run.pointee.index)
          }
          return (run.pointee.index, run.pointee.metHole)
        }
      }
    }
  }

  private func reason(_ error: SQLiteError) -> RowError {
    if let malformed = run.pointee.failure { return .malformed(malformed) }
    // SQLITE_CONSTRAINT_PRIMARYKEY and _UNIQUE; what else is constrained cannot fail.
    let isDuplicate = [6, 8].map { SQLITE_CONSTRAINT | $0 << 8 }.contains(error.code)
    return isDuplicate ? .duplicateKey : .sqlite(error)
  }

  // MARK: SQLite's callbacks

  @inline(__always)
  private static func state(of cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?)
    -> UnsafeMutablePointer<Run>
  {
    VirtualTable.context(cursor).assumingMemoryBound(to: Run.self)
  }

  // Never written after its initialiser, so every thread may read it.
  nonisolated(unsafe) private static let module = VirtualTable.module { module in
    module.xConnect = { handle, run, _, _, table, _ in
      let count = run?.assumingMemoryBound(to: Run.self).pointee.columnCount ?? 0
      let columns = (0..<count).map { "c\($0)" }.joined(separator: ", ")
      return VirtualTable.connect(handle, run, "CREATE TABLE rows (\(columns))", table)
    }
    module.xBestIndex = { _, _ in SQLITE_OK }
    module.xOpen = { table, cursor in VirtualTable.open(cursor, VirtualTable.context(table)) }
    module.xClose = { cursor in
      sqlite3_free(cursor)
      return SQLITE_OK
    }
    module.xFilter = { cursor, _, _, _, _ in state(of: cursor).pointee.read() }
    module.xNext = { cursor in state(of: cursor).pointee.next() }
    module.xEof = { cursor in state(of: cursor).pointee.hasRow ? 0 : 1 }
    module.xColumn = { cursor, context, column in
      state(of: cursor).pointee.answer(context, Int(column))
      return SQLITE_OK
    }
    module.xRowid = { cursor, row in
      row?.pointee = sqlite3_int64(state(of: cursor).pointee.index)
      return SQLITE_OK
    }
  }
}

/// What SQLite's callbacks share: the events, and the values of the one that is the current row.
private struct Run: ~Copyable {
  let columnCount: Int
  let values: UnsafeMutablePointer<EventValue>
  /// The event that is read, or did not go on with the run.
  private(set) var index = 0
  private(set) var hasRow = false
  private(set) var failure: CBORError?
  /// Whether the personal part of a row was erased.
  private(set) var metHole = false

  private var bytes = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  private var events = UnsafeBufferPointer<Range<Int>>(start: nil, count: 0)
  private var event = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  /// The event of the current row's personal values, where rows have them.
  private var personal = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  private var types = UnsafeBufferPointer<SQLType>(start: nil, count: 0)
  private var kind = EventKind.insert
  private var table: ObjectID = 0
  /// How many values a row's own event holds; the others are those of its personal one.
  private var ownCount = 0

  init(columnCount: Int) {
    self.columnCount = columnCount
    values = .allocate(capacity: columnCount)
    values.initialize(repeating: .null, count: columnCount)
  }

  deinit {
    values.deinitialize(count: columnCount)
    values.deallocate()
  }

  mutating func begin(
    _ bytes: UnsafeBufferPointer<UInt8>, _ events: UnsafeBufferPointer<Range<Int>>,
    _ kind: EventKind, _ shape: RowEvents, _ types: UnsafeBufferPointer<SQLType>
  ) {
    self.bytes = bytes
    self.events = events
    self.types = types
    self.kind = kind
    table = shape.table
    ownCount = columnCount - shape.personalCount
    index = 0
    failure = nil
    metHole = false
  }

  /// Lets go of what is lent.
  mutating func end() {
    hasRow = false
    bytes = UnsafeBufferPointer(start: nil, count: 0)
    events = UnsafeBufferPointer(start: nil, count: 0)
    event = UnsafeBufferPointer(start: nil, count: 0)
    personal = UnsafeBufferPointer(start: nil, count: 0)
    types = UnsafeBufferPointer(start: nil, count: 0)
  }

  mutating func next() -> Int32 {
    index += ownCount == columnCount ? 1 : 2
    return read()
  }

  /// Takes the event at `index` apart, if it goes on with the run.
  mutating func read() -> Int32 {
    hasRow = false
    guard index < events.count, !events[index].isEmpty else { return SQLITE_OK }
    event = UnsafeBufferPointer(rebasing: bytes[events[index]])
    do throws(CBORError) {
      var reader = CBORReader(Span(_unsafeElements: event))
      guard try reader.readEventHead() == kind, try reader.readObjectID() == table else {
        return SQLITE_OK
      }
      try reader.readValuesHead(count: ownCount)
      try reader.readValues(.init(rebasing: types[..<ownCount]), into: values)
      try reader.finish()
      if ownCount < columnCount { try readPersonal() }
    } catch {
      failure = error
      return SQLITE_ERROR
    }
    hasRow = true
    return SQLITE_OK
  }

  /// Takes the personal part of the row at `index` apart; its values are NULL once it is erased.
  private mutating func readPersonal() throws(CBORError) {
    guard index + 1 < events.count else {
      throw .unexpected(at: event.count, want: "the personal part of the row")
    }
    personal = UnsafeBufferPointer(rebasing: bytes[events[index + 1]])
    if personal.isEmpty {
      for column in ownCount..<columnCount { values[column] = .null }
      metHole = true
      return
    }
    var reader = CBORReader(Span(_unsafeElements: personal))
    guard try reader.readEventHead() == .personal, try reader.readObjectID() == table else {
      throw .unexpected(at: 0, want: "the personal part of the row before")
    }
    try reader.readValuesHead(count: columnCount - ownCount)
    try reader.readValues(.init(rebasing: types[ownCount...]), into: values + ownCount)
    try reader.finish()
  }

  /// Gives SQLite one value of the current row.
  func answer(_ context: OpaquePointer?, _ column: Int) {
    switch values[column] {
    case .null: sqlite3_result_null(context)
    case .integer(let number): sqlite3_result_int64(context, number)
    case .text(let range):
      let part = column < ownCount ? event : personal
      UnsafeBufferPointer(rebasing: part[range]).withMemoryRebound(to: CChar.self) {
        sqlite3_result_text64(
          context, $0.baseAddress, UInt64($0.count), kb_sqlite_static(), UInt8(SQLITE_UTF8))
      }
    case .other(let value): sqlite3_result(context, value)
    }
  }
}
