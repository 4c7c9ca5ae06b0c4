// SPDX-License-Identifier: Apache-2.0
// An event of a subject in a body: encrypted together with its salt, its leaf in the clear. Without
// the subject's key it proves as much as a hole and says as little. kb-log(5), Subject keys.

/// Names the key of a subject: its slot in the store, and what the store must say there.
public struct SubjectKeyID: Hashable, Sendable {
  /// The number of its slot in the store.
  public var slot: UInt64
  /// Random, so that a store that is not the one is noticed.
  public var check: UInt64

  /// Bytes of an id.
  public static let byteCount = 16

  /// An id of known parts.
  public init(slot: UInt64, check: UInt64) {
    self.slot = slot
    self.check = check
  }

  /// Reads 16 bytes at `offset`.
  public init(_ bytes: Span<UInt8>, at offset: Int = 0) {
    slot = bytes.bigEndian(at: offset)
    check = bytes.bigEndian(at: offset + 8)
  }

  /// The 16 bytes.
  public var bytes: [UInt8] {
    [slot, check].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
  }
}

/// Where the parts of a sealed event lie in a body.
public struct SealedEvent: Sendable {
  /// The first bit of its length.
  static let mark: UInt32 = 1 << 31
  private static let tagByteCount = 16
  /// Bytes of a ciphertext beyond the event: salt and tag.
  static let extraByteCount = Salts.byteCount + tagByteCount
  /// Bytes beyond the length and the event.
  static let overheadByteCount = SubjectKeyID.byteCount + Digest.byteCount + extraByteCount
  /// Bytes of the nonce: the end of the leaf, random as the salt that it is made of.
  public static let nonceByteCount = 24

  /// The id of the key.
  public let key: Range<Int>
  /// The leaf of the event.
  public let leaf: Range<Int>
  /// Salt and event, encrypted, and the tag.
  public let ciphertext: Range<Int>

  /// All of it, with its length.
  var whole: Range<Int> { key.lowerBound - 4..<ciphertext.upperBound }
  /// Nonce, ciphertext and tag, which lie one behind the other.
  public var envelope: Range<Int> {
    leaf.upperBound - Self.nonceByteCount..<ciphertext.upperBound
  }

  /// Reads the parts of the one at `position`.
  init(_ body: Span<UInt8>, at position: Int) throws(FormatError) {
    let count = Int(body.bigEndian(at: position, as: UInt32.self) & ~Self.mark)
    let start = position + 4 + SubjectKeyID.byteCount + Digest.byteCount
    let extra = Self.extraByteCount
    guard count > extra, count <= Limits.eventBytesMax + extra, body.count - start >= count else {
      throw FormatError(at: position, "a sealed event of \(count) bytes")
    }
    key = position + 4..<position + 4 + SubjectKeyID.byteCount
    leaf = key.upperBound..<start
    ciphertext = start..<start + count
  }
}

extension RecordBody {
  /// Begins a body some of whose events are sealed.
  public static func beginSealed(_ body: inout ByteBuffer) { body.append(sealedForm) }

  /// Appends an event in the clear to a body that `beginSealed` began.
  public static func append(
    salt: Span<UInt8>, event: Span<UInt8>, to body: inout ByteBuffer
  ) {
    body.append(salt: salt, event: event)
  }

  /// Appends an event under the key of its subject to a body that `beginSealed` began.
  ///
  /// `seal` appends nonce, ciphertext and tag of salt and event, under a nonce that it is given.
  public static func append(
    salt: Span<UInt8>, event: Span<UInt8>, sealedUnder key: SubjectKeyID, to body: inout ByteBuffer,
    _ seal: (_ plain: Span<UInt8>, _ nonce: [UInt8], inout ByteBuffer) -> Void
  ) {
    var plain = ByteBuffer(capacity: salt.count + event.count)
    plain.append(salt)
    plain.append(event)
    let leaf = Digest.leaf(salt: salt, event).bytes
    let count = event.count + SealedEvent.extraByteCount
    body.append(bigEndian: SealedEvent.mark | UInt32(count))
    body.append(key.bytes)
    // The rest of the leaf is the nonce.
    let split = Digest.byteCount - SealedEvent.nonceByteCount
    body.append(Array(leaf[..<split]))
    seal(plain.span, Array(leaf[split...]), &body)
  }

  /// What became of a sealed event.
  public enum Opening: Sendable {
    /// Salt and event are there.
    case opened
    /// Its key is destroyed.
    case destroyed
    /// Key and bytes do not fit.
    case refused
  }

  /// Which events of a sealed body are under which keys, in their order; at least one.
  public static func subjectKeys(
    in body: Span<UInt8>, count: Int
  ) throws(FormatError) -> [(event: Int, key: SubjectKeyID)] {
    var keys: [(event: Int, key: SubjectKeyID)] = []
    var event = 0
    try walk(body, count: count) { slot in
      if case .sealed(let sealed) = slot {
        keys.append((event, SubjectKeyID(body, at: sealed.key.lowerBound)))
      }
      event += 1
    }
    // One spelling for each body.
    if keys.isEmpty { throw FormatError(at: 0, "a body of sealed events without one") }
    return keys
  }

  /// Appends the body with each sealed event in the clear, or as a hole where its key is destroyed.
  ///
  /// `open` appends salt and event, given nonce, ciphertext and tag; what it appends is held
  /// against the leaf.
  public static func append(
    opening body: Span<UInt8>, count: Int, to opened: inout ByteBuffer,
    _ open: (SubjectKeyID, _ envelope: Span<UInt8>, inout ByteBuffer) -> Opening
  ) throws(FormatError) {
    var plain = ByteBuffer()
    var fault: FormatError?
    opened.append(sealedForm)
    try walk(body, count: count) { slot in
      switch slot {
      case .event(let event, let salt?):
        opened.append(salt: body.extracting(salt), event: body.extracting(event))
      case .event(_, nil): preconditionFailure("a body of this form has a salt for each event")
      case .hole(let leaf): opened.append(hole: Digest(body, at: leaf.lowerBound))
      case .sealed(let sealed):
        let leaf = Digest(body, at: sealed.leaf.lowerBound)
        plain.removeAll()
        let key = SubjectKeyID(body, at: sealed.key.lowerBound)
        switch open(key, body.extracting(sealed.envelope), &plain) {
        case .destroyed: opened.append(hole: leaf)
        case .refused: fault = FormatError(at: sealed.key.lowerBound, Self.refusal)
        case .opened:
          let salt = plain.span.extracting(0..<Salts.byteCount)
          let event = plain.span.extracting(Salts.byteCount..<plain.count)
          if Digest.leaf(salt: salt, event) != leaf {
            fault = FormatError(at: sealed.leaf.lowerBound, Self.refusal)
          }
          opened.append(salt: salt, event: event)
        }
      }
    }
    if let fault { throw fault }
  }

  private static let refusal = "an event under a subject's key is not what was sealed"
}
