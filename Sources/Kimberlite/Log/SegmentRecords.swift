// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// A walk over all records of one segment that is not written any more, full or sealed.
struct SegmentRecords: ~Copyable {
  /// The header of the record that `next` found last.
  private(set) var header: RecordHeader
  /// The state of the log behind that record.
  private(set) var head: Head

  private let segment: SegmentHeader
  private var frames: FrameCursor?
  private var sealed: SealedSegment?
  private var block = LoadedBlock()
  private var blockIndex = 0
  private var recordIndex = 0

  /// A walk from the first record; `key` decrypts bodies.
  init(file: any DiskFile, segment: SegmentHeader, key: SecretBytes?) throws(LogError) {
    precondition(!segment.isEncrypted || key != nil, "bodies are wanted, and so is their key")
    self.segment = segment
    head = Head(
      count: segment.firstOffset, hash: segment.previous, timestamp: segment.previousTimestamp)
    header = RecordHeader(
      logID: segment.logID, offset: 0, timestamp: 0, eventCount: 0, previous: .zero,
      eventsRoot: .zero)
    switch segment.kind {
    case .active: frames = FrameCursor(file: file, segment: segment, key: key)
    case .sealed: sealed = try SealedSegment(file: file, header: segment, key: key)
    }
  }

  /// Moves to the next record; false at the end of the segment.
  mutating func next() throws(LogError) -> Bool {
    sealed != nil ? try nextInBlock() : try nextFrame()
  }

  /// Puts the raw body of the record that `next` found last into `body`, without some events.
  mutating func read(
    into body: inout ByteBuffer, erasing erasures: Erasures, _ salts: inout Salts
  ) throws(LogError) {
    body.removeAll()
    let holes = erasures.events(of: header.offset)
    if holes.isEmpty { return try appendBody(to: &body) }
    var whole = ByteBuffer()
    try appendBody(to: &whole)
    do throws(FormatError) {
      try RecordBody.append(
        erasing: holes, from: whole.span, count: Int(header.eventCount), salts: &salts, to: &body)
    } catch { throw damaged(0, error.what) }
  }

  private mutating func appendBody(to body: inout ByteBuffer) throws(LogError) {
    if sealed != nil {
      block.appendBody(recordIndex - 1, to: &body)
    } else if frames?.appendBody(to: &body) != true {
      throw damaged(0, frames?.bodyFault ?? "the body is gone")
    }
  }

  private mutating func nextFrame() throws(LogError) -> Bool {
    switch try frames?.next() {
    case .frame?:
      guard let header = frames?.header, let head = frames?.head else { return false }
      self.header = header
      self.head = head
      return true
    case .bad(let fault)?: throw damaged(fault.position, fault.what)
    case .end?, nil: return false
    }
  }

  private mutating func nextInBlock() throws(LogError) -> Bool {
    guard let segment = sealed else { return false }
    while recordIndex == block.recordCount {
      guard blockIndex < segment.footer.blocks.count else { return false }
      try block.load(blockIndex, of: segment)
      blockIndex += 1
      recordIndex = 0
    }
    do throws(FormatError) {
      let (header, hash) = try block.header(recordIndex)
      if let what = header.mismatch(after: head, logID: self.segment.logID) { throw what }
      self.header = header
      head.advance(past: header, hash: hash)
    } catch {
      throw damaged(segment.footer.blocks[blockIndex - 1].position, error.what)
    }
    recordIndex += 1
    return true
  }

  private func damaged(_ byte: some BinaryInteger, _ what: String) -> LogError {
    .damaged(LogDirectory.damage(segment.firstOffset, offset: head.count, at: byte, what))
  }
}
