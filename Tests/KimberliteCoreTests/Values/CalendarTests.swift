// SPDX-License-Identifier: Apache-2.0
// Days, fields and interval arithmetic: every day counted one by one, and results of PostgreSQL 15.

import KimberliteCore
import Testing

struct CalendarTests {
  func instant(_ text: String) throws -> Int64 {
    guard case .integer(let instant) = try SQLType.timestamptz.parse(text) else { return 0 }
    return instant
  }

  func interval(_ text: String) throws -> Interval {
    guard case .blob(let bytes) = try SQLType.interval.parse(text) else { return .zero }
    return try #require(Interval(storage: bytes))
  }

  func show(_ instant: Int64) -> String { SQLType.timestamptz.format(.integer(instant)) }
  func show(_ interval: Interval) -> String { SQLType.interval.format(.blob(interval.storage)) }

  @Test func `every day of ten thousand years has its number`() {
    var number = Calendar.days.lowerBound
    var wrong = 0
    for year in 1...9999 {
      for month in 1...12 {
        for day in 1...Calendar.dayCount(year: year, month: month) {
          let date = Calendar.Civil(year: year, month: month, day: day)
          if Calendar.dayNumber(date) != number || Calendar.civil(number) != date { wrong += 1 }
          number += 1
        }
      }
    }
    #expect(wrong == 0)
    #expect(number == Calendar.days.upperBound + 1)
  }

  @Test(arguments: [
    ("2024-01-31T00:00:00Z", "1 month", "2024-02-29T00:00:00Z"),
    ("2023-03-31T10:00:00Z", "-1 month", "2023-02-28T10:00:00Z"),
    ("2024-02-29T00:00:00Z", "1 year", "2025-02-28T00:00:00Z"),
    ("2024-12-31T23:59:59.5Z", "0.5 seconds", "2025-01-01T00:00:00Z"),
    ("1970-01-01T00:00:00Z", "-00:00:00.000001", "1969-12-31T23:59:59.999999Z"),
    ("2024-01-31T12:00:00Z", "1 mon 1 day -13 hours", "2024-02-29T23:00:00Z"),
  ])
  func `an interval adds months, then days, then time`(at: String, by: String, want: String) throws
  {
    #expect(show(try Calendar.adding(interval(by), to: instant(at))) == want)
  }

  @Test func `what leaves the years 1 to 9999 is an error`() throws {
    let late = try instant("9999-12-31T00:00:00Z")
    let early = try instant("0001-01-01T00:00:00Z")
    for text in ["1 day", "1 month", "178000000 years", "2000000000 days"] {
      let step = try interval(text)
      #expect(throws: SQLError.self) { try Calendar.adding(step, to: late) }
      #expect(throws: SQLError.self) { try Calendar.subtracting(step, from: early) }
    }
  }

  @Test(arguments: [
    ("year", "2026"), ("month", "2"), ("day", "3"), ("hour", "10"), ("minute", "11"),
    ("second", "12.345678"), ("milliseconds", "12345.678"), ("microseconds", "12345678"),
    ("dow", "2"), ("isodow", "2"), ("doy", "34"), ("week", "6"), ("isoyear", "2026"),
    ("quarter", "1"), ("decade", "202"), ("century", "21"), ("millennium", "3"),
    ("epoch", "1770113472.345678"),
  ])
  func `fields are extracted as in PostgreSQL`(name: String, want: String) throws {
    let field = try #require(Calendar.Field(name: name))
    #expect(Calendar.extract(field, from: try instant("2026-02-03T10:11:12.345678Z"))?.text == want)
  }

  @Test(arguments: [
    ("2021-01-03T00:00:00Z", "53", "2020"), ("2024-12-30T00:00:00Z", "1", "2025"),
    ("1970-01-01T00:00:00Z", "1", "1970"), ("1969-12-28T23:00:00Z", "52", "1969"),
  ])
  func `weeks are those of ISO 8601`(at: String, week: String, year: String) throws {
    #expect(Calendar.extract(.week, from: try instant(at))?.text == week)
    #expect(Calendar.extract(.isoyear, from: try instant(at))?.text == year)
  }

  @Test(arguments: [
    ("second", "1969-05-17T10:11:12Z"), ("minute", "1969-05-17T10:11:00Z"),
    ("hour", "1969-05-17T10:00:00Z"), ("day", "1969-05-17T00:00:00Z"),
    ("week", "1969-05-12T00:00:00Z"), ("month", "1969-05-01T00:00:00Z"),
    ("quarter", "1969-04-01T00:00:00Z"), ("year", "1969-01-01T00:00:00Z"),
    ("decade", "1960-01-01T00:00:00Z"), ("century", "1901-01-01T00:00:00Z"),
    ("millennium", "1001-01-01T00:00:00Z"), ("milliseconds", "1969-05-17T10:11:12.345Z"),
  ])
  func `date_trunc cuts towards the past`(name: String, want: String) throws {
    let field = try #require(Calendar.Field(name: name))
    let cut = Calendar.truncate(try instant("1969-05-17T10:11:12.345678Z"), to: field)
    #expect(cut.map { show($0) } == want)
  }

