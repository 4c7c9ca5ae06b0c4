// SPDX-License-Identifier: Apache-2.0
// Cosignatures of a log's checkpoints, by witnesses that are a Python script.

import Testing

@Suite struct WitnessAnchorTests {
  /// A log of three records.
  private struct Watched {
    let folder = Folder()
    let log: String

    init(_ name: String = "ward.kb") {
      log = folder.file(name)
      let made = run(
        "kb-append", ["--create", "--table", "patients", "--key", "id", "--batch", "1", log],
        input: .text("{\"id\":1}\n{\"id\":2}\n"))
      #expect(made.status == 0, "\(made)")
    }

    /// Its newest verifier key.
    var key: String {
      String(decoding: contents(log + "/vkey"), as: UTF8.self).split(separator: "\n").first.map(
        String.init) ?? ""
    }

    func append(_ id: Int) {
      let more = run(
        "kb-append", ["--table", "patients", log], input: .text("{\"id\":\(id)}\n"))
      #expect(more.status == 0, "\(more)")
    }

    func request(_ options: [String] = []) -> Outcome {
      run("kb-verify", ["--anchor", "witness"] + options + [log])
    }

    func add(_ text: String, _ options: [String] = []) -> Outcome {
      run("kb-verify", ["--import", folder.write("answer", text)] + options + [log])
    }

    func verify(_ options: [String] = []) -> Outcome { run("kb-verify", options + [log]) }

    func policy(_ text: String) -> [String] { ["--policy", folder.write("policy", text)] }
  }

