// SPDX-License-Identifier: Apache-2.0
// Queries that run once for each row of what stands beside them: the table-valued function
// `kb_lateral(sql, numbers, value, …)` of every connection, whose form is LateralShape's.
// Here are SQLite's callbacks and with them unsafe code. https://www.sqlite.org/vtab.html

internal import CSQLite
internal import KimberliteCore

enum LateralRows {
  private static let schema: String = {
    let columns = (1...LateralShape.columnsMax).map { "c\($0)" }
    let arguments = (1...LateralShape.argumentsMax).map { "a\($0) HIDDEN" }
    let list = columns + ["sql HIDDEN", "numbers HIDDEN"] + arguments
    return "CREATE TABLE lateral (\(list.joined(separator: ", ")))"
  }()

  static func register(_ connection: Connection) throws(SQLiteError) {
    try VirtualTable.register("kb_lateral", module, connection)
  }

  /// Every argument has to be known before the query can run.
  private static func plan(_ info: inout sqlite3_index_info) -> Int32 {
    let first = Int32(LateralShape.columnsMax)
    for index in 0..<Int(info.nConstraint) {
      let constraint = info.aConstraint[index]
      guard constraint.iColumn >= first, Int32(constraint.op) == SQLITE_INDEX_CONSTRAINT_EQ else {
        continue
      }
      if constraint.usable == 0 { return SQLITE_CONSTRAINT }
      info.aConstraintUsage[index].argvIndex = constraint.iColumn - first + 1
      info.aConstraintUsage[index].omit = 1
    }
    info.estimatedRows = 10
    info.estimatedCost = 100
    return SQLITE_OK
  }

  /// The rows for one row beside.
  private final class Cursor: VirtualCursor {
    // SQLite's cursors end before their connection does.
    private unowned let connection: Connection
    /// Kept: the same query runs again and again.
    private var query: (sql: String, numbers: [Int32], statement: Prepared)?
    private(set) var isAtEnd = true
    private(set) var row: Int64 = 0

    init(_ connection: Connection) { self.connection = connection }

    func begin(_ values: UnsafeMutablePointer<OpaquePointer?>?, count: Int) throws(SQLiteError) {
      guard let values, count >= 2 else { throw Storage.contradiction }
      let sql = Cell(values[0]).text
      if query?.sql != sql {
        let numbers = Cell(values[1]).text.split(separator: ",").compactMap { Int32($0) }
        query = (sql, numbers, try connection.prepare(sql, persistent: true))
      }
      guard let query, query.numbers.count == count - 2 else { throw Storage.contradiction }
      query.statement.reset()
      let room = sqlite3_bind_parameter_count(query.statement.handle)
      for (index, number) in query.numbers.enumerated() where number <= room {
        // What the query does not use has no place in it.
        let status = sqlite3_bind_value(query.statement.handle, number, values[index + 2])
        if status != SQLITE_OK { throw connection.error }
      }
      row = 0
      try next()
    }

    func next() throws(SQLiteError) {
      guard let query else { return }
      isAtEnd = try !query.statement.step()
      row += 1
      // An open read would keep the log's next reader waiting for nothing.
      if isAtEnd { query.statement.reset() }
    }

    func answer(_ context: OpaquePointer?, _ column: Int32) {
      guard let query, column < sqlite3_column_count(query.statement.handle) else {
        return sqlite3_result_null(context)
      }
      sqlite3_result_value(context, sqlite3_column_value(query.statement.handle, column))
    }
  }

  // MARK: SQLite's callbacks

  private static func cursor(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> Cursor {
    VirtualTable.walk(cursor)
  }

  private static func status(
    _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?, _ body: () throws(SQLiteError) -> Void
  ) -> Int32 {
    do throws(SQLiteError) { try body() } catch {
      // SQLite says of the query around what was said of this one.
      let table = cursor?.pointee.pVtab
      sqlite3_free(table?.pointee.zErrMsg)
      table?.pointee.zErrMsg = kb_sqlite_text(error.message)
      return error.code
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
    module.xFilter = { cursor, _, _, count, values in
      status(cursor) { () throws(SQLiteError) in
        try LateralRows.cursor(cursor).begin(values, count: Int(count))
      }
    }
    module.xNext = { cursor in
      status(cursor) { () throws(SQLiteError) in try LateralRows.cursor(cursor).next() }
    }
    module.xEof = { LateralRows.cursor($0).isAtEnd ? 1 : 0 }
    module.xColumn = { cursor, context, column in
      LateralRows.cursor(cursor).answer(context, column)
      return SQLITE_OK
    }
    module.xRowid = { cursor, row in
      row?.pointee = LateralRows.cursor(cursor).row
      return SQLITE_OK
    }
  }
}
