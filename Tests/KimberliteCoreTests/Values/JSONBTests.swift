// SPDX-License-Identifier: Apache-2.0
// The normal form of JSONB, its order, and paths that would take for ever.

import KimberliteCore
import Testing

@Suite struct JSONBTests {
  /// In the order that PostgreSQL 15 gives them.
  private static let inOrder = [
    "[]", "null", #""""#, #""A""#, #""a\tb""#, #""a\"b""#, #""a""#, #""aa""#, #""é""#, "-1e2",
    "-1", "0", "0.5", "1", "10", "false", "true", "[null]", "[\"a\"]", "[1]", "[[]]", "[{}]",
    "[0, 3]", "[1, 2]", "{}", #"{"a": 1}"#, #"{"a": 2}"#, #"{"a": []}"#, #"{"b": 0}"#,
    #"{"aa": 0}"#, #"{"a": 1, "b": 1}"#,
  ]

  private static func normal(_ text: String) throws -> String {
    guard case .text(let normal) = try SQLType.jsonb.parse(text) else { return "" }
    return normal
  }

  private static func compare(_ a: String, _ b: String) -> Int {
    JSONB.compareTexts(Array(a.utf8).span, Array(b.utf8).span)
  }

  @Test func `a normal form is its own normal form`() throws {
    for text in Self.inOrder + [#"{"bb":1e1,"a":1.0,"a":[ 2 , {"x":"\u0041\n"}]}"#] {
      let once = try Self.normal(text)
      #expect(try Self.normal(once) == once)
    }
  }

  @Test func `the texts are ordered as the values are`() throws {
    let texts = try Self.inOrder.map(Self.normal)
    for (i, a) in texts.enumerated() {
      for (j, b) in texts.enumerated() {
        // "a\tb" and "a\"b" begin with "a", and stand behind it.
        let order = Self.compare(a, b)
        #expect(order == -Self.compare(b, a), "\(a) \(b)")
        #expect((order == 0) == (i == j), "\(a) \(b)")
      }
    }
  }

  @Test(arguments: ["1", "1.0", "1.00", "10e-1"])
  func `numbers are equal by value`(_ text: String) throws {
    #expect(Self.compare(try Self.normal(text), "1") == 0)
    #expect(Self.compare(try Self.normal("{\"a\":\(text)}"), "{\"a\": 1}") == 0)
  }

  @Test(
    arguments: [
      "$.**.**.**.**.**.**", "$ ? ($.** ? ($.** ? ($.** > 1).a > 1).a > 1)",
      String(repeating: "(", count: 100) + "$" + String(repeating: ")", count: 100),
      "$" + String(repeating: ".a", count: 2000),
    ])
  func `a path takes bounded time and stack`(_ path: String) throws {
    var nested = "1"
    for _ in 0..<120 { nested = "[\(nested),\(nested.count > 100 ? "2" : nested)]" }
    let exists = try #require(
      FunctionRegistry.scalars.first { $0.name == "kb_jsonb_path_exists" })
    do throws(SQLError) {
      _ = try exists.body([.text(nested), .text(path)])
    } catch {
      #expect(error.state == .statementTooComplex)
    }
  }
}
