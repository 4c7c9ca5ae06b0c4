// SPDX-License-Identifier: Apache-2.0

import Glibc
import Kimberlite
import KimberliteTool

/// The file that --certificate names.
enum CertificateFile {
  /// Writes the certificates of purges one behind the other, whole or not at all.
  static func write(
    _ outcomes: [PurgeOutcome], to path: String, log: String, key: MasterKey?
  ) throws(Failure) {
    if outcomes.isEmpty { return }
    var text: [UInt8] = []
    for outcome in outcomes {
      let one = try fail { () throws(DatabaseError) in
        try PurgeCertificate.text(of: outcome, log: log, key: key, tool: "kb-purge \(toolVersion)")
      }
      if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
      text += Array(one.utf8)
    }
    let temporary = "\(path).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw Failure(.cannotCreate, "cannot create '\(path)': \(String(cString: strerror(errno)))")
    }
    let isWritten =
      Glibc.write(descriptor, text, text.count) == text.count && fsync(descriptor) == 0
      && rename(temporary, path) == 0
    let code = errno
    close(descriptor)
    if !isWritten {
      unlink(temporary)
      throw Failure(.io, "cannot write '\(path)': \(String(cString: strerror(code)))")
    }
  }
}
