// SPDX-License-Identifier: Apache-2.0
// Streams as tables that SQLite reads: the view says where the events are, the log has them.
// Here are SQLite's callbacks and with them unsafe code. https://www.sqlite.org/vtab.html

internal import CSQLite
internal import KimberliteCore

/// The events of a stream: the virtual table `kb_stream(id)` of every connection.
///
/// Its columns are `sequence`, `id`, `type`, `data` and `_from`, the offset of the event's record.
/// Rows come in the order of `sequence`, or against it; bounds of `sequence` and `_from` are
/// searched for.
enum StreamRows {
  private static let schema =
    "CREATE TABLE stream (sequence, id, type, data, _from, stream HIDDEN)"
  private static let (sequence, record, stream): (Int32, Int32, Int32) = (0, 4, 5)

  static func register(_ connection: Connection) throws(SQLiteError) {
    try VirtualTable.register("kb_stream", module, connection)
  }

  // MARK: Planning

  /// What the arguments of a search are, in their order; the first is always the stream.
  private struct Search: OptionSet {
    let rawValue: Int32
    static let equal = Search(rawValue: 1)
    static let least = Search(rawValue: 2)
    static let most = Search(rawValue: 4)
    static let lastRecord = Search(rawValue: 8)
    /// No argument: the last event comes first.
    static let backwards = Search(rawValue: 16)
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
    info.estimatedRows = search.contains(.equal) ? 1 : search.isEmpty ? 1_000_000 : 100_000
    info.estimatedCost = Double(info.estimatedRows)
    if info.nOrderBy == 1, info.aOrderBy[0].iColumn == sequence {
      info.orderByConsumed = 1
      if info.aOrderBy[0].desc != 0 { search.insert(.backwards) }
    }
    info.idxNum = search.rawValue
    return SQLITE_OK
  }

  // MARK: Walking

  /// A walk over the events of a stream.
  private final class Cursor: VirtualCursor {
    // SQLite's cursors end before their connection does.
    private unowned let connection: Connection
    /// Each cursor walks through the log on its own.
    private lazy var events = connection.events?.another()
    /// What finds the runs of a stream, one way or the other; kept, for a join asks again and again.
    private var search: (stream: Int64, isBackwards: Bool, runs: Prepared)?
    /// The bounds of `sequence`.
    private var (least, most) = (Int64.min, Int64.max)
    /// The run that is walked through.
    private var first: Int64 = 0
    private var count: Int64 = 0
    private(set) var record: Int64 = 0
    private var place: Int64 = 0
    /// The current event within the run.
    private var index: Int64 = 0
    private var step: Int64 = 1
    private(set) var isAtEnd = true
    var sequence: Int64 { first + index }

    init(_ connection: Connection) { self.connection = connection }

    func begin(_ stream: Int64, _ search: Search, _ bounds: [Int64?]) throws(SQLiteError) {
      var lastRecord = Int64.max
      (least, most) = (0, Int64.max)
      var bounds = bounds.makeIterator()
      for (_, _, bound) in Search.bounds where search.contains(bound) {
        guard let bounded = bounds.next(), let value = bounded else { continue }
        if bound == .equal || bound == .least { least = max(least, value) }
        if bound == .equal || bound == .most { most = min(most, value) }
        if bound == .lastRecord { lastRecord = value }
      }
      step = search.contains(.backwards) ? -1 : 1
      let runs = try runs(of: stream)
      for (index, bound) in [least, most, lastRecord].enumerated() {
        try runs.bind(index + 1, bound)
      }
      try nextRun()
    }

    private func runs(of stream: Int64) throws(SQLiteError) -> Prepared {
      if let search, search.stream == stream, search.isBackwards == (step < 0) {
        search.runs.reset()
        return search.runs
      }
      let table = Storage.streamTable(ObjectID(truncatingIfNeeded: stream))
      let runs = try connection.prepare(
        """
        SELECT first, count, _from, _place FROM \(table) WHERE first >= coalesce(
          (SELECT first FROM \(table) WHERE first <= ?1 ORDER BY first DESC LIMIT 1), ?1)
        AND first <= ?2 AND _from <= ?3 ORDER BY first \(step < 0 ? "DESC" : "")
        """)
      search = (stream, step < 0, runs)
      return runs
    }

    /// Goes to the first event, in the direction of the walk, of the next run that has one.
    private func nextRun() throws(SQLiteError) {
      guard let runs = search?.runs else { return }
      isAtEnd = true
      while try runs.step() {
        (first, count) = (runs.integer(0), runs.integer(1))
        (record, place) = (runs.integer(2), runs.integer(3))
        let range = 0..<Int64(1) << 62
        guard [first, record, place, count - 1].allSatisfy(range.contains) else {
          throw Storage.contradiction
        }
        let (low, high) = (max(first, least), min(first + count - 1, most))
        if low > high { continue }
        index = (step < 0 ? high : low) - first
        isAtEnd = false
        return
      }
    }

    func next() throws(SQLiteError) {
      index += step
      if index < 0 || index >= count || sequence < least || sequence > most { try nextRun() }
    }

    /// Gives SQLite what the log holds of the current event.
    func answer(_ context: OpaquePointer?, _ part: EventReader.Part) {
      do throws(SQLError) {
        guard let events else {
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
    VirtualTable.walk(cursor)
  }

  private static func status(_ body: () throws(SQLiteError) -> Void) -> Int32 {
    do throws(SQLiteError) { try body() } catch {
      // A table of the view that is not there, or not as we make it: no error of the query's SQL.
      return error.primary == SQLITE_ERROR ? SQLITE_CORRUPT : error.code
    }
    return SQLITE_OK
  }

  // Never written after its initialiser, so every thread may read it.
  nonisolated(unsafe) private static let module = VirtualTable.module { module in
    module.xConnect = { handle, shell, _, _, table, _ in
      VirtualTable.connect(handle, shell, schema, table)
    }
    module.xBestIndex = { _, info in info.map { plan(&$0.pointee) } ?? SQLITE_ERROR }
    module.xOpen = { VirtualTable.open(Cursor.self, $0, $1) }
    module.xFilter = { cursor, search, _, count, values in
      let arguments = (0..<Int(count)).map { index -> Int64? in
        let value = values?[index]
        return sqlite3_value_type(value) == SQLITE_INTEGER ? sqlite3_value_int64(value) : nil
      }
      guard let first = arguments.first, let stream = first else { return SQLITE_ERROR }
      return status { () throws(SQLiteError) in
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
