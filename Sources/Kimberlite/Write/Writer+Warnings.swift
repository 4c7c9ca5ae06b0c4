// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

extension Writer {
  /// What whoever appends should know of the log, a line each; none where all is in order.
  public func warnings() throws(DatabaseError) -> [String] {
    var warnings: [String] = []
    if let fault = log.stateFault {
      warnings.append(
        "what was signed last is not known, so nothing shows whether the log was set back: \(fault)"
      )
    }
    let pending = try DatabaseError.wrap { () throws(SQLError) in
      try view.run { () throws(SQLiteError) in try view.pendingPurges() }
    }
    for purge in pending where purge.isDue {
      warnings.append(
        "the purge ordered at offset \(purge.offset) is not finished; run kb-purge --resume")
    }
    return warnings
  }
}
