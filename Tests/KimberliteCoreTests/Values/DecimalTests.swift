// SPDX-License-Identifier: Apache-2.0
// Decimal arithmetic against results of PostgreSQL 15 and, at random, against Int128.

import KimberliteCore
import Testing

/// SplitMix64 (Steele, Lea, Flood 2014): a seed replays a test exactly.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}

struct DecimalTests {
  func decimal(_ text: String) -> Decimal { Decimal(parsing: text) ?? Decimal(0) }

  /// The text of a result, or its SQLSTATE.
  func text(_ body: () throws(SQLError) -> Decimal) -> String {
    do throws(SQLError) { return try body().text } catch { return error.state.code }
  }

  @Test(arguments: [
    ("1", "3", "0.33333333333333333333"), ("10", "3", "3.3333333333333333"),
    ("2", "3", "0.66666666666666666667"), ("-2", "3", "-0.66666666666666666667"),
    ("1", "8", "0.12500000000000000000"), ("100", "7", "14.2857142857142857"),
    ("1.00", "4", "0.25000000000000000000"), ("12345.678", "0.01", "1234567.800000000000"),
    ("1", "7000", "0.00014285714285714286"), ("0", "5", "0.00000000000000000000"),
    ("5", "0", "22012"), ("99999999999999999999", "3", "33333333333333333333"),
  ])
  func `division has the scale of PostgreSQL`(a: String, b: String, want: String) {
    #expect(text { () throws(SQLError) in try decimal(a).divided(by: decimal(b)) } == want)
  }

  @Test(arguments: [
    ("1.10", "2.2", "3.30", "-1.10", "2.420"), ("0", "0.00", "0.00", "0.00", "0.00"),
    ("-5", "3.25", "-1.75", "-8.25", "-16.25"),
    (
      "99999999999999999999999999999999999999", "1", "22003",
      "99999999999999999999999999999999999998", "99999999999999999999999999999999999999"
    ),
    (
      "99999999999999999999999999999999999999", "-99999999999999999999999999999999999999", "0",
      "22003", "22003"
    ),
    (
      "1.00000000000000000001", "1.00000000000000000001", "2.00000000000000000002",
      "0.00000000000000000000", "1.0000000000000000000200000000000000000"
    ),
  ])
  func `sums, differences and products`(
    a: String, b: String, sum: String, difference: String, product: String
  ) {
    #expect(text { () throws(SQLError) in try decimal(a).adding(decimal(b)) } == sum)
    #expect(text { () throws(SQLError) in try decimal(a).subtracting(decimal(b)) } == difference)
    #expect(text { () throws(SQLError) in try decimal(a).multiplied(by: decimal(b)) } == product)
  }

  @Test(arguments: [
    ("2.5", 0, "3", "2"), ("-2.5", 0, "-3", "-2"), ("2.449", 1, "2.4", "2.4"),
    ("150", -2, "200", "100"), ("1.5", 3, "1.500", "1.500"), ("49", -2, "0", "0"),
    ("0.5", 0, "1", "0"), ("7", -50, "0", "0"), ("7", Int.min, "0", "0"),
    ("7", Int.max, "22003", "22003"),
  ])
  func `rounding is half away from zero`(a: String, scale: Int, round: String, cut: String) {
    #expect(text { () throws(SQLError) in try decimal(a).rounded(toScale: scale) } == round)
    #expect(text { () throws(SQLError) in try decimal(a).truncated(toScale: scale) } == cut)
  }

