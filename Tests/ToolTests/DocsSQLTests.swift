// SPDX-License-Identifier: Apache-2.0
// kb-sql(7) held against the tools and the sources.

import Testing

@Suite struct DocsSQLTests {
  private static let page = Page("kb-sql.7")

  @Test func `every statement of kb-sql runs`() {
    let folder = Folder()
    let displays = Self.page.displays(in: "EXAMPLES")
    #expect(displays.count >= 6)
    for display in displays {
      for statement in Self.statements(of: display) {
        let reads =
          statement.starts(with: /SELECT|WITH|VALUES|EXPLAIN/)
          && !statement.contains(#/\b(INSERT|UPDATE|DELETE) /#)
        let outcome =
          reads
          ? run("kb-query", ["log", statement], in: folder)
          : run("kb-append", ["--create", "--sql", "-c", statement, "log"], in: folder)
        #expect(outcome.status == 0, "\(statement)\n\(outcome)")
        #expect(!outcome.text.isEmpty, "\(statement) has no answer")
      }
    }
    #expect(run("kb-verify", ["--view", "log"], in: folder).status == 0)
  }

  @Test func `every function and operator of kb-sql answers as printed`() {
    let folder = Folder()
    let made = run("kb-append", ["--create", "--stream", "s", "log"], in: folder)
    #expect(made.status == 0, "\(made)")
    let results = Self.page.results
    #expect(results.count >= 80)
    for (expression, result) in results {
      let outcome = run(
        "kb-query", ["--format", "tsv", "log", "SELECT \(expression) AS x"], in: folder)
      #expect(outcome.status == 0, "\(expression): \(outcome)")
      let value = outcome.lines.dropFirst().first ?? ""
      let shown = value == "\\N" ? "NULL" : value.replacing("\\\\", with: "\\")
      #expect(shown == result, "\(expression)")
    }
  }

  @Test func `what differs from PostgreSQL does so as kb-sql says`() {
    let folder = Folder()
    let log = LogAtHand(path: folder.file("log"))
    log.execute(
      """
      CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER CHECK (a > 0), b BIGINT);
      INSERT INTO t VALUES (1, 1, 9223372036854775807), (2, 2, 1)
      """, creates: true)
    for (sql, state) in [
      ("SELECT 2147483647 + 1", "22003"), ("SELECT 'NaN'::float8", "0A000"),
      ("LOCK TABLE t", "0A000"),
    ] {
      let outcome =
        sql.hasPrefix("SELECT") ? log.query(sql) : log.append(["--sql", "-c", sql])
      #expect(outcome.status == 65 && outcome.error.contains("SQLSTATE \(state)"), "\(outcome)")
    }
    log.execute("UPDATE t SET id = id + 1")
    #expect(log.rows("SELECT id FROM t ORDER BY id") == ["{\"id\":2}", "{\"id\":3}"])
    #expect(log.rows("SELECT pg_typeof(sum(b)) AS x FROM t WHERE b < 9") == ["{\"x\":\"numeric\"}"])
  }

  @Test func `every function there is stands in kb-sql`() {
    let text = Self.page.lines.joined(separator: "\n")
    let sources = [
      "BinderFunctions", "Aggregates", "OverloadsPattern", "OverloadsText", "OverloadsNumber",
      "OverloadsTime",
    ].flatMap { Project.lines(of: "Sources/KimberliteCore/SQL/\($0).swift") }
    var names: Set<Substring> = []
    for line in sources {
      if let match = line.firstMatch(of: /\.init\("([a-z_]+)", \[/) { names.insert(match.1) }
      if let match = line.wholeMatch(of: #/ *case [a-zA-Z]+ = "([a-z_]+)"/#) {
        names.insert(match.1)
      }
    }
    #expect(names.count >= 50)
    for name in names.sorted() { #expect(text.contains(name), "\(name) is not in kb-sql(7)") }
  }

  @Test func `every SQLSTATE there is stands in kb-sql`() {
    let diagnostics = Self.page.section("DIAGNOSTICS").joined(separator: "\n")
    let source = Project.lines(of: "Sources/KimberliteCore/SQL/SQLError.swift")
    let codes = source.compactMap { $0.firstMatch(of: /State\("([0-9A-Z]{5})"\)/)?.1 }
    #expect(codes.count >= 40)
    for code in codes { #expect(diagnostics.contains(code), "\(code) is not in kb-sql(7)") }
  }

  /// Statements as they are shown; a transaction is one.
  private static func statements(of display: [String]) -> [String] {
    var statements: [String] = []
    var current = ""
    for line in display {
      current += line + "\n"
      if !line.hasSuffix(";") { continue }
      if current.hasPrefix("BEGIN;"), line != "COMMIT;" { continue }
      statements.append(current)
      current = ""
    }
    return statements
  }

  /// Runs a tool on the log of a folder.
  private func run(_ tool: String, _ arguments: [String], in folder: Folder) -> Outcome {
    ToolTests.run(
      tool, arguments.map { $0 == "log" ? folder.file("log") : $0 },
      environment: ["HOME": folder.path])
  }
}