  @Test func `intervals multiply as in PostgreSQL`() throws {
    #expect(show(try interval("1 month").multiplied(by: 0.5)) == "15 days")
    #expect(show(try interval("1 day").multiplied(by: 1.5)) == "1 day 12:00:00")
    #expect(show(try interval("1 year 1 day").multiplied(by: -1)) == "-1 years -1 days")
    #expect(show(try interval("1 hour").divided(by: 3)) == "00:20:00")
    #expect(throws: SQLError.self) { try interval("1 day").multiplied(by: 1e300) }
    #expect(throws: SQLError.self) { try interval("1 day").multiplied(by: .nan) }
    #expect(throws: SQLError.self) { try interval("1 day").divided(by: 0) }
  }

  @Test func `random intervals print and read back`() throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<5000 {
      let wanted = Interval(
        months: Int32.random(in: -100_000...100_000, using: &random)
          >> Int32.random(in: 0...20, using: &random),
        days: Int32.random(in: -100_000...100_000, using: &random)
          >> Int32.random(in: 0...20, using: &random),
        microseconds: Int64.random(in: -(1 << 50)...(1 << 50), using: &random)
          >> Int64.random(in: 0...50, using: &random))
      #expect(try interval(show(wanted)) == wanted)
    }
  }

  @Test func `random values print and read back`() throws {
    var random = SeededGenerator(seed: 4)
    for _ in 0..<20_000 {
      let bits = random.next()
      for value in [Double(bitPattern: bits), Double(Int64(bitPattern: bits) >> 20) / 1000]
      where !value.isNaN {
        let text = SQLType.double.format(.real(value))
        #expect(try SQLType.double.parse(text) == .real(value), "\(text)")
      }
      let single = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
      if !single.isNaN {
        let text = SQLType.real.format(.real(Double(single)))
        #expect(try SQLType.real.parse(text) == .real(Double(single)), "\(text)")
      }
      for (type, range) in [
        (SQLType.date, Calendar.days), (.timestamptz, Calendar.instants),
        (.timestamp, Calendar.instants), (.time, 0...Calendar.day), (.bigint, .min ... .max),
      ] {
        let value = Value.integer(Int64.random(in: range, using: &random))
        #expect(try type.parse(type.format(value)) == value)
      }
      let bytes = (0..<16).map { UInt8(truncatingIfNeeded: random.next() >> ($0 * 4)) }
      for type in [SQLType.uuid, .bytea] {
        #expect(try type.parse(type.format(.blob(bytes))) == .blob(bytes))
      }
    }
  }

  @Test(arguments: [
    (SQLType.integer, SQLType.double, Value.real(2.5), "2"), (.integer, .double, .real(3.5), "4"),
    (.integer, .numeric(precision: nil, scale: nil), .text("2.5"), "3"),
    (.numeric(precision: 5, scale: 1), .double, .real(0.25), "0.3"),
    (.text, .boolean, .integer(1), "true"), (.text, .char(count: 3), .text("a  "), "a"),
    (.date, .timestamptz, .integer(-1), "1969-12-31"),
    (.timestamptz, .date, .integer(1), "1970-01-02T00:00:00Z"),
    (.boolean, .integer, .integer(5), "true"), (.varchar(limit: 2), .text, .text("abc"), "ab"),
    (.real, .double, .real(0.1), "0.1"), (.interval, .text, .text("1 day"), "1 day"),
    (.bigint, .text, .text(" 7 "), "7"),
  ])
  func `values are cast as in PostgreSQL`(to: SQLType, from: SQLType, value: Value, want: String)
    throws
  {
    #expect(to.format(try to.coerce(value, from: from)) == want)
  }

  @Test(arguments: [
    (SQLType.smallint, SQLType.integer, Value.integer(40_000), "22003"),
    (.integer, .double, .real(.nan), "22003"), (.integer, .double, .real(3e9), "22003"),
    (.boolean, .double, .real(1), "42846"), (.date, .integer, .integer(1), "42846"),
    (.real, .double, .real(1e300), "22003"), (.uuid, .text, .text("x"), "22P02"),
    (.numeric(precision: 3, scale: 1), .integer, .integer(100), "22003"),
    (.interval, .integer, .integer(1), "42846"), (.json, .text, .text("{"), "22P02"),
  ])
  func `a cast that cannot be is refused`(to: SQLType, from: SQLType, value: Value, code: String) {
    let error = #expect(throws: SQLError.self) { try to.coerce(value, from: from) }
    #expect(error?.state.code == code)
  }
}
