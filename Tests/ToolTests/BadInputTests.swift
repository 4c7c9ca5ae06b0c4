// SPDX-License-Identifier: Apache-2.0
// What bad input gets: the exit status, one clear line, and everything acknowledged before it
// still there. Each case runs against a log that holds one good record, and a good append follows.

import Testing

/// One bad input and what it has to get.
struct BadInput: CustomTestStringConvertible, Sendable {
  var what: String
  var status: Int32 = 65
  /// Parts of the first line on standard error.
  var says: [String]
  var options = ["--table", "t"]
  var input: [UInt8]

  init(
    _ what: String, status: Int32 = 65, _ input: String, options: [String] = ["--table", "t"],
    says: String...
  ) {
    self.init(what, status: status, bytes: Array(input.utf8), options: options, says: says)
  }

  init(
    _ what: String, status: Int32 = 65, bytes: [UInt8], options: [String] = ["--table", "t"],
    says: [String]
  ) {
    self.what = what
    self.status = status
    self.says = says
    self.options = options
    self.input = bytes
  }

  var testDescription: String { what }

  static let setUp = """
    CREATE TABLE kinds (k TEXT PRIMARY KEY);
    CREATE TABLE t (
      id BIGINT PRIMARY KEY, name VARCHAR(10) NOT NULL DEFAULT 'x', born DATE, code TEXT UNIQUE,
      age SMALLINT CHECK (age >= 0), kind TEXT REFERENCES kinds, doc JSONB, amount NUMERIC(6,2),
      raw BYTEA, flag BOOLEAN, ident UUID, score DOUBLE PRECISION);
    CREATE STREAM s;
    INSERT INTO kinds VALUES ('a');
    INSERT INTO t (id, code, kind) VALUES (1, 'one', 'a');
    """

