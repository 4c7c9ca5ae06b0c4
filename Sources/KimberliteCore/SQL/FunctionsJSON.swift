// SPDX-License-Identifier: Apache-2.0
// Run-time access to the members of JSON texts: `->` and `->>`.

extension FunctionRegistry {
  static let jsonFunctions: [ScalarFunction] = [
    ScalarFunction(strict: "kb_json_member", 2) { (arguments) throws(SQLError) in
      try member(arguments, asText: false)
    },
    ScalarFunction(strict: "kb_json_text", 2) { (arguments) throws(SQLError) in
      try member(arguments, asText: true)
    },
  ]

  private static func member(_ arguments: [Value], asText: Bool) throws(SQLError) -> Value {
    let text = try arguments[0].string()
    return try text.withSpan { (bytes) throws(SQLError) in
      do throws(InputError) {
        let found =
          switch arguments[1] {
          case .text(let key): try find(key: key, in: bytes)
          case .integer(let index): try find(index: index, in: bytes)
          case .real, .blob, .null: Found?.none
          }
        guard let found else { return .null }
        return asText ? plain(found, bytes) : .text(string(bytes.extracting(found.range)))
      } catch {
        throw SQLError(.invalidText, "a stored value is not JSON")
      }
    }
  }

  private struct Found {
    var range: Range<Int>
    var kind: JSONKind
  }

  private static func string(_ bytes: Span<UInt8>) -> String {
    bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }

  /// A member as text: strings without their quotes, JSON's null as NULL.
  private static func plain(_ found: Found, _ bytes: Span<UInt8>) -> Value {
    switch found.kind {
    case .null: return .null
    case .string, .escapedString:
      var buffer = ByteBuffer(capacity: found.range.count)
      buffer.append(
        unescaping: bytes.extracting(found.range.lowerBound + 1..<found.range.upperBound - 1))
      return .text(string(buffer.span))
    case .yes, .no, .number, .object, .array: return .text(string(bytes.extracting(found.range)))
    }
  }

  /// The member of a key; of several, the last, as PostgreSQL answers.
  private static func find(key: String, in bytes: Span<UInt8>) throws(InputError) -> Found? {
    var scanner = JSONScanner(bytes)
    var found: Found?
    scanner.skipBlanks()
    guard scanner.accept(UInt8(ascii: "{")) else { return nil }
    while true {
      scanner.skipBlanks()
      if scanner.accept(UInt8(ascii: "}")) { return found }
      let start = scanner.position
      _ = try scanner.skipString()
      var name = ByteBuffer(capacity: scanner.position - start)
      name.append(unescaping: bytes.extracting(start + 1..<scanner.position - 1))
      scanner.skipBlanks()
      guard scanner.accept(UInt8(ascii: ":")) else { throw scanner.unexpected(want: "':'") }
      let value = try next(&scanner)
      if string(name.span).isIdentical(to: key) { found = value }
    }
  }

  /// The element at an index from 0, or from the end where it is negative.
  private static func find(index: Int64, in bytes: Span<UInt8>) throws(InputError) -> Found? {
    guard let elements = try array(bytes) else { return nil }
    let place = index < 0 ? Int64(elements.count) + index : index
    return place >= 0 && place < elements.count ? elements[Int(place)] : nil
  }

  /// The elements of an array as text; of what is none, nothing.
  static func elements(ofJSON bytes: Span<UInt8>) throws(InputError) -> [String?] {
    try (array(bytes) ?? []).map { element in
      if case .text(let text) = plain(element, bytes) { text } else { nil }
    }
  }

  /// The elements of an array; `nil` where it is none.
  private static func array(_ bytes: Span<UInt8>) throws(InputError) -> [Found]? {
    var scanner = JSONScanner(bytes)
    var elements: [Found] = []
    scanner.skipBlanks()
    guard scanner.accept(UInt8(ascii: "[")) else { return nil }
    while true {
      scanner.skipBlanks()
      if scanner.accept(UInt8(ascii: "]")) { return elements }
      elements.append(try next(&scanner))
    }
  }

  /// The next value, with the comma behind it consumed.
  @_lifetime(scanner: copy scanner)
  private static func next(_ scanner: inout JSONScanner) throws(InputError) -> Found {
    scanner.skipBlanks()
    let start = scanner.position
    let kind = try scanner.skipValue()
    let found = Found(range: start..<scanner.position, kind: kind)
    scanner.skipBlanks()
    _ = scanner.accept(UInt8(ascii: ","))
    return found
  }
}
