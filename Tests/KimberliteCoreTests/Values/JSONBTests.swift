// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KimberliteCore

@Suite struct JSONBTests {
  /// In the order that PostgreSQL 15 gives them.
  private static let inOrder = [
    "[]", "null", #""""#, #""A""#, #""a\tb""#, #""a\"b""#, #""a""#, #""aa""#, #""é""#, "-1e2",
    "-1", "0", "0.5", "1", "10", "false", "true", "[null]", "[\"a\"]", "[1]", "[[]]", "[{}]",
    "[0, 3]", "[1, 2]", "{}", #"{"a": 1}"#, #"{"a": 2}"#, #"{"a": []}"#, #"{"b": 0}"#,
    #"{"aa": 0}"#, #"{"a": 1, "b": 1}"#,
  ]

  private static func normal(_ text: String) throws -> String {
    try text.withSpan { (text) throws(SQLError) in try JSONB.normalized(text) }
  }

  private static func compare(_ a: String, _ b: String) -> Int {
    a.withSpan { a in b.withSpan { b in JSONB.compareTexts(a, b) } }
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
        let values = (try JSONValue(parsing: a), try JSONValue(parsing: b))
        #expect(JSONValue.areEqual(values.0, values.1) == (order == 0), "\(a) \(b)")
      }
    }
  }

  @Test(arguments: ["1", "1.0", "1.00", "10e-1"])
  func `numbers are equal by value`(_ text: String) throws {
    #expect(Self.compare(try Self.normal(text), "1") == 0)
    #expect(Self.compare(try Self.normal("{\"a\":\(text)}"), "{\"a\": 1}") == 0)
  }

  @Test func `what cannot be read again is not made`() throws {
    let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    let value = try JSONValue(parsing: deep)
    #expect(throws: SQLError.self) { try JSONValue.array([value]).text() }
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
    do throws(SQLError) {
      let parsed = try JSONPathParser.parse(path)
      var evaluator = JSONPathEvaluator(
        parsed, over: try JSONValue(parsing: nested), variables: JSONObject())
      _ = try evaluator.run(parsed.expression) { _ in false }
    } catch {
      #expect(error.state == .statementTooComplex)
    }
  }
}
