// SPDX-License-Identifier: Apache-2.0
// The segment that is written: frames wait in memory, then go into zeros written ahead, so that
// a sync moves no file size. kb-log(5), Active segment.

internal import KimberliteCore

/// The segment file at the end of a log.
struct ActiveSegment: ~Copyable {
  let header: SegmentHeader
  /// Where the next frame goes once the waiting ones are written.
  private(set) var position: UInt64

  private let file: any DiskFile
  private let options: LogOptions
  private var byteCount: UInt64
  private var step: UInt64
  private var waiting: ByteBuffer
  /// Encrypts bodies; `nil` where they are stored as they are.
  private let cipher: Cipher?

  /// A segment file of `byteCount` bytes, zero from `position` on; `key` encrypts its bodies.
  init(
    file: any DiskFile, header: SegmentHeader, position: UInt64, byteCount: UInt64,
    key: SecretBytes?, options: LogOptions
  ) {
    precondition(header.isEncrypted == (key != nil), "an encrypted segment is written with its key")
    self.file = file
    self.header = header
    self.position = position
    self.byteCount = byteCount
    self.options = options
    step = options.stepBytesMin
    waiting = ByteBuffer(capacity: 1 << 16)
    cipher = key.map { Cipher($0) }
  }

  /// Whether a further record belongs into the next segment.
  ///
  /// One record always fits.
  func isFull(with record: PreparedRecord) -> Bool {
    let used = position + UInt64(waiting.count)
    if used == UInt64(header.byteCount) { return false }
    let body = record.stored.count + (header.isEncrypted ? FrameHeader.envelopeByteCount : 0)
    return used + UInt64(FrameHeader.bodyStart + body) > options.segmentBytes
  }

  /// Adds a frame to those that wait; answers the record hash.
  mutating func append(
    _ record: PreparedRecord, _ header: RecordHeader, durable: UInt64
  ) -> Digest {
    let start = waiting.count
    let frame = FrameHeader(
      storedByteCount: UInt32(record.stored.count), rawByteCount: UInt32(record.rawByteCount),
      durable: durable, nonce: self.header.nonce, bodyCRC: record.bodyCRC)
    if let cipher {
      Self.append(record, header, frame, sealedBy: cipher, to: &waiting)
    } else {
      waiting.append(frame, header)
      record.stored.withUnsafeBytes { waiting.append($0) }
    }
    return RecordHeader.hash(of: waiting.span, at: start + FrameHeader.byteCount)
  }

  /// Adds a frame whose body is encrypted, bound to its canonical header.
  private static func append(
    _ record: PreparedRecord, _ header: RecordHeader, _ frame: FrameHeader,
    sealedBy cipher: Cipher, to waiting: inout ByteBuffer
  ) {
    var encoded = ByteBuffer(capacity: RecordHeader.byteCount)
    encoded.append(header)
    record.stored.withSpan(0..<record.stored.count) { body in
      cipher.withSealed(body, with: encoded.span) { sealed in
        var frame = frame
        frame.storedByteCount = UInt32(sealed.count)
        frame.bodyCRC = CRC32C.of(sealed)
        frame.isEncrypted = true
        waiting.append(frame, header)
        waiting.append(sealed)
      }
    }
  }

  /// Writes the waiting frames and synchronises.
  mutating func flush() throws(LogError) {
    if waiting.isEmpty { return }
    let end = position + UInt64(waiting.count)
    while byteCount < end { try writeAhead() }
    try file.write(waiting.span, at: position)
    try file.synchronize()
    position = end
    waiting.removeAll()
  }

  /// Gives back the zeros behind the last frame.
  mutating func trim() throws(LogError) {
    precondition(waiting.isEmpty, "frames wait")
    try file.truncate(to: position)
    try file.synchronize()
    byteCount = position
  }

  private mutating func writeAhead() throws(LogError) {
    // No further than a full segment: the rest would be given back.
    let room = options.segmentBytes > byteCount ? options.segmentBytes - byteCount : step
    let end = byteCount + min(step, room)
    var zeros = ByteBuffer(capacity: Int(min(step, 1 << 20)))
    zeros.append(zeros: Int(min(step, 1 << 20)))
    while byteCount < end {
      let count = min(UInt64(zeros.count), end - byteCount)
      try file.write(zeros.span.extracting(0..<Int(count)), at: byteCount)
      byteCount += count
    }
    step = min(step * 2, options.stepBytesMax)
  }
}
