// SPDX-License-Identifier: Apache-2.0
// state == fold(log): random statements through the writer, beside a plain SQLite that runs the
// same ones; every past state remembered and asked for again; the view deleted and folded anew.
// KB_SEEDS sets how many runs, KB_SEED replays one.

import CSQLite
import Glibc
import KimberliteCore
import Testing

import Kimberlite

@Suite
struct FoldTests {
  static var seeds: [UInt64] {
    if let one = getenv("KB_SEED").flatMap({ UInt64(String(cString: $0)) }) { return [one] }
    let count = getenv("KB_SEEDS").flatMap { UInt64(String(cString: $0)) } ?? 6
    return Array(1...max(1, count))
  }

  @Test(arguments: seeds)
  func `state is the fold of the log, now and at every moment of the past`(seed: UInt64) throws {
    let folder = Folder()
    var run = try FoldRun(folder.path + "/log", seed: seed)
    for _ in 0..<120 { try run.step() }
    try run.finish()
    try run.checkPast()
    let versions = try run.allVersions()
    for suffix in ["", "-wal", "-shm"] { unlink(folder.path + "/log/view.sqlite" + suffix) }
    try run.checkPast()
    #expect(try run.allVersions() == versions, "KB_SEED=\(seed)")
  }
}

/// What every table held after one record.
private struct Moment {
  var offset: UInt64
  /// Rows of the tables that existed.
  var tables: [String: [String]]
}

/// One run: our log, the plain SQLite beside it, and what was remembered.
private struct FoldRun {
  let path: String
  let seed: UInt64
  private var random: Random
  private let writer: Writer
  private let plain = PlainSQLite()
  private var moments: [Moment] = []
  /// Tables that are there now and the columns of each.
  private var tables: [String: [String]] = [:]
  private var added = 0
  private var inTransaction = false
  private var savedTables: [String: [String]] = [:]
  /// Tables that plain SQLite knows as well.
  private static let compared = ["a", "b", "p"]

  init(_ path: String, seed: UInt64) throws {
    self.path = path
    self.seed = seed
    random = Random(seed: seed)
    writer = try Writer(opening: path, create: true, stateFolder: nil) { _ in }
  }

  private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

  // MARK: Steps

