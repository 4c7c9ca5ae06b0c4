// SPDX-License-Identifier: Apache-2.0
// A walk over records through sealed and active segments alike, along the chain.

public import KimberliteCore

/// A walk over the records of a log, in order.
///
/// CRCs, offsets, timestamps and chain links are checked on the way; bodies are not held against
/// their events root, which is the verifier's work.
public struct RecordCursor: ~Copyable {
  /// The header of the record that `next` found last.
  public private(set) var header: RecordHeader
  /// The place behind the record that `next` found last.
  public private(set) var position: LogPosition
  /// Where the events of that record are in `body`.
  public private(set) var events: [Range<Int>] = []

  private let directory: LogDirectory
  private let logID: LogID
  private var wanted: UInt64
  private var active: FrameCursor?
  private var sealed: SealedSegment?
  private var block = LoadedBlock()
  private var blockIndex = 0
  private var recordIndex = 0
  private var raw = ByteBuffer()
  private var subjects = SubjectOpener()

  init(
    _ directory: LogDirectory, logID: LogID, segment: UInt64, from wanted: UInt64,
    after place: LogPosition?
  ) throws(LogError) {
    self.directory = directory
    self.logID = logID
    self.wanted = wanted
    position = place ?? .start
    header = RecordHeader(
      logID: logID, offset: 0, timestamp: 0, eventCount: 0, previous: .zero, eventsRoot: .zero)
    try open(segment, after: place)
  }

  /// The hash of the record that `next` found last.
  public var hash: Digest { position.head.hash }

  /// The raw body of the record that `next` found last, its events in the clear.
  public var body: Span<UInt8> {
    @_lifetime(borrow self)
    get { raw.span }
  }

  /// The bytes of event `index` of the record that `next` found last.
  @_lifetime(borrow self)
  public func event(_ index: Int) -> Span<UInt8> { raw.span.extracting(events[index]) }

  /// Moves to the next record; false when there is none yet.
  ///
  /// It may be asked again later.
  public mutating func next() throws(LogError) -> Bool {
    guard try nextAsStored() else { return false }
    if RecordBody.isSealed(raw.span) {
      var stored = ByteBuffer(capacity: raw.count)
      swap(&raw, &stored)
      let count = Int(header.eventCount)
      let keys: [(event: Int, key: SubjectKeyID)]
      do throws(FormatError) {
        keys = try RecordBody.subjectKeys(in: stored.span, count: count)
      } catch { throw damaged(error.position, error.what) }
      try subjects.load(keys.map(\.key), of: logID)
      do throws(FormatError) {
        try subjects.open(stored.span, count: count, to: &raw)
      } catch { throw damaged(error.position, error.what) }
      try findEvents()
    }
    return true
  }

  /// As `next`, but what is under keys of subjects stays so.
  mutating func nextAsStored() throws(LogError) -> Bool {
    guard try skip() else { return false }
    raw.removeAll()
    if sealed == nil ? active?.isLocked == true : block.isLocked {
      throw try directory.keys.missing()
    }
    if sealed != nil {
      block.appendBody(recordIndex - 1, to: &raw)
    } else if active?.appendBody(to: &raw) != true {
      throw damaged(0, active?.bodyFault ?? "the body is gone")
    }
    try findEvents()
    return true
  }

  /// What a copy of an event of the record as stored is known by; `nil` where it is erased.
  func needle(of event: Int) throws(LogError) -> [UInt8]? {
    do throws(FormatError) {
      return try RecordBody.needle(of: event, in: raw.span, count: Int(header.eventCount))
    } catch { throw damaged(error.position, error.what) }
  }

  private mutating func findEvents() throws(LogError) {
    do {
      events = try RecordBody.eventRanges(in: raw.span, count: Int(header.eventCount))
    } catch {
      throw damaged(error.position, error.what)
    }
  }

  /// Moves to the next record without looking into its body.
  mutating func skip() throws(LogError) -> Bool {
    while true {
      let isRecord = sealed != nil ? try skipInBlock() : try skipInFrames()
      guard isRecord else { return false }
      if header.offset >= wanted { return true }
    }
  }

  private func damaged(_ byte: Int, _ what: String) -> LogError {
    .damaged(
      Damage(
        file: LogDirectory.segmentName(position.segment), offset: header.offset,
        what: "byte \(byte) of the body: \(what)"))
  }

  // MARK: Segments

  private mutating func open(_ segment: UInt64, after place: LogPosition?) throws(LogError) {
    let (file, header) = try directory.openSegment(segment)
    guard header.logID == logID else {
      throw .damaged(LogDirectory.damage(segment, at: 16, "the segment is of another log"))
    }
    let key = try directory.keys.dataKey(of: header)
    switch header.kind {
    case .active:
      sealed = nil
      if let place {
        active = FrameCursor(
          file: file, segment: header, key: key, position: header.frames(from: place),
          head: place.head)
        position = place
      } else {
        let cursor = FrameCursor(file: file, segment: header, key: key)
        position = LogPosition(segment: segment, position: cursor.position, head: cursor.head)
        active = consume cursor
      }
    case .sealed:
      active = nil
      let opened = try SealedSegment(file: file, header: header, key: key)
      position = LogPosition(
        segment: segment, position: 0,
        head: Head(
          count: header.firstOffset, hash: header.previous, timestamp: header.previousTimestamp))
      sealed = opened
      try openBlock(in: opened, after: place)
    }
  }

