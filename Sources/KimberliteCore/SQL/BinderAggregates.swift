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
    let parts = try bindParts(call)
    let bound =
      call.withinGroup ? try orderedSet(call, parts) : try aggregate(call, parts, over: nil)
    return scopes[level].union == nil ? bound : piece(bound)
  }

  private mutating func bindParts(_ call: FunctionCall) throws(SQLError) -> AggregateParts {
    let position = call.name.position
    guard !scopes.isEmpty else { throw Self.noAggregates(in: .values, at: position) }
    let inner = level
    let before = scopes
    scopes[inner].clause = .aggregate
    var parts = AggregateParts()
    for argument in call.arguments { parts.arguments.append(try bind(argument)) }
    let direct = scopes[inner].ungrouped.count
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
    if owner < inner, scopes[owner].union != nil || before[owner].clause == .having {
      throw SQLError(
        .featureNotSupported,
        "an aggregate of an outer query in HAVING or with grouping sets is not supported",
        at: position)
    }
    scopes[owner].hasAggregates = true
    // Inside of an aggregate every column may stand, grouped or not; but arguments before WITHIN
    // GROUP are of the group.
    let kept = call.withinGroup && owner == inner ? direct : before[owner].ungrouped.count
    scopes[owner].ungrouped.removeSubrange(kept...)
    return parts
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
    var arguments = parts.arguments
    if arguments.allSatisfy({ $0.type == nil }) {
      for index in arguments.indices { arguments[index] = try typed(arguments[index]) }
    }
    let overload = try chooseAggregate(call, arguments)
    var texts: [String] = []
    for (index, parameter) in overload.parameters.enumerated() {
      var argument = arguments[index]
      if case .type(let type) = parameter {
        argument = try coerce(argument, to: type, .implicit)
      } else {
        argument = try typed(argument)
      }
      arguments[index] = argument
      texts.append(call.name.text == "count" ? key(argument) : collated(argument))
    }
    guard let result = overload.result ?? arguments.first?.type else {
      throw noAggregate(call, arguments)
    }
    if call.distinct { try requireDistinct(arguments, parts.order) }
    let needsOrder =
      overload.traits.contains(.ordered) && (call.distinct || !parts.order.isEmpty)
      || call.distinct && arguments.count > 1
    let sql: String
    if needsOrder {
      sql = ordered(overload, arguments, texts, parts, distinct: call.distinct) + suffix
    } else if let window, window.movesStart, !overload.traits.contains(.inverse) {
      let list = overload.ownArguments.map { Self.fill($0, texts, arguments) }
      sql = "kb_frame('\(overload.own)', \(list.joined(separator: ", ")))\(suffix)"
    } else {
      sql = Self.fill(
        overload.template, texts, arguments, distinct: call.distinct, suffix: suffix)
    }
    return Bound(sql, result, at: position, nullable: overload.name != "count")
  }

  /// DISTINCT tells apart by the arguments, and ORDER BY cannot tell what they do not.
  private func requireDistinct(_ arguments: [Bound], _ order: [BoundOrder]) throws(SQLError) {
    for argument in arguments {
      try requireOperator("equality", argument.type, at: argument.position)
    }
    let texts = arguments.map(text)
    for case .expression(let key) in order.map(\.key)
    where !texts.contains(where: text(key).isIdentical) {
      throw SQLError(
        .invalidColumnReference,
        "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list",
        at: key.position)
    }
  }

  /// The call that sorts the rows before our own function gets them.
  private func ordered(
    _ overload: AggregateOverload, _ arguments: [Bound], _ texts: [String],
    _ parts: AggregateParts, distinct: Bool
  ) -> String {
    var columns = overload.ownArguments.map { Self.fill($0, texts, arguments) }
    var order = RowOrder(
      function: overload.own, argumentCount: columns.count, distinct: distinct, keys: [])
    for term in parts.order { add(term, to: &order, &columns) }
    if distinct {
      for argument in arguments {
        let term = BoundOrder(key: .expression(argument), descending: false, nullsFirst: nil)
        add(term, to: &order, &columns)
      }
    }
    return "kb_ordered('\(order.text)', \(columns.joined(separator: ", ")))"
  }

  /// Makes a term of ORDER BY a key of rows, which has a column of its own where none is the same.
  func add(_ term: BoundOrder, to order: inout RowOrder, _ columns: inout [String]) {
    let sql = collated(term.bound)
    let column = columns.firstIndex(where: sql.isIdentical) ?? columns.count
    if column == columns.count { columns.append(sql) }
    if order.keys.contains(where: { $0.column == column }) { return }
    order.keys.append(RowOrder.Key(term, column: column))
  }

  private static func fill(
    _ template: String, _ texts: [String], _ arguments: [Bound], distinct: Bool = false,
    suffix: String = ""
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
        // A literal without a type takes that of the parameter.
        let step = argument.type.map { parameter.distance(of: $0) } ?? 0
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
