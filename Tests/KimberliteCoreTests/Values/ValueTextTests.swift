// SPDX-License-Identifier: Apache-2.0
// Text forms of values against what PostgreSQL 15 reads and prints.

import KimberliteCore
import Testing

struct ValueTextTests {
  /// The output of what `text` reads as, or the error.
  func round(_ type: SQLType, _ text: String) -> String {
    do throws(SQLError) { return type.format(try type.parse(text)) } catch {
      return "\(error.state.code) \(error.message)"
    }
  }

  @Test(arguments: [
    (SQLType.boolean, " Yes ", "true"), (.boolean, "0", "false"),
    (.boolean, "2", "22P02 \"2\" is not a BOOLEAN (want true or false)"),
    (.integer, " -42 ", "-42"), (.integer, "abc", "22P02 \"abc\" is not an INTEGER"),
    (.smallint, "32768", "22003 \"32768\" is out of range for SMALLINT"),
    (.bigint, "-9223372036854775808", "-9223372036854775808"),
    (.bigint, "9223372036854775808", "22003 \"9223372036854775808\" is out of range for BIGINT"),
    (.numeric(precision: nil, scale: nil), "1.50", "1.50"),
    (.numeric(precision: nil, scale: nil), "-1.5e3", "-1500"),
    (.numeric(precision: nil, scale: nil), ".5", "0.5"),
    (.numeric(precision: nil, scale: nil), "-0.00", "0.00"),
    (.numeric(precision: nil, scale: nil), "1e-3", "0.001"),
    (.numeric(precision: 5, scale: 2), "123.455", "123.46"),
    (.numeric(precision: 5, scale: 2), "-123.455", "-123.46"),
    (
      .numeric(precision: 5, scale: 2), "999.995",
      "22003 \"999.995\" is out of range for NUMERIC(5,2)"
    ),
    (.numeric(precision: 5, scale: nil), "1.5", "2"),
    (.numeric(precision: nil, scale: nil), "NaN", "0A000 \"NaN\" is not supported in NUMERIC"),
    (.double, "1.5", "1.5"), (.double, "1e20", "1e+20"), (.double, "100", "100"),
    (.double, "1e15", "1e+15"), (.double, "123456789012345", "123456789012345"),
    (.double, "0.00001", "1e-05"), (.double, "0.0001", "0.0001"), (.double, "-0", "0"),
    (.double, "nan", "0A000 NaN is not supported"), (.double, "-inf", "-Infinity"),
    (.double, "0.1", "0.1"),
    (.double, "1e400", "22003 \"1e400\" is out of range for DOUBLE PRECISION"),
    (.double, "1e-400", "22003 \"1e-400\" is out of range for DOUBLE PRECISION"),
    (.real, "0.1", "0.1"), (.real, "1000000", "1e+06"), (.real, "16777217", "1.6777216e+07"),
    (.varchar(limit: 3), "äöü", "äöü"),
    (.varchar(limit: 3), "abcd", "22001 value of 4 characters is too long for VARCHAR(3)"),
    (.varchar(limit: 3), "abc  ", "abc"), (.char(count: 4), "ab", "ab  "),
    (.bytea, "\\x00FF", "\\x00ff"),
    (
      .uuid, "A0EEBC999C0B4EF8BB6D6BB9BD380A11",
      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    ),
    (.json, " {\"a\": [1, 2]} ", "{\"a\": [1, 2]}"),
  ])
  func `text reads and prints as in PostgreSQL`(type: SQLType, text: String, want: String) {
    #expect(round(type, text) == want)
  }

  static let types: [SQLType] = [
    .boolean, .smallint, .integer, .bigint, .real, .double, .numeric(precision: nil, scale: nil),
    .numeric(precision: 38, scale: 38), .numeric(precision: 5, scale: 2), .text,
    .varchar(limit: 3), .char(count: 3), .bytea, .date, .time, .timestamp, .timestamptz, .interval,
    .uuid, .json, .jsonb,
  ]

  @Test func `whatever the text, it reads and prints or is refused`() throws {
    var random = SeededGenerator(seed: 6)
    let pieces = [
      "1", "0", "999999999999", "-", "+", ".", "e", "E", ":", " ", "T", "Z", "P", "Y", "M", "D",
      "year", "mons", "ago", "\\x", "ff", "2024-02-29", "23:59:60", "24:00", ".9999999", "+15",
      "nan", "inf", "true", "{", "}", "[", "]", "\"", "é", "millennium", "1e38", "0.00000000001",
    ]
    for round in 0..<30_000 {
      let text = (0..<Int.random(in: 0...7, using: &random)).map { _ in
        pieces.randomElement(using: &random) ?? ""
      }.joined()
      let type = Self.types[round % Self.types.count]
      guard let value = try? type.parse(text) else { continue }
      // What was printed reads as the same value; by its text, for NaN is not equal to itself.
      let printed = type.format(value)
      #expect(try type.format(type.parse(printed)) == printed, "\(type.sqlName) of \"\(text)\"")
    }
  }

  @Test func `an endless interval is refused, not summed beyond its range`() {
    let text = String(repeating: "999999999999 millennia ", count: 2000)
    #expect(throws: SQLError.self) { try SQLType.interval.parse(text) }
    let days = String(repeating: "999999999999 weeks ", count: 2_000_000)
    #expect(throws: SQLError.self) { try SQLType.interval.parse(days) }
  }

  @Test(arguments: [
    (SQLType.date, "2024-02-29", "2024-02-29"),
    (.date, "31/02/1980", "22007 \"31/02/1980\" is not a DATE (want YYYY-MM-DD)"),
    (.date, "2023-02-29", "22008 \"2023-02-29\" is not a DATE (want YYYY-MM-DD)"),
    (.date, "0001-01-01", "0001-01-01"), (.date, "9999-12-31", "9999-12-31"),
    (.time, "10:00", "10:00:00"), (.time, "23:59:59.123456", "23:59:59.123456"),
    (.time, "24:00:00", "24:00:00"),
    (.timestamptz, "2026-02-03T10:00:00Z", "2026-02-03T10:00:00Z"),
    (.timestamptz, "2026-02-03 10:00:00+02", "2026-02-03T08:00:00Z"),
    (.timestamptz, "2026-02-03T10:00:00.1234567-05:30", "2026-02-03T15:30:00.123457Z"),
    (.timestamptz, "2026-02-03", "2026-02-03T00:00:00Z"),
    (
      .timestamptz, "9999-12-31T23:59:59-01",
      "22008 \"9999-12-31T23:59:59-01\" is out of range for TIMESTAMPTZ"
    ),
    (.timestamp, "1969-12-31 23:59:59.5", "1969-12-31T23:59:59.5"),
    (.interval, "1 year 2 mons 3 days 04:05:06.7", "1 year 2 mons 3 days 04:05:06.7"),
    (.interval, "3 hours", "03:00:00"), (.interval, "-1 day", "-1 days"),
    (.interval, "P1Y2M3DT4H5M6S", "1 year 2 mons 3 days 04:05:06"),
    (.interval, "1 mon -1 day 2 hours", "1 mon -1 days +02:00:00"),
    (.interval, "2 weeks ago", "-14 days"), (.interval, "1.5 months", "1 mon 15 days"),
    (.interval, "0", "00:00:00"), (.interval, "-00:00:01.5", "-00:00:01.5"),
    (.interval, "1-2", "1 year 2 mons"),
    (.interval, "-2562047788:00:54.775808", "-2562047788:00:54.775808"),
  ])
  func `dates and times read and print`(type: SQLType, text: String, want: String) {
    #expect(round(type, text) == want)
  }
}
