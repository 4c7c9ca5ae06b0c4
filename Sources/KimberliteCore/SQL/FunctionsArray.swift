// SPDX-License-Identifier: Apache-2.0
// Arrays at run time: JSON, from elements and from the text of PostgreSQL's arrays.

extension FunctionRegistry {
  private static let elementTypes: [SQLType] = [
    .boolean, .smallint, .integer, .bigint, .real, .double, .numeric(precision: nil, scale: nil),
    .text, .bytea, .date, .time, .timestamp, .timestamptz, .interval, .uuid, .json, .jsonb,
  ]

  static let arrayFunctions: [ScalarFunction] =
    elementTypes.map { type in
      ScalarFunction("kb_json_of_\(type.functionKey)", 1) { (arguments) throws(SQLError) in
        .text(type.json(arguments[0]))
      }
    } + [
      // An array as JSON strings and nulls, which ANY reads as values of the type it asks for.
      ScalarFunction(strict: "kb_elements", 1) { (arguments) throws(SQLError) in
        let elements = try elements(of: try arguments[0].string())
        let texts = elements.map { SQLType.text.json($0.map { .text($0) } ?? .null) }
        return .text("[\(texts.joined(separator: ", "))]")
      }
    ]

  /// The elements of `{a,b}` or of a JSON array, as text; `nil` is NULL.
  static func elements(of text: String) throws(SQLError) -> [String?] {
    guard text.utf8.first(where: { !$0.isBlank }) == UInt8(ascii: "[") else {
      return try ArrayText.parse(text)
    }
    return try text.withSpan { (bytes) throws(SQLError) in
      do throws(InputError) { return try elements(ofJSON: bytes) } catch {
        throw SQLError(.invalidText, "malformed array: \"\(text.prefix(80))\" is not JSON")
      }
    }
  }
}
