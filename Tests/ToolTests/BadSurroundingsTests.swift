// SPDX-License-Identifier: Apache-2.0
// What the tools say when the world around them is wrong: no log, no room, no reader, no right.

import Glibc
import Testing

@Suite
struct BadSurroundingsTests {
  let folder = Folder()
  var log: LogAtHand { LogAtHand(path: folder.file("log")) }

  /// A log of one table with some rows.
  func makeLog(rows: Int = 3) -> LogAtHand {
    let lines = (0..<rows).map { "{\"id\":\($0),\"name\":\"n\($0)\"}\n" }.joined()
    let made = log.append(["--create", "--table", "t", "--key", "id"], input: .text(lines))
    #expect(made.status == 0, "\(made)")
    return log
  }

  func expectIntact(
    _ log: LogAtHand, rows: Int = 3, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let count = log.rows("SELECT count(*) AS n FROM t", sourceLocation: sourceLocation)
    #expect(count == ["{\"n\":\(rows)}"], sourceLocation: sourceLocation)
    let next = log.append(["--table", "t"], input: .text("{\"id\":1000000,\"name\":\"z\"}\n"))
    #expect(next.status == 0, "\(next)", sourceLocation: sourceLocation)
    let verified = run("kb-verify", ["--view", log.path])
    #expect(verified.status == 0, "\(verified)", sourceLocation: sourceLocation)
  }

