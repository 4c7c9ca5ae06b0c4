// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

extension Writer {
  /// What whoever appends should know of the log, a line each; none where all is in order.
  ///
  /// `toTables`: whether rows may be appended.
  public func warnings(toTables: Bool) throws(DatabaseError) -> [String] {
    var warnings: [String] = []
    if let fault = log.stateFault {
      warnings.append(
        "what was signed last is not known, so nothing shows whether the log was set back: \(fault)"
      )
    }
    let directory = reader.directory
    let (pending, hasDenied) = try DatabaseError.wrap { () throws(SQLError) in
      try view.run { () throws(SQLiteError) in
        let hasDenied = try view.hasDenied()
        return (try view.pendingPurges(), toTables && !readmits && hasDenied)
      }
    }
    for purge in pending where purge.isDue {
      warnings.append(
        "the purge ordered at offset \(purge.offset) is not finished; run kb-purge --resume")
    }
    let path = "\(directory.path)/\(Denylist.name)"
    if hasDenied,
      try DatabaseError.wrap({ () throws(LogError) in try !directory.disk.exists(path) })
    {
      warnings.append(
        "'\(path)' is missing, so rows that were erased may come back unnoticed; copy it from the log that this one was restored from"
      )
    }
    return warnings
  }
}
