// SPDX-License-Identifier: Apache-2.0

import Kimberlite
import KimberliteCore
import KimberliteTool

/// What kb-verify says, in each of its formats.
struct VerifyResult {
  let path: String
  /// With what is wrong with the access log.
  let report: VerifyReport
  /// The access log; `nil`: there is none.
  let accesses: VerifyReport?
  /// `nil`: the view was not asked about.
  let view: ViewReport?
  /// Of an archive: what it says of itself.
  var snapshot: SnapshotManifest?

  /// Whether all that was asked about was checked, and is well.
  var isGood: Bool { report.isGood && view?.differences.isEmpty != false }
  /// Whether something was checked, and is bad.
  var isBad: Bool { !report.isGood || view?.isBad == true }

  /// One clause: what is bad.
  var summary: String {
    if let finding = report.findings.first(where: { $0.kind != .note }) {
      return finding.damage.message
    }
    return view?.differences.first ?? "all is well"
  }

  func print(_ format: ReportFormat, quiet: Bool) throws(Failure) {
    switch format {
    case .text: if !(quiet && isGood) { try Output.write(text) }
    case .json: try Output.write(json)
    case .prometheus: try Output.write(prometheus)
    }
  }

  /// Each is one of OK, PURGED, MISSING and TAMPERED.
  private var total: UInt64 { report.good + report.purged + report.missing + report.tampered }

  private var text: String {
    var lines: [String] = []
    for finding in report.findings {
      lines.append("\(finding.kind.rawValue): \(finding.damage.message)")
    }
    if let purge = view?.unfinishedPurge {
      lines.append(
        "view: not judged, for the purge ordered at offset \(purge) is not finished; run kb-purge --resume"
      )
    } else {
      for difference in view?.differences ?? [] { lines.append("view: \(difference)") }
    }
    lines.append(
      "\(total.counted("record")): \(report.good) OK, \(report.purged) PURGED, \(report.missing) MISSING, \(report.tampered) TAMPERED; \(report.events.counted("event")), \(report.segments.counted("segment")), \(report.bytes.counted("byte"))"
    )
    if let root = report.root, report.head.count > 0 {
      lines.append("head: offset \(report.head.count - 1), hash \(report.head.hash.hex)")
      lines.append("root: \(root.hex) of \(report.head.count.counted("record"))")
    }
    if let snapshot { lines.append(describe(snapshot)) }
    for (offset, chain) in report.chains.sorted(by: { $0.key < $1.key }) {
      lines.append(
        "chain: new from offset \(chain.from) on, as record \(offset) says; the old one had \(chain.old.size.counted("record")), root \(chain.old.root.hex)"
      )
    }
    if let signer = report.signer { lines.append("signed: \(signer.text)") }
    if let accesses {
      lines.append("accesses: \(accesses.records.counted("record")), \(accesses.good) OK")
    }
    if let anchors = anchorsText { lines.append(anchors) }
    if report.unread > 0 {
      lines.append(
        "contents: not checked, for the log is encrypted with key \(report.masterKey?.hex ?? "?") (--key-file)"
      )
    }
    if report.destroyed + report.locked > 0 {
      lines.append(
        "subjects: \(report.destroyed.counted("event")) under destroyed keys"
          + (report.locked == 0
            ? "" : ", \(report.locked) not checked, for their keys are not here"))
    }
    if let view, isGood {
      lines.append(
        view.rows > 0
          ? "view: \(view.records.counted("record")) folded, \(view.rows.counted("row")) compared"
          : "view: \(view.records.counted("record")) folded")
    }
    if view == nil, snapshot == nil, isGood { lines.append("view: not checked (--view)") }
    lines.append(isGood ? "OK" : isBad ? "DAMAGED" : "UNFINISHED")
    return lines.joined(separator: "\n") + "\n"
  }

  /// A time as RFC 3339 writes it, of seconds since 1970.
  static func time(_ seconds: Int64) -> String {
    SQLType.timestamptz.format(.integer(seconds * 1_000_000))
  }

  /// `nil` where nobody was asked to state anything.
  private var anchorsText: String? {
    let anchors = report.anchors
    guard anchors.anchored + anchors.waiting > 0 || anchors.checksWitnesses else { return nil }
    var parts = ["anchors: \(anchors.anchored)"]
    if anchors.waiting > 0 { parts[0] += ", \(anchors.waiting) waiting" }
    if let size = anchors.newestSize {
      let time = anchors.newestTime.map { " at \(Self.time($0))" } ?? ""
      parts[0] += ", newest of \(size.counted("record"))\(time)"
    }
    if anchors.stamps > 0 {
      parts.append(
        anchors.stamps.counted("time stamp")
          + (anchors.checksAuthorities ? "" : ", authorities not checked (--tsa-ca)"))
    }
    parts.append(
      anchors.checksWitnesses
        ? anchors.cosignatures.counted("cosignature") : "witnesses not checked (--policy)")
    return parts.joined(separator: "; ")
  }

  private func describe(_ snapshot: SnapshotManifest) -> String {
    if snapshot.isComplete { return "snapshot: complete, \(snapshot.files.count.counted("file"))" }
    return
      "snapshot: an increment of \(snapshot.files.count.counted("file")), continues offset \(snapshot.first - 1), hash \(snapshot.previous.hex)"
  }

