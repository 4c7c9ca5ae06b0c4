// SPDX-License-Identifier: Apache-2.0

/// What a log's checkpoints and keys are named after: the log, and the branch that it goes on in.
///
/// A log that was set back and goes on all the same would contradict what it signed before; as
/// another branch it contradicts nobody.
public struct LogOrigin: Sendable, Hashable {
  /// The log.
  public var logID: LogID
  /// The branch; the one that every log begins as has no number.
  public var branch: UInt32?

  private static let prefix = "kimberlite/"

  /// An origin of known parts.
  public init(logID: LogID, branch: UInt32? = nil) {
    self.logID = logID
    self.branch = branch
  }

  /// Reads `kimberlite/<32 hex digits>[/<8 hex digits>]`.
  public init?(text: some StringProtocol) {
    guard text.hasPrefix(Self.prefix) else { return nil }
    let parts = text.dropFirst(Self.prefix.count).split(
      separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let first = parts.first, let id = LogID(hex: first) else { return nil }
    self.init(logID: id)
    if parts.count == 2 {
      guard let branch = UInt32(parts[1], radix: 16), VerifierKey.hex(branch) == parts[1] else {
        return nil
      }
      self.branch = branch
    }
  }

  /// The origin line, without its end.
  public var text: String {
    Self.prefix + logID.hex + (branch.map { "/" + VerifierKey.hex($0) } ?? "")
  }
}
