// SPDX-License-Identifier: Apache-2.0
// What the dialect does not have is refused by its name, never passed over.

import KimberliteCore
import Testing

@Suite struct ParserRefusalTests {
  @Test(arguments: [
    ("GRANT SELECT ON t TO u", "GRANT", 0),
    ("TRUNCATE t", "TRUNCATE", 0),
    ("COPY t FROM STDIN", "COPY", 0),
    ("LOCK TABLE t", "LOCK", 0),
    ("SET TRANSACTION SNAPSHOT 'a'", "SET TRANSACTION SNAPSHOT", 16),
    ("SET a = 1", "SET", 0),
    ("CREATE VIEW v WITH (security_barrier) AS SELECT 1", "WITH in CREATE VIEW", 14),
    ("CREATE VIEW v AS SELECT 1 WITH CHECK OPTION", "WITH CHECK OPTION", 26),
    ("CREATE OR REPLACE FUNCTION f", "CREATE OR REPLACE", 0),
    ("CREATE TEMP TABLE t (a int)", "CREATE TEMP TABLE", 0),
    ("CREATE TABLE t (a int) INHERITS (u)", "INHERITS in CREATE TABLE", 23),
    ("CREATE TABLE t (a int) PARTITION BY RANGE (a)", "PARTITION BY", 23),
    ("CREATE TABLE t (a int[])", "an array as a type", 18),
    ("SELECT 1::serial", "type SERIAL", 10),
    ("CREATE TABLE t (a int AUTO_INCREMENT)", "AUTO_INCREMENT columns", 22),
    ("CREATE TABLE t (a int GENERATED ALWAYS AS (1) VIRTUAL)", "VIRTUAL columns", 46),
    ("CREATE TABLE t (a text COLLATE \"C\")", "COLLATE", 23),
    ("CREATE TABLE t (a int REFERENCES u MATCH PARTIAL)", "MATCH PARTIAL", 41),
    ("CREATE TABLE t (a int UNIQUE DEFERRABLE)", "DEFERRABLE", 29),
    ("CREATE TABLE t (a int, EXCLUDE USING gist (a WITH =))", "EXCLUDE", 23),
    ("CREATE TABLE t (a time with time zone)", "TIME WITH TIME ZONE", 18),
    ("CREATE TABLE t (a timestamp(3))", "a precision other than 6 of a time column", 27),
    ("CREATE INDEX ON t (lower(a))", "an index on an expression", 19),
    ("CREATE INDEX ON t USING gin (a)", "USING GIN in CREATE INDEX", 24),
    ("CREATE INDEX ON t (a) WHERE a > 1", "WHERE in CREATE INDEX", 22),
    ("DROP FUNCTION f", "DROP FUNCTION", 0),
    ("ALTER TABLE t ALTER COLUMN a SET STATISTICS 5", "ALTER COLUMN … SET STATISTICS", 29),
    ("ALTER TABLE t OWNER TO a", "ALTER TABLE … OWNER TO", 14),
    ("ALTER TABLE t SET SCHEMA a", "ALTER TABLE … SET SCHEMA", 14),
    ("COMMENT ON DATABASE d IS 'x'", "COMMENT ON DATABASE", 11),
    ("ALTER ROLE r", "ALTER ROLE", 0),
    ("COMMIT PREPARED 'a'", "two-phase commit", 7),
    ("EXPLAIN ANALYZE SELECT 1", "EXPLAIN ANALYZE", 8),
    ("EXPLAIN (ANALYZE) SELECT 1", "EXPLAIN (ANALYZE)", 9),
    ("EXPLAIN (FORMAT JSON) SELECT 1", "FORMAT JSON", 9),
    (
      "EXPLAIN WITH a AS (DELETE FROM t RETURNING b) SELECT 1",
      "EXPLAIN of WITH around what changes rows", 8
    ),
    (
      "MERGE INTO t USING u ON a WHEN MATCHED THEN DELETE RETURNING b", "RETURNING of MERGE", 51
    ),
    ("MERGE INTO t USING u ON a WHEN NOT MATCHED BY SOURCE THEN DELETE", "WHEN NOT MATCHED BY", 43),
    (
      "WITH a AS (MERGE INTO t USING u ON b WHEN MATCHED THEN DELETE) SELECT 1", "MERGE in WITH", 11
    ),
    (
      "SELECT (WITH a AS (DELETE FROM t) SELECT 1)",
      "DELETE in a WITH that is not the statement's own", 19
    ),
    ("SELECT a INTO b FROM t", "SELECT INTO", 9),
    ("SELECT 1 FOR UPDATE", "FOR UPDATE", 9),
    ("SELECT * FROM t TABLESAMPLE system (1)", "TABLESAMPLE", 16),
    ("SELECT * FROM ONLY t", "ONLY", 14),
    ("SELECT a.b.c FROM a.b.c", "names of three parts", 18),
    ("UPDATE ONLY t SET a = 1", "ONLY", 7),
    ("MERGE INTO t FOR PORTION OF p FROM 1 TO 2 USING u", "FOR PORTION OF here", 28),
    ("DELETE FROM t WHERE CURRENT OF c", "WHERE CURRENT OF", 20),
  ])
  func `statements`(text: String, construct: String, position: Int) {
    var parser = Parser(text)
    let error = #expect(throws: SQLError.self) { try parser.next() }
    #expect(error?.state == .featureNotSupported, "\(error?.message ?? "")")
    #expect(error?.message.hasPrefix(construct + " ") == true, "\(error?.message ?? "")")
    #expect(error?.position == position)
  }

