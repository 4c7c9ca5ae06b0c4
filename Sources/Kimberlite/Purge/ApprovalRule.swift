// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// Whose approval a log wanted when a purge was ordered.
public struct ApprovalRule: Sendable, Equatable {
  /// How many of which keys, as `kb.settings` shows it; `nil`: nobody's.
  public var wanted: String?
  /// The record that said so; `nil`: none ever said anything of it.
  public var since: UInt64?
}

extension View {
  /// The rule in force for the record at `offset`.
  func approvalRule(at offset: UInt64) throws(SQLiteError) -> ApprovalRule {
    let changes = try connection.prepare(
      "SELECT offset, change FROM kb_schema WHERE offset <= ?1 ORDER BY offset, place")
    try changes.bind(1, Int64(offset))
    var rule = ApprovalRule()
    while try changes.step() {
      let bytes = changes.blob(1)
      var reader = CBORReader(bytes.span)
      guard (try? reader.readEventHead()) == .schema,
        case .setLog(.purgeApprovals(let approvals))? = try? reader.readSchemaChange()
      else { continue }
      rule = ApprovalRule(wanted: approvals?.sql, since: UInt64(changes.integer(0)))
    }
    return rule
  }
}
