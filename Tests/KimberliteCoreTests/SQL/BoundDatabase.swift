// SPDX-License-Identifier: Apache-2.0
// A small shell around the binder: an SQLite database in memory with our functions, to run what
// the binder emits. One statement is one record; its offset is the number of those before it.

import CSQLite
import Glibc
import KimberliteCore

/// A body that SQLite calls back.
private final class Scalar {
  let body: ScalarFunction.Body
  init(_ body: @escaping ScalarFunction.Body) { self.body = body }
}

private final class Aggregate {
  let function: AggregateFunction
  var state: Aggregation?
  init(_ function: AggregateFunction) { self.function = function }
}

private func arguments(_ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?) -> [Value] {
  UnsafeBufferPointer(start: values, count: Int(count)).map { value in
    switch sqlite3_value_type(value) {
    case SQLITE_INTEGER: return .integer(sqlite3_value_int64(value))
    case SQLITE_FLOAT: return .real(sqlite3_value_double(value))
    case SQLITE_TEXT: return .text(String(cString: sqlite3_value_text(value)))
    case SQLITE_BLOB:
      let raw = UnsafeRawBufferPointer(
        start: sqlite3_value_blob(value), count: Int(sqlite3_value_bytes(value)))
      return .blob(Array(raw))
    default: return .null
    }
  }
}

private func borrowed(_ value: OpaquePointer?) -> BorrowedValue {
  func bytes() -> UnsafeRawBufferPointer {
    let start = sqlite3_value_blob(value)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
  }
  switch sqlite3_value_type(value) {
  case SQLITE_INTEGER: return .integer(sqlite3_value_int64(value))
  case SQLITE_FLOAT: return .real(sqlite3_value_double(value))
  case SQLITE_TEXT: return .text(bytes())
  case SQLITE_BLOB: return .blob(bytes())
  default: return .null
  }
}

private func answer(_ context: OpaquePointer?, _ compute: () throws -> Value) {
  do {
    switch try compute() {
    case .null: sqlite3_result_null(context)
    case .integer(let number): sqlite3_result_int64(context, number)
    case .real(let number): sqlite3_result_double(context, number)
    case .text(let text): sqlite3_result_text(context, text, -1, kb_sqlite_transient())
    case .blob(let bytes):
      sqlite3_result_blob(context, bytes, Int32(bytes.count), kb_sqlite_transient())
    }
  } catch let error as SQLError {
    sqlite3_result_error(context, "\(error.state.code) \(error.message)", -1)
  } catch {
    sqlite3_result_error(context, "\(error)", -1)
  }
}

/// An in-memory database that is written and read through the binder.
final class BoundDatabase {
  private var db: OpaquePointer?
  private(set) var catalogs: [Catalog] = []
  var catalog: Catalog { catalogs.last ?? Catalog() }
  var newest: UInt64? { catalogs.isEmpty ? nil : UInt64(catalogs.count - 1) }

  init() {
    sqlite3_open(":memory:", &db)
    let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC
    let clock = ScalarFunction("kb_now", 0) { _ in .integer(1_700_000_000_000_000) }
    let uuid = ScalarFunction("kb_random_uuid", 0) { _ in .blob(Array(repeating: 7, count: 16)) }
    let power = ScalarFunction("kb_power", 2) { arguments in
      guard case .real(let base) = arguments[0], case .real(let exponent) = arguments[1] else {
        return .null
      }
      return .real(pow(base, exponent))
    }
    for function in FunctionRegistry.scalars + [clock, uuid, power] {
      sqlite3_create_function_v2(
        db, function.name, Int32(function.argumentCount), flags,
        Unmanaged.passRetained(Scalar(function.body)).toOpaque(),
        { context, count, values in
          let scalar = Unmanaged<Scalar>.fromOpaque(sqlite3_user_data(context))
            .takeUnretainedValue()
          answer(context) { try scalar.body(arguments(count, values)) }
        }, nil, nil, nil)
    }
    for function in FunctionRegistry.aggregates { register(function) }
    sqlite3_create_collation_v2(
      db, FunctionRegistry.numericCollation, SQLITE_UTF8, nil,
      { _, leftCount, left, rightCount, right in
        Int32(
          Decimal.compareTexts(
            UnsafeRawBufferPointer(start: left, count: Int(leftCount)),
            UnsafeRawBufferPointer(start: right, count: Int(rightCount))))
      }, nil)
    execute(
      """
      CREATE TABLE kb_records("offset" INTEGER PRIMARY KEY, timestamp INTEGER, actor TEXT,
        reason TEXT, ticket TEXT, request TEXT, events INTEGER, hash BLOB)
      """)
  }

  deinit { sqlite3_close_v2(db) }

