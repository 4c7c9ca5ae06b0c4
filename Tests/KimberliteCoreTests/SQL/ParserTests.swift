// SPDX-License-Identifier: Apache-2.0
// Statements as text and as trees. Every construct of kb-sql(7) has a row in a table here.

import KimberliteCore
import Testing

private func shown(_ text: String) throws -> String {
  var parser = Parser(text)
  let first = try #require(try parser.next())
  #expect(try parser.next() == nil)
  return first.statement.shown
}

@Suite struct ParserTests {
  @Test(arguments: [
    ("1 + 2 * 3", "(1 + (2 * 3))"),
    ("1 - 2 - 3", "((1 - 2) - 3)"),
    ("2 ^ 3 ^ 4", "((2 ^ 3) ^ 4)"),
    ("-2 ^ 2", "((-2) ^ 2)"),
    ("- -x::int", "(-(-x::INTEGER))"),
    ("a OR b AND NOT c = d", "(a OR (b AND (NOT (c = d))))"),
    ("NOT NOT a", "(NOT (NOT a))"),
    ("NOT a IS NULL", "(NOT (a IS NULL))"),
    ("a = b IS TRUE", "((a = b) IS true)"),
    ("a IS NOT DISTINCT FROM b + 1", "(a IS NOT DISTINCT FROM (b + 1))"),
    ("a IS UNKNOWN", "(a IS NULL)"),
    ("a ISNULL AND b NOTNULL", "((a IS NULL) AND (b IS NOT NULL))"),
    ("a || b || 'c' = d", "(((a || b) || 'c') = d)"),
    ("a -> 'b' ->> 'c' || 1 + 2", "(((a -> 'b') ->> 'c') || (1 + 2))"),
    ("a BETWEEN 1 AND 2 AND b", "((a BETWEEN 1 AND 2) AND b)"),
    ("a NOT BETWEEN 1 + 1 AND 3", "(a NOT BETWEEN (1 + 1) AND 3)"),
    ("a NOT IN (1, 2)", "(a NOT IN [1, 2])"),
    ("a IN (SELECT b FROM c)", "(a IN {SELECT b FROM c})"),
    ("a IN ((SELECT 1))", "(a IN {SELECT 1})"),
    ("a IN ((SELECT 1) UNION (SELECT 2))", "(a IN {{SELECT 1} union {SELECT 2}})"),
    ("a NOT LIKE 'x%' ESCAPE '!'", "(a NOT LIKE 'x%' ESCAPE '!')"),
    ("a ILIKE b || '%'", "(a ILIKE (b || '%'))"),
    ("a <> 1 AND b != 2", "((a <> 1) AND (b <> 2))"),
    ("a % 2 = 0", "((a % 2) = 0)"),
    ("(1 + 2) * 3", "((1 + 2) * 3)"),
    ("(SELECT 1) + 1", "({SELECT 1} + 1)"),
    ("((SELECT 1) UNION ALL SELECT 2)", "{{SELECT 1} union all {SELECT 2}}"),
    ("((SELECT a FROM t) LIMIT 1)", "{SELECT a FROM t LIMIT 1}"),
    ("EXISTS (VALUES (1))", "EXISTS{VALUES [1]}"),
    ("CASE a WHEN 1 THEN 'x' ELSE 'y' END", "CASE a WHEN 1 THEN 'x' ELSE 'y' END"),
    ("CASE WHEN a THEN 1 WHEN b THEN 2 END", "CASE WHEN a THEN 1 WHEN b THEN 2 END"),
    ("CAST(a AS numeric(5, 2))", "a::NUMERIC(5,2)"),
    ("a::text::varchar(3)", "a::TEXT::VARCHAR(3)"),
    ("EXTRACT(year FROM d)", "extract('year', d)"),
    ("substring(a FROM 2 FOR 3)", "substring(a, 2, 3)"),
    ("substring(a FOR 3)", "substring(a, 1, 3)"),
    ("substring(a, 2)", "substring(a, 2)"),
    ("trim(a)", "btrim(a)"),
    ("trim(LEADING 'x' FROM a)", "ltrim(a, 'x')"),
    ("trim(TRAILING FROM a)", "rtrim(a)"),
    ("trim(BOTH 'x' FROM a)", "btrim(a, 'x')"),
    ("position('a' IN b)", "position('a', b)"),
    ("left(a, 1) || right(a, 1)", "(left(a, 1) || right(a, 1))"),
    ("coalesce(a, nullif(b, 0))", "coalesce(a, nullif(b, 0))"),
    ("current_date", "current_date()"),
    ("count(*)", "count(*)"),
    ("count(DISTINCT a) FILTER (WHERE b)", "count(DISTINCT a) FILTER b"),
    ("sum(ALL a)", "sum(a)"),
    ("DATE '2026-01-01'", "DATE'2026-01-01'"),
    ("TIMESTAMP '2026-01-01'", "TIMESTAMP'2026-01-01'"),
    ("TIMESTAMP WITH TIME ZONE 'x'", "TIMESTAMPTZ'x'"),
    ("NUMERIC(5,2) '1.00'", "NUMERIC(5,2)'1.00'"),
    ("double precision '1'", "DOUBLE PRECISION'1'"),
    ("INTERVAL '1 day' + date", "(INTERVAL'1 day' + date)"),
    ("name = type AND value = time", "((name = type) AND (value = time))"),
    ("kb.records.\"offset\"", "kb.records.offset"),
    ("t.user", "t.user"),
    ("$1 + :name", "(:1 + :name)"),
    ("a=-1", "(a = (-1))"),
    ("a--1\n+2", "(a + 2)"),
  ])
  func `expressions bind as in PostgreSQL`(text: String, tree: String) throws {
    #expect(try Parser.parseExpression(text).shown == tree)
  }

