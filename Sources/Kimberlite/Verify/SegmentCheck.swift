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
  private(set) var unread: UInt64 = 0
  private(set) var destroyed: UInt64 = 0
  private(set) var locked: UInt64 = 0
  private(set) var byteCount: UInt64 = 0
  private(set) var findings: [Finding] = []
  /// Events that are not there.
  private(set) var holes = Erasures()
  /// What records say of purges, of chains and of reading.
  private(set) var trail = PolicyTrail()

  private let pool: VerifyPool
  private let walk: Int
  private let results = VerifyResults()
  private let progress: VerifyProgress
  private var isAdrift = false
  /// Decrypts bodies; `nil` where they are not encrypted or no key was given.
  private var key: SecretBytes?

  /// The verification of a segment as walk number `walk` of a pool.
  init(
    _ directory: LogDirectory, first: UInt64, sizes: [UInt64], pool: VerifyPool, walk: Int,
    progress: VerifyProgress
  ) {
    self.directory = directory
    self.first = first
    self.sizes = sizes.filter { $0 >= first }
    self.pool = pool
    self.walk = walk
    self.progress = progress
    range = CompactRange(begin: first)
  }

  /// Reads and checks every byte.
  ///
  /// `shown` answers how many records are known to be durable; only the last segment may have a
  /// torn tail.
  mutating func run(
    isLast: Bool, _ scratch: inout VerifyScratch, shown: () throws(LogError) -> UInt64
  ) throws(LogError) {
    do {
      let (file, header) = try directory.openSegment(first)
      self.header = header
      byteCount = try file.byteCount()
      head = Head(
        count: first, hash: header.previous, timestamp: header.previousTimestamp)
      noteRange()
      key = try directory.keys.dataKey(of: header)
      switch header.kind {
      case .active: try checkFrames(file, header, isLast: isLast, &scratch, shown: shown)
      case .sealed:
        try checkBlocks(try SealedSegment(file: file, header: header, key: key), &scratch)
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

  private mutating func add(_ run: RunCheck) throws(LogError) {
    if let error = run.error { throw error }
    good += run.good
    tampered += run.tampered
    events += run.events
    unread += run.unread
    destroyed += run.destroyed
    locked += run.locked
    findings += run.findings
    holes.append(run.holes)
    trail.append(run.trail)
  }

  // MARK: Active

  private mutating func checkFrames(
    _ file: any DiskFile, _ header: SegmentHeader, isLast: Bool, _ scratch: inout VerifyScratch,
    shown: () throws(LogError) -> UInt64
  ) throws(LogError) {
    var cursor = FrameCursor(file: file, segment: header)
    if !isLast {
      while let fault = try walkFrames(&cursor, &scratch) {
        guard try pass(fault, &cursor, &scratch) else { return }
      }
      try finishBodies(&scratch)
      if cursor.position != byteCount {
        add(head.count, at: cursor.position, "bytes after the last frame")
      }
      return
    }
    // A writer may be at work: what it shows to be durable is asked before the bytes are looked
    // at again.
    _ = try walkFrames(&cursor, &scratch)
    let end = try file.byteCount()
    let tail = try TornTail(file: file, from: cursor.position, to: end)
    let durable = max(try shown(), try tail.durable(in: header))
    cursor.refresh()
    while true {
      var fault = try walkFrames(&cursor, &scratch)
      byteCount = try file.byteCount()
      if fault == nil {
        fault = try TornTail(file: file, from: cursor.position, to: byteCount).fault
      }
      guard let fault else { break }
      if fault.mayBeTorn, durable <= head.count {
        try finishBodies(&scratch)
        return findings.append(
          Finding(
            .note,
            LogDirectory.damage(first, offset: head.count, at: fault.position, fault.what)))
      }
      // In earlier segments the next one shows what is missing, this record included.
      guard try pass(fault, &cursor, &scratch) else { return tampered += 1 }
    }
    try finishBodies(&scratch)
  }

  /// Reports a bad frame and goes on behind it; false where nothing says where that is.
  private mutating func pass(
    _ fault: FrameCursor.Fault, _ cursor: inout FrameCursor, _ scratch: inout VerifyScratch
  ) throws(LogError) -> Bool {
    // What was found before it comes first.
    try finishBodies(&scratch)
    add(head.count, at: fault.position, fault.what)
    guard fault.isInBody else {
      range = nil
      return false
    }
    tampered += 1
    cursor.passBody()
    moved(with: cursor)
    return true
  }

  private mutating func moved(with cursor: borrowing FrameCursor) {
    head = cursor.head
    range?.append(head.hash)
    noteRange()
  }

  /// Walks the chain; the bodies go to the pool in runs.
  private mutating func walkFrames(
    _ cursor: inout FrameCursor, _ scratch: inout VerifyScratch
  ) throws(LogError) -> FrameCursor.Fault? {
    var stored = ByteBuffer(capacity: FrameBodies.byteCountEnough)
    var items: [FrameBodies.Item] = []
    var fault: FrameCursor.Fault?
    while true {
      let start = cursor.position
      let step = try cursor.next()
      guard case .frame = step else {
        if case .bad(let found) = step { fault = found }
        break
      }
      if header?.isEncrypted == true { stored.append(cursor.encodedHeader) }
      stored.append(cursor.storedBody)
      items.append(
        FrameBodies.Item(
          header: cursor.header, position: start,
          storedByteCount: Int(cursor.frame.storedByteCount),
          rawByteCount: Int(cursor.frame.rawByteCount)))
      moved(with: cursor)
      if stored.count >= FrameBodies.byteCountEnough { submit(&stored, &items, &scratch) }
    }
    if !items.isEmpty { submit(&stored, &items, &scratch) }
    return fault
  }

  private func submit(
    _ stored: inout ByteBuffer, _ items: inout [FrameBodies.Item], _ scratch: inout VerifyScratch
  ) {
    var taken = ByteBuffer(capacity: FrameBodies.byteCountEnough)
    swap(&taken, &stored)
    let bodies = FrameBodies(
      segment: first, isEncrypted: header?.isEncrypted == true, key: key, stored: taken,
      items: items)
    items.removeAll(keepingCapacity: true)
    let (results, progress, place) = (results, progress, results.reserve())
    pool.submit(walk, &scratch) { scratch in
      results.set(place, bodies.check(&scratch.raw, &scratch.salts, &scratch.subjects))
      progress.add(bodies.byteCount)
    }
  }

  private mutating func finishBodies(_ scratch: inout VerifyScratch) throws(LogError) {
    pool.finish(walk, &scratch)
    for result in results.take() { try add(result) }
  }

  // MARK: Sealed

  private mutating func checkBlocks(
    _ segment: SealedSegment, _ scratch: inout VerifyScratch
  ) throws(LogError) {
    footer = segment.footer
    for index in segment.footer.blocks.indices {
      let check = BlockCheck(segment: segment, index: index, sizes: sizes)
      let (results, progress, place) = (results, progress, results.reserve())
      pool.submit(walk, &scratch) { scratch in
        results.set(place, check.run(&scratch))
        progress.add(segment.endPosition(of: index) - segment.footer.blocks[index].position)
      }
    }
    pool.finish(walk, &scratch)
    for (index, result) in results.take().enumerated() {
      try add(result)
      join(result.chain, at: segment.footer.blocks[index])
      if result.chain == nil {
        head = Head(count: segment.endOffset(of: index), hash: .zero, timestamp: 0)
      }
    }
    if head != segment.head, range != nil {
      add(head.count, at: segment.footerPosition, "the footer states another end")
    }
    head = segment.head
  }

  /// Joins a block to those before it; `nil` is one that could not be read.
  private mutating func join(_ chain: RunChain?, at place: SegmentFooter.Block) {
    guard let chain else {
      // The rest of the segment is still worth a look: it goes on at the next block.
      range = nil
      isAdrift = true
      return
    }
    if !isAdrift, let what = chain.mismatch(after: head) {
      add(chain.firstOffset, at: place.position, what)
      if chain.firstIsGood {
        good -= 1
        tampered += 1
      }
    }
    isAdrift = false
    if let before = range {
      for (size, part) in chain.ranges {
        var upTo = before
        upTo.append(part)
        ranges[size] = upTo
      }
    }
    if let part = chain.range { range?.append(part) } else { range = nil }
    head = chain.head
  }
}
