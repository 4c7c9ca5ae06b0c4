// SPDX-License-Identifier: Apache-2.0
// What is handed out about an erasure: a signed note with receipts of the order and its completion,
// and the fields that NIST SP 800-88 rev. 1, section 4.8, asks of a certificate. kb-purge(1).

internal import KimberliteCore

/// The certificate of a purge.
public enum PurgeCertificate {
  /// The first line of a certificate.
  static let headline = "kimberlite/purge-certificate/v1"

  /// The certificate of a purge, signed with the log's key.
  ///
  /// It names what was erased by number alone. `tool`: the name and version of the program.
  public static func text(
    of outcome: PurgeOutcome, log path: String, key: MasterKey? = nil, tool: String,
    stateFolder: String? = Writer.defaultStateFolder
  ) throws(DatabaseError) -> String {
    try DatabaseError.wrap { () throws(LogError) in
      let directory = LogDirectory(path: path, disk: PosixDisk(), key: key)
      let stated = try directory.checkpoint(
        covering: outcome.completion + 1, stateFolder: stateFolder)
      guard let signer = try LogKeys(directory: directory).usableSigning() else {
        throw .noSigningKey(path: path, why: "its key is not here")
      }
      var maker = ReceiptMaker(directory, checkpoint: stated)
      let order = try Part(outcome.order, directory, &maker)
      let completion = try Part(outcome.completion, directory, &maker)
      var lines = [
        headline, "log \(stated.checkpoint.origin.text)",
        "order \(outcome.order) \(order.time)",
        "completion \(outcome.completion) \(completion.time)",
        "what \(outcome.scope.rawValue): \(outcome.events.counted("event")) of \(outcome.records.counted("record"))",
        method(of: outcome),
        "tool \(tool)",
        "verified every hole against its record's root; \(outcome.searchedBytes.counted("byte")) in all files searched for the erased seeds and salts, none found",
        "by \(order.context.actor ?? "unknown")",
      ]
      for (name, text) in [("reason", order.context.reason), ("ticket", order.context.ticket)] {
        if let text { lines.append("\(name) \(text)") }
      }
      let since = outcome.rule.since.map { ", since record \($0)" } ?? ""
      lines.append("approvals-wanted \(outcome.rule.wanted ?? "none")\(since)")
      for key in outcome.approvals { lines.append("approved-by \(key)") }
      lines.append("order-receipt \(order.receipt)")
      lines.append("completion-receipt \(completion.receipt)")
      let text = lines.map { Self.oneLine($0) + "\n" }.joined()
      return SignedNote(text: text, signatures: [signer.sign(text)]).encoded
    }
  }

  private static func method(of outcome: PurgeOutcome) -> String {
    let destroyed =
      outcome.subjectKeys == 0
      ? ""
      : "Cryptographic Erase: \(outcome.subjectKeys.counted("subject key")) destroyed, for every copy of the log; "
    return
      "method \(destroyed)Clear: \(outcome.segments.counted("segment file")) written anew without the events and their salts, the view compacted"
  }

  /// A note has no control characters but its line ends.
  private static func oneLine(_ line: String) -> String {
    String(String.UnicodeScalarView(line.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
  }

  /// A record of the purge, and its receipt with what the record says.
  private struct Part {
    var context: Context
    var time: String
    /// A C2SP tlog-proof in base64, for a line of the note.
    var receipt: String

    init(
      _ offset: UInt64, _ directory: LogDirectory, _ maker: inout ReceiptMaker
    ) throws(LogError) {
      var cursor = try LogReader(directory).records(from: offset)
      guard try cursor.next(), cursor.header.offset == offset,
        cursor.events.count == PurgeOrder.eventCount
      else { throw directory.isMissing(offset) }
      context = View.context(cursor.event(0)) ?? Context()
      time = SQLType.timestamptz.format(.integer(Int64(cursor.header.timestamp / 1000)))
      let proven = try EventsOfRecord(cursor, after: Catalog())
        .proven(1, cursor, discloses: true)
      let proof = try maker.receipt(proven, hash: cursor.hash)
      receipt = Base64.encode(Array(proof.text.utf8))
    }
  }
}
