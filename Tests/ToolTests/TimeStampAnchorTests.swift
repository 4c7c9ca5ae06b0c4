// SPDX-License-Identifier: Apache-2.0
// Time stamps of a log's checkpoints, by an authority that is openssl(1).

import Glibc
import Testing

@Suite struct TimeStampAnchorTests {
  /// A log of a few records, and its newest checkpoint's request.
  private struct Stamped {
    let folder = Folder()
    let authority = Authority()
    var log: String { folder.file("ward.kb") }

    init() {
      let made = run(
        "kb-append", ["--create", "--table", "patients", "--key", "id", "--batch", "1", log],
        input: .text("{\"id\":1}\n{\"id\":2}\n"))
      #expect(made.status == 0, "\(made)")
    }

    func request() -> [UInt8] {
      let outcome = run("kb-verify", ["--anchor", "tsq", log])
      #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome)")
      return outcome.output
    }

    func add(_ bytes: [UInt8], _ options: [String] = []) -> Outcome {
      run("kb-verify", ["--import", folder.write("answer", bytes)] + options + [log])
    }

    func verify(_ options: [String] = []) -> Outcome { run("kb-verify", options + [log]) }

    var trusted: [String] { ["--tsa-ca", authority.certificates] }
  }

  // Evidence: R20
  @Test func `a stamp is asked for, kept, and checked by every run`() {
    let stamped = Stamped()
    let request = stamped.request()
    #expect(request.count == 69)
    // Asked again, it is the same request: an answer on its way still fits.
    #expect(stamped.request() == request)
    #expect(stamped.verify().lines.contains { $0.hasPrefix("anchors: 0, 1 waiting;") })
    let added = stamped.add(stamped.authority.answer(request), stamped.trusted)
    #expect(added.status == 0, "\(added)")
    #expect(
      added.text.wholeMatch(of: /anchors\/3.tsr: 3 records stamped .*Z by CN=Test authority\n/)
        != nil)
    let report = stamped.verify(stamped.trusted)
    #expect(report.status == 0, "\(report)")
    #expect(report.text.contains(/\nanchors: 1, newest of 3 records at .*Z; 1 time stamp; wit/))
    // Whoever is not known is said not to be.
    #expect(stamped.verify().text.contains("1 time stamp, authorities not checked (--tsa-ca)"))
    let json = stamped.verify(stamped.trusted + ["--format", "json"]).text
    #expect(json.contains("\"anchors\":{\"anchored\":1,\"waiting\":0,\"size\":3,\"time\":\"2"))
    let metrics = stamped.verify(["--format", "prometheus"]).lines
    #expect(metrics.contains("kimberlite_anchors 1"))
    #expect(metrics.contains("kimberlite_anchor_offset 2"))
    #expect(!metrics.contains("kimberlite_anchor_timestamp_seconds 0"))
  }

  @Test func `openssl verifies what is kept, with the request and without`() {
    let stamped = Stamped()
    _ = stamped.add(stamped.authority.answer(stamped.request()))
    let anchors = stamped.log + "/anchors"
    for what in ["-queryfile 3.tsq", "-data 3.checkpoint"] {
      let (status, output) = shell(
        "cd \(anchors) && openssl ts -verify \(what) -in 3.tsr -CAfile \(stamped.authority.certificates)",
        in: stamped.folder)
      #expect(status == 0 && output.contains("Verification: OK"), "\(output)")
    }
  }

  @Test func `an anchor outlives growth and a writer that is killed`() {
    let stamped = Stamped()
    _ = stamped.add(stamped.authority.answer(stamped.request()), stamped.trusted)
    let writer = ToolProcess(
      "kb-append", ["--table", "patients", "--batch", "1", stamped.log], input: .pipe,
      isPiped: true)
    for id in 3...20 {
      writer.write("{\"id\":\(id)}\n")
      #expect(writer.readLine() != nil)
    }
    writer.kill(SIGKILL)
    _ = writer.wait()
    let report = stamped.verify(stamped.trusted)
    #expect(report.status == 0, "\(report)")
    #expect(report.text.contains("anchors: 1, newest of 3 records at"))
    // The next request is of the records that are there now.
    #expect(stamped.add(stamped.authority.answer(stamped.request()), stamped.trusted).status == 0)
    #expect(names(in: stamped.log + "/anchors")?.count == 6)
    #expect(stamped.verify(stamped.trusted).text.contains("anchors: 2, newest of 21 records at"))
  }

  @Test func `an answer that is there already is not kept twice, another authority's is`() {
    let stamped = Stamped()
    let request = stamped.request()
    let answer = stamped.authority.answer(request)
    #expect(stamped.add(answer).text.hasSuffix("who that is was not checked (--tsa-ca)\n"))
    #expect(stamped.add(answer).text.hasSuffix("; it was there already\n"))
    #expect(stamped.add(Authority().answer(request)).text.hasPrefix("anchors/3.2.tsr: "))
    #expect(
      names(in: stamped.log + "/anchors") == ["3.2.tsr", "3.checkpoint", "3.tsq", "3.tsr"])
    #expect(stamped.verify().text.contains("anchors: 1, newest of 3 records"))
    // Of the two, one is by an authority that is known.
    let report = stamped.verify(stamped.trusted)
    #expect(report.status == 1, "\(report)")
    #expect(report.text.contains("anchor: anchors/3.2.tsr: the time stamp is bad: "))
  }

  @Test func `what is no good answer is refused, and why`() {
    let stamped = Stamped()
    let request = stamped.request()
    let answer = stamped.authority.answer(request)
    func refuses(
      _ status: Int32, _ what: String, _ bytes: [UInt8], _ options: [String] = [],
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let outcome = stamped.add(bytes, options)
      #expect(outcome.status == status, "\(outcome)", sourceLocation: sourceLocation)
      #expect(outcome.error.contains(what), "\(outcome)", sourceLocation: sourceLocation)
      #expect(
        names(in: stamped.log + "/anchors") == ["3.checkpoint", "3.tsq"],
        sourceLocation: sourceLocation)
    }
    refuses(65, "neither a time stamp nor signature lines nor a checkpoint", Array("hello\n".utf8))
    refuses(65, "neither a time stamp nor signature lines nor a checkpoint", [])
    refuses(65, "it is no answer of a time-stamp authority", Array(answer.dropLast()))
    refuses(65, "it is no answer of a time-stamp authority", request)
    var altered = answer
    altered[altered.count - 3] ^= 1
    refuses(1, "the time stamp is bad: ", altered)
    let stranger = Authority()
    refuses(1, "certificate verify error", answer, ["--tsa-ca", stranger.certificates])
    refuses(1, "certificate has expired", Authority(days: -1).answer(request))
    // A stamp of something else; the request's own, with another nonce.
    var other = request
    other[30] ^= 1
    refuses(66, "no checkpoint that the time stamp is of", stamped.authority.answer(other))
    other[30] ^= 1
    other[60] ^= 1
    refuses(1, "its nonce is another", stamped.authority.answer(other))
    // SHA-224 is none of the digests that the authority takes.
    other[19] = 4
    refuses(65, "the authority gave no stamp: ", stamped.authority.answer(other))
    refuses(66, "cannot open '/none'", answer, ["--tsa-ca", "/none"])
    refuses(65, "holds no certificate", answer, ["--tsa-ca", stamped.folder.write("no", "text\n")])
    #expect(run("kb-verify", ["--import", "/none", stamped.log]).status == 66)
    #expect(run("kb-verify", ["--import", "/none", "--anchor", "tsq", stamped.log]).status == 64)
    #expect(run("kb-verify", ["--witness-size", "1", stamped.log]).status == 64)
    #expect(run("kb-verify", ["--anchor", "tsq", "/none.kb"]).status == 66)
    #expect(stamped.add(answer, stamped.trusted).status == 0)
  }

  // Evidence: R20
  @Test func `every altered, misplaced and stray file is a finding`() {
    let stamped = Stamped()
    let request = stamped.request()
    _ = stamped.add(stamped.authority.answer(request))
    #expect(stamped.verify().status == 0)
    let anchors = "ward.kb/anchors"
    func finds(
      _ what: String, _ name: String, _ bytes: [UInt8]?,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let file = "\(anchors)/\(name)"
      let before = stamped.folder.read(file)
      if let bytes { stamped.folder.write(file, bytes) } else { unlink(stamped.folder.file(file)) }
      let report = stamped.verify()
      #expect(report.status == 1, "\(report)", sourceLocation: sourceLocation)
      #expect(report.text.contains(what), "\(report)", sourceLocation: sourceLocation)
      if before.isEmpty {
        unlink(stamped.folder.file(file))
      } else {
        stamped.folder.write(file, before)
      }
    }
    func altered(_ name: String, at index: Int, to byte: UInt8? = nil) -> [UInt8] {
      var bytes = stamped.folder.read("\(anchors)/\(name)")
      let index = index < 0 ? bytes.count + index : index
      // Of base64 another digit.
      let isText = name.hasSuffix("checkpoint")
      let other: UInt8 = bytes[index] == UInt8(ascii: "B") ? 0x43 : 0x42
      bytes[index] = byte ?? (isText ? other : bytes[index] ^ 1)
      return bytes
    }
    finds("anchor: anchors/3.tsr: ", "3.tsr", altered("3.tsr", at: -3))
    finds("anchor: anchors/3.tsr: it is no answer", "3.tsr", Array("hello".utf8))
    finds("anchor: anchors/3.tsq: ", "3.tsq", altered("3.tsq", at: 30))
    finds("anchor: anchors/3.checkpoint: ", "3.checkpoint", Array("hello\n".utf8))
    let note = "3.checkpoint"
    // The size line, the root, the signature.
    finds(
      "anchor: anchors/\(note): it states 2 records", note,
      altered(note, at: 44, to: UInt8(ascii: "2")))
    for what in [
      "anchor: anchors/\(note): the log's signature is bad",
      "checkpoint: anchors/\(note): offset 3: the Merkle root of 3 records differs",
      "anchor: anchors/3.tsr: it stamps something else",
    ] {
      finds(what, note, altered(note, at: 50))
    }
    finds("anchor: anchors/\(note): the log's signature is bad", note, altered(note, at: -10))
    finds(
      "stray: anchors/3.tsq: the checkpoint that it belongs to is not there", "3.checkpoint", nil)
    for name in ["x", "03.tsr", "3.1.tsr", "3.tsr.tsr", "3.checkpoint~"] {
      finds("stray: anchors/\(name): a file that does not belong here", name, [1])
    }
    // What a killed import leaves is none.
    stamped.folder.write("\(anchors)/3.checkpoint.tmp", "half")
    let report = stamped.verify()
    #expect(report.status == 0 && report.text.contains("note: anchors/3.checkpoint.tmp"))
    #expect(stamped.request() == request)
    #expect(!stamped.verify().text.contains("note:"))
  }

  @Test func `records that an anchor states are missed when they are gone`() {
    let stamped = Stamped()
    #expect(shell("cp -r ward.kb old.kb", in: stamped.folder).status == 0)
    let more = run(
      "kb-append", ["--table", "patients", "--batch", "1", stamped.log],
      input: .text("{\"id\":3}\n{\"id\":4}\n"))
    #expect(more.status == 0)
    _ = stamped.add(stamped.authority.answer(stamped.request()), stamped.trusted)
    // The old copy comes back, with the anchors.
    #expect(
      shell(
        "cp -r ward.kb/anchors old.kb/ && rm -r ward.kb && mv old.kb ward.kb", in: stamped.folder
      ).status == 0)
    let report = stamped.verify()
    #expect(report.status == 1)
    #expect(report.text.contains("missing: anchors/5.checkpoint: "), "\(report)")
    #expect(report.text.contains("5 records: 3 OK, 0 PURGED, 2 MISSING"), "\(report)")
  }
}
