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
  ///
  /// Without the key of an encrypted log, the records can be walked over, not read.
  public init(directory path: String, disk: any Disk, key: MasterKey? = nil) throws(LogError) {
    directory = LogDirectory(path: path, disk: disk, key: key)
    try directory.requireLog()
    logID = try directory.checkpoint().logID
    // A version that we do not know is said at once, not in the middle of an answer.
    if let last = try directory.segments().last {
      try directory.keys.requireKeystore(for: try directory.openSegment(last).header)
    }
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
    guard try directory.disk.exists(directory.segmentPath(place.segment)) else {
      throw endIsMissing(place, at: nil)
    }
    return try RecordCursor(
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
    try position(of: count)?.head
  }

  /// The place behind the first `count` records, walked to from the beginning of its segment.
  private func position(of count: UInt64) throws(LogError) -> LogPosition? {
    if count == 0 { return .start }
    var cursor = try records(from: count - 1)
    guard try cursor.skip(), cursor.header.offset == count - 1 else { return nil }
    return cursor.position
  }

  /// Whether a place that somebody kept is one of this log; `nil` where the log ends before it.
  ///
  /// Nothing of the place is trusted, so it costs a walk through a segment.
  func confirms(_ place: LogPosition) throws(LogError) -> Bool? {
    guard let found = try position(of: place.next) else { return nil }
    if place.head != found.head { return false }
    // Before the first record of a segment.
    if place.segment == place.next {
      guard try directory.disk.exists(directory.segmentPath(place.segment)) else { return false }
      let header = try directory.openSegment(place.segment).header
      return place == .start || place.position == UInt64(header.byteCount)
    }
    // In a sealed segment the byte means nothing.
    let isSealed = try directory.openSegment(found.segment).header.kind == .sealed
    return place.segment == found.segment && (isSealed || place.position == found.position)
  }

  /// Whether there are records behind a place: one small read where there are none.
  ///
  /// Throws where the log no longer reaches as far as the place.
  public func hasRecords(after place: LogPosition) throws(LogError) -> Bool {
    // The next segment is looked for first: the old one may have been replaced by its sealed
    // form, in which the byte position means nothing.
    if let answer = try hasRecords(inNextAfter: place) { return answer }
    guard try directory.disk.exists(directory.segmentPath(place.segment)) else {
      throw endIsMissing(place, at: nil)
    }
    let (file, header) = try directory.openSegment(place.segment)
    guard header.kind == .sealed else {
      // Zeros behind the frames go, frames never do.
      let byteCount = try file.byteCount()
      let position = header.frames(from: place)
      if byteCount < position { throw endIsMissing(place, at: byteCount) }
      if try hasFrame(file, header, at: position) { return true }
      if position == UInt64(header.byteCount) { return false }
      if try !isEndOfFrames(file, at: position), try confirms(place) != true {
        throw endIsMissing(place, at: position)
      }
      return false
    }
    let sealed = try SealedSegment(file: file, header: header)
    if sealed.head.count > place.next { return true }
    // It was sealed just now, and the next segment is there; or that one is gone.
    if sealed.head.count == place.next, let answer = try hasRecords(inNextAfter: place) {
      return answer
    }
    throw endIsMissing(place, at: nil)
  }

  /// `nil` where no segment begins at the place.
  private func hasRecords(inNextAfter place: LogPosition) throws(LogError) -> Bool? {
    guard try directory.isThere(after: place) else { return nil }
    let (file, header) = try directory.openSegment(place.next)
    if header.kind == .sealed { return true }
    return try hasFrame(file, header, at: UInt64(header.byteCount))
  }

  private func endIsMissing(_ place: LogPosition, at byte: UInt64?) -> LogError {
    .damaged(
      Damage(
        file: LogDirectory.segmentName(place.segment), offset: place.next, position: byte,
        what: "the end of the log is missing: it had \(place.next.counted("record"))"))
  }

  /// Whether a place looks like the end of the last frame: zeros behind it, none before it.
  ///
  /// Both may be otherwise in a good log: a write under way, a body that ends in zeros.
  private func isEndOfFrames(_ file: any DiskFile, at position: UInt64) throws(LogError) -> Bool {
    var bytes = ByteBuffer(capacity: 16)
    guard position >= 8 else { return false }
    try file.read(at: position - 8, count: 16, into: &bytes)
    bytes.append(zeros: max(0, 16 - bytes.count))
    let (before, behind): (UInt64, UInt64) =
      (bytes.span.bigEndian(at: 0), bytes.span.bigEndian(at: 8))
    return before != 0 && behind == 0
  }

  private func hasFrame(
    _ file: any DiskFile, _ header: SegmentHeader, at position: UInt64
  ) throws(LogError) -> Bool {
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

extension LogReader {
  /// Opens the log of a directory that is known to be one.
  init(_ directory: LogDirectory) throws(LogError) {
    self.directory = directory
    logID = try directory.checkpoint().logID
  }
}
