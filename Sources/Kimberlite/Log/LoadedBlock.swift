// SPDX-License-Identifier: Apache-2.0
// One block of a sealed segment in memory, decrypted and decompressed, its CRCs checked.

internal import KimberliteCore

/// Headers and bodies of the records of one block.
struct LoadedBlock: ~Copyable {
  private(set) var firstOffset: UInt64 = 0
  private(set) var recordCount = 0
  /// The canonical headers, one after the other.
  private var headers = ByteBuffer()
  private var bodies = ByteBuffer()
  private var ranges: [Range<Int>] = []
  /// Whether bodies cannot be read for want of a key; the headers can.
  private(set) var isLocked = false
  /// The data key of the segment whose block was read last, and what decrypts with it.
  private var key: SecretBytes?
  private var cipher: Cipher?

  /// Reads block `index`, in place of the one before.
  mutating func load(_ index: Int, of segment: SealedSegment) throws(LogError) {
    let place = segment.footer.blocks[index]
    let byteCount = segment.endPosition(of: index) - place.position
    func damaged(_ position: Int, _ what: String) -> LogError {
      .damaged(
        LogDirectory.damage(
          segment.header.firstOffset, offset: place.firstOffset,
          at: place.position + UInt64(position), what))
    }
    var stored = ByteBuffer(capacity: BlockHeader.byteCount)
    try segment.file.read(at: place.position, count: BlockHeader.byteCount, into: &stored)
    guard stored.count == BlockHeader.byteCount else { throw damaged(0, "the block is cut short") }
    let header: BlockHeader
    do {
      header = try BlockHeader(stored.span)
    } catch {
      throw damaged(error.position, error.what)
    }
    guard UInt64(header.blockByteCount) == byteCount else {
      throw damaged(4, "the block ends where the index does not say")
    }
    guard header.firstOffset == place.firstOffset,
      header.firstOffset + UInt64(header.recordCount) == segment.endOffset(of: index)
    else { throw damaged(16, "the block holds other records than the index says") }
    if let failure = try read(header, at: place.position, from: segment.file, into: &stored) {
      throw damaged(failure.position, failure.what)
    }
    if header.isEncrypted != segment.header.isEncrypted {
      throw damaged(
        36, "the block is \(header.isEncrypted ? "" : "not ")encrypted, unlike its segment")
    }
    take(segment.key)
    isLocked = header.isEncrypted && cipher == nil
    if let failure = unpack(header, of: segment.header.logID, stored.span) {
      throw damaged(failure.position, failure.what)
    }
    firstOffset = header.firstOffset
    recordCount = Int(header.recordCount)
  }

  /// Reads both sections behind the block header, which alone is in `stored`.
  ///
  /// Of large ones the CRC first. Answers what is wrong with them.
  private func read(
    _ header: BlockHeader, at position: UInt64, from file: any DiskFile,
    into stored: inout ByteBuffer
  ) throws(LogError) -> FormatError? {
    let sections = [
      (header.storedHeadersByteCount, header.headersCRC, "headers"),
      (header.storedBodiesByteCount, header.bodiesCRC, "bodies"),
    ]
    var start = BlockHeader.byteCount
    for (count, crc, name) in sections {
      if count > LogDirectory.largeByteCount,
        try file.crc32c(at: position + UInt64(start), count: Int(count)) != crc
      {
        return FormatError(at: start, "the CRC of the \(name) differs")
      }
      start += Int(count)
    }
    let rest = header.blockByteCount - BlockHeader.byteCount
    try file.read(at: position + UInt64(BlockHeader.byteCount), count: rest, into: &stored)
    return stored.count == header.blockByteCount
      ? nil : FormatError(at: 0, "the block is cut short")
  }

  private mutating func take(_ key: SecretBytes?) {
    if self.key === key { return }
    self.key = key
    cipher = key.map { Cipher($0) }
  }

  /// Checks and unpacks both sections; answers what is wrong with them.
  private mutating func unpack(
    _ header: BlockHeader, of log: LogID, _ stored: Span<UInt8>
  ) -> FormatError? {
    let middle = BlockHeader.byteCount + Int(header.storedHeadersByteCount)
    let storedHeaders = stored.extracting(BlockHeader.byteCount..<middle)
    let storedBodies = stored.extracting(middle..<stored.count)
    headers.removeAll()
    bodies.removeAll()
    ranges = []
    if CRC32C.of(storedHeaders) != header.headersCRC {
      return FormatError(at: BlockHeader.byteCount, "the CRC of the headers differs")
    }
    if CRC32C.of(storedBodies) != header.bodiesCRC {
      return FormatError(at: middle, "the CRC of the bodies differs")
    }
    if !StoredBody.append(storedHeaders, rawCount: header.rawHeadersByteCount, to: &headers) {
      return FormatError(at: BlockHeader.byteCount, "the headers do not decompress")
    }
    if isLocked { return nil }
    var associated = ByteBuffer(capacity: 64)
    associated.append(associated: header, in: log)
    if !StoredBody.append(
      storedBodies, associated: associated.span, rawCount: Int(header.rawBodiesByteCount), cipher,
      to: &bodies)
    {
      return FormatError(
        at: middle, StoredBody.fault(isEncrypted: header.isEncrypted, "the bodies do"))
    }
    do {
      let found = try header.bodyRanges(in: bodies.span)
      ranges = found
      return nil
    } catch {
      return FormatError(at: middle, error.what)
    }
  }

  /// The encoded header of record `index`.
  func header(_ index: Int) throws(FormatError) -> (header: RecordHeader, hash: Digest) {
    let start = index * RecordHeader.byteCount
    return (
      try RecordHeader(headers.span, at: start), RecordHeader.hash(of: headers.span, at: start)
    )
  }

  /// Appends the raw body of record `index`.
  func appendBody(_ index: Int, to raw: inout ByteBuffer) { raw.append(body(index)) }

  /// The raw body of record `index`.
  @_lifetime(borrow self)
  func body(_ index: Int) -> Span<UInt8> { bodies.span.extracting(ranges[index]) }
}
