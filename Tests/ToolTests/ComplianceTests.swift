// SPDX-License-Identifier: Apache-2.0
// Promises of kb-compliance(7) that no test of a single tool would make.

import Glibc
import Testing

@Suite struct ComplianceTests {
  // Evidence: R7
  @Test func `whatever the umask, a new log is its owner's alone`() {
    let folder = Folder()
    let made = shell(
      """
      umask 0; echo '{"id":1}' | kb-append -q --create --table t --key id log > receipts
      kb-query log 'SELECT * FROM t' && kb-verify -q log && stat -c %a log
      """, in: folder)
    #expect(made.status == 0 && made.output.last == "700", "\(made)")
  }

  // Evidence: R8
  @Test func `no tool opens a connection to another machine`() {
    let bench = PurgeBench.patients()
    let path = bench.log.path
    for (tool, arguments) in [
      ("kb-append", ["--sql", "-c", "UPDATE patients SET city = 'x' WHERE id = 8", path]),
      ("kb-query", [path, "SELECT * FROM patients"]), ("kb-verify", ["--view", path]),
      ("kb-purge", ["--table", "patients", "--where", "id = 7", "--reason", "r", path]),
      ("kb-purge", ["--due", "--execute", path]),
    ] {
      let trace = bench.folder.file("trace")
      let outcome = run(
        "/usr/bin/strace",
        ["-f", "-qq", "-o", trace, "-e", "trace=network,exit_group", ToolPath.of(tool)] + arguments)
      #expect(outcome.status == 0, "\(tool) \(outcome)")
      let calls = String(decoding: contents(trace), as: UTF8.self)
      #expect(calls.contains("exit_group("), "\(tool) was not traced")
      // A local socket is how the C library may ask for a login name.
      #expect(!calls.contains("AF_INET"), "\(tool): \(calls)")
    }
  }

  // Evidence: R3
  @Test func `what an UPDATE or DELETE ended is asked for by offset and by time`() {
    let folder = Folder()
    let log = LogAtHand(path: folder.file("log"))
    log.execute(
      """
      CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO t VALUES (1, 'Ann');
      UPDATE t SET name = 'Ann Lee';
      DELETE FROM t
      """, creates: true)
    for (offset, rows) in [(1, ["{\"name\":\"Ann\"}"]), (2, ["{\"name\":\"Ann Lee\"}"]), (3, [])] {
      #expect(log.rows("SELECT name FROM t", ["--as-of", "\(offset)"]) == rows)
      #expect(log.rows("SELECT name FROM t AS OF OFFSET \(offset)") == rows)
      let record = log.rows("SELECT timestamp FROM kb.records WHERE \"offset\" = \(offset)")
      let time = field("timestamp", of: record.first ?? "") ?? ""
      #expect(log.rows("SELECT name FROM t", ["--as-of", time]) == rows, "\(time)")
    }
  }

  // Evidence: R40
  @Test func `the salts and the seeds of what was purged are in no file`() {
    let bench = PurgeBench.patients()
    let before = salts(of: bench)
    let seeds = before.filter { $0.key.hasSuffix(" seed") }
    #expect(found(seeds.values, in: bench) == Set(seeds.values))
    bench.purge(["--table", "patients", "--where", "id = 7", "--reason", "GDPR art. 17"])
    let after = salts(of: bench)
    let erased = before.filter { after[$0.key] == nil }
    // A row in three versions; each was in a record with a seed of its own.
    #expect(erased.count == 6 && erased.keys.filter { $0.hasSuffix(" seed") }.count == 3)
    #expect(found(erased.values, in: bench) == [])
    #expect(before.filter { after[$0.key] == $0.value }.count == before.count - erased.count)
  }

  // Evidence: R16
  @Test func `a receipt verifies after what it is of was purged, and after the log is gone`() {
    let bench = PurgeBench()
    let folder = bench.folder
    let receipts = (records: folder.file("records"), events: folder.file("events"))
    let made = bench.log.append(
      [
        "--create", "--table", "patients", "--key", "id", "--batch", "1", "--receipts",
        receipts.records,
      ],
      input: .text(
        "{\"id\":7,\"name\":\"planted-Zebulon-first\"}\n{\"id\":8,\"name\":\"Person\"}\n"))
    #expect(made.status == 0, "\(made)")
    let asked = bench.log.query("SELECT * FROM patients", ["--prove", receipts.events])
    #expect(asked.status == 0, "\(asked)")
    folder.write("vkey", folder.read("log/vkey"))
    func expectProven() {
      let files = [receipts.records, receipts.events].flatMap { allFiles(under: $0) }
        .filter { $0.hasSuffix(".tlog-proof") }
      #expect(files.count == 5, "\(files)")
      for file in files {
        let outcome = run("kb-verify", ["--receipt", file, "--key", folder.file("vkey")])
        #expect(outcome.status == 0 && outcome.lines.last == "OK", "\(outcome)")
      }
    }
    expectProven()
    bench.purge(["--table", "patients", "--where", "id = 7", "--reason", "GDPR art. 17"])
    #expect(bench.files(holding: "planted-Zebulon-first") == [])
    expectProven()
    removeTree(bench.log.path)
    expectProven()
  }

