// SPDX-License-Identifier: Apache-2.0

import KimberliteCore
import Testing

@Suite struct RecordTests {
  private let header = RecordHeader(
    logID: LogID(high: 3, low: 4), offset: 5, timestamp: 6, eventCount: 7,
    previous: Digest.leaf([1].span), eventsRoot: Digest.leaf([2].span))

  /// Decodes every prefix-length of spoilt bytes; a trap would end the test run.
  private func fuzz(_ bytes: [UInt8], isCovered: Bool = true, _ decode: ([UInt8]) -> Bool) {
    #expect(decode(bytes))
    for index in bytes.indices {
      for bit in 0..<8 {
        var bad = bytes
        bad[index] ^= 1 << UInt8(bit)
        let isAccepted = decode(bad)
        if isCovered { #expect(!isAccepted, "bit \(bit) of byte \(index)") }
      }
    }
  }

  @Test func `a record header is 108 bytes and reads back`() throws {
    var buffer = ByteBuffer()
    buffer.append(header)
    #expect(buffer.count == 108)
    #expect(try RecordHeader(buffer.span) == header)
    #expect(RecordHeader.hash(of: buffer.span) == header.hash)
    #expect(header.hash == Digest.leaf(buffer.span))
    fuzz(buffer.array(), isCovered: false) { (try? RecordHeader($0.span)) != nil }
  }

  @Test func `any flipped bit of a frame's headers is found by the CRC`() throws {
    var buffer = ByteBuffer()
    let frame = FrameHeader(
      storedByteCount: 40, rawByteCount: 90, durable: 2, nonce: 99, bodyCRC: 17)
    buffer.append(frame, header)
    #expect(buffer.count == 156)
    #expect(try FrameHeader(buffer.span) == frame)
    fuzz(buffer.array()) { (try? FrameHeader($0.span)) != nil }
  }

  @Test func `any flipped bit of a segment header is found`() throws {
    var buffer = ByteBuffer()
    let segment = SegmentHeader(
      kind: .sealed, logID: LogID(high: 1, low: 2), firstOffset: 3,
      previous: Digest.leaf([9].span), previousTimestamp: 4, nonce: 5)
    buffer.append(segment)
    #expect(buffer.count == 128)
    #expect(try SegmentHeader(buffer.span) == segment)
    fuzz(buffer.array()) { (try? SegmentHeader($0.span)) != nil }
    for count in 0..<128 {
      #expect(throws: FormatError.self) {
        try SegmentHeader(buffer.span.extracting(0..<count))
      }
    }
  }

  @Test func `a newer format version is told apart from damage`() throws {
    var buffer = ByteBuffer()
    buffer.append(
      SegmentHeader(
        kind: .active, logID: LogID(high: 1, low: 2), firstOffset: 0, previous: .zero,
        previousTimestamp: 0, nonce: 5))
    buffer.store(bigEndian: UInt16(2), at: 6)
    buffer.store(bigEndian: CRC32C.of(buffer.span.extracting(0..<124)), at: 124)
    do throws(FormatError) {
      _ = try SegmentHeader(buffer.span)
      Issue.record("version 2 was read")
    } catch {
      #expect(error.version == 2)
    }
  }

  @Test func `a block header and a footer read back, and their CRCs cover every bit`() throws {
    var buffer = ByteBuffer()
    let block = BlockHeader(
      storedHeadersByteCount: 200, storedBodiesByteCount: 100, rawBodiesByteCount: 300,
      firstOffset: 9, recordCount: 3, headersCRC: 1, bodiesCRC: 2)
    buffer.append(block)
    #expect(buffer.count == 48)
    #expect(try BlockHeader(buffer.span) == block)
    fuzz(buffer.array()) { (try? BlockHeader($0.span)) != nil }

    var tree = CompactRange()
    for byte in 0..<5 as Range<UInt8> { tree.append(Digest.leaf([byte].span)) }
    let footer = SegmentFooter(
      blocks: [.init(position: 128, firstOffset: 0, firstTimestamp: 1)],
      lastHash: Digest.leaf([4].span), lastTimestamp: 8, tree: tree)
    buffer.removeAll()
    buffer.append(footer, at: 1000)
    let middle = buffer.count - SegmentFooter.trailerByteCount
    let bytes = buffer.array()
    #expect(try SegmentFooter(bytes.span.extracting(0..<middle)) == footer)
    fuzz(Array(bytes[..<middle])) { (try? SegmentFooter($0.span)) != nil }
    fuzz(Array(bytes[middle...])) {
      (try? SegmentFooter.range(trailer: $0.span, fileByteCount: UInt64(1000 + bytes.count)))
        != nil
    }
  }

