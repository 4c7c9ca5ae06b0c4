// SPDX-License-Identifier: Apache-2.0
// Rows that go from one subject to another, and what comes between an order and its execution:
// whatever becomes of one subject's key, the others are as they were.

import Glibc
import Testing

@Suite struct SubjectMoveTests {
  private let folder = Folder()
  private var log: String { folder.file("log") }
  private let all = "SELECT id, who, val FROM s FOR SYSTEM_TIME ALL ORDER BY id, _offset"
  private let live = "SELECT id, who, val FROM s ORDER BY id"

  private func tool(_ name: String, _ arguments: [String], input: Input = .none) -> Outcome {
    run(
      name, arguments, input: input, environment: ["KB_SUBJECT_KEYS": folder.file("keys")])
  }

  @discardableResult
  private func must(
    _ name: String, _ arguments: [String], input: Input = .none,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> Outcome {
    let outcome = tool(name, arguments, input: input)
    #expect(outcome.status == 0, "\(name) \(arguments): \(outcome)", sourceLocation: sourceLocation)
    return outcome
  }

  private func execute(_ sql: String, sourceLocation: SourceLocation = #_sourceLocation) {
    must(
      "kb-append", ["-q", "--create", "--sql", "-c", sql, log], sourceLocation: sourceLocation)
  }

  private func rows(_ path: String, _ sql: String) -> [String] {
    must("kb-query", [path, sql]).lines
  }

  private func purge(
    _ options: [String], keys: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let options = ["--table", "s", "--reason", "r"] + options
    let plan = must("kb-purge", options + [log], sourceLocation: sourceLocation)
    #expect(
      field("subject_keys", of: plan.text) == "\(keys)", "\(plan)", sourceLocation: sourceLocation)
    let digest = field("digest", of: plan.text) ?? ""
    must("kb-purge", options + ["-q", "--execute", digest, log], sourceLocation: sourceLocation)
  }

  /// Carries out what was ordered, as soon as its time has come.
  private func resume() {
    while must("kb-purge", ["--resume", "-q", log]).text.contains(#""type":"ordered""#) {}
  }

  private func expectWhole(_ paths: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    for path in paths {
      must("kb-verify", ["--view", path], sourceLocation: sourceLocation)
      must("kb-verify", ["--deep", path], sourceLocation: sourceLocation)
    }
  }

  private let table = """
    CREATE TABLE s (id INT PRIMARY KEY, who TEXT, val TEXT UNIQUE, note TEXT PERSONAL,
      SUBJECT KEY (who));
    """

  @Test func `without one of the subjects a row had, a copy folds to the others`() {
    execute(
      table + """
        INSERT INTO s VALUES (1, 'anna', 'a1', 'n'), (2, 'anna', 'keep', 'n');
        UPDATE s SET who = 'bert', val = 'b1' WHERE id = 1;
        """)
    // The other ways: by lines, and by ON CONFLICT.
    must(
      "kb-append", ["-q", "--table", "s", "--on-conflict", "update", log],
      input: .text(#"{"id":1,"who":"carl","val":"a1"}"# + "\n"))
    execute(
      """
      INSERT INTO s VALUES (1, 'dora', 'b1', 'm') ON CONFLICT (id) DO UPDATE
        SET who = excluded.who, val = excluded.val;
      BEGIN; UPDATE s SET who = 'emil' WHERE id = 1; UPDATE s SET who = 'fred' WHERE id = 1; COMMIT
      """)
    let before = rows(log, all)
    #expect(before.count == 6)
    let original = folder.file("original")
    #expect(run("/bin/cp", ["-r", log, original]).status == 0)
    // Each subject in turn, in a copy that knows of no order: its key alone goes.
    for (slot, who) in ["anna", "bert", "carl", "dora", "emil", "fred"].enumerated() {
      let keys = folder.file("keys")
      let name = names(in: keys)?.first ?? ""
      let bytes = folder.read("keys/\(name)")
      #expect(bytes.count == 64 * 7)
      let (copy, _) = (folder.file("copy.\(who)"), run("/bin/cp", ["-r", keys, keys + ".bak"]))
      #expect(run("/bin/cp", ["-r", original, copy]).status == 0)
      folder.write("keys/\(name)", destroyed(bytes, slot))
      #expect(rows(copy, all) == before.filter { !$0.contains(who) }, "\(who)")
      expectWhole([copy])
      removeTree(keys)
      #expect(rename(keys + ".bak", keys) == 0)
    }
    purge(["--where", "id = 1"], keys: 5)
    #expect(rows(log, live) == [#"{"id":2,"who":"anna","val":"keep"}"#])
    #expect(rows(original, live) == rows(log, live))
    expectWhole([log, original])
  }

  /// A store without the key of a slot, as a destruction leaves it.
  private func destroyed(_ store: [UInt8], _ slot: Int) -> [UInt8] {
    var store = store
    let start = 64 * (slot + 1)
    store[start] = 2
    for place in 16..<48 { store[start + place] = 0 }
    // A header that states a later generation, so that a view is not taken for swept.
    store[31] += 1
    for place in [0, start] {
      let crc = crc32c(Array(store[place..<place + 60]))
      for byte in 0..<4 {
        store[place + 60 + byte] = UInt8(truncatingIfNeeded: crc >> (24 - 8 * UInt32(byte)))
      }
    }
    return store
  }

  private func crc32c(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0x82f6_3b78 : 0) }
    }
  }

