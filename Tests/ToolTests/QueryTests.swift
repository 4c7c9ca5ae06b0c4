// SPDX-License-Identifier: Apache-2.0
// What kb-query promises beyond the rows of one statement: scripts and their errors, several
// results, following a log.

import Glibc
import Testing

@Suite
struct QueryTests {
  let folder = Folder()
  var log: LogAtHand { LogAtHand(path: folder.file("log")) }

  private func makeLog(rows: Int = 2) {
    let lines = (1...rows).map { "{\"id\":\($0),\"name\":\"n\($0)\"}\n" }.joined()
    let made = log.append(["--create", "--table", "t", "--key", "id"], input: .text(lines))
    #expect(made.status == 0, "\(made)")
  }

  @Test func `an error in a script names the file, the line and the column`() {
    makeLog()
    for (sql, place, state) in [
      ("SELECT 1;\n\n  SELECT nme FROM t;\n", "3:10", "42703"),
      ("SELECT 1;\nSELEC 2;\n", "2:1", "42601"),
      // No token is to blame: the statement is.
      ("SELECT 1;\nSELECT 1 / (id - 1) FROM t;\n", "2:1", "22012"),
      ("SELECT 1;\n SELECT :x;\n", "2:2", "42P02"),
    ] {
      let file = folder.write("q.sql", sql)
      let read = run("kb-query", [log.path, "-f", file])
      #expect(read.status == 65 && read.lines.first == "{\"?column?\":1}", "\(read)")
      #expect(read.error.hasPrefix("kb-query: \(file):\(place): "), "\(read)")
      #expect(read.errorLines[0].hasSuffix("(SQLSTATE \(state))"), "\(read)")
      let piped = run("kb-query", [log.path], input: .file(file))
      #expect(piped.error.hasPrefix("kb-query: -:\(place): "), "\(piped)")
    }
  }

  @Test func `a parameter without a value is asked for as the tool at hand takes it`() {
    makeLog()
    for (name, sql) in [("who", "name = :who"), ("1", "name = $1")] {
      let hint = "hint: --param \(name)=VALUE"
      let query = log.query("SELECT * FROM t WHERE \(sql)")
      #expect(query.errorLines.last == "kb-query: \(hint)", "\(query)")
      #expect(
        log.query("SELECT * FROM t WHERE \(sql)", ["--param", "\(name)=n1"]).lines.count == 1)
      let append = log.append(["--sql", "-c", "DELETE FROM t WHERE \(sql)"])
      #expect(append.errorLines.last == "kb-append: \(hint)", "\(append)")
      let done = log.append(
        ["--sql", "-c", "DELETE FROM t WHERE \(sql)", "--param", "\(name)=nobody"])
      #expect(done.status == 0, "\(done)")
    }
  }

  @Test(arguments: [
    ("ndjson", "{\"a\":1}\n{\"b\":2}\n"), ("json", "[\n{\"a\":1}\n]\n[\n{\"b\":2}\n]\n"),
    ("csv", "a\n1\nb\n2\n"), ("tsv", "a\n1\nb\n2\n"),
    ("markdown", "| a |\n| ---: |\n| 1 |\n\n| b |\n| ---: |\n| 2 |\n"),
    ("table", " a\n---\n 1\n(1 row)\n\n b\n---\n 2\n(1 row)\n"),
  ])
  func `results of several statements stand apart`(format: String, text: String) {
    makeLog()
    let outcome = log.query("SELECT 1 AS a; SELECT 2 AS b", ["--format", format])
    #expect(outcome.text == text)
  }

  @Test(arguments: ["table", "json", "markdown", "html"])
  func `a format that needs an end is not followed`(format: String) {
    makeLog()
    let outcome = log.query("SELECT * FROM t", ["--follow", "--format", format])
    #expect(outcome.status == 64 && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.error.contains("hint: its formats are ndjson, csv, tsv"), "\(outcome)")
  }

  @Test func `following prints each new row once, the header once`() {
    makeLog()
    let all = follow("SELECT id, name FROM t ORDER BY id", "csv")
    #expect((0..<3).map { _ in all.readLine() } == ["id,name", "1,n1", "2,n2"])
    let byOffset = follow("SELECT name, _offset FROM t ORDER BY id", "ndjson")
    #expect(byOffset.readLine() == "{\"name\":\"n1\",\"_offset\":1}")
    #expect(byOffset.readLine() == "{\"name\":\"n2\",\"_offset\":1}")
    let none = follow("SELECT id FROM t WHERE id > 2 ORDER BY id", "tsv")
    #expect(none.readLine() == "id")
    for sql in [
      "INSERT INTO t VALUES (3, 'n3'), (4, 'n4')", "UPDATE t SET name = 'x' WHERE id = 1",
    ] {
      log.execute(sql)
      // The look between the two records.
      if sql.hasPrefix("INSERT") {
        #expect([all.readLine(), all.readLine()] == ["3,n3", "4,n4"])
        #expect(byOffset.readLine() == "{\"name\":\"n3\",\"_offset\":2}")
        #expect(byOffset.readLine() == "{\"name\":\"n4\",\"_offset\":2}")
        #expect([none.readLine(), none.readLine()] == ["3", "4"])
      }
    }
    #expect(all.readLine() == "1,x")
    #expect(byOffset.readLine() == "{\"name\":\"x\",\"_offset\":3}")
    for process in [all, byOffset, none] {
      process.kill(SIGINT)
      let outcome = process.wait()
      #expect(outcome.signal == SIGINT || outcome.status == 130, "\(outcome)")
    }
  }

  @Test func `following remembers no more rows than it says`() {
    makeLog(rows: 1001)
    let pairs = "SELECT a.id * 10000 + b.id AS pair FROM t AS a, t AS b"
    let outcome = run("kb-query", ["--follow", log.path, pairs], output: "/dev/null")
    #expect(outcome.status == 65 && outcome.error.contains("1000000 rows"), "\(outcome)")
    #expect(outcome.error.contains("hint: select _offset"), "\(outcome)")
    // Told apart by offset, none has to be remembered.
    let more = ToolProcess(
      "kb-query",
      ["--follow", "--format", "csv", log.path, pairs.replacing(" AS pair", with: ", a._offset")],
      isPiped: true)
    var count = 0
    while count < 1_002_002, more.readLine() != nil { count += 1 }
    #expect(count == 1_002_002)
  }

  private func follow(_ sql: String, _ format: String) -> ToolProcess {
    ToolProcess("kb-query", ["--follow", "--format", format, log.path, sql], isPiped: true)
  }
}
