// SPDX-License-Identifier: Apache-2.0
// Archives of logs of several segments: what is in them, increments, moments, and back.

import Kimberlite
import KimberliteArchive
import KimberliteCore
import Testing

@Suite struct SnapshotTests {
  @Test func `an archive holds the segments as they are, in order, and its manifest last`() throws {
    let bench = try ArchiveBench()
    try bench.archive("a.tar")
    let members = try bench.members("a.tar")
    let names = members.map(\.name)
    let segments = try PosixDisk().list(bench.log + "/segments").map { "segments/\($0)" }
    #expect(segments.count >= 3)
    #expect(names == ["checkpoint", "vkey"] + segments + ["kimberlite/MANIFEST"])
    for member in members.dropLast() {
      #expect(try bench.bytes("log/" + member.name) == member.content, "\(member.name)")
    }
    let manifest = try SnapshotManifest(
      text: String(decoding: members[members.count - 1].content, as: UTF8.self))
    #expect(manifest.isComplete && manifest.size == 14)
    for (file, member) in zip(manifest.files, members) {
      #expect(file.name == member.name && file.byteCount == UInt64(member.content.count))
      #expect(file.digest == Digest.hash(member.content.span))
    }
  }

  @Test func `two archives of one state are the same, byte for byte`() throws {
    let bench = try ArchiveBench()
    try bench.archive("a.tar")
    try bench.archive("b.tar")
    #expect(try bench.bytes("a.tar") == bench.bytes("b.tar"))
    // Whatever the thread that was first, and whatever lies about.
    try bench.write("log/view.sqlite", [1, 2, 3])
    try bench.write("log/vkey.tmp", [1, 2, 3])
    try bench.write("log/segments/x.tmp", [1, 2, 3])
    try bench.archive("c.tar")
    #expect(try bench.bytes("a.tar") == bench.bytes("c.tar"))
  }