  @Test(arguments: [
    ("SELECT", "syntax error at the end: expected an expression"),
    ("a < b < c", "syntax error at \"<\": expected parentheses, since comparisons do not chain"),
    ("a b", "syntax error at \"b\": expected the end of the expression"),
    ("a.b.c.d", "a column name has at most three parts"),
    ("", "syntax error at the end: expected an expression"),
    ("CASE END", "syntax error at \"END\": expected an expression"),
    ("f(a", "syntax error at the end: expected \")\""),
  ])
  func `a text that is not one expression is refused`(text: String, message: String) {
    #expect(throws: SQLError.self) { try Parser.parseExpression(text) }
    guard text != "SELECT" else { return }
    let error = #expect(throws: SQLError.self) { try Parser.parseExpression(text) }
    #expect(error?.message == message)
  }

  @Test(arguments: [
    ("SELECT a, b AS c, d e, t.* FROM t", "SELECT a, b AS c, d AS e, t.* FROM t"),
    ("SELECT 1 AS user;", "SELECT 1 AS user"),
    ("SELECT DISTINCT a FROM t x WHERE a > 1", "SELECT DISTINCT a FROM t AS x WHERE (a > 1)"),
    (
      "SELECT a, count(*) FROM t GROUP BY a, b + 1 HAVING count(*) > 1",
      "SELECT a, count(*) FROM t GROUP BY a, (b + 1) HAVING (count(*) > 1)"
    ),
    (
      "SELECT * FROM a, b JOIN c ON b.x = c.x LEFT OUTER JOIN d USING (y, z)",
      "SELECT * FROM a, ((b inner c ON (b.x = c.x)) left d USING [y, z])"
    ),
    (
      "SELECT * FROM a CROSS JOIN b NATURAL FULL JOIN c",
      "SELECT * FROM ((a cross b) full c NATURAL)"
    ),
    (
      "SELECT * FROM a RIGHT JOIN (b JOIN c USING (x)) ON true",
      "SELECT * FROM (a right (b inner c USING [x]) ON TRUE)"
    ),
    (
      "SELECT * FROM (SELECT 1) AS x (y), (VALUES (1, 2)) v",
      "SELECT * FROM {SELECT 1} AS x(y), {VALUES [1, 2]} AS v"
    ),
    (
      "SELECT * FROM ((SELECT 1) UNION SELECT 2) u",
      "SELECT * FROM {{SELECT 1} union {SELECT 2}} AS u"
    ),
    ("SELECT * FROM ((SELECT 1)) u", "SELECT * FROM {SELECT 1} AS u"),
    (
      "WITH a AS (SELECT 1), b (x) AS (SELECT 2) SELECT * FROM a, b",
      "WITH a = {SELECT 1} WITH b(x) = {SELECT 2} SELECT * FROM a, b"
    ),
    (
      "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3 EXCEPT ALL SELECT 4",
      "{{SELECT 1} union {{SELECT 2} intersect {SELECT 3}}} except all {SELECT 4}"
    ),
    (
      "(SELECT a FROM t ORDER BY a LIMIT 1) UNION (SELECT 2) ORDER BY 1",
      "{SELECT a FROM t ORDER BY a LIMIT 1} union {SELECT 2} ORDER BY 1"
    ),
    (
      "SELECT a FROM t ORDER BY a DESC NULLS LAST, b ASC, c NULLS FIRST",
      "SELECT a FROM t ORDER BY a DESC NULLS LAST, b, c NULLS FIRST"
    ),
    ("SELECT 1 LIMIT 5 OFFSET 2 ROWS", "SELECT 1 LIMIT 5 OFFSET 2"),
    ("SELECT 1 OFFSET 2 LIMIT ALL", "SELECT 1 OFFSET 2"),
    ("SELECT 1 OFFSET 2 FETCH NEXT 3 ROWS ONLY", "SELECT 1 LIMIT 3 OFFSET 2"),
    ("SELECT 1 FETCH FIRST ROW ONLY", "SELECT 1 LIMIT 1"),
    ("VALUES (1, 'a'), (2, NULL)", "VALUES [1, 'a'], [2, NULL]"),
    ("EXPLAIN SELECT 1", "EXPLAIN SELECT 1"),
  ])
  func `queries`(text: String, tree: String) throws {
    #expect(try shown(text) == tree)
  }

