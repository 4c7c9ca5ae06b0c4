// SPDX-License-Identifier: Apache-2.0
// Encrypted logs through the tools alone: where keys come from, what is refused, what is on disk.

import Glibc
import Testing

@Suite struct EncryptionTests {
  let folder = Folder()
  private static let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
  private var path: String { folder.file("log") }

  /// A key file of its own rights.
  private func keyFile(_ name: String, _ text: String = Self.hex, mode: mode_t = 0o600) -> String {
    let file = folder.write(name, text)
    chmod(file, mode)
    return file
  }

  /// An encrypted log of a table and a stream; answers its key file.
  private func makeLog() -> String {
    let key = keyFile("key")
    let rows = (0..<300).map { "{\"id\":\($0),\"name\":\"planted-\($0)\"}\n" }.joined()
    let table = run(
      "kb-append",
      ["-q", "--create", "--table", "t", "--key", "id", "--batch", "10", "--key-file", key, path],
      input: .text(rows))
    #expect(table.status == 0, "\(table)")
    let stream = run(
      "kb-append", ["--create", "--stream", "s", "--key-file", key, path],
      input: .text("{\"note\":\"planted-event\"}\n"))
    #expect(stream.status == 0, "\(stream)")
    return key
  }

  @Test func `a log made with a key is read with it, wherever that comes from`() {
    let key = makeLog()
    let sql = "SELECT count(*) AS n, max(name) AS m FROM t"
    let row = "{\"n\":300,\"m\":\"planted-99\"}"
    let credentials = folder.file("credentials")
    mkdir(credentials, 0o700)
    // systemd shows the rights of an access list as those of the group.
    chmod(folder.write("credentials/kimberlite", Self.hex + "\n"), 0o440)
    for (options, environment) in [
      (["--key-file", key], [:]),
      (["--key-command", "cat '\(key)'"], [:]),
      ([], ["KB_KEY_FILE": key]),
      ([], ["CREDENTIALS_DIRECTORY": credentials]),
      // An option goes before the environment.
      (["--key-file", key], ["KB_KEY_FILE": folder.file("none")]),
    ] {
      let outcome = run("kb-query", options + [path, sql], environment: environment)
      #expect(outcome.lines == [row], "\(options) \(environment)\n\(outcome)")
    }
    let descriptor = runInShell(
      "exec \"$@\" 7< '\(key)'", "kb-query", ["--key-fd", "7", path, sql])
    #expect(descriptor.lines == [row], "\(descriptor)")
    let events = run("kb-query", ["--key-file", key, path, "SELECT data FROM s"])
    #expect(events.lines == ["{\"data\":{\"note\":\"planted-event\"}}"], "\(events)")
    let verified = run("kb-verify", ["--view", "--key-file", key, path])
    #expect(verified.status == 0, "\(verified)")
    #expect(!verified.text.contains("contents: not checked"))
  }

  // Evidence: R31, R32
  @Test func `a missing or wrong key is exit 77 and names keys, never shows one`() {
    let key = makeLog()
    let other = keyFile("other", String(Self.hex.reversed()))
    for (tool, operands) in [
      ("kb-query", [path, "SELECT 1"]), ("kb-append", ["--sql", "-c", "DROP TABLE t", path]),
      ("kb-verify", ["--deep", path]),
    ] {
      let missing = run(tool, operands)
      #expect(missing.status == 77, "\(missing)")
      #expect(missing.error.contains("is encrypted with key"))
      #expect(missing.error.contains("no key was given\n\(tool): hint: "))
      let wrong = run(tool, ["--key-file", other] + operands)
      #expect(wrong.status == 77, "\(wrong)")
      #expect(wrong.errorLines.last?.contains("; the key given is ") == true)
      #expect(!wrong.error.contains(Self.hex.prefix(16)))
    }
    let chain = run("kb-verify", [path])
    #expect(chain.status == 0, "\(chain)")
    #expect(chain.text.contains("contents: not checked, for the log is encrypted with key"))
    #expect(chain.text.hasSuffix("OK\n"))
    let json = run("kb-verify", ["--format", "json", path])
    #expect(json.text.contains("\"contents\":false"))
    #expect(run("kb-verify", ["-q", "--key-file", key, path]).status == 0)
  }

