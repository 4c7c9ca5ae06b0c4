// SPDX-License-Identifier: Apache-2.0
// Time zones from bytes: a file made by hand, rules, and anything else, which is refused.

import KimberliteCore
import Testing

@Suite struct TimeZoneTests {
  /// A TZif file of version 2 with one change, at 1970-01-02, from UTC to an hour east of it.
  private static func file(footer: String) -> [UInt8] {
    func block(_ timeSize: Int) -> [UInt8] {
      let counts: [UInt8] = [0, 0, 0, 1, 2, 4]
      var bytes = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
      for count in counts { bytes += [0, 0, 0, count] }
      bytes += [UInt8](repeating: 0, count: timeSize - 4) + [0, 1, 0x51, 0x80]
      bytes += [1]
      bytes += [0, 0, 0, 0, 0, 0]
      bytes += [0, 0, 0x0E, 0x10, 0, 0]
      return bytes + Array("ABC\0".utf8)
    }
    return block(4) + block(8) + Array("\n\(footer)\n".utf8)
  }

  private func read(_ bytes: [UInt8]) -> TimeZone? { TimeZone(tzif: bytes.span) }

  private static let hour: Int64 = 3_600_000_000
  private static let day: Int64 = 24 * hour

  @Test func `a zone changes when its file says so`() throws {
    let zone = try #require(read(Self.file(footer: "")))
    #expect(try zone.local(0) == 0)
    #expect(try zone.local(Self.day - 1) == Self.day - 1)
    #expect(try zone.local(Self.day) == Self.day + Self.hour)
    // The hour that the clocks skipped counts as before them.
    #expect(try zone.instant(local: Self.day + Self.hour / 2) == Self.day + Self.hour / 2)
    #expect(try zone.instant(local: Self.day + Self.hour) == Self.day)
  }

  @Test(arguments: [
    ("UTC0", "2026-07-01", 0), ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-07-01", 2),
    ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-01-01", 1),
    ("CET-1CEST,M3.5.0,M10.5.0/3", "9000-07-01", 2),
    ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01", 11), ("<+03>-3", "2026-01-01", 3),
    ("EST5EDT", "2026-07-01", -4), ("+02", "2026-07-01", -2),
    ("XXX4YYY,J60/0,J300", "2026-03-02", -3),
    ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01", 0), ("XXX3YYY,59/0,299", "2026-02-28", -3),
  ])
  func `a rule holds every year`(rule: String, date: String, hours: Int64) throws {
    let zone = try #require(TimeZone(rule: rule))
    guard case .integer(let instant) = try SQLType.timestamptz.parse(date) else { return }
    #expect(try zone.local(instant) - instant == hours * Self.hour)
    #expect(try zone.instant(local: try zone.local(instant)) == instant)
  }

  @Test(arguments: ["", "A", "A25", "A1B,", "A1B,M13.1.0,M1.1.0", "A1B,J366,J1", "<A1", "A1 "])
  func `what is no rule is refused`(rule: String) { #expect(TimeZone(rule: rule) == nil) }

  @Test func `a file that is cut or changed is refused or read, and nothing worse`() throws {
    let good = Self.file(footer: "CET-1CEST,M3.5.0,M10.5.0/3")
    #expect(read(good) != nil)
    for count in 0..<good.count {
      #expect(read(Array(good.prefix(count))) == nil, "\(count) bytes")
    }
    var random = SeededGenerator(seed: 8)
    for _ in 0..<20_000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      guard let zone = read(bytes) else { continue }
      let instant = Int64.random(in: Calendar.instants, using: &random)
      guard let local = try? zone.local(instant) else { continue }
      _ = try? zone.instant(local: local)
    }
  }
}
