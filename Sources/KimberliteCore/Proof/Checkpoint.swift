// SPDX-License-Identifier: Apache-2.0
// Checkpoints: C2SP tlog-checkpoint v1.0.0. kb-log(5), Checkpoint.

/// The statement "log L at size N has Merkle root R".
public struct Checkpoint: Sendable, Equatable {
  /// The log.
  public var origin: LogOrigin
  /// Records of the tree.
  public var size: UInt64
  /// The Merkle root over the record hashes.
  public var root: Digest

  /// Bytes of the longest checkpoint file: three lines and room for signatures of witnesses.
  public static let byteCountMax = 64 << 10

  /// The log, whatever its branch.
  public var logID: LogID { origin.logID }

  /// A checkpoint of known parts.
  public init(origin: LogOrigin, size: UInt64, root: Digest) {
    self.origin = origin
    self.size = size
    self.root = root
  }

  /// A checkpoint of a log that was never set back.
  public init(logID: LogID, size: UInt64, root: Digest) {
    self.init(origin: LogOrigin(logID: logID), size: size, root: root)
  }

  /// Reads the three lines, and refuses every other spelling.
  public init(text: String) throws(FormatError) {
    let lines = text.utf8.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).map { String(decoding: $0, as: UTF8.self) }
    guard lines.count == 4, lines[3].isEmpty else {
      throw FormatError(at: 0, "the checkpoint is not three lines")
    }
    guard let origin = LogOrigin(text: lines[0]) else {
      throw FormatError(at: 0, "the checkpoint's origin is not a log of ours")
    }
    let sizeStart = lines[0].utf8.count + 1
    guard let size = UInt64(lines[1]), String(size) == lines[1], size < 1 << 62 else {
      throw FormatError(at: sizeStart, "the checkpoint's size is not a number of records")
    }
    guard let root = Base64.decode(lines[2]), root.count == 32 else {
      throw FormatError(
        at: sizeStart + lines[1].utf8.count + 1, "the checkpoint's root is not a hash")
    }
    self.init(origin: origin, size: size, root: Digest(root.span))
  }

  /// The three lines: what is signed.
  public var text: String { "\(origin.text)\n\(size)\n\(Base64.encode(root.bytes))\n" }
}

/// A checkpoint with its signature lines.
///
/// Logs of the first version state theirs without any.
public struct SignedCheckpoint: Sendable, Equatable {
  /// The statement.
  public let checkpoint: Checkpoint
  /// Who signed it, unknown keys too.
  public private(set) var signatures: [NoteSignature]

  /// A checkpoint of known parts.
  public init(_ checkpoint: Checkpoint, signatures: [NoteSignature]) {
    self.checkpoint = checkpoint
    self.signatures = signatures
  }

  /// Reads a signed note, or the three lines alone.
  public init(text: String) throws(FormatError) {
    if let bare = try? Checkpoint(text: text) {
      self.init(bare, signatures: [])
    } else {
      // What is wrong with the lines is told before what is wrong with the signatures.
      let lines = text.utf8.split(
        separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
      if lines.count == 4, lines[3].first != UInt8(ascii: "\n") {
        throw FormatError(at: 0, "the checkpoint is not three lines")
      }
      try self.init(SignedNote(text))
    }
  }

  /// The checkpoint that a note states.
  public init(_ note: SignedNote) throws(FormatError) {
    self.init(try Checkpoint(text: note.text), signatures: note.signatures)
  }

  /// The note; only a signed checkpoint is one.
  public var note: SignedNote { SignedNote(text: checkpoint.text, signatures: signatures) }

  /// The text as it is stored.
  public var text: String { signatures.isEmpty ? checkpoint.text : note.encoded }
}