  @Test func `a witness follows a log that grows`() {
    let watched = Watched()
    let witness = Witness("witness.example/w1")
    let policy = watched.policy("log \(watched.key)\n\(witness.line)quorum \(witness.name)\n")
    #expect(watched.verify(policy).status == 1)
    for round in 1...3 {
      let request = watched.request()
      #expect(request.status == 0, "\(request)")
      #expect(request.text.hasPrefix("old \(round == 1 ? 0 : round + 1)\n"))
      let (status, body) = witness.answer(
        request.output, about: watched.key, at: 1_767_225_600 + round)
      #expect(status == "200", "\(request)")
      let added = watched.add(body, policy)
      #expect(
        added.text
          == "anchors/\(round + 2).checkpoint: \(round + 2) records cosigned by \(witness.name)\n",
        "\(added)")
      let report = watched.verify(policy)
      #expect(report.status == 0, "\(report)")
      #expect(
        report.text.contains(
          "\nanchors: \(round), newest of \(round + 2) records at 2026-01-01T00:00:0\(round)Z; \(round) cosignature"
        ), "\(report)")
      watched.append(round + 2)
    }
    // Without a policy nobody can say whose the lines are.
    #expect(
      watched.verify().text.contains(
        "anchors: 3, newest of 5 records; witnesses not checked (--policy)"))
  }

  @Test func `a witness that has seen more or less than the log knows is told from there`() {
    let watched = Watched()
    let witness = Witness("witness.example/w1")
    #expect(witness.answer(watched.request().output, about: watched.key).status == "200")
    // The answer is lost: the log does not know that the witness has seen three records.
    watched.append(3)
    let (status, body) = witness.answer(watched.request().output, about: watched.key)
    #expect(status == "409" && body == "3\n")
    let again = watched.request(["--witness-size", "3"])
    #expect(again.text.hasPrefix("old 3\n"))
    #expect(witness.answer(again.output, about: watched.key).status == "200")
    // A witness that has seen more than there is: the log was cut.
    let cut = watched.request(["--witness-size", "9"])
    #expect(
      cut.status == 65 && cut.error.contains("the witness has seen 9 records, the log holds 4"))
  }

  // Evidence: R21
  @Test func `the quorum of a policy must be reached`() {
    let watched = Watched()
    let witnesses = (1...3).map { Witness("witness.example/w\($0)") }
    let lines = witnesses.map(\.line).joined()
    let names = witnesses.map(\.name).joined(separator: " ")
    let policy = watched.policy(lines + "group two 2 \(names)\nquorum two\n")
    var report = watched.verify(policy)
    #expect(report.status == 1)
    #expect(
      report.text.contains("anchor: anchors: no checkpoint is cosigned by a witness of the policy"))
    let request = watched.request().output
    func cosign(_ witness: Witness) {
      #expect(watched.add(witness.answer(request, about: watched.key).body, policy).status == 0)
    }
    cosign(witnesses[0])
    report = watched.verify(policy)
    #expect(report.status == 1)
    #expect(
      report.text.contains(
        "anchor: anchors/3.checkpoint: 1 of the policy's 3 witnesses cosigned it, which is not its quorum 'two'"
      ), "\(report)")
    cosign(witnesses[2])
    #expect(watched.verify(policy).status == 0)
    // A log that the policy does not name is not believed, whoever cosigned it.
    let other = Watched().key
    let strange = watched.verify(
      watched.policy("log \(other)\n\(lines)group two 2 \(names)\nquorum two\n"))
    #expect(strange.status == 1)
    #expect(strange.text.contains("anchors/3.checkpoint: it is not signed by a log of the policy"))
  }

  // Evidence: R21
  @Test func `a cosignature of something else is refused`() {
    let (watched, other) = (Watched(), Watched())
    let witness = Witness("witness.example/w1")
    let policy = watched.policy(witness.line + "quorum \(witness.name)\n")
    let foreign = witness.answer(other.request().output, about: other.key).body
    // Nothing is there that it could be of.
    #expect(watched.add(foreign, policy).status == 66)
    let own = Witness("witness.example/w1")
    let good = own.answer(watched.request().output, about: watched.key).body
    var refused = watched.add(foreign, policy)
    #expect(refused.status == 1)
    #expect(
      refused.error.contains("the cosignature of 'witness.example/w1' is of no checkpoint there"))
    // The same name with another key is somebody else.
    refused = watched.add(good, policy)
    #expect(refused.status == 1)
    #expect(refused.error.contains("no signature line is by a witness of the policy"))
    refused = watched.add(good)
    #expect(refused.status == 64 && refused.error.contains("hint: give --policy"))
    // Added by hand, it is found.
    let file = "ward.kb/anchors/3.checkpoint"
    let note = watched.folder.read(file)
    watched.folder.write(file, note + Array(foreign.utf8))
    let report = watched.verify(policy)
    #expect(report.status == 1)
    #expect(report.text.contains("the cosignature of 'witness.example/w1' is bad"), "\(report)")
    watched.folder.write(file, note)
    for (text, what) in [
      ("quorum none\nquorum none\n", "line 2: a second quorum"), ("", "there is no quorum line"),
    ] {
      let bad = watched.verify(watched.policy(text))
      #expect(bad.status == 65 && bad.error.contains(what), "\(bad)")
    }
  }

  @Test func `lines that nobody knows are preserved`() throws {
    let watched = Watched()
    let witness = Witness("witness.example/w1")
    let policy = watched.policy(witness.line + "quorum \(witness.name)\n")
    let body = witness.answer(watched.request().output, about: watched.key).body
    // As of ML-DSA-44: four bytes of the key's id, eight of a time, 2420 of a signature.
    let script = "import base64; print(base64.b64encode(bytes(range(12)) + bytes(2420)).decode())"
    let data = try #require(run("/usr/bin/env", ["python3", "-c", script]).lines.first)
    let strange = "\u{2014} witness.example/pq1 \(data)\n"
    let added = watched.add(strange + body, policy)
    #expect(
      added.text.hasSuffix("cosigned by witness.example/w1; 1 signature unchecked (--policy)\n"))
    #expect(watched.add(body, policy).text.hasSuffix("; it was there already\n"))
    let note = watched.folder.read("ward.kb/anchors/3.checkpoint")
    let text = String(decoding: note, as: UTF8.self)
    #expect(text.hasSuffix(strange + body))
    #expect(watched.verify(policy).status == 0)
    // A cosigned checkpoint as a file: into a copy of the log that asked nobody.
    #expect(shell("rm -r ward.kb/anchors", in: watched.folder).status == 0)
    watched.append(3)
    #expect(
      watched.add(text).text
        == "anchors/3.checkpoint: 3 records; 2 signatures unchecked (--policy)\n")
    #expect(watched.folder.read("ward.kb/anchors/3.checkpoint") == note)
    #expect(watched.add(text, policy).text.hasSuffix("it was there already\n"))
    #expect(watched.verify(policy).status == 0)
    // Of another log, altered, or without anything of others it is refused.
    let other = Watched()
    #expect(other.add(text).error.contains("it is of another log"))
    let altered = text.replacing("\n3\n", with: "\n2\n")
    #expect(watched.add(altered).error.contains("the log's signature is bad"))
    let bare = String(decoding: contents(watched.log + "/checkpoint"), as: UTF8.self)
    #expect(watched.add(bare).status == 65)
  }

  @Test func `two imports at once lose no line`() {
    let watched = Watched()
    let witnesses = (1...4).map { Witness("witness.example/w\($0)") }
    let policy = watched.policy(
      witnesses.map(\.line).joined()
        + "group all-of-them all \(witnesses.map(\.name).joined(separator: " "))\nquorum all-of-them\n"
    )
    let request = watched.request().output
    let imports = witnesses.map { witness in
      let file = watched.folder.write(
        String(witness.name.suffix(2)), witness.answer(request, about: watched.key).body)
      return ToolProcess("kb-verify", ["--import", file] + policy + [watched.log])
    }
    for process in imports { #expect(process.wait().status == 0) }
    #expect(watched.verify(policy).status == 0)
  }

  @Test func `a receipt is held against a policy`() {
    let folder = Folder()
    let (log, receipts) = (folder.file("ward.kb"), folder.file("receipts"))
    let made = run(
      "kb-append",
      ["--create", "--table", "patients", "--key", "id", "--receipts", receipts, log],
      input: .text("{\"id\":1}\n{\"id\":2}\n"))
    #expect(made.status == 0, "\(made)")
    let key = String(decoding: contents(log + "/vkey"), as: UTF8.self).dropLast()
    let witness = Witness("witness.example/w1")
    let last = (names(in: receipts) ?? []).max() ?? "none"
    let receipt = "\(receipts)/\(last)"
    func check(_ policy: String, _ options: [String] = []) -> Outcome {
      run(
        "kb-verify",
        ["--receipt", receipt, "--policy", folder.write("policy", policy)] + options)
    }
    let quorum = "\(witness.line)quorum \(witness.name)\n"
    let policy = "log \(key)\n" + quorum
    let bare = check(policy)
    #expect(bare.status == 1)
    #expect(bare.error.contains("has not the quorum 'witness.example/w1' of the policy"), "\(bare)")
    #expect(check("log \(key)\nquorum none\n").status == 0)
    // The note is the end of a receipt, and more signatures can stand behind it.
    let request = run("kb-verify", ["--anchor", "witness", log])
    let (status, body) = witness.answer(request.output, about: String(key))
    #expect(status == "200")
    folder.write("receipts/\(last)", contents(receipt) + Array(body.utf8))
    #expect(check(policy).status == 0)
    #expect(check(quorum, ["--key", "\(log)/vkey"]).status == 0)
    // Who the log is must come from somewhere, and be this one.
    #expect(check(quorum).status == 64)
    let strange = "log \(Watched().key)\n\(quorum)"
    #expect(check(strange).error.contains("is not signed with the key given"))
    #expect(
      check(strange, ["--key", "\(log)/vkey"]).error.contains(
        "is not signed by a log of the policy"))
  }

  @Test func `a cosignature that comes later leaves the time stamp as it is`() {
    let watched = Watched()
    let (authority, witness) = (Authority(), Witness("witness.example/w1"))
    let trust =
      watched.policy(witness.line + "quorum \(witness.name)\n")
      + ["--tsa-ca", authority.certificates]
    let request = run("kb-verify", ["--anchor", "tsq", watched.log]).output
    let body = witness.answer(watched.request().output, about: watched.key).body
    #expect(watched.add(body, trust).status == 0)
    // The answer comes last, to what was asked first.
    let answer = watched.folder.write("answer.tsr", authority.answer(request))
    #expect(run("kb-verify", ["--import", answer] + trust + [watched.log]).status == 0)
    #expect(run("kb-verify", ["--anchor", "tsq", watched.log]).output == request)
    let report = watched.verify(trust)
    #expect(
      report.status == 0 && report.text.contains("; 1 time stamp; 1 cosignature"), "\(report)")
    // To other programs it is the first lines of the file.
    let (status, output) = shell(
      "head -n 5 ward.kb/anchors/3.checkpoint > note && openssl ts -verify -data note"
        + " -in ward.kb/anchors/3.tsr -CAfile \(authority.certificates)", in: watched.folder)
    #expect(status == 0, "\(output)")
  }
}
