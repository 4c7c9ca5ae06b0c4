// SPDX-License-Identifier: Apache-2.0
// Functions in FROM. Each is a call of SQLite's table `kb_expand`, whose rows come one at a time;
// what a column of it means is an expression over the table's own columns.

/// What a function in FROM yields.
private struct TableCall {
  /// The name that `RowSet.open` knows.
  var name: String
  var arguments: [String]
  /// Names, types, and how each is made of `$`, the column of its number.
  var columns: [(name: String, type: SQLType, template: String)]
  /// Whether the only column takes the name of the table.
  var isScalar = false
}

extension Binding {
  /// The set-returning functions; string_to_table and its like are made of functions that yield
  /// arrays.
  static let setFunctions = [
    "generate_series", "unnest", "json_each", "json_each_text", "jsonb_each", "jsonb_each_text",
    "json_array_elements", "json_array_elements_text", "jsonb_array_elements",
    "jsonb_array_elements_text", "json_object_keys", "jsonb_object_keys", "json_to_record",
    "jsonb_to_record", "json_to_recordset", "jsonb_to_recordset", "jsonb_path_query",
  ]

  /// Those that expand an array which another function makes.
  static let expandingFunctions = [
    "string_to_table": "string_to_array", "regexp_split_to_table": "regexp_split_to_array",
  ]

  /// Refuses a set-returning function outside of FROM.
  func refuseSet(_ name: Name) throws(SQLError) {
    let isSet =
      Self.setFunctions.contains(name.text) || Self.expandingFunctions[name.text] != nil
    guard isSet else { return }
    throw SQLError(
      .featureNotSupported, "a set-returning function outside of FROM is not supported",
      at: name.position, hint: "write FROM \(name.text)(…) AS x, and x where it stands")
  }

  /// Adds the relation that a function in FROM is.
  ///
  /// Its arguments see `left`, what stands before it in FROM.
  mutating func bindFunction(
    _ function: TableFunction, alias: TableAlias?, seeing left: Scope
  ) throws(SQLError) -> Int {
    let name = function.call.name
    if function.call.distinct || function.call.filter != nil || function.call.star
      || function.call.over != nil
    {
      throw SQLError(
        .wrongObjectType, "\(name.text) is not an aggregate function", at: name.position)
    }
    scopes.append(Scope(.function, seeing: left.relations, left.merged))
    defer { scopes.removeLast() }
    var call = try tableCall(function)
    if !function.definitions.isEmpty, !name.text.hasSuffix("_to_record"),
      !name.text.hasSuffix("_to_recordset")
    {
      throw SQLError(
        .syntaxError,
        "a column definition list is only allowed for functions returning \"record\"",
        at: function.definitions[0].name.position)
    }
    if call.isScalar, let alias { call.columns[0].name = alias.name.text }
    let table = "t\(relations.count + 1)"
    // All columns of a record are made of the one that is there.
    let isRecord = !function.definitions.isEmpty
    var columns = call.columns.enumerated().map { index, column in
      let own = "\"\(table)\".\"c\(isRecord ? 1 : index + 1)\""
      return RelationColumn(
        name: column.name, type: column.type, nullable: true,
        source: column.template.replacing("$", with: own))
    }
    if function.ordinality {
      columns.append(
        RelationColumn(
          name: "ordinality", type: .bigint, nullable: false, source: "\"\(table)\".\"n\""))
    }
    let arguments = ([SQLText.literal(.text(call.name))] + call.arguments).joined(separator: ", ")
    let relation = add(
      alias?.name.text ?? name.text, .expansion("\"kb_expand\"(\(arguments))"), columns)
    relations[relation].isValue = call.columns.count == 1 && !isRecord && !function.ordinality
    if let alias { try rename(relation, alias.columns) }
    return relation
  }

