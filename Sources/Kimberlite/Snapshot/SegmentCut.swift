// SPDX-License-Identifier: Apache-2.0
// A segment that ends earlier than its file: an active one is a prefix of itself; of a sealed one
// the records that stay become frames again.

internal import KimberliteCore

/// A segment cut at a record, as the active segment of a shorter log.
struct SegmentCut {
  /// Holds the cut segment in its first `byteCount` bytes.
  let file: any DiskFile
  let byteCount: UInt64

  /// A whole file.
  init(whole file: any DiskFile) throws(LogError) {
    self.file = file
    byteCount = try file.byteCount()
  }

  /// The records of a segment that are before offset `end`.
  ///
  /// Of a sealed one they are held in memory: at most what an active segment holds.
  init(_ file: any DiskFile, _ header: SegmentHeader, before end: UInt64) throws(LogError) {
    switch header.kind {
    case .active:
      self.file = file
      byteCount = try Self.position(of: end, in: file, header)
    case .sealed:
      var frames = ByteBuffer(capacity: 1 << 20)
      var active = header
      active.kind = .active
      frames.append(active)
      if end > header.firstOffset {
        try Self.append(file, header, before: end, to: &frames)
      }
      byteCount = UInt64(frames.count)
      self.file = MemoryFile(file.path, frames)
    }
  }

  /// The byte at which record `end` begins.
  private static func position(
    of end: UInt64, in file: any DiskFile, _ header: SegmentHeader
  ) throws(LogError) -> UInt64 {
    var cursor = FrameCursor(file: file, segment: header)
    while cursor.head.count < end {
      let what: String
      switch try cursor.next() {
      case .frame: continue
      case .end: what = "records are missing"
      case .bad(let fault): what = fault.what
      }
      throw .damaged(
        LogDirectory.damage(
          header.firstOffset, offset: cursor.head.count, at: cursor.position, what))
    }
    return cursor.position
  }

  private static func append(
    _ file: any DiskFile, _ header: SegmentHeader, before end: UInt64, to frames: inout ByteBuffer
  ) throws(LogError) {
    var records = try SegmentRecords(file: file, segment: header)
    var body = ByteBuffer()
    var stored = ByteBuffer()
    var salts = Salts()
    while records.head.count < end, try records.next() {
      try records.read(into: &body, erasing: Erasures(), &salts)
      append(records.header, body.span, nonce: header.nonce, &stored, to: &frames)
    }
  }

  private static func append(
    _ header: RecordHeader, _ body: Span<UInt8>, nonce: UInt64, _ stored: inout ByteBuffer,
    to frames: inout ByteBuffer
  ) {
    stored.removeAll()
    if !LZ4.compress(body, level: 0, to: &stored) { stored.append(body) }
    // Everything before is durable: it comes from a sealed segment.
    let frame = FrameHeader(
      storedByteCount: UInt32(stored.count), rawByteCount: UInt32(body.count),
      durable: header.offset, nonce: nonce, bodyCRC: CRC32C.of(stored.span))
    frames.append(frame, header)
    frames.append(stored.span)
  }
}
