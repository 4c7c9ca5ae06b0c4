// SPDX-License-Identifier: Apache-2.0
// SQLite's C interface, as thin as it can be: a connection, a statement, an error. Nothing here
// knows what the tables mean.

internal import CSQLite
internal import KimberliteCore

/// An error of SQLite.
struct SQLiteError: Error, Equatable {
  /// The extended result code.
  var code: Int32
  var message: String

  /// The result code without its extension.
  var primary: Int32 { code & 0xff }
}

/// A connection.
///
/// Used by one thread at a time: opened without SQLite's own mutex.
final class Connection {
  enum Mode { case readWrite, readOnly, immutable }

  let handle: OpaquePointer
  /// Encrypts the database; `nil` where it is in the clear.
  let pageKey: PageKey?
  /// Through which an encrypted database is opened.
  private let vfs: CryptVFS?
  /// What a custom function wanted to say: SQLite carries its message, not its SQLSTATE.
  var functionError: SQLError?
  /// Where the events of streams are read; set by whoever answers queries over them.
  var events: EventReader?
  /// Where the access log is; set by whoever answers queries over it.
  var accesses: AccessSource?
  /// When the running query must have ended, where its time is bounded.
  var deadline: Deadline?
  /// Who runs statements; `nil`: whoever runs the process.
  var user: String?
  /// The clock of `kb_now`: microseconds since 1970, fixed for a statement.
  var now: Int64 = 0
  /// How far sequences are; `nil` where nothing is written.
  var sequences: SequenceState?
  private var eventRows: [Int: EventRows] = [:]
  /// Sets of keys made so far, which gives each a name of its own.
  var keySetCount = 0

  /// Opens or, in mode `.readWrite`, creates a database file; with a key an encrypted one.
  init(path: String, mode: Mode, pageKey: PageKey? = nil) throws(SQLiteError) {
    self.pageKey = pageKey
    vfs = pageKey.flatMap { CryptVFS($0) }
    if pageKey != nil, vfs == nil {
      throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory")
    }
    var opened: OpaquePointer?
    let access: Int32 =
      mode == .readWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
    let flags = access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI
    let uri = "file:" + Self.escaped(path) + (mode == .immutable ? "?immutable=1" : "")
    let status = sqlite3_open_v2(uri, &opened, flags, vfs?.name)
    guard status == SQLITE_OK, let opened else {
      let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(opened)
      throw SQLiteError(code: status, message: message)
    }
    handle = opened
    // The largest value that can be stored, and twice that while a query computes.
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Int32(2 * Limits.eventBytesMax))
    kb_quotes_are_names(handle)
    // A reader waits for a writer to finish its transaction, and the other way round.
    sqlite3_busy_timeout(handle, 60_000)
    if vfs != nil, CryptVFS.configure(handle) != SQLITE_OK { throw error }
  }

  deinit { sqlite3_close_v2(handle) }

  /// Escapes what a file: URI would take for syntax.
  private static func escaped(_ path: String) -> String {
    path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
  }

  var error: SQLiteError {
    SQLiteError(
      code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
  }

  /// Sixteen random bytes that each transaction of an encrypted database has to write.
  ///
  /// Its -shm file is in the clear and holds a checksum of all that the transactions wrote ahead,
  /// as a linear function of it: random bytes among them keep it from confirming a guess.
  func blind() -> [UInt8]? { pageKey == nil ? nil : Entropy.bytes(16) }

  /// Runs statements that return nothing.
  func execute(_ sql: String) throws(SQLiteError) {
    let status = sqlite3_exec(handle, sql, nil, nil, nil)
    if status != SQLITE_OK { throw error }
  }

  /// What asks for SQLite's plan of the statement behind it.
  static let explain = "EXPLAIN QUERY PLAN "

  /// Compiles one statement.
  func prepare(_ sql: String, persistent: Bool = false) throws(SQLiteError) -> Prepared {
    var statement: OpaquePointer?
    let flags = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
    var sql = sql
    let isFiltered = !["", Self.explain].contains {
      sql.utf8.starts(with: ($0 + SQLText.noBloomFilters).utf8)
    }
    if !isFiltered { kb_bloom_filters(handle, 0) }
    defer { if !isFiltered { kb_bloom_filters(handle, 1) } }
    let status = sql.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) {
        sqlite3_prepare_v3(handle, $0.baseAddress, Int32($0.count), flags, &statement, nil)
      }
    }
    guard status == SQLITE_OK, let statement else { throw error }
    return Prepared(statement, of: self)
  }

  /// The virtual table of events with so many values.
  func eventRows(columnCount: Int) throws(SQLiteError) -> EventRows {
    if let known = eventRows[columnCount] { return known }
    let made = try EventRows(columnCount: columnCount, of: self)
    eventRows[columnCount] = made
    return made
  }

  /// Rows changed by the last statement.
  var changes: Int { Int(sqlite3_changes64(handle)) }

  /// Whether a transaction is open.
  var inTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }
}

/// A compiled statement.
///
/// Columns and bytes it hands out live until the next step or reset.
final class Prepared {
  let handle: OpaquePointer
  /// Keeps the connection open.
  let connection: Connection

  init(_ handle: OpaquePointer, of connection: Connection) {
    self.handle = handle
    self.connection = connection
  }

