// SPDX-License-Identifier: Apache-2.0
// kb.accesses: the access log, which stands beside the log and has offsets of its own.

extension Binding {
  mutating func bindAccesses(as name: String, _ time: TimeClause?) throws(SQLError) -> Int {
    if let time {
      throw SQLError(
        .wrongObjectType, "kb.accesses has no past: its rows stay as they are", at: time.position)
    }
    note("kb.accesses")
    return add(name, .storage(from: "\"kb_accesses\"", filter: nil), Self.accessColumns)
  }

  private static let accessColumns = [
    access("offset", .bigint, "\"offset\""),
    access("timestamp", .timestamptz, "\"timestamp\" / 1000"),
    access("actor", .text, "\"actor\""),
    access("reason", .text, "\"reason\""),
    access("ticket", .text, "\"ticket\""),
    access("query", .text, "kb_json_text(\"data\", 'query')"),
    access("text", .text, "kb_json_text(\"data\", 'text')"),
    access("tables", .json, "kb_json_member(\"data\", 'tables')"),
    access("rows", .bigint, "CAST(kb_json_text(\"data\", 'rows') AS INTEGER)"),
    access("as_of", .bigint, "CAST(kb_json_text(\"data\", 'as_of') AS INTEGER)"),
    access("newest", .bigint, "CAST(kb_json_text(\"data\", 'newest') AS INTEGER)"),
    access("error", .text, "kb_json_text(\"data\", 'error')"),
    access("evidence", .boolean, "coalesce(kb_json_text(\"data\", 'evidence') = 'true', 0)"),
  ]

  private static func access(_ name: String, _ type: SQLType, _ source: String) -> RelationColumn {
    RelationColumn(name: name, type: type, nullable: true, source: source)
  }
}
