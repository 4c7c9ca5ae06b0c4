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
  /// Of a sealed one they are held in memory: at most what an active segment holds. Where they are
  /// encrypted, they are so again, which takes the key.
  init(
    _ file: any DiskFile, _ header: SegmentHeader, before end: UInt64, keys: KeyRing
  ) throws(LogError) {
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
        let key = try keys.dataKey(of: header)
        if header.isEncrypted, key == nil { throw try keys.missing() }
        var records = try SegmentRecords(file: file, segment: header, key: key)
        try FrameWriter(header, key: key).append(&records, before: end, to: &frames)
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
}

/// Writes records of a sealed segment as frames of an active one.
private struct FrameWriter {
  private let cipher: Cipher?
  private let nonce: UInt64

  init(_ header: SegmentHeader, key: SecretBytes?) {
    nonce = header.nonce
    cipher = key.map { Cipher($0) }
  }

  func append(
    _ records: inout SegmentRecords, before end: UInt64, to frames: inout ByteBuffer
  ) throws(LogError) {
    var body = ByteBuffer()
    var packed = ByteBuffer()
    var sealed = ByteBuffer()
    var salts = Salts()
    while records.head.count < end, try records.next() {
      try records.read(into: &body, erasing: Erasures(), &salts)
      packed.removeAll()
      if !LZ4.compress(body.span, level: 0, to: &packed) { packed.append(body.span) }
      if cipher != nil {
        seal(packed.span, of: records.header, to: &sealed)
        append(sealed.span, rawByteCount: body.count, records.header, to: &frames)
      } else {
        append(packed.span, rawByteCount: body.count, records.header, to: &frames)
      }
    }
  }

  private func seal(_ body: Span<UInt8>, of header: RecordHeader, to sealed: inout ByteBuffer) {
    var encoded = ByteBuffer(capacity: RecordHeader.byteCount)
    encoded.append(header)
    sealed.removeAll()
    cipher?.seal(body, with: encoded.span, to: &sealed)
  }

  private func append(
    _ stored: Span<UInt8>, rawByteCount: Int, _ header: RecordHeader, to frames: inout ByteBuffer
  ) {
    // Everything before is durable: it comes from a sealed segment.
    let frame = FrameHeader(
      storedByteCount: UInt32(stored.count), rawByteCount: UInt32(rawByteCount),
      durable: header.offset, nonce: nonce, bodyCRC: CRC32C.of(stored),
      isEncrypted: cipher != nil)
    frames.append(frame, header)
    frames.append(stored)
  }
}
