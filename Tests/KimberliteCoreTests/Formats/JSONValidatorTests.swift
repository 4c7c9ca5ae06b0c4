// SPDX-License-Identifier: Apache-2.0
// The JSON scanner against a slow recursive checker that shares no code with it, and against the
// cases of RFC 8259 that parsers get wrong (after Seriot, "Parsing JSON is a Minefield").

import KimberliteCore
import Testing

/// Accepts what RFC 8259 accepts, less U+0000, lone surrogates and more than 128 levels.
private struct SlowChecker {
  let bytes: [UInt8]
  var at = 0

  static func accepts(_ bytes: [UInt8]) -> Bool {
    guard String(validating: bytes, as: UTF8.self) != nil else { return false }
    var checker = SlowChecker(bytes: bytes)
    checker.blanks()
    guard checker.value(depth: 0) else { return false }
    checker.blanks()
    return checker.at == bytes.count
  }

  var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

  mutating func blanks() {
    while let byte, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { at += 1 }
  }

  mutating func take(_ text: String) -> Bool {
    guard bytes[at...].starts(with: text.utf8) else { return false }
    at += text.utf8.count
    return true
  }

  mutating func value(depth: Int) -> Bool {
    if take("true") || take("false") || take("null") { return true }
    if byte == UInt8(ascii: "\"") { return string() }
    if byte == UInt8(ascii: "[") { return list("[", "]", depth) { $0.value(depth: depth + 1) } }
    if byte == UInt8(ascii: "{") {
      return list("{", "}", depth) { checker in
        guard checker.byte == UInt8(ascii: "\""), checker.string() else { return false }
        checker.blanks()
        guard checker.take(":") else { return false }
        checker.blanks()
        return checker.value(depth: depth + 1)
      }
    }
    return number()
  }

  mutating func list(
    _ open: String, _ close: String, _ depth: Int, _ item: (inout SlowChecker) -> Bool
  ) -> Bool {
    guard depth < 128, take(open) else { return false }
    blanks()
    if take(close) { return true }
    while true {
      blanks()
      guard item(&self) else { return false }
      blanks()
      if take(close) { return true }
      guard take(",") else { return false }
    }
  }

  mutating func digits() -> Bool {
    let start = at
    while let byte, (0x30...0x39).contains(byte) { at += 1 }
    return at > start
  }

  mutating func number() -> Bool {
    _ = take("-")
    if !take("0") {
      guard byte != UInt8(ascii: "0"), digits() else { return false }
    }
    if take(".") && !digits() { return false }
    if take("e") || take("E") {
      if !take("-") { _ = take("+") }
      return digits()
    }
    return true
  }

  mutating func unit() -> UInt32? {
    guard take("\\u"), at + 4 <= bytes.count else { return nil }
    let hex = String(decoding: bytes[at..<(at + 4)], as: UTF8.self)
    guard hex.allSatisfy(\.isHexDigit) else { return nil }
    at += 4
    return UInt32(hex, radix: 16)
  }

  mutating func string() -> Bool {
    at += 1
    while let byte {
      if byte < 0x20 { return false }
      if byte == UInt8(ascii: "\"") {
        at += 1
        return true
      }
      guard byte == UInt8(ascii: "\\") else {
        at += 1
        continue
      }
      if at + 1 < bytes.count, Array("\"\\/bfnrt".utf8).contains(bytes[at + 1]) {
        at += 2
        continue
      }
      guard let high = unit(), high != 0, !(0xdc00...0xdfff).contains(high) else { return false }
      if (0xd800...0xdbff).contains(high) {
        guard let low = unit(), (0xdc00...0xdfff).contains(low) else { return false }
      }
    }
    return false
  }
}

struct JSONValidatorTests {
  func accepts(_ bytes: [UInt8]) -> Bool {
    do throws(InputError) { try JSONValidator.validate(bytes.span) } catch { return false }
    return true
  }

  @Test(arguments: [
    "[]", " {} ", "\"\"", "0", "-0", "-0.5e+10", "1E5", "[1,2]", "{\"\":0}", "{\"a\":1,\"a\":2}",
    "\"\\u00e9\\ud83d\\ude00\"", "\"\u{7f}é日😀\"", "\t[\n\r1 ]",
  ])
  func `well-formed texts are accepted`(text: String) {
    #expect(accepts(Array(text.utf8)))
    #expect(SlowChecker.accepts(Array(text.utf8)))
  }

  @Test(arguments: [
    "", " ", "[", "]", "[1,]", "[,1]", "{,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{'a':1}", "01",
    "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN", "Infinity", "tru", "truex", "\"", "\"\\x\"",
    "\"\\u12\"", "\"\t\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"",
    "[1 2]", "1 2", "[1}", "{\"a\":1]", "\u{feff}1", "//c\n1", "\"a\nb\"", "[\"a\",\n",
  ])
  func `malformed texts are refused`(text: String) {
    #expect(!accepts(Array(text.utf8)))
    #expect(!SlowChecker.accepts(Array(text.utf8)))
  }

  @Test func `random and damaged texts are judged as by the slow checker`() {
    var random = SeededGenerator(seed: 5)
    let pieces = [
      "{", "}", "[", "]", ",", ":", "\"a\"", "\"é\\n\"", "1", "-2.5e3", "true", "null", " ", "\\",
      "\"", "0", "\"long enough for eight bytes\"", "\"\\ud83d\\ude00\"",
    ].map { Array($0.utf8) }
    var accepted = 0
    for round in 0..<40_000 {
      var bytes: [UInt8] = []
      if round % 2 == 0 {
        for _ in 0..<Int.random(in: 1...8, using: &random) {
          bytes += pieces.randomElement(using: &random) ?? []
        }
      } else {
        bytes = Array(Self.text(depth: 3, &random).utf8)
        for _ in 0..<Int.random(in: 0...2, using: &random) {
          let at = Int.random(in: 0..<bytes.count, using: &random)
          bytes[at] = UInt8.random(in: 0...255, using: &random)
        }
      }
      let isValid = SlowChecker.accepts(bytes)
      if isValid { accepted += 1 }
      #expect(
        accepts(bytes) == isValid,
        "seed 5, round \(round): \(String(decoding: bytes, as: UTF8.self))")
    }
    #expect(accepted > 5000)
  }

  static func text(depth: Int, _ random: inout SeededGenerator) -> String {
    switch Int.random(in: depth > 0 ? 0...5 : 2...5, using: &random) {
    case 0:
      let items = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        text(depth: depth - 1, &random)
      }
      return "[" + items.joined(separator: " ,") + "]"
    case 1:
      let items = (0..<Int.random(in: 0...3, using: &random)).map { index in
        "\"key \(index) \\u00e9\": " + text(depth: depth - 1, &random)
      }
      return "{" + items.joined(separator: ", ") + "}"
    case 2:
      return "\"\(String(repeating: "xé\\\"", count: Int.random(in: 0...9, using: &random)))\""
    case 3: return String(Int64.random(in: .min ... .max, using: &random))
    case 4: return String(Double.random(in: -1e9...1e9, using: &random))
    default: return ["true", "false", "null"].randomElement(using: &random) ?? "null"
    }
  }

  @Test func `depth is bounded whatever the nesting`() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      for (levels, isFine) in [(128, true), (129, false), (100_000, false)] {
        let text =
          String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)
        #expect(accepts(Array(text.utf8)) == isFine)
      }
    }
  }
}
