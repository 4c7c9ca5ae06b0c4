// SPDX-License-Identifier: Apache-2.0
// Valid statements, mutated by token and by byte: the parser answers, and points into the text.

import KimberliteCore
import Testing

/// SplitMix64: small, seeded, the same everywhere.
private struct Random: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

private let seedStatements = [
  "SELECT DISTINCT a, t.*, count(*) FILTER (WHERE b) FROM t AS OF OFFSET 5 AS t , u x",
  "WITH a ( b ) AS ( SELECT 1 ) SELECT * FROM a LEFT JOIN c USING ( d ) WHERE e IN ( 1 , 2 )",
  "SELECT CASE WHEN a THEN 'b' ELSE E'\\n' END :: text , CAST ( c AS numeric ( 5 , 2 ) )",
  "SELECT 1 UNION ALL ( SELECT 2 ) INTERSECT VALUES ( 3 ) ORDER BY 1 DESC NULLS LAST LIMIT 4",
  "SELECT * FROM p FOR SYSTEM_TIME BETWEEN OFFSET 1 AND TIMESTAMP '2026-01-01' q",
  "INSERT INTO t ( a , b ) VALUES ( 1 , DEFAULT ) ON CONFLICT ( a ) DO UPDATE SET b = $1",
  "UPDATE t SET a = :x , b = DEFAULT FROM u WHERE NOT a IS NULL RETURNING *",
  "DELETE FROM t USING u WHERE a BETWEEN - 1 AND + 2 OR b LIKE 'x' ESCAPE '!'",
  "CREATE TABLE t ( a bigint PRIMARY KEY , b text DEFAULT $$x$$ NOT NULL CHECK ( b <> '' ) )",
  "CREATE TABLE t ( a int REFERENCES u ( v ) ON DELETE RESTRICT , UNIQUE ( a ) )",
  "ALTER TABLE t ADD COLUMN IF NOT EXISTS a timestamp with time zone",
  "SELECT extract ( year FROM d ) , trim ( both 'x' FROM y ) , position ( a IN b ) , X'00'",
]

/// One mutated script for a seed; the parser must end, without a trap, inside the text.
private func fuzzParser(seed: UInt64) {
  var random = Random(state: seed)
  var words = seedStatements[Int(random.next() % UInt64(seedStatements.count))].split(
    separator: " ")
  for _ in 0..<Int.random(in: 1...6, using: &random) {
    let i = Int.random(in: 0..<words.count, using: &random)
    let j = Int.random(in: 0..<words.count, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0 where words.count > 1: words.remove(at: i)
    case 1: words.insert(words[i], at: j)
    case 2: words.swapAt(i, j)
    case 3:
      let other = seedStatements.randomElement(using: &random) ?? ""
      words.insert(contentsOf: other.split(separator: " ").prefix(j + 1), at: i)
    default:
      words.insert(
        ["(", ")", ";", ",", ".", "'", "--", "/*"].randomElement(using: &random) ?? ";", at: i)
    }
  }
  var bytes = Array(words.joined(separator: Bool.random(using: &random) ? " " : "  ").utf8)
  for _ in 0..<Int.random(in: 0...3, using: &random) {
    let i = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<3, using: &random) {
    case 0 where bytes.count > 1: bytes.remove(at: i)
    case 1: bytes[i] = UInt8.random(in: 0...255, using: &random)
    default: bytes.insert(bytes[i], at: i)
    }
  }
  check(String(decoding: bytes, as: UTF8.self), seed)
}

private func check(_ text: String, _ seed: UInt64) {
  let length = text.utf8.count
  var parser = Parser(text)
  var rounds = 0
  while true {
    rounds += 1
    guard rounds <= length + 1 else {
      Issue.record("no end, seed \(seed)")
      return
    }
    do throws(SQLError) {
      guard let parsed = try parser.next() else { break }
      let isInside = parsed.range.lowerBound >= 0 && parsed.range.upperBound <= length
      #expect(isInside && !parsed.range.isEmpty, "seed \(seed)")
    } catch {
      #expect((0...length).contains(error.position ?? -1), "seed \(seed): \(error.message)")
      #expect(!error.render(in: text).isEmpty)
    }
  }
  _ = Parser.isComplete(text)
  _ = try? Parser.parseExpression(text)
}

@Suite struct ParserFuzzTests {
  @Test func `mutated statements never trap and errors point into the text`() {
    for seed in 0..<5000 { fuzzParser(seed: UInt64(seed)) }
  }
}
