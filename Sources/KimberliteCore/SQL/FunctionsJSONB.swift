// SPDX-License-Identifier: Apache-2.0
// Run-time functions over JSONB values: its operators, its changes, its casts.

extension FunctionRegistry {
  static let jsonbFunctions: [ScalarFunction] = [
    asking("kb_jsonb_contains") { (value, other) throws(SQLError) in
      value.contains(try other.json())
    },
    asking("kb_jsonb_has") { (value, key) throws(SQLError) in value.has(try key.string()) },
    asking("kb_jsonb_has_any") { (value, keys) throws(SQLError) in
      try keys.texts().contains { $0.map(value.has) ?? false }
    },
    asking("kb_jsonb_has_all") { (value, keys) throws(SQLError) in
      try keys.texts().allSatisfy { $0.map(value.has) ?? true }
    },
    changing("kb_jsonb_concat", 2) { (value, arguments) throws(SQLError) in
      value.concatenated(with: try arguments[1].json())
    },
    changing("kb_jsonb_delete_key", 2) { (value, arguments) throws(SQLError) in
      try value.deleting(keys: [try arguments[1].string()])
    },
    changing("kb_jsonb_delete_keys", 2) { (value, arguments) throws(SQLError) in
      try value.deleting(keys: try arguments[1].texts().compactMap(\.self))
    },
    changing("kb_jsonb_delete_index", 2) { (value, arguments) throws(SQLError) in
      try value.deleting(index: try arguments[1].int64())
    },
    changing("kb_jsonb_delete_path", 2) { (value, arguments) throws(SQLError) in
      try value.deleting(path: try arguments[1].texts())
    },
    changing("kb_jsonb_set", 4) { (value, arguments) throws(SQLError) in
      try value.setting(
        try arguments[1].texts(), to: try arguments[2].json(),
        arguments[3] == .integer(0) ? .replace : .create)
    },
    changing("kb_jsonb_insert", 4) { (value, arguments) throws(SQLError) in
      try value.setting(
        try arguments[1].texts(), to: try arguments[2].json(),
        arguments[3] == .integer(0) ? .insertBefore : .insertAfter)
    },
    ScalarFunction("kb_jsonb_set_lax", 5, body: setLax),
    changing("kb_jsonb_strip_nulls", 1) { (value, _) throws(SQLError) in value.strippingNulls() },
    ScalarFunction(strict: "kb_jsonb_pretty", 1) { (arguments) throws(SQLError) in
      .text(try arguments[0].json().prettyText())
    },
    ScalarFunction(strict: "kb_json_strip_nulls", 1) { (arguments) throws(SQLError) in
      let text = try arguments[0].string()
      return .text(try text.withSpan { (text) throws(SQLError) in try JSONStripper.strip(text) })
    },
    ScalarFunction(strict: "kb_jsonb_boolean", 1) { (arguments) throws(SQLError) in
      let value = try arguments[0].json()
      guard case .boolean(let truth) = value else { throw noCast(value, "boolean") }
      return .integer(truth ? 1 : 0)
    },
    ScalarFunction(strict: "kb_jsonb_numeric", 2) { (arguments) throws(SQLError) in
      let value = try arguments[0].json()
      let name = try arguments[1].string()
      guard case .number(let digits) = value else { throw noCast(value, name) }
      return try SQLType.numeric(precision: nil, scale: nil).parse(digits)
    },
    ScalarFunction(strict: "kb_jsonb_double", 2) { (arguments) throws(SQLError) in
      let value = try arguments[0].json()
      let name = try arguments[1].string()
      guard case .number(let digits) = value else { throw noCast(value, name) }
      return try SQLType.double.parse(digits)
    },
    ScalarFunction("kb_jsonb_greatest", -1) { (arguments) throws(SQLError) in
      try extreme(arguments, 1)
    },
    ScalarFunction("kb_jsonb_least", -1) { (arguments) throws(SQLError) in
      try extreme(arguments, -1)
    },
  ]

  private static func asking(
    _ name: String, _ body: @escaping @Sendable (JSONValue, Value) throws(SQLError) -> Bool
  ) -> ScalarFunction {
    ScalarFunction(strict: name, 2) { (arguments) throws(SQLError) in
      .integer(try body(try arguments[0].json(), arguments[1]) ? 1 : 0)
    }
  }

  private static func changing(
    _ name: String, _ count: Int,
    _ body: @escaping @Sendable (JSONValue, [Value]) throws(SQLError) -> JSONValue
  ) -> ScalarFunction {
    ScalarFunction(strict: name, count) { (arguments) throws(SQLError) in
      .text(try body(try arguments[0].json(), arguments).text())
    }
  }

  /// PostgreSQL says "numeric" of a number here.
  private static func noCast(_ value: JSONValue, _ type: String) -> SQLError {
    let kind = if case .number = value { "numeric" } else { value.kindName }
    return SQLError(.invalidParameterValue, "cannot cast jsonb \(kind) to type \(type)")
  }

  private static var noTreatment: SQLError {
    SQLError(
      .invalidParameterValue,
      "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", "
        + "or \"raise_exception\"")
  }

  /// `jsonb_set_lax(target, path, value, create, treatment)`.
  private static func setLax(_ arguments: [Value]) throws(SQLError) -> Value {
    if arguments[0] == .null || arguments[1] == .null || arguments[3] == .null { return .null }
    guard case .text(let treatment) = arguments[4] else { throw noTreatment }
    let target = try arguments[0].json()
    let path = try arguments[1].texts()
    let edit: JSONValue.Edit = arguments[3] == .integer(0) ? .replace : .create
    if arguments[2] != .null {
      return .text(try target.setting(path, to: try arguments[2].json(), edit).text())
    }
    switch treatment {
    case "use_json_null": return .text(try target.setting(path, to: .null, edit).text())
    case "delete_key": return .text(try target.deleting(path: path).text())
    case "return_target": return arguments[0]
    case "raise_exception":
      throw SQLError(
        .nullNotAllowed, "JSON value must not be null",
        hint: "the null_value_treatment is \"raise_exception\"")
    default: throw noTreatment
    }
  }

  private static func extreme(_ arguments: [Value], _ sign: Int) throws(SQLError) -> Value {
    var best: Value = .null
    for argument in arguments where argument != .null {
      guard best != .null else {
        best = argument
        continue
      }
      let texts = (try argument.string(), try best.string())
      let order = texts.0.withSpan { a in texts.1.withSpan { b in JSONB.compareTexts(a, b) } }
      if order == sign { best = argument }
    }
    return best
  }
}

extension Value {
  func json() throws(SQLError) -> JSONValue { try JSONValue(parsing: try string()) }

  /// The elements of a JSON array as texts; `nil` is null.
  func texts() throws(SQLError) -> [String?] {
    guard case .array(let elements) = try json() else {
      throw SQLError(.invalidParameterValue, "a list of texts must be an array")
    }
    var texts: [String?] = []
    for element in elements {
      switch try element.plainText() {
      case .text(let text): texts.append(text)
      default: texts.append(nil)
      }
    }
    return texts
  }
}

extension JSONValue {
  /// An array of strings; `nil` is null.
  init(texts: [String?]) { self = .array(texts.map { $0.map { .string($0) } ?? .null }) }
}
