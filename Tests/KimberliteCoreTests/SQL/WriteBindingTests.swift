// SPDX-License-Identifier: Apache-2.0
// INSERT, UPDATE, DELETE and schema changes as the binder plans them.

import KimberliteCore
import Testing

@Suite struct WriteBindingTests {
  private func database(_ statements: String...) throws -> BoundDatabase {
    let database = BoundDatabase()
    for sql in statements { try database.run(sql) }
    return database
  }

  @Test func `an assignment converts to the column's type`() throws {
    let database = try database(
      """
      CREATE TABLE t (id BIGINT PRIMARY KEY, s SMALLINT, n NUMERIC(6,2), d DOUBLE PRECISION,
        v VARCHAR(3), c CHAR(3), b BOOLEAN, ts TIMESTAMPTZ, x TEXT)
      """,
      "INSERT INTO t VALUES (1, 1 + 1, 1.005, 3, 'abc  ', 'a', 'yes', '2020-01-01', 42)")
    #expect(
      flat(try database.run("SELECT id, s, n, d, v, c, b, x FROM t"))
        == "1|2|1.01|3|abc|a  |true|42")
    #expect(flat(try database.run("SELECT id FROM t WHERE c = 'a'")) == "1")
    #expect(flat(try database.run("SELECT length(c) FROM t")) == "1")
    #expect(database.error("INSERT INTO t (id, n) VALUES (2, 99999)")?.state == .numericOutOfRange)
    #expect(database.error("INSERT INTO t (id, v) VALUES (2, 'abcd')")?.state == .stringTooLong)
    #expect(throws: SQLError.self) { try database.run("UPDATE t SET s = s * 30000") }
    #expect(throws: SQLError.self) { try database.run("UPDATE t SET v = v || 'd'") }
  }

  @Test func `absent columns take their defaults`() throws {
    let database = try database(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'none', n NUMERIC(5,2) DEFAULT 1 + 1)",
      "INSERT INTO t (id) VALUES (1)", "INSERT INTO t VALUES (2, DEFAULT, 5), (3, 'x', DEFAULT)",
      "INSERT INTO t (n, id) SELECT 7, id + 10 FROM t WHERE id = 1",
      "UPDATE t SET a = DEFAULT WHERE id = 3")
    #expect(
      flat(try database.run("SELECT * FROM t ORDER BY id"))
        == "1|none|2.00 2|none|5.00 3|none|2.00 11|none|7.00")
  }

  @Test func `a conflict updates the row that is there`() throws {
    let database = try database(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)", "INSERT INTO t VALUES (1, 10), (2, 20)",
      """
      INSERT INTO t VALUES (1, 5), (2, 50), (3, 7)
      ON CONFLICT (id) DO UPDATE SET n = t.n + excluded.n WHERE excluded.n > 9
      """,
      "INSERT INTO t VALUES (1, 0) ON CONFLICT DO NOTHING")
    #expect(flat(try database.run("SELECT * FROM t ORDER BY id")) == "1|10 2|70 3|7")
    let error = database.error("INSERT INTO t VALUES (1, 1) ON CONFLICT (n) DO NOTHING")
    #expect(error?.state == .invalidColumnReference)
  }

  @Test func `returning sees the new row`() throws {
    let database = try database("CREATE TABLE t (id INTEGER PRIMARY KEY, n NUMERIC(5,1))")
    let rows = try database.run(
      "INSERT INTO t VALUES (1, 2), (2, 3) RETURNING id, n * 2 AS twice, *")
    #expect(flat(rows) == "1|4.0|1|2.0 2|6.0|2|3.0")
    #expect(database.error("DELETE FROM t RETURNING _created_at")?.state == .undefinedColumn)
  }

  @Test func `update and delete join other tables`() throws {
    let database = try database(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)",
      "CREATE TABLE u (id INTEGER, m INTEGER)",
      "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)",
      "INSERT INTO u VALUES (1, 100), (2, 200), (2, 200)",
      "UPDATE t SET n = n + m FROM u WHERE u.id = t.id",
      "DELETE FROM t USING u WHERE u.id = t.id AND m = 200")
    #expect(flat(try database.run("SELECT * FROM t ORDER BY id")) == "1|101 3|3")
  }

  @Test func `checks are programs over a row`() throws {
    let database = try database(
      "CREATE TABLE t (a INTEGER CHECK (a > 0), b INTEGER, CONSTRAINT ab CHECK (a < b))")
    let table = try #require(database.catalog.table(named: "t"))
    let program = try #require(try database.binder().checkProgram(for: table))
    #expect(program.columns.map(\.name) == ["t_a_check", "ab"])
    let values = try database.values(program.sql, [.integer(1), .integer(5), .integer(3)])
    #expect(values == [[.integer(1), .integer(0)]])
  }

  @Test func `a table without a key has a hidden one`() throws {
    let database = try database("CREATE TABLE t (a TEXT)", "INSERT INTO t VALUES ('x'), ('x')")
    #expect(flat(try database.run("SELECT * FROM t")) == "x x")
    #expect(database.catalog.table(named: "t")?.columns.map(\.name) == ["_id", "a"])
  }

  @Test func `constraints are named as PostgreSQL names them`() throws {
    let database = try database(
      "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE)",
      "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p, UNIQUE (p, id), CHECK (id > p))",
      "CREATE INDEX ON c (p DESC)")
    let table = try #require(database.catalog.table(named: "c"))
    #expect(table.constraints.map(\.name) == ["c_pkey", "c_p_fkey", "c_p_id_key", "c_check"])
    #expect(database.catalog.indexes.map(\.name) == ["p_code_key", "c_p_id_key", "c_p_idx"])
    #expect(Set(database.catalog.indexes.map(\.id)).count == 3)
    #expect(database.error("DROP TABLE p")?.state == .dependentObjects)
    #expect(database.error("DROP INDEX p_code_key")?.state == .dependentObjects)
    #expect(database.error("DROP TABLE p, c") == nil)
    // Its constraints go with a column.
    #expect(database.error("ALTER TABLE c DROP COLUMN p") == nil)
    #expect(
      database.error("CREATE TABLE d (a INTEGER, FOREIGN KEY (a) REFERENCES c (p))")?.state
        == .invalidForeignKey)
  }

  @Test func `renaming a column rewrites its checks`() throws {
    let database = try database(
      "CREATE TABLE t (a INTEGER, b TEXT CHECK (a > 0 AND \"a\" < 10 AND b <> 'a'))",
      "ALTER TABLE t RENAME COLUMN a TO amount")
    let table = try #require(database.catalog.table(named: "t"))
    let checks = table.constraints.compactMap { constraint -> String? in
      if case .check(let text) = constraint.kind { text } else { nil }
    }
    #expect(checks == ["\"amount\" > 0 AND \"amount\" < 10 AND b <> 'a'"])
    #expect(table.column(named: "amount")?.storageName == "a")
  }

  @Test func `an added column has its own storage and a constant fill`() throws {
    let database = try database(
      "CREATE TABLE t (a INTEGER)", "ALTER TABLE t ADD COLUMN n NUMERIC(4,1) NOT NULL DEFAULT 2")
    let column = try #require(database.catalog.table(named: "t")?.column(named: "n"))
    #expect(column.fill == .text("2.0"))
    #expect(column.storageName == "n.3")
    #expect(
      database.error("ALTER TABLE t ADD COLUMN x TIMESTAMPTZ DEFAULT now()")?.state
        == .featureNotSupported)
  }

  @Test func `a dropped table's storage name is not used again`() throws {
    let database = try database(
      "CREATE TABLE t (a INTEGER)", "DROP TABLE t", "CREATE TABLE t (b INTEGER)")
    #expect(database.catalog.table(named: "t")?.storageName == "t.2")
    #expect(database.error("CREATE TABLE IF NOT EXISTS t (c TEXT)") == nil)
  }

  @Test func `the present is one range of the primary key`() throws {
    let database = try database("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)")
    guard
      case .query(let query) = try database.bind(
        "SELECT a.n FROM t a JOIN t AS OF OFFSET 0 b ON a.id = b.id WHERE a.id = 5")
    else { return }
    let steps = try database.values("EXPLAIN QUERY PLAN " + query.sql, []).map { row in
      if case .text(let text) = row[3] { text } else { "" }
    }
    #expect(steps.count == 2, "flattened: \(steps)")
    #expect(steps.allSatisfy { $0.contains("SEARCH t USING PRIMARY KEY") }, "\(steps)")
  }

  @Test func `a stream is read as a table and not written`() throws {
    let database = try database("CREATE STREAM s")
    guard
      case .query(let query) = try database.bind(
        "SELECT data ->> 'a', _offset FROM s AS OF OFFSET 0")
    else { return }
    #expect(query.sql.contains("FROM \"kb_stream\"(1) WHERE \"_from\" <= 0"))
    #expect(database.error("INSERT INTO s VALUES (1)")?.state == .wrongObjectType)
  }
}
