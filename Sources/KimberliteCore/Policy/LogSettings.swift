// SPDX-License-Identifier: Apache-2.0
// What ALTER LOG sets: how this log is to be treated by every tool. kb-sql(7), Settings of the log.

/// The settings of a log at one offset.
public struct LogSettings: Sendable, Equatable {
  /// Whether every query is noted before its rows are shown.
  public internal(set) var auditsReads = false
  /// Who must agree to a purge.
  public internal(set) var purgeApprovals: PurgeApprovals?
  /// How long a purge waits between its order and its execution.
  public internal(set) var purgeDelay: Interval?

  /// The settings of a new log.
  public init() {}

  mutating func apply(_ setting: LogSetting) {
    switch setting {
    case .auditReads(let isOn): auditsReads = isOn
    case .purgeApprovals(let approvals): purgeApprovals = approvals
    case .purgeDelay(let delay): purgeDelay = delay
    }
  }

  /// The settings as names and values, as `kb.settings` shows them.
  var rows: [(name: String, value: String?)] {
    [
      (LogSetting.auditReadsName, auditsReads ? "on" : "off"),
      (LogSetting.purgeApprovalsName, purgeApprovals?.sql),
      (
        LogSetting.purgeDelayName,
        purgeDelay.map { SQLType.interval.format(.blob($0.storage)) }
      ),
    ]
  }
}

/// One setting and the value that it gets.
public enum LogSetting: Sendable, Equatable {
  case auditReads(Bool)
  /// `nil`: nobody is asked.
  case purgeApprovals(PurgeApprovals?)
  /// `nil`: none.
  case purgeDelay(Interval?)

  static let auditReadsName = "audit reads"
  static let purgeApprovalsName = "purge approvals"
  static let purgeDelayName = "purge delay"
}

/// How many of which keys must sign a purge.
public struct PurgeApprovals: Sendable, Equatable {
  /// At least 1.
  public var needed: Int
  /// Distinct; at least `needed`.
  public var keys: [ApprovalKey]

  /// `needed` of `keys`; `nil` where that cannot be: too few keys, or one twice.
  public init?(_ needed: Int, of keys: [ApprovalKey]) {
    guard needed >= 1, needed <= keys.count,
      Set(keys.map(\.publicKey)).count == keys.count
    else { return nil }
    self.needed = needed
    self.keys = keys
  }

  /// `2 OF ('…', '…')`, as `ALTER LOG SET PURGE APPROVALS` takes it.
  public var sql: String {
    let texts = keys.map { SQLText.literal(.text($0.text)) }
    return "\(needed) OF (\(texts.joined(separator: ", ")))"
  }
}