  @Test(arguments: [
    ("f(VARIADIC a)", "VARIADIC", 2),
    ("f(a => 1)", "named arguments", 2),
    ("other.now()", "a schema before a function's name", 0),
    ("a[1]", "array subscripts", 1),
    ("(a).b", "selecting a field of an expression", 3),
    ("a IS JSON", "IS JSON", 5),
    ("a::money", "type MONEY", 3),
    ("a AT LOCAL", "AT LOCAL", 2),
  ])
  func `expressions`(text: String, construct: String, position: Int) {
    let error = #expect(throws: SQLError.self) { try Parser.parseExpression(text) }
    #expect(error?.state == .featureNotSupported, "\(error?.message ?? "")")
    #expect(error?.message.hasPrefix(construct + " ") == true, "\(error?.message ?? "")")
    #expect(error?.position == position)
  }

  @Test(
    arguments: [
      (
        "SELECT * FORM t", "syntax error at \"FORM\": expected the end of the statement",
        "did you mean FROM?"
      ),
      (
        "SELCT 1",
        "syntax error at \"SELCT\": expected a statement such as SELECT, INSERT or CREATE TABLE",
        "did you mean SELECT?"
      ),
      (
        "SELECT a FROM t WEHRE b", "syntax error at \"b\": expected the end of the statement",
        "did you mean WHERE instead of \"WEHRE\"?"
      ),
      (
        "SELECT a FROM user", "syntax error at \"user\": expected a table",
        "to use \"user\" as a name, write it in double quotes"
      ),
      (
        "SELECT offset FROM t", "syntax error at \"offset\": expected an expression",
        "to use \"offset\" as a name, write it in double quotes"
      ),
      (
        "SELECT a, offset FROM t", "syntax error at \"offset\": expected an expression",
        "to use \"offset\" as a name, write it in double quotes"
      ),
      (
        "TRUNCATE t", "TRUNCATE is not supported",
        "DELETE ends rows and keeps their past; kb-purge --table TABLE --where true erases them"
      ),
      (
        "SHOW TABLES", "SHOW is not supported",
        "tables are rows of kb.tables, columns of kb.columns"
      ),
      (
        "SELECT a FROM t AS OF '2026-01-01'",
        "syntax error at '2026-01-01': expected TIMESTAMP or OFFSET",
        "write AS OF TIMESTAMP '…' or AS OF OFFSET n"
      ),
      (
        "SELECT 1 LIMIT 2, 3", "syntax error at \",\": expected OFFSET",
        "write LIMIT count OFFSET start"
      ),
      ("CREATE TABLE t (a itneger)", "type \"itneger\" does not exist", "did you mean INTEGER?"),
      (
        "INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET a = 1",
        "ON CONFLICT DO UPDATE needs the columns of a key",
        "write ON CONFLICT (column) DO UPDATE SET …"
      ),
      (
        "CREATE TABLE t (a int NULL NOT NULL)",
        "column \"a\" is declared both NULL and NOT NULL", nil
      ),
      ("CREATE TABLE t (a numeric(99))", "precision of NUMERIC must be between 1 and 38", nil),
      ("CREATE TABLE t (a)", "syntax error at \")\": expected a type for column \"a\"", nil),
      (
        "UPDATE t AS OF OFFSET 1 SET a = 1",
        "the past cannot be changed: AS OF is for reading", nil
      ),
      (
        "SELECT * FROM t AS OF OFFSET 1 p AS OF OFFSET 2",
        "a table has at most one point in time", nil
      ),
      ("SELECT * FROM a JOIN b", "syntax error at the end: expected ON or USING", nil),
      (
        "SELECT DEFAULT", "DEFAULT is not allowed here",
        "it can be a whole value of INSERT or UPDATE"
      ),
      ("SELECT 1 2", "syntax error at \"2\": expected the end of the statement", nil),
      ("(SELECT 1 LIMIT 1) LIMIT 2", "a query has at most one LIMIT", nil),
    ] as [(String, String, String?)])
  func `mistakes are explained`(text: String, message: String, hint: String?) {
    var parser = Parser(text)
    let error = #expect(throws: SQLError.self) { try parser.next() }
    #expect(error?.message == message)
    #expect(error?.hint == hint)
  }
}
