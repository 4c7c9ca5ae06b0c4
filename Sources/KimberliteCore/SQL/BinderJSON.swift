// SPDX-License-Identifier: Apache-2.0
// Operators of JSON and JSONB, and their functions that take lists of texts. A list of texts is an
// array literal or ARRAY[…], which reaches our functions as a JSON array.

extension Binding {
  /// The operators whose left side is JSON or JSONB.
  mutating func jsonOperator(
    _ op: BinaryOperator, _ left: Bound, _ right: Bound, at position: Int
  ) throws(SQLError) -> Bound {
    switch op {
    case .jsonMember, .jsonText: return try member(op, left, right, at: position)
    case .jsonPath, .jsonPathText:
      let json = try left.type == nil ? coerce(left, to: .json, .implicit) : left
      guard let type = json.type, type.family == .json, let path = try texts(right) else {
        throw Self.noOperator(op.rawValue, left.type, right.type, at: position)
      }
      let name = op == .jsonPath ? "kb_json_path" : "kb_json_path_text"
      return Bound(
        "\(name)(\(text(json)), \(path))", op == .jsonPath ? type : .text, at: position)
    case .hasAnyKey, .hasAllKeys, .deletePath:
      guard let json = try jsonb(left), let list = try texts(right) else {
        throw Self.noOperator(op.rawValue, left.type, right.type, at: position)
      }
      let name =
        op == .hasAnyKey
        ? "kb_jsonb_has_any" : op == .hasAllKeys ? "kb_jsonb_has_all" : "kb_jsonb_delete_path"
      return Bound(
        "\(name)(\(json), \(list))", op == .deletePath ? .jsonb : .boolean, at: position)
    case .hasKey:
      let key = try typed(right)
      guard let json = try jsonb(left), key.type?.family == .text else {
        throw Self.noOperator(op.rawValue, left.type, right.type, at: position)
      }
      return Bound("kb_jsonb_has(\(json), \(text(key)))", .boolean, at: position)
    default:
      guard let a = try jsonb(left), let b = try jsonb(right) else {
        throw Self.noOperator(op.rawValue, left.type, right.type, at: position)
      }
      let pair = op == .containedBy ? "\(b), \(a)" : "\(a), \(b)"
      return Bound("kb_jsonb_contains(\(pair))", .boolean, at: position)
    }
  }

  /// The text of an operand that must be JSONB; `nil` where it is not.
  mutating func jsonb(_ bound: Bound) throws(SQLError) -> String? {
    guard (bound.type ?? .jsonb) == .jsonb else { return nil }
    return text(try coerce(bound, to: .jsonb, .implicit))
  }

  /// The text of an operand that is a list of texts, as a JSON array; `nil` where it is none.
  mutating func texts(_ bound: Bound) throws(SQLError) -> String? {
    switch bound.form {
    case .null: return "NULL"
    case .string(let literal):
      do {
        let elements = try ArrayText.parse(literal)
        return SQLText.literal(.text(try JSONValue(texts: elements).text()))
      } catch {
        var error = error
        error.position = bound.position
        throw error
      }
    case .parameter: return "kb_elements(\(text(try coerce(bound, to: .text, .implicit))))"
    case .sql: return bound.type == .jsonb ? text(bound) : nil
    }
  }

  private mutating func member(
    _ op: BinaryOperator, _ left: Bound, _ right: Bound, at position: Int
  ) throws(SQLError) -> Bound {
    let json = try left.type == nil ? coerce(left, to: .json, .implicit) : left
    let key = try typed(right)
    guard let type = json.type, type.family == .json, let keyType = key.type,
      keyType.isInteger || keyType.family == .text
    else { throw Self.noOperator(op.rawValue, left.type, right.type, at: position) }
    let name = "kb_\(type.functionKey)_\(op == .jsonMember ? "member" : "text")"
    return Bound(
      "\(name)(\(text(json)), \(text(key)))", op == .jsonMember ? type : .text, at: position)
  }

  /// `jsonb || jsonb`.
  mutating func jsonbConcatenation(_ left: Bound, _ right: Bound, at position: Int)
    throws(SQLError) -> Bound?
  {
    guard left.type == .jsonb || right.type == .jsonb, let a = try jsonb(left),
      let b = try jsonb(right)
    else { return nil }
    return Bound("kb_jsonb_concat(\(a), \(b))", .jsonb, at: position)
  }

