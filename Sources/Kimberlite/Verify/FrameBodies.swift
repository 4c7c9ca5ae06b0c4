// SPDX-License-Identifier: Apache-2.0
// Verifies bodies of frames, which a walk along the chain leaves to others: any thread may do it.

internal import KimberliteCore

/// The bodies of consecutive frames, whose headers and CRCs are good.
final class FrameBodies: Sendable {
  /// What a body is held against.
  struct Item: Sendable {
    var header: RecordHeader
    /// Where the frame begins.
    var position: UInt64
    var storedByteCount: Int
    var rawByteCount: Int
  }

  /// A run is ended when its stored bodies reach this.
  static let byteCountEnough = 256 << 10

  private let segment: UInt64
  private let isEncrypted: Bool
  private let key: SecretBytes?
  /// The stored bodies, each behind its canonical header where it is encrypted.
  private let stored: ByteBuffer
  private let items: [Item]

  /// Bytes of the frames.
  var byteCount: UInt64 {
    let headers = isEncrypted ? FrameHeader.byteCount : FrameHeader.bodyStart
    return UInt64(stored.count + items.count * headers)
  }

  init(
    segment: UInt64, isEncrypted: Bool, key: SecretBytes?, stored: consuming ByteBuffer,
    items: [Item]
  ) {
    self.segment = segment
    self.isEncrypted = isEncrypted
    self.key = key
    self.stored = stored
    self.items = items
  }

  func check(
    _ raw: inout ByteBuffer, _ salts: inout Salts, _ subjects: inout SubjectOpener
  ) -> RunCheck {
    var result = RunCheck()
    let cipher = key.map { Cipher($0) }
    var start = 0
    for item in items {
      let header = isEncrypted ? RecordHeader.byteCount : 0
      let end = start + header + item.storedByteCount
      if isEncrypted, cipher == nil {
        result.pass(count: item.header.eventCount)
        result.count(segment, item.header.offset, at: item.position, nil)
      } else {
        let what = stored.withSpan(start..<end) { bytes in
          if !isEncrypted, bytes.count == item.rawByteCount {
            return result.check(bytes, of: item.header, &salts, &subjects)
          }
          raw.removeAll()
          return StoredBody.append(
            bytes.extracting(header..<bytes.count), associated: bytes.extracting(0..<header),
            rawCount: item.rawByteCount, cipher, to: &raw)
            ? result.check(raw.span, of: item.header, &salts, &subjects)
            : StoredBody.fault(isEncrypted: isEncrypted)
        }
        result.count(segment, item.header.offset, at: item.position, what)
      }
      start = end
    }
    return result
  }
}
