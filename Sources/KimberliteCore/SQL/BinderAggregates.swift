// SPDX-License-Identifier: Apache-2.0
// Calls of aggregates: where they may stand, which query they belong to, and their text.

/// What stands between the parentheses of an aggregate's call, and behind them.
struct AggregateParts {
  var arguments: [Bound] = []
  var order: [BoundOrder] = []
  /// ` FILTER (WHERE …)`, or nothing.
  var filter = ""
}

extension Binding {
  /// Binds a call of an aggregate without OVER.
  mutating func bindAggregate(_ call: FunctionCall) throws(SQLError) -> Bound {
    let position = call.name.position
    guard !scopes.isEmpty else { throw Self.noAggregates(in: .values, at: position) }
    let inner = level
    let before = scopes
    scopes[inner].clause = .aggregate
    var parts = AggregateParts()
    for argument in call.arguments { parts.arguments.append(try bind(argument)) }
    parts.order = try bindOrderTerms(call.orderBy)
    if let condition = call.filter {
      scopes[inner].clause = .aggregateFilter
      parts.filter = " FILTER (WHERE \(try bindCondition(condition, "FILTER")))"
    }
    scopes[inner].clause = before[inner].clause
    // It belongs to the innermost query whose columns it names, which SQLite finds as well.
    let owner =
      scopes.indices.last { scopes[$0].useCount > before[$0].useCount } ?? inner
    guard before[owner].clause.allowsAggregates else {
      throw Self.noAggregates(in: before[owner].clause, at: position)
    }
    scopes[owner].hasAggregates = true
    // Inside of an aggregate every column may stand, grouped or not.
    scopes[owner].ungrouped.removeSubrange(before[owner].ungrouped.count...)
    return try aggregate(call, parts, over: nil)
  }

  private static func noAggregates(in clause: Clause, at position: Int) -> SQLError {
    SQLError(
      .groupingError,
      clause == .aggregate
        ? "aggregate function calls cannot be nested"
        : "aggregate functions are not allowed in \(clause.rawValue)", at: position)
  }

  /// The text of a call whose parts are bound; `over`: of a window.
  mutating func aggregate(
    _ call: FunctionCall, _ parts: AggregateParts, over window: BoundWindow?
  ) throws(SQLError) -> Bound {
    let position = call.name.position
    let suffix = parts.filter + (window?.text ?? "")
    if call.star {
      guard call.name.text == "count" else { throw noAggregate(call, []) }
      return Bound("count(*)\(suffix)", .bigint, at: position, nullable: false)
    }
    var arguments: [Bound] = []
    for argument in parts.arguments { arguments.append(try typed(argument)) }
    let overload = try chooseAggregate(call, arguments)
    var texts: [String] = []
    for (index, parameter) in overload.parameters.enumerated() {
      var argument = arguments[index]
      if case .type(let type) = parameter { argument = try coerce(argument, to: type, .implicit) }
      arguments[index] = argument
      let isWide = overload.traits.contains(.wide) && argument.type?.isInteger == true
      texts.append(isWide ? wide(argument) : collated(argument))
    }
    guard let result = overload.result ?? arguments.first?.type else {
      throw noAggregate(call, arguments)
    }
    if call.withinGroup {
      throw SQLError(
        .wrongObjectType,
        "\(call.name.text) is not an ordered-set aggregate, so it cannot have WITHIN GROUP",
        at: position)
    }
    if overload.traits.contains(.ordered), !parts.order.isEmpty {
      throw SQLError(
        .featureNotSupported, "ORDER BY in a call of \(call.name.text) is not supported",
        at: position)
    }
    if call.distinct, arguments.count > 1 {
      throw SQLError(
        .featureNotSupported, "\(call.name.text)(DISTINCT …) is not supported", at: position)
    }
    if call.distinct { for argument in arguments { try requireEquality(argument) } }
    let sql: String
    if let window, window.movesStart, !overload.traits.contains(.inverse) {
      sql = "kb_frame('\(overload.own)', \(texts.joined(separator: ", ")))\(suffix)"
    } else {
      sql = Self.fill(
        overload.template, texts, arguments, distinct: call.distinct, suffix: suffix)
    }
    return Bound(sql, result, at: position, nullable: overload.name != "count")
  }

  private static func fill(
    _ template: String, _ texts: [String], _ arguments: [Bound], distinct: Bool, suffix: String
  ) -> String {
    var result = ""
    var rest = template[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      var mark = rest.index(after: dollar)
      switch rest[mark] {
      case "D": result += distinct ? "DISTINCT " : ""
      case "S": result += suffix
      case "J":
        mark = rest.index(after: mark)
        let place = (rest[mark].wholeNumberValue ?? 0) - 1
        let key = arguments[place].type?.functionKey ?? "text"
        result += "kb_json_of_\(key)(\(texts[place]))"
      default: result += texts[(rest[mark].wholeNumberValue ?? 0) - 1]
      }
      rest = rest[rest.index(after: mark)...]
    }
    return result + rest
  }

  private func chooseAggregate(_ call: FunctionCall, _ arguments: [Bound]) throws(SQLError)
    -> AggregateOverload
  {
    var best: (overload: AggregateOverload, distance: Int)?
    for overload in AggregateOverload.all
    where overload.name == call.name.text && overload.parameters.count == arguments.count {
      var distance: Int? = 0
      for (argument, parameter) in zip(arguments, overload.parameters) {
        let step = argument.type.flatMap { parameter.distance(of: $0) }
        distance = step.flatMap { step in distance.map { $0 + step } }
      }
      if let distance, distance < best?.distance ?? .max { best = (overload, distance) }
    }
    if let best { return best.overload }
    throw noAggregate(call, arguments)
  }

  func noAggregate(_ call: FunctionCall, _ arguments: [Bound]) -> SQLError {
    let types = call.star ? "*" : arguments.map(\.type.messageName).joined(separator: ", ")
    let signatures = AggregateOverload.all.filter { $0.name == call.name.text }.map { overload in
      let parameters = overload.parameters.map(\.messageName).joined(separator: ", ")
      return "\(overload.name)(\(parameters))"
    }
    return SQLError(
      .undefinedFunction, "function \(call.name.text)(\(types)) does not exist",
      at: call.name.position,
      hint: signatures.isEmpty ? nil : "there is \(signatures.joined(separator: ", "))")
  }

  /// Refuses a type whose values cannot be told apart.
  func requireEquality(_ bound: Bound) throws(SQLError) {
    if bound.type == .json {
      throw SQLError(
        .undefinedFunction, "could not identify an equality operator for type json",
        at: bound.position, hint: "cast it to jsonb")
    }
  }

  /// ORDER BY of a call or a window: expressions, without names and numbers of outputs.
  mutating func bindOrderTerms(_ items: [OrderItem]) throws(SQLError) -> [BoundOrder] {
    var result: [BoundOrder] = []
    for item in items {
      let bound = try typed(try bind(item.expression))
      if bound.type == .json {
        throw SQLError(
          .undefinedFunction, "could not identify an ordering operator for type json",
          at: bound.position, hint: "cast it to text")
      }
      result.append(
        BoundOrder(
          key: .expression(bound), descending: item.descending, nullsFirst: item.nullsFirst))
    }
    return result
  }
}
