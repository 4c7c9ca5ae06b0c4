// SPDX-License-Identifier: Apache-2.0
// Random histories of tables and streams.

import Glibc
import Kimberlite
import KimberliteCore

/// A log that random statements write.
struct RandomHistory {
  let path: String
  private let folder: Folder
  private var random: Random
  private var files = 0
  private var added = 0

  init(_ folder: Folder, seed: UInt64) throws {
    self.folder = folder
    path = folder.path + "/log"
    random = Random(seed: seed)
    let writer = try Writer(opening: path, create: true) { _ in }
    for sql in [
      "CREATE TABLE a (id INT PRIMARY KEY, x INT, s TEXT UNIQUE)",
      "CREATE TABLE p (x INT PERSONAL, id INT, s TEXT UNIQUE PERSONAL, k TEXT, r REAL, "
        + "PRIMARY KEY (k, id))",
      "CREATE TABLE n (v TEXT, w TEXT PERSONAL)",
      "CREATE TABLE q (x INT, id INT PRIMARY KEY, s TEXT PERSONAL, SUBJECT KEY (x))",
      "CREATE TABLE f (id INT PRIMARY KEY, x INT, s TEXT PERSONAL, "
        + "a INT REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE, "
        + "q INT REFERENCES q ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED, "
        + "f INT REFERENCES f ON DELETE CASCADE)",
      "CREATE STREAM s", "CREATE STREAM z",
    ] { run(writer, sql) }
    try writer.close()
  }

  mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

  // MARK: Writing

  /// Whether a statement was good: random ones meet constraints.
  @discardableResult
  private func run(_ writer: Writer, _ sql: String) -> Bool {
    var parser = Parser(sql)
    do {
      while let statement = try parser.next() { _ = try writer.run(statement) }
      return true
    } catch { return false }
  }

  mutating func write(steps: Int) throws {
    let writer = try Writer(opening: path) { _ in }
    for _ in 0..<steps {
      if below(6) == 0 {
        try appendEvents(writer)
      } else if below(4) == 0 {
        // Versions that begin and end in one record, and rows that leave and come back in one.
        guard run(writer, "BEGIN") else { continue }
        run(writer, "SAVEPOINT s")
        for _ in 0..<(2 + below(6)) {
          if !run(writer, statement()) || below(5) == 0 { run(writer, "ROLLBACK TO s") }
          if below(3) == 0 { run(writer, "SAVEPOINT s") }
        }
        run(writer, "COMMIT")
      } else {
        run(writer, statement())
      }
    }
    try writer.close()
  }

  private mutating func appendEvents(_ writer: Writer) throws {
    files += 1
    let file = "\(folder.path)/\(files)"
    let count = 1 + below(9)
    let text = (0..<count).map { "{\"n\":\($0)}\n" }.joined()
    guard let out = fopen(file, "w") else { return }
    fputs(text, out)
    fclose(out)
    var options = IngestOptions(target: .stream(below(3) == 0 ? "z" : "s"))
    options.paths = [file]
    options.batchLines = 1 + below(9)
    _ = try writer.ingest(options)
  }

  private mutating func statement() -> String {
    let table = ["a", "p", "n", "p", "q", "f"][below(6)]
    let key = below(12)
    let text = below(4) == 0 ? "NULL" : "'v\(below(60))'"
    switch below(table == "n" ? 6 : 14) {
    case 0 where below(3) == 0: return alter(table)
    case 1, 2:
      return table == "n"
        ? "INSERT INTO n (v, w) VALUES (\(text), 'w\(key)')"
        : "UPDATE \(table) SET x = coalesce(x, 0) + 1 WHERE id > \(key)"
    case 3:
      return table == "n"
        ? "DELETE FROM n WHERE w = 'w\(key)'" : "DELETE FROM \(table) WHERE id = \(key)"
    case 4, 5:
      return table == "n"
        ? "UPDATE n SET w = 'w\(key)' WHERE w > 'w\(key)'"
        : "UPDATE \(table) SET s = \(text) WHERE id = \(key)"
    case 6: return "UPDATE \(table) SET id = id + 5 WHERE id = \(key)"
    case 7 where table == "f":
      return "UPDATE f SET (a, q, f) = (\(below(12)), \(key), NULL) WHERE id > \(below(12))"
    case 8 where table == "f":
      return "INSERT INTO f (id, a, q, f) SELECT id + 1, \(key), q, id FROM f WHERE id = \(key)"
    case 7, 8:
      return "WITH gone AS (DELETE FROM a WHERE id = \(key) RETURNING id, s) "
        + "MERGE INTO \(table) AS t USING (VALUES (\(key), \(text))) AS v (id, s) ON t.id = v.id "
        + "WHEN MATCHED AND t.x > 3 THEN DELETE WHEN MATCHED THEN UPDATE SET s = v.s "
        + "WHEN NOT MATCHED THEN DO NOTHING"
    default:
      let target = table == "p" ? "k, id" : "id"
      let (name, value) = table == "p" ? (", k", ", 'k\(below(2))'") : ("", "")
      return
        "INSERT INTO \(table) (id, x, s\(name)) VALUES (\(key), \(below(9)), \(text)\(value)), "
        + "(\(key + 1), 1, NULL\(value)) ON CONFLICT (\(target)) DO UPDATE SET x = excluded.x"
    }
  }

  private mutating func alter(_ table: String) -> String {
    added += 1
    switch below(5) {
    case 0: return "CREATE INDEX ON \(table) (\(table == "n" ? "w" : "s"))"
    case 1: return "CREATE UNIQUE INDEX ON \(table) (\(table == "n" ? "v" : "x, s"))"
    case 2: return "ALTER TABLE \(table) DROP COLUMN c\(1 + below(added))"
    case 3: return "ALTER TABLE \(table) ADD COLUMN c\(added) TEXT"
    default: return "ALTER TABLE \(table) ADD COLUMN c\(added) TEXT DEFAULT 'd' PERSONAL"
    }
  }
}
