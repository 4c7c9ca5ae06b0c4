// SPDX-License-Identifier: Apache-2.0

import Kimberlite
import KimberliteCore
import Testing

@Suite struct LogTests {
  private let disk = PosixDisk()

  private func event(_ number: Int, _ count: Int = 20) -> [UInt8] {
    Array("event \(number) ".utf8) + [UInt8](repeating: UInt8(number % 251), count: count)
  }

  @Test func `what was appended is read back in order, also after opening again`() throws {
    let folder = Folder()
    let path = folder.path + "/log"
    let writer = try LogWriter.create(directory: path, disk: disk, logID: testLogID)
    var written: [[[UInt8]]] = []
    for number in 0..<100 {
      let events = (0...number % 3).map { event(number * 10 + $0, number * 7) }
      let receipt = try writer.append(try prepare(events), timestamp: UInt64(number * 5))
      #expect(receipt.offset == UInt64(number))
      #expect(receipt.events == events.count)
      written.append(events)
      if number % 10 == 9 { try writer.sync() }
    }
    let reader = try LogReader(directory: path, disk: disk)
    #expect(try readAll(reader) == written)
    #expect(try readAll(reader, from: 60) == Array(written[60...]))
    try writer.close()
    #expect(try readAll(reader) == written)

    let again = try LogWriter(directory: path, disk: disk, acknowledged: 100)
    #expect(again.cutBytes == 0)
    #expect(again.head == writer.head)
    let place = try again.sync()
    #expect(try !reader.hasRecords(after: place))
    _ = try again.append(try prepare([event(1)]), timestamp: 1)
    try again.sync()
    #expect(try reader.hasRecords(after: place))
    #expect(try reader.end(from: place) == again.durable)
    #expect(try reader.end() == again.durable)
    #expect(try reader.head(of: 100) == writer.head)
    #expect(LogPosition(words: place.words) == place)
    try again.close()
  }

  @Test func `a second writer is told that the log is locked`() throws {
    let folder = Folder()
    let path = folder.path + "/log"
    let writer = try LogWriter.create(directory: path, disk: disk, logID: testLogID)
    #expect(throws: LogError.locked(path: path + "/lock")) {
      _ = try LogWriter(directory: path, disk: disk, acknowledged: 0)
    }
    try writer.close()
  }

  @Test func `whether a writer lives is asked without its lock being taken`() throws {
    let folder = Folder()
    let path = folder.path + "/log"
    #expect(try !disk.isLocked(path + "/lock"))
    let writer = try LogWriter.create(directory: path, disk: disk, logID: testLogID)
    #expect(try disk.isLocked(path + "/lock"))
    #expect(throws: LogError.locked(path: path + "/lock")) { _ = try disk.lock(path + "/lock") }
    // Neither the asking nor the refusal took anything from the writer.
    #expect(try disk.isLocked(path + "/lock"))
    try writer.close()
    #expect(try !disk.isLocked(path + "/lock"))
  }
}