  /// One statement in both, its outcome compared; then every table's rows.
  mutating func step() throws {
    let sql = statement()
    let isOurs = sql.contains(" w ") || sql.hasSuffix(" w")
    let failure = attempt(sql)
    let other = isOurs ? nil : plain.execute(sql.replacing(" PERSONAL", with: ""))
    if !isOurs {
      #expect(
        (failure == nil) == (other == nil),
        "KB_SEED=\(seed): \(sql): \(failure ?? "-") | \(other ?? "-")")
    }
    if failure != nil {
      // After an error ours takes nothing more; SQLite goes on.
      if inTransaction {
        #expect(attempt("ROLLBACK") == nil)
        _ = plain.execute("ROLLBACK")
        tables = savedTables
      }
      inTransaction = false
    } else {
      note(sql)
    }
    if !inTransaction { try remember(sql) }
  }

  /// Ends what is open and closes the writer.
  mutating func finish() throws {
    if inTransaction {
      #expect(attempt("COMMIT") == nil)
      _ = plain.execute("COMMIT")
      inTransaction = false
      try remember("COMMIT")
    }
    try writer.close()
  }

  private func attempt(_ sql: String) -> String? {
    var parser = Parser(sql)
    do {
      while let statement = try parser.next() { _ = try writer.run(statement) }
      return nil
    } catch let error as DatabaseError {
      // A bug of ours is no answer.
      #expect(error.kind == .data, "KB_SEED=\(seed): \(sql): \(error.message)")
      return error.message
    } catch { return "\(error)" }
  }

  private mutating func note(_ sql: String) {
    let words = sql.split(separator: " ").map(String.init)
    switch (words[0], words.count > 1 ? words[1] : "") {
    case ("BEGIN", _):
      inTransaction = true
      savedTables = tables
    case ("COMMIT", _): inTransaction = false
    case ("ROLLBACK", _):
      inTransaction = false
      tables = savedTables
    case ("CREATE", "TABLE"): tables[words[2]] = words[2] == "w" ? [] : ["x", "s", "r"]
    case ("DROP", "TABLE"): tables[words[2]] = nil
    case ("ALTER", _):
      let name = words[2]
      if words[3] == "ADD" { tables[name]?.append(words[5]) }
      if words[3] == "DROP" { tables[name]?.removeAll { $0 == words[5] } }
      if words[3] == "RENAME" {
        tables[name] = tables[name]?.map { $0 == words[5] ? words[7] : $0 }
      }
    default: break
    }
  }

  // MARK: Statements

  private mutating func statement() -> String {
    for name in ["a", "b", "p", "w"] where tables[name] == nil && below(3) > 0 {
      return create(name)
    }
    let names = tables.keys.sorted()
    guard !names.isEmpty else { return create("a") }
    switch below(30) {
    case 0 where !inTransaction: return "BEGIN"
    case 1...3 where inTransaction: return below(4) == 0 ? "ROLLBACK" : "COMMIT"
    case 4: return "DROP TABLE \(names[below(names.count)])"
    case 5, 6: return alter(names[below(names.count)])
    default: return write(names[below(names.count)])
    }
  }

  private func create(_ name: String) -> String {
    switch name {
    case "a":
      "CREATE TABLE a ( id BIGINT NOT NULL PRIMARY KEY, x INTEGER, s TEXT, r DOUBLE PRECISION )"
    case "b":
      "CREATE TABLE b ( id BIGINT NOT NULL, k TEXT NOT NULL DEFAULT 'k', x INTEGER CHECK (x < 90), "
        + "s TEXT UNIQUE, r DOUBLE PRECISION, PRIMARY KEY (id, k) )"
    case "p":
      "CREATE TABLE p ( x INTEGER PERSONAL CHECK (x < 95), id BIGINT NOT NULL PRIMARY KEY, "
        + "s TEXT UNIQUE PERSONAL, r DOUBLE PRECISION )"
    default:
      "CREATE TABLE w ( id UUID PRIMARY KEY, n NUMERIC(8,2), d DATE, t TIMESTAMPTZ, j JSONB, "
        + "y BYTEA, o BOOLEAN, i INTERVAL, v VARCHAR(5), m TIME )"
    }
  }

  private mutating func alter(_ name: String) -> String {
    let columns = tables[name] ?? []
    if name == "w" || columns.count < 2 || below(2) == 0 {
      added += 1
      let type = ["INTEGER", "TEXT DEFAULT 'd'", "INTEGER NOT NULL DEFAULT 7"][below(3)]
      let personal = name != "b" && below(2) == 0 ? " PERSONAL" : ""
      return "ALTER TABLE \(name) ADD COLUMN c\(added) \(type)\(personal)"
    }
    // Columns of constraints stay.
    let free = columns.filter { $0.hasPrefix("c") }
    guard let column = free.first else { return "DELETE FROM \(name) WHERE id < 3" }
    if below(2) == 0 { return "ALTER TABLE \(name) DROP COLUMN \(column)" }
    added += 1
    return "ALTER TABLE \(name) RENAME COLUMN \(column) TO c\(added)"
  }

  private mutating func text() -> String {
    ["NULL", "''", "'ä€😀'", "'it''s'", "'v\(below(500))'", "'v\(below(500))'"][below(6)]
  }

  private mutating func number() -> String { below(5) == 0 ? "NULL" : "\(below(100) - 20)" }

  private mutating func real() -> String {
    ["NULL", "1.5", "-0.25", "1e15", "3.0", "0.1"][below(6)]
  }

  private mutating func write(_ name: String) -> String {
    if name == "w" { return writeTyped() }
    let key = below(40)
    switch below(9) {
    case 0: return "DELETE FROM \(name) WHERE id BETWEEN \(key) AND \(key + 5)"
    case 1: return "UPDATE \(name) SET x = x + 1, r = NULL WHERE id > \(key)"
    case 2: return "UPDATE \(name) SET s = \(text()) WHERE id = \(key)"
    case 3: return "UPDATE \(name) SET id = id + 1000 WHERE id = \(key)"
    case 4:
      let target = name == "b" ? "id, k" : "id"
      return "INSERT INTO \(name) (id, x, s) VALUES (\(key), \(number()), \(text())) "
        + "ON CONFLICT (\(target)) DO UPDATE SET x = excluded.x, s = excluded.s"
    case 5:
      return
        "INSERT INTO \(name) (id, x) SELECT id + \(2000 + below(3000)), x FROM \(name) WHERE id < \(key)"
    case 6: return "INSERT INTO \(name) (id, x) VALUES (\(key), 1) ON CONFLICT DO NOTHING"
    default:
      return
        "INSERT INTO \(name) (id, x, s, r) VALUES (\(key), \(number()), \(text()), \(real())), "
        + "(\(key + 40 + below(20)), \(number()), \(text()), \(real()))"
    }
  }

  private mutating func writeTyped() -> String {
    let digit = String(below(10))
    let id = "'00000000-0000-4000-8000-00000000000\(digit)'"
    switch below(4) {
    case 0: return "DELETE FROM w WHERE id = \(id)"
    case 1: return "UPDATE w SET n = n + 0.05, o = NOT o, v = 'x' || left(v, 3) WHERE id > \(id)"
    default:
      return "INSERT INTO w VALUES (\(id), -\(below(999)).5\(digit), DATE '2024-02-29', "
        + "'2026-01-01 10:00:00.12345\(digit)Z', '{\"a\": [1, null, \"ü\"]}', '\\x00ff\(digit)0', "
        + "\(below(2) == 0 ? "true" : "NULL"), '1 mon \(digit) days', 'v\(digit)', '23:59:5\(digit)') "
        + "ON CONFLICT (id) DO UPDATE SET n = excluded.n, y = NULL"
    }
  }

  // MARK: States

  private static func order(_ name: String) -> String {
    "ORDER BY id" + (name == "b" ? ", k" : "")
  }

  private mutating func remember(_ sql: String) throws {
    try writer.settle()
    guard let offset = writer.newestOffset else { return }
    let reader = try Reader(opening: path)
    #expect(reader.newest == offset)
    var moment = Moment(offset: offset, tables: [:])
    for name in tables.keys.sorted() {
      let rows = try ask(reader, "SELECT * FROM \(name) \(Self.order(name))")
      moment.tables[name] = rows
      if Self.compared.contains(name) {
        let other = plain.rows("SELECT * FROM \(name) \(Self.order(name))")
        #expect(rows == other, "KB_SEED=\(seed): after \(sql)")
      }
    }
    if moments.last?.offset == offset {
      // A statement that changed nothing is no record.
      #expect(moments.last?.tables == moment.tables, "KB_SEED=\(seed): after \(sql)")
    } else {
      moments.append(moment)
    }
  }

  /// Every remembered state is what the past answers, by offset and by time.
  func checkPast() throws {
    let reader = try Reader(opening: path)
    for moment in moments {
      let offset = moment.offset
      let time = try ask(
        reader, "SELECT CAST(timestamp AS TEXT) FROM kb.records WHERE \"offset\" = \(offset)")
      let instant = time[0].dropFirst(6).dropLast(2)
      for (name, rows) in moment.tables.sorted(by: { $0.key < $1.key }) {
        let order = Self.order(name)
        let hint: Comment = "KB_SEED=\(seed): \(name) at \(offset)"
        #expect(
          try ask(reader, "SELECT * FROM \(name) AS OF OFFSET \(offset) \(order)") == rows, hint)
        #expect(
          try ask(reader, "SELECT * FROM \(name) AS OF TIMESTAMP '\(instant)' \(order)") == rows,
          hint)
        #expect(try ask(reader, "SELECT * FROM \(name) \(order)", moment: offset) == rows, hint)
      }
    }
  }

  /// Every version of every row of the tables that are there.
  func allVersions() throws -> [String] {
    let reader = try Reader(opening: path)
    var all = try ask(reader, "SELECT * FROM kb.records ORDER BY 1")
    for name in tables.keys.sorted() {
      all += try ask(
        reader,
        "SELECT *, _offset, _created_at, _deleted_at FROM \(name) FOR SYSTEM_TIME ALL"
      ).sorted()
    }
    return all
  }

  private func ask(_ reader: Reader, _ sql: String, moment: UInt64? = nil) throws -> [String] {
    var parser = Parser(sql)
    guard let statement = try parser.next() else { return [] }
    let rows = try reader.prepare(statement, moment: moment)
    var lines: [String] = []
    while try rows.next() {
      var cells: [String] = []
      for index in rows.columns.indices { cells.append("\(try rows.value(index))") }
      lines.append(cells.joined(separator: "|"))
    }
    return lines
  }
}

/// SQLite as it comes, in memory.
private final class PlainSQLite {
  private var handle: OpaquePointer?

  init() { precondition(sqlite3_open(":memory:", &handle) == SQLITE_OK) }
  deinit { sqlite3_close_v2(handle) }

  /// Runs a statement; what went wrong, if anything did.
  func execute(_ sql: String) -> String? {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
      return String(cString: sqlite3_errmsg(handle))
    }
    return nil
  }

  /// The rows of a query, each value written as ours are.
  func rows(_ sql: String) -> [String] {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
      return ["\(String(cString: sqlite3_errmsg(handle)))"]
    }
    defer { sqlite3_finalize(statement) }
    var lines: [String] = []
    while sqlite3_step(statement) == SQLITE_ROW {
      var cells: [String] = []
      for column in 0..<sqlite3_column_count(statement) {
        let value: Value =
          switch sqlite3_column_type(statement, column) {
          case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, column))
          case SQLITE_FLOAT: .real(sqlite3_column_double(statement, column))
          case SQLITE_TEXT: .text(String(cString: sqlite3_column_text(statement, column)))
          default: .null
          }
        cells.append("\(value)")
      }
      lines.append(cells.joined(separator: "|"))
    }
    return lines
  }
}
