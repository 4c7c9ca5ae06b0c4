// SPDX-License-Identifier: Apache-2.0
// Walks the frames of an active segment by length and chain, never by searching: bodies are
// chosen by clients.

internal import KimberliteCore

/// A walk over the frames of one segment file that is not sealed.
struct FrameCursor: ~Copyable {
  /// What stands at the cursor.
  enum Step {
    /// A whole frame, whose header, hash and body the cursor now shows. It moved behind it.
    case frame
    /// Zeros, or the end of the file.
    case end
    /// Anything else. The cursor stays.
    case bad(Fault)
  }

  /// Why a frame is not good.
  struct Fault: Equatable {
    var position: UInt64
    var what: String
    /// Whether a write that a crash cut short looks so.
    ///
    /// An intact frame in the wrong place does not: somebody put it there.
    var mayBeTorn: Bool
    /// Whether the body alone is bad: `passBody` goes on behind it.
    var isInBody = false
  }

  let file: any DiskFile
  let segment: SegmentHeader
  /// Decrypts bodies; `nil` where they are not encrypted, or nobody will ask for one.
  private let cipher: Cipher?
  /// The byte of the file where the next frame begins.
  private(set) var position: UInt64
  /// The records before it.
  private(set) var head: Head
  /// The header of the frame that `next` found last.
  private(set) var header: RecordHeader
  /// The frame header of the frame that `next` found last.
  private(set) var frame: FrameHeader

  private var window: ByteBuffer
  private var windowStart: UInt64
  private var bodyStart = 0
  private static let windowBytes = 256 << 10

  /// A walk from the first frame.
  init(file: any DiskFile, segment: SegmentHeader, key: SecretBytes? = nil) {
    self.init(
      file: file, segment: segment, key: key, position: UInt64(segment.byteCount),
      head: Head(
        count: segment.firstOffset, hash: segment.previous, timestamp: segment.previousTimestamp))
  }

  /// A walk from a place that an earlier one reached.
  init(
    file: any DiskFile, segment: SegmentHeader, key: SecretBytes?, position: UInt64, head: Head
  ) {
    self.file = file
    self.segment = segment
    cipher = key.map { Cipher($0) }
    self.position = position
    self.head = head
    window = ByteBuffer(capacity: Self.windowBytes)
    windowStart = position
    header = RecordHeader(
      logID: segment.logID, offset: 0, timestamp: 0, eventCount: 0, previous: .zero,
      eventsRoot: .zero)
    frame = FrameHeader(storedByteCount: 0, rawByteCount: 0, durable: 0, nonce: 0, bodyCRC: 0)
  }

  /// The stored body of the frame that `next` found last.
  var storedBody: Span<UInt8> {
    @_lifetime(borrow self)
    get { window.span.extracting(bodyStart..<bodyStart + Int(frame.storedByteCount)) }
  }

  /// The canonical header of the frame that `next` found last, as encoded.
  var encodedHeader: Span<UInt8> {
    @_lifetime(borrow self)
    get { window.span.extracting(bodyStart - RecordHeader.byteCount..<bodyStart) }
  }

  /// Whether bodies cannot be read for want of a key.
  var isLocked: Bool { segment.isEncrypted && cipher == nil }

  /// What is wrong with a body that `appendBody` refuses.
  var bodyFault: String { StoredBody.fault(isEncrypted: segment.isEncrypted) }

  /// Appends the raw body of the frame that `next` found last; false where it cannot be had from
  /// what is stored.
  func appendBody(to raw: inout ByteBuffer) -> Bool {
    precondition(!isLocked, "a body is read with its key")
    return StoredBody.append(
      storedBody, associated: encodedHeader, rawCount: Int(frame.rawByteCount), cipher, to: &raw)
  }

  /// Forgets what was read ahead, for the file may have grown.
  mutating func refresh() {
    window.removeAll()
    windowStart = position
  }