  deinit { sqlite3_finalize(handle) }

  private func check(_ status: Int32) throws(SQLiteError) {
    if status != SQLITE_OK { throw connection.error }
  }

  /// Binds an integer to the `index`th parameter, counted from 1.
  func bind(_ index: Int, _ value: Int64) throws(SQLiteError) {
    try check(sqlite3_bind_int64(handle, Int32(index), value))
  }

  func bind(_ index: Int, _ value: Double) throws(SQLiteError) {
    try check(sqlite3_bind_double(handle, Int32(index), value))
  }

  func bindNull(_ index: Int) throws(SQLiteError) {
    try check(sqlite3_bind_null(handle, Int32(index)))
  }

  func bind(_ index: Int, _ text: String) throws(SQLiteError) {
    var text = text
    try check(
      text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) {
          sqlite3_bind_text64(
            handle, Int32(index), $0.baseAddress ?? Self.empty, UInt64($0.count),
            kb_sqlite_transient(), UInt8(SQLITE_UTF8))
        }
      })
  }

  func bind(_ index: Int, blob bytes: [UInt8]) throws(SQLiteError) {
    try check(
      bytes.withUnsafeBytes {
        sqlite3_bind_blob64(
          handle, Int32(index), $0.baseAddress ?? UnsafeRawPointer(Self.empty), UInt64($0.count),
          kb_sqlite_transient())
      })
  }

  func bind(_ index: Int, _ value: Value) throws(SQLiteError) {
    switch value {
    case .null: try bindNull(index)
    case .integer(let number): try bind(index, number)
    case .real(let number): try bind(index, number)
    case .text(let text): try bind(index, text)
    case .blob(let bytes): try bind(index, blob: bytes)
    }
  }

  /// Binds the values of `?first …`; those that the statement never mentions are left out.
  func bind(from first: Int, _ values: [Value]) throws(SQLiteError) {
    let room = Int(sqlite3_bind_parameter_count(handle)) - first + 1
    for (index, value) in values.prefix(max(0, room)).enumerated() {
      try bind(first + index, value)
    }
  }

  /// A place that is never read: a NULL pointer would bind NULL, not the empty string.
  // Never written after its initialiser, so every thread may read it.
  nonisolated(unsafe) private static let empty: UnsafePointer<CChar> = {
    let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    byte.initialize(to: 0)
    return UnsafePointer(byte)
  }()

  /// Advances to the next row; false at the end.
  func step() throws(SQLiteError) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw connection.error
    }
  }

  /// Makes ready for another run; bindings stay.
  func reset() { sqlite3_reset(handle) }

  /// Runs to the end, ignoring rows, and makes ready for another run.
  func run() throws(SQLiteError) {
    defer { reset() }
    while try step() {}
  }

  var columnCount: Int { Int(sqlite3_column_count(handle)) }

  /// A column of the current row.
  func cell(_ column: Int) -> Cell { Cell(sqlite3_column_value(handle, Int32(column))) }

  func integer(_ column: Int) -> Int64 { cell(column).integer }
  func isNull(_ column: Int) -> Bool { cell(column).type == SQLITE_NULL }
  func text(_ column: Int) -> String { cell(column).text }
  func blob(_ column: Int) -> [UInt8] { cell(column).blob }
  func value(_ column: Int) -> Value { cell(column).value }

  /// All columns of the current row.
  func row() -> [Value] { (0..<columnCount).map(value) }
}

/// One column of the current row, found once for all that is asked of it, or one argument of a
/// function.
///
/// Gone with the next step or reset, or with the call.
struct Cell {
  // A column's is not "protected", in SQLite's words: a connection without a mutex needs none.
  private let handle: OpaquePointer?

  init(_ handle: OpaquePointer?) { self.handle = handle }

  /// The storage class: SQLITE_INTEGER, SQLITE_FLOAT, ….
  var type: Int32 { sqlite3_value_type(handle) }
  var integer: Int64 { sqlite3_value_int64(handle) }
  var real: Double { sqlite3_value_double(handle) }
  var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
  var blob: [UInt8] { withBytes { Array($0) } }

  var value: Value {
    switch type {
    case SQLITE_INTEGER: .integer(integer)
    case SQLITE_FLOAT: .real(real)
    case SQLITE_TEXT: .text(text)
    case SQLITE_BLOB: .blob(blob)
    default: .null
    }
  }

  /// The value where its bytes are.
  var borrowed: BorrowedValue {
    switch type {
    case SQLITE_INTEGER: .integer(integer)
    case SQLITE_FLOAT: .real(real)
    case SQLITE_TEXT: .text(bytes)
    case SQLITE_BLOB: .blob(bytes)
    default: .null
    }
  }

  private var bytes: UnsafeRawBufferPointer {
    withBytes { UnsafeRawBufferPointer($0) }
  }

  /// The bytes of a text or blob.
  func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R {
    // value_blob of a TEXT value is its UTF-8; asking for the size after it is the safe order.
    let start = sqlite3_value_blob(handle)
    let count = Int(sqlite3_value_bytes(handle))
    return try body(
      UnsafeBufferPointer(
        start: start?.assumingMemoryBound(to: UInt8.self), count: start == nil ? 0 : count))
  }
}
