// SPDX-License-Identifier: Apache-2.0
// Repacks a segment into its sealed form, with holes where events are erased: written beside it,
// read back, compared, renamed over it. kb-log(5), Sealed segment. No hash changes by it.

internal import KimberliteCore

/// Seals segments, in order, and seals them anew without events that are to be erased.
struct Sealer: Sendable {
  let directory: LogDirectory
  let options: LogOptions

  /// Replaces an active segment that is full by its sealed form.
  ///
  /// Gives up, leaving the segment as it is, once `goesOn` says no.
  func seal(_ first: UInt64, while goesOn: () -> Bool) throws(LogError) {
    let (source, header) = try directory.openSegment(first)
    guard header.kind == .active else { return }
    try rewrite(header, source, erasing: Erasures(), while: goesOn)
  }

  /// Replaces a segment that is full or sealed by a sealed one without some events.
  ///
  /// Nothing but the events and their salts is lost: no hash changes. What is erased already stays
  /// so, hence a purge that was cut short may begin again.
  func erase(_ erasures: Erasures, from first: UInt64) throws(LogError) {
    let (source, header) = try directory.openSegment(first)
    try rewrite(header, source, erasing: erasures) { true }
  }

  private func rewrite(
    _ header: SegmentHeader, _ source: any DiskFile, erasing erasures: Erasures,
    while goesOn: () -> Bool
  ) throws(LogError) {
    let temporary = directory.segmentPath(header.firstOffset) + LogDirectory.temporarySuffix
    let file = try directory.disk.open(temporary, .replace)
    guard let head = try write(header, source, to: file, erasures, while: goesOn) else {
      return try directory.disk.remove(temporary)
    }
    try file.synchronize()
    try compare(header, source, with: file, erasures, head: head)
    try directory.disk.rename(temporary, to: directory.segmentPath(header.firstOffset))
    try directory.disk.synchronizeDirectory(directory.segmentsPath)
  }

  /// The tree before a segment: the one in the footer of the segment before.
  private func tree(before first: UInt64) throws(LogError) -> CompactRange {
    guard let previous = try directory.segments().last(where: { $0 < first }) else {
      return CompactRange()
    }
    let (file, header) = try directory.openSegment(previous)
    precondition(header.kind == .sealed, "segments are sealed in order")
    return try SealedSegment(file: file, header: header).footer.tree
  }

  private func write(
    _ header: SegmentHeader, _ source: any DiskFile, to file: any DiskFile,
    _ erasures: Erasures, while goesOn: () -> Bool
  ) throws(LogError) -> Head? {
    // A file has a data key of its own, whatever becomes of the one that it replaces.
    let key = header.isEncrypted ? try directory.keys.newDataKey() : nil
    var sealed = header
    sealed.kind = .sealed
    sealed.keyBlock = key?.block
    var writer = BlockWriter(
      file: file, header: sealed, key: key?.secret, tree: try tree(before: header.firstOffset),
      options: options)
    var records = try SegmentRecords(
      file: source, segment: header, key: try directory.keys.dataKey(of: header))
    var body = ByteBuffer()
    var salts = Salts()
    while try records.next() {
      guard goesOn() else { return nil }
      try records.read(into: &body, erasing: erasures, &salts)
      try writer.append(records.header, hash: records.head.hash, body.span)
    }
    try writer.finish(records.head)
    return records.head
  }

  /// Holds what the disk gives back against the source, record by record, and every body with
  /// holes against the root that it still must have.
  private func compare(
    _ header: SegmentHeader, _ source: any DiskFile, with file: any DiskFile,
    _ erasures: Erasures, head: Head
  ) throws(LogError) {
    var bytes = ByteBuffer()
    try file.read(at: 0, count: SegmentHeader.byteCountMax, into: &bytes)
    guard let copy = try? SegmentHeader(bytes.span), copy.kind == .sealed else {
      throw differs(header, header.firstOffset)
    }
    var old = try SegmentRecords(
      file: source, segment: header, key: try directory.keys.dataKey(of: header))
    var new = try SegmentRecords(
      file: file, segment: copy, key: try directory.keys.dataKey(of: copy))
    var before = ByteBuffer()
    var after = ByteBuffer()
    var salts = Salts()
    while try new.next() {
      guard try old.next(), old.header == new.header else { throw differs(header, old.head.count) }
      try old.read(into: &before, erasing: erasures, &salts)
      try new.read(into: &after, erasing: Erasures(), &salts)
      guard before.span.elementsEqual(after.span) else { throw differs(header, old.head.count) }
      guard RecordBody.isSalted(after.span) else { continue }
      let root = try? RecordBody.eventsRoot(
        of: after.span, count: Int(new.header.eventCount), salts: &salts)
      guard root == new.header.eventsRoot else { throw differs(header, new.head.count) }
    }
    guard try !old.next(), old.head == head, new.head == head else {
      throw differs(header, head.count)
    }
  }

