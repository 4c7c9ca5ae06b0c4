// SPDX-License-Identifier: Apache-2.0
// Erasing, seen from outside: the bytes are gone from every file, everything else is as it was, and
// nothing that a crash can do leaves half of it.

import Glibc
import Testing

/// A log to purge from.
struct PurgeBench {
  let folder = Folder()
  var log: LogAtHand { LogAtHand(path: folder.file("log")) }

  /// Patients with a planted name in each version of row 7, among others.
  static func patients(records: Int = 3) -> PurgeBench {
    let bench = PurgeBench()
    let rows = (1...30).map { "{\"id\":\($0),\"name\":\"\(name($0))\",\"city\":\"Salina\"}" }
    let outcome = bench.log.append(
      ["--create", "--table", "patients", "--key", "id", "--batch", "\(30 / records)"],
      input: .text(rows.joined(separator: "\n") + "\n"))
    #expect(outcome.status == 0, "\(outcome)")
    bench.log.execute("CREATE INDEX by_name ON patients (name)")
    bench.log.execute("UPDATE patients SET name = 'planted-Zebulon-second' WHERE id = 7")
    bench.log.execute("UPDATE patients SET city = 'planted-Zarahemla' WHERE id = 7")
    return bench
  }

  static func name(_ id: Int) -> String { id == 7 ? "planted-Zebulon-first" : "Person \(id)" }

  /// The digest of a plan, which must be made.
  func digest(_ options: [String], sourceLocation: SourceLocation = #_sourceLocation) -> String {
    let plan = run("kb-purge", options + [log.path])
    #expect(plan.status == 0, "\(plan)", sourceLocation: sourceLocation)
    return field("digest", of: plan.text) ?? ""
  }

  /// Plans and performs, with `more` that only goes with performing.
  @discardableResult
  func purge(
    _ options: [String], _ more: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
  ) -> Outcome {
    let digest = digest(options, sourceLocation: sourceLocation)
    let outcome = run("kb-purge", options + more + ["--execute", digest, log.path])
    #expect(outcome.status == 0, "\(outcome)", sourceLocation: sourceLocation)
    return outcome
  }

  /// Whether verification, and the comparison of the view with a fresh fold, find all well.
  func expectWhole(_ note: String = "", sourceLocation: SourceLocation = #_sourceLocation) {
    let outcome = run("kb-verify", ["--view", log.path])
    #expect(outcome.status == 0, "\(note) \(outcome)", sourceLocation: sourceLocation)
  }

  /// The files of the log in which any eight bytes of a text stand.
  func files(holding text: String) -> [String] { Copy(path: log.path).files(holding: text) }

  /// Any copy of a log.
  struct Copy {
    let path: String

    func files(holding text: String) -> [String] {
      allFiles(under: path).flatMap { Copy(path: $0).holds(text) }
    }

    /// The path, if the file holds any eight bytes of a text.
    func holds(_ text: String) -> [String] {
      let bytes = Array(text.utf8)
      let needles = Set((0...(bytes.count - 8)).map { Array(bytes[$0..<$0 + 8]) })
      let content = contents(path)
      guard content.count >= 8 else { return [] }
      let isIn = (0...(content.count - 8)).contains {
        needles.contains(Array(content[$0..<$0 + 8]))
      }
      return isIn ? [path] : []
    }
  }
}

/// All files below a folder.
func allFiles(under path: String) -> [String] {
  (names(in: path) ?? []).flatMap { name -> [String] in
    let child = "\(path)/\(name)"
    return names(in: child) == nil ? [child] : allFiles(under: child)
  }
}

@Suite struct PurgeTests {
  private let all = [
    "--table", "patients", "--where", "id = 7", "--reason", "GDPR art. 17",
  ]

