// SPDX-License-Identifier: Apache-2.0
// What kb-append promises beyond plain rows: rejects, one record or nothing, at most once ever,
// optimistic concurrency, pauses, inference, streams, signals.

import Glibc
import Testing

@Suite
struct AppendTests {
  let folder = Folder()
  var log: LogAtHand { LogAtHand(path: folder.file("log")) }

  private func rows(_ keys: some Sequence<Int>) -> String {
    keys.map { "{\"id\":\($0),\"name\":\"n\($0)\"}\n" }.joined()
  }

  private func makeLog() -> LogAtHand {
    log.execute("CREATE TABLE unused (a INTEGER)", creates: true)
    log.execute(
      "CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT CHECK (name <> 'bad'), n SMALLINT)")
    log.execute("CREATE STREAM s")
    return log
  }

  private func keys(_ log: LogAtHand, _ table: String = "t") -> [Int] {
    log.rows("SELECT id FROM \(table) ORDER BY id").compactMap { field("id", of: $0) }.compactMap {
      Int($0)
    }
  }

  @Test func `rejects go to their file with line, reason and bytes; the rest is appended`() {
    let log = makeLog()
    let path = folder.file("rejects")
    let input =
      "{\"id\":1}\nnonsense\n{\"id\":2,\"name\":\"bad\"}\n{\"id\":1}\n{\"id\":3,\"n\":99999}\n{\"id\":4}\n"
    let outcome = log.append(["--table", "t", "--rejects", path], input: .text(input))
    #expect(outcome.status == 65, "\(outcome)")
    #expect(outcome.error.contains("4 bad lines"), "\(outcome)")
    #expect(keys(log) == [1, 4])
    let rejects = String(decoding: contents(path), as: UTF8.self).split(separator: "\n").map(
      String.init)
    #expect(rejects.compactMap { field("line", of: $0) }.sorted() == ["2", "3", "4", "5"])
    for line in rejects { #expect(field("error", of: line)?.isEmpty == false, "\(line)") }
    // Nothing is wrong with a good input: what is in the file stays, and a fresh one is empty.
    let fresh = folder.file("fresh")
    for (file, keys) in [(path, 5...6), (fresh, 8...9)] {
      #expect(
        log.append(["--table", "t", "--rejects", file], input: .text(rows(keys))).status == 0)
    }
    #expect(String(decoding: contents(path), as: UTF8.self).split(separator: "\n").count == 4)
    #expect(access(fresh, F_OK) == 0 && contents(fresh).isEmpty)
    // Nor does a run that fails at once, or has more of them, lose any.
    let unknown = log.append(["--table", "u", "--rejects", path], input: .text("nonsense\n"))
    #expect(unknown.status == 65, "\(unknown)")
    #expect(
      log.append(["--table", "t", "--rejects", path], input: .text("nonsense\n")).status == 65)
    let all = String(decoding: contents(path), as: UTF8.self).split(separator: "\n").map(
      String.init)
    #expect(all.count == 5 && Array(all.prefix(4)) == rejects)
    #expect(
      log.append(["--table", "t", "--rejects", folder.path], input: .text(rows(7...7))).status == 73
    )
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
  }

  @Test(arguments: ["error", "update", "ignore"])
  func `rejects leave no trace of a refused row`(conflict: String) {
    let log = makeLog()
    #expect(log.append(["--table", "t"], input: .text(rows(1...3))).status == 0)
    let input =
      "{\"id\":2,\"name\":\"bad\"}\n{\"id\":2,\"name\":\"new\"}\n{\"id\":9,\"name\":\"bad\"}\n{\"id\":10}\n"
    let outcome = log.append(
      ["--table", "t", "--on-conflict", conflict, "--rejects", folder.file("r")],
      input: .text(input))
    #expect(outcome.status == 65, "\(outcome)")
    let name = conflict == "update" ? "new" : "n2"
    #expect(log.rows("SELECT name FROM t WHERE id = 2") == ["{\"name\":\"\(name)\"}"])
    #expect(keys(log) == [1, 2, 3, 10])
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
  }

  @Test func `messages count what is in the log, and give each hint once`() {
    let log = makeLog()
    let file = folder.write("1", rows(1...3))
    let bad = folder.write("2", rows(4...4) + "{\"id\":5,\"nmae\":\"x\"}\n")
    let misspelt = log.append(["--table", "t", "--batch", "1"], files: [file, bad])
    #expect(
      misspelt.errorLines.first?.hasSuffix(
        "; 4 input lines before it, counted over all files, are in the log (SQLSTATE 42703)")
        == true, "\(misspelt)")
    #expect(misspelt.error.ranges(of: "did you mean").count == 1, "\(misspelt)")
    for (input, says) in [
      ("x\n", "no input line before it is in the log"),
      (rows(8...8) + "x\n", "; 1 input line before it is in the log"),
      (rows(9...10) + "x\n", "; 2 input lines before it are in the log"),
    ] {
      let outcome = log.append(["--table", "t", "--batch", "1"], input: .text(input))
      #expect(outcome.error.contains(says), "\(outcome)")
    }
    let one = log.append(
      ["--table", "t", "--rejects", folder.file("r")], input: .text("nonsense\n"))
    #expect(one.error.contains("1 bad line went to "), "\(one)")
  }

  @Test func `a name of the other kind, or near to one, is met with the right hint`() {
    let log = makeLog()
    for (options, message, hint) in [
      (["--table", "s"], "\"s\" is a stream, not a table", "append to it with --stream"),
      (
        ["--table", "s", "--create"], "\"s\" is a stream, not a table", "append to it with --stream"
      ),
      (["--stream", "t"], "\"t\" is a table, not a stream", "append to it with --table"),
      (["--table", "unusd"], "table \"unusd\" does not exist", "did you mean \"unused\"?"),
      (["--stream", "z"], "stream \"z\" does not exist", "did you mean \"s\"?"),
      (["--table", "far_from_all"], "table \"far_from_all\" does not exist", "--create makes it"),
    ] {
      let outcome = log.append(options, input: .text("{\"a\":1}\n"))
      #expect(outcome.status == 65, "\(outcome)")
      #expect(outcome.errorLines.first?.contains(message) == true, "\(outcome)")
      #expect(outcome.errorLines.last?.contains("hint: \(hint)") == true, "\(outcome)")
    }
  }

  @Test func `a key that is asked for is the table's own`() {
    let log = makeLog()
    let before = log.records()
    for (options, has) in [
      (["--table", "t", "--key", "name"], "has the primary key (id), not (name)"),
      (["--table", "t", "--key", "id,n"], "has the primary key (id), not (id, n)"),
      (["--table", "unused", "--key", "a"], "has no primary key, not (a)"),
    ] {
      let outcome = log.append(["--create"] + options, input: .text("{}\n"))
      #expect(outcome.status == 65 && outcome.error.contains(has), "\(outcome)")
    }
    #expect(log.records() == before)
    let same = log.append(["--create", "--table", "t", "--key", "id"], input: .text(rows(1...1)))
    #expect(same.status == 0, "\(same)")
  }

  /// Lines are applied many at a time: one that is refused takes no other with it, wherever it
  /// stands, and whatever refuses it.
  @Test(
    arguments: 1...6, ["error", "ignore"])
  func `refused lines are found among many`(seed: Int, conflict: String) {
    let log = makeLog()
    let table = seed % 2 == 0 ? "t" : "keyless"
    log.execute("CREATE TABLE keyless (id BIGINT UNIQUE, name TEXT CHECK (name <> 'bad'))")
    var random = Random(seed: UInt64(seed))
    let sparse = 2 + random.below(900)
    var (seen, kept, refused): (Set<Int>, [Int], [Int]) = ([], [], [])
    var input = ""
    for line in 1...4000 {
      let id = random.oneIn(sparse) ? 1 + random.below(line) : line
      let isBad = random.oneIn(sparse)
      input += "{\"id\":\(id),\"name\":\"\(isBad ? "bad" : "good")\"}\n"
      if isBad || seen.contains(id) {
        // Only a primary key that exists is passed over.
        if isBad || conflict == "error" || table == "keyless" { refused.append(line) }
      } else {
        seen.insert(id)
        kept.append(id)
      }
    }
    let outcome = log.append(
      ["--table", table, "--on-conflict", conflict, "--rejects", folder.file("r")],
      input: .text(input))
    #expect(outcome.status == (refused.isEmpty ? 0 : 65), "\(outcome)")
    #expect(keys(log, table) == kept.sorted())
    let lines = String(decoding: contents(folder.file("r")), as: UTF8.self).split(separator: "\n")
    #expect(lines.compactMap { field("line", of: String($0)) }.compactMap { Int($0) } == refused)
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
  }

  /// The view knows only where runs of events begin: whatever is asked, the answer is that of a
  /// table that holds them all.
  @Test(arguments: [
    ("sequence = 0", 0...0), ("sequence = 41", 41...41), ("sequence > 96", 97...99),
    ("sequence >= 7 AND sequence < 22", 7...21), ("sequence BETWEEN 13 AND 14", 13...14),
    ("sequence <= 6", 0...6), ("6 >= sequence", 0...6),
    ("sequence > 13.5 AND sequence < 15", 14...14),
    ("_offset = 3", 7...13), ("_offset <= 3 AND sequence > 4", 5...13),
    ("sequence IN (SELECT sequence FROM s WHERE sequence > 97)", 98...99),
    ("(data ->> 'id')::INTEGER = 55", 55...55), ("sequence >= -5 AND sequence < 1", 0...0),
    ("id IS NULL AND type IS NULL", 0...99),
  ])
  func `a stream is searched by number, record and content`(filter: String, found: ClosedRange<Int>)
  {
    let log = LogAtHand(path: folder.file("log"))
    log.execute("CREATE TABLE unused (a INTEGER)", creates: true)
    log.execute("CREATE STREAM s")
    let lines = (0..<100).map { "{\"id\":\($0)}\n" }.joined()
    #expect(log.append(["--stream", "s", "--batch", "7"], input: .text(lines)).status == 0)
    for order in ["", " DESC"] {
      let numbers = log.rows("SELECT sequence FROM s WHERE \(filter) ORDER BY sequence\(order)")
        .compactMap { field("sequence", of: $0) }.compactMap { Int($0) }
      #expect(numbers == (order.isEmpty ? Array(found) : found.reversed()))
    }
    let past = log.rows("SELECT count(*) AS n FROM s AS OF OFFSET 3 WHERE \(filter)")
    #expect(past == ["{\"n\":\(found.filter { $0 < 14 }.count)}"] || filter.contains("SELECT"))
    let joined = log.rows(
      "SELECT b.data FROM (SELECT sequence AS n FROM s WHERE \(filter)) a "
        + "JOIN s b ON b.sequence = a.n ORDER BY b.sequence LIMIT 1")
    #expect(joined == ["{\"data\":{\"id\":\(found.lowerBound)}}"])
  }

  // Evidence: R6
  @Test func `a view that was written live is the one that a replay makes`() {
    let log = makeLog()
    let lines = (0..<3000).map { "{\"i\":\($0)}\n" }.joined()
    for batch in ["1", "700", "3000"] {
      let part = batch == "1" ? "{}\n{}\n" : lines
      let outcome = log.append(["--stream", "s", "--batch", batch], input: .text(part))
      #expect(outcome.status == 0, "\(outcome)")
    }
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
    #expect(
      log.rows("SELECT count(*) AS n, max(sequence) AS m FROM s") == ["{\"n\":6002,\"m\":6001}"])
  }

  @Test func `an upsert leaves no reference to a key that is gone`() {
    let log = makeLog()
    log.execute(
      """
      CREATE TABLE p (id BIGINT PRIMARY KEY, code INTEGER UNIQUE);
      CREATE TABLE q (id BIGINT PRIMARY KEY, c INTEGER REFERENCES p (code));
      INSERT INTO p VALUES (1, 10), (2, 20);
      INSERT INTO q VALUES (1, 10);
      """)
    let words = ["--table", "p", "--on-conflict", "update"]
    let refused = log.append(words, input: .text("{\"id\":1,\"code\":11}\n"))
    #expect(refused.status == 65 && refused.error.contains("23503"), "\(refused)")
    let free = log.append(words, input: .text("{\"id\":2,\"code\":21}\n{\"id\":1,\"code\":10}\n"))
    #expect(free.status == 0, "\(free)")
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
  }

  /// SQLite guesses that `_live = 1` finds ten rows; of a big table it finds nearly all.
  @Test func `an index is searched in the present as in the past`() {
    let log = makeLog()
    log.execute("CREATE TABLE u (id BIGINT PRIMARY KEY, a INTEGER UNIQUE, b TEXT, c TEXT)")
    log.execute("CREATE INDEX bc ON u (b, c)")
    for moment in ["", " AS OF OFFSET 4"] {
      for filter in ["a = 5", "b = 'x'", "b = 'x' AND c > 'y'"] {
        let plan = log.query("SELECT * FROM u\(moment) WHERE \(filter)", ["--explain"])
        #expect(plan.lines.joined().contains("USING INDEX kb_index_"), "\(filter): \(plan)")
      }
      let plan = log.query("SELECT * FROM u\(moment) WHERE id = 5", ["--explain"])
      #expect(plan.lines.joined().contains("USING PRIMARY KEY (_live=? AND id=?"), "\(plan)")
    }
  }

  @Test func `atomic is one record or nothing`() {
    let log = makeLog()
    let before = log.records()
    let bad = log.append(
      ["--table", "t", "--atomic", "--batch", "2"], input: .text(rows(1...2500) + "x\n"))
    #expect(bad.status == 65 && bad.output.isEmpty, "\(bad)")
    #expect(log.records() == before)
    let good = log.append(
      ["--table", "t", "--atomic", "--batch", "2"], input: .text(rows(1...2500)))
    #expect(good.lines.compactMap { Acknowledged($0) }.map(\.events) == [2500], "\(good)")
    let script =
      "INSERT INTO t (id) VALUES (9001); UPDATE t SET n = 1 WHERE id < 3; DELETE FROM nope"
    #expect(log.append(["--sql", "--atomic"], input: .text(script)).status == 65)
    #expect(log.records().count == before.count + 1)
    let cut = log.append(["--sql"], input: .text("BEGIN; INSERT INTO t (id) VALUES (9001);"))
    #expect(cut.status == 65, "\(cut)")
    #expect(log.records().count == before.count + 1)
  }

  /// What the records say of the request stands in the log, not in the view alone.
  @Test(arguments: [
    ["--sql", "--atomic"], ["--sql"], ["--create", "--table", "made", "--key", "id", "--atomic"],
  ])
  func `a request that is one record is known to be done without the view`(options: [String]) {
    let log = makeLog()
    let input =
      options.contains("--atomic")
      ? "INSERT INTO t (id) VALUES (1); INSERT INTO t (id) VALUES (2);"
      : "BEGIN; INSERT INTO t (id) VALUES (1); INSERT INTO t (id) VALUES (2); COMMIT;"
    let words = options + ["--request-id", "r"]
    let text = options.contains("--table") ? rows(1...2) : input
    let first = log.append(words, input: .text(text))
    #expect(first.status == 0 && first.lines.count == 1, "\(first)")
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
    for suffix in ["", "-wal", "-shm"] { unlink(log.path + "/view.sqlite" + suffix) }
    let second = log.append(words, input: .text(text))
    #expect(second.status == 0 && second.lines == first.lines, "\(second)")
    #expect(keys(log, options.contains("--table") ? "made" : "t") == [1, 2])
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
  }

  @Test func `a request id appends once, whoever asks again`() {
    let log = makeLog()
    let words = ["--table", "t", "--batch", "10", "--request-id", "r1"]
    let first = log.append(words, input: .text(rows(1...95)))
    // The last record says that the request is done.
    let events = first.lines.compactMap { Acknowledged($0) }.map(\.events)
    #expect(first.status == 0 && events.reduce(0, +) == 95, "\(first)")
    let second = log.append(words, input: .text(rows(1...95)))
    #expect(second.status == 0, "\(second)")
    #expect(second.lines == first.lines)
    let third = run("kb-append", words + [log.path], input: .text(rows(1...95)))
    #expect(
      third.errorLines == ["kb-append: request \"r1\" is already in the log; nothing was appended"])
    #expect(third.lines == first.lines && second.error.isEmpty, "only --quiet is silent: \(second)")
    #expect(keys(log) == Array(1...95))
    let other = log.append(["--table", "t", "--request-id", "r2"], input: .text(rows(96...96)))
    #expect(other.status == 0 && other.lines != first.lines, "\(other)")
    #expect(keys(log) == Array(1...96))
  }

  @Test func `a request that a kill cut short is continued, not repeated`() {
    let log = makeLog()
    let words = ["--table", "t", "--batch", "10", "--request-id", "r1"]
    var seen: [String] = []
    var random = Random(seed: CrashTests.seed)
    for _ in 0..<8 {
      let process = ToolProcess(
        "kb-append", words + [log.path], input: .text(rows(1...5000)), isPiped: true)
      var lines: [String] = []
      for _ in 0...(seen.count + random.below(20)) { process.readLine().map { lines.append($0) } }
      process.kill(SIGKILL)
      while let line = process.readLine() { lines.append(line) }
      _ = process.wait()
      #expect(Array(lines.prefix(seen.count)) == seen, "the earlier receipts come first")
      seen = lines
    }
    let last = log.append(words, input: .text(rows(1...5000)))
    #expect(last.status == 0, "\(last)")
    #expect(Array(last.lines.prefix(seen.count)) == seen)
    #expect(keys(log) == Array(1...5000))
    #expect(log.append(words, input: .text(rows(1...5000))).lines == last.lines)
  }

  @Test func `expect appends only on the newest offset`() {
    let log = makeLog()
    let stale = log.append(["--table", "t", "--expect", "1"], input: .text(rows(1...1)))
    #expect(stale.status == 75 && stale.error.contains("newest offset is 2"), "\(stale)")
    #expect(log.append(["--table", "t", "--expect", "2"], input: .text(rows(1...1))).status == 0)
    #expect(log.append(["--table", "t", "--expect", "2"], input: .text(rows(2...2))).status == 75)
    #expect(keys(log) == [1])
  }

  @Test func `a pause ends a record, and who waits is answered`() {
    let log = makeLog()
    let process = ToolProcess("kb-append", ["--table", "t", log.path], input: .pipe, isPiped: true)
    for key in 1...3 {
      process.write(rows([key]))
      // Without the end of the input: only the pause can have ended the record.
      #expect(process.readLine().flatMap { Acknowledged($0) }?.events == 1)
      #expect(keys(log) == Array(1...key))
    }
    process.closeInput()
    #expect(process.wait().status == 0)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `a signal ends the run with what was read appended or dropped whole`(signal: Int32) {
    let log = makeLog()
    let process = ToolProcess("kb-append", ["--table", "t", log.path], input: .pipe, isPiped: true)
    process.write(rows([1]))
    #expect(process.readLine() != nil)
    process.kill(signal)
    let outcome = process.wait()
    #expect(outcome.status == 128 + signal, "\(outcome)")
    #expect(outcome.error.isEmpty)
    #expect(keys(log) == [1])
    let waiting = ToolProcess("kb-append", ["--sql", log.path], input: .pipe, isPiped: true)
    waiting.write("INSERT INTO t (id) VALUES (2);\n")
    #expect(waiting.readLine() != nil)
    waiting.kill(signal)
    #expect(waiting.wait().status == 128 + signal)
    #expect(keys(log) == [1, 2])
    let busy = ToolProcess(
      "kb-append", ["--table", "t", "--batch", "3", log.path], input: .text(rows(10...40_000)),
      isPiped: true)
    var acknowledged = busy.readLine().flatMap { Acknowledged($0) }?.events ?? 0
    #expect(acknowledged == 3)
    busy.kill(signal)
    // The last record may hold less: what was read when the signal came.
    while let line = busy.readLine() { acknowledged += Acknowledged(line)?.events ?? 0 }
    #expect(busy.wait().status == 128 + signal)
    #expect(keys(log).count == 2 + acknowledged)
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
  }

  @Test func `a long run shows its progress on a terminal, unless it shall be quiet`() {
    let log = makeLog()
    // A record a line, which takes its time.
    let words = ["--stream", "s", "--batch", "1", log.path]
    let line = "\"" + String(repeating: "x", count: 60) + "\"\n"
    let file = folder.write("long", String(repeating: line, count: 100_000))
    let terminal = Terminal("kb-append", words + [file], output: "/dev/null")
    let shown = terminal.shown(until: "s left")
    #expect(shown.contains(/kb-append: \[#*\.*\] [0-9]+ %/), "\(shown)")
    terminal.type("\u{3}")
    // The line is taken away.
    let (status, rest) = terminal.end()
    #expect(status == 130 && rest.hasSuffix("\u{1b}[K"), "\(status) \(rest)")
    let short = folder.write("short", String(repeating: line, count: 10))
    #expect(Terminal("kb-append", words + [short], output: "/dev/null").end() == (0, ""))
  }

  @Test func `columns are inferred from NDJSON, CSV and TSV, and said`() {
    let first = run(
      "kb-append", ["--create", "--table", "a", "--key", "id", log.path],
      input: .text(
        "{\"id\":1,\"x\":1.5,\"d\":\"2020-01-31\",\"b\":true}\n{\"id\":2,\"x\":null,\"t\":\"text\"}\n"
      ))
    #expect(first.status == 0 && first.error.contains("inferred CREATE TABLE \"a\""), "\(first)")
    #expect(first.error.contains("PRIMARY KEY (\"id\")"), "\(first)")
    #expect(log.rows("SELECT count(*) AS n FROM a") == ["{\"n\":2}"])
    let csv = log.append(
      ["--create", "--table", "b", "--format", "csv"],
      input: .text("id,name\r\n1,\"a, \"\"b\"\"\"\r\n2,\r\n"))
    #expect(csv.status == 0, "\(csv)")
    #expect(
      log.rows("SELECT id, name FROM b ORDER BY id").first == "{\"id\":1,\"name\":\"a, \\\"b\\\"\"}"
    )
    let tsv = log.append(
      ["--create", "--table", "c", "--format", "tsv"], input: .text("id\tname\n1\ta b\n"))
    #expect(tsv.status == 0, "\(tsv)")
    #expect(log.rows("SELECT * FROM c", ["--format", "csv"]) == ["id,name", "1,a b"])
    let none = log.append(
      ["--create", "--table", "d", "--key", "nope"], input: .text("{\"id\":1}\n"))
    #expect(none.status == 65 && none.error.contains("nope"), "\(none)")
  }

  @Test func `a stream holds any JSON value in order`() {
    let log = makeLog()
    let values = [
      "{\"a\":1}", "[1,2,{\"b\":null}]", "\"text\"", "12345678901234567890", "true", "null", "1.50",
    ]
    let outcome = log.append(
      ["--stream", "s", "--batch", "2"], input: .text(values.joined(separator: "\n")))
    #expect(
      outcome.lines.compactMap { Acknowledged($0) }.map(\.events) == [2, 2, 2, 1], "\(outcome)")
    #expect(log.append(["--stream", "s"], input: .text("8\n")).status == 0)
    #expect(log.rows("SELECT count(*) AS n FROM s") == ["{\"n\":8}"])
    #expect(log.append(["--create", "--stream", "s2"], input: .text("{}\n")).status == 0)
  }

  @Test func `parameters are values, never SQL`() {
    let log = makeLog()
    let evil = "x'); DROP TABLE t; --"
    let made = log.append(
      [
        "--sql", "-c", "INSERT INTO t (id, name) VALUES (:id, :name)", "--param", "id=7", "--param",
        "name=\(evil)",
      ])
    #expect(made.status == 0, "\(made)")
    #expect(
      log.rows("SELECT name FROM t WHERE id = $1", ["--param", "1=7"]) == ["{\"name\":\"\(evil)\"}"]
    )
    let wrong = log.query("SELECT * FROM t WHERE id = :id", ["--param", "id=seven"])
    #expect(wrong.status == 65, "\(wrong)")
  }

  // Evidence: R1
  @Test func `who, why and which ticket are asked of kb.records`() {
    let log = makeLog()
    let words = [
      "--actor", "dr. \"who\"", "--reason", "täglich", "--ticket", "T-1", "--table", "t",
    ]
    #expect(log.append(words, input: .text(rows(1...1))).status == 0)
    let row = log.rows("SELECT actor, reason, ticket FROM kb.records WHERE \"offset\" = 3")
    #expect(row == ["{\"actor\":\"dr. \\\"who\\\"\",\"reason\":\"täglich\",\"ticket\":\"T-1\"}"])
  }
}
