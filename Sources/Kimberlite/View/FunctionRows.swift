// SPDX-License-Identifier: Apache-2.0
// Set-returning functions as a table that SQLite reads: the core makes the rows, one at a time.
// Here are SQLite's callbacks and with them unsafe code. https://www.sqlite.org/vtab.html

internal import CSQLite
internal import KimberliteCore

/// The virtual table `kb_expand(name, a, b, c, d)` of every connection.
///
/// Its columns are `c1` … `c4` and `n`, the number of the row from 1.
enum FunctionRows {
  private static let schema =
    "CREATE TABLE rows (c1, c2, c3, c4, n, name HIDDEN, a HIDDEN, b HIDDEN, c HIDDEN, d HIDDEN)"
  private static let number = Int32(RowSet.width)
  private static let firstArgument = number + 1
  private static let argumentCount = 5

  static func register(_ connection: Connection) throws(SQLiteError) {
    try VirtualTable.register("kb_expand", module, connection)
  }

  /// Every argument that is given must be known when the walk begins.
  private static func plan(_ info: inout sqlite3_index_info) -> Int32 {
    var places = [Int?](repeating: nil, count: argumentCount)
    for index in 0..<Int(info.nConstraint) {
      let constraint = info.aConstraint[index]
      let argument = Int(constraint.iColumn - firstArgument)
      guard places.indices.contains(argument), constraint.op == SQLITE_INDEX_CONSTRAINT_EQ else {
        continue
      }
      if constraint.usable == 0 { return SQLITE_CONSTRAINT }
      places[argument] = index
    }
    for (argument, place) in places.enumerated() {
      guard let place else { break }
      info.aConstraintUsage[place].argvIndex = Int32(argument + 1)
      info.aConstraintUsage[place].omit = 1
    }
    guard places[0] != nil else { return SQLITE_CONSTRAINT }
    info.estimatedRows = 100
    info.estimatedCost = 1000
    return SQLITE_OK
  }

  // MARK: Walking

  private final class Cursor: VirtualCursor {
    // SQLite's cursors end before their connection does.
    private unowned let connection: Connection
    private var rows: RowSet?
    private(set) var row: [Value]?
    private(set) var number: Int64 = 0

    init(_ connection: Connection) { self.connection = connection }

    func begin(_ arguments: [Value]) -> Int32 {
      number = 0
      rows = nil
      row = nil
      return guarded { () throws(SQLError) in
        rows = try RowSet.open(try arguments[0].name(), Array(arguments.dropFirst()))
        try advance()
      }
    }

    func next() -> Int32 { guarded { () throws(SQLError) in try advance() } }

    private func advance() throws(SQLError) {
      row = try rows?.next()
      number += 1
    }

    private func guarded(_ body: () throws(SQLError) -> Void) -> Int32 {
      do throws(SQLError) {
        try body()
        return SQLITE_OK
      } catch {
        row = nil
        connection.functionError = error
        return SQLITE_ERROR
      }
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
      FunctionRows.cursor(cursor).begin((0..<Int(count)).map { Cell(values?[$0]).value })
    }
    module.xNext = { FunctionRows.cursor($0).next() }
    module.xEof = { FunctionRows.cursor($0).row == nil ? 1 : 0 }
    module.xColumn = { cursor, context, column in
      let cursor = FunctionRows.cursor(cursor)
      if column == number {
        sqlite3_result_int64(context, cursor.number)
      } else if let row = cursor.row, row.indices.contains(Int(column)) {
        sqlite3_result(context, row[Int(column)])
      } else {
        sqlite3_result_null(context)
      }
      return SQLITE_OK
    }
    module.xRowid = { cursor, row in
      row?.pointee = FunctionRows.cursor(cursor).number
      return SQLITE_OK
    }
  }
}

extension Value {
  fileprivate func name() throws(SQLError) -> String {
    guard case .text(let name) = self else {
      throw SQLError(.internalError, "a set-returning function has a name")
    }
    return name
  }
}