  // Evidence: R40, R42, R43
  @Test func `a purged row is gone from every file, and everything else is as it was`() {
    let bench = PurgeBench.patients()
    let others = bench.log.rows("SELECT * FROM patients FOR SYSTEM_TIME ALL WHERE id <> 7")
    let hashes = bench.log.records().map(\.hash)
    #expect(!bench.files(holding: "planted-Zebulon-first").isEmpty)
    let outcome = bench.purge(all + ["--ticket", "T-1"])
    #expect(outcome.lines.last?.contains("\"type\":\"purged\"") == true)
    for text in ["planted-Zebulon-first", "planted-Zebulon-second", "planted-Zarahemla"] {
      #expect(bench.files(holding: text) == [], "\(text)")
    }
    #expect(bench.log.rows("SELECT * FROM patients FOR SYSTEM_TIME ALL WHERE id = 7") == [])
    #expect(bench.log.rows("SELECT * FROM patients FOR SYSTEM_TIME ALL WHERE id <> 7") == others)
    #expect(Array(bench.log.records().map(\.hash).prefix(hashes.count)) == hashes)
    bench.expectWhole()
    let verified = run("kb-verify", [bench.log.path])
    #expect(verified.lines[0].contains("3 PURGED, 0 MISSING, 0 TAMPERED"), "\(verified)")
    #expect(
      bench.log.rows(
        "SELECT p.scope, p.outcome, r.reason, r.ticket FROM kb.purges p JOIN kb.records r USING (\"offset\")"
      ) == [
        #"{"scope":"all versions","outcome":"done","reason":"GDPR art. 17","ticket":"T-1"}"#
      ])
    // The view is what the log says, not what it was.
    for name in ["view.sqlite", "view.sqlite-wal", "view.sqlite-shm"] {
      unlink(bench.folder.file("log/\(name)"))
    }
    #expect(bench.log.rows("SELECT count(*) AS n FROM patients") == [#"{"n":29}"#])
    bench.log.execute("INSERT INTO patients (id, name) VALUES (31, 'New')")
    bench.expectWhole()
  }

  @Test func `an erased row does not come back unnoticed`() {
    let bench = PurgeBench.patients()
    bench.purge(all)
    let row = #"{"id":7,"name":"back again"}"# + "\n"
    let refused = bench.log.append(["--table", "patients"], input: .text(row))
    #expect(refused.status == 77, "\(refused)")
    #expect(refused.error.contains("was erased by a purge"))
    let sql = bench.log.append(["--sql", "-c", "INSERT INTO patients (id) VALUES (7)"])
    #expect(sql.status == 77, "\(sql)")
    #expect(bench.log.append(["--table", "patients", "--readmit"], input: .text(row)).status == 0)
    bench.log.execute("UPDATE patients SET city = 'Salina' WHERE id = 7")
    bench.expectWhole()
    // Nine digits cannot be tried out with the log alone.
    #expect(names(in: bench.log.path)?.contains("denylist.key") == true)
  }

  // Evidence: R49
  @Test func `a certificate names the deed and not the erased, and its receipts verify`() throws {
    let bench = PurgeBench.patients()
    let path = bench.folder.file("certificate")
    bench.purge(all, ["--certificate", path])
    let text = String(decoding: contents(path), as: UTF8.self)
    #expect(text.hasPrefix("kimberlite/purge-certificate/v1\nlog kimberlite/"))
    #expect(text.contains("\nwhat all versions: 3 events of 3 records\n"))
    #expect(text.contains("\nreason GDPR art. 17\n") && text.contains("\n\n— kimberlite/"))
    #expect(!text.contains("Zebulon") && !text.contains("id = 7"))
    for name in ["order-receipt", "completion-receipt"] {
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name) })
      let encoded = bench.folder.write("\(name).b64", String(line.dropFirst(name.count + 1)))
      let receipt = bench.folder.file(name)
      #expect(runInShell("base64 -d < '\(encoded)' > '\(receipt)'", "kb-verify", []).status == 0)
      let checked = run("kb-verify", ["--receipt", receipt, "--key", "\(bench.log.path)/vkey"])
      #expect(checked.status == 0, "\(checked)")
    }
  }

  @Test func `a certificate that cannot be made is named, and nothing is erased`() {
    let bench = PurgeBench.patients()
    let digest = bench.digest(all)
    let path = bench.folder.file("certificate")
    let options = all + ["--execute", digest, "--certificate"]
    let nowhere = run("kb-purge", options + [bench.folder.file("none/c"), bench.log.path])
    #expect(nowhere.status == 73, "\(nowhere)")
    #expect(nowhere.error.contains("cannot create '\(bench.folder.file("none/c"))': No such"))
    // A file of somebody else's stays.
    bench.folder.write("certificate.tmp", "mine")
    let inTheWay = run("kb-purge", options + [path, bench.log.path])
    #expect(inTheWay.status == 73, "\(inTheWay)")
    #expect(inTheWay.error.contains("cannot create '\(path)': '\(path).tmp' is in its way"))
    #expect(bench.folder.read("certificate.tmp") == Array("mine".utf8))
    #expect(bench.digest(all) == digest)
  }

  @Test func `approvals by SSH keys, and time to think`() {
    let bench = PurgeBench.patients()
    let key = bench.folder.file("approver")
    let made = run(
      "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "ann", "-f", key])
    #expect(made.status == 0, "\(made)")
    let line = String(decoding: contents(key + ".pub"), as: UTF8.self).split(separator: "\n")[0]
    bench.log.execute("ALTER LOG SET PURGE APPROVALS 1 OF ('\(line)')")
    let digest = bench.digest(all)
    let options = all + ["--execute", digest]
    #expect(run("kb-purge", options + [bench.log.path]).status == 77)
    let signed = bench.folder.write("digest", digest + "\n")
    #expect(
      run("/usr/bin/ssh-keygen", ["-q", "-Y", "sign", "-n", "kb-purge", "-f", key, signed]).status
        == 0)
    let first = digest.hasPrefix("0") ? "1" : "0"
    let foreign = bench.folder.write("other", first + digest.dropFirst() + "\n")
    _ = run("/usr/bin/ssh-keygen", ["-q", "-Y", "sign", "-n", "kb-purge", "-f", key, foreign])
    let approval = ["--approval", signed + ".sig"]
    #expect(
      run("kb-purge", options + ["--approval", foreign + ".sig", bench.log.path]).status == 77)
    // The certificate says who had to approve, since when, and who did.
    let noted = bench.folder.file("certificate")
    let other = ["--table", "patients", "--where", "id = 8", "--reason", "x"]
    let second = bench.folder.write("second", bench.digest(other) + "\n")
    _ = run("/usr/bin/ssh-keygen", ["-q", "-Y", "sign", "-n", "kb-purge", "-f", key, second])
    bench.purge(other, ["--approval", second + ".sig", "--certificate", noted])
    let certificate = String(decoding: contents(noted), as: UTF8.self)
    #expect(certificate.contains("\napprovals-wanted 1 OF ('\(line)'), since record 7\n"))
    #expect(certificate.contains("\napproved-by \(line)\n"))
    bench.log.execute("ALTER LOG SET PURGE DELAY '1 day'")
    let ordered = run("kb-purge", options + approval + [bench.log.path])
    #expect(ordered.status == 0 && ordered.text.contains("\"type\":\"ordered\""), "\(ordered)")
    #expect(run("kb-purge", ["--resume", bench.log.path]).text.contains("\"ordered\""))
    #expect(!bench.files(holding: "planted-Zebulon-first").isEmpty)
    let order = field("order", of: ordered.lines.last ?? "") ?? ""
    let withdrawn = run("kb-purge", ["--withdraw", order, "--reason", "a mistake", bench.log.path])
    #expect(withdrawn.status == 0, "\(withdrawn)")
    #expect(run("kb-purge", ["--resume", "-q", bench.log.path]).text.isEmpty)
    bench.expectWhole()
  }

  @Test func `a certificate shows that approvals were switched off`() {
    let bench = PurgeBench.patients()
    let key = bench.folder.file("approver")
    _ = run("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "ann", "-f", key])
    let line = String(decoding: contents(key + ".pub"), as: UTF8.self).split(separator: "\n")[0]
    bench.log.execute("ALTER LOG SET PURGE APPROVALS 1 OF ('\(line)')")
    bench.log.execute("ALTER LOG RESET PURGE APPROVALS")
    let path = bench.folder.file("certificate")
    bench.purge(all, ["--certificate", path])
    let certificate = String(decoding: contents(path), as: UTF8.self)
    #expect(certificate.contains("\napprovals-wanted none, since record 8\n"), "\(certificate)")
    #expect(!certificate.contains("approved-by"))
    #expect(
      [7, 8].map { offset in
        bench.log.rows(
          "SELECT value IS NULL AS off FROM kb.settings AS OF OFFSET \(offset) "
            + "WHERE name = 'purge approvals'")
      } == [[#"{"off":false}"#], [#"{"off":true}"#]])
  }

  @Test func `a hold and a locked retention refuse, and what is due goes`() {
    let bench = PurgeBench.patients()
    bench.log.execute("CREATE HOLD 'Lee v. Ward' ON patients WHERE name LIKE '%first'")
    let held = run("kb-purge", all + [bench.log.path])
    #expect(held.status == 77 && held.error.contains("'Lee v. Ward'"), "\(held)")
    bench.log.execute(
      "CREATE TABLE visits (id INT PRIMARY KEY, seen DATE);"
        + "ALTER TABLE visits SET RETENTION '6 years' FROM seen LOCK;"
        + "INSERT INTO visits VALUES (1, '2001-02-03'), (2, '2001-02-04'), (3, '2999-01-01')")
    bench.log.execute("CREATE HOLD 'audit' ON visits WHERE id = 2")
    let locked = run(
      "kb-purge", ["--table", "visits", "--where", "id = 3", "--reason", "x", bench.log.path])
    #expect(locked.status == 77 && locked.error.contains("locked"), "\(locked)")
    let due = run("kb-purge", ["--due", bench.log.path])
    #expect(due.text.contains(#""table":"visits","rows":1,"held":[{"matter":"audit","rows":1}]"#))
    let done = run("kb-purge", ["--due", "--execute", "--reason", "schedule", bench.log.path])
    #expect(done.status == 0, "\(done)")
    #expect(bench.log.rows("SELECT id FROM visits ORDER BY id") == [#"{"id":2}"#, #"{"id":3}"#])
    bench.log.execute("RELEASE HOLD 'Lee v. Ward'")
    bench.purge(all)
    bench.expectWhole()
  }

  @Test func `equal keys are one row, however they are written`() {
    let bench = PurgeBench()
    bench.log.execute("CREATE TABLE t (id NUMERIC PRIMARY KEY, s TEXT)", creates: true)
    bench.log.execute("INSERT INTO t VALUES (1.0, 'planted-one')")
    bench.log.execute("DELETE FROM t")
    bench.log.execute("INSERT INTO t VALUES (1.00, 'planted-two')")
    bench.purge(["--table", "t", "--where", "true", "--reason", "r"])
    #expect(bench.files(holding: "planted-one") == [] && bench.files(holding: "planted-two") == [])
    bench.expectWhole()
    let back = bench.log.append(["--sql", "-c", "INSERT INTO t VALUES (1.000, 'back')"])
    #expect(back.status == 77, "\(back)")
    bench.log.execute("INSERT INTO t VALUES (2, 'other')")
    let moved = bench.log.append(["--sql", "-c", "UPDATE t SET id = 1 WHERE id = 2"])
    #expect(moved.status == 77, "\(moved)")
  }

  @Test func `no later version shortens a lock`() {
    let bench = PurgeBench()
    bench.log.execute(
      "CREATE TABLE v (id INT PRIMARY KEY, day DATE);"
        + "ALTER TABLE v SET RETENTION '10 years' FROM day LOCK;"
        + "INSERT INTO v VALUES (1, '2999-01-01')", creates: true)
    bench.log.execute("UPDATE v SET day = '1990-01-01' WHERE id = 1")
    let refused = run(
      "kb-purge", ["--table", "v", "--where", "true", "--reason", "r", bench.log.path])
    #expect(refused.status == 77, "\(refused)")
    #expect(run("kb-purge", ["--due", bench.log.path]).text.contains("\"rows\":0"))
  }

  // Evidence: R34
  @Test func `keys change, and no hash or row does`() {
    let folder = Folder()
    func key(_ name: String, _ digit: Character) -> String {
      let path = folder.write(name, String(repeating: digit, count: 64))
      chmod(path, 0o600)
      return path
    }
    let (old, new) = (key("old", "1"), key("new", "2"))
    let log = folder.file("log")
    let rows = "{\"id\":1,\"name\":\"Ann\"}\n{\"id\":2,\"name\":\"Bob\"}\n"
    let made = run(
      "kb-append", ["--create", "--key-file", old, "--table", "t", "--key", "id", log],
      input: .text(rows))
    #expect(made.status == 0, "\(made)")
    let rotated = run("kb-purge", ["--rotate", "--key-file", old, "--new-key-file", new, log])
    #expect(rotated.status == 0, "\(rotated)")
    #expect(run("kb-query", ["--key-file", old, log, "SELECT 1"]).status == 77)
    let rekeyed = run("kb-purge", ["--rekey", "--key-file", new, log])
    #expect(rekeyed.status == 0, "\(rekeyed)")
    let query = run("kb-query", ["--key-file", new, log, "SELECT name FROM t ORDER BY id"])
    #expect(query.lines == [#"{"name":"Ann"}"#, #"{"name":"Bob"}"#], "\(query)")
    #expect(run("kb-verify", ["--view", "--key-file", new, log]).status == 0)
    let hashes = run(
      "kb-query", ["--key-file", new, log, "SELECT hash FROM kb.records ORDER BY 1"])
    for line in made.lines {
      #expect(hashes.text.contains(field("hash", of: line) ?? "none"), "\(hashes)")
    }
  }

  // Evidence: R46
  @Test func `superseded versions go and the live one stays`() {
    let bench = PurgeBench.patients()
    bench.purge(all + ["--superseded"])
    // The eight bytes that the live name does not share.
    #expect(bench.files(holding: "lon-first") == [])
    #expect(!bench.files(holding: "planted-Zarahemla").isEmpty)
    #expect(
      bench.log.rows("SELECT name, city FROM patients FOR SYSTEM_TIME ALL WHERE id = 7")
        == [#"{"name":"planted-Zebulon-second","city":"planted-Zarahemla"}"#])
    bench.expectWhole()
    bench.log.execute("DELETE FROM patients WHERE id = 7")
    bench.purge(all + ["--superseded"])
    #expect(bench.files(holding: "planted-Zebulon-second") == [])
    #expect(bench.log.rows("SELECT * FROM patients FOR SYSTEM_TIME ALL WHERE id = 7") == [])
    bench.expectWhole()
  }

  @Test func `events of a stream go by what they say`() {
    let bench = PurgeBench()
    let lines = (0..<12).map { "{\"n\":\($0),\"who\":\"planted-person-\($0 % 3)\"}\n" }.joined()
    #expect(
      bench.log.append(["--create", "--stream", "s", "--batch", "5"], input: .text(lines)).status
        == 0)
    bench.purge(
      ["--stream", "s", "--where", "data ->> 'who' = 'planted-person-1'", "--reason", "r"])
    #expect(bench.files(holding: "planted-person-1").isEmpty == false)  // "planted-person-2" shares
    #expect(bench.files(holding: "person-1\"") == [])
    #expect(
      bench.log.rows("SELECT sequence FROM s ORDER BY sequence").count == 8)
    bench.expectWhole()
    #expect(bench.log.append(["--stream", "s"], input: .text("{\"n\":12}\n")).status == 0)
    #expect(
      bench.log.rows("SELECT max(sequence) AS m FROM s") == [#"{"m":12}"#])
    bench.expectWhole()
  }

  // Evidence: R41
  @Test func `only the plan that was looked at is performed`() {
    let bench = PurgeBench.patients()
    let digest = bench.digest(all)
    #expect(bench.digest(all) == digest)
    bench.log.execute("UPDATE patients SET city = 'Elsewhere' WHERE id = 7")
    let count = bench.log.records().count
    let outcome = run("kb-purge", all + ["--execute", digest, bench.log.path])
    #expect(outcome.status == 75, "\(outcome)")
    #expect(outcome.error.contains("another one now"))
    #expect(bench.log.records().count == count)
  }

  // Evidence: R45
  @Test func `what was ordered is erased and certified though nobody reads of it`() {
    let bench = PurgeBench.patients()
    let options = ["--table", "patients", "--where", "id = 7", "--reason", "x"]
    let certificate = bench.folder.file("certificate")
    // A pipe that lost its only reader.
    let outcome = runInShell(
      "mkfifo \(bench.folder.file("pipe")) && exec 3<>\(bench.folder.file("pipe")) "
        + "4>\(bench.folder.file("pipe")) 3<&- && exec \"$@\" >&4",
      "kb-purge",
      options + ["--execute", bench.digest(options), "--certificate", certificate, bench.log.path])
    #expect(outcome.status == 74, "\(outcome)")
    #expect(outcome.error.contains("standard output"))
    #expect(bench.files(holding: "planted-Zebulon").isEmpty)
    #expect(String(decoding: contents(certificate), as: UTF8.self).contains("what all versions"))
    bench.expectWhole()
  }

  @Test func `a purge that was killed at any step is finished by --resume`() {
    let bench = PurgeBench.patients()
    let digest = bench.digest(all)
    let original = bench.folder.file("original")
    #expect(run("/bin/cp", ["-r", bench.log.path, original]).status == 0)
    var ordered = 0
    let steps = KillSteps.run(
      "kb-purge", all + ["-q", "--execute", digest, bench.log.path], stride: 3
    ) {
      removeTree(bench.log.path)
      #expect(run("/bin/cp", ["-r", original, bench.log.path]).status == 0)
    } check: { step in
      // Never half visible: the row is there as it was, or not at all.
      let versions = bench.log.rows(
        "SELECT count(*) AS n FROM patients FOR SYSTEM_TIME ALL WHERE id = 7")
      #expect(["{\"n\":3}", "{\"n\":0}"].contains(versions.first), "step \(step)")
      #expect(run("kb-verify", [bench.log.path]).status == 0, "step \(step)")
      let wasOrdered = !bench.log.rows("SELECT * FROM kb.purges").isEmpty
      #expect(run("kb-purge", ["--resume", "-q", bench.log.path]).status == 0, "step \(step)")
      bench.expectWhole("step \(step)")
      #expect(bench.files(holding: "planted-Zebulon-first").isEmpty == wasOrdered, "step \(step)")
      ordered += wasOrdered ? 1 : 0
    }
    #expect(steps > 20 && ordered > 5, "\(steps) steps, \(ordered) behind the order")
  }

  @Test func `what cannot be purged is said, and nothing is done`() {
    let bench = PurgeBench.patients()
    for (options, status) in [
      (["--table", "patients", "--where", "id = 7"], 64),
      (["--where", "id = 7", "--reason", "x"], 64),
      (["--table", "patients", "--reason", "x"], 64),
      (["--table", "nobody", "--where", "true", "--reason", "x"], 65),
      (["--table", "patients", "--where", "idd = 7", "--reason", "x"], 65),
      (["--table", "patients", "--where", "id =", "--reason", "x"], 65),
      (["--table", "patients", "--where", "id", "--reason", "x"], 65),
      (["--table", "patients", "--where", "count(*) > 1", "--reason", "x"], 65),
      (["--stream", "s", "--where", "true", "--reason", "x"], 65),
      (["--resume", "--table", "patients"], 64),
      (all + ["--certificate", "c"], 64), (all + ["--approval", "a"], 64),
      (["--due", "--certificate", "c"], 64), (["--rekey", "--certificate", "c"], 64),
      (["--withdraw", "1", "--reason", "x", "--certificate", "c"], 64),
    ] as [([String], Int32)] {
      let outcome = run("kb-purge", options + [bench.log.path])
      #expect(outcome.status == status, "\(options) \(outcome)")
      #expect(outcome.errorLines.isEmpty == false)
    }
    #expect(run("kb-purge", all + [bench.folder.file("none")]).status == 66)
    let nothing = run(
      "kb-purge", ["--table", "patients", "--where", "id = 99", "--reason", "x", bench.log.path])
    #expect(nothing.status == 0 && nothing.text.contains("\"events\":0"))
  }

  // Evidence: R44
  @Test func `a body that somebody emptied by hand is MISSING`() {
    let bench = PurgeBench.patients()
    let script = bench.folder.write("forge.py", Self.forgery)
    let outcome = run(
      "/usr/bin/env",
      ["python3", "-B", script, "\(bench.log.path)/segments/00000000000000000000.kbl"])
    #expect(outcome.status == 0, "\(outcome)")
    let verified = run("kb-verify", [bench.log.path])
    #expect(verified.status == 1)
    #expect(verified.text.contains("1 MISSING"), "\(verified)")
    #expect(verified.text.contains("no purge order covers"))
  }

  /// Replaces the body of the last frame by one whose events are holes, with all CRCs right.
  private static let forgery = """
    import hashlib, struct, sys
    sys.path.insert(0, '\(Project.path)/Tests')
    from reader import crc32c, expand
    path = sys.argv[1]
    data = bytearray(open(path, 'rb').read())
    at = last = 128
    while any(data[at:at + 4]):
        last = at
        at += 156 + int.from_bytes(data[at:at + 4], 'big')
    stored, size = struct.unpack('>II', data[last:last + 8])
    header = bytes(data[last + 48:last + 156])
    body = expand(bytes(data[last + 156:last + 156 + stored]), size)
    count = int.from_bytes(header[36:40], 'big')
    salts = hashlib.shake_256(body[1:33]).digest(16 * count)
    holed, place = b'\\1', 33
    for index in range(count):
        length = int.from_bytes(body[place:place + 4], 'big')
        event = body[place + 4:place + 4 + length]
        leaf = hashlib.sha256(b'\\0' + salts[16 * index:16 * index + 16] + event).digest()
        holed += bytes(4) + leaf
        place += 4 + length
    frame = bytearray(data[last:last + 44])
    frame[0:8] = struct.pack('>II', len(holed), len(holed))
    frame[8] = 0
    frame[40:44] = struct.pack('>I', crc32c(holed))
    frame += struct.pack('>I', crc32c(bytes(frame) + header))
    open(path, 'wb').write(bytes(data[:last]) + bytes(frame) + header + holed)
    """
}
