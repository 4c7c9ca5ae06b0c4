// SPDX-License-Identifier: Apache-2.0
// What kb-verify does about anchors: requests out, answers in, and whom to believe.

import ArgumentParser
import Kimberlite
import KimberliteCore
import KimberliteTool

/// What is asked for.
enum AnchorRequest: String, CaseIterable, ExpressibleByArgument {
  case tsq, witness
}

struct AnchorOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write a request: for a time stamp, for a cosignature.", valueName: "tsq|witness"))
  var anchor: AnchorRequest?
  @Option(help: ArgumentHelp("Size that the witness has seen.", valueName: "n"))
  var witnessSize: UInt64?
  @Option(
    name: .customLong("import"),
    help: ArgumentHelp("Check and keep an answer.", valueName: "file"), completion: .file())
  var answer: String?
  @Option(
    name: .customLong("tsa-ca"),
    help: ArgumentHelp("Certificates of time-stamp authorities.", valueName: "file"),
    completion: .file())
  var authorities: String?
  @Option(
    help: ArgumentHelp("Witnesses to believe, and how many.", valueName: "file"),
    completion: .file())
  var policy: String?

  /// Refuses what does not go together.
  mutating func validate() throws {
    if anchor != nil, answer != nil {
      throw ValidationError("--anchor and --import are two runs")
    }
    if witnessSize != nil, anchor != .witness {
      throw ValidationError("--witness-size is for --anchor witness")
    }
  }

  /// Whether anything is asked for.
  var asks: Bool { anchor != nil || answer != nil }

  /// Whom to believe.
  func trust() throws(Failure) -> AnchorTrust {
    var trust = AnchorTrust()
    if let authorities {
      let text = try SmallFile.read(authorities, limit: 1 << 20, as: "a file of certificates")
      trust.authorities = StampAuthorities(pem: text)
      if trust.authorities == nil {
        throw Failure(.data, "'\(authorities)' holds no certificate, or a bad one (PEM)")
      }
    }
    if let policy {
      let text = try SmallFile.read(policy, limit: TrustPolicy.byteCountMax, as: "a trust policy")
      do throws(FormatError) { trust.policy = try TrustPolicy(text) } catch {
        throw Failure(.data, "'\(policy)' is not a trust policy: \(error.what)")
      }
    }
    return trust
  }

  /// Writes a request or takes an answer; false where neither is asked for.
  func perform(
    _ log: String, _ key: MasterKey?, format: ReportFormat
  ) throws(Failure) -> Bool {
    if !asks { return false }
    let trust = try trust()
    let anchors = try fail { () throws(DatabaseError) in
      try Anchors(
        directory: log, disk: PosixDisk(), trust: trust, key: key,
        stateFolder: Writer.defaultStateFolder)
    }
    switch anchor {
    case .tsq:
      if Output.isTerminal {
        throw Failure(
          .usage, "a request for a time stamp is not for a terminal",
          hint: "kb-verify --anchor tsq \(log) > request.tsq")
      }
      let request = try fail { () throws(DatabaseError) in try anchors.timeStampRequest() }
      try Output.write(request.span)
    case .witness:
      let request = try fail { () throws(DatabaseError) in
        try anchors.witnessRequest(seen: witnessSize)
      }
      try Output.write(request.text)
    case nil:
      guard let answer else { return false }
      let bytes = try SmallFile.read(answer, limit: TimeStamp.byteCountMax, as: "an answer")
      let added: AddedAnchor
      do throws(DatabaseError) { added = try anchors.add(bytes) } catch {
        var failure = Failure(error)
        failure.message = "cannot import '\(answer)': \(error.message)"
        throw failure
      }
      try Output.write(added.description(format))
    }
    return true
  }
}

extension AddedAnchor {
  /// One line: what was kept.
  fileprivate func description(_ format: ReportFormat) -> String {
    format == .json ? json : text
  }

  private var text: String {
    var parts = ["\(file): \(size.counted("record"))"]
    switch kind {
    case .stamp(let stamp, let isByAuthority):
      let name = stamp.authority.isEmpty ? "an authority without name" : stamp.authority
      parts[0] += " stamped \(VerifyResult.time(stamp.time)) by \(name)"
      if !isByAuthority { parts.append("who that is was not checked (--tsa-ca)") }
    case .cosignatures(let witnesses, let unknown):
      if !witnesses.isEmpty { parts[0] += " cosigned by \(witnesses.joined(separator: ", "))" }
      if unknown > 0 { parts.append("\(unknown.counted("signature")) unchecked (--policy)") }
    }
    if !isNew { parts.append("it was there already") }
    return parts.joined(separator: "; ") + "\n"
  }

  private var json: String {
    var line = ByteBuffer()
    line.append(utf8: "{\"type\":\"anchor\",\"file\":")
    line.append(jsonString: file)
    line.append(utf8: ",\"size\":\(size),\"new\":\(isNew)")
    switch kind {
    case .stamp(let stamp, let isByAuthority):
      line.append(utf8: ",\"time\":\"\(VerifyResult.time(stamp.time))\",\"authority\":")
      line.append(jsonString: stamp.authority)
      line.append(utf8: ",\"checked\":\(isByAuthority)")
    case .cosignatures(let witnesses, let unknown):
      line.append(utf8: ",\"witnesses\":[")
      for (index, name) in witnesses.enumerated() {
        if index > 0 { line.append(utf8: ",") }
        line.append(jsonString: name)
      }
      line.append(utf8: "],\"unchecked\":\(unknown)")
    }
    line.append(utf8: "}\n")
    return String(decoding: line.array(), as: UTF8.self)
  }
}
