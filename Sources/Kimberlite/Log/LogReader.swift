// SPDX-License-Identifier: Apache-2.0
// Reading needs no lock: segments only grow, and a sealed one replaces its active form whole.

public import KimberliteCore

/// A log opened for reading.
///
/// Opening costs the same whatever the log's length.
///
/// A reader sees records as soon as they are written, which may be before they are durable;
/// whoever must not, compares with what the writer acknowledged.
public struct LogReader: Sendable {
  /// The log.
  public let logID: LogID
  let directory: LogDirectory

  /// Opens the log in a directory.
  public init(directory path: String, disk: any Disk) throws(LogError) {
    directory = LogDirectory(path: path, disk: disk)
    try directory.requireLog()
    logID = try directory.checkpoint().logID
    // A version that we do not know is said at once, not in the middle of an answer.
    if let last = try directory.segments().last { _ = try directory.openSegment(last) }
  }

  /// A walk over the records from `offset` on; at the end of the log when there are fewer.
  public func records(from offset: UInt64) throws(LogError) -> RecordCursor {
    let segments = try directory.segments()
    guard let segment = segments.last(where: { $0 <= offset }), segments.first == 0 else {
      throw .damaged(
        Damage(file: LogDirectory.segmentName(0), what: "the first segment is missing"))
    }
    return try RecordCursor(directory, logID: logID, segment: segment, from: offset, after: nil)
  }

  /// A walk over the records behind a place.
  ///
  /// What is there must continue the place's hash.
  public func records(after place: LogPosition) throws(LogError) -> RecordCursor {
    // The first offset of a segment is in the name, so a place finds its segment at once.
    try RecordCursor(
      directory, logID: logID, segment: place.segment, from: place.next, after: place)
  }

  /// The end of the log now, walking from a place if one is known.
  public func end(from place: LogPosition? = nil) throws(LogError) -> LogPosition {
    var cursor: RecordCursor
    if let place {
      cursor = try records(after: place)
    } else {
      cursor = try records(from: .max)
    }
    while try cursor.skip() {}
    return cursor.position
  }

  /// The state of the log after its first `count` records; `nil` when it holds fewer.
  public func head(of count: UInt64) throws(LogError) -> Head? {
    if count == 0 { return .start }
    var cursor = try records(from: count - 1)
    guard try cursor.skip(), cursor.header.offset == count - 1 else { return nil }
    return cursor.position.head
  }

  /// Whether there are records behind a place: one small read where there are none.
  public func hasRecords(after place: LogPosition) throws(LogError) -> Bool {
    // The next segment is looked for first: the old one may have been replaced by its sealed
    // form, in which the byte position means nothing.
    if place.segment != place.next,
      try directory.disk.exists(directory.segmentPath(place.next))
    {
      return try hasFrame(segment: place.next, at: UInt64(SegmentHeader.byteCount))
    }
    return try hasFrame(segment: place.segment, at: place.position, next: place.next)
  }

  private func hasFrame(
    segment: UInt64, at position: UInt64, next: UInt64? = nil
  ) throws(LogError) -> Bool {
    let (file, header) = try directory.openSegment(segment)
    if header.kind == .sealed {
      guard let next else { return true }
      return try SealedSegment(file: file, header: header).head.count > next
    }
    var bytes = ByteBuffer(capacity: FrameHeader.bodyStart)
    try file.read(at: position, count: FrameHeader.bodyStart, into: &bytes)
    // Bytes that are no frame are a write under way.
    guard bytes.count == FrameHeader.bodyStart, let frame = try? FrameHeader(bytes.span) else {
      return false
    }
    return frame.nonce == header.nonce
  }
}

extension LogReader {
  /// Makes everything that this reader can see durable, whoever wrote it.
  func synchronize() throws(LogError) {
    guard let last = try directory.segments().last else { return }
    try directory.openSegment(last, .update).file.synchronize()
  }
}
