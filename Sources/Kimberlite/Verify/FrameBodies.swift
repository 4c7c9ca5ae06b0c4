// SPDX-License-Identifier: Apache-2.0
// Verifies bodies of frames, which a walk along the chain leaves to others: any thread may do it.

internal import KimberliteCore

/// The bodies of consecutive frames, whose headers and CRCs are good.
final class FrameBodies: Sendable {
  /// What a body is held against.
  struct Item: Sendable {
    var offset: UInt64
    /// Where the frame begins.
    var position: UInt64
    var storedByteCount: Int
    var rawByteCount: Int
    var eventCount: UInt32
    var eventsRoot: Digest
  }

  /// A run is ended when its stored bodies reach this.
  static let byteCountEnough = 256 << 10

  private let segment: UInt64
  private let stored: ByteBuffer
  private let items: [Item]

  /// Bytes of the frames.
  var byteCount: UInt64 { UInt64(stored.count + items.count * FrameHeader.bodyStart) }

  init(segment: UInt64, stored: consuming ByteBuffer, items: [Item]) {
    self.segment = segment
    self.stored = stored
    self.items = items
  }

  func check(_ raw: inout ByteBuffer, _ salts: inout Salts) -> RunCheck {
    var result = RunCheck()
    var start = 0
    for item in items {
      let what = stored.withSpan(start..<start + item.storedByteCount) { body in
        if item.storedByteCount == item.rawByteCount {
          return result.check(
            body, offset: item.offset, count: item.eventCount, root: item.eventsRoot, &salts)
        }
        raw.removeAll()
        return LZ4.decompress(body, rawCount: item.rawByteCount, to: &raw)
          ? result.check(
            raw.span, offset: item.offset, count: item.eventCount, root: item.eventsRoot, &salts)
          : "the body does not decompress"
      }
      start += item.storedByteCount
      result.count(segment, item.offset, at: item.position, what)
    }
    return result
  }
}
