// SPDX-License-Identifier: Apache-2.0

import KimberliteCore
import Testing

@Suite struct SnapshotManifestTests {
  private func manifest(first: UInt64, files: Int) -> SnapshotManifest {
    var before = CompactRange()
    for number in 0..<first { before.append(Digest.hash([UInt8(truncatingIfNeeded: number)].span)) }
    return SnapshotManifest(
      logID: LogID(high: 1, low: 2), before: before, previous: Digest.hash([9].span),
      size: first + 7, hash: Digest.hash([1].span), timestamp: 1_764_316_800_123_456_789,
      root: Digest.hash([2].span),
      files: (0..<files).map {
        SnapshotManifest.File(
          name: "anchors/\($0).tsr", byteCount: UInt64($0), digest: Digest.hash([3].span))
      })
  }

  @Test(arguments: [0, 1, 2, 3, 255, 256, 1000] as [UInt64])
  func `what is written is read`(first: UInt64) throws {
    for files in [0, 1, 5] {
      let written = manifest(first: first, files: files)
      #expect(try SnapshotManifest(text: written.text) == written)
    }
  }

  @Test func `the timestamp is told to the nanosecond`() {
    #expect(
      manifest(first: 0, files: 0).text.contains("\"2025-11-28T08:00:00.123456789Z\""))
  }

  // Evidence: F1
  @Test func `every other spelling is refused`() {
    let text = manifest(first: 3, files: 2).text
    for index in text.utf8.indices {
      var bytes = Array(text.utf8)
      let position = text.utf8.distance(from: text.utf8.startIndex, to: index)
      bytes.insert(0x20, at: position)
      #expect(throws: FormatError.self) {
        try SnapshotManifest(text: String(decoding: bytes, as: UTF8.self))
      }
      bytes = Array(text.utf8[..<index])
      // Whole lines fewer are another archive's manifest, which its files will not be.
      if bytes.last == 0x0a { continue }
      #expect(throws: FormatError.self) {
        try SnapshotManifest(text: String(decoding: bytes, as: UTF8.self))
      }
    }
    #expect(throws: FormatError.self) {
      try SnapshotManifest(text: text.replacing("\"first\":3", with: "\"first\":2"))
    }
  }

  @Test func `a version that is not known is told apart`() {
    let text = manifest(first: 0, files: 0).text.replacing("\"format\":1", with: "\"format\":7")
    do throws(FormatError) {
      _ = try SnapshotManifest(text: text)
      Issue.record("it was read")
    } catch { #expect(error.version == 7) }
  }
}