  // Evidence: R48
  @Test func `a purge without enough signatures over its plan is refused`() {
    let bench = PurgeBench.patients()
    let keys = shell(
      """
      for name in ann bob eve; do
        ssh-keygen -q -t ed25519 -N '' -C $name -f $name && cat $name.pub || exit
      done
      """, in: bench.folder)
    #expect(keys.status == 0 && keys.output.count == 3, "\(keys)")
    bench.log.execute(
      "ALTER LOG SET PURGE APPROVALS 2 OF ('\(keys.output[0])', '\(keys.output[1])')")
    let options = ["--table", "patients", "--where", "id = 7", "--reason", "GDPR art. 17"]
    let digest = bench.digest(options)
    let signed = shell(
      """
      for name in ann bob eve; do
        echo \(digest) | ssh-keygen -q -Y sign -n kb-purge -f $name > $name.sig || exit
      done
      echo another | ssh-keygen -q -Y sign -n kb-purge -f bob > other.sig
      """, in: bench.folder)
    #expect(signed.status == 0, "\(signed)")
    let records = bench.log.records()
    func purge(_ approvals: [String]) -> Outcome {
      let files = approvals.flatMap { ["--approval", bench.folder.file("\($0).sig")] }
      return run("kb-purge", options + files + ["--execute", digest, bench.log.path])
    }
    for approvals in [[], ["ann"], ["ann", "ann"], ["ann", "eve"], ["ann", "other"]] {
      let outcome = purge(approvals)
      #expect(outcome.status == 77 && outcome.output.isEmpty, "\(approvals) \(outcome)")
    }
    #expect(bench.log.records() == records)
    let outcome = purge(["bob", "ann"])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(bench.files(holding: "planted-Zebulon-first") == [])
    bench.expectWhole()
  }

  /// Letters of three years, of which a lock, a hold and the calendar keep some.
  private func letters(_ lock: String) -> PurgeBench {
    let bench = PurgeBench()
    bench.log.execute(
      """
      CREATE TABLE letters (id INTEGER PRIMARY KEY, patient INTEGER, sent DATE NOT NULL);
      INSERT INTO letters VALUES (1, 7, '2001-01-01'), (2, 7, '2002-01-01'), (3, 8, '2003-01-01'),
        (4, 8, '2996-01-01');
      UPDATE letters SET patient = 9 WHERE id = 2;
      ALTER TABLE letters SET RETENTION '6 years' FROM sent\(lock)
      """, creates: true)
    return bench
  }

  // Evidence: R51
  @Test func `what a locked retention keeps is not purged, whoever asks`() {
    let bench = letters(" LOCK")
    let records = bench.log.records()
    let old = ["--table", "letters", "--where", "id = 1", "--reason", "r"]
    for condition in ["id = 4", "patient = 8", "true"] {
      let outcome = run(
        "kb-purge", ["--table", "letters", "--where", condition, "--reason", "r", bench.log.path])
      #expect(outcome.status == 77 && outcome.output.isEmpty, "\(condition) \(outcome)")
      #expect(outcome.error.contains("its retention is locked, until 3002-01-01"), "\(outcome)")
    }
    let digest = bench.digest(old)
    bench.log.execute("UPDATE letters SET sent = '2995-01-01' WHERE id = 1")
    let late = run("kb-purge", old + ["--execute", digest, bench.log.path])
    #expect(late.status == 77, "\(late)")
    #expect(bench.log.records().count == records.count + 1)
    bench.expectWhole()
  }

  // Evidence: R52
  @Test func `what a hold covers by any version is not purged until it is released`() {
    let bench = letters("")
    bench.log.execute("CREATE HOLD 'Lee v. Ward B' ON letters WHERE patient = 7")
    let digest = bench.digest(["--table", "letters", "--where", "id = 3", "--reason", "r"])
    let records = bench.log.records()
    // The second letter went to another patient since.
    for condition in ["id = 1", "id = 2", "true"] {
      let outcome = run(
        "kb-purge",
        [
          "--table", "letters", "--where", condition, "--reason", "r", "--execute", digest,
          bench.log.path,
        ])
      #expect(outcome.status == 77 && outcome.output.isEmpty, "\(condition) \(outcome)")
      #expect(outcome.error.contains("under hold 'Lee v. Ward B'"), "\(outcome)")
    }
    #expect(bench.log.records() == records)
    bench.log.execute("RELEASE HOLD 'Lee v. Ward B'")
    bench.purge(["--table", "letters", "--where", "id = 2", "--reason", "r"])
    #expect(bench.log.rows("SELECT count(*) AS n FROM letters") == ["{\"n\":3}"])
    bench.expectWhole()
  }

