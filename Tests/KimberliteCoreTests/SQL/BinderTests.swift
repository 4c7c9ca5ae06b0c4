// SPDX-License-Identifier: Apache-2.0
// What bound SQL answers, run against SQLite.

import KimberliteCore
import Testing

/// Rows as one text: columns by `|`, rows by a blank.
func flat(_ rows: [[String]]) -> String {
  rows.map { $0.joined(separator: "|") }.joined(separator: " ")
}

/// Patients and visits with a past: offsets 0 and 1 make the tables, 2 and 3 the rows, 4 changes
/// a row, 5 deletes one.
func clinic() throws -> BoundDatabase {
  let database = BoundDatabase()
  for sql in [
    "CREATE TABLE patients (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born DATE, due NUMERIC(8,2))",
    "CREATE TABLE visits (id BIGINT PRIMARY KEY, patient INTEGER, cost NUMERIC(8,2), note TEXT)",
    "INSERT INTO patients VALUES (1, 'Ada', '1990-01-02', 10.5), (2, 'Bob', NULL, 2), (3, 'Cy', '2000-12-31', NULL)",
    "INSERT INTO visits VALUES (1, 1, 100, 'a'), (2, 1, 20.25, 'b'), (3, 2, 9, NULL)",
    "UPDATE patients SET name = 'Ada L', due = due * 2 WHERE id = 1",
    "DELETE FROM visits WHERE id = 2",
  ] { try database.run(sql) }
  return database
}

@Suite struct BinderTests {
  @Test(arguments: [
    ("1 + 2", "3"), ("7 / 2", "3"), ("-7 / 2", "-3"), ("7 % 3", "1"),
    ("7.0 / 2", "3.5000000000000000"),
    ("1.10 + 2", "3.10"), ("0.1 + 0.2 = 0.3", "true"), ("2 * 1.50", "3.00"),
    ("1.5::INTEGER", "2"), ("2.5::INTEGER", "3"), ("'12'::INTEGER + 1", "13"),
    ("CAST(1.005 AS NUMERIC(5,2))", "1.01"), ("TRUE AND NULL", "NULL"), ("FALSE AND NULL", "false"),
    ("NULL = NULL", "NULL"), ("NULL IS NOT DISTINCT FROM NULL", "true"),
    ("1 IS DISTINCT FROM 1", "false"),
    ("3 NOT IN (1, 2, NULL)", "NULL"), ("1 IN (1, NULL)", "true"), ("3 NOT IN (1, 2)", "true"),
    ("'a' || 1", "a1"), ("'a' || NULL", "NULL"), ("1 < 1.5", "true"), ("2 > 1.99", "true"),
    ("-1 > -1.5", "true"), ("9.5 > 10.0", "false"), ("'9.5'::NUMERIC < 10", "true"),
    ("DATE '2020-02-28' + 2", "2020-03-01"), ("DATE '2020-03-01' - DATE '2020-02-28'", "2"),
    ("DATE '2020-01-01' < '2020-01-02'", "true"),
    ("TIMESTAMP '2020-01-31 10:00:00' + INTERVAL '1 month'", "2020-02-29T10:00:00"),
    ("DATE '2020-01-01' = TIMESTAMP '2020-01-01 00:00:00'", "true"),
    ("TIMESTAMP '2020-01-02 00:00:00' - TIMESTAMP '2020-01-01 00:00:00'", "1 day"),
    ("INTERVAL '1 day' * 2", "2 days"), ("CASE WHEN 1 > 2 THEN 1 ELSE 2.5 END", "2.5"),
    ("CASE 3 WHEN 1 THEN 'x' WHEN 3 THEN 'y' END", "y"), ("coalesce(NULL, 5)", "5"),
    ("nullif(1, 1)", "NULL"), ("greatest(1, NULL, 3)", "3"), ("least(1.5, 1.25)", "1.25"),
    ("greatest(9.5, 10.25)", "10.25"),
    ("'Hello' LIKE 'h%'", "false"), ("'Hello' ILIKE 'h%O'", "true"), ("'a_c' LIKE 'a\\_c'", "true"),
    ("'abc' LIKE 'a\\_c'", "false"), ("'abc' NOT LIKE '%d%'", "true"),
    ("upper('straße')", "STRASSE"), ("length('žluť')", "4"), ("substr('alphabet', 3, 2)", "ph"),
    ("substr('abc', 0, 2)", "a"), ("lpad('7', 3, '0')", "007"),
    ("split_part('a,b,c', ',', 2)", "b"),
    ("left('abcde', -2)", "abc"), ("right('abcde', 2)", "de"), ("initcap('hi there')", "Hi There"),
    ("concat('a', NULL, 1)", "a1"), ("concat_ws('-', 'a', NULL, 'b')", "a-b"),
    ("replace('aXbX', 'X', '')", "ab"),
    ("round(2.567, 2)", "2.57"), ("round(1250.0, -2)", "1300"), ("ceil(1.2)", "2"),
    ("floor(-1.2)", "-2"),
    ("abs(-3)", "3"), ("mod(7, 4)", "3"), ("extract(year FROM DATE '2024-05-06')", "2024"),
    ("date_trunc('month', TIMESTAMP '2024-05-06 07:08:09')", "2024-05-01T00:00:00"),
    ("'{\"a\": {\"b\": \"x\\u0041\"}}'::JSON -> 'a' ->> 'b'", "xA"),
    ("'[1, true, null]'::JSON ->> 1", "true"), ("'[1, true, null]'::JSON ->> 2", "NULL"),
    ("pg_typeof(1.5)", "numeric"), ("pg_typeof('x')", "unknown"),
    ("9223372036854775807", "9223372036854775807"),
    ("-9223372036854775808", "-9223372036854775808"), ("5 BETWEEN 1 AND 10", "true"),
    ("5 NOT BETWEEN 1 AND 10", "false"), ("(SELECT 1 WHERE FALSE)", "NULL"),
    ("EXISTS (SELECT 1)", "true"),
    ("NOT TRUE", "false"), ("NULL IS NULL", "true"), ("(1 = NULL) IS TRUE", "false"),
    ("'x'::VARCHAR(1)", "x"), ("'abc'::CHAR(2)", "ab"), ("TRUE::TEXT", "true"),
    ("1::BOOLEAN", "true"),
    ("X'00ff'", "\\x00ff"), ("1 = 1.0", "true"), ("2 ^ 10", "1024"),
  ])
  func `an expression has PostgreSQL's value`(sql: String, expected: String) throws {
    #expect(flat(try BoundDatabase().run("SELECT \(sql)")) == expected)
  }