  // One aggregate runs at a time in these tests, so its state can live beside it.
  private func register(_ function: AggregateFunction) {
    sqlite3_create_function_v2(
      db, function.name, Int32(function.argumentCount), SQLITE_UTF8 | SQLITE_DETERMINISTIC,
      Unmanaged.passRetained(Aggregate(function)).toOpaque(), nil,
      { context, count, values in
        let box = Unmanaged<Aggregate>.fromOpaque(sqlite3_user_data(context)).takeUnretainedValue()
        let state = box.state ?? box.function.make()
        box.state = state
        let row = (0..<Int(count)).map { borrowed(values?[$0]) }
        do { try row.withUnsafeBufferPointer { try state.step($0) } } catch {
          sqlite3_result_error(context, "\(error)", -1)
        }
      },
      { context in
        let box = Unmanaged<Aggregate>.fromOpaque(sqlite3_user_data(context)).takeUnretainedValue()
        let state = box.state ?? box.function.make()
        box.state = nil
        answer(context) { try state.value() }
      }, nil)
  }

  // MARK: Binding

  func binder(at moment: UInt64? = nil, texts: [String: String?] = [:]) -> Binder {
    let catalogs = catalogs
    let timeline = Timeline(
      newest: newest,
      offset: { microseconds in
        // Record n is made n seconds after 1970.
        microseconds < 0 || catalogs.isEmpty
          ? nil : UInt64(min(microseconds / 1_000_000, Int64(catalogs.count - 1)))
      }, catalog: { catalogs[Int($0)] })
    let catalog =
      moment.map { $0 < catalogs.count ? catalogs[Int($0)] : self.catalog } ?? self.catalog
    return Binder(
      catalog: catalog, timeline: timeline, moment: moment, nextOffset: UInt64(catalogs.count),
      parameterTexts: texts)
  }

  func bind(_ sql: String, at moment: UInt64? = nil, texts: [String: String?] = [:])
    throws -> Plan
  {
    var parser = Parser(sql)
    guard let parsed = try parser.next() else { throw Failure(description: "no statement") }
    return try binder(at: moment, texts: texts).bind(parsed.statement)
  }

  /// The error of a statement.
  func error(_ sql: String, at moment: UInt64? = nil) -> SQLError? {
    do {
      let plan = try bind(sql, at: moment)
      if case .query(let query) = plan { _ = try rows(query.sql, [], query.columns) }
      return nil
    } catch let error as SQLError {
      return error
    } catch {
      return SQLError(.internalError, "\(error)")
    }
  }

  // MARK: Running

  /// Runs a statement; the rows of a SELECT or RETURNING as text, `NULL` for NULL.
  @discardableResult
  func run(_ sql: String, at moment: UInt64? = nil, texts: [String: String?] = [:]) throws
    -> [[String]]
  {
    switch try bind(sql, at: moment, texts: texts) {
    case .query(let query), .explain(let query):
      let values = try query.parameters.map { slot in
        try (texts[slot.name] ?? nil).map { try slot.type.parse($0) } ?? .null
      }
      return try rows(query.sql, values, query.columns)
    case .schema(let steps):
      var next = catalog
      for change in steps.compactMap(\.change) {
        next.apply(change)
        try apply(change, next)
      }
      commit(next)
    case .insert(let plan):
      let width = plan.table.columns.count
      var result: [[String]] = []
      for row in try values(plan.source.sql, []) {
        try insert(plan, row, width: width)
        if let returning = plan.returning {
          result += try rows(returning.sql, row, returning.columns)
        }
      }
      commit(catalog)
      return result
    case .update(let plan):
      let width = plan.table.columns.count
      for row in try values(plan.source.sql, []) {
        try end(plan.table, Array(row[..<width]))
        try store(plan.table, Array(row[width...]))
      }
      commit(catalog)
    case .delete(let plan):
      for row in try values(plan.source.sql, []) { try end(plan.table, row) }
      commit(catalog)
    case .merge, .combined, .transaction: break
    }
    return []
  }

  /// Makes a catalog that of the next record, without its tables in SQLite.
  func adopt(_ catalog: Catalog) { catalogs.append(catalog) }

  private func commit(_ catalog: Catalog) {
    let offset = catalogs.count
    execute(
      """
      INSERT INTO kb_records VALUES (\(offset), \(offset)000000000, 'ann', 'test', NULL, NULL, 1,
        x'00ff')
      """)
    catalogs.append(catalog)
  }