  static let lines: [BadInput] = [
    BadInput("no JSON", "{\"id\":2,\n", says: "-:1:", "JSON"),
    BadInput("bare word", "hello\n", says: "-:1:1: "),
    BadInput("two values on a line", "{\"id\":2} {\"id\":3}\n", says: "-:1:"),
    BadInput("an array for a row", "[1,2]\n", says: "-:1:"),
    BadInput("trailing comma", "{\"id\":2,}\n", says: "-:1:"),
    BadInput("a comment", "{\"id\":2}//x\n", says: "-:1:"),
    BadInput("NaN", "{\"id\":2,\"score\":NaN}\n", says: "-:1:"),
    BadInput("leading zero", "{\"id\":02}\n", says: "-:1:"),
    BadInput("half a surrogate", "{\"id\":2,\"name\":\"\\ud800\"}\n", says: "-:1:"),
    BadInput("raw control byte", "{\"id\":2,\"name\":\"a\u{1}b\"}\n", says: "-:1:"),
    BadInput("wrong type", "{\"id\":\"two\"}\n", says: "column \"id\"", "two"),
    BadInput("object for a number", "{\"id\":{}}\n", says: "column \"id\""),
    BadInput("fraction for an integer", "{\"id\":2.5}\n", says: "column \"id\""),
    BadInput("no date", "{\"id\":2,\"born\":\"31/02/1980\"}\n", says: "\"born\"", "DATE"),
    BadInput("31 February", "{\"id\":2,\"born\":\"1980-02-31\"}\n", says: "\"born\""),
    BadInput("no boolean", "{\"id\":2,\"flag\":7}\n", says: "\"flag\""),
    BadInput("no UUID", "{\"id\":2,\"ident\":\"xyz\"}\n", says: "\"ident\""),
    BadInput("text too long", "{\"id\":2,\"name\":\"12345678901\"}\n", says: "\"name\""),
    BadInput("too many digits", "{\"id\":2,\"amount\":12345.67}\n", says: "\"amount\""),
    BadInput("NUL escaped", "{\"id\":2,\"name\":\"a\\u0000b\"}\n", says: "-:1:", "0000"),
    BadInput(
      "NUL raw", bytes: Array("{\"id\":2,\"name\":\"a".utf8) + [0, 0x22, 0x7d, 10], says: ["-:1:"]),
    BadInput(
      "no UTF-8", bytes: Array("{\"id\":2,\"name\":\"".utf8) + [0xff, 0x22, 0x7d, 10],
      says: ["-:1:", "UTF-8"]),
    BadInput(
      "UTF-8 too long by one form",
      bytes: Array("{\"id\":2,\"name\":\"".utf8) + [0xc0, 0x80, 0x22, 0x7d, 10],
      says: ["UTF-8"]),
    BadInput("beyond 64 bits", "{\"id\":9223372036854775808}\n", says: "\"id\"", "out of range"),
    BadInput("far beyond 64 bits", "{\"id\":1e400}\n", says: "\"id\""),
    BadInput("beyond 16 bits", "{\"id\":2,\"age\":40000}\n", says: "\"age\"", "out of range"),
    BadInput("beyond a double", "{\"id\":2,\"score\":1e999}\n", says: "\"score\"", "out of range"),
    BadInput("a key twice", "{\"id\":2,\"id\":3}\n", says: "\"id\"", "twice"),
    BadInput("a key twice, escaped", "{\"id\":2,\"i\\u0064\":3}\n", says: "\"id\"", "twice"),
    BadInput("unknown column", "{\"id\":2,\"dob\":1}\n", says: "\"dob\""),
    BadInput("hidden column", "{\"id\":2,\"_from\":1}\n", says: "\"_from\""),
    BadInput("no key", "{\"name\":\"a\"}\n", says: "\"id\""),
    BadInput("null key", "{\"id\":null}\n", says: "\"id\""),
    BadInput("null where none may be", "{\"id\":2,\"name\":null}\n", says: "\"name\""),
    BadInput("primary key again", "{\"id\":1}\n", says: "-:1: ", "t_pkey"),
    BadInput("primary key twice in one batch", "{\"id\":2}\n{\"id\":2}\n", says: "-:2: ", "t_pkey"),
    BadInput("unique again", "{\"id\":2,\"code\":\"one\"}\n", says: "-:1: ", "code"),
    BadInput("check", "{\"id\":2,\"age\":-1}\n", says: "-:1: ", "check"),
    BadInput("no such parent", "{\"id\":2,\"kind\":\"zzz\"}\n", says: "kind"),
    BadInput("100 000 levels", "{\"id\":2,\"doc\":\(nest(100_000))}\n", says: "-:1:", "nest"),
    BadInput(
      "100 000 levels in a stream", nest(100_000) + "\n", options: ["--stream", "s"],
      says: "-:1:", "nest"),
    BadInput(
      "100 000 objects", String(repeating: "{\"a\":", count: 100_000) + "\n",
      options: ["--stream", "s"], says: "-:1:"),
    BadInput("a line of 64 MB", bytes: longLine(64 << 20), says: ["-:1:", "16"]),
    BadInput(
      "a line of 64 MB without end",
      bytes: [UInt8](repeating: 0x20, count: 64 << 20), options: ["--stream", "s"],
      says: ["-:1:", "16"]),
    BadInput("CSV: a field too many", "id,name\n2,a,b\n", options: csv, says: "-:2:"),
    BadInput("CSV: a field too few", "id,name\n2\n", options: csv, says: "-:2:"),
    BadInput("CSV: unknown column", "id,dob\n2,a\n", options: csv, says: "\"dob\""),
    BadInput("CSV: a column twice", "id,id\n2,3\n", options: csv, says: "\"id\""),
    BadInput("CSV: open quote", "id,name\n2,\"a\n", options: csv, says: "-:2:"),
    BadInput("CSV: wrong type", "id,name\ntwo,a\n", options: csv, says: "-:2:", "\"id\""),
    BadInput("no such table", "{}\n", options: ["--table", "nope"], says: "\"nope\""),
    BadInput("no such stream", "{}\n", options: ["--stream", "nope"], says: "\"nope\""),
  ]

  private static let csv = ["--table", "t", "--format", "csv"]

  private static func nest(_ depth: Int) -> String {
    String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
  }

  private static func longLine(_ count: Int) -> [UInt8] {
    Array("{\"id\":2,\"name\":\"".utf8) + [UInt8](repeating: 0x61, count: count)
      + Array("\"}\n".utf8)
  }

