// SPDX-License-Identifier: Apache-2.0

import Kimberlite
import KimberliteTool

/// The file that --certificate names, made before anything is erased: what cannot be written then
/// could not be written after.
struct CertificateFile: ~Copyable {
  private var file: WholeFile

  init(_ path: String) throws(Failure) {
    file = try fail { () throws(DatabaseError) in try WholeFile(path) }
  }

  /// Writes the certificates of purges one behind the other, whole or not at all.
  mutating func write(_ outcomes: [PurgeOutcome], log: String, key: MasterKey?) throws(Failure) {
    if outcomes.isEmpty { return }
    var text: [UInt8] = []
    for outcome in outcomes {
      let one = try fail { () throws(DatabaseError) in
        try PurgeCertificate.text(of: outcome, log: log, key: key, tool: "kb-purge \(toolVersion)")
      }
      if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
      text += Array(one.utf8)
    }
    try fail { () throws(DatabaseError) in
      try file.write(text)
      try file.finish()
    }
  }
}
