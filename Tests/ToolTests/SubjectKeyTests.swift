// SPDX-License-Identifier: Apache-2.0
// SUBJECT KEY: whose key is destroyed is unreadable in every copy, however it was made.

import Glibc
import Testing

@Suite struct SubjectKeyTests {
  private let folder = Folder()
  private var store: String { folder.file("keys") }
  private let anna = ["--table", "visits", "--where", "patient = 'planted-anna'", "--reason", "r"]
  private let ask = "SELECT id, note, phone FROM visits FOR SYSTEM_TIME ALL ORDER BY id, _offset"
  private let others = [
    #"{"id":2,"note":"of bert","phone":"other-5678"}"#,
    #"{"id":4,"note":"of carl","phone":null}"#,
  ]

  private func tool(
    _ name: String, _ arguments: [String], input: Input = .none, store: String? = nil
  ) -> Outcome {
    run(
      name, arguments, input: input, environment: ["KB_SUBJECT_KEYS": store ?? self.store])
  }

  private func must(
    _ name: String, _ arguments: [String], input: Input = .none,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> Outcome {
    let outcome = tool(name, arguments, input: input)
    #expect(outcome.status == 0, "\(name) \(arguments): \(outcome)", sourceLocation: sourceLocation)
    return outcome
  }

  /// Visits of three patients, by NDJSON and by SQL, inserted, changed and deleted.
  private func makeLog(_ options: [String] = []) -> String {
    let log = folder.file("log")
    let made = must(
      "kb-append",
      options + [
        "--create", log, "--sql", "-c",
        """
        CREATE TABLE visits (id INT PRIMARY KEY, patient TEXT, note TEXT, phone TEXT PERSONAL,
          SUBJECT KEY (patient))
        """,
      ])
    #expect(made.error.contains(store), "\(made)")
    _ = must(
      "kb-append", options + ["-q", "--table", "visits", log],
      input: .text(
        """
        {"id":1,"patient":"planted-anna","note":"planted-first","phone":"planted-1234"}
        {"id":2,"patient":"bert","note":"of bert","phone":"other-5678"}
        {"id":3,"patient":"planted-anna","note":"planted-second"}

        """))
    _ = must(
      "kb-append",
      options + [
        "-q", "--sql", log, "-c",
        """
        UPDATE visits SET note = 'planted-third' WHERE id = 3;
        DELETE FROM visits WHERE id = 1;
        INSERT INTO visits VALUES (4, 'carl', 'of carl', NULL);
        """,
      ])
    return log
  }

  private func purge(
    _ log: String, _ options: [String] = [], executing more: [String] = []
  ) -> Outcome {
    let plan = must("kb-purge", options + anna + [log])
    #expect(plan.text.contains(#""subject_keys":1"#), "\(plan)")
    let digest = field("digest", of: plan.text) ?? ""
    return must("kb-purge", options + more + anna + ["--execute", digest, log])
  }

  private func segments(of log: String, hold text: String) -> Bool {
    !PurgeBench.Copy(path: "\(log)/segments").files(holding: text).isEmpty
  }

  // Evidence: R74
  @Test func `who is erased in one log is unreadable in copies and archives`() {
    let log = makeLog()
    // The rows are nowhere in the clear but in the view, which is no part of a log.
    for text in ["planted-anna", "planted-first", "planted-1234", "of carl!"] {
      #expect(!segments(of: log, hold: text), "\(text)")
    }
    #expect(must("kb-query", [log, ask]).lines.count == 5)
    _ = must("kb-verify", ["--view", log])
    let archive = folder.write("archive.tar", must("kb-snapshot", [log]).output)
    let copy = folder.file("copy")
    #expect(run("/bin/cp", ["-r", log, copy]).status == 0)

    let outcome = purge(log, executing: ["--certificate", folder.file("certificate")])
    #expect(outcome.text.contains(#""subject_keys":1"#), "\(outcome)")
    #expect(
      String(decoding: folder.read("certificate"), as: UTF8.self)
        .contains("method Cryptographic Erase: 1 subject key destroyed"))
    #expect(PurgeBench.Copy(path: log).files(holding: "planted-anna").isEmpty)
    #expect(must("kb-query", [log, ask]).lines == others)
    _ = must("kb-verify", ["--view", log])

    // The copy came with a view in which everything still stood.
    #expect(must("kb-query", [copy, ask]).lines == others)
    #expect(PurgeBench.Copy(path: copy).files(holding: "planted-anna").isEmpty)
    let verified = must("kb-verify", ["--view", copy])
    #expect(verified.text.contains("subjects: 8 events under destroyed keys"), "\(verified)")
    let restored = folder.file("restored")
    _ = must("kb-snapshot", ["--restore", restored], input: .file(archive))
    #expect(must("kb-query", [restored, ask]).lines == others)
    _ = must("kb-verify", ["--snapshot", archive])

    // The others go on, and whoever comes back gets another key.
    let again = "INSERT INTO visits VALUES (8, 'bert', 'n', NULL), (9, 'planted-anna', 'n', NULL)"
    _ = must("kb-append", ["--sql", "-c", again, restored])
    #expect(must("kb-query", [restored, ask]).lines.count == 4)
    _ = must("kb-verify", ["--view", restored])
  }

