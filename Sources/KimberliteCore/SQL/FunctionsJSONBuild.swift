// SPDX-License-Identifier: Apache-2.0
// Run-time functions that make JSON of SQL values. JSON is spaced as PostgreSQL's functions space
// it, each in its own way; JSONB is made of the same text.

extension FunctionRegistry {
  static let jsonBuildFunctions: [ScalarFunction] =
    conversionTypes.map { type in
      ScalarFunction(strict: "kb_to_json_\(type.functionKey)", 1) { (arguments) throws(SQLError) in
        .text(type.json(arguments[0]))
      }
    } + [
      // Pairs of a key and a JSON text, without the braces.
      ScalarFunction("kb_json_members", -1) { (arguments) throws(SQLError) in
        try joined(arguments, pairs: true)
      },
      // JSON texts, without the brackets.
      ScalarFunction("kb_json_items", -1) { (arguments) throws(SQLError) in
        try joined(arguments, pairs: false)
      },
      ScalarFunction(strict: "kb_json_array_text", 2) { (arguments) throws(SQLError) in
        guard case .array(let elements) = try arguments[0].json() else {
          throw SQLError(.invalidParameterValue, "array_to_json takes an array")
        }
        var texts: [Value] = [arguments[1]]
        for element in elements { texts.append(.text(try element.text())) }
        return .text("[\(try joined(texts, pairs: false).string())]")
      },
      ScalarFunction(strict: "kb_json_object_of_texts", -1, body: objectOfTexts),
    ]

  /// How the parts of what is built are spaced.
  enum JSONSpacing: Int64 {
    /// `{"a" : 1, "b" : 2}`, `[1, 2]`
    case built
    /// `{"a":1,"b":2}`
    case row
    /// As `row`, each part on a line of its own.
    case lines

    var separator: String {
      switch self {
      case .built: ", "
      case .row: ","
      case .lines: ",\n "
      }
    }
    fileprivate var colon: String { self == .built ? " : " : ":" }
  }

  private static func quoted(_ text: String) -> String { SQLType.text.json(.text(text)) }

  /// The first argument is a `JSONSpacing`.
  private static func joined(_ arguments: [Value], pairs: Bool) throws(SQLError) -> Value {
    let spacing = JSONSpacing(rawValue: try arguments[0].int64()) ?? .built
    var output = ByteBuffer()
    for (index, argument) in arguments.enumerated().dropFirst() {
      let isKey = pairs && index % 2 == 1
      if index > 1, isKey || !pairs { output.append(utf8: spacing.separator) }
      if isKey {
        guard argument != .null else {
          throw SQLError(
            .invalidParameterValue, "argument \(index) cannot be null",
            hint: "object keys should be text")
        }
        output.append(utf8: quoted(try argument.string()))
        output.append(utf8: spacing.colon)
      } else {
        output.append(utf8: argument == .null ? "null" : try argument.string())
      }
      if output.count > Limits.eventBytesMax {
        throw SQLError(.programLimit, "a JSON text is longer than \(Limits.eventBytesMax) bytes")
      }
    }
    return .text(output.span.text)
  }

  /// `json_object`: of keys and values by turns, or of a list of each.
  private static func objectOfTexts(_ arguments: [Value]) throws(SQLError) -> Value {
    var keys = try arguments[0].texts()
    var values: [String?] = []
    if arguments.count == 2 {
      values = try arguments[1].texts()
      if values.count != keys.count {
        throw SQLError(.arraySubscript, "mismatched array dimensions")
      }
    } else {
      if keys.count % 2 != 0 {
        throw SQLError(.arraySubscript, "array must have even number of elements")
      }
      values = keys.indices.filter { $0 % 2 == 1 }.map { keys[$0] }
      keys = keys.indices.filter { $0 % 2 == 0 }.map { keys[$0] }
    }
    var parts: [Value] = [.integer(JSONSpacing.built.rawValue)]
    for (key, value) in zip(keys, values) {
      guard let key else {
        throw SQLError(.nullNotAllowed, "null value not allowed for object key")
      }
      parts += [.text(key), value.map { .text(quoted($0)) } ?? .null]
    }
    return .text("{\(try joined(parts, pairs: true).string())}")
  }
}
