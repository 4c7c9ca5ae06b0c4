// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// The events of a record in the making.
///
/// Handed from thread to thread, one owner at a time.
final class RecordDraft: @unchecked Sendable {
  // Sendable: whoever hands a draft on keeps no reference to it.
  var events: ByteBuffer
  /// Where each event lies in `events`, one behind the other.
  private(set) var ranges: [Range<Int>]
  /// Which events are about a subject that is to have a key of its own.
  private(set) var subjects: [(event: Int, subject: Subject)] = []
  /// Under which keys events are sealed, in the order of the events; known when the record ends.
  var seals: [EventSeal] = []

  /// What a draft takes at least.
  static let byteCountMin = 4096

  init() {
    events = ByteBuffer(capacity: Self.byteCountMin)
    ranges = []
  }

  /// How many events there are.
  var count: Int { ranges.count }

  /// Ends the event whose bytes were appended last; answers where it lies.
  @discardableResult
  func endEvent() throws(SQLError) -> Range<Int> {
    let range = (ranges.last?.upperBound ?? 0)..<events.count
    if range.count > Limits.eventBytesMax {
      throw SQLError(
        .programLimit, "a row is larger than \(Limits.eventBytesMax >> 20) MiB")
    }
    if events.count > Limits.recordBytesMax || ranges.count >= Limits.recordEventsMax {
      throw SQLError(
        .programLimit,
        "a record is larger than \(Limits.recordBytesMax >> 20) MiB or \(Limits.recordEventsMax) events",
        hint: "split it into several transactions")
    }
    ranges.append(range)
    return range
  }

  /// Lends the bytes and where in them the events from `first` on lie.
  func withEvents<R, E: Error>(
    from first: Int, _ body: (Span<Range<Int>>, Span<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    let ranges = ranges
    return try events.withSpan(0..<events.count) { (bytes) throws(E) in
      try body(ranges.span.extracting(first...), bytes)
    }
  }

  /// Replaces the first event, once what it has to say is known.
  func replaceFirst(with context: Context) {
    var replaced = ByteBuffer(capacity: events.count + 64)
    replaced.appendEvent(context)
    let end = ranges[0].upperBound
    let shift = replaced.count - end
    events.withSpan(end..<events.count) { replaced.append($0) }
    events = replaced
    ranges[0] = 0..<end + shift
    for index in ranges.indices.dropFirst() {
      ranges[index] = ranges[index].lowerBound + shift..<ranges[index].upperBound + shift
    }
  }

  /// Says whose events are; in their order.
  func mark(_ events: Range<Int>, as subject: Subject) {
    for event in events { subjects.append((event, subject)) }
  }

  /// Says whose the last `count` events are.
  func mark(last count: Int, as subject: Subject) {
    mark(ranges.count - count..<ranges.count, as: subject)
  }

  /// Drops all but the first `count` events.
  func truncate(to count: Int) {
    ranges.removeLast(ranges.count - count)
    while let last = subjects.last, last.event >= count { subjects.removeLast() }
    seals = []
    events.truncate(to: ranges.last?.upperBound ?? 0)
  }
}
