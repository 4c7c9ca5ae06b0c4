// SPDX-License-Identifier: Apache-2.0
// Archives that accident, haste or malice made: cut, flipped, shuffled, and tars that would write
// where they must not. None is taken, none leaves anything.

import Kimberlite
import KimberliteArchive
import KimberliteCore
import Testing

@Suite struct HostileArchiveTests {
  private let bench: ArchiveBench
  private let good: [UInt8]
  private let members: [TarMember]

  init() throws {
    bench = try ArchiveBench(records: 9)
    try bench.archive("a.tar")
    good = try bench.bytes("a.tar")
    members = try bench.members("a.tar")
  }

  /// Where the headers are.
  private var starts: [Int] {
    members.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.encoded.count) }.dropLast()
  }

  /// Expects that an archive is refused by verification and restoration alike, with one status.
  private func expectRefused(
    _ bytes: [UInt8], _ status: Int32?, _ what: String = "",
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    try bench.write("bad.tar", bytes)
    var verified: Int32 = 0
    do throws(LogError) {
      let report = try SnapshotFile(path: bench.path("bad.tar")).verify(jobs: 1) { _, _ in }
      verified = report.log.isGood ? 0 : 1
    } catch {
      verified = error.status
      #expect(error.message.contains(what), "\(error.message)", sourceLocation: sourceLocation)
    }
    var restored: Int32 = 0
    do throws(LogError) {
      _ = try SnapshotRestore.run(
        bench.path("copy"), from: [bench.path("bad.tar")], until: nil, jobs: 1)
    } catch { restored = error.status }
    #expect(verified != 0 && restored != 0, "it was taken", sourceLocation: sourceLocation)
    if let status {
      #expect(verified == status, "\(verified)", sourceLocation: sourceLocation)
      #expect(restored == status, "\(restored)", sourceLocation: sourceLocation)
    }
    #expect(try bench.isAbsent("copy"), sourceLocation: sourceLocation)
  }

  @Test func `the hand-made tar is as good as libarchive's`() throws {
    try bench.write("made.tar", TarMember.archive(members))
    #expect(try bench.verify("made.tar").log.isGood)
    try bench.restore("copy", from: ["made.tar"])
  }

  // Evidence: R70
  @Test func `an archive that was cut anywhere is refused`() throws {
    var step = 1
    for count in stride(from: 0, to: good.count, by: 97) {
      try expectRefused(Array(good[..<count]), nil)
      step += 1
    }
    #expect(step > 50)
    // Without content in it, it is no archive; with some, it is a damaged one.
    try expectRefused([], 65)
    // A pax header says nothing that a plain one does not.
    let pax = TarMember(name: "x", content: Array("14 comment=hi\n".utf8), type: 0x78)
    try expectRefused(TarMember.archive([pax] + members), 65)
    try expectRefused(Array(good[..<(good.count - 1)]), 1, "ends before the end")
  }

  // Evidence: R70
  @Test func `a flipped bit anywhere is seen`() throws {
    let headers = Set(starts.flatMap { $0 + 148..<$0 + 156 })
    // How a header's own checksum is spelled is all that readers are free in.
    for position in stride(from: 0, to: good.count, by: 53) where !headers.contains(position) {
      var bytes = good
      bytes[position] ^= 1 << UInt8(position % 8)
      try expectRefused(bytes, nil)
    }
  }

  @Test func `an archive in another order, or with too much or too little, is refused`() throws {
    var swapped = members
    swapped.swapAt(1, 2)
    try expectRefused(TarMember.archive(swapped), 65)
    try expectRefused(TarMember.archive(members.reversed()), 65)
    for index in members.indices {
      var fewer = members
      fewer.remove(at: index)
      try expectRefused(TarMember.archive(fewer), nil)
      var twice = members
      twice.insert(members[index], at: index)
      try expectRefused(TarMember.archive(twice), 65)
    }
    try expectRefused(TarMember.archive(members) + [1], 1, "after the end")
    try expectRefused(TarMember.archive(members + [TarMember(name: "vkey", content: [])]), 65)
    try expectRefused(Array("PK\u{3}\u{4} no tar at all".utf8), 65, "no tar")
  }

  // Evidence: A2
  @Test(arguments: [
    "../evil", "/tmp/evil", "segments/../../evil", "./checkpoint", "segments/", "segments",
    "lock", "signing.key", "view.sqlite", "checkpoint.tmp", "anchors/../x", "anchors/x/y",
    "anchors/.x", "orders/x.tmp", "segments/1.kbl", "segments/0000000000000000000a.kbl",
    "accesses/accesses/checkpoint", "accesses/kimberlite/MANIFEST", "kimberlite/manifest",
    "anchors/a b", "anchors/\u{e9}", "CHECKPOINT", "tree/0",
  ]) func `a name that is none of a log's is refused`(name: String) throws {
    let stranger = TarMember(name: name, content: Array("evil".utf8))
    for place in 0...members.count {
      var more = members
      more.insert(stranger, at: place)
      try expectRefused(TarMember.archive(more), 65)
    }
  }

  @Test func `links, devices, folders and holes are refused whatever they are named`() throws {
    for type in "1234567SLx".utf8 where type != UInt8(ascii: "7") {
      let name = type == UInt8(ascii: "x") ? "pax" : "vkey"
      var more = members
      more.insert(
        TarMember(name: name, content: [], type: type, link: "/etc/passwd"), at: 1)
      try expectRefused(TarMember.archive(more), nil)
    }
  }

  @Test func `a size that is not there takes neither memory nor disk`() throws {
    for (index, member) in members.enumerated() {
      for size in [1 << 32, 0o77_777_777_777] {
        var huge = members
        huge[index] = TarMember(name: member.name, content: member.content, size: size)
        try expectRefused(TarMember.archive(huge), nil)
      }
    }
  }

  @Test func `a manifest that says what is not so is refused`() throws {
    let text = String(decoding: members[members.count - 1].content, as: UTF8.self)
    let forgeries = [
      ("\"format\":1", "\"format\":2"), ("\"size\":9", "\"size\":8"),
      ("\"size\":9", "\"size\":09"), ("\"complete\":true", "\"complete\":false"),
      ("\"first\":0", "\"first\":1"), ("\"type\":\"file\"", "\"type\": \"file\""),
      ("\"bytes\":", "\"bytes\":1"), ("}\n", "}\n\n"), ("\"root\":\"", "\"root\":\"0"),
      (testLogID.hex, String(repeating: "7", count: 32)), ("1970", "1971"),
    ]
    for (old, new) in forgeries {
      let forged = text.replacing(old, with: new, maxReplacements: 1)
      #expect(forged != text, "\(old)")
      var changed = members
      changed[members.count - 1].content = Array(forged.utf8)
      try expectRefused(TarMember.archive(changed), nil)
    }
  }

  @Test func `records of another log under this one's manifest are seen`() throws {
    let other = try ArchiveBench(records: 8)
    try other.archive("b.tar")
    var changed = members
    for member in try other.members("b.tar") {
      if let index = members.firstIndex(where: { $0.name == member.name }),
        member.name.hasPrefix("segments/")
      {
        changed[index].content = member.content
      }
    }
    try expectRefused(TarMember.archive(changed), nil)
  }
}