  private func insert(_ plan: InsertPlan, _ row: [Value], width: Int) throws {
    var row = row
    for (index, column) in plan.table.columns.enumerated() where column.hidden {
      row[index] = .integer(Int64.random(in: 1...1 << 40))
    }
    guard let conflict = plan.conflict else { return try store(plan.table, row) }
    let key = conflict.key.isEmpty ? plan.table.keyColumns : conflict.key
    let names = plan.table.columns.map { "\"\($0.storageName)\"" }
    let condition = key.map { "\(names[$0]) = ?\($0 + 1)" }.joined(separator: " AND ")
    let existing = try values(
      "SELECT \(names.joined(separator: ", ")) FROM \"\(plan.table.storageName)\" "
        + "WHERE _live = 1 AND \(condition)", row)
    guard let old = existing.first else { return try store(plan.table, row) }
    guard let update = conflict.update else { return }
    let result = try values(update.sql, old + row)[0]
    if result[0] == .integer(1) {
      try end(plan.table, old)
      try store(plan.table, Array(result[1...]))
    }
  }

  private func store(_ table: Table, _ row: [Value]) throws {
    let marks = (1...row.count + 3).map { "?\($0)" }.joined(separator: ", ")
    _ = try values(
      "INSERT INTO \"\(table.storageName)\" VALUES (\(marks))",
      row + [.integer(1), .integer(Int64(catalogs.count)), .integer(Int64(VersionEnd.live))])
  }

  private func end(_ table: Table, _ row: [Value]) throws {
    let condition = table.keyColumns.map {
      "\"\(table.columns[$0].storageName)\" = ?\($0 + 1)"
    }.joined(separator: " AND ")
    _ = try values(
      "UPDATE \"\(table.storageName)\" SET _live = 0, _to = \(VersionEnd.stored(Int64(catalogs.count))) "
        + "WHERE _live = 1 AND \(condition)", row)
  }

  private func apply(_ change: SchemaChange, _ catalog: Catalog) throws {
    switch change {
    case .createTable(let table):
      let columns = table.columns.map(Self.declaration).joined(separator: ", ")
      let key = table.keyColumns.map { "\"\(table.columns[$0].storageName)\"" }
      execute(
        """
        CREATE TABLE "\(table.storageName)"(\(columns), _live INTEGER, _from INTEGER, _to INTEGER,
          PRIMARY KEY (_live, \(key.joined(separator: ", ")), _to)) STRICT, WITHOUT ROWID
        """)
    default: break
    }
  }

  private static func declaration(_ column: Column) -> String {
    let collation = if case .numeric = column.type { " COLLATE kb_numeric" } else { "" }
    return "\"\(column.storageName)\" \(column.type.storageClass.rawValue)\(collation)"
  }

  // MARK: SQLite

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private func execute(_ sql: String) {
    precondition(sqlite3_exec(db, sql, nil, nil, nil) == SQLITE_OK, message)
  }

  private var message: String { String(cString: sqlite3_errmsg(db)) }

  private func rows(_ sql: String, _ parameters: [Value], _ columns: [ResultColumn]) throws
    -> [[String]]
  {
    try values(sql, parameters).map { row in
      zip(row, columns).map { $0 == .null ? "NULL" : $1.type.format($0) }
    }
  }

  func values(_ sql: String, _ parameters: [Value]) throws -> [[Value]] {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(db, sql, -1, &statement, nil) == SQLITE_OK else {
      throw Failure(description: "\(message) in \(sql)")
    }
    defer { sqlite3_finalize(statement) }
    let room = Int(sqlite3_bind_parameter_count(statement))
    for (index, value) in parameters.prefix(room).enumerated() {
      let place = Int32(index + 1)
      switch value {
      case .null: sqlite3_bind_null(statement, place)
      case .integer(let number): sqlite3_bind_int64(statement, place, number)
      case .real(let number): sqlite3_bind_double(statement, place, number)
      case .text(let text): sqlite3_bind_text(statement, place, text, -1, kb_sqlite_transient())
      case .blob(let bytes):
        sqlite3_bind_blob(statement, place, bytes, Int32(bytes.count), kb_sqlite_transient())
      }
    }
    var result: [[Value]] = []
    while true {
      let code = sqlite3_step(statement)
      if code == SQLITE_DONE { return result }
      guard code == SQLITE_ROW else {
        let words = message.split(separator: " ", maxSplits: 1)
        if words.count == 2, words[0].count == 5 {
          throw SQLError(.init(String(words[0])), String(words[1]))
        }
        throw Failure(description: "\(message) in \(sql)")
      }
      result.append(
        (0..<sqlite3_column_count(statement)).map { column in
          switch sqlite3_column_type(statement, column) {
          case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, column))
          case SQLITE_FLOAT: .real(sqlite3_column_double(statement, column))
          case SQLITE_TEXT: .text(String(cString: sqlite3_column_text(statement, column)))
          case SQLITE_BLOB:
            .blob(
              Array(
                UnsafeRawBufferPointer(
                  start: sqlite3_column_blob(statement, column),
                  count: Int(sqlite3_column_bytes(statement, column)))))
          default: .null
          }
        })
    }
  }
}