  @Test(arguments: [
    (
      "SELECT * FROM patients ORDER BY id",
      "1|Ada L|1990-01-02|21.00 2|Bob|NULL|2.00 3|Cy|2000-12-31|NULL"
    ),
    (
      "SELECT count(*), sum(due), avg(due), max(due) FROM patients",
      "3|23.00|11.5000000000000000|21.00"
    ),
    ("SELECT name FROM patients WHERE due > 3", "Ada L"),
    ("SELECT name FROM patients WHERE due = 2", "Bob"),
    ("SELECT name FROM patients WHERE due IN (2.0, 3)", "Bob"),
    ("SELECT id FROM patients ORDER BY due", "2 1 3"),
    ("SELECT id FROM patients ORDER BY due DESC", "3 1 2"),
    ("SELECT id FROM patients ORDER BY due DESC NULLS LAST LIMIT 1 OFFSET 1", "2"),
    (
      "SELECT p.name, v.cost FROM patients p JOIN visits v ON v.patient = p.id ORDER BY v.id",
      "Ada L|100.00 Bob|9.00"
    ),
    (
      "SELECT p.id, v.id FROM patients p LEFT JOIN visits v ON v.patient = p.id ORDER BY p.id",
      "1|1 2|3 3|NULL"
    ),
    (
      "SELECT v.id FROM patients p FULL JOIN visits v ON v.patient = p.id + 1 ORDER BY v.id",
      "1 3 NULL NULL"
    ),
    (
      "SELECT patient, count(*) AS n FROM visits FOR SYSTEM_TIME AS OF OFFSET 3 GROUP BY patient ORDER BY n DESC",
      "1|2 2|1"
    ),
    (
      "SELECT p.name, count(v.id) FROM patients p LEFT JOIN visits v ON v.patient = p.id GROUP BY p.id ORDER BY 1",
      "Ada L|1 Bob|1 Cy|0"
    ),
    ("SELECT id FROM patients WHERE id NOT IN (SELECT patient FROM visits)", "3"),
    (
      "SELECT id FROM patients p WHERE EXISTS (SELECT 1 FROM visits v WHERE v.patient = p.id) ORDER BY id",
      "1 2"
    ),
    (
      "SELECT (SELECT max(cost) FROM visits v WHERE v.patient = p.id) FROM patients p ORDER BY id",
      "100.00 9.00 NULL"
    ),
    (
      "WITH w AS (SELECT id, name FROM patients) SELECT a.name FROM w a JOIN w b ON a.id = b.id WHERE b.id = 2",
      "Bob"
    ),
    ("SELECT id FROM patients UNION SELECT id FROM visits ORDER BY id", "1 2 3"),
    ("SELECT 1 UNION ALL SELECT 2.5 ORDER BY 1", "1 2.5"),
    ("SELECT id FROM patients EXCEPT SELECT patient FROM visits", "3"),
    ("SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t (n, s) WHERE n = 2", "2|b"),
    ("SELECT DISTINCT patient FROM visits FOR SYSTEM_TIME AS OF OFFSET 3 ORDER BY patient", "1 2"),
    (
      "SELECT id, x.name FROM patients JOIN (SELECT id, name FROM patients) x USING (id) ORDER BY id LIMIT 1",
      "1|Ada L"
    ),
    ("SELECT * FROM (SELECT 1 AS a, 2 AS b) x NATURAL JOIN (SELECT 1 AS a, 3 AS c) y", "1|2|3"),
    ("SELECT count(*) FILTER (WHERE due > 3) FROM patients", "1"),
    ("SELECT string_agg(name, ',') FROM (SELECT name FROM patients ORDER BY id) x", "Ada L,Bob,Cy"),
    ("SELECT patient FROM visits GROUP BY patient HAVING sum(cost) > 50", "1"),
    ("SELECT bool_and(due > 1), bool_or(due > 20) FROM patients", "true|true"),
    ("SELECT upper(name) AS u, count(*) FROM patients GROUP BY u ORDER BY u LIMIT 1", "ADA L|1"),
    ("SELECT extract(year FROM born) + 1 FROM patients WHERE id = 1", "1991"),
    ("SELECT name FROM patients WHERE born < '1995-01-01'", "Ada L"),
    ("SELECT sum(id * 2) FROM patients", "12"),
    ("SELECT avg(id) FROM patients", "2.0000000000000000"),
  ])
  func `a query has PostgreSQL's rows`(sql: String, expected: String) throws {
    #expect(flat(try clinic().run(sql)) == expected)
  }

