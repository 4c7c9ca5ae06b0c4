// SPDX-License-Identifier: Apache-2.0

import Kimberlite
import KimberliteCore
import KimberliteTool

/// A receipt that was checked, in each format.
struct ReceiptResult {
  let path: String
  let verdict: ReceiptVerdict

  /// Bytes of the longest receipt: an event and its base64.
  private static let byteCountMax = 96 << 20

  /// Checks a receipt: a log's key must have signed, and what a policy asks for.
  init(_ path: String, keys: [VerifierKey], policy: TrustPolicy?) throws(Failure) {
    self.path = path
    let text = try SmallFile.text(path, limit: Self.byteCountMax, as: "a receipt")
    do throws(FormatError) {
      verdict = try ReceiptVerdict(text, keys: keys, policy: policy)
    } catch {
      throw Failure(.data, "'\(path)' is not a receipt: \(error.what)")
    }
  }

  func print(_ format: ReportFormat, quiet: Bool) throws(Failure) {
    switch format {
    case .text:
      if case .proven(let receipt) = verdict, !quiet {
        try Output.show(Array(text(receipt).utf8).span)
      }
    case .json: try Output.write(json)
    case .prometheus: throw Failure(.usage, "--format prometheus does not go with --receipt")
    }
    if case .refuted(let why) = verdict {
      throw Failure(.bad, "'\(path)' proves nothing: \(why)")
    }
  }

  private func text(_ receipt: ProvenReceipt) -> String {
    let header = receipt.record.header
    let checkpoint = receipt.checkpoint.checkpoint
    var lines = [
      "origin: \(checkpoint.origin.text)",
      "record: offset \(header.offset), \(time(header)), \(Int(header.eventCount).counted("event")), hash \(receipt.hash.hex)",
    ]
    if let event = receipt.record.event {
      lines.append("event: \(event.index)")
      if let content = content(event) { lines.append("content: \(content)") }
    }
    lines.append("checkpoint: \(checkpoint.size.counted("record")), root \(checkpoint.root.hex)")
    for signer in receipt.signers { lines.append("signed: \(signer.text)") }
    return lines.joined(separator: "\n") + "\nOK\n"
  }

  private func time(_ header: RecordHeader) -> String {
    Receipt(offset: 0, events: 0, timestamp: header.timestamp, hash: .zero).time
  }

  /// The event as JSON; `nil` where it is not disclosed.
  private func content(_ event: ProvenEvent) -> String? {
    guard case .disclosed(_, let bytes) = event.content else { return nil }
    var json = ByteBuffer()
    do throws(CBORError) {
      try json.append(jsonOfEvent: bytes.span)
    } catch {
      // It is what was appended all the same.
      json.removeAll()
      json.append(jsonString: bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }
    return String(decoding: json.array(), as: UTF8.self)
  }

  private var json: String {
    var line = ByteBuffer()
    line.append(utf8: "{\"type\":\"receipt\",\"file\":")
    line.append(jsonString: path)
    switch verdict {
    case .refuted(let why):
      line.append(utf8: ",\"ok\":false,\"why\":")
      line.append(jsonString: why)
    case .proven(let receipt):
      let header = receipt.record.header
      let checkpoint = receipt.checkpoint.checkpoint
      line.append(
        utf8:
          ",\"ok\":true,\"origin\":\"\(checkpoint.origin.text)\",\"offset\":\(header.offset),\"timestamp\":\"\(time(header))\",\"hash\":\"\(receipt.hash.hex)\",\"events\":\(header.eventCount)"
      )
      line.append(utf8: ",\"event\":\(receipt.record.event.map { "\($0.index)" } ?? "null")")
      line.append(utf8: ",\"content\":\(receipt.record.event.flatMap(content) ?? "null")")
      line.append(
        utf8: ",\"size\":\(checkpoint.size),\"root\":\"\(checkpoint.root.hex)\",\"signers\":[")
      for (index, signer) in receipt.signers.enumerated() {
        if index > 0 { line.append(utf8: ",") }
        line.append(jsonString: signer.text)
      }
      line.append(utf8: "]")
    }
    line.append(utf8: "}\n")
    return String(decoding: line.array(), as: UTF8.self)
  }
}

/// The keys that an option names: a key, or a file of keys, one a line.
func verifierKeys(_ option: String) throws(Failure) -> [VerifierKey] {
  if let key = try? VerifierKey(text: option) { return [key] }
  let text = try SmallFile.text(option, limit: 64 << 10, as: "a verifier key, or a file of them")
  do throws(FormatError) {
    return try VerifierKey.list(of: text)
  } catch {
    throw Failure(.data, "'\(option)' is not a verifier key, or a file of them: \(error.what)")
  }
}