  /// `jsonb - key`, `jsonb - index`, `jsonb - keys`.
  mutating func jsonbDeletion(_ left: Bound, _ right: Bound, at position: Int)
    throws(SQLError) -> Bound
  {
    let key = try typed(right)
    let name: String
    switch key.type {
    case let type? where type.family == .text: name = "key"
    case let type? where type.isInteger: name = "index"
    case .jsonb: name = "keys"
    default: throw Self.noOperator("-", left.type, right.type, at: position)
    }
    return Bound("kb_jsonb_delete_\(name)(\(text(left)), \(text(key)))", .jsonb, at: position)
  }

  /// Refuses JSON where rows are told apart or put in order: its texts have no such meaning.
  func requireOperator(_ kind: String, _ type: SQLType?, at position: Int) throws(SQLError) {
    guard type == .json else { return }
    throw SQLError(
      .undefinedFunction, "could not identify an \(kind) operator for type json", at: position,
      hint: "convert it to JSONB")
  }

  // MARK: Functions

  /// Functions over JSON whose arguments are of any type or any number.
  static let jsonSpecial = [
    "to_json", "to_jsonb", "row_to_json", "array_to_json", "json_build_object",
    "jsonb_build_object", "json_build_array", "jsonb_build_array", "json_object", "jsonb_object",
    "json_extract_path", "jsonb_extract_path", "json_extract_path_text",
    "jsonb_extract_path_text", "jsonb_set", "jsonb_set_lax", "jsonb_insert",
  ]

  /// Binds a call of one of `jsonSpecial`; `nil` where the arguments are not what it takes.
  mutating func bindJSON(_ name: String, _ arguments: [Bound], at position: Int)
    throws(SQLError) -> Bound?
  {
    let result: SQLType = name.hasPrefix("jsonb") || name == "to_jsonb" ? .jsonb : .json
    switch name {
    case "to_json", "to_jsonb":
      guard arguments.count == 1 else { return nil }
      return made(result, try toJSON(arguments[0]), at: position)
    case "row_to_json":
      guard (1...2).contains(arguments.count), let row = arguments[0].row else { return nil }
      let isPretty = try pretty(arguments.dropFirst().first)
      return made(.json, row.text(isPretty ? .lines : .row), at: position)
    case "array_to_json":
      guard (1...2).contains(arguments.count), let list = try texts(arguments[0]) else {
        return nil
      }
      let isPretty = try pretty(arguments.dropFirst().first)
      let spacing: FunctionRegistry.JSONSpacing = isPretty ? .lines : .row
      return made(.json, "kb_json_array_text(\(list), \(spacing.rawValue))", at: position)
    case "json_build_object", "jsonb_build_object":
      return made(result, try builtObject(name, arguments, at: position), at: position)
    case "json_build_array", "jsonb_build_array":
      var items: [String] = []
      for argument in arguments { items.append(try jsonItem(argument)) }
      let list = Self.calls("kb_json_items", items, .built)
      return made(result, "('[' || \(list) || ']')", at: position)
    case "json_object", "jsonb_object":
      guard (1...2).contains(arguments.count) else { return nil }
      var lists: [String] = []
      for argument in arguments {
        guard let list = try texts(argument) else { return nil }
        lists.append(list)
      }
      let call = "kb_json_object_of_texts(\(lists.joined(separator: ", ")))"
      return made(result, call, at: position)
    case "jsonb_set", "jsonb_set_lax", "jsonb_insert":
      return try jsonbChange(name, arguments, at: position)
    default: return try extraction(name, arguments, at: position)
    }
  }

  /// What a call that makes JSON text yields as its type.
  private func made(_ type: SQLType, _ sql: String, at position: Int) -> Bound {
    Bound(type == .jsonb ? "kb_parse_jsonb(\(sql))" : sql, type, at: position)
  }

  /// A value of any type as JSON text, NULL where it is NULL.
  private mutating func toJSON(_ bound: Bound) throws(SQLError) -> String {
    if let row = bound.row { return row.text(.row) }
    let value = try typed(bound)
    guard let type = value.type, type.family != .json else { return text(value) }
    return "kb_to_json_\(type.functionKey)(\(text(value)))"
  }

