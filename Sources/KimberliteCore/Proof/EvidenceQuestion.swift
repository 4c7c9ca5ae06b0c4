// SPDX-License-Identifier: Apache-2.0
// What an evidence pack says of its question, in JSON for programs and as the statement that is
// signed. kb-query(1), Evidence.

/// A question that was put to a log, and who put it.
public struct EvidenceQuestion: Sendable {
  /// The statement as it was written.
  public var sql: String
  /// The values of its parameters; `nil` for NULL.
  public var parameters: [String: String?]
  /// The offset of the record that the log was asked about as of.
  public var moment: UInt64
  /// When; microseconds since 1970.
  public var asked: Int64
  /// Who, and why.
  public var context: Context
  /// The name and version of the program.
  public var tool: String

  /// A question of known parts.
  public init(
    sql: String, parameters: [String: String?], moment: UInt64, asked: Int64, context: Context,
    tool: String
  ) {
    self.sql = sql
    self.parameters = parameters
    self.moment = moment
    self.asked = asked
    self.context = context
    self.tool = tool
  }

  /// One JSON object, with what the answer adds, and a newline.
  ///
  /// `timestamp`: of the record at `moment`, microseconds since 1970. `unproven`: why rows have no
  /// receipt.
  public func json(
    log: LogOrigin, timestamp: Int64, tables: [String], rows: Int, unproven: String?
  ) -> [UInt8] {
    var json = ByteBuffer()
    func append(_ text: String?) {
      if let text { json.append(json: Array(text.utf8).span) } else { json.append(utf8: "null") }
    }
    json.append(utf8: "{\"type\":\"evidence\",\"log\":\"\(log.text)\",\"moment\":\(moment)")
    json.append(utf8: ",\"timestamp\":\"\(Self.time(timestamp))\"")
    json.append(utf8: ",\"asked\":\"\(Self.time(asked))\"")
    let facts = [("actor", context.actor), ("reason", context.reason), ("ticket", context.ticket)]
    for (name, text) in facts {
      json.append(utf8: ",\"\(name)\":")
      append(text)
    }
    json.append(utf8: ",\"parameters\":{")
    for (index, parameter) in parameters.sorted(by: { $0.key < $1.key }).enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      append(parameter.key)
      json.append(UInt8(ascii: ":"))
      append(parameter.value)
    }
    json.append(utf8: "},\"tables\":[")
    for (index, table) in tables.enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      append(table)
    }
    json.append(utf8: "],\"rows\":\(rows),\"unproven\":")
    append(unproven)
    json.append(utf8: ",\"tool\":")
    append(tool)
    json.append(utf8: "}\n")
    return json.array()
  }

  /// What the log's key signs: the digest of the list of files stands for all of them.
  public func statement(log: LogOrigin, rows: Int, sums: Digest) -> String {
    """
    kimberlite/evidence/v1
    log \(log.text)
    moment \(moment)
    rows \(rows)
    sums \(sums.hex)

    """
  }

  /// A time as RFC 3339 has it, from microseconds since 1970.
  public static func time(_ microseconds: Int64) -> String {
    SQLType.timestamptz.format(.integer(microseconds))
  }
}