  // Evidence: R33
  @Test func `a source that gives no key is told apart from a key that is wrong`() {
    _ = makeLog()
    func status(_ options: [String], _ text: String) -> Int32? {
      let outcome = run("kb-query", options + [path, "SELECT 1"])
      #expect(outcome.error.contains(text), "\(outcome)")
      return outcome.status
    }
    #expect(status(["--key-file", folder.file("none")], "cannot open key file") == 78)
    #expect(status(["--key-file", keyFile("short", "abc")], "holds 3 bytes, not a key") == 78)
    #expect(status(["--key-file", keyFile("group", mode: 0o640)], "others than its owner") == 78)
    #expect(status(["--key-file", keyFile("world", mode: 0o602)], "others than its owner") == 78)
    #expect(status(["--key-file", keyFile("long", Self.hex + Self.hex)], "holds 128 bytes") == 78)
    #expect(status(["--key-fd", "9"], "cannot read descriptor 9") == 78)
    #expect(status(["--key-command", "echo nonsense; exit 5"], "ended with status 5") == 69)
    #expect(status(["--key-command", "kill -9 $$"], "ended by signal 9") == 69)
    #expect(status(["--key-command", "echo nonsense"], "holds 9 bytes, not a key") == 78)
    #expect(status(["--key-command", "echo no", "--key-fd", "0"], "exclude each other") == 64)
    let said = run("kb-query", ["--key-command", "echo nonsense; exit 5", path, "SELECT 1"])
    #expect(!said.error.contains("nonsense"), "\(said)")
  }

  @Test func `the key command leaves the input to the tool`() {
    let key = makeLog()
    let outcome = run(
      "kb-append", ["--table", "t", "--key-command", "cat; cat '\(key)'", path],
      input: .text("{\"id\":1000,\"name\":\"x\"}\n"))
    #expect(outcome.status == 0 && outcome.lines.count == 1, "\(outcome)")
  }

  @Test func `nobody is left to believe that a plain log is encrypted`() {
    let key = keyFile("key")
    let log = LogAtHand(path: path)
    log.execute("CREATE TABLE t (id INTEGER)", creates: true)
    let refused = log.append(["--sql", "-c", "INSERT INTO t VALUES (1)", "--key-file", key])
    #expect(refused.status == 78, "\(refused)")
    #expect(refused.error.contains("is not encrypted, but a key was given"))
    // The environment is for all logs, encrypted or not; a file that is not there is no matter.
    let taken = run(
      "kb-append", ["--sql", "-c", "INSERT INTO t VALUES (1)", path],
      environment: ["KB_KEY_FILE": folder.file("none")])
    #expect(taken.status == 0, "\(taken)")
    #expect(run("kb-verify", ["--key-file", key, path]).status == 0)
    #expect(names(in: path)?.contains("keys") == false)
  }

  @Test func `a log without its keystore is damaged, not locked`() {
    let key = makeLog()
    unlink(path + "/keys")
    let outcome = run("kb-verify", ["--key-file", key, path])
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.text.contains("missing: keys: the keystore is missing"))
    for key in [["--key-file", key], []] {
      let query = run("kb-query", key + [path, "SELECT 1"])
      #expect(query.status == 1 && query.error.contains("the keystore is missing"), "\(query)")
      let append = run("kb-append", key + ["--sql", "-c", "DROP TABLE t", path])
      #expect(append.status == 1 && append.error.contains("the keystore is missing"), "\(append)")
    }
  }
}

/// A search of files for what must not be in them.
private struct Plants {
  let texts: [[UInt8]]
  /// What was found, and where.
  private(set) var found: [String] = []
  /// How many bytes were searched.
  private(set) var byteCount = 0

  init(_ texts: [String]) { self.texts = texts.map { Array($0.utf8) } }