  @Test(arguments: [
    ("SELECT name, due FROM patients AS OF OFFSET 2 WHERE id = 1", "Ada|10.50"),
    (
      "SELECT name FROM patients FOR SYSTEM_TIME AS OF TIMESTAMP '1970-01-01 00:00:03.5' WHERE id = 1",
      "Ada"
    ),
    (
      "SELECT now.name, was.name FROM patients now JOIN patients AS OF OFFSET 3 was ON was.id = now.id WHERE now.id = 1",
      "Ada L|Ada"
    ),
    ("SELECT name FROM patients FOR SYSTEM_TIME ALL WHERE id = 1 ORDER BY _offset", "Ada Ada L"),
    ("SELECT name FROM patients FOR SYSTEM_TIME FROM OFFSET 2 TO OFFSET 4 WHERE id = 1", "Ada"),
    (
      "SELECT name FROM patients FOR SYSTEM_TIME BETWEEN OFFSET 2 AND OFFSET 4 WHERE id = 1 ORDER BY _offset",
      "Ada Ada L"
    ),
    (
      "SELECT _offset, _created_at, _deleted_at, _deleted_offset FROM visits FOR SYSTEM_TIME ALL WHERE id = 2",
      "3|1970-01-01T00:00:03Z|1970-01-01T00:00:05Z|5"
    ),
    ("SELECT (SELECT count(*) FROM visits AS OF OFFSET 4) - (SELECT count(*) FROM visits)", "1"),
    ("WITH old AS (SELECT * FROM visits AS OF OFFSET 3) SELECT count(*) FROM old", "3"),
    (
      "SELECT r.actor, r.hash FROM patients p JOIN kb.records r ON r.offset = p._offset WHERE p.id = 1",
      "ann|00ff"
    ),
    ("SELECT count(*) FROM kb.records AS OF OFFSET 2", "3"),
    (
      "SELECT name, kind, columns, primary_key FROM kb.tables ORDER BY id",
      "patients|table|4|id visits|table|4|id"
    ),
    ("SELECT count(*) FROM kb.tables AS OF OFFSET 0", "1"),
    (
      "SELECT name, type, not_null FROM kb.columns WHERE table_name = 'patients' AND position = 4",
      "due|NUMERIC(8,2)|false"
    ),
  ])
  func `each reference reads its own time`(sql: String, expected: String) throws {
    #expect(flat(try clinic().run(sql)) == expected)
  }

