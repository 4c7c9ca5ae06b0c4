// SPDX-License-Identifier: Apache-2.0
// The text of a checkpoint: C2SP tlog-checkpoint. kb-log(5), Checkpoint.

/// The statement "log L at size N has Merkle root R".
public struct Checkpoint: Sendable, Equatable {
  /// The log.
  public var logID: LogID
  /// Records of the tree.
  public var size: UInt64
  /// The Merkle root over the record hashes.
  public var root: Digest

  /// Bytes of the longest checkpoint file: three lines and room for signatures of witnesses.
  public static let byteCountMax = 64 << 10
  private static let originPrefix = "kimberlite/"

  /// A checkpoint of known parts.
  public init(logID: LogID, size: UInt64, root: Digest) {
    self.logID = logID
    self.size = size
    self.root = root
  }

  /// Reads the three lines; whatever follows a blank line (signatures) is not looked at.
  public init(text: String) throws(FormatError) {
    let note = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard note.count >= 4, note[3].isEmpty else {
      throw FormatError(at: 0, "the checkpoint is not three lines")
    }
    guard note[0].hasPrefix(Self.originPrefix),
      let id = LogID(hex: note[0].dropFirst(Self.originPrefix.count))
    else { throw FormatError(at: 0, "the checkpoint's origin is not a log of ours") }
    let sizeStart = note[0].utf8.count + 1
    guard let size = UInt64(note[1]), String(size) == note[1] else {
      throw FormatError(at: sizeStart, "the checkpoint's size is not a number")
    }
    guard let root = Base64.decode(note[2]), root.count == 32 else {
      throw FormatError(
        at: sizeStart + note[1].utf8.count + 1, "the checkpoint's root is not a hash")
    }
    self.init(logID: id, size: size, root: Digest(root.span))
  }

  /// The three lines.
  public var text: String {
    "\(Self.originPrefix)\(logID.hex)\n\(size)\n\(Base64.encode(root.bytes))\n"
  }
}