  private mutating func tableCall(_ function: TableFunction) throws(SQLError) -> TableCall {
    let name = function.call.name
    if let maker = Self.expandingFunctions[name.text] {
      var call = function.call
      call.name = Name(maker, at: name.position)
      let array = text(try bind(call))
      return TableCall(
        name: "unnest:t", arguments: [array], columns: [(name.text, .text, "$")], isScalar: true)
    }
    if name.text == "jsonb_populate_record" || name.text == "json_populate_record"
      || name.text == "jsonb_populate_recordset" || name.text == "json_populate_recordset"
    {
      throw SQLError(
        .featureNotSupported, "\(name.text) is not supported", at: name.position,
        hint: "use json_to_record(…) AS x (a INT, …)")
    }
    guard Self.setFunctions.contains(name.text) else {
      if AggregateOverload.names.contains(name.text) {
        throw SQLError(
          .groupingError, "aggregate functions are not allowed in functions in FROM",
          at: name.position)
      }
      let value = try typed(try bind(function.call))
      return TableCall(
        name: "value", arguments: [text(value)],
        columns: [(name.text, value.type ?? .text, "$")], isScalar: true)
    }
    if name.text == "unnest" { return try unnest(function.call) }
    var arguments: [Bound] = []
    for argument in function.call.arguments { arguments.append(try bind(argument)) }
    switch name.text {
    case "generate_series": return try series(name, arguments)
    default: return try jsonCall(function, arguments)
    }
  }

  private func noFunction(_ name: Name, _ arguments: [Bound]) -> SQLError {
    let types = arguments.map(\.type.messageName).joined(separator: ", ")
    return SQLError(
      .undefinedFunction, "function \(name.text)(\(types)) does not exist", at: name.position)
  }

  private mutating func series(_ name: Name, _ arguments: [Bound]) throws(SQLError) -> TableCall {
    guard (2...3).contains(arguments.count) else { throw noFunction(name, arguments) }
    let bounds = Array(arguments.prefix(2))
    if arguments.count == 3, bounds.allSatisfy({ ($0.type ?? .date).family == .datetime }) {
      return try timeSeries(name, bounds, arguments[2])
    }
    let known = arguments.compactMap(\.type)
    guard !known.isEmpty, known.allSatisfy({ $0.isInteger || $0.isNumeric }) else {
      throw noFunction(name, arguments)
    }
    let unified = try unify(arguments, "generate_series", at: name.position).base
    let type: SQLType = unified == .smallint ? .integer : unified
    var texts: [String] = []
    for argument in arguments { texts.append(text(try coerce(argument, to: type, .implicit))) }
    if texts.count == 2 { texts.append(type.isNumeric ? "'1'" : "1") }
    return TableCall(
      name: type.isNumeric ? "series_numeric" : "series", arguments: texts,
      columns: [(name.text, type, "$")], isScalar: true)
  }

  private mutating func timeSeries(_ name: Name, _ bounds: [Bound], _ step: Bound)
    throws(SQLError) -> TableCall
  {
    let known = bounds.compactMap(\.type)
    guard let first = known.first, (step.type ?? .interval) == .interval else {
      throw noFunction(name, bounds + [step])
    }
    // A series of dates is one of moments, as in PostgreSQL.
    var type = known.count == 2 ? first.common(with: known[1]) ?? first : first
    if type == .date { type = .timestamptz }
    var texts: [String] = []
    for bound in bounds { texts.append(text(try coerce(bound, to: type, .implicit))) }
    texts.append(text(try coerce(step, to: .interval, .implicit)))
    return TableCall(
      name: "series_time", arguments: texts, columns: [(name.text, type, "$")], isScalar: true)
  }

  private mutating func unnest(_ call: FunctionCall) throws(SQLError) -> TableCall {
    guard (1...RowSet.width).contains(call.arguments.count) else {
      throw noFunction(call.name, [])
    }
    var result = TableCall(name: "unnest:", arguments: [], columns: [])
    for argument in call.arguments {
      let (list, type) = try unnested(argument, call.name)
      result.arguments.append(list)
      let isJSON = type.family == .json
      result.name += isJSON ? "j" : "t"
      let isPlain = isJSON || type.family == .text
      result.columns.append((call.name.text, type, isPlain ? "$" : Self.read("$", as: type)))
    }
    result.isScalar = result.columns.count == 1
    return result
  }

