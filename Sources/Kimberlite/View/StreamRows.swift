// SPDX-License-Identifier: Apache-2.0
// Streams as tables that SQLite reads: the view says where the events are, the log has them.
// Here are SQLite's callbacks and with them unsafe code. https://www.sqlite.org/vtab.html

internal import CSQLite
internal import KimberliteCore

/// The events of a stream: the virtual table `kb_stream(id)` of every connection.
///
/// Its columns are `sequence`, `id`, `type`, `data` and `_from`, the offset of the event's record.
/// Rows come in the order of `sequence`; bounds of `sequence` and `_from` are searched for.
enum StreamRows {
  private static let schema =
    "CREATE TABLE stream (sequence, id, type, data, _from, stream HIDDEN)"
  private static let (sequence, record, stream): (Int32, Int32, Int32) = (0, 4, 5)

  static func register(_ connection: Connection) throws(SQLiteError) {
    let shell = Unmanaged.passUnretained(connection).toOpaque()
    if sqlite3_create_module_v2(connection.handle, "kb_stream", module, shell, nil) != SQLITE_OK {
      throw connection.error
    }
  }

  // MARK: Planning

  /// What the arguments of a search are, in their order; the first is always the stream.
  private struct Search: OptionSet {
    let rawValue: Int32
    static let equal = Search(rawValue: 1)
    static let least = Search(rawValue: 2)
    static let most = Search(rawValue: 4)
    static let lastRecord = Search(rawValue: 8)
    static let bounds: [(column: Int32, operators: [Int32], search: Search)] = [
      (sequence, [SQLITE_INDEX_CONSTRAINT_EQ], .equal),
      (sequence, [SQLITE_INDEX_CONSTRAINT_GE, SQLITE_INDEX_CONSTRAINT_GT], .least),
      (sequence, [SQLITE_INDEX_CONSTRAINT_LE, SQLITE_INDEX_CONSTRAINT_LT], .most),
      (record, [SQLITE_INDEX_CONSTRAINT_LE, SQLITE_INDEX_CONSTRAINT_LT], .lastRecord),
    ]
  }

  /// SQLite checks every bound again, so a search may find too much.
  private static func plan(_ info: inout sqlite3_index_info) -> Int32 {
    func usable(_ column: Int32, _ operators: [Int32]) -> Int? {
      (0..<Int(info.nConstraint)).first {
        let constraint = info.aConstraint[$0]
        return constraint.usable != 0 && constraint.iColumn == column
          && operators.contains(Int32(constraint.op))
      }
    }
    guard let id = usable(stream, [SQLITE_INDEX_CONSTRAINT_EQ]) else { return SQLITE_CONSTRAINT }
    info.aConstraintUsage[id].argvIndex = 1
    info.aConstraintUsage[id].omit = 1
    var search: Search = []
    var arguments: Int32 = 1
    for bound in Search.bounds {
      guard let place = usable(bound.column, bound.operators) else { continue }
      arguments += 1
      info.aConstraintUsage[place].argvIndex = arguments
      search.insert(bound.search)
    }
    info.idxNum = search.rawValue
    if info.nOrderBy == 1, info.aOrderBy[0].iColumn == sequence, info.aOrderBy[0].desc == 0 {
      info.orderByConsumed = 1
    }
    info.estimatedRows = search.contains(.equal) ? 1 : search.isEmpty ? 1_000_000 : 100_000
    info.estimatedCost = Double(info.estimatedRows)
    return SQLITE_OK
  }

  // MARK: Walking

  /// A walk over the events of a stream.
  private final class Cursor {
    // SQLite's cursors end before their connection does.
    private unowned let connection: Connection
    private var runs: Prepared?
    private var last = Int64.max
    /// The run that is walked through.
    private var first: Int64 = 0
    private var count: Int64 = 0
    private(set) var record: Int64 = 0
    private var place: Int64 = 0
    /// The current event within the run.
    private var index: Int64 = 0
    var isAtEnd = true
    var sequence: Int64 { first + index }

    init(_ connection: Connection) { self.connection = connection }

