// SPDX-License-Identifier: Apache-2.0

public import KimberliteCore

/// The end of a log at some moment.
public struct Head: Sendable, Equatable {
  /// Records; the offset of the next one.
  public var count: UInt64
  /// The hash of the last record; zero when there is none.
  public var hash: Digest
  /// The timestamp of the last record, nanoseconds since 1970; 0 when there is none.
  public var timestamp: UInt64

  /// Before the first record.
  public static let start = Head(count: 0, hash: .zero, timestamp: 0)

  /// A head of known parts.
  public init(count: UInt64, hash: Digest, timestamp: UInt64) {
    self.count = count
    self.hash = hash
    self.timestamp = timestamp
  }

  /// Moves behind a record.
  mutating func advance(past header: RecordHeader, hash: Digest) {
    count = header.offset + 1
    self.hash = hash
    timestamp = header.timestamp
  }
}

/// A place between two records, from which reading goes on at no cost.
public struct LogPosition: Sendable, Equatable {
  /// The first offset of the segment that holds the record before the place.
  public var segment: UInt64
  /// The byte of that segment where the next frame begins, while the segment is active.
  public var position: UInt64
  /// The records before the place.
  public var head: Head

  /// The offset of the record behind the place.
  public var next: UInt64 { head.count }

  /// Before the first record, whatever the header of the first segment holds.
  public static let start = LogPosition(
    segment: 0, position: UInt64(SegmentHeader.fixedByteCount), head: .start)

  /// A place of known parts.
  public init(segment: UInt64, position: UInt64, head: Head) {
    self.segment = segment
    self.position = position
    self.head = head
  }

  /// Eight words, for storing: segment, position, count, hash (4), timestamp.
  public var words: [UInt64] {
    let hash = head.hash.words
    return [segment, position, head.count, hash.0, hash.1, hash.2, hash.3, head.timestamp]
  }

  /// The place of eight words as `words` gave them; `nil` for another number of words.
  public init?(words: [UInt64]) {
    guard words.count == 8 else { return nil }
    var bytes = ByteBuffer(capacity: 32)
    for word in words[3..<7] { bytes.append(bigEndian: word) }
    self.init(
      segment: words[0], position: words[1],
      head: Head(count: words[2], hash: Digest(bytes.span), timestamp: words[7]))
  }
}

extension SegmentHeader {
  /// The byte at which the frames behind a place begin.
  func frames(from place: LogPosition) -> UInt64 { max(place.position, UInt64(byteCount)) }
}

/// What an append returns once the record is durable.
public struct Receipt: Sendable, Equatable {
  /// The record's offset.
  public var offset: UInt64
  /// Events of the record.
  public var events: Int
  /// Nanoseconds since 1970.
  public var timestamp: UInt64
  /// The record hash.
  public var hash: Digest

  /// A receipt of known parts.
  public init(offset: UInt64, events: Int, timestamp: UInt64, hash: Digest) {
    self.offset = offset
    self.events = events
    self.timestamp = timestamp
    self.hash = hash
  }
}
