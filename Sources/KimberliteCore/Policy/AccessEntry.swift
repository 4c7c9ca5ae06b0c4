// SPDX-License-Identifier: Apache-2.0

/// What the access log keeps of one query; who and why is the context of its record.
///
/// kb-log(5), Access log.
public struct AccessEntry: Sendable {
  /// The query without its values.
  public var query: QueryFingerprint
  /// The tables that it reads, each once, system tables with their schema.
  public var tables: [String]
  /// How many rows are shown.
  public var rows: Int
  /// The moment that was asked about; `nil`: the present.
  public var asOf: UInt64?
  /// The newest offset of the log then; `nil` when it had no record.
  public var newest: UInt64?
  /// The SQLSTATE, where the query failed: its message may tell what rows would.
  public var error: String?
  /// Whether the rows leave as evidence, with whole events of the log.
  public var isEvidence = false

  /// An entry of known parts.
  public init(
    query: QueryFingerprint, tables: [String], rows: Int, asOf: UInt64?, newest: UInt64?,
    error: String? = nil
  ) {
    self.query = query
    self.tables = tables
    self.rows = rows
    self.asOf = asOf
    self.newest = newest
    self.error = error
  }

  /// The data of its event.
  public var json: String {
    var text = ByteBuffer()
    text.append(utf8: "{\"query\":")
    text.append(json: Array(query.hex.utf8).span)
    text.append(utf8: ",\"text\":")
    text.append(json: Array(query.text.utf8).span)
    text.append(utf8: ",\"tables\":[")
    for (index, table) in tables.enumerated() {
      if index > 0 { text.append(utf8: ",") }
      text.append(json: Array(table.utf8).span)
    }
    text.append(utf8: "],\"rows\":\(rows),\"as_of\":\(asOf.map(String.init) ?? "null")")
    text.append(utf8: ",\"newest\":\(newest.map(String.init) ?? "null")")
    if let error {
      text.append(utf8: ",\"error\":")
      text.append(json: Array(error.utf8).span)
    }
    if isEvidence { text.append(utf8: ",\"evidence\":true") }
    text.append(utf8: "}")
    return String(decoding: text.array(), as: UTF8.self)
  }
}
