// SPDX-License-Identifier: Apache-2.0
// Reads a sealed segment: footer first, then any block by its offset.

internal import KimberliteCore

/// An open sealed segment.
struct SealedSegment {
  let file: any DiskFile
  let header: SegmentHeader
  /// Decrypts bodies; `nil` where they are not encrypted, or nobody will ask for one.
  let key: SecretBytes?
  let footer: SegmentFooter
  /// Where the footer begins: the end of the last block.
  let footerPosition: UInt64

  /// Reads the footer.
  init(file: any DiskFile, header: SegmentHeader, key: SecretBytes? = nil) throws(LogError) {
    self.file = file
    self.header = header
    self.key = key
    let byteCount = try file.byteCount()
    let trailerStart =
      byteCount > UInt64(SegmentFooter.trailerByteCount)
      ? byteCount - UInt64(SegmentFooter.trailerByteCount) : 0
    var bytes = ByteBuffer()
    var base = trailerStart
    do {
      try Self.read(file, trailerStart, SegmentFooter.trailerByteCount, &bytes)
      let range = try SegmentFooter.range(trailer: bytes.span, fileByteCount: byteCount)
      base = range.lowerBound
      try Self.requireLargeFooter(file, range)
      bytes.removeAll()
      try Self.read(file, base, range.count, &bytes)
      footer = try SegmentFooter(bytes.span)
      footerPosition = base
    } catch let error as FormatError {
      throw .damaged(
        LogDirectory.damage(
          header.firstOffset, at: base + UInt64(error.position), error.what))
    } catch let error as LogError {
      throw error
    } catch {
      preconditionFailure("only these two are thrown above")
    }
    try checkIndex()
  }

  /// The records behind the segment.
  var head: Head { footer.head }

  private static func read(
    _ file: any DiskFile, _ position: UInt64, _ count: Int, _ bytes: inout ByteBuffer
  ) throws(LogError) {
    try file.read(at: position, count: count, into: &bytes)
  }

  /// Holds a footer beyond what is usual against its CRC before memory is taken for it.
  private static func requireLargeFooter(
    _ file: any DiskFile, _ range: Range<UInt64>
  ) throws {
    // The last four bytes are the CRC.
    let count = range.count - 4
    if count <= LogDirectory.largeByteCount { return }
    var stated = ByteBuffer()
    try read(file, range.lowerBound + UInt64(count), 4, &stated)
    guard stated.count == 4,
      try file.crc32c(at: range.lowerBound, count: count) == stated.span.bigEndian(at: 0)
    else { throw FormatError(at: count, "the CRC of the footer differs") }
  }

  /// Blocks ascend, from the header to the footer.
  private func checkIndex() throws(LogError) {
    var position = UInt64(header.byteCount)
    var offset = header.firstOffset
    var timestamp = header.previousTimestamp
    for (index, block) in footer.blocks.enumerated() {
      let isNext = index == 0 ? block.position == position : block.position > position
      let follows = index == 0 ? block.firstOffset == offset : block.firstOffset > offset
      guard isNext, follows, block.firstTimestamp > timestamp, block.position < footerPosition
      else {
        throw .damaged(
          LogDirectory.damage(
            header.firstOffset, offset: block.firstOffset, at: footerPosition,
            "block \(index) of the index is out of order"))
      }
      position = block.position
      offset = block.firstOffset
      timestamp = block.firstTimestamp
    }
    guard footer.tree.end > offset, footer.lastTimestamp >= timestamp else {
      throw .damaged(
        LogDirectory.damage(
          header.firstOffset, at: footerPosition, "the footer ends before its last block"))
    }
  }

  /// The index of the block that holds a record of this segment.
  func block(of offset: UInt64) -> Int {
    var low = 0
    var high = footer.blocks.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if footer.blocks[middle].firstOffset <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// One past the last offset of a block.
  func endOffset(of block: Int) -> UInt64 {
    block + 1 < footer.blocks.count ? footer.blocks[block + 1].firstOffset : footer.tree.end
  }

  /// One past the last byte of a block.
  func endPosition(of block: Int) -> UInt64 {
    block + 1 < footer.blocks.count ? footer.blocks[block + 1].position : footerPosition
  }
}

extension SegmentFooter {
  /// The end of the log behind the segment.
  var head: Head { Head(count: tree.end, hash: lastHash, timestamp: lastTimestamp) }
}