  /// A value of any type as JSON text inside of another; NULL is null.
  mutating func jsonItem(_ bound: Bound) throws(SQLError) -> String {
    if let row = bound.row { return row.text(.row) }
    let value = try typed(bound)
    guard let type = value.type, type.family != .json else { return text(value) }
    return "kb_json_of_\(type.functionKey)(\(text(value)))"
  }

  /// Whether `pretty_bool` is written as true.
  private mutating func pretty(_ bound: Bound?) throws(SQLError) -> Bool {
    guard let bound else { return false }
    let flag = try coerce(bound, to: .boolean, .implicit)
    guard case .integer(let truth)? = flag.constant else {
      throw SQLError(
        .featureNotSupported, "line feeds by a value that is not a literal are not supported",
        at: bound.position)
    }
    return truth != 0
  }

  private mutating func builtObject(_ name: String, _ arguments: [Bound], at position: Int)
    throws(SQLError) -> String
  {
    if arguments.count % 2 != 0 {
      throw SQLError(
        .invalidParameterValue, "argument list must have even number of elements", at: position,
        hint: "the arguments of \(name)() must consist of alternating keys and values")
    }
    var items: [String] = []
    for (index, argument) in arguments.enumerated() {
      if index % 2 == 1 {
        items.append(try jsonItem(argument))
      } else if argument.type?.family == .json || argument.row != nil {
        throw SQLError(
          .invalidParameterValue, "key value must be scalar, not array, composite, or json",
          at: argument.position)
      } else {
        items.append(text(try coerce(try typed(argument), to: .text, .assignment)))
      }
    }
    return "('{' || \(Self.calls("kb_json_members", items, .built)) || '}')"
  }

  /// Calls that together join all items: SQLite's functions take 127 arguments.
  static func calls(
    _ name: String, _ items: [String], _ spacing: FunctionRegistry.JSONSpacing
  ) -> String {
    guard !items.isEmpty else { return "''" }
    let width = 120
    let parts = stride(from: 0, to: items.count, by: width).map { start in
      let part = items[start..<min(start + width, items.count)].joined(separator: ", ")
      return "\(name)(\(spacing.rawValue), \(part))"
    }
    let separator = SQLText.literal(.text(spacing.separator))
    return parts.joined(separator: " || \(separator) || ")
  }

  /// `json_extract_path(json, 'a', 'b')`.
  private mutating func extraction(_ name: String, _ arguments: [Bound], at position: Int)
    throws(SQLError) -> Bound?
  {
    let type: SQLType = name.hasPrefix("jsonb") ? .jsonb : .json
    guard arguments.count > 1, (arguments[0].type ?? type) == type else { return nil }
    let json = text(try coerce(arguments[0], to: type, .implicit))
    var items: [String] = []
    for argument in arguments.dropFirst() {
      guard (argument.type ?? .text).family == .text else { return nil }
      items.append("kb_json_of_text(\(text(try coerce(argument, to: .text, .implicit))))")
    }
    let path = "'[' || \(Self.calls("kb_json_items", items, .built)) || ']'"
    let isText = name.hasSuffix("_text")
    return Bound(
      "kb_json_path\(isText ? "_text" : "")(\(json), \(path))", isText ? .text : type,
      at: position)
  }

  private mutating func jsonbChange(_ name: String, _ arguments: [Bound], at position: Int)
    throws(SQLError) -> Bound?
  {
    let most = name == "jsonb_set_lax" ? 5 : 4
    guard (3...most).contains(arguments.count), let target = try jsonb(arguments[0]),
      let path = try texts(arguments[1]), let value = try jsonb(arguments[2])
    else { return nil }
    var items = [target, path, value]
    if arguments.count > 3 {
      guard (arguments[3].type ?? .boolean) == .boolean else { return nil }
      items.append(text(try coerce(arguments[3], to: .boolean, .implicit)))
    } else {
      items.append(name == "jsonb_insert" ? "0" : "1")
    }
    if name == "jsonb_set_lax" {
      let treatment = try arguments.count > 4 ? typed(arguments[4]) : nil
      guard (treatment?.type ?? .text).family == .text else { return nil }
      items.append(treatment.map(text) ?? "'use_json_null'")
    }
    return Bound("kb_\(name)(\(items.joined(separator: ", ")))", .jsonb, at: position)
  }
}