    func begin(_ stream: Int64, _ search: Search, _ bounds: [Int64?]) throws(SQLiteError) {
      var (least, most, lastRecord) = (Int64.min, Int64.max, Int64.max)
      var bounds = bounds.makeIterator()
      for (_, _, bound) in Search.bounds where search.contains(bound) {
        guard let bounded = bounds.next(), let value = bounded else { continue }
        if bound == .equal || bound == .least { least = max(least, value) }
        if bound == .equal || bound == .most { most = min(most, value) }
        if bound == .lastRecord { lastRecord = value }
      }
      let table = Storage.streamTable(ObjectID(truncatingIfNeeded: stream))
      let runs = try connection.prepare(
        """
        SELECT first, count, _from, _place FROM \(table) WHERE first >= coalesce(
          (SELECT first FROM \(table) WHERE first <= ?1 ORDER BY first DESC LIMIT 1), ?1)
        AND first <= ?2 AND _from <= ?3 ORDER BY first
        """)
      for (index, bound) in [least, most, lastRecord].enumerated() {
        try runs.bind(index + 1, bound)
      }
      self.runs = runs
      last = most
      try nextRun()
      if !isAtEnd, first < least { index = min(least - first, count) }
      if !isAtEnd, index == count { try nextRun() }
    }

    private func nextRun() throws(SQLiteError) {
      guard let runs, try runs.step() else {
        isAtEnd = true
        // Another step would begin anew.
        self.runs = nil
        return
      }
      isAtEnd = false
      first = runs.integer(0)
      count = runs.integer(1)
      record = runs.integer(2)
      place = runs.integer(3)
      index = 0
    }

    func next() throws(SQLiteError) {
      index += 1
      if index == count { return try nextRun() }
      if sequence > last { isAtEnd = true }
    }

    /// Gives SQLite what the log holds of the current event.
    func answer(_ context: OpaquePointer?, _ part: EventReader.Part) {
      do throws(SQLError) {
        guard let events = connection.events else {
          throw SQLError(.internalError, "events cannot be read here")
        }
        try events.withPart(part, offset: UInt64(record), place: Int(place + index)) { text in
          guard let text else { return sqlite3_result_null(context) }
          text.withUnsafeBufferPointer {
            $0.withMemoryRebound(to: CChar.self) {
              sqlite3_result_text64(
                context, $0.baseAddress, UInt64($0.count), kb_sqlite_transient(),
                UInt8(SQLITE_UTF8))
            }
          }
        }
      } catch {
        connection.functionError = error
        sqlite3_result_error(context, error.message, -1)
      }
    }
  }

  // MARK: SQLite's callbacks

  private static func cursor(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> Cursor {
    Unmanaged.fromOpaque(VirtualTable.context(cursor)).takeUnretainedValue()
  }

  private static func status(_ body: () throws(SQLiteError) -> Void) -> Int32 {
    do throws(SQLiteError) { try body() } catch { return error.code }
    return SQLITE_OK
  }

  // Never written after its initialiser, so every thread may read it.
  nonisolated(unsafe) private static let module = VirtualTable.module { module in
    module.xConnect = { handle, shell, _, _, table, _ in
      VirtualTable.connect(handle, shell, schema, table)
    }
    module.xBestIndex = { _, info in info.map { plan(&$0.pointee) } ?? SQLITE_ERROR }
    module.xOpen = { table, cursor in
      let shell = Unmanaged<Connection>.fromOpaque(VirtualTable.context(table))
      let made = Unmanaged.passRetained(Cursor(shell.takeUnretainedValue()))
      let status = VirtualTable.open(cursor, made.toOpaque())
      if status != SQLITE_OK { made.release() }
      return status
    }
    module.xClose = { cursor in
      Unmanaged<Cursor>.fromOpaque(VirtualTable.context(cursor)).release()
      sqlite3_free(cursor)
      return SQLITE_OK
    }
    module.xFilter = { cursor, search, _, count, values in
      let arguments = (0..<Int(count)).map { index -> Int64? in
        let value = values?[index]
        return sqlite3_value_type(value) == SQLITE_INTEGER ? sqlite3_value_int64(value) : nil
      }
      return status { () throws(SQLiteError) in
        guard let first = arguments.first, let stream = first else { return }
        try StreamRows.cursor(cursor).begin(
          stream, Search(rawValue: search), Array(arguments.dropFirst()))
      }
    }
    module.xNext = { cursor in
      status { () throws(SQLiteError) in try StreamRows.cursor(cursor).next() }
    }
    module.xEof = { StreamRows.cursor($0).isAtEnd ? 1 : 0 }
    module.xColumn = { cursor, context, column in
      let cursor = StreamRows.cursor(cursor)
      switch column {
      case sequence: sqlite3_result_int64(context, cursor.sequence)
      case record: sqlite3_result_int64(context, cursor.record)
      case 1: cursor.answer(context, .id)
      case 2: cursor.answer(context, .type)
      case 3: cursor.answer(context, .data)
      default: sqlite3_result_null(context)
      }
      return SQLITE_OK
    }
    module.xRowid = { cursor, row in
      row?.pointee = StreamRows.cursor(cursor).sequence
      return SQLITE_OK
    }
  }
}