  @Test func `without its keys a copy says so, and can still be verified`() {
    let log = makeLog()
    let restored = folder.file("restored")
    let archive = folder.write("archive.tar", must("kb-snapshot", [log]).output)
    _ = must("kb-snapshot", ["--restore", restored], input: .file(archive))
    let elsewhere = folder.file("elsewhere")
    for arguments in [
      ["kb-query", restored, "SELECT 1"], ["kb-query", log, ask], ["kb-verify", "--view", log],
      ["kb-append", "--sql", "-c", "INSERT INTO visits VALUES (7, 'bert', '', NULL)", log],
    ] {
      let outcome = tool(arguments[0], Array(arguments.dropFirst()), store: elsewhere)
      #expect(outcome.status == 77 && outcome.error.contains("$KB_SUBJECT_KEYS"), "\(outcome)")
    }
    let verified = tool("kb-verify", [restored], store: elsewhere)
    #expect(verified.status == 0 && verified.text.contains("14 not checked"), "\(verified)")
    #expect(must("kb-verify", [log]).text.contains("14 not checked") == false)
    // A key that is not the one that was is noticed.
    let name = names(in: store)?.first ?? ""
    var bytes = folder.read("keys/\(name)")
    for place in [0, 8, 70, 90] {
      bytes[place] ^= 1
      folder.write("keys/\(name)", bytes)
      let outcome = tool("kb-query", [restored, ask])
      #expect(outcome.status == 77 && outcome.error.contains("damaged"), "\(place): \(outcome)")
      bytes[place] ^= 1
    }
  }

  @Test func `a key goes with the last row of its subject, and not before`() {
    let log = makeLog()
    let one = ["--table", "visits", "--where", "id = 3", "--reason", "r"]
    let plan = must("kb-purge", one + [log])
    #expect(plan.text.contains(#""subject_keys":0"#), "\(plan)")
    let digest = field("digest", of: plan.text) ?? ""
    _ = must("kb-purge", one + ["--execute", digest, log])
    _ = must("kb-verify", ["--view", log])
    #expect(must("kb-query", [log, ask]).lines.count == 3)
    _ = purge(log)
    _ = must("kb-verify", ["--view", log])
  }

  @Test func `an encrypted log keeps its subjects too`() {
    let key = folder.write("key", String(repeating: "5a", count: 32) + "\n")
    chmod(key, 0o600)
    let options = ["--key-file", key]
    let log = makeLog(options)
    let copy = folder.file("copy")
    #expect(run("/bin/cp", ["-r", log, copy]).status == 0)
    _ = purge(log, options)
    #expect(must("kb-query", options + [log, ask]).lines == others)
    _ = must("kb-purge", options + ["--rekey", copy])
    #expect(must("kb-query", options + [copy, ask]).lines == others)
    _ = must("kb-verify", options + ["--view", log])
    _ = must("kb-verify", options + ["--view", copy])
  }

  @Test func `a destruction that was killed at any step is finished by --resume`() {
    let log = makeLog()
    let digest = field("digest", of: must("kb-purge", anna + [log]).text) ?? ""
    let (original, keys) = (folder.file("original"), folder.file("original-keys"))
    #expect(run("/bin/cp", ["-r", log, original]).status == 0)
    #expect(run("/bin/cp", ["-r", store, keys]).status == 0)
    var destroyed = 0
    let steps = KillSteps.run(
      "kb-purge", anna + ["-q", "--execute", digest, log],
      environment: ["KB_SUBJECT_KEYS": store], stride: 5
    ) {
      for (path, from) in [(log, original), (store, keys)] {
        removeTree(path)
        #expect(run("/bin/cp", ["-r", from, path]).status == 0)
      }
    } check: { step in
      let rows = must("kb-query", [log, ask]).lines.count
      #expect(rows == 5 || rows == 2, "step \(step): \(rows)")
      let wasOrdered = !must("kb-query", [log, "SELECT * FROM kb.purges"]).lines.isEmpty
      _ = must("kb-purge", ["--resume", "-q", log])
      _ = must("kb-verify", ["--view", log])
      let copy = folder.file("copy")
      #expect(run("/bin/cp", ["-r", original, copy]).status == 0)
      #expect(must("kb-query", [copy, ask]).lines.count == (wasOrdered ? 2 : 5), "step \(step)")
      removeTree(copy)
      destroyed += wasOrdered ? 1 : 0
    }
    #expect(steps > 10 && destroyed > 3, "\(steps) steps, \(destroyed) behind the order")
  }

  @Test func `a subject key that cannot be is refused`() {
    let log = folder.file("log")
    for (columns, state) in [
      ("id INT PRIMARY KEY, SUBJECT KEY (nobody)", "42703"),
      ("id INT PRIMARY KEY, p TEXT PERSONAL, SUBJECT KEY (p)", "42P16"),
      ("id INT PRIMARY KEY, p TEXT, SUBJECT KEY (p), SUBJECT KEY (id)", "42P16"),
      ("id INT PRIMARY KEY, p JSON, SUBJECT KEY (p)", "42704"),
      ("id INT PRIMARY KEY, p TEXT, SUBJECT KEY (id, p)", "42601"),
    ] {
      let outcome = tool(
        "kb-append", ["--create", "--sql", "-c", "CREATE TABLE t (\(columns))", log])
      #expect(outcome.status == 65 && outcome.error.contains(state), "\(columns): \(outcome)")
    }
    _ = must(
      "kb-append",
      ["--create", "--sql", log, "-c", "CREATE TABLE t (id INT, p INT) SUBJECT KEY (p)"])
    for (sql, state) in [
      ("ALTER TABLE t DROP COLUMN p", "2BP01"), ("INSERT INTO t (id) VALUES (1)", "23502"),
    ] {
      let outcome = tool("kb-append", ["--sql", "-c", sql, log])
      #expect(outcome.status == 65 && outcome.error.contains(state), "\(sql): \(outcome)")
    }
    #expect(
      must("kb-query", [log, "SELECT name FROM kb.columns WHERE subject_key"]).lines
        == [#"{"name":"p"}"#])
  }
}
