// SPDX-License-Identifier: Apache-2.0
// kb-query on a terminal: the shell, and what a terminal is spared.

import Glibc
import Testing

@Suite
struct ShellTests {
  let folder = Folder()
  var log: LogAtHand { LogAtHand(path: folder.file("log")) }

  private func makeLog(_ more: String = "") {
    log.execute(
      """
      CREATE TABLE patients (id BIGINT PRIMARY KEY, name TEXT NOT NULL);
      CREATE TABLE wards (code TEXT, beds INTEGER);
      CREATE STREAM moves; \(more)
      """, creates: true)
    let rows = (0..<100).map { "{\"id\":\($0),\"name\":\"n\($0)\"}\n" }.joined()
    #expect(log.append(["--table", "patients"], input: .text(rows)).status == 0)
  }

  private func shell(_ options: [String] = []) -> Terminal {
    Terminal("kb-query", options + [log.path], environment: ["HOME": folder.path])
  }

  /// Hours of work.
  private static let endless =
    "SELECT count(*) FROM patients a, patients b, patients c, patients d, patients e, patients f"

  @Test func `Ctrl-C drops what is being typed, and the next line is asked for`() {
    makeLog()
    let terminal = shell()
    terminal.shown(until: "kb=> ")
    terminal.type("SELECT nonsense\u{3}")
    #expect(terminal.shown(until: "\nkb=> ").contains("^C"))
    #expect(terminal.ask("SELECT", prompt: "kb-> ").contains("kb-> "))
    terminal.type("more nonsense\u{3}")
    terminal.shown(until: "\nkb=> ")
    #expect(terminal.ask("SELECT 40 + 2 AS answer;").contains("42"))
    terminal.typeEnd()
    #expect(terminal.end().status == 0)
  }

  @Test func `Ctrl-C ends the statement that runs, not the shell`() {
    makeLog()
    let terminal = shell()
    terminal.shown(until: "kb=> ")
    terminal.type(Self.endless + ";\n")
    terminal.shown(until: "\n")
    usleep(300_000)
    terminal.type("\u{3}")
    #expect(terminal.shown(until: "\nkb=> ").contains("SQLSTATE 57014"))
    #expect(terminal.ask("SELECT 40 + 2 AS answer;").contains("42"))
    #expect(terminal.ask("\\timing").contains("Timing is on"))
    terminal.type("\\q\n")
    #expect(terminal.end().status == 0)
  }

  @Test func `a signal ends a query without a shell at once`() {
    makeLog()
    for signal in [SIGINT, SIGTERM] {
      let query = ToolProcess("kb-query", [log.path, Self.endless])
      usleep(300_000)
      #expect(query.isRunning)
      query.kill(signal)
      let outcome = query.wait()
      #expect(outcome.signal == signal || outcome.status == 128 + signal, "\(outcome)")
      #expect(outcome.output.isEmpty && outcome.error.isEmpty, "\(outcome)")
    }
  }

  @Test func `a line is in the history once it is accepted, whatever then happens`() {
    makeLog()
    let up = "\u{1b}[A"
    let history = folder.file(".kb-query_history")
    var terminal = shell()
    terminal.shown(until: "kb=> ")
    _ = terminal.ask("SELECT 'ä\\' AS a, -- a comment", prompt: "kb-> ")
    #expect(terminal.ask("5 AS five;").contains("five"))
    var status = stat()
    #expect(stat(history, &status) == 0 && status.st_mode & 0o777 == 0o600)
    let written = contents(history)
    // Here and in the next shell, although this one is killed.
    for _ in 0..<2 {
      let recalled = terminal.ask(up)
      #expect(recalled.contains("ä\\") && recalled.contains("five\n"), "\(recalled)")
      #expect(!recalled.contains("kb-query: "), "\(recalled)")
      terminal = shell()
      terminal.shown(until: "kb=> ")
    }
    #expect(contents(history).count == written.count + 2 * (written.count - 13))
  }

  @Test(arguments: ["quit", "exit;", "QUIT ;", "\\q;"]) func `a plain word quits`(_ word: String) {
    makeLog()
    let terminal = shell()
    terminal.shown(until: "kb=> ")
    #expect(terminal.ask("help").contains("\\asof [MOMENT]"))
    terminal.type(word + "\n")
    #expect(terminal.end().status == 0)
  }

  @Test func `a command is one inside a statement too, but not inside a string`() {
    makeLog()
    let terminal = shell()
    terminal.shown(until: "kb=> ")
    _ = terminal.ask("SELECT (40", prompt: "kb-> ")
    #expect(terminal.ask("\\timing", prompt: "kb-> ").contains("Timing is on"))
    #expect(terminal.ask("quit", prompt: "kb-> ").contains("Use \\q"))
    terminal.type("\u{3}")
    terminal.shown(until: "\nkb=> ")
    _ = terminal.ask("SELECT 'a", prompt: "kb-> ")
    _ = terminal.ask("\\q", prompt: "kb-> ")
    #expect(terminal.ask("b' AS text;").contains("(1 row)"))
    _ = terminal.ask("SELECT 1", prompt: "kb-> ")
    terminal.type("\\q\n")
    #expect(terminal.end().status == 0)
  }

