// SPDX-License-Identifier: Apache-2.0
// The access log as a table that SQLite reads. Here are SQLite's callbacks and with them unsafe
// code. https://www.sqlite.org/vtab.html

internal import CSQLite
internal import KimberliteCore

/// Where a connection finds the access log, and how much of it a query sees.
final class AccessSource {
  private let accessLog: AccessLog
  /// The log, and how many records it had when a query of this connection asked first.
  ///
  /// The same for every run of a query. `nil` inside: there is no access log.
  private var opened: (log: LogReader, count: UInt64)??

  init(_ accessLog: AccessLog) { self.accessLog = accessLog }

  /// Opens it once.
  func open() throws(LogError) -> (log: LogReader, count: UInt64)? {
    if let opened { return opened }
    var found: (log: LogReader, count: UInt64)?
    if let log = try accessLog.openForReading() { found = (log, try log.end(from: nil).head.count) }
    opened = .some(found)
    return found
  }
}

/// The entries of the access log: the virtual table `kb_accesses` of every connection.
///
/// Its columns are `offset`, `timestamp`, `actor`, `reason`, `ticket` and `data`. Rows come in the
/// order of `offset`, a lower bound of which is searched for.
enum AccessRows {
  private static let schema =
    "CREATE TABLE accesses (offset, timestamp, actor, reason, ticket, data)"

  static func register(_ connection: Connection) throws(SQLiteError) {
    try VirtualTable.register("kb_accesses", module, connection)
  }

  /// SQLite checks the bound again.
  private static func plan(_ info: inout sqlite3_index_info) -> Int32 {
    let lower = [
      SQLITE_INDEX_CONSTRAINT_EQ, SQLITE_INDEX_CONSTRAINT_GE, SQLITE_INDEX_CONSTRAINT_GT,
    ]
    let bound = (0..<Int(info.nConstraint)).first {
      let constraint = info.aConstraint[$0]
      return constraint.usable != 0 && constraint.iColumn == 0
        && lower.contains(Int32(constraint.op))
    }
    if let bound { info.aConstraintUsage[bound].argvIndex = 1 }
    info.estimatedRows = bound == nil ? 1_000_000 : 100_000
    info.estimatedCost = Double(info.estimatedRows)
    if info.nOrderBy == 1, info.aOrderBy[0].iColumn == 0, info.aOrderBy[0].desc == 0 {
      info.orderByConsumed = 1
    }
    return SQLITE_OK
  }

  // MARK: Walking

  /// A walk over the entries.
  private final class Cursor: VirtualCursor {
    /// A cursor that may be there or not.
    private final class Walk {
      var cursor: RecordCursor
      init(_ cursor: consuming RecordCursor) { self.cursor = cursor }
    }

    // SQLite's cursors end before their connection does.
    private unowned let connection: Connection
    private var walk: Walk?
    private var end: UInt64 = 0
    private var context = Context()
    private var data: String?
    var isAtEnd: Bool { data == nil }
    var offset: Int64 { Int64(walk?.cursor.header.offset ?? 0) }

    init(_ connection: Connection) { self.connection = connection }

    func begin(from offset: Int64) throws(LogError) {
      walk = nil
      data = nil
      guard let (log, count) = try connection.accesses?.open() else { return }
      end = count
      walk = Walk(try log.records(from: UInt64(max(0, offset))))
      try next()
    }

    /// Goes to the next record that holds an entry.
    func next() throws(LogError) {
      data = nil
      guard let walk else { return }
      while data == nil, try walk.cursor.next(), walk.cursor.header.offset < end {
        (context, data) = Self.entry(walk.cursor)
      }
    }

    /// What a record holds; no data where it is no entry.
    private static func entry(_ record: borrowing RecordCursor) -> (Context, data: String?) {
      var entry: (Context, data: String?) = (Context(), nil)
      for index in record.events.indices {
        let event = record.event(index)
        if let context = View.context(event) { entry.0 = context }
        var reader = CBORReader(event)
        guard (try? reader.readEventHead()) == .streamEvent, (try? reader.readObjectID()) != nil,
          (try? reader.readSequence()) != nil, let range = (try? reader.readStreamEvent())?.data
        else { continue }
        entry.data = event.extracting(range).withUnsafeBufferPointer {
          String(decoding: $0, as: UTF8.self)
        }
      }
      return entry
    }

    func answer(_ result: OpaquePointer?, _ column: Int32) {
      switch column {
      case 0: sqlite3_result_int64(result, offset)
      case 1: sqlite3_result_int64(result, Int64(walk?.cursor.header.timestamp ?? 0))
      case 2: sqlite3_result(result, context.actor.map { .text($0) } ?? .null)
      case 3: sqlite3_result(result, context.reason.map { .text($0) } ?? .null)
      case 4: sqlite3_result(result, context.ticket.map { .text($0) } ?? .null)
      default: sqlite3_result(result, data.map { .text($0) } ?? .null)
      }
    }

    /// Tells what keeps the log from being read.
    func status(_ body: () throws(LogError) -> Void) -> Int32 {
      do throws(LogError) { try body() } catch {
        let state: SQLError.State = if case .damaged = error { .dataCorrupted } else { .ioError }
        connection.functionError = SQLError(state, "the access log: \(error.message)")
        return SQLITE_ERROR
      }
      return SQLITE_OK
    }
  }

  // MARK: SQLite's callbacks

  private static func cursor(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> Cursor {
    VirtualTable.walk(cursor)
  }

  // Never written after its initialiser, so every thread may read it.
  nonisolated(unsafe) private static let module = VirtualTable.module { module in
    module.xConnect = { handle, shell, _, _, table, _ in
      VirtualTable.connect(handle, shell, schema, table)
    }
    module.xBestIndex = { _, info in info.map { plan(&$0.pointee) } ?? SQLITE_ERROR }
    module.xOpen = { VirtualTable.open(Cursor.self, $0, $1) }
    module.xFilter = { cursor, _, _, count, values in
      var offset: Int64 = 0
      if count > 0, let bound = values?[0], sqlite3_value_type(bound) == SQLITE_INTEGER {
        offset = sqlite3_value_int64(bound)
      }
      let cursor = AccessRows.cursor(cursor)
      return cursor.status { () throws(LogError) in try cursor.begin(from: offset) }
    }
    module.xNext = { cursor in
      let cursor = AccessRows.cursor(cursor)
      return cursor.status { () throws(LogError) in try cursor.next() }
    }
    module.xEof = { AccessRows.cursor($0).isAtEnd ? 1 : 0 }
    module.xColumn = { cursor, context, column in
      AccessRows.cursor(cursor).answer(context, column)
      return SQLITE_OK
    }
    module.xRowid = { cursor, row in
      row?.pointee = AccessRows.cursor(cursor).offset
      return SQLITE_OK
    }
  }
}
