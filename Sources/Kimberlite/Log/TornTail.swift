// SPDX-License-Identifier: Apache-2.0
// What lies behind the last good frame of an active segment. It may be cut only if nothing in it
// shows that more was durable.

internal import KimberliteCore

/// The bytes behind the last good frame.
struct TornTail {
  private let file: any DiskFile
  private let start: UInt64
  /// Bytes up to the last one that is not zero.
  private(set) var usedByteCount: UInt64 = 0
  /// Bytes that are read at a time.
  private static let stepBytes = 1 << 20

  /// Reads the tail of a segment.
  init(file: any DiskFile, from start: UInt64, to end: UInt64) throws(LogError) {
    self.file = file
    self.start = start
    var buffer = ByteBuffer(capacity: Self.stepBytes)
    var position = start
    while position < end {
      buffer.removeAll()
      try file.read(at: position, count: Self.stepBytes, into: &buffer)
      if buffer.isEmpty { break }
      if let last = Self.lastUsed(buffer.span) {
        usedByteCount = position - start + UInt64(last) + 1
      }
      position += UInt64(buffer.count)
    }
  }

  /// What is wrong where no frame is, but bytes are.
  var fault: FrameCursor.Fault? {
    usedByteCount == 0
      ? nil
      : FrameCursor.Fault(
        position: start, what: "bytes that are no frame", mayBeTorn: true)
  }

  /// The most records that an intact frame among the bytes knew to be durable.
  ///
  /// The one place that searches: a frame carries the segment's nonce, which no client knows.
  func durable(in segment: SegmentHeader) throws(LogError) -> UInt64 {
    var most: UInt64 = 0
    var buffer = ByteBuffer(capacity: Self.stepBytes + FrameHeader.bodyStart)
    var position = start
    while position < start + usedByteCount {
      buffer.removeAll()
      try file.read(
        at: position, count: Self.stepBytes + FrameHeader.bodyStart, into: &buffer)
      let bytes = buffer.span
      for index in 0..<max(0, min(Self.stepBytes, bytes.count - FrameHeader.bodyStart + 1))
      where bytes.bigEndian(at: index + FrameHeader.nonceStart, as: UInt64.self) == segment.nonce {
        // What does not decode is what most of a torn tail is made of.
        guard let frame = try? FrameHeader(bytes, at: index),
          let header = try? RecordHeader(bytes, at: index + FrameHeader.byteCount),
          header.logID == segment.logID
        else { continue }
        most = max(most, frame.durable)
      }
      position += UInt64(Self.stepBytes)
    }
    return most
  }

  private static func lastUsed(_ bytes: Span<UInt8>) -> Int? {
    var index = bytes.count
    while index >= 8, bytes.bigEndian(at: index - 8, as: UInt64.self) == 0 { index -= 8 }
    while index > 0, bytes[index - 1] == 0 { index -= 1 }
    return index == 0 ? nil : index - 1
  }
}