  private func differs(_ header: SegmentHeader, _ offset: UInt64) -> LogError {
    .damaged(
      Damage(
        file: LogDirectory.segmentName(header.firstOffset) + LogDirectory.temporarySuffix,
        offset: offset, what: "the sealed copy differs from what was written"))
  }
}

/// Collects records into blocks and writes these.
private struct BlockWriter: ~Copyable {
  private let file: any DiskFile
  private let options: LogOptions
  private var position: UInt64
  private var tree: CompactRange
  private var headers = ByteBuffer()
  private var bodies = ByteBuffer()
  private var output = ByteBuffer()
  private var blocks: [SegmentFooter.Block] = []
  private var recordCount = 0
  private let logID: LogID
  /// Encrypts bodies; `nil` where they are stored as they are.
  private let cipher: Cipher?

  init(
    file: any DiskFile, header: SegmentHeader, key: SecretBytes?, tree: CompactRange,
    options: LogOptions
  ) {
    precondition(header.isEncrypted == (key != nil), "an encrypted segment is written with its key")
    precondition(
      options.blockBytes <= BlockHeader.fullByteCountMax, "larger blocks are refused by readers")
    self.file = file
    self.options = options
    self.tree = tree
    logID = header.logID
    cipher = key.map { Cipher($0) }
    output.append(header)
    position = 0
  }

  /// Adds a record.
  mutating func append(
    _ header: RecordHeader, hash: Digest, _ body: Span<UInt8>
  ) throws(LogError) {
    if recordCount == BlockHeader.recordCountMax || bodies.count >= options.blockBytes {
      try writeBlock()
    }
    if recordCount == 0 {
      blocks.append(
        SegmentFooter.Block(
          position: position + UInt64(output.count), firstOffset: header.offset,
          firstTimestamp: header.timestamp))
    }
    recordCount += 1
    headers.append(header)
    bodies.append(bigEndian: UInt32(body.count))
    bodies.append(body)
    tree.append(hash)
  }

  /// Writes the last block, the footer and the trailer.
  mutating func finish(_ head: Head) throws(LogError) {
    precondition(recordCount > 0, "a full segment has records")
    precondition(tree.end == head.count, "the tree has a leaf for each record")
    try writeBlock()
    output.append(
      SegmentFooter(blocks: blocks, lastHash: head.hash, lastTimestamp: head.timestamp, tree: tree),
      at: position)
    try flush()
  }

  private mutating func writeBlock() throws(LogError) {
    var sections = ByteBuffer(capacity: headers.count + bodies.count)
    Self.append(headers.span, level: options.sealLevel, to: &sections)
    let middle = sections.count
    Self.append(bodies.span, level: options.sealLevel, to: &sections)
    guard let place = blocks.last else { preconditionFailure("a block has a first record") }
    let envelope = cipher == nil ? 0 : FrameHeader.envelopeByteCount
    var header = BlockHeader(
      storedHeadersByteCount: UInt32(middle),
      storedBodiesByteCount: UInt32(sections.count - middle + envelope),
      rawBodiesByteCount: UInt32(bodies.count), firstOffset: place.firstOffset,
      recordCount: UInt32(recordCount),
      headersCRC: CRC32C.of(sections.span.extracting(0..<middle)), bodiesCRC: 0,
      isEncrypted: cipher != nil)
    cipher?.seal(&sections, from: middle, of: header, in: logID)
    header.bodiesCRC = CRC32C.of(sections.span.extracting(middle..<sections.count))
    output.append(header)
    sections.withUnsafeBytes { output.append($0) }
    headers.removeAll()
    bodies.removeAll()
    recordCount = 0
    try flush()
  }

  private static func append(_ raw: Span<UInt8>, level: Int32, to sections: inout ByteBuffer) {
    if !LZ4.compress(raw, level: level, to: &sections) { sections.append(raw) }
  }

  private mutating func flush() throws(LogError) {
    try file.write(output.span, at: position)
    position += UInt64(output.count)
    output.removeAll()
  }
}