  @Test(arguments: [
    ("7", "3", "1"), ("-7", "3", "-1"), ("7.5", "-2", "1.5"), ("1.25", "0.5", "0.25"),
    ("1", "0", "22012"),
  ])
  func `the remainder has the sign of the dividend`(a: String, b: String, want: String) {
    #expect(
      text { () throws(SQLError) in try decimal(a).remainder(dividingBy: decimal(b)) } == want)
  }

  @Test func `random decimals agree with whole numbers`() throws {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<20_000 {
      let scales = (Int.random(in: 0...6, using: &random), Int.random(in: 0...6, using: &random))
      let bound = Int64(1) << Int64.random(in: 1...40, using: &random)
      let a = Decimal(
        coefficient: Int128(Int64.random(in: -bound...bound, using: &random)), scale: scales.0)
      let b = Decimal(
        coefficient: Int128(Int64.random(in: -bound...bound, using: &random)), scale: scales.1)
      // Both as whole numbers of millionths.
      func millionths(_ value: Decimal) throws -> Int128 {
        try value.rounded(toScale: 6).coefficient
      }
      let (x, y) = (try millionths(a), try millionths(b))
      #expect(try millionths(a.adding(b)) == x + y)
      #expect(try millionths(a.subtracting(b)) == x - y)
      #expect(try a.multiplied(by: b).rounded(toScale: 12).coefficient == x * y)
      let order = x == y ? 0 : x < y ? -1 : 1
      #expect(a.compare(b) == order)
      #expect(Decimal.compareTexts(Array(a.text.utf8).span, Array(b.text.utf8).span) == order)
      #expect(Decimal(canonical: a.text) == a)
      #expect(Decimal(parsing: a.text) == a)
      guard y != 0 else { continue }
      #expect(try millionths(a.remainder(dividingBy: b)) == x % y)
      let quotient = try a.divided(by: b).doubleValue
      let reference = Double(x) / Double(y)
      #expect(abs(quotient - reference) <= abs(reference) * 1e-14 + 1e-15, "\(a.text) / \(b.text)")
    }
  }

  @Test func `division of 38 digits is exact to half a unit`() throws {
    var random = SeededGenerator(seed: 2)
    let limit = (0..<38).reduce(Int128(1)) { power, _ in power * 10 }
    for _ in 0..<2000 {
      let shift = Int128.random(in: 0..<120, using: &random)
      let a = Decimal(
        coefficient: Int128.random(in: 0..<limit, using: &random) >> shift,
        scale: Int.random(in: 0...38, using: &random))
      let b = Decimal(
        coefficient: Int128.random(in: 1..<limit, using: &random),
        scale: Int.random(in: 0...38, using: &random))
      guard let quotient = try? a.divided(by: b) else { continue }
      let reference = a.doubleValue / b.doubleValue
      let unit = Double("1e-\(quotient.scale)") ?? 0
      #expect(
        abs(quotient.doubleValue - reference) <= unit + reference * 1e-12,
        "\(a.text) / \(b.text) = \(quotient.text)")
    }
  }

  @Test func `doubles convert by fifteen digits`() throws {
    func text(_ value: Double, _ source: SQLType = .double) throws -> Value {
      try SQLType.numeric(precision: nil, scale: nil).coerce(.real(value), from: source)
    }
    #expect(try text(0.1 + 0.2) == .text("0.3"))
    #expect(try text(1e20) == .text("100000000000000000000"))
    #expect(try text(123_456_789_012_345_680.0) == .text("123456789012346000"))
    #expect(try text(-1.5e-7) == .text("-0.00000015"))
    #expect(try text(1e60) == .text("1" + String(repeating: "0", count: 60)))
    #expect(try text(Double(Float(0.1)), .real) == .text("0.1"))
    #expect(throws: SQLError.self) { try text(.infinity) }
  }

  @Test(arguments: [
    ("-1", "1", -1), ("-10", "-9", -1), ("10", "9", 1), ("1.5", "1.50", 0), ("0", "0.00", 0),
    ("0.1", "0.01", 1), ("-0.1", "-0.01", -1), ("1", "1.01", -1), ("-1", "-1.01", 1),
  ])
  func `canonical texts order by value`(a: String, b: String, want: Int) {
    #expect(Decimal.compareTexts(Array(a.utf8).span, Array(b.utf8).span) == want)
    #expect(Decimal.compareTexts(Array(b.utf8).span, Array(a.utf8).span) == -want)
  }

  @Test func `digits beyond what fits are refused, not lost`() {
    let long = "0." + String(repeating: "1", count: 39)
    #expect(Decimal(parsing: long) == nil)
    #expect((try? SQLType.numeric(precision: nil, scale: nil).parse(long)) == .text(long))
    #expect(
      (try? SQLType.numeric(precision: 5, scale: 2).parse(long)) == .text("0.11"))
    #expect(Decimal(parsing: "1e37")?.text == "1" + String(repeating: "0", count: 37))
    #expect(Decimal(parsing: "1e38") == nil)
    #expect(Decimal(parsing: "0e999999999999")?.text == "0")
    for bad in ["", ".", "-", "1e", "1.2.3", "+-1", "1 2", "0x10", "١"] {
      #expect(Decimal(parsing: bad) == nil)
    }
  }
}
