// SPDX-License-Identifier: Apache-2.0
// The end of a sealed segment: where its blocks are, and the state of the log behind it, so that
// opening needs no hashing. kb-log(5), Footer.

/// Index and closing state of a sealed segment.
public struct SegmentFooter: Sendable, Equatable {
  /// Where a block is.
  public struct Block: Sendable, Equatable {
    /// Its first byte in the file.
    public var position: UInt64
    /// The offset of its first record.
    public var firstOffset: UInt64
    /// The timestamp of its first record.
    public var firstTimestamp: UInt64

    /// A block of known place.
    public init(position: UInt64, firstOffset: UInt64, firstTimestamp: UInt64) {
      self.position = position
      self.firstOffset = firstOffset
      self.firstTimestamp = firstTimestamp
    }
  }

  /// The blocks, in order of the file.
  public var blocks: [Block]
  /// The hash of the segment's last record.
  public var lastHash: Digest
  /// The timestamp of the segment's last record.
  public var lastTimestamp: UInt64
  /// The Merkle tree of the log up to the segment's end.
  public var tree: CompactRange

  /// Bytes of the trailer, the last bytes of the file.
  public static let trailerByteCount = 24
  private static let blockByteCount = 24
  private static let fixedByteCount = 4 + 32 + 8 + 8
  private static let magic = Array("KBLEND\u{0}\u{1}".utf8)

  /// A footer of known parts.
  public init(blocks: [Block], lastHash: Digest, lastTimestamp: UInt64, tree: CompactRange) {
    self.blocks = blocks
    self.lastHash = lastHash
    self.lastTimestamp = lastTimestamp
    self.tree = tree
  }

  /// Decodes a trailer: where the footer begins and how long it is.
  public static func range(
    trailer: Span<UInt8>, fileByteCount: UInt64
  ) throws(FormatError) -> Range<UInt64> {
    guard trailer.count == trailerByteCount else {
      throw FormatError(at: 0, "the trailer is cut short")
    }
    for (index, byte) in magic.enumerated() where trailer[16 + index] != byte {
      throw FormatError(at: 16 + index, "no trailer here")
    }
    guard CRC32C.of(trailer.extracting(0..<12)) == trailer.bigEndian(at: 12) else {
      throw FormatError(at: 12, "the CRC of the trailer differs")
    }
    let position: UInt64 = trailer.bigEndian(at: 0)
    let count = UInt64(trailer.bigEndian(at: 8, as: UInt32.self))
    guard position >= SegmentHeader.fixedByteCount, count >= UInt64(fixedByteCount + 4),
      position <= fileByteCount, position + count + UInt64(trailerByteCount) == fileByteCount
    else { throw FormatError(at: 0, "the footer does not end at the trailer") }
    return position..<position + count
  }

  /// Decodes a footer of exactly these bytes.
  public init(_ bytes: Span<UInt8>) throws(FormatError) {
    guard bytes.count >= Self.fixedByteCount + 4 else {
      throw FormatError(at: bytes.count, "the footer is cut short")
    }
    let end = bytes.count - 4
    guard CRC32C.of(bytes.extracting(0..<end)) == bytes.bigEndian(at: end) else {
      throw FormatError(at: end, "the CRC of the footer differs")
    }
    let blockCount = Int(bytes.bigEndian(at: 0, as: UInt32.self))
    lastHash = Digest(bytes, at: 4)
    lastTimestamp = try bytes.counter(at: 36)
    let size = try bytes.counter(at: 44)
    let edgeStart = Self.fixedByteCount + blockCount * Self.blockByteCount
    let edgeEnd = edgeStart + 32 * size.nonzeroBitCount
    guard blockCount >= 1, edgeEnd == end else {
      throw FormatError(at: 0, "the footer's length does not fit its \(blockCount) blocks")
    }
    blocks = []
    blocks.reserveCapacity(blockCount)
    for position in stride(from: Self.fixedByteCount, to: edgeStart, by: Self.blockByteCount) {
      blocks.append(
        Block(
          position: try bytes.counter(at: position),
          firstOffset: try bytes.counter(at: position + 8),
          firstTimestamp: try bytes.counter(at: position + 16)))
    }
    var edge: [Digest] = []
    for position in stride(from: edgeStart, to: edgeEnd, by: 32) {
      edge.append(Digest(bytes, at: position))
    }
    guard let tree = CompactRange(size: size, edge: edge) else {
      throw FormatError(at: edgeStart, "the edge does not fit the tree")
    }
    self.tree = tree
  }

  fileprivate func encode(to buffer: inout ByteBuffer, at position: UInt64) {
    let start = buffer.count
    buffer.append(bigEndian: UInt32(blocks.count))
    buffer.append(lastHash)
    buffer.append(bigEndian: lastTimestamp)
    buffer.append(bigEndian: tree.end)
    for block in blocks {
      buffer.append(bigEndian: block.position)
      buffer.append(bigEndian: block.firstOffset)
      buffer.append(bigEndian: block.firstTimestamp)
    }
    for hash in tree.hashes { buffer.append(hash) }
    buffer.append(bigEndian: CRC32C.of(buffer.span.extracting(start..<buffer.count)))
    let trailer = buffer.count
    buffer.append(bigEndian: position)
    buffer.append(bigEndian: UInt32(trailer - start))
    buffer.append(bigEndian: CRC32C.of(buffer.span.extracting(trailer..<buffer.count)))
    buffer.append(Self.magic)
  }
}

extension ByteBuffer {
  /// Appends a footer that stands at byte `position` of its file, and the trailer.
  public mutating func append(_ footer: SegmentFooter, at position: UInt64) {
    footer.encode(to: &self, at: position)
  }
}