  @Test(arguments: [
    ("p AS OF OFFSET 5", "p @[O 5]"),
    ("p AS OF OFFSET 5 AS q", "p @[O 5] AS q"),
    ("p AS OF OFFSET 5 q", "p @[O 5] AS q"),
    ("p q AS OF OFFSET :n - 1", "p @[O (:n - 1)] AS q"),
    ("p AS q AS OF TIMESTAMP '2026-01-01'", "p @[T '2026-01-01'] AS q"),
    ("p AS OF TIMESTAMP now() - INTERVAL '1 day'", "p @[T (now() - INTERVAL'1 day')]"),
    ("p AS OF TIMESTAMP TIMESTAMPTZ 'x'", "p @[T TIMESTAMPTZ'x']"),
    ("p AS of", "p AS of"),
    ("p of", "p AS of"),
    ("p AS OF OFFSET 5 OFFSET 3", "p @[O 5] OFFSET 3"),
    ("p FOR SYSTEM_TIME AS OF 'x' AS q", "p @[T 'x'] AS q"),
    ("p FOR SYSTEM_TIME AS OF TIMESTAMP 'x'", "p @[T 'x']"),
    ("p FOR SYSTEM_TIME AS OF TIMESTAMP WITH TIME ZONE 'x'", "p @[T TIMESTAMPTZ'x']"),
    ("p q FOR SYSTEM_TIME AS OF OFFSET 1", "p @[O 1] AS q"),
    (
      "p FOR SYSTEM_TIME BETWEEN OFFSET 1 AND OFFSET 2 + 3 WHERE a AND b",
      "p @[O 1 .. O (2 + 3)] WHERE (a AND b)"
    ),
    ("p FOR SYSTEM_TIME FROM 'a' TO OFFSET 2 x", "p @[T 'a' ..< O 2] AS x"),
    ("p FOR SYSTEM_TIME ALL, q", "p @[ALL], q"),
    ("p AS OF OFFSET 1 JOIN q AS OF OFFSET 2 USING (a)", "(p @[O 1] inner q @[O 2] USING [a])"),
  ])
  func `a table can be read at a moment or over a time`(text: String, tree: String) throws {
    #expect(try shown("SELECT * FROM " + text) == "SELECT * FROM " + tree)
  }