  // Evidence: A3
  @Test(arguments: [0, 1, 5, 14]) func `what is restored is what was archived`(records: Int) throws
  {
    let bench = try ArchiveBench(records: records)
    try bench.archive("a.tar")
    let report = try bench.verify("a.tar")
    #expect(report.log.findings == [] && report.log.good == UInt64(records))
    let restored = try bench.restore("copy", from: ["a.tar"])
    #expect(restored.head == report.log.head && restored.root == report.log.root)
    for name in try bench.members("a.tar").map(\.name) where name.hasPrefix("segments/") {
      #expect(try bench.bytes("copy/" + name) == bench.bytes("log/" + name), "\(name)")
    }
    // It is another branch, under a key of its own; what was signed before stays and is true.
    #expect(
      try bench.bytes("copy/anchors/\(records).checkpoint") == bench.bytes("log/checkpoint"))
    let stated = try SignedCheckpoint(
      text: String(decoding: bench.bytes("copy/checkpoint"), as: UTF8.self))
    let keys = try VerifierKey.list(
      of: String(decoding: bench.bytes("copy/vkey"), as: UTF8.self))
    #expect(stated.checkpoint.origin.branch != nil && stated.checkpoint.size == UInt64(records))
    #expect(keys.count == 2 && keys[0].name == stated.checkpoint.origin.text)
    #expect(
      try bench.bytes("copy/vkey").suffix(bench.bytes("log/vkey").count)
        == bench.bytes("log/vkey")[...])
    // It goes on as any log.
    let writer = try LogWriter(
      directory: bench.path("copy"), disk: PosixDisk(), acknowledged: UInt64(records),
      options: ArchiveBench.options)
    try ArchiveBench.append(records..<records + 5, to: writer)
    try writer.close()
    #expect(
      try Verifier(directory: bench.path("copy"), disk: PosixDisk()).run().good
        == UInt64(records + 5))
  }

  @Test func `an archive ends at any record, in sealed segments and at their ends`() throws {
    let bench = try ArchiveBench()
    let all = try readAll(LogReader(directory: bench.log, disk: PosixDisk()))
    for last in 0..<14 {
      try bench.archive("a.tar", until: .offset(UInt64(last)))
      let report = try bench.verify("a.tar")
      #expect(report.log.findings == [] && report.manifest.size == UInt64(last + 1))
      try bench.restore("copy-\(last)", from: ["a.tar"])
      let copy = try LogReader(directory: bench.path("copy-\(last)"), disk: PosixDisk())
      #expect(try readAll(copy) == Array(all[...last]))
    }
    #expect(throws: LogError.unfit(what: "offset 14 is beyond the 14 records there")) {
      try bench.archive("a.tar", until: .offset(14))
    }
  }

  // Evidence: R72
  @Test func `a log is restored as it was at any record, and goes on from there`() throws {
    let bench = try ArchiveBench()
    try bench.archive("a.tar")
    let reader = try LogReader(directory: bench.log, disk: PosixDisk())
    let all = try readAll(reader)
    for last in 0..<14 {
      let name = "copy-\(last)"
      let restored = try bench.restore(name, from: ["a.tar"], until: .offset(UInt64(last)))
      #expect(try restored.head == reader.head(of: UInt64(last + 1)))
      let writer = try LogWriter(
        directory: bench.path(name), disk: PosixDisk(), acknowledged: UInt64(last + 1),
        options: ArchiveBench.options)
      try ArchiveBench.append(20..<28, to: writer)
      try writer.close()
      let copy = try LogReader(directory: bench.path(name), disk: PosixDisk())
      #expect(try readAll(copy).prefix(last + 1) == all[...last])
      #expect(try Verifier(directory: bench.path(name), disk: PosixDisk()).run().isGood)
    }
  }

  @Test func `a time means the newest record that is not younger`() throws {
    let bench = try ArchiveBench()
    // Record n was made at n + 1 ms: microseconds are what times are told in.
    for (time, size) in [(1000, 1), (1001, 1), (1999, 1), (2000, 2), (9_500, 9), (99_000_000, 14)] {
      try bench.archive("a.tar", until: .time(Int64(time)))
      #expect(try bench.verify("a.tar").manifest.size == UInt64(size), "\(time)")
    }
    #expect(throws: LogError.unfit(what: "the log begins after that time")) {
      try bench.archive("a.tar", until: .time(999))
    }
    try bench.archive("a.tar")
    #expect(try bench.restore("copy", from: ["a.tar"], until: .time(9_500)).head.count == 9)
    #expect(throws: LogError.unfit(what: "the log begins after that time")) {
      try bench.restore("none", from: ["a.tar"], until: .time(-5))
    }
    #expect(try bench.isAbsent("none"))
  }

  @Test func `a full archive and its increments make the log, whatever was sealed meanwhile`()
    throws
  {
    let bench = try ArchiveBench(records: 9)
    try bench.archive("0.tar")
    var archives = ["0.tar"]
    var size: UInt64 = 9
    for (index, step) in [4, 1, 0, 11].enumerated() {
      let next = Int(size) + step
      try bench.append(Int(size)..<next)
      try bench.archive("\(index + 1).tar", since: size)
      archives.append("\(index + 1).tar")
      size = UInt64(next)
      let report = try bench.verify("\(index + 1).tar")
      #expect(report.log.findings == [] && report.manifest.size == size)
      #expect(!report.manifest.isComplete && report.manifest.first <= size)
      #expect(report.log.records == size - report.manifest.first)
      #expect(try bench.restore("copy-\(index)", from: archives).head.count == size)
    }
    let all = try readAll(LogReader(directory: bench.log, disk: PosixDisk()))
    let copy = try LogReader(directory: bench.path("copy-3"), disk: PosixDisk())
    #expect(try readAll(copy) == all)
    try bench.restore("then", from: archives, until: .offset(10))
    let then = try LogReader(directory: bench.path("then"), disk: PosixDisk())
    #expect(try readAll(then) == Array(all[...10]))
  }

  @Test func `increments that do not continue each other are refused`() throws {
    let bench = try ArchiveBench(records: 9)
    try bench.archive("0.tar")
    try bench.append(9..<14)
    try bench.archive("1.tar", since: 9)
    try bench.append(14..<25)
    try bench.archive("2.tar", since: 24)
    let other = try ArchiveBench(records: 3)
    try other.append(23..<35)
    let cases: [([String], String)] = [
      (["1.tar"], "the archives before it come first"), (["0.tar", "2.tar"], "does not continue"),
      (["0.tar", "1.tar", "0.tar"], "does not continue"),
    ]
    for (archives, what) in cases {
      do throws(LogError) {
        _ = try SnapshotRestore.run(
          bench.path("copy"), from: archives.map(bench.path), until: nil, jobs: 1)
        Issue.record("\(archives) were taken")
      } catch { #expect(error.status == 65 && error.message.contains(what), "\(error.message)") }
      #expect(try bench.isAbsent("copy"))
    }
    // The same log id, another history: what a restored copy that went on its own way would give.
    try other.archive("1.tar", since: 9)
    do throws(LogError) {
      _ = try SnapshotRestore.run(
        bench.path("copy"), from: [bench.path("0.tar"), other.path("1.tar")], until: nil, jobs: 1)
      Issue.record("a fork was taken")
    } catch { #expect([1, 65].contains(error.status), "\(error.message)") }
    #expect(try bench.isAbsent("copy"))
    try bench.restore("copy", from: ["0.tar", "1.tar"])
    #expect(throws: LogError.unfit(what: "the log has 25 records, and the increment begins at 26"))
    { try bench.archive("3.tar", since: 26) }
  }

  @Test func `what is archived while a writer appends and seals is whole each time`() throws {
    let bench = try ArchiveBench(records: 3)
    let writer = try LogWriter(
      directory: bench.log, disk: PosixDisk(), acknowledged: 3, options: ArchiveBench.options)
    for step in 0..<30 {
      // Some records wait for their sync.
      for number in 0..<step % 4 {
        _ = try writer.append(try prepare([[UInt8(number)]]), timestamp: 99_000_000)
      }
      try bench.archive("a.tar")
      let report = try bench.verify("a.tar")
      #expect(report.log.findings == [])
      // A segment that became full was written without a sync being asked for.
      #expect(report.manifest.size == writer.durable.head.count)
      try writer.sync()
    }
    try writer.close()
  }

  @Test func `a log that lost its end, or its middle, is not archived`() throws {
    let bench = try ArchiveBench()
    let segments = try PosixDisk().list(bench.log + "/segments")
    try PosixDisk().remove("\(bench.log)/segments/\(segments[1])")
    #expect(throws: LogError.self) {
      try bench.archive("a.tar")
      _ = try bench.restore("copy", from: ["a.tar"])
    }
    let short = try ArchiveBench()
    let last = "\(short.log)/segments/\(try #require(segments.last))"
    try PosixDisk().open(last, .update).truncate(to: 200)
    #expect(throws: LogError.self) { try short.archive("a.tar") }
  }

  @Test func `an encrypted log is archived without its key, and cut with it`() throws {
    let key = try #require(masterKey(7))
    let other = try #require(masterKey(8))
    let bench = try ArchiveBench(key: key)
    try bench.archive("a.tar")
    try bench.archive("b.tar")
    #expect(try bench.bytes("a.tar") == bench.bytes("b.tar"))
    #expect(try bench.members("a.tar")[2].name == "keys")
    #expect(try bench.verify("a.tar").log.unread == 14)
    #expect(try bench.verify("a.tar", key: key).log.unread == 0)
    #expect(throws: LogError.self) { try bench.verify("a.tar", key: other) }
    let all = try readAll(LogReader(directory: bench.log, disk: PosixDisk(), key: key))
    #expect(throws: LogError.self) { try bench.restore("copy", from: ["a.tar"]) }
    try bench.restore("copy", from: ["a.tar"], key: key)
    for last in [0, 3, 13] {
      let name = "copy-\(last)"
      try bench.restore(name, from: ["a.tar"], until: .offset(UInt64(last)), key: key)
      let copy = try LogReader(directory: bench.path(name), disk: PosixDisk(), key: key)
      #expect(try readAll(copy) == Array(all[...last]))
      try bench.archive("c.tar", until: .offset(UInt64(last)), key: key)
      #expect(try bench.verify("c.tar", key: key).log.good == UInt64(last + 1))
    }
    #expect(throws: LogError.self) { try bench.archive("c.tar", until: .offset(3)) }
    #expect(throws: LogError.self) {
      try bench.restore("no", from: ["a.tar"], until: .offset(3))
    }
    #expect(try bench.isAbsent("no"))
  }

  private func masterKey(_ byte: UInt8) -> MasterKey? {
    MasterKey([UInt8](repeating: byte, count: 32).span)
  }
}
