// SPDX-License-Identifier: Apache-2.0
// C2SP tlog-proof, version 1: an inclusion proof with the checkpoint that it leads to, both
// directions. kb-log(5), Receipt.

/// A proof that a leaf is in the tree of a checkpoint.
public struct TlogProof: Sendable, Equatable {
  /// What the application needs to compute the leaf; under no signature of its own.
  public var extra: [UInt8]?
  /// The leaf's number, from 0.
  public var index: UInt64
  /// The siblings, the leaf's first.
  public var path: [Digest]
  /// The checkpoint as it was signed.
  public var note: SignedNote

  private static let magic = "c2sp.org/tlog-proof@v1"
  /// Hashes of the longest path: a tree has fewer than 2^62 leaves.
  private static let pathCountMax = 62

  /// A proof of known parts.
  public init(extra: [UInt8]?, index: UInt64, path: [Digest], note: SignedNote) {
    self.extra = extra
    self.index = index
    self.path = path
    self.note = note
  }

  /// Whether a text claims to be a proof of this version.
  public static func isOne(_ text: String) -> Bool { text.utf8.starts(with: (magic + "\n").utf8) }

  /// Reads a proof; every spelling that `text` would not give is refused.
  public init(text: String) throws(FormatError) {
    let bytes = Array(text.utf8)
    var position = 0
    func next() throws(FormatError) -> String {
      guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
        throw FormatError(at: position, "the receipt is cut short")
      }
      defer { position = end + 1 }
      return String(decoding: bytes[position..<end], as: UTF8.self)
    }
    guard try next() == Self.magic else { throw FormatError(at: 0, "it is no tlog-proof") }
    var start = position
    var line = try next()
    if line.hasPrefix("extra ") {
      guard let extra = Base64.decode(line.dropFirst("extra ".count)) else {
        throw FormatError(at: start, "the receipt's extra data is not in base64")
      }
      self.extra = extra
      start = position
      line = try next()
    }
    guard line.hasPrefix("index "), let index = UInt64(line.dropFirst("index ".count)),
      line == "index \(index)", index < 1 << 62
    else { throw FormatError(at: start, "the receipt's index is not a number") }
    self.index = index
    path = []
    while true {
      start = position
      line = try next()
      if line.isEmpty { break }
      guard path.count < Self.pathCountMax, let hash = Base64.decode(line), hash.count == 32 else {
        throw FormatError(at: start, "the receipt's proof is not hashes")
      }
      path.append(Digest(hash.span))
    }
    let noteStart = position
    do {
      note = try SignedNote(String(decoding: bytes[noteStart...], as: UTF8.self))
    } catch {
      throw FormatError(at: noteStart + error.position, error.what)
    }
  }

  /// The text as it is handed out.
  public var text: String {
    var text = "\(Self.magic)\n"
    if let extra { text += "extra \(Base64.encode(extra))\n" }
    text += "index \(index)\n"
    for hash in path { text += "\(Base64.encode(hash.bytes))\n" }
    return text + "\n" + note.encoded
  }
}