  @Test func `the prompt tells which moment is asked`() {
    makeLog()
    let terminal = shell(["--as-of", "1"])
    terminal.shown(until: "kb@1=> ")
    _ = terminal.ask("SELECT", prompt: "kb@1-> ")
    _ = terminal.ask("42;", prompt: "kb@1=> ")
    _ = terminal.ask("\\asof", prompt: "kb=> ")
    _ = terminal.ask("\\asof 2", prompt: "kb@2=> ")
    terminal.typeEnd()
    #expect(terminal.end().status == 0)
  }

  @Test func `what is described exists, and has columns whatever it is`() {
    makeLog()
    let terminal = shell()
    terminal.shown(until: "kb=> ")
    let missing = terminal.ask("\\d patient")
    #expect(missing.contains("table \"patient\" does not exist"), "\(missing)")
    #expect(missing.contains("hint: did you mean \"patients\"?"), "\(missing)")
    #expect(!missing.contains("rows)"), "\(missing)")
    for name in ["patients", "PATIENTS", "\"patients\""] {
      let table = terminal.ask("\\d \(name)")
      #expect(table.contains(/name +\| TEXT +\| true/) && table.contains("(2 rows)"), "\(table)")
    }
    #expect(terminal.ask("\\d moves").contains("sequence | BIGINT"))
    #expect(terminal.ask("\\d kb.records").contains("request_id"))
  }

  @Test func `Tab offers tables where a table stands, else columns of the statement's tables`() {
    makeLog("CREATE TABLE n (name_of_n INTEGER)")
    let terminal = shell()
    terminal.shown(until: "kb=> ")
    for (typed, completed) in [
      ("SELECT count(*) FROM pa\t;", "\n   100"),
      ("SELECT count(*) AS c FROM wards w, pa\t;", "\n 0"),
      ("SELECT na\t FROM patients WHERE id = 7;", "\n n7"),
      ("SELECT p.na\t FROM patients AS p WHERE id = 7;", "\n n7"),
      ("SELECT max(bed\t) FROM wards;", "(1 row)"),
      ("SELECT count(*) FROM mo\t;", "\n     0"),
    ] {
      let shown = terminal.ask(typed)
      #expect(shown.contains(completed), "\(typed): \(shown)")
    }
    // On another line of the same statement.
    _ = terminal.ask("SELECT max(id) FROM patients", prompt: "kb-> ")
    #expect(terminal.ask("WHERE na\t = 'n7';").contains("\n   7"))
  }

  @Test func `quiet is without a banner`() {
    makeLog()
    let terminal = shell(["-q"])
    #expect(terminal.shown(until: "kb=> ").hasPrefix("kb=> "))
    #expect(shell().shown(until: "kb=> ").contains("\\? for help"))
  }

  @Test func `an output that is no terminal gets rows, not a shell`() {
    makeLog()
    let terminal = Terminal(
      "kb-query", [log.path], environment: ["HOME": folder.path], output: folder.file("out"))
    #expect(terminal.shown(until: "\n").contains("Ctrl-D"))
    terminal.type("SELECT 1 AS one;\n\u{4}")
    #expect(terminal.end().status == 0)
    #expect(String(decoding: contents(folder.file("out")), as: UTF8.self) == "{\"one\":1}\n")
  }

  @Test(arguments: ["table", "ndjson", "json", "csv", "tsv", "markdown", "html"])
  func `a terminal is spared what could steer it, a file gets every byte`(format: String) {
    makeLog()
    let evil = "a\u{1b}]0;x\u{7}\u{9b}31m\u{7f}\u{202e}ä"
    log.execute("INSERT INTO patients VALUES (1000, '\(evil)')")
    let words = ["--format", format, log.path, "SELECT name FROM patients WHERE id = 1000"]
    let (status, shown) = Terminal("kb-query", words).end()
    #expect(status == 0)
    for scalar in shown.unicodeScalars where scalar != "\n" {
      let isControl = scalar.properties.generalCategory == .control || scalar == "\u{202e}"
      #expect(!isControl, "\(scalar.value) of \(shown)")
    }
    #expect(shown.contains("ä") && shown.contains("1b"), "\(shown)")
    let file = run("kb-query", words).text
    switch format {
    case "table": #expect(!file.contains("\u{1b}"))
    case "ndjson", "json": #expect(file.contains("\\u001b]0;x\\u0007\u{9b}31m\u{7f}\u{202e}ä"))
    default: #expect(file.contains("\u{1b}") && file.contains("\u{7}\u{9b}31m\u{7f}\u{202e}ä"))
    }
  }
}
