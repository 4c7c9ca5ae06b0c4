// SPDX-License-Identifier: Apache-2.0
// Files that claim gigabytes and hold nothing: no memory is taken on their word (F2).

import Kimberlite
import KimberliteCore
import Testing

@Suite struct HollowFileTests {
  private static let path = "/d/log"
  private static let claim: UInt32 = 1 << 30

  /// Given bytes at the beginning and at the end, zeros between them.
  private final class HollowFile: DiskFile {
    let path = "hollow"
    let start: [UInt8]
    let end: [UInt8]
    let size: UInt64

    init(start: [UInt8], end: [UInt8], size: UInt64) {
      self.start = start
      self.end = end
      self.size = size
    }

    func byteCount() -> UInt64 { size }

    func read(at position: UInt64, count: Int, into buffer: inout ByteBuffer) {
      #expect(count <= 16 << 20, "\(count) bytes are wanted at once")
      // A test that fails must not take the memory either.
      let count = min(count, 16 << 20, Int(size - min(position, size)))
      var bytes = [UInt8](repeating: 0, count: count)
      for (base, part) in [(0, start), (size - UInt64(end.count), end)] as [(UInt64, [UInt8])] {
        for place in max(
          base, position)..<max(
            base, position, min(base + UInt64(part.count), position + UInt64(count)))
        { bytes[Int(place - position)] = part[Int(place - base)] }
      }
      buffer.append(bytes)
    }

    func write(_ bytes: Span<UInt8>, at position: UInt64) {}
    func synchronize() {}
    func truncate(to byteCount: UInt64) {}
  }

  /// A disk that has another file in place of the first segment.
  private struct HollowDisk: Disk {
    let disk: SimulatedDisk
    let file: HollowFile

    func open(_ path: String, _ access: FileAccess) throws(LogError) -> any DiskFile {
      path.hasSuffix(".kbl") ? file : try disk.open(path, access)
    }
    func exists(_ path: String) throws(LogError) -> Bool { try disk.exists(path) }
    func rename(_ path: String, to newPath: String) {}
    func remove(_ path: String) {}
    func list(_ directory: String) throws(LogError) -> [String] { try disk.list(directory) }
    func createDirectory(_ path: String) {}
    func removeDirectory(_ path: String) {}
    func synchronizeDirectory(_ path: String) {}
    func lock(_ path: String) throws(LogError) -> any DiskFile { try disk.lock(path) }
    func waitForLock(_ path: String) throws(LogError) -> any DiskFile { try disk.lock(path) }
    func isLocked(_ path: String) -> Bool { false }
  }

  private static let record = RecordHeader(
    logID: testLogID, offset: 0, timestamp: 1, eventCount: 1, previous: .zero, eventsRoot: .zero)

  /// A segment header and what stands behind it.
  private static func start(_ kind: SegmentHeader.Kind, _ rest: [UInt8]) -> [UInt8] {
    var bytes = ByteBuffer()
    bytes.append(
      SegmentHeader(
        kind: kind, logID: testLogID, firstOffset: 0, previous: .zero, previousTimestamp: 0,
        nonce: 5))
    bytes.append(rest)
    return bytes.array()
  }

  private func findings(_ file: HollowFile) throws -> [String] {
    let disk = SimulatedDisk(seed: 1)
    let writer = try LogWriter.create(directory: Self.path, disk: disk, logID: testLogID)
    try writer.close()
    return try Verifier(directory: Self.path, disk: HollowDisk(disk: disk, file: file))
      .run().findings.map(\.damage.what)
  }

  @Test func `a hollow frame is damage and takes no memory`() throws {
    var frame = ByteBuffer()
    frame.append(
      FrameHeader(
        storedByteCount: Self.claim, rawByteCount: Self.claim, durable: 0, nonce: 5, bodyCRC: 1),
      Self.record)
    let start = Self.start(.active, frame.array())
    for size in [UInt64(start.count) + 10, UInt64(start.count) + UInt64(Self.claim)] {
      #expect(try !findings(HollowFile(start: start, end: [], size: size)).isEmpty)
    }
  }

  @Test func `a hollow block is damage and takes no memory`() throws {
    var block = ByteBuffer()
    block.append(
      BlockHeader(
        storedHeadersByteCount: 108, storedBodiesByteCount: Self.claim,
        rawBodiesByteCount: Self.claim, firstOffset: 0, recordCount: 1, headersCRC: 1,
        bodiesCRC: 1))
    let footerStart =
      UInt64(SegmentHeader.fixedByteCount + BlockHeader.byteCount + 108)
      + UInt64(Self.claim)
    var tree = CompactRange()
    tree.append(Self.record.hash)
    var footer = ByteBuffer()
    footer.append(
      SegmentFooter(
        blocks: [
          .init(position: UInt64(SegmentHeader.fixedByteCount), firstOffset: 0, firstTimestamp: 1)
        ],
        lastHash: Self.record.hash, lastTimestamp: 1, tree: tree),
      at: footerStart)
    let (header, end) = (block.array(), footer.array())
    for hasHeader in [true, false] {
      let start = Self.start(.sealed, hasHeader ? header : [])
      let file = HollowFile(start: start, end: end, size: footerStart + UInt64(end.count))
      let what = hasHeader ? "the CRC of the bodies differs" : "the CRC of the block header differs"
      #expect(try findings(file).contains(what))
    }
  }

  @Test func `a hollow footer is damage and takes no memory`() throws {
    var trailer = ByteBuffer()
    trailer.append(bigEndian: UInt64(SegmentHeader.fixedByteCount))
    trailer.append(bigEndian: Self.claim)
    trailer.append(bigEndian: CRC32C.of(trailer.span))
    trailer.append(Array("KBLEND\u{0}\u{1}".utf8))
    let end = trailer.array()
    let file = HollowFile(
      start: Self.start(.sealed, []), end: end,
      size: UInt64(SegmentHeader.fixedByteCount) + UInt64(Self.claim) + UInt64(end.count))
    #expect(try findings(file).contains("the CRC of the footer differs"))
  }
}
