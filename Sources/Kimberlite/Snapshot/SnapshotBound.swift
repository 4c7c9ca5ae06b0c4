// SPDX-License-Identifier: Apache-2.0
// Moments of a log as numbers of records, and the tree that stands at them.

internal import KimberliteCore

/// The last record that shall be in an archive or a restored log.
public enum SnapshotBound: Sendable, Equatable {
  /// The record with this offset.
  case offset(UInt64)
  /// The newest record that is not younger: microseconds since 1970.
  case time(Int64)
}

/// A log at some number of records.
struct LogEdge {
  var tree = CompactRange()
  var head = Head.start
}

extension LogReader {
  /// The number of records up to a bound, of a log that has `newest` records.
  func count(upTo bound: SnapshotBound, of newest: Head) throws(LogError) -> UInt64 {
    switch bound {
    case .offset(let offset):
      guard offset < newest.count else {
        throw .unfit(what: "offset \(offset) is beyond the \(newest.count.counted("record")) there")
      }
      return offset + 1
    case .time(let time):
      let last = UInt64(max(0, min(time, .max / 1000))) * 1000
      if newest.count > 0, newest.timestamp <= last { return newest.count }
      let count = try count(notAfter: last)
      if count == 0 { throw .unfit(what: "the log begins after that time") }
      return count
    }
  }

  private func count(notAfter time: UInt64) throws(LogError) -> UInt64 {
    var segments = try directory.segments()
    while let last = segments.popLast() {
      if try directory.openSegment(last).header.previousTimestamp > time { continue }
      var cursor = try records(from: last)
      while try cursor.skip(), cursor.header.timestamp <= time {}
      // The cursor stands behind a record that is younger.
      return cursor.header.timestamp > time ? cursor.header.offset : cursor.position.next
    }
    return 0
  }

  /// The tree and the last record of the first `count` records.
  ///
  /// Costs a walk from the last sealed segment that ends before.
  func edge(at count: UInt64) throws(LogError) -> LogEdge {
    var edge = LogEdge()
    for first in try directory.segments().reversed() where first < count {
      let (file, header) = try directory.openSegment(first)
      guard header.kind == .sealed else { continue }
      let footer = try SealedSegment(file: file, header: header).footer
      if footer.tree.end > count { continue }
      edge = LogEdge(tree: footer.tree, head: footer.head)
      break
    }
    if edge.head.count == count { return edge }
    var cursor = try records(from: edge.head.count)
    while edge.head.count < count {
      guard try cursor.skip() else {
        throw .damaged(
          Damage(
            file: LogDirectory.segmentName(cursor.position.segment), offset: edge.head.count,
            what: "records are missing"))
      }
      edge.tree.append(cursor.hash)
      edge.head = cursor.position.head
    }
    return edge
  }
}
