// SPDX-License-Identifier: Apache-2.0
// SQLite as its users run it when they must not lose a commit and keep history: WAL,
// synchronous=FULL, triggers. It gets the page cache that our view has.

internal import CSQLite
internal import Glibc

final class SQLitePeer {
  static let columns = """
    id INTEGER PRIMARY KEY, mrn TEXT NOT NULL, given TEXT, family TEXT, birth_date TEXT,
    gender TEXT, address TEXT, city TEXT, phone TEXT, email TEXT, visits INTEGER
    """

  private let handle: OpaquePointer

  init(_ path: String) throws {
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    guard sqlite3_open_v2(path, &opened, flags, nil) == SQLITE_OK, let opened else {
      throw BenchmarkError("SQLite cannot open \(path)")
    }
    handle = opened
    try execute(
      """
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768;
      PRAGMA wal_autocheckpoint = 4000;
      """)
  }

  deinit { sqlite3_close_v2(handle) }

  /// The table of patients, and the triggers that keep what it held.
  func createTables() throws {
    let names = PatientBatch.columns.joined(separator: ", ")
    let old = PatientBatch.columns.map { "OLD.\($0)" }.joined(separator: ", ")
    var triggers = ""
    for event in ["UPDATE", "DELETE"] {
      triggers += """
        CREATE TRIGGER patients_\(event) AFTER \(event) ON patients BEGIN
          INSERT INTO patients_history (\(names), ended) VALUES (\(old), unixepoch());
        END;
        """
    }
    let plain = PatientBatch.columns.joined(separator: ", ")
    try execute(
      """
      CREATE TABLE patients (\(Self.columns)) STRICT;
      CREATE TABLE patients_history (\(plain), ended INTEGER);
      CREATE INDEX patients_history_id ON patients_history (id, ended);
      \(triggers)
      """)
  }

  func execute(_ sql: String) throws {
    if sqlite3_exec(handle, sql, nil, nil, nil) != SQLITE_OK { throw error }
  }

  var error: BenchmarkError { BenchmarkError("SQLite: " + String(cString: sqlite3_errmsg(handle))) }

  func prepare(_ sql: String) throws -> Statement {
    var made: OpaquePointer?
    let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
    guard sqlite3_prepare_v3(handle, sql, -1, flags, &made, nil) == SQLITE_OK, let made else {
      throw error
    }
    return Statement(made, self)
  }

  final class Statement {
    let handle: OpaquePointer
    private let peer: SQLitePeer

    init(_ handle: OpaquePointer, _ peer: SQLitePeer) {
      self.handle = handle
      self.peer = peer
    }

    deinit { sqlite3_finalize(handle) }

    @inline(__always)
    func bind(_ index: Int, _ value: Int64) { sqlite3_bind_int64(handle, Int32(index), value) }

    /// Binds bytes that stay in place until the statement has run.
    @inline(__always)
    func bind(_ index: Int, _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
      bytes.withMemoryRebound(to: CChar.self) {
        _ = sqlite3_bind_text(
          handle, Int32(index), $0.baseAddress?.advanced(by: range.lowerBound),
          Int32(range.count), kb_sqlite_static())
      }
    }

    @inline(__always)
    func step() throws -> Bool {
      switch sqlite3_step(handle) {
      case SQLITE_ROW: return true
      case SQLITE_DONE: return false
      default: throw peer.error
      }
    }

    @inline(__always)
    func reset() { sqlite3_reset(handle) }

    /// Binds one patient and runs.
    func run(_ batch: PatientBatch, _ bytes: UnsafeBufferPointer<UInt8>, _ row: Int) throws {
      bind(1, batch.ids[row])
      for text in 0..<PatientBatch.textCount { bind(text + 2, bytes, batch.range(row, text)) }
      bind(11, batch.visits[row])
      _ = try step()
      reset()
    }

    /// The current row as texts; NULL is empty.
    func texts() -> [String] {
      (0..<sqlite3_column_count(handle)).map { column in
        // Fifteen digits, SQLite's own choice, would hide what is beyond them.
        if sqlite3_column_type(handle, column) == SQLITE_FLOAT {
          return "\(sqlite3_column_double(handle, column))"
        }
        return sqlite3_column_text(handle, column).map { String(cString: $0) } ?? ""
      }
    }

    /// Touches every column of the current row as a caller would; the sum keeps it from being
    /// optimised away.
    @inline(__always)
    func readColumns() -> Int {
      var sum = 0
      for column in 0..<sqlite3_column_count(handle) {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: sum &+= Int(sqlite3_column_int64(handle, column))
        case SQLITE_NULL: break
        default:
          let text = sqlite3_column_text(handle, column)
          let count = Int(sqlite3_column_bytes(handle, column))
          sum &+=
            String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
            .utf8.count
        }
      }
      return sum
    }
  }
}
