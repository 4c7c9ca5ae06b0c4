// SPDX-License-Identifier: Apache-2.0
// The body of a record before compression, in its two forms: as written, with a seed of the salts,
// and with holes where events were erased. kb-log(5), Body.

/// The layout of a raw body and the root over its events.
public enum RecordBody {
  /// Bytes of a seed.
  public static let seedByteCount = 32
  /// Form and seed: what stands before the first event of a body without holes.
  public static let headByteCount = 1 + seedByteCount
  /// Bytes of the largest raw body.
  public static let byteCountMax =
    headByteCount + (4 + Salts.byteCount) * Limits.recordEventsMax + Limits.recordBytesMax

  /// Salts are expanded from a seed.
  static let seedForm: UInt8 = 0
  /// A salt before each event; of an erased one its leaf hash alone.
  static let holedForm: UInt8 = 1

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

  /// Whether events of a body are erased.
  public static func hasHoles(_ body: Span<UInt8>) -> Bool {
    body.count > 0 && body[0] == holedForm
  }

  /// Where the events of a raw body are; of an erased one an empty range.
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

  /// The salt of event `index`; `nil` where the event is erased.
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
    erased.append(holedForm)
    var index = 0
    var hole = 0
    try walk(body, count: count) { slot in
      while hole < holes.count, holes[hole].upperBound <= index { hole += 1 }
      let isErased = hole < holes.count && holes[hole].contains(index)
      if !isErased, case .event(let event, let salt) = slot {
        erased.append(bigEndian: UInt32(event.count))
        if let salt { erased.append(body.extracting(salt)) } else { erased.append(salts[index]) }
        erased.append(body.extracting(event))
      } else {
        erased.append(bigEndian: UInt32(0))
        erased.append(leaves[index])
      }
      index += 1
    }
  }

  // MARK: Walking

  /// What stands for one event.
  private enum Slot {
    /// The event, and its salt where the body holds one for each event.
    case event(Range<Int>, salt: Range<Int>?)
    /// The leaf of an event that was erased.
    case hole(leaf: Range<Int>)
  }

  /// Visits what stands for each event; exactly `count` of them fill the body.
  @inline(__always)
  private static func walk(
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
      position = try walkHoled(body, count: count, visit)
    }
    guard position == body.count else {
      throw FormatError(at: position, "bytes after the last event")
    }
  }

  private static func walkHoled(
    _ body: Span<UInt8>, count: Int, _ visit: (Slot) -> Void
  ) throws(FormatError) -> Int {
    var position = 1
    var holes = 0
    for _ in 0..<count {
      guard body.count - position >= 4 + Salts.byteCount else {
        throw FormatError(at: position, "an event is cut short")
      }
      if body.bigEndian(at: position, as: UInt32.self) == 0 {
        let leaf = position + 4..<position + 4 + Digest.byteCount
        guard leaf.upperBound <= body.count else {
          throw FormatError(at: position, "a hole is cut short")
        }
        visit(.hole(leaf: leaf))
        holes += 1
        position = leaf.upperBound
      } else {
        let salt = position + 4..<position + 4 + Salts.byteCount
        let event = try eventRange(in: body, at: salt.upperBound, after: position)
        visit(.event(event, salt: salt))
        position = event.upperBound
      }
    }
    // One spelling for each body: without holes it has a seed.
    guard holes > 0 else { throw FormatError(at: 0, "a body of salts without holes") }
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
      }
      index += 1
    }
  }

  private static func requireHead(of body: Span<UInt8>, count: Int) throws(FormatError) {
    guard body.count >= headByteCount else {
      throw FormatError(at: body.count, "the body is too short")
    }
    guard body[0] == seedForm || body[0] == holedForm else {
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
