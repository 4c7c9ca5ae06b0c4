// SPDX-License-Identifier: Apache-2.0
// Archives through the built tools, and through programs that are not ours: GNU tar, zstd, and the
// AWS command line against a server that speaks S3.

import Glibc
import Testing

@Suite struct SnapshotTests {
  let folder = Folder()
  let log: LogAtHand

  init() {
    log = LogAtHand(path: folder.file("ward.kb"))
    let rows = (1...300).map { "{\"id\":\($0),\"name\":\"Person \($0)\"}\n" }.joined()
    let outcome = log.append(
      ["--create", "--table", "patients", "--key", "id", "--batch", "10"], input: .text(rows))
    precondition(outcome.status == 0, "\(outcome)")
  }

  /// Runs a shell command in the folder; it must succeed.
  @discardableResult
  private func sh(
    _ command: String, sourceLocation: SourceLocation = #_sourceLocation
  ) -> [String] {
    let (status, output) = shell("set -o pipefail; \(command)", in: folder)
    #expect(
      status == 0, "\(command)\n\(output.joined(separator: "\n"))", sourceLocation: sourceLocation)
    return output
  }

  private var names: [String] { ToolTests.names(in: folder.path) ?? [] }

  @Test func `tar lists, unpacks and packs what kb-snapshot writes`() {
    #expect(
      sh("kb-snapshot ward.kb | tar -t") == [
        "checkpoint", "vkey", "segments/00000000000000000000.kbl", "kimberlite/MANIFEST",
      ])
    #expect(sh("kb-snapshot ward.kb | tar -tv | cut -c1-14").allSatisfy { $0 == "-rw------- 0/0" })
    // What is unpacked is a log.
    sh("mkdir out && kb-snapshot ward.kb | tar -x -C out && kb-verify -q out")
    sh("cmp out/segments/*.kbl ward.kb/segments/*.kbl && cmp out/checkpoint ward.kb/checkpoint")
    // The digests are those of sha256sum.
    let digests = sh("cd out && sha256sum checkpoint vkey segments/*").map { String($0.prefix(64)) }
    let manifest = String(decoding: folder.read("out/kimberlite/MANIFEST"), as: UTF8.self)
    #expect(
      manifest.split(separator: "\n").compactMap { field("sha256", of: String($0)) } == digests)
    // In the order of an archive, tar's own is as good.
    sh(
      """
      tar -c --format ustar --owner 0 --group 0 -C out -f own.tar \\
        checkpoint vkey segments/00000000000000000000.kbl kimberlite/MANIFEST
      """)
    sh(
      "kb-verify -q --snapshot own.tar && kb-snapshot --restore own.kb own.tar && kb-verify -q own.kb"
    )
  }

  @Test func `archives go through zstd, pipes and files, and come back`() {
    sh("kb-snapshot ward.kb | zstd -q > ward.tar.zst")
    sh("zstd -dc ward.tar.zst | kb-verify --snapshot - | tail -1")
    sh("zstd -dc ward.tar.zst | kb-snapshot --restore a.kb")
    sh("zstd -dqo ward.tar ward.tar.zst && kb-snapshot --restore b.kb ward.tar")
    sh("kb-snapshot --restore c.kb - < ward.tar && kb-verify --snapshot - < ward.tar")
    for copy in ["a.kb", "b.kb", "c.kb"] {
      #expect(sh("kb-query \(copy) 'SELECT count(*) AS n FROM patients'") == [#"{"n":300}"#])
      sh("kb-verify --view -q \(copy)")
    }
    // Compressed, it is no tar.
    let outcome = run("kb-verify", ["--snapshot", folder.file("ward.tar.zst")])
    #expect(outcome.status == 65 && outcome.error.contains("is not a snapshot"))
    #expect(!names.contains { $0.hasPrefix(".") })
  }

  @Test func `the AWS command line stores an archive in S3 and gets it back`() throws {
    let server = try #require(S3Server(folder), "moto_server and aws are what README installs")
    server.aws("s3 mb s3://archives")
    server.aws("s3 cp - s3://archives/ward.tar", before: "kb-snapshot ward.kb |")
    server.aws("s3 cp s3://archives/ward.tar -", after: "| kb-verify -q --snapshot -")
    server.aws("s3 cp s3://archives/ward.tar -", after: "| kb-snapshot --restore back.kb")
    sh("kb-verify -q --since ward.kb/checkpoint back.kb")
  }

  @Test func `what is archived while kb-append runs is whole, and holds what was acknowledged`() {
    let writer = ToolProcess(
      "kb-append", ["--table", "patients", "--batch", "1", log.path], input: .pipe, isPiped: true)
    for round in 0..<8 {
      for number in 0..<20 {
        writer.write("{\"id\":\(1000 + 20 * round + number),\"name\":\"New\"}\n")
      }
      var newest = 0
      for _ in 0..<20 { newest = writer.readLine().flatMap { Acknowledged($0)?.offset } ?? newest }
      sh("kb-snapshot ward.kb > \(round).tar && kb-verify -q --snapshot \(round).tar")
      let size = sh("tar -xOf \(round).tar checkpoint")[1]
      #expect(Int(size).map { $0 > newest } == true)
    }
    writer.closeInput()
    #expect(writer.wait().status == 0)
    sh(
      "kb-snapshot --restore copy.kb 7.tar && kb-verify -q --since copy.kb/anchors/*.checkpoint ward.kb"
    )
  }

  @Test func `an increment is made from the checkpoint of the archive before`() {
    sh("kb-snapshot ward.kb > 0.tar && tar -xOf 0.tar checkpoint > kept")
    log.execute("UPDATE patients SET name = 'Changed' WHERE id = 7")
    sh("kb-snapshot --since kept ward.kb > 1.tar && kb-snapshot --since 31 ward.kb | cmp - 1.tar")
    sh("kb-snapshot --restore copy.kb 0.tar 1.tar")
    #expect(
      sh("kb-query copy.kb 'SELECT name FROM patients WHERE id = 7'") == [#"{"name":"Changed"}"#])
    sh("kb-snapshot --restore --until 30 then.kb 0.tar 1.tar")
    #expect(
      sh("kb-query then.kb 'SELECT name FROM patients WHERE id = 7'") == [#"{"name":"Person 7"}"#])
    let time = sh(#"kb-query ward.kb 'SELECT timestamp FROM kb.records WHERE "offset" = 12'"#)[0]
    let moment = field("timestamp", of: time) ?? ""
    sh("kb-snapshot --restore --until '\(moment)' time.kb 0.tar 1.tar")
    #expect(sh(#"kb-query time.kb 'SELECT max("offset") AS n FROM kb.records'"#) == [#"{"n":12}"#])
    // It goes on at once.
    sh("echo '{\"id\":9999}' | kb-append --table patients time.kb && kb-verify --view -q time.kb")
  }

  // Evidence: R71
  @Test func `a restored log is never in the way of another`() {
    sh("kb-snapshot ward.kb > a.tar && mkdir -p empty other && echo hi > file")
    for target in ["ward.kb", "empty", "file"] {
      let outcome = run("kb-snapshot", ["--restore", folder.file(target), folder.file("a.tar")])
      #expect(outcome.status == 73 && outcome.error.contains("File exists"), "\(outcome)")
    }
    let lost = run("kb-snapshot", ["--restore", folder.file("no/such"), folder.file("a.tar")])
    #expect(lost.status == 73 && lost.error.contains("No such file"), "\(lost)")
    sh("cd other && kb-snapshot --restore copy.kb/ ../a.tar && kb-verify -q copy.kb")
    sh("kb-verify -q ward.kb")
  }

  @Test func `an output that fails is exit 74, and its archive is seen to be none`() {
    let full = runInShell("\"$@\" > /dev/full", "kb-snapshot", [log.path])
    #expect(full.status == 74 && full.error.contains("No space left"), "\(full)")
    let closed = runInShell("\"$@\" >&-", "kb-snapshot", [log.path])
    #expect(closed.status == 74, "\(closed)")
    let ignored = runInShell(
      "trap '' PIPE; { \"$@\"; echo $? > \(folder.file("status")); } | true", "kb-snapshot",
      [log.path])
    #expect(ignored.status == 0 && folder.read("status") == Array("74\n".utf8), "\(ignored)")
    let piped = runInShell("\"$@\" | head -c 100 | wc -c; true", "kb-snapshot", [log.path])
    #expect(piped.errorLines == [], "\(piped)")
    let limited = runInShell(
      "ulimit -f 1; \"$@\" > \(folder.file("short.tar"))", "kb-snapshot", [log.path])
    #expect(limited.status == 74 && limited.error.contains("File too large"), "\(limited)")
    let check = run("kb-verify", ["--snapshot", folder.file("short.tar")])
    #expect(check.status == 1 && check.error.contains("ends"), "\(check)")
  }

  // Evidence: A3
  // Evidence: R71
  @Test func `kill -9 at any step of a restoration leaves no log, and the next one works`() {
    sh("kb-snapshot ward.kb > a.tar")
    let arguments = ["--restore", "--until", "20", folder.file("copy.kb"), folder.file("a.tar")]
    let steps = KillSteps.run("kb-snapshot", arguments) {
      // What a killed run left beside it stays: the next one must cope with that.
      sh("rm -rf copy.kb")
    } check: { step in
      // Killed between the rename and its sync it is there, and whole.
      if names.contains("copy.kb") { sh("kb-verify -q copy.kb") }
    }
    #expect(steps > 10)
    sh("kb-verify -q copy.kb")
    #expect(!names.contains(".copy.kb.restoring"))
  }

  @Test func `a restoration is told of by the name of the log that it makes`() {
    sh("kb-snapshot ward.kb > a.tar")
    // Files are limited to a few blocks: what is restored does not fit.
    let outcome = runInShell(
      "ulimit -f 4; exec \"$@\"", "kb-snapshot",
      ["--restore", folder.file("copy.kb"), folder.file("a.tar")])
    #expect(outcome.status == 74, "\(outcome)")
    #expect(outcome.error.contains("'\(folder.file("copy.kb"))/segments/"), "\(outcome)")
    #expect(!outcome.error.contains("restoring"), "\(outcome)")
  }

  @Test func `what is not wanted is told, and leaves nothing`() {
    sh("kb-snapshot ward.kb > a.tar")
    let cases: [([String], Int32, String)] = [
      (["--until", "never", log.path], 64, "wants an offset or a time"),
      (["--until", "31", log.path], 65, "beyond the 31 records"),
      (["--until", "2001-01-01", log.path], 65, "begins after that time"),
      (["--since", "32", log.path], 65, "the increment begins at 32"),
      (["--since", "20", "--until", "19", log.path], 64, "begins at offset 20 and ends at 19"),
      (["--since", "9", "--until", "3", log.path], 64, "begins at offset 9 and ends at 3"),
      (["--since", folder.file("a.tar"), log.path], 65, "is not a checkpoint"),
      (["--since", folder.file("none"), log.path], 66, "cannot open"),
      ([folder.file("none")], 66, "cannot open"), ([folder.path], 66, "is not a log"),
      ([log.path, folder.file("a.tar")], 64, "has no place here"),
      (["--jobs", "0", log.path], 64, "--jobs"),
      (["--restore", folder.file("x.kb"), folder.file("none")], 66, "cannot open"),
      (["--restore", folder.file("x.kb"), folder.file("ward.kb/checkpoint")], 65, "it is no tar"),
      (["--restore", "--since", "1", folder.file("x.kb")], 64, "--since"),
    ]
    for (arguments, status, what) in cases {
      let outcome = run("kb-snapshot", arguments)
      #expect(outcome.status == status && outcome.error.contains(what), "\(arguments) \(outcome)")
      #expect(outcome.output.isEmpty && outcome.errorLines.count <= 2)
    }
    #expect(run("kb-snapshot", ["--restore", folder.file("x.kb")]).status == 65)
    #expect(Set(names) == ["a.tar", "ward.kb"])
  }
}

/// What was erased does not come back with an archive that is older than its erasure.
@Suite struct SnapshotPurgeTests {
  private let bench = PurgeBench.patients()
  private let planted = "planted-Zebulon-first"
  private let purge = ["--table", "patients", "--where", "id = 7", "--reason", "GDPR art. 17"]

  private func sh(_ command: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let (status, output) = shell(command, in: bench.folder)
    #expect(
      status == 0, "\(command)\n\(output.joined(separator: "\n"))", sourceLocation: sourceLocation)
  }

  /// Expects that a restored log is whole, without the row, and can be appended to.
  private func expectErased(
    _ name: String, orders: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let copy = PurgeBench.Copy(path: bench.folder.file(name))
    #expect(copy.files(holding: planted).isEmpty, sourceLocation: sourceLocation)
    let found = names(in: "\(copy.path)/orders") ?? []
    #expect(found.count == orders, "\(found)", sourceLocation: sourceLocation)
    sh("kb-verify -q \(name)", sourceLocation: sourceLocation)
    let rows = run("kb-query", [copy.path, "SELECT count(*) AS n FROM patients WHERE id = 7"])
    #expect(rows.text == "{\"n\":0}\n", "\(rows)", sourceLocation: sourceLocation)
    sh(
      "echo '{\"id\":\(900 + name.count)}' | kb-append --table patients \(name) && kb-verify --view -q \(name)",
      sourceLocation: sourceLocation)
  }

  @Test func `an old full archive with its increments comes back without what was purged since`() {
    sh("kb-snapshot log > 0.tar && tar -xOf 0.tar checkpoint > kept")
    #expect(!PurgeBench.Copy(path: bench.folder.file("0.tar")).holds(planted).isEmpty)
    bench.purge(purge)
    sh("kb-snapshot --since kept log > 1.tar && kb-snapshot --restore copy.kb 0.tar 1.tar")
    expectErased("copy.kb", orders: 0)
  }

  // Evidence: R73
  @Test func `an old archive comes back without what a log that went on has purged`() {
    sh("kb-snapshot log > 0.tar")
    bench.purge(purge)
    sh("kb-snapshot --restore plain.kb 0.tar")
    #expect(!PurgeBench.Copy(path: bench.folder.file("plain.kb")).files(holding: planted).isEmpty)
    sh("kb-snapshot --restore --purges-from log copy.kb 0.tar")
    expectErased("copy.kb", orders: 1)
    // An archive of it does as well, from where nothing can be written.
    sh("kb-snapshot log > 3.tar && kb-snapshot --restore --purges-from 3.tar copy3.kb 0.tar")
    expectErased("copy3.kb", orders: 1)
    // The receipt travels on, and what it is about stays accounted for.
    sh("kb-snapshot copy.kb > 2.tar && kb-verify -q --snapshot 2.tar")
    sh("kb-snapshot --restore again.kb 2.tar")
    expectErased("again.kb", orders: 1)
    // Without it the holes are a loss.
    sh("rm again.kb/orders/*")
    let outcome = run("kb-verify", [bench.folder.file("again.kb")])
    #expect(outcome.status == 1 && outcome.text.contains("no purge order covers"), "\(outcome)")
  }

  @Test func `an archive that ends before an order, or a log set back before it, accounts for it`()
  {
    bench.purge(purge)
    sh("kb-snapshot --until 5 log > early.tar && kb-verify -q --snapshot early.tar")
    sh("kb-snapshot --restore early.kb early.tar")
    expectErased("early.kb", orders: 1)
    sh("kb-snapshot log > all.tar && kb-snapshot --restore --until 5 then.kb all.tar")
    expectErased("then.kb", orders: 1)
  }

  @Test func `purges are taken only from a log that went on from what is restored`() {
    sh("kb-snapshot log > 0.tar && kb-snapshot --restore --until 3 other.kb 0.tar")
    let outcome = run(
      "kb-snapshot",
      [
        "--restore", "--purges-from", bench.folder.file("other.kb"), bench.folder.file("copy.kb"),
        bench.folder.file("0.tar"),
      ])
    #expect(outcome.status == 65 && outcome.error.contains("does not continue"), "\(outcome)")
    #expect(names(in: bench.folder.file("copy.kb")) == nil)
  }
}

/// moto's S3 server on a port of its own, for as long as the test runs.
private final class S3Server {
  private let folder: Folder
  private let server: ToolProcess
  private let environment: [String: String]
  private var endpoint = ""

  /// `nil` where there is no moto_server or no aws.
  init?(_ folder: Folder) {
    self.folder = folder
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    environment = [
      "PATH": "\(ToolPath.folder):\(path)",
      "HOME": getenv("HOME").map { String(cString: $0) } ?? "/",
      "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
      "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
    ]
    server = ToolProcess(
      "/bin/sh", ["-c", "command -v aws >&2 && exec moto_server -H 127.0.0.1 -p 0 2>&1"],
      isPiped: true, environment: environment)
    while let line = server.readLine() {
      if let match = line.firstMatch(of: /Running on (http:\S+)/) {
        endpoint = String(match.1)
        return
      }
    }
    return nil
  }

  deinit {
    server.kill(SIGTERM)
    _ = server.wait()
  }

  /// Runs `aws` as part of a pipe; all of it must succeed.
  func aws(
    _ command: String, before: String = "", after: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let line =
      "cd \(folder.path) && \(before) aws --endpoint-url \(endpoint) \(command) \(after)"
    let outcome = run(
      "/bin/bash", ["-c", "set -o pipefail; \(line)"], environment: environment)
    #expect(outcome.status == 0, "\(line)\n\(outcome)", sourceLocation: sourceLocation)
  }
}
