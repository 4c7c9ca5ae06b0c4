// SPDX-License-Identifier: Apache-2.0
// A nonce that meets its key twice gives both messages away. Everything that can go backwards does
// so here: tails are cut and written again, segments sealed from the same records.

import Kimberlite
import KimberliteCore
import Testing

/// All messages that a disk has ever held, by key and nonce.
private struct Messages {
  private var seen: [[UInt8]: [UInt8]] = [:]
  var count: Int { seen.count }

  /// Adds what the segments hold now.
  mutating func collect(_ disk: SimulatedDisk, _ folder: String) throws {
    for name in try disk.list(folder) where name.hasSuffix(".kbl") {
      var bytes: [UInt8] = []
      disk.withBytes("\(folder)/\(name)") { bytes = $0 }
      let header = try SegmentHeader(bytes.span)
      let key = try #require(header.keyBlock).wrappedKey
      var position = header.byteCount
      while position < bytes.count {
        let rest = bytes.count - position
        var start = 0
        if header.kind == .active {
          guard rest >= FrameHeader.bodyStart,
            let frame = try? FrameHeader(bytes.span, at: position), rest >= frame.frameByteCount
          else { break }
          start = position + FrameHeader.bodyStart
          position += frame.frameByteCount
        } else {
          guard rest >= BlockHeader.byteCount,
            let block = try? BlockHeader(bytes.span, at: position)
          else { break }
          position += block.blockByteCount
          start = position - Int(block.storedBodiesByteCount)
        }
        add(key, bytes[start..<position])
      }
    }
  }

  private mutating func add(_ key: [UInt8], _ message: ArraySlice<UInt8>) {
    let pair = key + message.prefix(24)
    let known = seen.updateValue(Array(message), forKey: pair)
    #expect(known == nil || known == Array(message), "one nonce, two messages")
  }
}

@Suite struct NonceTests {
  private static let path = "/d/log"

  @Test(arguments: 0..<20)
  func `no nonce meets its key twice, though tails are cut and written again`(seed: UInt64) throws {
    let disk = SimulatedDisk(seed: seed)
    var random = Random(seed: seed)
    var options = LogOptions()
    options.segmentBytes = 4_000
    options.blockBytes = 1_500
    options.sealsInBackground = false
    options.key = .random()
    var messages = Messages()
    var writer: LogWriter? = try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: options)
    var cuts: UInt64 = 0
    for round in 0..<40 {
      let count = Int.random(in: 1...6, using: &random)
      if round % 3 == 2 { disk.callsUntilFailure = Int.random(in: 0..<4, using: &random) }
      for number in 0..<count {
        // The same records at the same offsets with the same times, again and again.
        let timestamp = (writer?.head.count ?? 0) + 1
        _ = try? writer?.append(
          try prepare([[UInt8](repeating: 7, count: 200 + number)]), timestamp: timestamp)
      }
      let isDurable = (try? writer?.sync()) != nil
      try messages.collect(disk, Self.path + "/segments")
      if isDurable, round % 4 != 0 { continue }
      writer = nil
      if round % 2 == 0 { disk.crash() } else { disk.kill() }
      let opened = try LogWriter(
        directory: Self.path, disk: disk, acknowledged: 0, options: options)
      cuts += opened.cutBytes
      writer = opened
      try messages.collect(disk, Self.path + "/segments")
    }
    #expect(messages.count > 40)
    #expect(try Verifier(directory: Self.path, disk: disk, key: options.key).run().isGood)
    if seed == 0 { #expect(cuts > 0, "no tail was cut") }
  }
}
