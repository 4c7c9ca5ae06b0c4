// SPDX-License-Identifier: Apache-2.0
// Readers beside a writer: over roll-overs, sealing, kills and recoveries.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct LogFollowTests {
  private static let path = "/d/log"

  private static func options() -> LogOptions {
    var options = LogOptions()
    options.segmentBytes = 2_000
    options.blockBytes = 500
    options.stepBytesMin = 1_000
    options.stepBytesMax = 1_000
    options.sealsInBackground = false
    options.signsInBackground = false
    options.nonce = { 42 }
    return options
  }

  @Test func `a cursor goes on where it was, whatever became of the files`() throws {
    let disk = SimulatedDisk(seed: 8)
    var writer = try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: Self.options())
    let reader = try LogReader(directory: Self.path, disk: disk)
    var place = LogPosition.start
    var places: [LogPosition] = [place]
    var seen = 0
    for number in 0..<200 {
      let event = [UInt8](repeating: UInt8(number), count: number)
      #expect(try !reader.hasRecords(after: place))
      _ = try writer.append(try prepare([event + [1]]), timestamp: 0)
      try writer.sync()
      #expect(try reader.hasRecords(after: place))
      if number % 3 == 0 {
        var cursor = try reader.records(after: place)
        for old in places.suffix(20) { #expect(try reader.hasRecords(after: old)) }
        while try cursor.next() {
          #expect(cursor.header.offset == UInt64(seen))
          #expect(cursor.event(0).array().count == seen + 1)
          seen += 1
        }
        place = cursor.position
      } else {
        place = try reader.end(from: place)
        seen = number + 1
      }
      #expect(place.head == writer.durable.head)
      places.append(place)
      if number % 17 == 0 {
        disk.kill()
        writer = try LogWriter(
          directory: Self.path, disk: disk, acknowledged: UInt64(seen), options: Self.options())
      }
    }
    for old in places {
      var cursor = try reader.records(after: old)
      #expect(try cursor.next() == (old.next < 200))
      if old.next < 200 { #expect(cursor.header.offset == old.next) }
      #expect(try reader.head(of: old.next) == old.head)
    }
    #expect(try reader.head(of: 201) == nil)
    // A cursor that came to the end sees what is added.
    var cursor = try reader.records(after: place)
    #expect(try !cursor.next())
    _ = try writer.append(try prepare([[1]]), timestamp: 0)
    try writer.sync()
    #expect(try cursor.next())
    #expect(try Verifier(directory: Self.path, disk: disk).run().isGood)
  }

  @Test func `a log that no longer reaches a place says that its end is missing`() throws {
    let disk = SimulatedDisk(seed: 10)
    let writer = try LogWriter.create(
      directory: Self.path, disk: disk, logID: testLogID, options: Self.options())
    var places: [LogPosition] = []
    for number in 0..<30 {
      _ = try writer.append(
        try prepare([[UInt8](repeating: 3, count: 300)]), timestamp: UInt64(number))
      places.append(try writer.sync())
    }
    try writer.close()
    let reader = try LogReader(directory: Self.path, disk: disk)
    let last = try #require(places.last)
    let name = try #require(disk.list(Self.path + "/segments").last)
    let active = "\(Self.path)/segments/\(name)"
    disk.withBytes(active) { $0.removeLast() }
    #expect(throws: LogError.self) { _ = try reader.hasRecords(after: last) }
    // Without its newest segments a log ends with a sealed one, in the middle of its records.
    try disk.remove(active)
    for place in places where place.segment < last.segment {
      if place.next == last.segment {
        #expect(throws: LogError.self) { _ = try reader.hasRecords(after: place) }
      } else {
        let isMore = try reader.hasRecords(after: place)
        #expect(isMore)
      }
    }
    let damage = Damage(
      file: "segments/\(name)", offset: 30,
      what: "the end of the log is missing: it had 30 records")
    #expect(throws: LogError.damaged(damage)) { _ = try reader.hasRecords(after: last) }
  }

  @Test func `a torn tail is cut and said, unless it was acknowledged`() throws {
    for floor in [3, 4] as [UInt64] {
      let disk = SimulatedDisk(seed: 9)
      var options = Self.options()
      options.segmentBytes = 100_000
      let writer = try LogWriter.create(
        directory: Self.path, disk: disk, logID: testLogID, options: options)
      var last = writer.durable
      for number in 0..<4 {
        last = writer.durable
        _ = try writer.append(try prepare([[1, 2, 3]]), timestamp: UInt64(number))
        try writer.sync()
      }
      let segment = "\(Self.path)/segments/00000000000000000000.kbl"
      disk.withBytes(segment) { $0[Int(last.position) + FrameHeader.bodyStart] ^= 1 }
      var before: [UInt8] = []
      disk.withBytes(segment) { before = $0 }
      disk.kill()
      if floor == 3 {
        let again = try LogWriter(
          directory: Self.path, disk: disk, acknowledged: floor, options: options)
        #expect(again.cutBytes > 0)
        #expect(again.head == last.head)
      } else {
        #expect(throws: LogError.self) {
          _ = try LogWriter(
            directory: Self.path, disk: disk, acknowledged: floor, options: options)
        }
        disk.withBytes(segment) { #expect($0 == before) }
      }
    }
  }
}