  @Test func `a query without time clauses reads the session's moment`() throws {
    let database = try clinic()
    #expect(flat(try database.run("SELECT count(*) FROM visits", at: 3)) == "3")
    #expect(flat(try database.run("SELECT count(*) FROM visits AS OF OFFSET 5", at: 3)) == "2")
    #expect(database.error("DELETE FROM visits", at: 3)?.state == .readOnlyStatement)
    #expect(
      database.error("SELECT * FROM visits", at: 0)?.message
        == "table \"visits\" did not exist at offset 0; it was created at offset 1")
  }

  @Test func `the past is read with the schema of its time`() throws {
    let database = try clinic()
    try database.run("ALTER TABLE patients RENAME COLUMN name TO full_name")
    try database.run("ALTER TABLE patients RENAME TO people")
    try database.run("DROP TABLE visits")
    #expect(flat(try database.run("SELECT full_name FROM people WHERE id = 2")) == "Bob")
    #expect(
      flat(try database.run("SELECT name FROM patients AS OF OFFSET 3 WHERE id = 2")) == "Bob")
    #expect(flat(try database.run("SELECT count(*) FROM visits AS OF OFFSET 3")) == "3")
    #expect(database.error("SELECT full_name FROM people AS OF OFFSET 6")?.state == .undefinedTable)
    let error = database.error("SELECT * FROM people AS OF OFFSET 3")
    #expect(error?.hint == "it was named \"patients\" then")
    #expect(database.error("SELECT name FROM people")?.state == .undefinedColumn)
    #expect(database.error("SELECT * FROM visits")?.state == .undefinedTable)
    #expect(
      flat(
        try database.run(
          "SELECT a.name, b.full_name FROM patients AS OF OFFSET 3 a JOIN people b ON a.id = b.id "
            + "WHERE a.id = 1")) == "Ada|Ada L")
  }

  @Test func `a moment may be a parameter`() throws {
    let rows = try clinic().run("SELECT count(*) FROM visits AS OF OFFSET $1", texts: ["1": "3"])
    #expect(flat(rows) == "3")
  }

  @Test func `parameters take the type of their use`() throws {
    let plan = try clinic().bind(
      "SELECT name FROM patients WHERE born = $1 AND due > :due AND $3 = 'x'")
    guard case .query(let query) = plan else { return }
    #expect(
      query.parameters == [
        .init(name: "1", type: .date),
        .init(name: "due", type: .numeric(precision: nil, scale: nil)),
        .init(name: "3", type: .text),
      ])
  }

  @Test(
    arguments: [
      ("SELECT nme FROM patients", "42703", 7, "did you mean \"name\"?"),
      (
        "SELECT id FROM patients WHERE name = \"female\"", "42703", 37,
        "a text is written in single quotes: 'female'"
      ),
      ("SELECT * FROM information_schema.table", "42P01", 33, "did you mean \"tables\"?"),
      ("SELECT * FROM patient", "42P01", 14, "did you mean \"patients\"?"),
      ("SELECT id FROM patients, visits", "42702", 7, nil),
      ("SELECT uper(name) FROM patients", "42883", 7, "did you mean \"upper\"?"),
      ("SELECT name FROM patients WHERE born = 5", "42883", 37, nil),
      ("SELECT name FROM patients WHERE born = '2020-13-01'", "22008", 39, nil),
      ("SELECT name FROM patients WHERE id = 'x'", "22P02", 37, nil),
      ("SELECT name FROM patients WHERE id", "42804", 32, nil),
      ("SELECT name, count(*) FROM patients", "42803", 7, nil),
      ("SELECT name FROM patients GROUP BY born", "42803", 7, nil),
      ("SELECT id FROM patients WHERE count(*) > 1", "42803", 30, nil),
      ("SELECT sum(count(*)) FROM patients", "42803", 11, nil),
      ("SELECT * FROM visits AS OF OFFSET 99", "72000", 34, "the newest offset is 5"),
      ("SELECT * FROM visits AS OF OFFSET 0", "42P01", 14, nil),
      ("SELECT 1 FROM patients p JOIN visits p ON TRUE", "42712", nil, nil),
      ("SELECT x.id FROM patients", "42P01", 7, nil),
      ("INSERT INTO patients VALUES (1, 'x', 'bad')", "22007", 37, nil),
      ("INSERT INTO patients (id, nam) VALUES (1, 'x')", "42703", 26, "did you mean \"name\"?"),
      ("INSERT INTO patients (id) VALUES (1, 2)", "42601", nil, nil),
      ("INSERT INTO patients VALUES (99999999999, 'x')", "22003", 29, nil),
      ("UPDATE patients SET born = 5", "42804", 27, nil),
      ("SELECT 1 UNION SELECT TRUE", "42804", nil, nil),
      ("SELECT DISTINCT name FROM patients ORDER BY id", "42P10", 44, nil),
      ("SELECT id FROM patients ORDER BY 3", "42P10", 33, nil),
      ("SELECT id FROM patients LIMIT -1", "2201W", nil, nil),
      ("SELECT 1 / 0", "22012", nil, nil), ("SELECT (SELECT id FROM patients)", "21000", nil, nil),
      ("CREATE TABLE patients (a INTEGER)", "42P07", 13, nil),
      ("CREATE TABLE x (a INTEGER, a TEXT)", "42701", 27, nil),
      ("CREATE TABLE x (_live INTEGER)", "42939", 16, nil),
      ("CREATE TABLE x (a INTEGER REFERENCES nowhere)", "42P01", nil, nil),
      ("CREATE TABLE x (a TEXT REFERENCES patients)", "42804", nil, nil),
      ("CREATE TABLE x (a INTEGER CHECK (a))", "42804", nil, nil),
      ("CREATE TABLE x (a INTEGER DEFAULT 'z')", "22P02", nil, nil),
      ("ALTER TABLE patients DROP COLUMN id", "2BP01", 33, nil),
      ("DROP TABLE patiens", "42P01", 11, "did you mean \"patients\"?"),
    ] as [(String, String, Int?, String?)])
  func `an error names the thing and the place`(
    sql: String, state: String, position: Int?, hint: String?
  ) throws {
    let error = try clinic().error(sql)
    #expect(error?.state.code == state, "\(String(describing: error))")
    if let position { #expect(error?.position == position, "\(String(describing: error))") }
    if let hint { #expect(error?.hint == hint) }
  }
}

@Suite struct BinderScaleTests {
  @Test func `twenty thousand rows of VALUES are one statement`() throws {
    let database = BoundDatabase()
    try database.run("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, n NUMERIC(9,2))")
    let rows = (0..<20_000).map { "(\($0), 'row \($0)', \($0).5)" }.joined(separator: ", ")
    guard case .insert(let plan) = try database.bind("INSERT INTO t VALUES \(rows)") else { return }
    let values = try database.values(plan.source.sql, [])
    #expect(values.count == 20_000)
    #expect(values.last == [.integer(19_999), .text("row 19999"), .text("19999.50")])
  }
}

@Suite struct BinderEdgeTests {
  @Test(arguments: [
    ("OR", "id = 1", "true"), ("AND", "id = 1", "true"), ("+", "id", "200"), ("-", "id", "-198"),
    ("||", "name", String(repeating: "Ada L", count: 200)), ("*", "id", "1"),
  ])
  func `a long chain of one operator is within SQLite's limits`(
    op: String, operand: String, expected: String
  ) throws {
    let chain = Array(repeating: operand, count: 200).joined(separator: " \(op) ")
    #expect(flat(try clinic().run("SELECT \(chain) FROM patients WHERE id = 1")) == expected)
  }

  @Test(arguments: [
    ("1 - (2 - 3) - 4", "-2"), ("2 * (3 + 4) * 5", "70"), ("100 / 10 * 2 - 3 - 4", "13"),
    ("TRUE OR FALSE AND FALSE", "true"), ("(TRUE OR FALSE) AND FALSE", "false"),
    ("NOT (TRUE AND FALSE) AND FALSE", "false"), ("8 - 3 || 'x' || 1 + 1", "5x2"),
    ("10 - 4 * 2 + 1", "3"), ("(1 + 2) * 3 + 4", "13"),
  ])
  func `operators keep their rank`(sql: String, expected: String) throws {
    #expect(flat(try BoundDatabase().run("SELECT \(sql)")) == expected)
  }

  @Test func `a parameter may be tested for null before its type is known`() throws {
    let plan = try clinic().bind("SELECT 1 FROM patients WHERE $1 IS NULL OR id = $1")
    guard case .query(let query) = plan else { return }
    #expect(query.parameters == [.init(name: "1", type: .integer)])
  }

  @Test(arguments: [
    (
      "SELECT position('b' IN 'abc'), trim(LEADING 'x' FROM 'xax'), substring('abcd' FROM 2 FOR 2)",
      "2|ax|bc"
    ),
    ("SELECT due BETWEEN 1 AND 2.0 FROM patients ORDER BY id", "false true NULL"),
    ("SELECT count(DISTINCT n) FROM (VALUES (1.0), (1.00), (2)) AS t (n)", "2"),
    ("SELECT n FROM (VALUES (10.5), (9.5), (100)) AS t (n) ORDER BY n", "9.5 10.5 100"),
    ("SELECT max(n), min(n) FROM (VALUES (10.5), (9.5), (100)) AS t (n)", "100|9.5"),
    ("SELECT due + 1 FROM patients WHERE due IS NOT NULL ORDER BY due + 1 DESC", "22.00 3.00"),
    ("SELECT due * 1 AS x FROM patients WHERE due * 1 > 9 AND due IS NOT NULL", "21.00"),
    ("SELECT x FROM (SELECT due * 1 AS x FROM patients) q WHERE x < 9.5", "2.00"),
    ("SELECT n, count(*) FROM (VALUES (1.0), (1.00)) AS t (n) GROUP BY n", "1.0|2"),
    ("SELECT id FROM patients WHERE due = (SELECT max(due) FROM patients)", "1"),
    ("SELECT id FROM patients WHERE due IN (SELECT due * 1.0 FROM patients) ORDER BY id", "1 2"),
    ("SELECT id FROM patients WHERE id IN (SELECT 1.0)", "1"),
    ("SELECT id FROM patients WHERE id = 1.0 OR id = 2.5", "1"),
    ("SELECT CASE WHEN due > 3 THEN 'high' END FROM patients ORDER BY id", "high NULL NULL"),
    ("SELECT p.id FROM patients p, visits v WHERE v.patient = p.id ORDER BY 1", "1 2"),
    (
      "SELECT a.id FROM patients a LEFT JOIN (patients b JOIN visits v ON v.patient = b.id) ON b.id = a.id WHERE v.id IS NULL",
      "3"
    ),
    ("SELECT count(*) FROM patients, visits LEFT JOIN patients p ON p.id = visits.patient", "6"),
    ("(SELECT id FROM patients ORDER BY id DESC LIMIT 1) UNION ALL (SELECT 7) ORDER BY 1", "3 7"),
    ("SELECT 1 UNION (SELECT 2 EXCEPT SELECT 2) ORDER BY 1", "1"),
    ("SELECT 'a' UNION SELECT NULL ORDER BY 1", "a NULL"),
    ("SELECT * FROM (SELECT 1 AS a) x FULL JOIN (SELECT 2 AS a) y USING (a) ORDER BY a", "1 2"),
    ("SELECT a FROM (SELECT 1 AS a) x FULL JOIN (SELECT 2 AS a) y USING (a) WHERE a = 2", "2"),
    ("WITH a AS (SELECT 1 AS n), b AS (SELECT n + 1 AS n FROM a) SELECT a.n, b.n FROM a, b", "1|2"),
    ("WITH a (x) AS (VALUES (1), (2)) SELECT sum(x) FROM a", "3"),
    ("SELECT sum(n) FROM (VALUES (9223372036854775807), (0)) AS t (n)", "9223372036854775807"),
    ("SELECT avg(n) FROM (VALUES (1), (2)) AS t (n)", "1.5000000000000000"),
    ("SELECT count(*), min(id), sum(due) FROM patients WHERE FALSE", "0|NULL|NULL"),
    ("SELECT id FROM patients ORDER BY name || 'x' DESC LIMIT 1", "3"),
    ("SELECT name AS id FROM patients ORDER BY id LIMIT 1", "Ada L"),
    ("SELECT born + INTERVAL '1 day' FROM patients WHERE id = 1", "1990-01-03T00:00:00"),
    ("SELECT id FROM patients WHERE born = TIMESTAMP '1990-01-02 00:00:00'", "1"),
    ("SELECT now() > TIMESTAMPTZ '2020-01-01', current_date", "true|2023-11-14"),
    ("SELECT count(*) FROM patients GROUP BY born IS NULL ORDER BY 1", "1 2"),
    ("SELECT born IS NULL, count(*) FROM patients GROUP BY 1 ORDER BY 1", "false|2 true|1"),
    ("SELECT patient + 1 FROM visits GROUP BY patient + 1 ORDER BY patient + 1", "2 3"),
    (
      "SELECT p.name, (SELECT count(*) FROM visits v WHERE v.patient = p.id) FROM patients p GROUP BY p.id, p.name ORDER BY 1",
      "Ada L|1 Bob|1 Cy|0"
    ),
    ("SELECT id FROM patients WHERE (due > 3) IS NOT TRUE ORDER BY id", "2 3"),
    ("SELECT DISTINCT due IS NULL FROM patients ORDER BY 1", "false true"),
    ("SELECT p.* FROM patients p WHERE p.id = 2", "2|Bob|NULL|2.00"),
    ("SELECT id FROM patients WHERE name LIKE 'A%'", "1"),
    ("SELECT 3 IN (SELECT patient FROM visits), NULL IN (SELECT 1 WHERE FALSE)", "false|false"),
    ("SELECT id FROM patients LIMIT NULL OFFSET 2", "3"),
    (
      "SELECT INTERVAL '1 hour' + TIME '10:00', DATE '2020-01-01' + TIME '10:00'",
      "11:00:00|2020-01-01T10:00:00"
    ),
    (
      "SELECT sum(d) FROM (VALUES (INTERVAL '1 day'), (INTERVAL '2 hours')) AS t (d)",
      "1 day 02:00:00"
    ),
    ("SELECT 1::TEXT || 2.50::TEXT || DATE '2020-01-01'::TEXT", "12.502020-01-01"),
    (
      "SELECT 300::SMALLINT + 1, 1.7::DOUBLE PRECISION, '1e3'::DOUBLE PRECISION::INTEGER",
      "301|1.7|1000"
    ),
    ("SELECT t.sequence FROM (SELECT 1 AS sequence) t", "1"),
    (
      "SELECT count(*) FROM visits FOR SYSTEM_TIME ALL v JOIN kb.records r ON r.offset = v._deleted_offset",
      "1"
    ),
    ("SELECT 'it''s', E'a\\nb' = 'a' || chr(10) || 'b'", "it's|true"),
  ])
  func `a query has PostgreSQL's rows`(sql: String, expected: String) throws {
    #expect(flat(try clinic().run(sql)) == expected)
  }

  @Test(
    arguments: [
      ("SELECT 40000::SMALLINT", "22003"), ("SELECT DATE '2020-01-01' = 1", "42883"),
      ("SELECT 'a' + 1", "22P02"), ("SELECT TRUE + 1", "42883"), ("SELECT 1 = TRUE", "42883"),
      ("SELECT name = 5 FROM patients", "42883"), ("SELECT DATE 'x'", "22007"),
      ("SELECT 1.5 % 0", "22012"), ("SELECT 5 % 0", "22012"), ("SELECT 1.0 / 0", "22012"),
      ("SELECT sqrt(-1)", "2201F"), ("SELECT ln(0.0)", "2201E"), ("SELECT 'x' LIKE 'a\\'", "22025"),
      ("SELECT 1 WHERE 'maybe'", "22P02"), ("SELECT * FROM patients HAVING TRUE", "42803"),
      ("SELECT (SELECT id, name FROM patients)", "42601"),
      ("SELECT id FROM patients GROUP BY 5", "42P10"),
      ("SELECT sum(name) FROM patients", "42883"), ("SELECT lower(5)", "42883"),
      ("SELECT min(*) FROM patients", "42883"), ("VALUES (1), (1, 2)", "42601"),
      ("SELECT patients.nope FROM patients", "42703"), ("SELECT name.id FROM patients", "42P01"),
      ("SELECT extract(yeer FROM now())", "22023"), ("SELECT coalesce(1, 'x'::TEXT)", "42804"),
      ("SELECT * FROM patients AS OF OFFSET -1", "22023"),
      ("SELECT * FROM patients AS OF TIMESTAMP '1960-01-01'", "72000"),
      ("SELECT * FROM patients AS OF OFFSET $1", "42P02"),
      ("WITH w AS (SELECT 1) SELECT * FROM w AS OF OFFSET 1", "42809"),
      ("INSERT INTO kb.records VALUES (1)", "42809"), ("SELECT * FROM kb.recods", "42P01"),
      ("SELECT * FROM nope.patients", "42P01"),
      ("CREATE TABLE x (a INTEGER CHECK (a IN (SELECT 1)))", "0A000"),
      ("CREATE TABLE x (a INTEGER CHECK (count(*) > 1))", "42803"),
      ("CREATE TABLE x (a JSON PRIMARY KEY)", "42704"),
      ("CREATE INDEX ON patients (nope)", "42703"),
      ("CREATE TABLE x (a INTEGER PRIMARY KEY, b INTEGER PRIMARY KEY)", "42P16"),
      ("CREATE TABLE x (a INTEGER PRIMARY KEY PERSONAL)", "42P16"),
      ("CREATE TABLE x (a INTEGER, b TEXT PERSONAL, PRIMARY KEY (a, b))", "42P16"),
      ("UPDATE patients SET id = 1, id = 2", "42601"), ("UPDATE patients SET nope = 1", "42703"),
      ("DELETE FROM patients USING patients", "42712"),
      ("SELECT max(id) FROM patients WHERE id > 9223372036854775808", nil),
      ("SELECT a FROM (SELECT 1) AS t (a, b)", "42P10"),
    ] as [(String, String?)])
  func `what is wrong is an error`(sql: String, state: String?) throws {
    let error = try clinic().error(sql)
    #expect(error?.state.code == state, "\(String(describing: error))")
  }

  /// A query that must read every live row is spared the comparison with the range's end; one that
  /// SQLite can answer by a search, or whose rows come sorted from a tree, keeps the search.
  @Test(arguments: [
    ("SELECT count(*), sum(due) FROM patients WHERE name = 'Bob'", true),
    ("SELECT * FROM patients WHERE name = 'Bob'", true),
    ("SELECT * FROM patients ORDER BY name", false),
    ("SELECT name FROM patients ORDER BY name LIMIT 1", true),
    ("SELECT name, due FROM patients GROUP BY name, due", true),
    ("SELECT (SELECT note FROM visits v WHERE v.id = p.id) FROM patients p", true),
    ("SELECT * FROM patients WHERE id = 2", false),
    ("SELECT * FROM patients WHERE born IS NULL", false),
    ("SELECT max(id) FROM patients", false),
    ("SELECT DISTINCT id FROM patients", false),
    ("SELECT id FROM patients ORDER BY 1", false),
    ("SELECT id FROM patients GROUP BY id", false),
    ("SELECT name FROM patients p JOIN visits v ON v.cost > p.due", false),
    ("SELECT name FROM (SELECT * FROM patients) p WHERE name = 'Bob'", false),
    ("WITH p AS (SELECT * FROM patients) SELECT name FROM p", false),
  ])
  func `a table is read to its end where nothing can be searched`(sql: String, toEnd: Bool) throws {
    let database = try clinic()
    try database.run("CREATE INDEX born ON patients (born)")
    guard case .query(let plan) = try database.bind(sql) else {
      Issue.record("no query")
      return
    }
    #expect(plan.sql.contains(">= 1") == toEnd, "\(plan.sql)")
    #expect(try database.run(sql).isEmpty == false)
  }
}