  private static func holds(_ bytes: [UInt8], _ text: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var start = 0
      while bytes.count - start >= text.count, let base = bytes.baseAddress,
        let found = memchr(base + start, Int32(text[0]), bytes.count - start - text.count + 1)
      {
        if memcmp(found, text, text.count) == 0 { return true }
        start = found - UnsafeMutableRawPointer(mutating: base) + 1
      }
      return false
    }
  }

  /// Searches every file below a folder, as it is at this moment.
  mutating func search(_ path: String) {
    for name in names(in: path) ?? [] {
      let path = "\(path)/\(name)"
      if names(in: path) != nil {
        search(path)
        continue
      }
      let bytes = contents(path)
      byteCount += bytes.count
      for text in texts {
        if Self.holds(bytes, text) {
          found.append("'\(String(decoding: text, as: UTF8.self))' in \(path)")
        }
      }
    }
  }
}

@Suite struct PlaintextTests {
  private let folder = Folder()

  // Evidence: R30
  @Test func `nothing of what an encrypted log holds is in any of its files at any time`() {
    let path = folder.file("log")
    let key = folder.write("key", [UInt8](repeating: 0x5a, count: 32))
    chmod(key, 0o600)
    let options = ["--key-file", key]
    var plants = Plants([
      "wombat-surname", "wombat-event", "wombat_table", "wombat_column", "wombat-actor",
      "wombat-reason",
    ])
    let context = ["--actor", "wombat-actor", "--reason", "wombat-reason"]
    let schema = run(
      "kb-append",
      options + context + [
        "--create", "--sql", "-c",
        """
        CREATE TABLE wombat_table (id BIGINT PRIMARY KEY, wombat_column TEXT);
        CREATE INDEX wombat_index ON wombat_table (wombat_column)
        """, path,
      ])
    #expect(schema.status == 0, "\(schema)")
    plants.search(path)
    for round in 0..<4 {
      let writer = ToolProcess(
        "kb-append", options + context + ["--table", "wombat_table", "--batch", "50", path],
        input: .pipe, isPiped: true)
      for part in 0..<10 {
        let first = (round * 10 + part) * 200
        writer.write(
          (first..<first + 200).map {
            "{\"id\":\($0),\"wombat_column\":\"wombat-surname \($0) of some length\"}\n"
          }.joined())
        for _ in 0..<4 { _ = writer.readLine() }
        plants.search(path)
        if part == 5 {
          let reader = ToolProcess(
            "kb-query",
            options + [
              path, "SELECT wombat_column, count(*) FROM wombat_table GROUP BY 1 ORDER BY 1",
            ]
          )
          plants.search(path)
          #expect(reader.wait().status == 0)
        }
      }
      // As often killed as ended; what either leaves behind is looked at too.
      if round % 2 == 0 { writer.kill(SIGKILL) } else { writer.closeInput() }
      _ = writer.wait()
      plants.search(path)
      let stream = run(
        "kb-append", options + ["--create", "--stream", "s", path],
        input: .text(String(repeating: "{\"note\":\"wombat-event\"}\n", count: 500)))
      #expect(stream.status == 0, "\(stream)")
      plants.search(path)
    }
    let verifier = ToolProcess("kb-verify", options + ["--view", path])
    while verifier.isRunning { plants.search(path) }
    let verified = verifier.wait()
    #expect(verified.status == 0, "\(verified)")
    let rows = run("kb-query", options + [path, "SELECT count(*) AS n FROM wombat_table"])
    #expect(rows.lines == ["{\"n\":8000}"], "\(rows)")
    for suffix in ["", "-wal", "-shm"] { unlink(path + "/view.sqlite" + suffix) }
    let rebuilt = ToolProcess("kb-query", options + [path, "SELECT count(*) AS n FROM s"])
    while rebuilt.isRunning { plants.search(path) }
    #expect(rebuilt.wait().lines == ["{\"n\":2000}"])
    plants.search(path)
    #expect(plants.found == [])
    #expect(plants.byteCount > 10_000_000)
  }

  @Test func `the search finds what a plain log shows`() {
    let path = folder.file("log")
    let log = LogAtHand(path: path)
    log.execute("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('wombat')", creates: true)
    var plants = Plants(["wombat"])
    plants.search(path)
    #expect(!plants.found.isEmpty)
  }
}
