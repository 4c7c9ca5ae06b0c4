// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// The events of a record in the making.
///
/// Handed from thread to thread, one owner at a time.
final class RecordDraft: @unchecked Sendable {
  // Sendable: whoever hands a draft on keeps no reference to it.
  var events: ByteBuffer
  /// Where each event ends in `events`.
  var ends: [Int]

  init(capacity: Int = 4096) {
    events = ByteBuffer(capacity: capacity)
    ends = []
  }

  /// How many events there are.
  var count: Int { ends.count }

  /// Ends the event whose bytes were appended last; answers where it lies.
  @discardableResult
  func endEvent() throws(SQLError) -> Range<Int> {
    let range = (ends.last ?? 0)..<events.count
    if range.count > Limits.eventBytesMax {
      throw SQLError(
        .programLimit, "a row is larger than \(Limits.eventBytesMax >> 20) MiB")
    }
    if events.count > Limits.recordBytesMax || ends.count >= Limits.recordEventsMax {
      throw SQLError(
        .programLimit,
        "a record is larger than \(Limits.recordBytesMax >> 20) MiB or \(Limits.recordEventsMax) events",
        hint: "split it into several transactions")
    }
    ends.append(events.count)
    return range
  }

  /// Where the `index`th event lies.
  func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  /// Replaces the first event, once what it has to say is known.
  func replaceFirst(with context: Context) {
    var replaced = ByteBuffer(capacity: events.count + 64)
    replaced.appendEvent(context)
    let shift = replaced.count - ends[0]
    events.withSpan(ends[0]..<events.count) { replaced.append($0) }
    events = replaced
    for index in ends.indices { ends[index] += shift }
  }

  /// Drops all but the first `count` events.
  func truncate(to count: Int) {
    ends.removeLast(ends.count - count)
    events.truncate(to: ends.last ?? 0)
  }
}
