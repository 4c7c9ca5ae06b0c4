// SPDX-License-Identifier: Apache-2.0
// Run-time access to the members of JSON texts, read off the text: `->`, `->>`, `#>` and `#>>`.
// What is found of a JSON is as it was written, of a JSONB in the normal form.

extension FunctionRegistry {
  static let jsonFunctions: [ScalarFunction] =
    jsonAccessFunctions + jsonbFunctions + jsonBuildFunctions + jsonPathFunctions

  private static let jsonAccessFunctions: [ScalarFunction] = [
    access("kb_json_member", asText: false, step),
    access("kb_json_text", asText: true, step),
    access("kb_json_path", asText: false, path),
    access("kb_json_path_text", asText: true, path),
    // A scalar of JSONB at the top counts as an array of one.
    access("kb_jsonb_member", asText: false, stepOfJSONB),
    access("kb_jsonb_text", asText: true, stepOfJSONB),
    ScalarFunction(strict: "kb_json_length", 1) { (arguments) throws(SQLError) in
      let text = try arguments[0].string()
      let count = try reading(text) { (bytes) throws(InputError) in
        try array(bytes).map { .integer(Int64($0.count)) } ?? .null
      }
      if count != .null { return count }
      let what = text.utf8.first { !$0.isBlank } == UInt8(ascii: "{") ? "non-array" : "scalar"
      throw SQLError(.invalidParameterValue, "cannot get array length of a \(what)")
    },
    ScalarFunction(strict: "kb_json_typeof", 1) { (arguments) throws(SQLError) in
      let text = try arguments[0].string()
      return try reading(text) { (bytes) throws(InputError) in
        var scanner = JSONScanner(bytes)
        scanner.skipBlanks()
        return .text(try scanner.skipValue().name)
      }
    },
  ]

  private typealias Finding =
    @Sendable (_ bytes: Span<UInt8>, _ argument: Value) throws(InputError) -> Found?

  private static func access(_ name: String, asText: Bool, _ find: @escaping Finding)
    -> ScalarFunction
  {
    ScalarFunction(strict: name, 2) { (arguments) throws(SQLError) in
      let text = try arguments[0].string()
      return try reading(text) { (bytes) throws(InputError) in
        guard let found = try find(bytes, arguments[1]) else { return .null }
        return asText ? plain(found, bytes) : .text(string(bytes.extracting(found.range)))
      }
    }
  }

  private static func reading(
    _ text: String, _ body: (Span<UInt8>) throws(InputError) -> Value
  ) throws(SQLError) -> Value {
    try text.withSpan { (bytes) throws(SQLError) in
      do throws(InputError) { return try body(bytes) } catch {
        throw SQLError(.invalidText, "a stored value is not JSON")
      }
    }
  }

  private static func step(_ bytes: Span<UInt8>, _ step: Value) throws(InputError) -> Found? {
    switch step {
    case .text(let key): try find(key: key, in: bytes)
    case .integer(let index): try find(index: index, in: bytes)
    case .real, .blob, .null: nil
    }
  }

  private static func stepOfJSONB(_ bytes: Span<UInt8>, _ step: Value) throws(InputError)
    -> Found?
  {
    if let whole = try scalarElement(bytes, step) { return whole }
    return try Self.step(bytes, step)
  }

  /// The whole value, where it is a scalar and the step is 0 or -1.
  private static func scalarElement(_ bytes: Span<UInt8>, _ step: Value) throws(InputError)
    -> Found?
  {
    guard case .integer(let index) = step, index == 0 || index == -1 else { return nil }
    var scanner = JSONScanner(bytes)
    scanner.skipBlanks()
    let start = scanner.position
    let kind = try scanner.skipValue()
    if kind == .object || kind == .array { return nil }
    return Found(range: start..<scanner.position, kind: kind)
  }

  /// What a path leads to, given as a JSON array of keys and indexes.
  private static func path(_ bytes: Span<UInt8>, _ path: Value) throws(InputError) -> Found? {
    var scanner = JSONScanner(bytes)
    scanner.skipBlanks()
    let start = scanner.position
    let kind = try scanner.skipValue()
    var found = Found(range: start..<scanner.position, kind: kind)
    for step in try steps(path) {
      guard let step else { return nil }
      let inner = bytes.extracting(found.range)
      let next: Found? =
        switch found.kind {
        case .object: try find(key: step, in: inner)
        case .array:
          try Int64(step).flatMap { (i) throws(InputError) in try find(index: i, in: inner) }
        default: nil
        }
      guard let next else { return nil }
      let base = found.range.lowerBound
      found = Found(
        range: base + next.range.lowerBound..<base + next.range.upperBound, kind: next.kind)
    }
    return found
  }

  private static func steps(_ path: Value) throws(InputError) -> [String?] {
    do throws(SQLError) { return try path.texts() } catch {
      throw InputError(column: 1, error.message)
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

extension JSONKind {
  /// The word that `json_typeof` says.
  fileprivate var name: String {
    switch self {
    case .null: "null"
    case .yes, .no: "boolean"
    case .number: "number"
    case .string, .escapedString: "string"
    case .object: "object"
    case .array: "array"
    }
  }
}
