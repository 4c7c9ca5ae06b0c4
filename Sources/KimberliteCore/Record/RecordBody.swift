// SPDX-License-Identifier: Apache-2.0
// The body of a record before compression, in its three forms: as written, with a seed of the
// salts; with holes where events were erased; with events under the keys of their subjects.
// kb-log(5), Body.

/// The layout of a raw body and the root over its events.
///
/// A body of sealed form may stand without a sealed event only in memory, where it was opened.
public enum RecordBody {
  /// Bytes of a seed.
  public static let seedByteCount = 32
  /// Form and seed: what stands before the first event of a body without holes.
  public static let headByteCount = 1 + seedByteCount
  /// Bytes of the largest raw body.
  public static let byteCountMax =
    headByteCount + (4 + SealedEvent.overheadByteCount) * Limits.recordEventsMax
    + Limits.recordBytesMax

  /// Salts are expanded from a seed.
  static let seedForm: UInt8 = 0
  /// A salt before each event; of an erased one its leaf hash alone.
  static let holedForm: UInt8 = 1
  /// As `holedForm`, and events of subjects are encrypted, their salts with them.
  static let sealedForm: UInt8 = 2

  /// Encodes a body.
  ///
  /// `ranges` are where the events lie in `events`, one behind the other.
  public static func append(
    events: Span<UInt8>, ranges: [Range<Int>], seed: Span<UInt8>, to body: inout ByteBuffer
  ) {
    precondition(seed.count == seedByteCount, "a seed is 32 bytes")
    precondition(!ranges.isEmpty && ranges.count <= Limits.recordEventsMax, "events of a record")
    body.reserve(headByteCount + 4 * ranges.count + events.count)
    body.append(seedForm)
    body.append(seed)
    var end = 0
    for range in ranges {
      precondition(range.lowerBound == end, "every byte belongs to an event")
      precondition(!range.isEmpty && range.count <= Limits.eventBytesMax, "bytes of an event")
      body.append(bigEndian: UInt32(range.count))
      body.append(events.extracting(range))
      end = range.upperBound
    }
    precondition(end == events.count, "every byte belongs to an event")
  }

  /// Whether a body may have holes: its salts stand in it, one by one.
  public static func isSalted(_ body: Span<UInt8>) -> Bool {
    body.count > 0 && body[0] != seedForm
  }

  /// Whether events of a body are under keys of subjects.
  public static func isSealed(_ body: Span<UInt8>) -> Bool {
    body.count > 0 && body[0] == sealedForm
  }

  /// Where the events of a raw body are; of an erased one an empty range, of a sealed one its
  /// ciphertext.
  public static func eventRanges(
    in body: Span<UInt8>, count: Int
  ) throws(FormatError) -> [Range<Int>] {
    // No memory is taken on the word of a count that the bytes do not bear out.
    try requireHead(of: body, count: count)
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(count)
    try walk(body, count: count) { slot in
      switch slot {
      case .event(let event, _): ranges.append(event)
      case .hole(let leaf): ranges.append(leaf.lowerBound..<leaf.lowerBound)
      case .sealed(let sealed): ranges.append(sealed.ciphertext)
      }
    }
    return ranges
  }

  /// The RFC 6962 root over the leaves of a raw body's events.
  ///
  /// The leaf of an event is `SHA-256(0x00 ‖ salt ‖ event)`. `salts` is room to work in, for a
  /// caller that has many bodies.
  public static func eventsRoot(
    of body: Span<UInt8>, count: Int, salts: inout Salts
  ) throws(FormatError) -> Digest {
    var root = RunningRoot()
    try eachLeaf(of: body, count: count, salts: &salts) { root.append($0) }
    return root.value
  }

  /// The leaves of a raw body's events, in order.
  public static func leaves(
    of body: Span<UInt8>, count: Int, salts: inout Salts
  ) throws(FormatError) -> [Digest] {
    try requireHead(of: body, count: count)
    var leaves: [Digest] = []
    leaves.reserveCapacity(count)
    try eachLeaf(of: body, count: count, salts: &salts) { leaves.append($0) }
    return leaves
  }

