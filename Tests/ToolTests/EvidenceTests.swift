// SPDX-License-Identifier: Apache-2.0
// Evidence packs: made by kb-query, unpacked by tar, verified by sh, openssl and the coreutils.

import Glibc
import Testing

@Suite struct EvidenceTests {
  private let bench = EvidenceBench()
  private var log: LogAtHand { bench.log }
  private var folder: Folder { bench.folder }

  /// Two wards, three patients of whom one was changed, a stream.
  private func makeLog() {
    log.execute(
      """
      CREATE TABLE wards (id INTEGER PRIMARY KEY, name TEXT);
      CREATE TABLE patients (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born DATE,
        ward INTEGER DEFAULT 1 REFERENCES wards);
      INSERT INTO wards VALUES (1, 'A'), (2, 'B');
      INSERT INTO patients VALUES (1, 'Ann', '1980-02-03'), (2, 'Bob', NULL), (3, 'Cy, "C"', NULL);
      UPDATE patients SET name = 'Ann Lee' WHERE id = 1
      """, creates: true)
    let events = log.append(["--create", "--stream", "s"], input: .text("{\"n\":1}\n{\"n\":2}\n"))
    #expect(events.status == 0, "\(events)")
  }

  // Evidence: R18
  @Test func `a pack holds the question, the answer and what proves it to a stranger`() {
    makeLog()
    let query = "SELECT name, born FROM patients WHERE id < :n ORDER BY id"
    let options = ["--param", "n=3", "--actor", "ann", "--reason", "case \"7\"", "--ticket", "T"]
    let rows = bench.make(query, options)
    #expect(rows == [#"{"name":"Ann Lee","born":"1980-02-03"}"#, #"{"name":"Bob","born":null}"#])
    let listing = run("/bin/tar", ["-tvf", bench.tar]).lines
    #expect(
      listing.map { String($0.split(separator: " ").last ?? "") }
        == [
          "query.sql", "query.json", "schema.sql", "rows.csv", "rows.ndjson",
          "receipts/3-2.tlog-proof", "receipts/4-1.tlog-proof", "receipts.ndjson",
          "moment.tlog-proof", "checkpoint", "vkey", "verify.sh", "README.txt", "SHA256SUMS",
          "statement",
        ].map { "evidence/\($0)" })
    for line in listing {
      #expect(line.hasPrefix(line.hasSuffix("verify.sh") ? "-rwx------ 0/0" : "-rw------- 0/0"))
    }
    #expect(bench.text("query.sql") == query + "\n")
    let json = bench.text("query.json")
    for part in [
      #""moment":6,"#, #""actor":"ann","reason":"case \"7\"","ticket":"T","parameters":{"n":"3"},"#,
      #""tables":["patients"],"rows":2,"unproven":null,"#,
    ] { #expect(json.contains(part), "\(json)") }
    #expect(bench.text("rows.csv") == "name,born\nAnn Lee,1980-02-03\nBob,\n")
    #expect(bench.readme.contains("What the 2 receipts show stands in the log, in the records"))
    #expect(!bench.readme.contains("time stamp in anchors/ is"))
    #expect(
      bench.text("README.txt").split(separator: "\n").allSatisfy {
        $0.count <= 80 || $0.hasPrefix("  kimberlite/")
      })
    #expect(bench.text("rows.ndjson") == rows.joined(separator: "\n") + "\n")
    #expect(
      bench.text("schema.sql").hasPrefix(
        "-- From record 1 on\n-- Table 1\nCREATE TABLE \"wards\" (\n"))
    #expect(
      bench.text("receipts.ndjson") == """
        {"row":1,"receipts":["4-1.tlog-proof"]}
        {"row":2,"receipts":["3-2.tlog-proof"]}

        """)
    // The log is gone, and so are our tools.
    let key = String(decoding: folder.read("log/vkey").dropLast(), as: UTF8.self)
    removeTree(log.path)
    for options in [["--key", key], ["--key", "\(bench.pack)/vkey"], []] {
      let outcome = bench.verify(options)
      #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome)")
      #expect(outcome.lines[0] == "key: \(key)")
      #expect(outcome.text.contains("\nVERIFIED: whoever holds the key signed for these rows; the"))
      let compares = outcome.text.contains("compare it with the one that the operator")
      #expect(compares == options.isEmpty, "\(outcome)")
    }
    #expect(run("/bin/bash", ["\(bench.pack)/verify.sh"]).status == 0)
    let other = run(
      "kb-verify", ["--receipt", "\(bench.pack)/receipts/4-1.tlog-proof", "--key", key])
    #expect(other.text.contains("content: [2,2,[1,\"Ann Lee\","), "\(other)")
    let sums = run("/bin/sh", ["-c", "cd \(bench.pack) && sha256sum -c --quiet SHA256SUMS"])
    #expect(sums.status == 0, "\(sums)")
  }

  @Test func `the past, streams, joins and versions are proven as they were`() {
    makeLog()
    log.execute("ALTER TABLE patients ADD COLUMN room TEXT; UPDATE patients SET name = 'x'")
    for (sql, options, count) in [
      ("SELECT name FROM patients ORDER BY id", ["--as-of", "4"], 3),
      ("SELECT name FROM patients FOR SYSTEM_TIME ALL WHERE id = 1", [], 3),
      ("SELECT data FROM s", [], 2),
      ("SELECT p.name, w.name FROM patients p LEFT JOIN wards w ON w.id = p.id", [], 5),
      ("SELECT r.hash FROM kb.records r WHERE r.\"offset\" = 3", [], 1),
    ] {
      bench.make(sql, options)
      let outcome = bench.verify()
      #expect(outcome.status == 0, "\(sql): \(outcome)")
      #expect(outcome.text.contains("\nreceipts: \(count) lead"), "\(sql): \(outcome)")
    }
    bench.make("SELECT id FROM patients", ["--as-of", "3"])
    #expect(!bench.text("schema.sql").contains("room"))
    #expect(bench.verify().text.contains("\nmoment: record 3, of 2"))
  }

  // Evidence: R19
  @Test func `what has no receipt is said to have none`() {
    makeLog()
    for (sql, why) in [
      ("SELECT count(*) AS n FROM patients", "it groups rows"),
      ("SELECT DISTINCT born FROM patients", "DISTINCT merges rows"),
      ("SELECT id FROM wards UNION SELECT id FROM patients", "it combines queries"),
      ("WITH w AS (SELECT id FROM wards) SELECT * FROM w", "\"w\" is no table or stream"),
      ("SELECT 1", "it reads no table"),
    ] {
      let outcome = log.query(sql, ["--evidence", bench.tar])
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.errorLines == ["kb-query: no row has a receipt: \(why)"])
      #expect(log.query(sql, ["-q", "--evidence", bench.tar]).error.isEmpty)
      bench.unpack()
      #expect(bench.text("rows.ndjson") == outcome.text)
      #expect(bench.readme.contains("THAT THE ANSWER IS RIGHT. Its rows are computed;"))
      let merges = why.hasPrefix("it groups") || why.hasPrefix("DISTINCT")
      #expect(bench.readme.contains("rows that were counted or merged.") == merges)
      #expect(!bench.readme.contains("has held each row"))
      let verified = bench.verify()
      #expect(verified.status == 0, "\(sql): \(verified)")
      #expect(verified.text.contains("; no receipt leads from them into the log.\n"))
    }
    // One row of three has no ward.
    bench.make("SELECT w.name FROM patients p LEFT JOIN wards w ON w.id = p.id + 1 WHERE p.id = 3")
    #expect(bench.verify().text.contains("rows: 1, 0 of them without"))
    bench.make("SELECT 1 AS x FROM wards WHERE id > 2")
    #expect(bench.verify().text.contains("rows: 0, 0 of them without"))
    #expect(bench.text("rows.csv") == "x\n")
  }

  @Test func `one byte of any file, a file more or less, and a link are found`() {
    makeLog()
    bench.make("SELECT * FROM patients p JOIN wards w ON w.id = p.ward ORDER BY p.id")
    #expect(bench.verify().status == 0)
    let script = folder.write("trusted.sh", bench.read("verify.sh"))
    for file in bench.files {
      let good = bench.read(file)
      for position in Set([0, good.count / 2, good.count - 1]) {
        var bytes = good
        bytes[position] ^= 1
        bench.write(file, bytes)
        let outcome = bench.verify(by: script)
        #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(file): \(outcome)")
        // What a key signed is wrong where the key is.
        let blamed = file == "vkey" ? ["vkey", "statement"] : [file]
        #expect(
          blamed.contains { outcome.error.hasPrefix("WRONG: \($0): ") }, "\(file): \(outcome)")
      }
      bench.write(file, good + [0x0a])
      #expect(bench.verify(by: script).status == 1, "\(file)")
      unlink("\(bench.pack)/\(file)")
      bench.expectMissing(file, by: script)
      #expect(symlink("/dev/zero", "\(bench.pack)/\(file)") == 0)
      bench.expectMissing(file, by: script)
      unlink("\(bench.pack)/\(file)")
      #expect(mkfifo("\(bench.pack)/\(file)", 0o600) == 0)
      bench.expectMissing(file, by: script)
      unlink("\(bench.pack)/\(file)")
      bench.write(file, good)
    }
    #expect(chmod("\(bench.pack)/verify.sh", 0o755) == 0)
    #expect(bench.verify().status == 0)
    for stray in ["more", ".more", "receipts/9-9.tlog-proof", "anchors"] {
      bench.write(stray, "x")
      bench.expectWrong(stray)
      unlink("\(bench.pack)/\(stray)")
    }
    bench.write("README.txt checkpoint", "x")
    bench.write("\u{1b}[2J", "x")
    let outcome = bench.verify()
    #expect(outcome.status == 1 && !outcome.error.contains("\u{1b}"), "\(outcome)")
  }

  @Test func `a row that is forged with all its sums is not signed for`() {
    makeLog()
    bench.make("SELECT name FROM patients ORDER BY id")
    let (statement, forged) = (
      bench.text("statement"), bench.text("rows.csv").replacing("Bob", with: "Eve")
    )
    bench.write("rows.csv", forged)
    let (status, output) = shell(
      "cd evidence && cut -c 67- SHA256SUMS | xargs sha256sum > ../sums && mv ../sums SHA256SUMS",
      in: folder)
    #expect(status == 0, "\(output)")
    bench.expectWrong("SHA256SUMS")
    let sums = run("/usr/bin/sha256sum", ["\(bench.pack)/SHA256SUMS"]).text.prefix(64)
    let lines = statement.split(separator: "\n", omittingEmptySubsequences: false)
    bench.write(
      "statement", statement.replacing(lines[4], with: "sums \(sums)"))
    bench.expectWrong("statement")
    // Another log's key is as good for another log.
    let other = EvidenceBench()
    other.log.execute("CREATE TABLE patients (name TEXT)", creates: true)
    other.make("SELECT name FROM patients")
    bench.unpack()
    bench.expectWrong("vkey", ["--key", other.text("vkey")])
    bench.expectWrong("vkey", ["--key", "\(other.pack)/vkey"])
    #expect(bench.verify(["--key", "\(bench.pack)/vkey"]).status == 0)
    bench.write("vkey", other.read("vkey"))
    bench.expectWrong("statement")
    bench.write("statement", other.read("statement"))
    bench.expectWrong("SHA256SUMS")
  }

  @Test func `what the key's holder forges is not in the log`() {
    makeLog()
    let query = "SELECT name FROM patients ORDER BY id"
    bench.make(query)
    bench.reseal()
    #expect(bench.verify().status == 0)
    func forge(
      _ blamed: String, rows: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation,
      _ change: () -> Void
    ) {
      bench.unpack()
      change()
      bench.reseal(rows: rows)
      bench.expectWrong(blamed, sourceLocation: sourceLocation)
    }
    func edit(_ file: String, _ old: String, _ new: String) {
      let text = bench.text(file)
      #expect(text.contains(old), "\(file)")
      bench.write(file, text.replacing(old, with: new))
    }
    let (first, second) = ("receipts/3-2.tlog-proof", "receipts/4-1.tlog-proof")
    // Each part of the extra data: header, number, proof, salt, event.
    for position in [0, 5, 20, 30, 39, 43, 50, 80, 111, 112, 113, 145, 177, 190, -1] {
      forge(first) {
        let line = bench.text(first).split(separator: "\n")[1]
        var bytes = decoded(line.dropFirst("extra ".count))
        bytes[position < 0 ? bytes.count + position : position] ^= 1
        edit(first, String(line), "extra \(encoded(bytes))")
      }
    }
    forge(first) { edit(first, "index 3", "index 4") }
    forge(first) { edit(first, "index 3", "index 03") }
    forge(first) { edit(first, "index 3", "index 99999999999999999999") }
    forge(first) { edit(first, "c2sp.org", "c2sp.com") }
    forge(first) { edit(first, "extra ", "extra !") }
    forge(first) { bench.write(first, bench.text(first).split(separator: "\n").prefix(2).joined()) }
    forge(first) { bench.write(first, bench.read(second)) }
    forge(first) {
      var lines = bench.text(first).split(separator: "\n", omittingEmptySubsequences: false)
      lines.swapAt(3, 4)
      bench.write(first, lines.joined(separator: "\n"))
    }
    forge("receipts/3-3.tlog-proof") {
      bench.write("receipts/3-3.tlog-proof", bench.read(first))
    }
    forge("receipts/6.tlog-proof") {
      bench.write("receipts/6.tlog-proof", bench.read("moment.tlog-proof"))
    }
    forge("moment.tlog-proof") { bench.write("moment.tlog-proof", bench.read(first)) }
    forge("moment.tlog-proof") { edit("statement", "moment 6", "moment 5") }
    forge("checkpoint") { edit("checkpoint", "\n7\n", "\n8\n") }
    forge("rows.ndjson", rows: 2) {}
    forge("receipts.ndjson") { edit("receipts.ndjson", "3-2", "3-9") }
    forge("receipts.ndjson") { edit("receipts.ndjson", "\"row\":2", "\"row\":3") }
    forge("receipts.ndjson") { bench.write("receipts.ndjson", "") }
    forge(first) { edit("receipts.ndjson", "\"3-2.tlog-proof\"", "") }
    forge("SHA256SUMS") { unlink("\(bench.pack)/rows.csv") }
    forge("statement") { edit("statement", "evidence/v1", "evidence/v2") }
    // Names that lead elsewhere are not followed.
    for name in ["/etc/passwd", "../log/vkey", "receipts/../vkey", "-", "a b"] {
      bench.unpack()
      bench.write(
        "SHA256SUMS", bench.text("SHA256SUMS") + String(repeating: "0", count: 64) + "  \(name)\n")
      bench.sign()
      bench.expectWrong("SHA256SUMS", [], name)
    }
  }

  @Test func `the script says what it cannot do`() {
    makeLog()
    bench.make("SELECT name FROM patients")
    #expect(bench.verify(["--key"]).status == 64)
    #expect(bench.verify(["--all"]).status == 64)
    #expect(bench.verify([bench.pack, "x"]).status == 64)
    #expect(bench.verify([folder.file("none")]).status == 66)
    #expect(bench.verify(["--tsa-ca", folder.file("none")]).status == 66)
    #expect(bench.verify(["--", bench.pack]).status == 0)
    let bare = run(
      "/bin/sh", ["\(bench.pack)/verify.sh"], environment: ["PATH": folder.path])
    #expect(bare.status == 69 && bare.error.hasPrefix("NOT CHECKED: there is no "), "\(bare)")
    // Nothing is left behind.
    let temporary = folder.file("tmp")
    mkdir(temporary, 0o700)
    for _ in 0..<2 {
      _ = run("/bin/sh", ["\(bench.pack)/verify.sh"], environment: ["TMPDIR": temporary])
      #expect(names(in: temporary) == [])
      bench.write("rows.csv", "")
    }
  }
}

/// The bytes of a base64 text.
private func decoded(_ text: some StringProtocol) -> [UInt8] {
  run("/usr/bin/base64", ["-d"], input: .text(String(text))).output
}

private func encoded(_ bytes: [UInt8]) -> String {
  run("/usr/bin/base64", ["-w", "0"], input: .bytes(bytes)).text
}