  @Test(arguments: [
    (
      "INSERT INTO t (a, b) VALUES (1, DEFAULT), (2, 3) RETURNING *, a + 1 AS c",
      "INSERT t (a, b) VALUES [1, DEFAULT], [2, 3] RETURNING *, (a + 1) AS c"
    ),
    ("INSERT INTO kb.t AS x DEFAULT VALUES", "INSERT kb.t AS x DEFAULT VALUES"),
    ("INSERT INTO t SELECT 1", "INSERT t {SELECT 1}"),
    ("INSERT INTO t (values) (VALUES (1))", "INSERT t (values) {VALUES [1]}"),
    ("INSERT INTO t (SELECT 1)", "INSERT t {SELECT 1}"),
    (
      "INSERT INTO t (a) (SELECT 1) ON CONFLICT DO NOTHING",
      "INSERT t (a) {SELECT 1} CONFLICT() NOTHING"
    ),
    (
      "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = excluded.b, c = DEFAULT WHERE t.d",
      "INSERT t VALUES [1] CONFLICT(a) SET b = excluded.b, c = DEFAULT WHERE t.d"
    ),
    ("UPDATE t SET a = 1", "UPDATE t SET a = 1"),
    (
      "UPDATE t AS x SET a = DEFAULT, b = (SELECT 1) FROM u WHERE x.a = u.a RETURNING x.a",
      "UPDATE t AS x SET a = DEFAULT, b = {SELECT 1} FROM u WHERE (x.a = u.a) RETURNING x.a"
    ),
    ("UPDATE t x SET set = 1", "UPDATE t AS x SET set = 1"),
    ("DELETE FROM t", "DELETE t"),
    (
      "DELETE FROM t x USING u, v WHERE true RETURNING *",
      "DELETE t AS x USING u, v WHERE TRUE RETURNING *"
    ),
    ("BEGIN", "BEGIN"), ("BEGIN WORK", "BEGIN"), ("START TRANSACTION", "BEGIN"),
    ("COMMIT", "COMMIT"), ("END TRANSACTION", "COMMIT"), ("ROLLBACK", "ROLLBACK"),
    ("ABORT", "ROLLBACK"),
  ])
  func `changes and transactions`(text: String, tree: String) throws {
    #expect(try shown(text) == tree)
  }

  @Test(arguments: [
    (
      """
      CREATE TABLE IF NOT EXISTS patients (id BIGINT PRIMARY KEY, name TEXT NOT NULL,
        balance numeric(12,2) DEFAULT 0.00 NOT NULL CHECK (balance >= 0),
        email varchar(80) UNIQUE NULL, doctor int CONSTRAINT d REFERENCES staff (id)
        ON DELETE NO ACTION ON UPDATE RESTRICT,
        CONSTRAINT k UNIQUE (name, email), CHECK (id > 0 /* why */ AND true),
        FOREIGN KEY (doctor, name) REFERENCES staff)
      """,
      """
      TABLE patients? id BIGINT PK(id); name TEXT NOT NULL; balance NUMERIC(12,2) NOT NULL \
      DEFAULT <0.00> CK<balance >= 0>; email VARCHAR(80) UQ(email); \
      doctor INTEGER d:FK(doctor)->staff(id) update: restrict; k:UQ(name, email); \
      CK<id > 0 /* why */ AND true>; FK(doctor, name)->staff()
      """
    ),
    (
      "CREATE TABLE t (personal int, a text PERSONAL NOT NULL, b text DEFAULT 'x' personal UNIQUE)",
      "TABLE t personal INTEGER; a TEXT NOT NULL PERSONAL; b TEXT PERSONAL DEFAULT <'x'> UQ(b)"
    ),
    ("ALTER TABLE t ADD COLUMN a text PERSONAL", "ALTER t ADD a TEXT PERSONAL"),
    ("CREATE INDEX ON t (a, b DESC)", "INDEX - ON t a+ b-"),
    ("CREATE UNIQUE INDEX IF NOT EXISTS i ON s.t (a ASC)", "UNIQUE INDEX i? ON s.t a+"),
    ("CREATE STREAM IF NOT EXISTS s", "STREAM s?"),
    ("DROP TABLE a, b.c", "DROP table a, b.c"),
    ("DROP INDEX IF EXISTS i RESTRICT", "DROP index? i"),
    ("DROP STREAM s", "DROP stream s"),
    (
      "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int DEFAULT 1", "ALTER t ADD? a INTEGER DEFAULT <1>"
    ),
    ("ALTER TABLE t ADD a int", "ALTER t ADD a INTEGER"),
    ("ALTER TABLE t DROP COLUMN IF EXISTS a", "ALTER t DROP? a"),
    ("ALTER TABLE t DROP a", "ALTER t DROP a"),
    ("ALTER TABLE t RENAME a TO b", "ALTER t RENAME a TO b"),
    ("ALTER TABLE t RENAME COLUMN a TO b", "ALTER t RENAME a TO b"),
    ("ALTER TABLE t RENAME TO u", "ALTER t RENAME TO u"),
  ])
  func `definitions`(text: String, tree: String) throws {
    #expect(try shown(text) == tree)
  }

