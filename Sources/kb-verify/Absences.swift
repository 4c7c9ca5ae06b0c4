// SPDX-License-Identifier: Apache-2.0

import Kimberlite

extension VerifyReport {
  /// Tells of what is not there beside the records of a log, where somebody should know.
  ///
  /// Nothing of it is damage: a log is whole without.
  mutating func noteAbsences(
    in path: String, lacksView: Bool, lacksAccesses: Bool
  ) throws(LogError) {
    if lacksView {
      note("view.sqlite", "there is no view yet; the next command that reads makes it")
    }
    if lacksAccesses, let since = auditsReadsSince {
      note(
        AccessLog.directoryName,
        "reads are audited since offset \(since), and nothing was ever noted, or somebody removed it"
      )
    }
    if knowsErasedRows, try !PosixDisk().exists("\(path)/\(Denylist.name)") {
      note(
        Denylist.name,
        "it is missing, so rows that were erased may come back unnoticed; copy it from the log that this one was restored from"
      )
    }
  }

  private mutating func note(_ file: String, _ what: String) {
    findings.append(Finding(.note, Damage(file: file, what: what)))
  }
}
