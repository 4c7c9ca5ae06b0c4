// SPDX-License-Identifier: Apache-2.0
// What the tests of the log share: records of known content and folders of their own.

import Glibc
import KimberliteCore

import Kimberlite

/// A folder that goes with the test.
final class Folder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/kimberlite-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("no folder for a test") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { removeTree(path) }
}

private func removeTree(_ path: String) {
  if let names = try? PosixDisk().list(path) {
    for name in names { removeTree("\(path)/\(name)") }
    rmdir(path)
  } else {
    unlink(path)
  }
}

/// SplitMix64: the same numbers from the same seed, everywhere.
struct Random: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}

/// A record whose events are these bytes.
func prepare(_ events: [[UInt8]], seed: UInt8 = 7) throws -> PreparedRecord {
  var ranges: [Range<Int>] = []
  for event in events {
    let start = ranges.last?.upperBound ?? 0
    ranges.append(start..<start + event.count)
  }
  let all = events.flatMap { $0 }
  return try PreparedRecord(
    events: all.span, ranges: ranges, seed: [UInt8](repeating: seed, count: 32))
}

let testLogID = LogID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210)

/// The events of all records that a reader finds.
func readAll(_ reader: LogReader, from offset: UInt64 = 0) throws -> [[[UInt8]]] {
  var cursor = try reader.records(from: offset)
  var records: [[[UInt8]]] = []
  while try cursor.next() {
    records.append(cursor.events.indices.map { cursor.event($0).array() })
  }
  return records
}

/// The text of a file; `nil` where it cannot be read.
func readText(_ path: String) -> String? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&block, 1, block.count, file)
    if count == 0 { break }
    bytes += block[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}
