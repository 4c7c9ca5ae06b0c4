// SPDX-License-Identifier: Apache-2.0
// What a user's signers have signed last, kept outside the log: a log that is brought back from a
// copy does not know it any more. kb-append(1), FILES.

internal import KimberliteCore

/// The last checkpoint that was signed under an origin.
struct SignedState: Sendable {
  private let disk: any Disk
  private let folder: String
  private let path: String

  /// Where state goes: `$XDG_STATE_HOME`, else `~/.local/state`; `nil` without a home.
  static var defaultFolder: String? { HomeFolder.path("XDG_STATE_HOME", else: "/.local/state") }

  init(_ origin: LogOrigin, in folder: String, disk: any Disk) {
    self.disk = disk
    self.folder = folder + "/kimberlite"
    let branch = origin.branch.map { "." + VerifierKey.hex($0) } ?? ""
    path = "\(self.folder)/\(origin.logID.hex)\(branch)"
  }

  /// The checkpoint; `nil` where none was kept.
  ///
  /// Throws where what was kept cannot be read, or is none.
  func read() throws(LogError) -> SignedCheckpoint? {
    if try !disk.exists(path) { return nil }
    let bytes = try disk.contents(of: path, limit: Checkpoint.byteCountMax) ?? []
    do { return try SignedCheckpoint(text: String(decoding: bytes, as: UTF8.self)) } catch {
      throw .unfit(what: "'\(path)' is not a checkpoint: \(error.what)")
    }
  }

  /// Keeps a checkpoint, as far as the folder can be written.
  ///
  /// It is a second net: without it the log is none the worse.
  func write(_ checkpoint: SignedCheckpoint) {
    do throws(LogError) {
      try HomeFolder.make(folder, on: disk)
      let text = Array(checkpoint.text.utf8)
      let temporary = path + LogDirectory.temporarySuffix
      let file = try disk.open(temporary, .replace)
      try file.write(text.span, at: 0)
      try disk.rename(temporary, to: path)
    } catch {
      return
    }
  }
}
