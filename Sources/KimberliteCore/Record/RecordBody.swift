// SPDX-License-Identifier: Apache-2.0
// The body of a record before compression: form, seed of the salts, events. kb-log(5), Body.

/// The layout of a raw body and the root over its events.
public enum RecordBody {
  /// Bytes of a seed.
  public static let seedByteCount = 32
  /// Bytes of a salt.
  public static let saltByteCount = 16
  /// Form and seed: what stands before the first event.
  public static let headByteCount = 1 + seedByteCount
  /// Bytes of the largest raw body.
  public static let byteCountMax =
    headByteCount + 4 * Limits.recordEventsMax + Limits.recordBytesMax

  /// Salts are expanded from a seed.
  ///
  /// Form 1, a salt before each event, is reserved for records some of whose events are erased.
  static let seedForm: UInt8 = 0

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

  /// Where the events of a raw body are.
  public static func eventRanges(
    in body: Span<UInt8>, count: Int
  ) throws(FormatError) -> [Range<Int>] {
    try requireHead(of: body, count: count)
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(count)
    var position = headByteCount
    for _ in 0..<count {
      let event = try eventRange(in: body, at: position)
      ranges.append(event)
      position = event.upperBound
    }
    try requireEnd(of: body, at: position)
    return ranges
  }

  private static func requireHead(of body: Span<UInt8>, count: Int) throws(FormatError) {
    guard body.count >= headByteCount else {
      throw FormatError(at: body.count, "the body is too short")
    }
    guard body[0] == seedForm else {
      throw FormatError(at: 0, "body of unknown form \(body[0])", version: Int(body[0]))
    }
    // The count comes from the header, so it is held against the bytes that are here first.
    guard count <= (body.count - headByteCount) / 5 else {
      throw FormatError(at: headByteCount, "the body is too short for \(count) events")
    }
  }

  @inline(__always)
  private static func eventRange(
    in body: Span<UInt8>, at position: Int
  ) throws(FormatError) -> Range<Int> {
    guard body.count - position >= 4 else {
      throw FormatError(at: position, "an event is cut short")
    }
    let length = Int(body.bigEndian(at: position, as: UInt32.self))
    guard length >= 1, length <= Limits.eventBytesMax, length <= body.count - position - 4 else {
      throw FormatError(at: position, "an event of \(length) bytes")
    }
    return position + 4..<position + 4 + length
  }

  private static func requireEnd(of body: Span<UInt8>, at position: Int) throws(FormatError) {
    guard position == body.count else {
      throw FormatError(at: position, "bytes after the last event")
    }
  }

  /// The salts of a raw body's events, 16 bytes each.
  public static func appendSalts(of body: Span<UInt8>, count: Int, to salts: inout ByteBuffer) {
    salts.append(
      shake256: body.extracting(1..<headByteCount), count: count * saltByteCount)
  }

  /// The RFC 6962 root over `SHA-256(0x00 ‖ salt ‖ event)` of each event of a raw body.
  ///
  /// `salts` is room to work in, for a caller that has many bodies.
  public static func eventsRoot(
    of body: Span<UInt8>, count: Int, salts: inout ByteBuffer
  ) throws(FormatError) -> Digest {
    try requireHead(of: body, count: count)
    salts.removeAll()
    appendSalts(of: body, count: count, to: &salts)
    var root = RunningRoot()
    var position = headByteCount
    for index in 0..<count {
      let event = try eventRange(in: body, at: position)
      let salt = index * saltByteCount
      root.append(
        Digest.leaf(
          salts.span.extracting(salt..<salt + saltByteCount), body.extracting(event)))
      position = event.upperBound
    }
    try requireEnd(of: body, at: position)
    return root.value
  }
}