  func expect(
    _ outcome: Outcome, _ status: Int32, _ parts: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(outcome.status == status, "\(outcome)", sourceLocation: sourceLocation)
    let first = outcome.errorLines.first ?? ""
    #expect(first.hasPrefix("kb-"), "\(outcome)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(first.contains(part), "want \(part): \(outcome)", sourceLocation: sourceLocation)
    }
  }

  // Evidence: R11
  @Test func `a missing log is 66 in every tool and nothing is made`() {
    let path = folder.file("none")
    expect(run("kb-append", ["--table", "t", path]), 66, path, "No such file")
    expect(run("kb-query", [path, "SELECT 1"]), 66, path, "No such file")
    expect(run("kb-verify", [path]), 66, path, "No such file")
    #expect(access(path, F_OK) != 0)
  }

  @Test func `a log that is a file is 66`() {
    let path = folder.write("file", "hello\n")
    expect(run("kb-append", ["--table", "t", path]), 66, path)
    expect(run("kb-query", [path, "SELECT 1"]), 66, path)
    expect(run("kb-verify", [path]), 66, path)
    expect(
      run("kb-append", ["--create", "--table", "t", path], input: .text("{\"a\":1}\n")), 66, path)
    #expect(contents(path) == Array("hello\n".utf8))
  }

  @Test func `a directory that is no log is 66 and is left alone`() {
    let path = folder.file("dir")
    mkdir(path, 0o755)
    folder.write("dir/mine", "x")
    expect(run("kb-append", ["--table", "t", path]), 66, path)
    expect(run("kb-query", [path, "SELECT 1"]), 66, path)
    expect(run("kb-verify", [path]), 66, path)
    expect(
      run("kb-append", ["--create", "--table", "t", path], input: .text("{\"a\":1}\n")), 66, path)
    #expect(names(in: path) == ["mine"])
  }

  @Test(arguments: [
    ["kb-append"], ["kb-append", "--table", "t"], ["kb-append", "--frob", "x"],
    ["kb-append", "--table", "t", "--stream", "s", "x"],
    ["kb-append", "--batch", "0", "--table", "t", "x"],
    ["kb-append", "--batch", "many", "--table", "t", "x"],
    ["kb-append", "--format", "xml", "--table", "t", "x"],
    ["kb-append", "--on-conflict", "maybe", "--table", "t", "x"],
    ["kb-append", "--key", "id", "--table", "t", "x"],
    ["kb-append", "--expect", "-1", "--table", "t", "x"],
    ["kb-append", "--request-id", "", "--table", "t", "x"],
    ["kb-query"], ["kb-query", "--format", "xml", "x", "SELECT 1"],
    ["kb-query", "--param", "x", "x", "SELECT 1"],
    ["kb-verify"], ["kb-verify", "--frob", "x"], ["kb-verify", "--format", "xml", "x"],
  ])
  func `usage is 64 with one line and a hint`(words: [String]) {
    let outcome = run(words[0], Array(words.dropFirst()))
    expect(outcome, 64, words[0])
    #expect(outcome.errorLines.count <= 2, "\(outcome)")
    #expect(outcome.output.isEmpty)
  }

  @Test func `help and version are 0 and a closed output is not`() {
    for tool in ["kb-append", "kb-query", "kb-verify"] {
      #expect(run(tool, ["--help"]).text.contains("USAGE"))
      #expect(run(tool, ["--version"]).status == 0)
      expect(run(tool, ["--help"], output: "/dev/full"), 74)
      expect(runInShell("exec \"$@\" >&-", tool, ["--version"]), 74)
    }
  }

  @Test func `empty input is no error and no record`() {
    let log = makeLog()
    let before = log.records()
    for options in [
      ["--table", "t"], ["--sql"], ["--table", "t", "--format", "csv"],
      ["--table", "t", "--atomic"],
    ] {
      for input in ["", "\n", "\n\n"] {
        let outcome = log.append(options, input: .text(input))
        #expect(outcome.status == 0, "\(options) \(outcome)")
        #expect(outcome.output.isEmpty)
      }
    }
    #expect(log.records() == before)
    expectIntact(log)
  }

  // Evidence: R11
  @Test func `a full or closed output is 74 and what was appended stays`() {
    let log = makeLog()
    let rows = "{\"id\":10,\"name\":\"a\"}\n"
    expect(
      run("kb-append", ["--table", "t", log.path], input: .text(rows), output: "/dev/full"), 74,
      "standard output", "No space left")
    expect(
      runInShell(
        "exec \"$@\" >&-", "kb-append", ["--table", "t", log.path],
        input: .text("{\"id\":11,\"name\":\"a\"}\n")),
      74, "standard output")
    expect(
      run("kb-query", [log.path, "SELECT * FROM t"], output: "/dev/full"), 74, "standard output")
    expect(runInShell("exec \"$@\" >&-", "kb-query", [log.path, "SELECT * FROM t"]), 74)
    expect(runInShell("exec \"$@\" >&-", "kb-verify", [log.path]), 74)
    expect(run("kb-verify", [log.path], output: "/dev/full"), 74)
    // All three standard streams closed: no file of the log may take their numbers, and an input
    // that is not there is not an empty one.
    let closed = runInShell("exec \"$@\" <&- >&- 2>&-", "kb-append", ["--table", "t", log.path])
    #expect(closed.status == 74, "\(closed)")
    expectIntact(log, rows: 5)
  }

  @Test func `a reader that goes away ends the tools quietly`() {
    let log = makeLog(rows: 5000)
    let query = ToolProcess("kb-query", [log.path, "SELECT * FROM t, kb.tables"], isPiped: true)
    #expect(query.readLine() != nil)
    query.closeOutput()
    let outcome = query.wait()
    #expect(outcome.signal == SIGPIPE || outcome.status == 0, "\(outcome)")
    #expect(outcome.error.isEmpty, "\(outcome)")
    let lines = (10_000..<40_000).map { "{\"id\":\($0),\"name\":\"n\"}\n" }.joined()
    let append = ToolProcess(
      "kb-append", ["--table", "t", "--batch", "10", log.path], input: .text(lines), isPiped: true)
    #expect(append.readLine() != nil)
    append.closeOutput()
    let ended = append.wait()
    #expect(ended.signal == SIGPIPE || ended.status == 0, "\(ended)")
    #expect(ended.error.isEmpty, "\(ended)")
    #expect(log.rows("SELECT count(*) > 5000 AS more FROM t") == ["{\"more\":true}"])
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
  }

  @Test(arguments: [8, 64, 200, 800, 1100, 1500])
  func `a limit on file size is 74 and costs nothing acknowledged`(kilobytes: Int) {
    let log = makeLog()
    let before = log.records()
    let lines = (10_000..<70_000).map { "{\"id\":\($0),\"name\":\"name \($0 &* 7919)\"}\n" }
      .joined()
    let file = folder.write("lines", lines)
    // In blocks of 512 bytes.
    let outcome = runInShell(
      "ulimit -f \(kilobytes * 2); exec \"$@\"", "kb-append",
      ["--table", "t", "--batch", "50", log.path, file])
    expect(outcome, 74)
    expectKept(log, before, outcome)
  }

  /// Every acknowledged record is there, and the log goes on.
  func expectKept(_ log: LogAtHand, _ before: [Acknowledged], _ outcome: Outcome) {
    let records = log.records()
    #expect(Array(records.prefix(before.count)) == before)
    let lost = outcome.lines.compactMap { Acknowledged($0) }.filter {
      $0.offset >= records.count || records[$0.offset] != $0
    }
    #expect(lost.isEmpty, "\(lost.count) acknowledged records are not there")
    let next = log.append(["--table", "t"], input: .text("{\"id\":9000000,\"name\":\"z\"}\n"))
    #expect(next.status == 0, "\(next)")
    let verified = run("kb-verify", ["--view", log.path])
    #expect(verified.status == 0, "\(verified)")
  }

  @Test func `a full file system is 74 and costs nothing acknowledged`() throws {
    let mount = folder.file("small")
    mkdir(mount, 0o755)
    let mounted = run("/bin/mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", mount])
    if mounted.status != 0 {
      // Needs the right to mount; the limit on file size shows the same elsewhere.
      try Test.cancel("no right to mount a file system: \(mounted.error)")
    }
    defer { _ = run("/bin/umount", ["-l", mount]) }
    let log = LogAtHand(path: mount + "/log")
    let made = log.append(
      ["--create", "--table", "t", "--key", "id"], input: .text("{\"id\":1,\"name\":\"n\"}\n"))
    #expect(made.status == 0, "\(made)")
    let before = log.records()
    let lines = (10_000..<160_000).map { "{\"id\":\($0),\"name\":\"name \($0 &* 7919)\"}\n" }
      .joined()
    let outcome = log.append(
      ["--table", "t", "--batch", "50"], files: [folder.write("lines", lines)])
    expect(outcome, 74)
    let grown = run("/bin/mount", ["-o", "remount,size=64m", mount])
    #expect(grown.status == 0, "\(grown)")
    expectKept(log, before, outcome)
  }

  @Test func `a directory that cannot be written is read but not appended to`() throws {
    guard geteuid() == 0 else { try Test.cancel("needs another user to run as") }
    let log = makeLog()
    chmod(folder.path, 0o755)
    for path in [log.path, log.path + "/segments"] { chmod(path, 0o555) }
    for path in run("/usr/bin/find", [log.path, "-type", "f"]).lines { chmod(path, 0o444) }
    let nobody = "exec setpriv --reuid=65534 --regid=65534 --clear-groups -- \"$@\""
    let files = names(in: log.path)
    // The tools themselves may lie where that user cannot look.
    let tools = folder.file("bin")
    mkdir(tools, 0o755)
    for tool in ["kb-append", "kb-query", "kb-verify"] {
      _ = run("/bin/cp", [ToolPath.of(tool), tools])
    }
    expect(
      runInShell(
        nobody, tools + "/kb-append", ["--table", "t", log.path], input: .text("{\"id\":9}\n")),
      74, "cannot write '\(log.path)': Permission denied")
    let read = runInShell(nobody, tools + "/kb-query", [log.path, "SELECT count(*) AS n FROM t"])
    #expect(read.status == 0 && read.lines == ["{\"n\":3}"], "\(read)")
    let verified = runInShell(nobody, tools + "/kb-verify", [log.path])
    #expect(verified.status == 0, "\(verified)")
    #expect(names(in: log.path) == files)
    expect(
      runInShell(
        nobody, tools + "/kb-append", ["--create", "--table", "t", folder.path + "/new"],
        input: .text("{\"id\":9}\n")), 73, "Permission denied")
  }

  @Test func `a log of a newer format is 66 and says which`() {
    let log = makeLog()
    let name = log.path + "/segments/00000000000000000000.kbl"
    var bytes = contents(name)
    bytes[7] = 2
    let crc = crc32c(bytes[0..<124])
    for place in 0..<4 { bytes[124 + place] = UInt8(truncatingIfNeeded: crc >> (24 - 8 * place)) }
    folder.write("log/segments/00000000000000000000.kbl", bytes)
    expect(
      run("kb-append", ["--table", "t", log.path], input: .text("{\"id\":9}\n")), 66, "version 2",
      "newer")
    expect(run("kb-verify", [log.path]), 66, "version 2", "newer")
    unlink(log.path + "/view.sqlite")
    expect(run("kb-query", [log.path, "SELECT 1"]), 66, "version 2", "newer")
    #expect(contents(name) == bytes)
  }

  private func crc32c(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc: UInt32 = ~0
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82f6_3b78 : 0) }
    }
    return ~crc
  }

  @Test func `two writers at once: the second is told to try again`() {
    let log = makeLog()
    let first = ToolProcess("kb-append", ["--table", "t", log.path], input: .pipe, isPiped: true)
    first.write("{\"id\":100,\"name\":\"a\"}\n")
    #expect(first.readLine() != nil)
    expect(
      log.append(["--table", "t"], input: .text("{\"id\":101,\"name\":\"b\"}\n")), 75, "locked")
    // A reader is not kept out, and sees what was acknowledged.
    #expect(log.rows("SELECT count(*) AS n FROM t") == ["{\"n\":4}"])
    first.write("{\"id\":102,\"name\":\"a\"}\n")
    first.closeInput()
    #expect(first.wait().status == 0)
    expectIntact(log, rows: 5)
  }

  // Evidence: R5
  @Test func `a query that would write is 64 with the kb-append line to use`() {
    let log = makeLog()
    for sql in [
      "DELETE FROM t", "INSERT INTO t VALUES (5, 'it''s')", "CREATE TABLE x (a INTEGER)",
    ] {
      let outcome = log.query(sql)
      expect(outcome, 64, "only reads")
      #expect(outcome.error.contains("kb-append --sql -c '"), "\(outcome)")
    }
    expectIntact(log)
  }

  @Test(arguments: [
    ("SELECT * FROM nope", "42P01"), ("SELECT nope FROM t", "42703"), ("SELECT 1 +", "42601"),
    ("SELECT 1 / 0", "22012"), ("SELECT nope(1)", "42883"),
    ("SELECT id FROM t GROUP BY name", "42803"),
    ("SELECT 9223372036854775807 + id FROM t WHERE id > 0", "22003"),
    ("SELECT CAST('x' AS INTEGER)", "22P02"),
    ("SELECT * FROM t AS OF OFFSET 99", "22023"), ("SELECT :x", "42P02"),
  ])
  func `a wrong query is 65 with SQLSTATE`(sql: String, state: String) {
    let outcome = makeLog().query(sql)
    expect(outcome, 65, "kb-query: ")
    if state != "22023" { #expect(outcome.error.contains("SQLSTATE \(state)"), "\(outcome)") }
  }
}
