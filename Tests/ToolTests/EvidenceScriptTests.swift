// SPDX-License-Identifier: Apache-2.0
// verify.sh against those who would like it to say VERIFIED, and where it cannot check: names that
// shells read as numbers, time stamps with words around them, surroundings that lead elsewhere.

import Glibc
import Testing

@Suite struct EvidenceScriptTests {
  private let bench = EvidenceBench()
  private var log: LogAtHand { bench.log }
  private var folder: Folder { bench.folder }

  private func makeLog() {
    let made = log.append(
      [
        "--sql", "--create", "--actor", "planted-cleo", "-c",
        """
        CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT, phone TEXT PERSONAL);
        INSERT INTO p VALUES (1, 'Ann', 'planted-1'), (2, 'Bob', 'planted-2');
        UPDATE p SET name = 'Ann Lee' WHERE id = 1;
        """,
      ])
    #expect(made.status == 0, "\(made)")
  }

  @Test func `receipts by names that shells read otherwise are refused by every shell`() {
    makeLog()
    bench.make("SELECT name FROM p ORDER BY id")
    for name in [
      "1-018", "01-1", "1-08", "1-", "-1", "1--1", "1-1-1", "0x1-1", "1-99999999999999999999",
    ] {
      bench.unpack()
      bench.write("receipts/\(name).tlog-proof", "garbage")
      bench.reseal()
      for shell in ["/bin/sh", "/bin/bash"] {
        let outcome = run(shell, ["\(bench.pack)/verify.sh"])
        #expect(
          outcome.status == 1 && outcome.error.hasPrefix("WRONG: SHA256SUMS: line ")
            && !outcome.text.contains("VERIFIED"), "\(name): \(outcome)")
      }
    }
    for name in ["receipts/..x", "receipts/.x", "..x", "receipts/...", "anchors/..x"] {
      bench.unpack()
      mkdir("\(bench.pack)/anchors", 0o700)
      bench.write(name, "x")
      bench.expectWrong(name)
    }
  }

  @Test func `the time of a time stamp is the one that was signed`() {
    makeLog()
    let authority = Authority()
    let request = run("kb-verify", ["--anchor", "tsq", log.path])
    let answer = authority.answer(request.output)
    let added = run("kb-verify", ["--import", folder.write("answer", answer), log.path])
    #expect(added.status == 0, "\(added)")
    bench.make("SELECT name FROM p")
    guard let stamp = bench.files.first(where: { $0.hasSuffix(".tsr") }) else {
      Issue.record("no time stamp")
      return
    }
    let forged = answer.withStatusText("ok\nTime stamp: Jan  1 00:00:00 2016 GMT\n")
    let shown = shell(
      "openssl ts -reply -in \(folder.write("forged", forged)) -text", in: folder)
    #expect(shown.output.contains("Time stamp: Jan  1 00:00:00 2016 GMT"), "\(shown)")
    bench.write(stamp, forged)
    bench.reseal()
    // It is the same stamp: nobody signs the words around it, and nobody reads them.
    let outcome = bench.verify(["--tsa-ca", authority.certificates])
    #expect(outcome.status == 0 && !outcome.text.contains("2016"), "\(outcome)")
    #expect(outcome.text.contains(/existed at 20[2-9]/))
  }

  @Test func `what cannot be checked is not said to be wrong`() {
    makeLog()
    bench.make("SELECT name FROM p")
    #expect(bench.verify(["--key", ""]).status == 64)
    #expect(bench.verify(["--tsa-ca", ""]).status == 64)
    #expect(bench.verify(["--key", folder.file("none")]).status == 66)
    #expect(bench.verify(["--key", folder.path]).status == 66)
    #expect(bench.verify(["--key", folder.write("empty", "")]).status == 64)
    #expect(bench.verify(["--tsa-ca", folder.write("pem", "no certificate")]).status == 64)
    let windows = folder.write(
      "windows", bench.text("vkey").replacing("\n", with: "\r\n"))
    #expect(bench.verify(["--key", windows]).status == 0)
    func verify(_ environment: [String: String]) -> Outcome {
      run("/bin/sh", ["\(bench.pack)/verify.sh"], environment: environment)
    }
    #expect(verify(["TMPDIR": folder.file("none")]).status == 73)
    #expect(verify(["PATH": "bin"]).status == 69)
    // A relative PATH, CDPATH and TMPDIR lead nowhere else.
    mkdir(folder.file("tmp"), 0o700)
    folder.write("sha256sum", "#!/bin/sh\ntouch \(folder.file("taken"))\n")
    chmod(folder.file("sha256sum"), 0o700)
    let (status, output) = shell(
      "PATH=.::$PATH CDPATH=/usr TMPDIR=tmp sh evidence/verify.sh evidence", in: folder)
    #expect(status == 0, "\(output)")
    #expect(names(in: folder.file("tmp")) == [] && access(folder.file("taken"), F_OK) != 0)
  }
}

extension [UInt8] {
  /// An authority's answer with words of anybody's beside its status: RFC 3161 §2.4.2.
  fileprivate func withStatusText(_ text: String) -> [UInt8] {
    func item(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
      let size = content.count
      let head: [UInt8] =
        size < 128 ? [UInt8(size)] : [0x82, UInt8(size >> 8), UInt8(size & 255)]
      return [tag] + head + content
    }
    /// Where the content of the item at `start` is.
    func content(at start: Int) -> Range<Int> {
      let first = Int(self[start + 1])
      if first < 128 { return start + 2..<start + 2 + first }
      let count = first & 127
      let size = self[start + 2..<start + 2 + count].reduce(0) { $0 << 8 | Int($1) }
      return start + 2 + count..<start + 2 + count + size
    }
    let answer = content(at: 0)
    let token = self[content(at: answer.lowerBound).upperBound..<answer.upperBound]
    let status = item(0x30, [2, 1, 0] + item(0x30, item(0x0c, Array(text.utf8))))
    return item(0x30, status + token)
  }
}
