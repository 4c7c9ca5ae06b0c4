// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// Notes in the view where a stream's events are.
///
/// The events stay in the log alone, so that appending one costs little more than the log itself.
final class StreamWriter {
  private let stream: ObjectID
  private let extend: Prepared
  private let insert: Prepared

  init(_ stream: ObjectID, _ connection: Connection) throws(SQLiteError) {
    self.stream = stream
    let table = Storage.streamTable(stream)
    // However many at a time events come, those that follow one another are one run: the view is
    // the same, whether it was written live or by a replay.
    extend = try connection.prepare(
      """
      UPDATE \(table) SET count = count + ?2 WHERE first = (SELECT max(first) FROM \(table))
      AND first + count = ?1 AND _from = ?3 AND _place + count = ?4
      """, persistent: true)
    // Numbers only grow: a run that begins before the end of the last one is not added.
    insert = try connection.prepare(
      """
      INSERT INTO \(table) SELECT ?1, ?2, ?3, ?4 WHERE ?1 >=
      coalesce((SELECT first + count FROM \(table) ORDER BY first DESC LIMIT 1), 0)
      """, persistent: true)
  }

  /// Adds the run of the first of `events`, which lie in `bytes`, and of all that follow it in the
  /// stream one by one; answers how many those are.
  ///
  /// `place`: the number of the first of them in the record at `offset`.
  func append(
    _ events: Span<Range<Int>>, of bytes: Span<UInt8>, offset: UInt64, place: Int
  ) throws(RunError) -> Int {
    var first: UInt64 = 0
    var count = 0
    while count < events.count, !events[count].isEmpty {
      do throws(CBORError) {
        var reader = CBORReader(bytes.extracting(events[count]))
        guard try reader.readEventHead() == .streamEvent, try reader.readObjectID() == stream
        else { break }
        let sequence = try reader.readSequence()
        if count == 0 { first = sequence }
        if sequence != first + UInt64(count) { break }
        _ = try reader.readStreamEvent()
        try reader.finish()
      } catch { throw RunError(reason: .malformed(error), index: count) }
      count += 1
    }
    do throws(SQLiteError) {
      for statement in [extend, insert] {
        for (index, value) in [Int64(first), Int64(count), Int64(offset), Int64(place)].enumerated()
        { try statement.bind(index + 1, value) }
        try statement.run()
        if insert.connection.changes == 1 { return count }
      }
    } catch { throw RunError(reason: .sqlite(error), index: 0) }
    throw RunError(reason: .duplicateKey, index: 0)
  }
}