  @Test func `what comes after an order is under another key, and stays`() {
    execute(
      table + """
        INSERT INTO s VALUES (1, 'anna', 'old', 'n'), (2, 'bert', 'b', 'n');
        ALTER LOG SET PURGE DELAY '1 second'
        """)
    purge(["--where", "who = 'anna'"], keys: 1)
    execute(
      """
      INSERT INTO s VALUES (10, 'anna', 'new', 'n'); CREATE HOLD 'case' ON s WHERE id = 10;
      UPDATE s SET who = 'anna' WHERE id = 2; DELETE FROM s WHERE id = 2;
      INSERT INTO s VALUES (2, 'carl', 'c', 'n')
      """)
    resume()
    let left = [#"{"id":2,"who":"carl","val":"c"}"#, #"{"id":10,"who":"anna","val":"new"}"#]
    #expect(rows(log, live) == left)
    expectWhole([log])
    let copy = folder.file("copy")
    #expect(run("/bin/cp", ["-r", log, copy]).status == 0)
    for name in ["view.sqlite", "view.sqlite-wal", "view.sqlite-shm"] { unlink("\(copy)/\(name)") }
    #expect(rows(copy, live) == left)
  }

  @Test func `what ended a row after its order goes as well, and its subject's next key`() {
    execute(
      """
      CREATE TABLE s (id TEXT PRIMARY KEY, who TEXT, val TEXT, SUBJECT KEY (who));
      INSERT INTO s VALUES ('row-of-anna', 'anna-anna', 'old-value'), ('b', 'bert', 'b'),
        ('c', 'anna-anna', 'c');
      ALTER LOG SET PURGE DELAY '1 second'
      """)
    purge(["--where", "who = 'anna-anna'"], keys: 1)
    execute(
      """
      UPDATE s SET val = 'new-value' WHERE id = 'row-of-anna'; DELETE FROM s WHERE id = 'row-of-anna';
      UPDATE s SET who = 'carl' WHERE id = 'c'
      """)
    resume()
    for text in ["row-of-anna", "anna-anna", "old-value", "new-value"] {
      #expect(PurgeBench.Copy(path: log).files(holding: text).isEmpty, "\(text)")
    }
    #expect(
      rows(log, live) == [
        #"{"id":"b","who":"bert","val":"b"}"#, #"{"id":"c","who":"carl","val":"c"}"#,
      ])
    expectWhole([log])
  }

