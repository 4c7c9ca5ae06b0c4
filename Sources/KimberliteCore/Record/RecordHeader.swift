// SPDX-License-Identifier: Apache-2.0
// The canonical header of a record: everything that a reader relies on and nothing about storage.
// kb-log(5), Record.

/// The 108 bytes under the record hash.
public struct RecordHeader: Sendable, Equatable {
  /// The log that the record belongs to.
  public var logID: LogID
  /// The record's number, dense from 0.
  public var offset: UInt64
  /// Nanoseconds since 1970 UTC; greater than that of the record before.
  public var timestamp: UInt64
  /// Events of the record, at least 1.
  public var eventCount: UInt32
  /// The hash of the record before; zero for offset 0.
  public var previous: Digest
  /// RFC 6962 root over the salted events.
  public var eventsRoot: Digest

  /// Bytes of an encoded header.
  public static let byteCount = 108
  /// "KBR" and the version.
  static let magic: UInt32 = 0x4b42_5201

  /// A header of known parts.
  public init(
    logID: LogID, offset: UInt64, timestamp: UInt64, eventCount: UInt32, previous: Digest,
    eventsRoot: Digest
  ) {
    self.logID = logID
    self.offset = offset
    self.timestamp = timestamp
    self.eventCount = eventCount
    self.previous = previous
    self.eventsRoot = eventsRoot
  }

  /// Decodes the 108 bytes at `start`, of which there must be enough.
  public init(_ bytes: Span<UInt8>, at start: Int = 0) throws(FormatError) {
    let magic: UInt32 = bytes.bigEndian(at: start)
    guard magic == Self.magic else {
      if magic >> 8 == Self.magic >> 8 {
        throw FormatError(at: start + 3, "unknown record version", version: Int(magic & 0xff))
      }
      throw FormatError(at: start, "no record header here")
    }
    logID = LogID(bytes, at: start + 4)
    offset = try bytes.counter(at: start + 20)
    timestamp = try bytes.counter(at: start + 28)
    eventCount = bytes.bigEndian(at: start + 36)
    try bytes.requireZero(start + 40..<start + 44)
    previous = Digest(bytes, at: start + 44)
    eventsRoot = Digest(bytes, at: start + 76)
    guard eventCount >= 1, eventCount <= Limits.recordEventsMax else {
      throw FormatError(at: start + 36, "\(eventCount) events in a record")
    }
  }

  /// The record hash of an encoded header: chain link and Merkle leaf.
  public static func hash(of bytes: Span<UInt8>, at start: Int = 0) -> Digest {
    Digest.leaf(bytes.extracting(start..<start + byteCount))
  }

  /// The record hash.
  public var hash: Digest {
    var buffer = ByteBuffer(capacity: Self.byteCount)
    buffer.append(self)
    return Self.hash(of: buffer.span)
  }
}

extension ByteBuffer {
  /// Appends the 108 bytes of a record header.
  public mutating func append(_ header: RecordHeader) {
    append(bigEndian: RecordHeader.magic)
    append(header.logID)
    append(bigEndian: header.offset)
    append(bigEndian: header.timestamp)
    append(bigEndian: header.eventCount)
    append(bigEndian: UInt32(0))
    append(header.previous)
    append(header.eventsRoot)
  }
}