  /// The salt of event `index`; `nil` where the event is erased or sealed.
  public static func salt(
    of index: Int, in body: Span<UInt8>, count: Int, salts: inout Salts
  ) throws(FormatError) -> [UInt8]? {
    precondition(index >= 0 && index < count, "an event of the body")
    try requireHead(of: body, count: count)
    if body[0] == seedForm {
      salts.expand(body.extracting(1..<headByteCount), count: count)
      return salts[index].array()
    }
    var found: [UInt8]?
    var next = 0
    try walk(body, count: count) { slot in
      if next == index, case .event(_, let salt?) = slot {
        found = body.extracting(salt).array()
      }
      next += 1
    }
    return found
  }

  /// Sixteen bytes that stand in every copy of event `index`, encrypted or not, and in no hole:
  /// of its seed, its salt or its ciphertext; `nil` where the event is erased.
  public static func needle(
    of index: Int, in body: Span<UInt8>, count: Int
  ) throws(FormatError) -> [UInt8]? {
    try requireHead(of: body, count: count)
    if body[0] == seedForm { return body.extracting(1..<1 + Salts.byteCount).array() }
    var found: [UInt8]?
    var next = 0
    try walk(body, count: count) { slot in
      if next == index {
        switch slot {
        case .event(_, let salt): found = salt.map { body.extracting($0).array() }
        case .sealed(let sealed):
          found = body.extracting(sealed.ciphertext).extracting(first: Salts.byteCount).array()
        case .hole: break
        }
      }
      next += 1
    }
    return found
  }

  /// Appends the body without the events in `holes`, which ascend: their bytes and salts are gone,
  /// their leaves stay, and so does the root.
  ///
  /// What is erased already stays so.
  public static func append(
    erasing holes: [Range<Int>], from body: Span<UInt8>, count: Int, salts: inout Salts,
    to erased: inout ByteBuffer
  ) throws(FormatError) {
    precondition(!holes.isEmpty, "a body without holes keeps its form")
    let leaves = try leaves(of: body, count: count, salts: &salts)
    let form = erased.count
    erased.append(holedForm)
    var index = 0
    var hole = 0
    try walk(body, count: count) { slot in
      while hole < holes.count, holes[hole].upperBound <= index { hole += 1 }
      let isErased = hole < holes.count && holes[hole].contains(index)
      switch slot {
      case .event(let event, let salt?) where !isErased:
        erased.append(salt: body.extracting(salt), event: body.extracting(event))
      case .event(let event, nil) where !isErased:
        erased.append(salt: salts[index], event: body.extracting(event))
      case .sealed(let sealed) where !isErased:
        erased.store(bigEndian: sealedForm, at: form)
        erased.append(body.extracting(sealed.whole))
      default: erased.append(hole: leaves[index])
      }
      index += 1
    }
  }

  // MARK: Walking

  /// What stands for one event.
  enum Slot {
    /// The event, and its salt where the body holds one for each event.
    case event(Range<Int>, salt: Range<Int>?)
    /// The leaf of an event that was erased.
    case hole(leaf: Range<Int>)
    /// An event under the key of its subject.
    case sealed(SealedEvent)
  }

  /// Visits what stands for each event; exactly `count` of them fill the body.
  @inline(__always)
  static func walk(
    _ body: Span<UInt8>, count: Int, _ visit: (Slot) -> Void
  ) throws(FormatError) {
    try requireHead(of: body, count: count)
    var position = headByteCount
    if body[0] == seedForm {
      for _ in 0..<count {
        let event = try eventRange(in: body, at: position + 4, after: position)
        visit(.event(event, salt: nil))
        position = event.upperBound
      }
    } else {
      position = try walkSalted(body, count: count, visit)
    }
    guard position == body.count else {
      throw FormatError(at: position, "bytes after the last event")
    }
  }