  static let statements: [BadInput] = [
    sql("syntax", "INSERT INTO t VALUES (2", "42601"),
    sql("unknown statement", "FROB t", "42601"),
    sql("unknown table", "INSERT INTO nope VALUES (1)", "42P01"),
    sql("unknown column", "UPDATE t SET dob = 1", "42703"),
    sql("division by zero", "UPDATE t SET age = 1 / (id - 1)", "22012"),
    sql("out of range", "UPDATE t SET age = 70000", "22003"),
    sql("overflow", "UPDATE t SET id = 9223372036854775807 + id", "22003"),
    sql("not null", "UPDATE t SET name = NULL", "23502"),
    sql("check", "UPDATE t SET age = -1", "23514"),
    sql("unique", "INSERT INTO t (id, code) VALUES (2, 'one')", "23505"),
    sql("primary key", "INSERT INTO t (id) VALUES (1)", "23505"),
    sql("foreign key", "INSERT INTO t (id, kind) VALUES (2, 'zzz')", "23503"),
    sql("referenced row", "DELETE FROM kinds", "23503"),
    sql("referenced table", "DROP TABLE kinds", "2BP01"),
    sql("table exists", "CREATE TABLE t (a INTEGER)", "42P07"),
    sql("no date", "UPDATE t SET born = '1980-02-31'", "22008"),
    sql("text for a number", "UPDATE t SET age = 'x'", "22P02"),
    sql("types that do not go together", "UPDATE t SET flag = 3", "42804"),
    sql("too long", "UPDATE t SET name = '12345678901'", "22001"),
    sql("a parameter without value", "UPDATE t SET name = :n", "42P02"),
    sql("commit without begin", "COMMIT", "25P01"),
    sql("deep parentheses", "UPDATE t SET age = \(deep("(", ")", 100_000))", "54001"),
    sql("many NOTs", "UPDATE t SET flag = \(deep("NOT ", "", 100_000))", "54001"),
    sql("a long sum", "UPDATE t SET age = 1\(deep("", " + 1", 100_000))", "54001"),
    sql("NUL in text", "UPDATE t SET name = E'\\000'", "42601"),
    sql("open quote", "UPDATE t SET name = 'abc", "42601"),
    sql("unsupported", "CREATE TRIGGER x AFTER INSERT ON t", "0A000"),
  ]

  private static func sql(_ what: String, _ text: String, _ state: String) -> BadInput {
    BadInput(what, text, options: ["--sql"], says: "SQLSTATE \(state)")
  }

  private static func deep(_ left: String, _ right: String, _ count: Int) -> String {
    String(repeating: left, count: count) + "1" + String(repeating: right, count: count)
  }
}

@Suite
struct BadInputTests {
  @Test(arguments: BadInput.lines)
  func `a bad line is refused and nothing else is lost`(bad: BadInput) { refuse(bad) }

  @Test(arguments: BadInput.statements)
  func `a bad statement is refused with its SQLSTATE and nothing else is lost`(bad: BadInput) {
    let error = refuse(bad)
    // The place is shown: the line and a caret below it.
    #expect(error.hasPrefix("kb-append: -:1:"), "\(error)")
    let carets = error.split(separator: "\n").filter { $0.allSatisfy { $0 == " " || $0 == "^" } }
    #expect(carets.contains { $0.contains("^") }, "\(error)")
  }

  @discardableResult
  private func refuse(_ bad: BadInput) -> String {
    let folder = Folder()
    let log = LogAtHand(path: folder.file("log"))
    let made = log.append(["--sql", "--create"], input: .text(BadInput.setUp))
    #expect(made.status == 0, "\(made)")
    let before = log.records()
    let outcome = log.append(bad.options, input: .bytes(bad.input))
    #expect(outcome.status == bad.status, "\(outcome)")
    #expect(outcome.output.isEmpty, "\(outcome)")
    let first = outcome.errorLines.first ?? ""
    #expect(first.hasPrefix("kb-append: "), "\(outcome)")
    #expect(first.utf8.count < 400, "\(outcome)")
    for part in bad.says { #expect(first.contains(part), "want \(part): \(outcome)") }
    // Nothing was lost, nothing was added, and the log goes on.
    #expect(log.records() == before)
    #expect(
      log.rows("SELECT id, name, code FROM t") == ["{\"id\":1,\"name\":\"x\",\"code\":\"one\"}"])
    let next = log.append(["--table", "t"], input: .text("{\"id\":7}\n"))
    #expect(next.status == 0, "\(next)")
    #expect(log.records().count == before.count + 1)
    return outcome.error
  }
}
