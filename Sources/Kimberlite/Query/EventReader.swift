// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// The data of stream events, read from the log when a query asks for it: the view keeps only
/// where each event is, so that appending to a stream costs little more than the log itself.
///
/// A walk in order reads each record once; a step back or a leap is a look-up by offset.
final class EventReader {
  private let log: LogReader
  private var walk: Walk?
  /// Makes what this process has appended readable first, where it appends.
  private let prepare: () throws(LogError) -> Void

  /// A cursor that may be there or not.
  private final class Walk {
    var cursor: RecordCursor
    init(_ cursor: consuming RecordCursor) { self.cursor = cursor }
  }

  init(_ log: LogReader, prepare: @escaping () throws(LogError) -> Void = {}) {
    self.log = log
    self.prepare = prepare
  }

  /// A reader of the same log that walks on its own.
  func another() -> EventReader { EventReader(log, prepare: prepare) }

  /// What an event says.
  enum Part { case id, type, data }

  /// Lends a text of event `place` of the record at `offset`; `nil` where it has none.
  func withPart(
    _ part: Part, offset: UInt64, place: Int, _ body: (Span<UInt8>?) -> Void
  ) throws(SQLError) {
    do throws(LogError) {
      try move(to: offset)
    } catch { throw SQLError(.dataCorrupted, error.message) }
    guard let walk, place < walk.cursor.events.count else { throw Self.missing(offset) }
    do throws(CBORError) { try Self.lend(part, walk.cursor, place, body) } catch {
      throw Self.missing(offset)
    }
  }

  private static func lend(
    _ part: Part, _ record: borrowing RecordCursor, _ place: Int, _ body: (Span<UInt8>?) -> Void
  ) throws(CBORError) {
    let event = record.event(place)
    // Erased since the view was read that led here.
    if event.isEmpty { return body(nil) }
    var reader = CBORReader(event)
    guard try reader.readEventHead() == .streamEvent else {
      throw .unexpected(at: 0, want: "a stream event")
    }
    _ = try reader.readObjectID()
    _ = try reader.readSequence()
    let parts = try reader.readStreamEvent()
    let range: Range<Int>? =
      switch part {
      case .id: parts.id
      case .type: parts.type
      case .data: parts.data
      }
    if let range { body(event.extracting(range)) } else { body(nil) }
  }

  private func move(to offset: UInt64) throws(LogError) {
    if let walk {
      if walk.cursor.position.next == offset + 1 { return }
      if walk.cursor.position.next == offset {
        // A walk that fails has moved and not read: it is taken up again only when it is whole.
        self.walk = nil
        if try walk.cursor.next() {
          self.walk = walk
          return
        }
      }
    }
    walk = nil
    try prepare()
    let fresh = Walk(try log.records(from: offset))
    if try fresh.cursor.next(), fresh.cursor.header.offset == offset { walk = fresh }
  }

  private static func missing(_ offset: UInt64) -> SQLError {
    SQLError(
      .dataCorrupted, "the log does not hold the event that the view says is in record \(offset)")
  }
}