  @Test func `a held order keeps no other from being carried out, and due rows are ordered once`() {
    execute(
      table + """
        ALTER TABLE s SET RETENTION '1 microsecond' FROM _created_at;
        INSERT INTO s VALUES (1, 'anna', 'v1', 'n'), (2, 'bert', 'v2', 'n');
        ALTER LOG SET PURGE DELAY '1 second'
        """)
    purge(["--where", "id = 1"], keys: 1)
    let due = ["--due", "--execute", "--reason", "r", log]
    #expect(must("kb-purge", due).text.contains(#""rows":1,"versions":1"#))
    #expect(!must("kb-purge", due).text.contains(#""type":"plan""#))
    execute("CREATE HOLD 'case' ON s WHERE id = 1")
    var last = tool("kb-purge", ["--resume", "-q", log])
    while last.text.contains(#""type":"ordered""#) {
      last = tool("kb-purge", ["--resume", "-q", log])
    }
    #expect(last.status == 77 && last.error.contains("'case'"), "\(last)")
    #expect(rows(log, live) == [#"{"id":1,"who":"anna","val":"v1"}"#])
    expectWhole([log])
  }

  @Test func `versions that no view showed count for subjects and holds`() {
    execute(
      table + """
        INSERT INTO s VALUES (1, 'anna-anna', 'v1', 'n');
        BEGIN; INSERT INTO s VALUES (2, 'anna-anna', 'p', 'n'); DELETE FROM s WHERE id = 2; COMMIT;
        BEGIN; INSERT INTO s VALUES (9, 'dave-dave', 'q', 'n'); DELETE FROM s WHERE id = 9; COMMIT;
        INSERT INTO s VALUES (3, 'emil-emil', 'e', 'n'); UPDATE s SET who = 'fred' WHERE id = 3;
        CREATE HOLD 'case' ON s WHERE val = 'evidence';
        BEGIN; INSERT INTO s VALUES (4, 'gina', 'evidence', 'n'); UPDATE s SET val = 'x' WHERE id = 4;
        COMMIT
        """)
    // Another row of hers passed by.
    purge(["--where", "id = 1"], keys: 0)
    expectWhole([log])
    purge(["--where", "who = 'anna-anna'"], keys: 1)
    purge(["--where", "who = 'dave-dave'"], keys: 1)
    purge(["--where", "id = 3", "--superseded"], keys: 1)
    let held = tool("kb-purge", ["--table", "s", "--where", "id = 4", "--reason", "r", log])
    #expect(held.status == 77 && held.error.contains("'case'"), "\(held)")
    for name in ["anna-anna", "dave-dave", "emil-emil"] {
      #expect(PurgeBench.Copy(path: log).files(holding: name).isEmpty, "\(name)")
    }
    expectWhole([log])
  }

  @Test func `a key goes though two orders waited, each for the rows of the other`() {
    execute(
      table + """
        INSERT INTO s VALUES (1, 'anna-anna', 'v1', 'n'), (2, 'anna-anna', 'v2', 'n'), (3, 'bert', 'v3', 'n');
        ALTER LOG SET PURGE DELAY '1 second'
        """)
    purge(["--where", "id = 1"], keys: 0)
    purge(["--where", "id = 2"], keys: 0)
    resume()
    #expect(PurgeBench.Copy(path: log).files(holding: "anna-anna").isEmpty)
    expectWhole([log])
    #expect(rows(log, live) == [#"{"id":3,"who":"bert","val":"v3"}"#])
  }

  @Test func `a store that is older than the log, or open to others, is refused`() {
    execute(table + "INSERT INTO s VALUES (1, 'anna', 'v1', 'n')")
    let keys = folder.file("keys")
    let name = names(in: keys)?.first ?? ""
    let old = folder.read("keys/\(name)")
    execute("INSERT INTO s VALUES (2, 'bert', 'v2', 'n')")
    let new = folder.read("keys/\(name)")
    folder.write("keys/\(name)", old)
    let insert = ["--sql", "-c", "INSERT INTO s VALUES (3, 'carl', 'v3', 'n')", log]
    let older = tool("kb-append", insert)
    #expect(older.status == 77 && older.error.contains("older copy"), "\(older)")
    folder.write("keys/\(name)", new)
    chmod("\(keys)/\(name)", 0o640)
    let open = tool("kb-append", insert)
    #expect(open.status == 77 && open.error.contains("0600"), "\(open)")
    chmod("\(keys)/\(name)", 0o600)
    must("kb-append", insert)
    expectWhole([log])
  }
}
