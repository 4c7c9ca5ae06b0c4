// SPDX-License-Identifier: Apache-2.0
// Verifies one segment by itself, from what its header claims about the log before it. Whether
// the claim is true is for the verifier, which sees all segments.

internal import KimberliteCore

/// The verification of one segment file.
struct SegmentCheck {
  let directory: LogDirectory
  let first: UInt64
  /// Sizes at which somebody states a root.
  let sizes: [UInt64]

  /// What the segment's header says; `nil` where it cannot be read.
  private(set) var header: SegmentHeader?
  /// The state of the log behind the segment's last record.
  private(set) var head = Head.start
  /// The subtrees over its records; `nil` once one of them is not known.
  private(set) var range: CompactRange?
  /// The subtrees up to those of `sizes` that end in here.
  private(set) var ranges: [UInt64: CompactRange] = [:]
  /// What a sealed segment states about the log behind it.
  private(set) var footer: SegmentFooter?
  private(set) var good: UInt64 = 0
  private(set) var tampered: UInt64 = 0
  private(set) var events: UInt64 = 0
  private(set) var byteCount: UInt64 = 0
  private(set) var findings: [Finding] = []

  init(_ directory: LogDirectory, first: UInt64, sizes: [UInt64]) {
    self.directory = directory
    self.first = first
    self.sizes = sizes
    range = CompactRange(begin: first)
  }

  /// Reads and checks every byte.
  ///
  /// `shown` answers how many records are known to be durable; only the last segment may have a
  /// torn tail.
  mutating func run(isLast: Bool, shown: () throws(LogError) -> UInt64) throws(LogError) {
    do {
      let (file, header) = try directory.openSegment(first)
      self.header = header
      byteCount = try file.byteCount()
      head = Head(
        count: first, hash: header.previous, timestamp: header.previousTimestamp)
      noteRange()
      switch header.kind {
      case .active: try checkFrames(file, header, isLast: isLast, shown: shown)
      case .sealed: try checkBlocks(try SealedSegment(file: file, header: header))
      }
    } catch .damaged(let damage) {
      range = nil
      findings.append(Finding(Self.kind(of: damage.what), damage))
    }
  }

  static func kind(of what: String) -> Finding.Kind {
    what.hasPrefix("the CRC ") ? .checksum : .tampered
  }

  private mutating func add(_ offset: UInt64?, at position: UInt64, _ what: String) {
    findings.append(
      Finding(
        Self.kind(of: what), LogDirectory.damage(first, offset: offset, at: position, what)))
  }

  private mutating func noteRange() {
    if sizes.contains(head.count), let range { ranges[head.count] = range }
  }

  /// Holds a body against its header; answers what differs.
  private mutating func check(_ body: Span<UInt8>, _ header: RecordHeader) -> String? {
    do {
      let ranges = try RecordBody.eventRanges(in: body, count: Int(header.eventCount))
      guard RecordBody.eventsRoot(of: body, events: ranges) == header.eventsRoot else {
        return "the events differ from their root"
      }
      events += UInt64(ranges.count)
      return nil
    } catch {
      return error.what
    }
  }

  private mutating func count(_ offset: UInt64, at position: UInt64, _ what: String?) {
    if let what {
      tampered += 1
      add(offset, at: position, what)
    } else {
      good += 1
    }
  }

  // MARK: Active

  private mutating func checkFrames(
    _ file: any DiskFile, _ header: SegmentHeader, isLast: Bool,
    shown: () throws(LogError) -> UInt64
  ) throws(LogError) {
    var cursor = FrameCursor(file: file, segment: header)
    var raw = ByteBuffer()
    if !isLast {
      if let fault = try walk(&cursor, &raw) {
        range = nil
        add(head.count, at: fault.position, fault.what)
      } else if cursor.position != byteCount {
        add(head.count, at: cursor.position, "bytes after the last frame")
      }
      return
    }
    // A writer may be at work: what it shows to be durable is asked before the bytes are looked
    // at again.
    _ = try walk(&cursor, &raw)
    let end = try file.byteCount()
    let tail = try TornTail(file: file, from: cursor.position, to: end)
    let durable = max(try shown(), try tail.durable(in: header))
    cursor.refresh()
    let fault = try walk(&cursor, &raw)
    byteCount = try file.byteCount()
    let rest = try TornTail(file: file, from: cursor.position, to: byteCount)
    guard let fault = fault ?? rest.fault else { return }
    let damage = LogDirectory.damage(
      first, offset: head.count, at: fault.position, fault.what)
    if fault.mayBeTorn, durable <= head.count {
      findings.append(Finding(.note, damage))
    } else {
      range = nil
      tampered += 1
      findings.append(Finding(Self.kind(of: fault.what), damage))
    }
  }

  private mutating func walk(
    _ cursor: inout FrameCursor, _ raw: inout ByteBuffer
  ) throws(LogError) -> FrameCursor.Fault? {
    while true {
      let start = cursor.position
      switch try cursor.next() {
      case .end: return nil
      case .bad(let fault): return fault
      case .frame:
        raw.removeAll()
        let what =
          cursor.appendBody(to: &raw)
          ? check(raw.span, cursor.header) : "the body does not decompress"
        count(cursor.header.offset, at: start, what)
        head = cursor.head
        range?.append(head.hash)
        noteRange()
      }
    }
  }

  // MARK: Sealed

  private mutating func checkBlocks(_ segment: SealedSegment) throws(LogError) {
    footer = segment.footer
    var block = LoadedBlock()
    for (index, place) in segment.footer.blocks.enumerated() {
      do {
        try block.load(index, of: segment)
        check(block, at: place)
      } catch .damaged(let damage) {
        // The rest of the segment is still worth a look: it goes on at the next block.
        findings.append(Finding(Self.kind(of: damage.what), damage))
        tampered += segment.endOffset(of: index) - place.firstOffset
        range = nil
        head = Head(count: segment.endOffset(of: index), hash: .zero, timestamp: 0)
      }
    }
    if head != segment.head, range != nil {
      add(head.count, at: segment.footerPosition, "the footer states another end")
    }
    head = segment.head
  }

  private mutating func check(_ block: borrowing LoadedBlock, at place: SegmentFooter.Block) {
    // After a damaged block the chain is taken up again where this one begins.
    var isAdrift = head.count == place.firstOffset && range == nil
    for index in 0..<block.recordCount {
      let offset = place.firstOffset + UInt64(index)
      do {
        let (record, hash) = try block.header(index)
        if isAdrift {
          head = Head(
            count: offset, hash: record.previous, timestamp: max(record.timestamp, 1) - 1)
          isAdrift = false
        }
        var what = record.mismatch(after: head, logID: header?.logID ?? record.logID)?.what
        if index == 0, record.timestamp != place.firstTimestamp {
          what = what ?? "the index states another timestamp"
        }
        what = what ?? check(block.body(index), record)
        count(offset, at: place.position, what)
        head = Head(count: offset + 1, hash: hash, timestamp: record.timestamp)
        range?.append(hash)
        noteRange()
      } catch {
        count(offset, at: place.position, error.what)
        range = nil
        isAdrift = true
      }
    }
  }
}