  private var json: String {
    var line = ByteBuffer()
    line.append(utf8: "{\"type\":\"summary\",\"log\":")
    line.append(jsonString: path)
    line.append(
      utf8:
        ",\"ok\":\(isGood),\"records\":\(total),\"counts\":{\"OK\":\(report.good),\"PURGED\":\(report.purged),\"MISSING\":\(report.missing),\"TAMPERED\":\(report.tampered)},\"events\":\(report.events),\"destroyed_events\":\(report.destroyed),\"locked_events\":\(report.locked),\"segments\":\(report.segments),\"bytes\":\(report.bytes)"
    )
    line.append(utf8: ",\"newest\":")
    line.append(utf8: report.head.count == 0 ? "null" : String(report.head.count - 1))
    line.append(utf8: ",\"hash\":")
    line.append(utf8: report.head.count == 0 ? "null" : "\"\(report.head.hash.hex)\"")
    line.append(utf8: ",\"root\":")
    line.append(utf8: report.root.map { "\"\($0.hex)\"" } ?? "null")
    line.append(utf8: ",\"key\":")
    line.append(utf8: report.masterKey.map { "\"\($0.hex)\"" } ?? "null")
    line.append(utf8: ",\"contents\":\(report.unread == 0)")
    line.append(utf8: ",\"signer\":")
    if let signer = report.signer {
      line.append(jsonString: signer.text)
    } else {
      line.append(utf8: "null")
    }
    line.append(utf8: ",\"findings\":[")
    for (index, finding) in report.findings.enumerated() {
      if index > 0 { line.append(utf8: ",") }
      append(finding, to: &line)
    }
    line.append(utf8: "],\"anchors\":")
    append(report.anchors, to: &line)
    line.append(utf8: ",\"accesses\":")
    append(accesses, to: &line)
    line.append(utf8: ",\"view\":")
    append(view, to: &line)
    if let snapshot {
      line.append(
        utf8:
          ",\"snapshot\":{\"complete\":\(snapshot.isComplete),\"first\":\(snapshot.first),\"previous\":\"\(snapshot.previous.hex)\",\"size\":\(snapshot.size)}"
      )
    }
    line.append(utf8: "}\n")
    return String(decoding: line.array(), as: UTF8.self)
  }

  private func append(_ finding: Finding, to line: inout ByteBuffer) {
    line.append(utf8: "{\"kind\":\"\(finding.kind.rawValue)\",\"file\":")
    line.append(jsonString: finding.damage.file)
    if let offset = finding.damage.offset { line.append(utf8: ",\"offset\":\(offset)") }
    if let position = finding.damage.position { line.append(utf8: ",\"byte\":\(position)") }
    line.append(utf8: ",\"what\":")
    line.append(jsonString: finding.damage.what)
    line.append(utf8: "}")
  }

  private func append(_ anchors: AnchorReport, to line: inout ByteBuffer) {
    let size = anchors.newestSize.map { String($0) } ?? "null"
    let time = anchors.newestTime.map { "\"\(Self.time($0))\"" } ?? "null"
    line.append(
      utf8:
        "{\"anchored\":\(anchors.anchored),\"waiting\":\(anchors.waiting),\"size\":\(size),\"time\":\(time),\"stamps\":\(anchors.stamps),\"authorities_checked\":\(anchors.checksAuthorities),\"cosignatures\":\(anchors.cosignatures),\"witnesses_checked\":\(anchors.checksWitnesses)}"
    )
  }

  private func append(_ accesses: VerifyReport?, to line: inout ByteBuffer) {
    guard let accesses else { return line.append(utf8: "null") }
    line.append(utf8: "{\"records\":\(accesses.records),\"OK\":\(accesses.good),\"root\":")
    line.append(utf8: accesses.root.map { "\"\($0.hex)\"" } ?? "null")
    line.append(utf8: "}")
  }

  private func append(_ view: ViewReport?, to line: inout ByteBuffer) {
    guard let view else { return line.append(utf8: "null") }
    line.append(utf8: "{\"records\":\(view.records),\"rows\":\(view.rows),\"differences\":[")
    for (index, difference) in view.differences.enumerated() {
      if index > 0 { line.append(utf8: ",") }
      line.append(jsonString: difference)
    }
    line.append(utf8: "],\"unfinished_purge\":")
    line.append(utf8: view.unfinishedPurge.map { String($0) } ?? "null")
    line.append(utf8: "}")
  }

  /// For node_exporter's textfile collector.
  private var prometheus: String {
    let checksums = report.findings.count { $0.kind == .checksum }
    return """
      # HELP kimberlite_hash_chain_valid Whether the last verification found nothing bad.
      # TYPE kimberlite_hash_chain_valid gauge
      kimberlite_hash_chain_valid \(isBad ? 0 : 1)
      # HELP kimberlite_log_offset The newest offset of the log; -1 when it is empty.
      # TYPE kimberlite_log_offset gauge
      kimberlite_log_offset \(Int64(report.head.count) - 1)
      # HELP kimberlite_crc_errors_total Checksums that the last verification found wrong.
      # TYPE kimberlite_crc_errors_total counter
      kimberlite_crc_errors_total \(checksums)
      # HELP kimberlite_purges_unfinished Purges that were ordered, may be carried out and are not.
      # TYPE kimberlite_purges_unfinished gauge
      kimberlite_purges_unfinished \(report.pendingPurges.count { $0.isDue })
      # HELP kimberlite_anchors Checkpoints about which others state something.
      # TYPE kimberlite_anchors gauge
      kimberlite_anchors \(report.anchors.anchored)
      # HELP kimberlite_anchor_offset The newest offset under a good anchor; -1 where there is none.
      # TYPE kimberlite_anchor_offset gauge
      kimberlite_anchor_offset \(Int64(report.anchors.newestSize ?? 0) - 1)
      # HELP kimberlite_anchor_timestamp_seconds When that anchor was made; 0 where nobody says.
      # TYPE kimberlite_anchor_timestamp_seconds gauge
      kimberlite_anchor_timestamp_seconds \(report.anchors.newestTime ?? 0)

      """
  }
}