  /// An array as JSON, and what its elements are.
  private mutating func unnested(_ array: Expression, _ name: Name) throws(SQLError)
    -> (String, SQLType)
  {
    switch array.kind {
    case .array(let items):
      let (bound, type) = try elements(items, at: array.position)
      return (text(bound), type)
    case .arrayCast(let inner, let type): return (try unnested(inner, name).0, type)
    case .call(let call) where Self.textArrayFunctions.contains(call.name.text):
      return (text(try bind(array)), .text)
    default:
      let bound = try bind(array)
      guard let list = try texts(bound) else { throw noFunction(name, [bound]) }
      return (list, bound.type == .jsonb ? .jsonb : .text)
    }
  }

  /// Functions whose arrays are of texts.
  private static let textArrayFunctions = [
    "string_to_array", "regexp_split_to_array", "regexp_match",
  ]

  /// A text read as a value of a type.
  private static func read(_ text: String, as type: SQLType) -> String {
    Conversion.convert(text, .text, type, type.family == .text ? .assignment : .explicit) ?? text
  }

  private mutating func jsonCall(_ function: TableFunction, _ arguments: [Bound])
    throws(SQLError) -> TableCall
  {
    let name = function.call.name
    if name.text == "jsonb_path_query" {
      guard let texts = try pathArguments(arguments) else { throw noFunction(name, arguments) }
      return TableCall(
        name: name.text, arguments: texts, columns: [(name.text, .jsonb, "$")], isScalar: true)
    }
    let type: SQLType = name.text.hasPrefix("jsonb") ? .jsonb : .json
    guard arguments.count == 1, (arguments[0].type ?? type) == type else {
      throw noFunction(name, arguments)
    }
    let json = text(try coerce(arguments[0], to: type, .implicit))
    var call = TableCall(name: name.text, arguments: [json], columns: [])
    switch name.text {
    case "json_each", "jsonb_each": call.columns = [("key", .text, "$"), ("value", type, "$")]
    case "json_each_text", "jsonb_each_text":
      call.columns = [("key", .text, "$"), ("value", .text, "$")]
    case "json_array_elements", "jsonb_array_elements": call.columns = [("value", type, "$")]
    case "json_array_elements_text", "jsonb_array_elements_text":
      call.columns = [("value", .text, "$")]
    case "json_object_keys", "jsonb_object_keys":
      call.columns = [(name.text, .text, "$")]
      call.isScalar = true
    default:
      guard !function.definitions.isEmpty else {
        throw SQLError(
          .syntaxError,
          "a column definition list is required for functions returning \"record\"",
          at: name.position, hint: "write \(name.text)(…) AS x (a INT, b TEXT)")
      }
      for definition in function.definitions {
        call.columns.append(try recordColumn(definition.name, definition.type, of: type))
      }
    }
    return call
  }

  /// A column of `json_to_record`: a member, read as the type.
  private func recordColumn(_ name: Name, _ type: SQLType, of json: SQLType) throws(SQLError)
    -> (name: String, type: SQLType, template: String)
  {
    let key = SQLText.literal(.text(name.text))
    // The column is put in for "$" later, which a name may hold as well.
    if name.text.contains("$") {
      throw SQLError(
        .featureNotSupported, "\"$\" in the name of a column of a record is not supported",
        at: name.position)
    }
    if type.family == .json {
      let member = "kb_json_member($, \(key))"
      return (name.text, type, type == json ? member : "kb_parse_\(type.functionKey)(\(member))")
    }
    return (name.text, type, Self.read("kb_json_text($, \(key))", as: type))
  }
}