  private mutating func openBlock(
    in segment: SealedSegment, after place: LogPosition?
  ) throws(LogError) {
    if wanted >= segment.head.count {
      // Nothing of this segment is wanted: its footer says how the log goes on.
      blockIndex = segment.footer.blocks.count
      block = LoadedBlock()
      recordIndex = 0
      position.head = segment.head
    } else {
      blockIndex = segment.block(of: max(wanted, segment.header.firstOffset))
      try loadBlock(of: segment)
      if blockIndex > 0 { position.head = try headBeforeBlock(of: segment) }
      try passRecords(of: segment)
    }
    if let place, place.next == position.head.count, place.head != position.head {
      throw .damaged(
        Damage(
          file: LogDirectory.segmentName(segment.header.firstOffset), offset: place.next,
          what: "the previous record hash differs"))
    }
  }

  /// In the middle of a segment the chain is taken up where the block's first header says.
  private func headBeforeBlock(of segment: SealedSegment) throws(LogError) -> Head {
    do {
      let first = try block.header(0).header
      let timestamp = segment.footer.blocks[blockIndex].firstTimestamp
      return Head(count: block.firstOffset, hash: first.previous, timestamp: timestamp - 1)
    } catch {
      throw damagedBlock(segment, error)
    }
  }

  /// Goes to the record of the block that is wanted, without hashing all that stand before it.
  private mutating func passRecords(of segment: SealedSegment) throws(LogError) {
    guard wanted > block.firstOffset else { return }
    recordIndex = Int(wanted - block.firstOffset)
    do {
      let (before, hash) = try block.header(recordIndex - 1)
      position.head.advance(past: before, hash: hash)
    } catch {
      throw damagedBlock(segment, error)
    }
  }

  private mutating func loadBlock(of segment: SealedSegment) throws(LogError) {
    try block.load(blockIndex, of: segment)
    recordIndex = 0
  }

  private func damagedBlock(_ segment: SealedSegment, _ error: FormatError) -> LogError {
    .damaged(
      LogDirectory.damage(
        segment.header.firstOffset, offset: block.firstOffset + UInt64(recordIndex),
        at: segment.footer.blocks[blockIndex].position, error.what))
  }

  private mutating func skipInBlock() throws(LogError) -> Bool {
    guard let segment = sealed else { return false }
    while recordIndex == block.recordCount {
      blockIndex += 1
      guard blockIndex < segment.footer.blocks.count else {
        guard position.head == segment.head else {
          throw .damaged(
            LogDirectory.damage(
              segment.header.firstOffset, offset: position.next, at: segment.footerPosition,
              "the footer states another end"))
        }
        try openNext()
        return try skip()
      }
      try loadBlock(of: segment)
    }
    let record: (header: RecordHeader, hash: Digest)
    do {
      record = try block.header(recordIndex)
    } catch {
      throw damagedBlock(segment, error)
    }
    if let what = record.header.mismatch(after: position.head, logID: logID) {
      throw damagedBlock(segment, what)
    }
    header = record.header
    position.head.advance(past: record.header, hash: record.hash)
    recordIndex += 1
    return true
  }

  private mutating func openNext() throws(LogError) {
    let head = position.head
    guard try directory.disk.exists(directory.segmentPath(head.count)) else {
      throw .damaged(
        Damage(
          file: LogDirectory.segmentName(head.count), offset: head.count,
          what: "the segment is missing"))
    }
    try open(head.count, after: nil)
    let opened = active?.segment ?? sealed?.header
    if let what = opened?.mismatch(after: head, logID: logID) {
      throw .damaged(LogDirectory.damage(head.count, at: what.position, what.what))
    }
  }

  private mutating func skipInFrames() throws(LogError) -> Bool {
    // What shows that there is more must be known before the frame is looked at again: a frame
    // under way may be done, and stated by the checkpoint, in between.
    var isExpected: Bool?
    while true {
      let step: FrameCursor.Step? = try active?.next()
      switch step {
      case .frame?:
        guard let position = active?.position, let head = active?.head, let header = active?.header
        else { return false }
        self.position.position = position
        self.position.head = head
        self.header = header
        return true
      case .end?, nil:
        if try directory.isThere(after: position) {
          try openNext()
          return try skip()
        }
        if isExpected == true { throw damaged(at: position.position, "records are missing") }
      case .bad(let fault)?:
        if isExpected == true || !fault.mayBeTorn { throw damaged(at: fault.position, fault.what) }
      }
      if isExpected != nil { return false }
      isExpected = try directory.shows(moreThan: position.next)
      // By name, for another file may have taken it: a sealed form, or a recovered copy.
      wanted = max(wanted, position.next)
      try open(position.segment, after: position)
      if sealed != nil { return try skipInBlock() }
    }
  }

  private func damaged(at byte: UInt64, _ what: String) -> LogError {
    .damaged(LogDirectory.damage(position.segment, offset: position.next, at: byte, what))
  }
}

extension LogDirectory {
  /// Whether the segment that follows a finished one is there.
  func isThere(after place: LogPosition) throws(LogError) -> Bool {
    if place.segment == place.next { return false }
    return try disk.exists(segmentPath(place.next))
  }

  /// Whether the checkpoint or a later segment shows more records than these.
  func shows(moreThan count: UInt64) throws(LogError) -> Bool {
    if try checkpoint().size > count { return true }
    guard let last = try segments().last else { return false }
    return last > count
  }
}
