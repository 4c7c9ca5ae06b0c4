// SPDX-License-Identifier: Apache-2.0
// The members and elements of JSON as rows, read off the text as they are asked for.

extension RowSet {
  /// The functions, by the names that SQL has for them.
  static func members(_ name: String, _ arguments: [Value]) throws(SQLError) -> RowSet {
    if name == "jsonb_path_query" { return try found(arguments) }
    let text = try arguments[0].string()
    let opening = text.utf8.first { !$0.isBlank }
    let isObject = opening == UInt8(ascii: "{")
    let isArray = opening == UInt8(ascii: "[")
    let asText = name.hasSuffix("_text")
    switch name {
    case "json_each", "json_each_text", "jsonb_each", "jsonb_each_text":
      if !isObject { throw notAnObject(name, isArray: isArray) }
      return walk(text) { key, value in [key, asText ? value.plain : value.json] }
    case "json_object_keys", "jsonb_object_keys":
      if !isObject {
        throw refusal("cannot call \(name) on \(isArray ? "an array" : "a scalar")")
      }
      return walk(text) { key, _ in [key] }
    case "json_array_elements", "json_array_elements_text", "jsonb_array_elements",
      "jsonb_array_elements_text":
      if !isArray { throw notAnArray(name, isObject: isObject) }
      return walk(text) { _, value in [asText ? value.plain : value.json] }
    case "json_to_record", "jsonb_to_record":
      if !isObject {
        throw refusal("cannot call populate_composite on \(isArray ? "an array" : "a scalar")")
      }
      return RowSet([arguments[0]])
    case "json_to_recordset", "jsonb_to_recordset":
      if !isArray { throw refusal("cannot call \(name) on a non-array") }
      let elements = walk(text) { _, value in [value.json] }
      return RowSet { () throws(SQLError) in
        guard let row = try elements.next() else { return nil }
        guard try row[0].string().utf8.first == UInt8(ascii: "{") else {
          throw refusal("argument of \(name) must be an array of objects")
        }
        return row
      }
    default: throw SQLError(.internalError, "no set-returning function is named \(name)")
    }
  }

  /// `jsonb_path_query`.
  private static func found(_ arguments: [Value]) throws(SQLError) -> RowSet {
    let items = try JSONPathCall(arguments).items()
    var index = 0
    return RowSet { () throws(SQLError) in
      if index == items.count { return nil }
      defer { index += 1 }
      return [.text(try items[index].text())]
    }
  }

  private static func refusal(_ message: String) -> SQLError {
    SQLError(.invalidParameterValue, message)
  }

  private static func notAnObject(_ name: String, isArray: Bool) -> SQLError {
    if name.hasPrefix("jsonb") { return refusal("cannot call \(name) on a non-object") }
    return refusal(
      isArray ? "cannot deconstruct an array as an object" : "cannot deconstruct a scalar")
  }

  private static func notAnArray(_ name: String, isObject: Bool) -> SQLError {
    if name.hasPrefix("jsonb") {
      return refusal("cannot extract elements from \(isObject ? "an object" : "a scalar")")
    }
    return refusal("cannot call \(name) on a \(isObject ? "non-array" : "scalar")")
  }

  /// A value inside of a JSON text.
  private struct Part {
    var kind: JSONKind
    /// As written.
    var text: String

    var json: Value { .text(text) }

    /// Without the quotes of a string; null is NULL.
    var plain: Value {
      switch kind {
      case .null: return .null
      case .string, .escapedString:
        return text.withSpan { text in
          var buffer = ByteBuffer(capacity: text.count)
          buffer.append(unescaping: text.extracting(1..<text.count - 1))
          return .text(buffer.span.text)
        }
      default: return .text(text)
      }
    }
  }

  /// The members or elements of a valid JSON text, which is an object or array.
  private static func walk(
    _ text: String, _ row: @escaping (_ key: Value, _ value: Part) -> [Value]
  ) -> RowSet {
    let bytes = Array(text.utf8)
    var position = 0
    return RowSet { () throws(SQLError) in
      do throws(InputError) {
        var scanner = JSONScanner(bytes.span.extracting(position..<bytes.count))
        scanner.skipBlanks()
        if position == 0 || scanner.next == UInt8(ascii: ",") { _ = scanner.accept(scanner.next) }
        scanner.skipBlanks()
        if scanner.next == UInt8(ascii: "}") || scanner.next == UInt8(ascii: "]") { return nil }
        var part = try Self.part(&scanner)
        var key = Value.null
        scanner.skipBlanks()
        if scanner.accept(UInt8(ascii: ":")) {
          key = part.plain
          scanner.skipBlanks()
          part = try Self.part(&scanner)
        }
        position += scanner.position
        return row(key, part)
      } catch {
        throw SQLError(.invalidText, "a stored value is not JSON")
      }
    }
  }

  @_lifetime(scanner: copy scanner)
  private static func part(_ scanner: inout JSONScanner) throws(InputError) -> Part {
    let start = scanner.position
    let kind = try scanner.skipValue()
    return Part(kind: kind, text: scanner.bytes.extracting(start..<scanner.position).text)
  }
}
