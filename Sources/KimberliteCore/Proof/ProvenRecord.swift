// SPDX-License-Identifier: Apache-2.0
// What a receipt says of its leaf: the record's header and, where it is about one event, the way
// from the event to the header's events root. kb-log(5), Receipt.

/// The record of a receipt, and the event, where it is about one.
public struct ProvenRecord: Sendable, Equatable {
  /// The canonical header, whose hash is the leaf.
  public var header: RecordHeader
  /// The event, where the receipt is about one.
  public var event: ProvenEvent?

  /// A record of known parts.
  public init(header: RecordHeader, event: ProvenEvent? = nil) {
    self.header = header
    self.event = event
  }

  /// Reads the extra data of a receipt, and refuses trailing bytes.
  public init(extra: Span<UInt8>) throws(FormatError) {
    guard extra.count >= RecordHeader.byteCount else {
      throw FormatError(at: extra.count, "the receipt holds no record header")
    }
    header = try RecordHeader(extra)
    if extra.count > RecordHeader.byteCount {
      event = try ProvenEvent(extra, at: RecordHeader.byteCount)
    }
  }

  /// The extra data of the receipt.
  public var extra: [UInt8] {
    var bytes = ByteBuffer(capacity: 1024)
    bytes.append(header)
    if let event { event.append(to: &bytes) }
    return bytes.array()
  }

  /// Whether the event, where there is one, is what the header says it is.
  public var isConsistent: Bool {
    guard let event else { return true }
    return MerkleProof.verifiesInclusion(
      of: event.leaf, index: UInt64(event.index), size: UInt64(header.eventCount),
      proof: event.path, root: header.eventsRoot)
  }
}

/// An event of a record, and the proof that it is there.
public struct ProvenEvent: Sendable, Equatable {
  /// How much of the event is told.
  public enum Content: Sendable, Equatable {
    /// The hash of the salted event: it tells nothing.
    case hidden(Digest)
    /// The salt and the event.
    case disclosed(salt: [UInt8], event: [UInt8])
  }

  /// The event's number in its record, from 0.
  public var index: UInt32
  /// The siblings in the tree of the record's events, the leaf's first.
  public var path: [Digest]
  /// The event, or its hash alone.
  public var content: Content

  /// An event of known parts.
  public init(index: UInt32, path: [Digest], content: Content) {
    self.index = index
    self.path = path
    self.content = content
  }

  /// The leaf of the tree of events.
  public var leaf: Digest {
    switch content {
    case .hidden(let leaf): leaf
    case .disclosed(let salt, let event): .leaf(salt: salt.span, event.span)
    }
  }

  init(_ bytes: Span<UInt8>, at start: Int) throws(FormatError) {
    guard bytes.count >= start + 5 else {
      throw FormatError(at: bytes.count, "the receipt's event is cut short")
    }
    index = bytes.bigEndian(at: start)
    let pathCount = Int(bytes[start + 4])
    // The tree of a record's events has at most 2^22 leaves.
    guard pathCount <= 22 else { throw FormatError(at: start + 4, "a path of \(pathCount) hashes") }
    var position = start + 5
    guard bytes.count > position + 32 * pathCount else {
      throw FormatError(at: bytes.count, "the receipt's event is cut short")
    }
    path = (0..<pathCount).map { Digest(bytes, at: position + 32 * $0) }
    position += 32 * pathCount
    let form = bytes[position]
    position += 1
    let rest = bytes.count - position
    switch form {
    case 0:
      guard rest == 32 else { throw FormatError(at: position, "the receipt's leaf is not a hash") }
      content = .hidden(Digest(bytes, at: position))
    case 1:
      guard rest > Salts.byteCount, rest <= Salts.byteCount + Limits.eventBytesMax else {
        throw FormatError(at: position, "the receipt's event is cut short or too long")
      }
      let middle = position + Salts.byteCount
      content = .disclosed(
        salt: bytes.extracting(position..<middle).array(),
        event: bytes.extracting(middle..<bytes.count).array())
    default: throw FormatError(at: position - 1, "an event of unknown form \(form)")
    }
  }

  func append(to bytes: inout ByteBuffer) {
    precondition(path.count <= 22, "the path of an event of a record")
    bytes.append(bigEndian: index)
    bytes.append(UInt8(path.count))
    for hash in path { bytes.append(hash) }
    switch content {
    case .hidden(let leaf):
      bytes.append(0)
      bytes.append(leaf)
    case .disclosed(let salt, let event):
      precondition(salt.count == Salts.byteCount, "a salt has one length")
      bytes.append(1)
      bytes.append(salt.span)
      bytes.append(event.span)
    }
  }
}