  @Test func `a body gives back its events and refuses what it would not write`() throws {
    let events: [[UInt8]] = [[1, 2, 3], [4], [UInt8](repeating: 5, count: 300)]
    let all = events.flatMap { $0 }
    let seed = [UInt8](0..<32)
    var body = ByteBuffer()
    RecordBody.append(
      events: all.span, ranges: [0..<3, 3..<4, 4..<304], seed: seed.span, to: &body)
    let ranges = try RecordBody.eventRanges(in: body.span, count: 3)
    #expect(ranges.map { body.span.extracting($0).array() } == events)

    // Salts are consecutive pieces of SHAKE256(seed).
    var salts = Salts()
    salts.expand(seed.span, count: 3)
    var tree = CompactRange()
    for (index, event) in events.enumerated() {
      tree.append(Digest.leaf(salt: salts[index], event.span))
    }
    var room = Salts()
    #expect(
      try RecordBody.eventsRoot(of: body.span, count: ranges.count, salts: &room) == tree.root)

    for count in 0..<body.count {
      #expect(throws: FormatError.self) {
        try RecordBody.eventRanges(in: body.span.extracting(0..<count), count: 3)
      }
    }
    for count in [0, 2, 4, 1 << 22] {
      #expect(throws: FormatError.self) { try RecordBody.eventRanges(in: body.span, count: count) }
    }
    fuzz(body.array(), isCovered: false) {
      (try? RecordBody.eventRanges(in: $0.span, count: 3)) != nil
    }
  }

  @Test func `a sealed event keeps its leaf, whether it is opened, destroyed or erased`() throws {
    let events: [[UInt8]] = [[1, 2, 3], [4], [UInt8](repeating: 5, count: 300)]
    var salts = Salts()
    salts.expand([UInt8](0..<32).span, count: 3)
    var tree = CompactRange()
    var body = ByteBuffer()
    RecordBody.beginSealed(&body)
    let key = SubjectKeyID(slot: 7, check: .max)
    for (index, event) in events.enumerated() {
      tree.append(Digest.leaf(salt: salts[index], event.span))
      if index == 1 {
        RecordBody.append(salt: salts[index], event: event.span, to: &body)
        continue
      }
      // The cipher is the caller's: here it turns bits.
      RecordBody.append(
        salt: salts[index], event: event.span, sealedUnder: key, to: &body
      ) { plain, nonce, body in
        body.append(nonce)
        body.append(plain.array().map { ~$0 } + [UInt8](repeating: 0, count: 16))
      }
    }
    let keys = try RecordBody.subjectKeys(in: body.span, count: 3)
    #expect(keys.map(\.key) == [key, key] && keys.map(\.event) == [0, 2])
    func root(_ body: borrowing ByteBuffer) throws -> Digest {
      var room = Salts()
      return try RecordBody.eventsRoot(of: body.span, count: 3, salts: &room)
    }
    func found(_ body: borrowing ByteBuffer) throws -> [[UInt8]] {
      try RecordBody.eventRanges(in: body.span, count: 3).map { body.span.extracting($0).array() }
    }
    func open(_ answer: RecordBody.Opening, flips: Int = -1) throws -> ByteBuffer {
      var opened = ByteBuffer()
      try RecordBody.append(opening: body.span, count: 3, to: &opened) { id, text, plain in
        #expect(id == key)
        var bytes = text.array().dropFirst(24).dropLast(16).map { ~$0 }
        if flips >= 0 { bytes[flips] ^= 1 }
        if answer == .opened { plain.append(bytes) }
        return answer
      }
      return opened
    }
    #expect(try root(body) == tree.root)
    let opened = try open(.opened)
    #expect(try root(opened) == tree.root)
    #expect(try found(opened) == events)
    let destroyed = try open(.destroyed)
    #expect(try root(destroyed) == tree.root)
    #expect(try found(destroyed) == [[], [4], []])
    #expect(throws: FormatError.self) { _ = try open(.refused) }
    for place in [0, 15, 16] {
      #expect(throws: FormatError.self) { _ = try open(.opened, flips: place) }
    }
    // With the last sealed event its form goes as well.
    for (holes, form) in [([0..<1], 2), ([0..<1, 2..<3], 1)] as [([Range<Int>], UInt8)] {
      var erased = ByteBuffer()
      try RecordBody.append(
        erasing: holes, from: body.span, count: 3, salts: &salts, to: &erased)
      #expect(erased.span[0] == form)
      #expect(try root(erased) == tree.root)
    }
    for count in 0..<body.count {
      #expect(throws: FormatError.self) {
        try RecordBody.eventRanges(in: body.span.extracting(0..<count), count: 3)
      }
    }
  }

  @Test func `base64 reads back, and only its own form`() {
    for count in 0..<40 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + count) }
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }
    #expect(Base64.encode(Array("fooba".utf8)) == "Zm9vYmE=")
    for bad in ["Zg", "Zh==", "Zg=", "Z===", "Zm9=", "Zm 9", "=Zm9"] {
      #expect(Base64.decode(bad) == nil, "\(bad)")
    }
  }
}
