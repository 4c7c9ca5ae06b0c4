// SPDX-License-Identifier: Apache-2.0

import Glibc
import Kimberlite
import KimberliteCore
import KimberliteTool

/// A file that holds an approval.
enum ApprovalFile {
  static func read(_ path: String) throws(Failure) -> Approval {
    let bytes = try InputFile.read(path, atMost: Approval.byteCountMax)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.data, "'\(path)' is not an approval")
    }
    do { return try Approval(text: text) } catch {
      throw Failure(.data, "'\(path)' is not an approval: \(error.what)")
    }
  }
}