  @Test(arguments: [
    ("int", "INTEGER"), ("int2", "SMALLINT"), ("int8", "BIGINT"), ("bool", "BOOLEAN"),
    ("float4", "REAL"), ("float8", "DOUBLE PRECISION"), ("float", "DOUBLE PRECISION"),
    ("float(24)", "REAL"), ("double precision", "DOUBLE PRECISION"), ("decimal(5)", "NUMERIC(5)"),
    ("numeric", "NUMERIC"), ("character varying(9)", "VARCHAR(9)"), ("varchar", "VARCHAR"),
    ("character(4)", "CHAR(4)"), ("char", "CHAR(1)"), ("bytea", "BYTEA"), ("date", "DATE"),
    ("time without time zone", "TIME"), ("timestamp", "TIMESTAMP"),
    ("timestamp without time zone", "TIMESTAMP"),
    ("timestamptz", "TIMESTAMPTZ"), ("interval", "INTERVAL"), ("uuid", "UUID"), ("json", "JSON"),
    ("jsonb", "JSONB"),
  ])
  func `type names`(text: String, name: String) throws {
    #expect(try Parser.parseExpression("a::" + text).shown == "a::" + name)
  }

  @Test func `a script is parsed statement by statement`() throws {
    var parser = Parser(";;SELECT $2, :a, $2, :b ; SELEC 2; 'open; ;SELECT 3;")
    let first = try #require(try parser.next())
    #expect(first.parameterNames == ["2", "a", "b"])
    #expect(first.range == 2..<23)
    let error = #expect(throws: SQLError.self) { try parser.next() }
    #expect(error?.position == 26)
    #expect(error?.hint == "did you mean SELECT?")
    let unterminated = #expect(throws: SQLError.self) { try parser.next() }
    #expect(unterminated?.position == 35)
    #expect(try parser.next() == nil)
  }

  @Test func `parsing goes on behind a broken statement`() throws {
    var parser = Parser("SELECT ☃; SELECT 2")
    #expect(throws: SQLError.self) { try parser.next() }
    #expect(try parser.next()?.statement.shown == "SELECT 2")
    #expect(try parser.next() == nil)
  }

  @Test(arguments: [
    ("SELECT 1;", true), ("SELECT 1", false), ("", false), (";", true), ("SELECT ';", false),
    ("SELECT ';';", true), ("SELECT 1; -- end", true), ("SELECT 1 -- ;", false),
    ("SELECT (1;", false), ("SELECT (1);", true), ("/* ; ", false), ("$a$ ; ", false),
    ("$a$ ; $a$;", true), ("\"a;", false), ("E'\\';", false), ("SELECT ☃;", true),
    ("SELECT 1; SELECT", false), ("SELECT 1));", true),
  ])
  func `the shell knows when a statement is complete`(text: String, isComplete: Bool) {
    #expect(Parser.isComplete(text) == isComplete)
  }

  @Test func `positions are bytes of the whole script`() throws {
    let expression = try Parser.parseExpression("'é' || a.b")
    #expect(expression.position == 5)
    guard case .binary(_, let left, let right) = expression.kind else {
      Issue.record("not a binary operator")
      return
    }
    #expect(left.position == 0)
    #expect(right.position == 8)
  }
}
