// SPDX-License-Identifier: Apache-2.0

import Kimberlite
import KimberliteTool

/// --rotate and --rekey: of a log, and of the log of who looked beside it.
enum KeyChange {
  /// Changes keys; done again after an interruption it goes on where it was.
  static func run(log path: String, from keys: KeyOptions, to newKeys: NewKeyOptions?)
    throws(Failure)
  {
    guard let old = try keys.key() else {
      throw Failure(
        .usage, "the key of the log is wanted",
        hint: "say where it comes from: --key-file, --key-command or $KB_KEY_FILE")
    }
    guard let new = try newKeys?.key() else {
      return try fail { () throws(DatabaseError) in
        try KeyRotation.rekey(log: path, key: old)
      }
    }
    for log in try fail({ () throws(DatabaseError) in try AccessLog.logs(with: path) }) {
      do throws(LogError) { try KeyRotation.rotate(log: log, from: old, to: new) } catch {
        throw Failure(error)
      }
    }
  }
}