  // Evidence: R53
  @Test func `what is due is listed and erased, and nothing that is held or young`() {
    let bench = letters(" LOCK")
    bench.log.execute("CREATE HOLD 'Lee' ON letters WHERE patient = 7")
    let listed = run("kb-purge", ["--due", bench.log.path])
    #expect(listed.status == 0, "\(listed)")
    #expect(
      listed.lines.first
        == #"{"type":"due","table":"letters","rows":1,"held":[{"matter":"Lee","rows":2}]}"#)
    #expect(bench.log.rows("SELECT count(*) AS n FROM letters") == ["{\"n\":4}"])
    let erased = run("kb-purge", ["--due", "--execute", "--reason", "due", bench.log.path])
    #expect(erased.status == 0, "\(erased)")
    #expect(
      bench.log.rows("SELECT id FROM letters FOR SYSTEM_TIME ALL ORDER BY id, _offset")
        == ["{\"id\":1}", "{\"id\":2}", "{\"id\":2}", "{\"id\":4}"])
    bench.expectWhole()
    let again = run("kb-purge", ["--due", "--execute", "--reason", "due", bench.log.path])
    #expect(again.status == 0 && !again.text.contains("\"purged\""), "\(again)")
  }

  // Evidence: R47
  @Test func `personal values go and the rest of their row stays`() {
    let bench = PurgeBench()
    bench.log.execute(
      """
      CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT PERSONAL, city TEXT);
      INSERT INTO people VALUES (7, 'planted-Zebulon-first', 'Salina'), (8, 'Person 8', 'Salina');
      UPDATE people SET name = 'planted-Zebulon-second', city = 'Topeka' WHERE id = 7
      """, creates: true)
    let hashes = bench.log.records().map(\.hash)
    bench.purge(
      ["--table", "people", "--where", "id = 7", "--personal", "--reason", "GDPR art. 17"])
    for text in ["planted-Zebulon-first", "planted-Zebulon-second"] {
      #expect(bench.files(holding: text) == [], "\(text)")
    }
    #expect(
      bench.log.rows("SELECT * FROM people FOR SYSTEM_TIME ALL ORDER BY id, _offset") == [
        #"{"id":7,"name":null,"city":"Salina"}"#, #"{"id":7,"name":null,"city":"Topeka"}"#,
        #"{"id":8,"name":"Person 8","city":"Salina"}"#,
      ])
    #expect(Array(bench.log.records().map(\.hash).prefix(hashes.count)) == hashes)
    bench.expectWhole()
  }

  /// All salts and seeds of a log in hex, by record and event: found by the reader that knows only
  /// the manual.
  private func salts(of bench: PurgeBench) -> [String: String] {
    let script = bench.folder.write(
      "salts.py",
      """
      import hashlib, sys
      sys.path.insert(0, '\(Project.path)/Tests')
      import reader

      class Salts(reader.Log):
          def events(self, body, count, root):
              if body[0] == 0:
                  print('salt', self.offset, 'seed', body[1:33].hex())
              salts = hashlib.shake_256(body[1:33]).digest(16 * count)
              at = 1
              for index in range(count):
                  salt = salts[16 * index:16 * index + 16]
                  if body[0] == 1:
                      length = int.from_bytes(body[at:at + 4], 'big')
                      salt = body[at + 4:at + 20] if length else b''
                      at += 4 + (16 + length if length else 32)
                  if salt:
                      print('salt', self.offset, index, salt.hex())
              return super().events(body, count, root)

      Salts(sys.argv[1])
      """)
    let outcome = run("/usr/bin/env", ["python3", "-B", script, bench.log.path])
    #expect(outcome.status == 0, "\(outcome)")
    var salts: [String: String] = [:]
    for line in outcome.lines where line.hasPrefix("salt ") {
      let words = line.split(separator: " ")
      salts["\(words[1]) \(words[2])"] = String(words[3])
    }
    return salts
  }

  /// Which of these bytes, in hex, stand in any file of the log.
  private func found(_ wanted: some Sequence<String>, in bench: PurgeBench) -> Set<String> {
    let script = bench.folder.write(
      "found.py",
      """
      import os, sys
      for folder, _, names in os.walk(sys.argv[1]):
          for name in names:
              content = open(os.path.join(folder, name), 'rb').read()
              for wanted in sys.argv[2:]:
                  if bytes.fromhex(wanted) in content:
                      print(wanted)
      """)
    let outcome = run("/usr/bin/env", ["python3", "-B", script, bench.log.path] + Array(wanted))
    #expect(outcome.status == 0, "\(outcome)")
    return Set(outcome.lines)
  }
}