  private static func walkSalted(
    _ body: Span<UInt8>, count: Int, _ visit: (Slot) -> Void
  ) throws(FormatError) -> Int {
    let isSealed = body[0] == sealedForm
    var position = 1
    var seen = isSealed
    for _ in 0..<count {
      guard body.count - position >= 4 + Salts.byteCount else {
        throw FormatError(at: position, "an event is cut short")
      }
      let word = body.bigEndian(at: position, as: UInt32.self)
      if word == 0 {
        let leaf = position + 4..<position + 4 + Digest.byteCount
        guard leaf.upperBound <= body.count else {
          throw FormatError(at: position, "a hole is cut short")
        }
        visit(.hole(leaf: leaf))
        seen = true
        position = leaf.upperBound
      } else if isSealed, word & SealedEvent.mark != 0 {
        let sealed = try SealedEvent(body, at: position)
        visit(.sealed(sealed))
        position = sealed.whole.upperBound
      } else {
        let salt = position + 4..<position + 4 + Salts.byteCount
        let event = try eventRange(in: body, at: salt.upperBound, after: position)
        visit(.event(event, salt: salt))
        position = event.upperBound
      }
    }
    // One spelling for each body: without holes it has a seed.
    guard seen else { throw FormatError(at: 0, "a body of salts without holes") }
    return position
  }

  /// Visits the leaf of each event.
  @inline(__always)
  private static func eachLeaf(
    of body: Span<UInt8>, count: Int, salts: inout Salts, _ visit: (Digest) -> Void
  ) throws(FormatError) {
    try requireHead(of: body, count: count)
    if body[0] == seedForm { salts.expand(body.extracting(1..<headByteCount), count: count) }
    var index = 0
    try walk(body, count: count) { slot in
      switch slot {
      case .event(let event, let salt?):
        visit(Digest.leaf(salt: body.extracting(salt), body.extracting(event)))
      case .event(let event, nil):
        visit(Digest.leaf(salt: salts[index], body.extracting(event)))
      case .hole(let leaf): visit(Digest(body, at: leaf.lowerBound))
      case .sealed(let sealed): visit(Digest(body, at: sealed.leaf.lowerBound))
      }
      index += 1
    }
  }

  private static func requireHead(of body: Span<UInt8>, count: Int) throws(FormatError) {
    guard body.count >= headByteCount else {
      throw FormatError(at: body.count, "the body is too short")
    }
    guard body[0] <= sealedForm else {
      throw FormatError(at: 0, "body of unknown form \(body[0])", version: Int(body[0]))
    }
    // The count comes from the header, so it is held against the bytes that are here first.
    let room = body[0] == seedForm ? (body.count - headByteCount) / 5 : (body.count - 1) / 21
    guard count <= room else {
      throw FormatError(at: headByteCount, "the body is too short for \(count) events")
    }
  }

  /// The event at `start`, whose length stands at `position`.
  @inline(__always)
  private static func eventRange(
    in body: Span<UInt8>, at start: Int, after position: Int
  ) throws(FormatError) -> Range<Int> {
    guard body.count >= start else { throw FormatError(at: position, "an event is cut short") }
    let length = Int(body.bigEndian(at: position, as: UInt32.self))
    guard length >= 1, length <= Limits.eventBytesMax, length <= body.count - start else {
      throw FormatError(at: position, "an event of \(length) bytes")
    }
    return start..<start + length
  }
}

extension ByteBuffer {
  /// Appends an event of a body whose salts stand in it.
  mutating func append(salt: Span<UInt8>, event: Span<UInt8>) {
    append(bigEndian: UInt32(event.count))
    append(salt)
    append(event)
  }

  /// Appends what is left of an erased event.
  mutating func append(hole leaf: Digest) {
    append(bigEndian: UInt32(0))
    append(leaf)
  }
}
