// SPDX-License-Identifier: Apache-2.0
// The costly part of an append, which needs neither the log nor the disk: salts, leaf hashes,
// root, compression. Any thread may do it.

internal import KimberliteCore

/// A record but for its place in the log.
public final class PreparedRecord: Sendable {
  let stored: ByteBuffer
  let rawByteCount: Int
  let bodyCRC: UInt32
  let eventsRoot: Digest
  /// Events of the record.
  public let eventCount: Int

  /// A record whose body there is already, with events that have the root of a header.
  init(body: Span<UInt8>, of header: RecordHeader) {
    var raw = ByteBuffer(capacity: body.count)
    raw.append(body)
    eventCount = Int(header.eventCount)
    eventsRoot = header.eventsRoot
    rawByteCount = raw.count
    let packed = Self.pack(raw)
    bodyCRC = packed.withSpan(0..<packed.count) { CRC32C.of($0) }
    stored = packed
  }

  /// Prepares a record.
  ///
  /// `ranges` are where the events lie in `events`, one behind the other; `seed` is 32 random
  /// bytes that are used for nothing else.
  public convenience init(
    events: Span<UInt8>, ranges: [Range<Int>], seed: [UInt8]
  ) throws(LogError) {
    try self.init(events: events, ranges: ranges, seed: seed, seals: [])
  }

  /// As above; `seals` says which events are under the key of a subject, in their order.
  init(
    events: Span<UInt8>, ranges: [Range<Int>], seed: [UInt8], seals: [EventSeal]
  ) throws(LogError) {
    guard events.count <= Limits.recordBytesMax, ranges.count <= Limits.recordEventsMax else {
      throw .tooLarge(
        what: "a record of \(ranges.count) events, \(events.count) bytes: at most "
          + "\(Limits.recordEventsMax) events, \(Limits.recordBytesMax) bytes fit in one")
    }
    if let large = ranges.first(where: { $0.count > Limits.eventBytesMax }) {
      throw .tooLarge(
        what: "an event of \(large.count) bytes: at most \(Limits.eventBytesMax) fit in one")
    }
    var raw = ByteBuffer(capacity: RecordBody.headByteCount + 4 * ranges.count + events.count)
    var salts = Salts()
    if seals.isEmpty {
      RecordBody.append(events: events, ranges: ranges, seed: seed.span, to: &raw)
    } else {
      EventSeal.append(events: events, ranges: ranges, seed: seed, seals, &salts, to: &raw)
    }
    eventCount = ranges.count
    do {
      eventsRoot = try RecordBody.eventsRoot(of: raw.span, count: eventCount, salts: &salts)
    } catch {
      preconditionFailure("the body was made above: \(error)")
    }
    rawByteCount = raw.count
    let packed = Self.pack(raw)
    bodyCRC = packed.withSpan(0..<packed.count) { CRC32C.of($0) }
    stored = packed
  }

  /// A body as it is stored: compressed where that makes it smaller.
  private static func pack(_ raw: consuming ByteBuffer) -> ByteBuffer {
    var compressed = ByteBuffer(capacity: raw.count)
    return LZ4.compress(raw.span, level: 0, to: &compressed) ? compressed : raw
  }
}
