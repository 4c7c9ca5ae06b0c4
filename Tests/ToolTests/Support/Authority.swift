// SPDX-License-Identifier: Apache-2.0
// Who anchors a log, played by programs that are not ours: an authority of time stamps by
// openssl(1), a witness by Python and openssl(1).

import Testing

/// A time-stamp authority of a test's own.
struct Authority {
  let folder = Folder()
  private var script: String { "\(Project.path)/Tests/authority.sh" }

  /// `days`: how long its certificate is valid.
  init(days: Int = 3650) {
    let made = run("/bin/sh", [script, "make", folder.path, "\(days)"])
    precondition(made.status == 0, "openssl makes no authority: \(made)")
  }

  /// Its root certificate.
  var certificates: String { folder.file("ca.pem") }

  func answer(_ request: [UInt8]) -> [UInt8] {
    run("/bin/sh", [script, "answer", folder.path], input: .bytes(request)).output
  }
}

/// A witness of a test's own.
struct Witness {
  let name: String
  let key: String
  private let folder = Folder()
  /// Where its key and its memory are.
  var path: String { folder.path }
  private static let script = "\(Project.path)/Tests/witness.py"

  init(_ name: String) {
    self.name = name
    let made = run("/usr/bin/env", ["python3", Self.script, "make", folder.path, name])
    precondition(made.status == 0, "there is no witness: \(made)")
    key = made.lines[0]
  }

  /// The line of a policy that names it.
  var line: String { "witness \(name) \(key)\n" }

  /// What it answers to a request about the log of a verifier key: the HTTP status, the body.
  func answer(
    _ request: [UInt8], about log: String, at time: Int? = nil
  ) -> (status: String?, body: String) {
    let arguments =
      [Self.script, "add-checkpoint", folder.path, log] + (time.map { ["\($0)"] } ?? [])
    let outcome = run("/usr/bin/env", ["python3"] + arguments, input: .bytes(request))
    return (outcome.errorLines.last, outcome.text)
  }
}
