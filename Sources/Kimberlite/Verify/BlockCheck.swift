// SPDX-License-Identifier: Apache-2.0
// Verifies one block of a sealed segment by itself: any thread may do it.

internal import KimberliteCore

/// One block of a sealed segment.
struct BlockCheck: Sendable {
  let segment: SealedSegment
  let index: Int
  /// Sizes at which somebody states a root.
  let sizes: [UInt64]

  private var place: SegmentFooter.Block { segment.footer.blocks[index] }

  func run(_ scratch: inout VerifyScratch) -> RunCheck {
    var result = RunCheck()
    do {
      try scratch.block.load(index, of: segment)
      check(scratch.block, &scratch.salts, &scratch.subjects, &result)
    } catch .damaged(let damage) {
      result.findings.append(Finding(SegmentCheck.kind(of: damage.what), damage))
      result.tampered = segment.endOffset(of: index) - place.firstOffset
    } catch {
      result.error = error
    }
    return result
  }

  private func check(
    _ block: borrowing LoadedBlock, _ salts: inout Salts, _ subjects: inout SubjectOpener,
    _ result: inout RunCheck
  ) {
    let (first, place) = (segment.header.firstOffset, place)
    let end = place.firstOffset + UInt64(block.recordCount)
    // A log may have a checkpoint of every day; the loop asks of every record.
    let sizes = sizes.filter { place.firstOffset < $0 && $0 <= end }
    var chain: RunChain?
    // After a header that is none the chain is taken up again where the next one says.
    var head: Head?
    var range: CompactRange? = CompactRange(begin: place.firstOffset)
    var ranges: [UInt64: CompactRange] = [:]
    for index in 0..<block.recordCount {
      let offset = place.firstOffset + UInt64(index)
      do {
        let (record, hash) = try block.header(index)
        let before =
          head
          ?? Head(count: offset, hash: record.previous, timestamp: max(record.timestamp, 1) - 1)
        var what = record.mismatch(after: before, logID: segment.header.logID)?.what
        if index == 0, record.timestamp != place.firstTimestamp {
          what = what ?? "the index states another timestamp"
        }
        if what == nil, block.isLocked {
          result.pass(count: record.eventCount)
        } else {
          what =
            what
            ?? result.check(block.body(index), of: record, &salts, &subjects)
        }
        result.count(first, offset, at: place.position, what)
        if index == 0 {
          chain = RunChain(
            firstOffset: offset, previous: record.previous, firstTimestamp: record.timestamp,
            firstIsGood: what == nil, head: before)
        }
        head = Head(count: offset + 1, hash: hash, timestamp: record.timestamp)
        range?.append(hash)
        if sizes.contains(offset + 1) { ranges[offset + 1] = range }
      } catch {
        result.count(first, offset, at: place.position, error.what)
        range = nil
        head = nil
      }
    }
    guard let head else { return }
    chain?.head = head
    chain?.range = range
    chain?.ranges = ranges
    result.chain = chain
  }
}