  /// Looks at the next frame and moves behind it.
  mutating func next() throws(LogError) -> Step {
    guard try fill(4) else { return try atPartialEnd() }
    var start = Int(position - windowStart)
    if window.span.bigEndian(at: start, as: UInt32.self) == 0 { return .end }
    guard try fill(FrameHeader.bodyStart) else { return bad("the frame is cut short") }
    start = Int(position - windowStart)
    let frame: FrameHeader
    let header: RecordHeader
    do {
      frame = try FrameHeader(window.span, at: start)
      header = try RecordHeader(window.span, at: start + FrameHeader.byteCount)
    } catch {
      let isChecksum = error.position == start + FrameHeader.checksumStart
      return bad(error.what, at: error.position - start, mayBeTorn: isChecksum)
    }
    if let what = mismatch(frame, header) {
      return bad(what.what, at: what.position, mayBeTorn: false)
    }
    self.frame = frame
    self.header = header
    guard let crc = try bodyCRC() else { return bad("the frame is cut short") }
    guard crc == frame.bodyCRC else {
      return .bad(
        Fault(
          position: position + UInt64(FrameHeader.bodyStart), what: "the CRC of the body differs",
          mayBeTorn: true, isInBody: true))
    }
    advance()
    return .frame
  }

  /// Brings the body into the window and answers its CRC; `nil` where the file ends before.
  private mutating func bodyCRC() throws(LogError) -> UInt32? {
    let count = Int(frame.storedByteCount)
    if count > LogDirectory.largeByteCount {
      let crc = try file.crc32c(at: position + UInt64(FrameHeader.bodyStart), count: count)
      if crc != frame.bodyCRC { return crc }
    }
    guard try fill(frame.frameByteCount) else { return nil }
    bodyStart = Int(position - windowStart) + FrameHeader.bodyStart
    return CRC32C.of(storedBody)
  }

  /// Moves behind the frame that `next` found bad in its body alone.
  ///
  /// Its headers are intact: they say where the next frame is, and what that must continue.
  mutating func passBody() { advance() }

  private mutating func advance() {
    let start = Int(position - windowStart)
    let hash = RecordHeader.hash(of: window.span, at: start + FrameHeader.byteCount)
    head.advance(past: header, hash: hash)
    position += UInt64(frame.frameByteCount)
  }

  /// What in an intact frame does not continue the log.
  private func mismatch(_ frame: FrameHeader, _ header: RecordHeader) -> FormatError? {
    let record = FrameHeader.byteCount
    if frame.isEncrypted != segment.isEncrypted {
      return FormatError(
        at: 8, "the body is \(frame.isEncrypted ? "" : "not ")encrypted, unlike its segment")
    }
    if frame.nonce != segment.nonce {
      return FormatError(at: 32, "the frame is of another segment")
    }
    if frame.durable > head.count {
      return FormatError(at: 24, "the frame claims \(frame.durable) durable records")
    }
    return header.mismatch(after: head, logID: segment.logID).map {
      FormatError(at: record + $0.position, $0.what)
    }
  }

  /// Fewer than four bytes are left: zeros, or a torn length.
  private mutating func atPartialEnd() throws(LogError) -> Step {
    let start = Int(position - windowStart)
    for index in start..<max(window.count, start) where window.span[index] != 0 {
      return bad("the frame is cut short")
    }
    return .end
  }

  private func bad(_ what: String, at byte: Int = 0, mayBeTorn: Bool = true) -> Step {
    .bad(Fault(position: position + UInt64(byte), what: what, mayBeTorn: mayBeTorn))
  }

  /// Brings `count` bytes from `position` into the window; false where the file ends before.
  private mutating func fill(_ count: Int) throws(LogError) -> Bool {
    let start = Int(position - windowStart)
    if window.count - start >= count { return true }
    window.removeAll()
    windowStart = position
    try file.read(at: position, count: max(count, Self.windowBytes), into: &window)
    return window.count >= count
  }
}

extension RecordHeader {
  /// Why a header does not continue the log behind `head`; `nil` where it does.
  func mismatch(after head: Head, logID: LogID) -> FormatError? {
    if self.logID != logID { return FormatError(at: 4, "the record is of another log") }
    if offset != head.count {
      return FormatError(at: 20, "offset \(offset) stands where \(head.count) belongs")
    }
    if timestamp <= head.timestamp {
      return FormatError(at: 28, "the timestamp is not after that of the record before")
    }
    if previous != head.hash {
      return FormatError(at: 44, "the previous record hash differs")
    }
    return nil
  }
}
