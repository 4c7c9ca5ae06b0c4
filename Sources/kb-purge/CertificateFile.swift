// SPDX-License-Identifier: Apache-2.0

import Glibc
import Kimberlite
import KimberliteTool

/// The file that --certificate names, made before anything is erased: what cannot be written then
/// could not be written after.
struct CertificateFile: ~Copyable {
  private let path: String
  private let temporary: String
  private let descriptor: Int32

  init(_ path: String) throws(Failure) {
    let temporary = "\(path).tmp"
    let descriptor = open(
      temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      // What is in the way is another's: nothing of this is made yet that could take it along.
      let why =
        errno == EEXIST ? "'\(temporary)' is in its way" : String(cString: strerror(errno))
      throw Failure(.cannotCreate, "cannot create '\(path)': \(why)")
    }
    self.path = path
    self.temporary = temporary
    self.descriptor = descriptor
  }

  /// One that was not written leaves nothing.
  deinit {
    close(descriptor)
    unlink(temporary)
  }

  /// Writes the certificates of purges one behind the other, whole or not at all.
  func write(_ outcomes: [PurgeOutcome], log: String, key: MasterKey?) throws(Failure) {
    if outcomes.isEmpty { return }
    var text: [UInt8] = []
    for outcome in outcomes {
      let one = try fail { () throws(DatabaseError) in
        try PurgeCertificate.text(of: outcome, log: log, key: key, tool: "kb-purge \(toolVersion)")
      }
      if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
      text += Array(one.utf8)
    }
    guard Glibc.write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0,
      rename(temporary, path) == 0
    else { throw Failure(.io, "cannot write '\(path)': \(String(cString: strerror(errno)))") }
  }
}
