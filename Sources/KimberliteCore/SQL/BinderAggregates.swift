// SPDX-License-Identifier: Apache-2.0
// Aggregates. Those over types that SQLite computes exactly are SQLite's own.

/// The aggregate functions.
enum AggregateKind: String, CaseIterable {
  case count, sum, avg, min, max, every
  case stringAgg = "string_agg"
  case boolAnd = "bool_and"
  case boolOr = "bool_or"
}

extension Binding {
  /// Binds a call of an aggregate.
  mutating func bind(_ kind: AggregateKind, _ call: FunctionCall) throws(SQLError) -> Bound {
    let position = call.name.position
    guard let scope = scopes.last, scope.clause.allowsAggregates else {
      let place = scopes.last?.clause
      throw SQLError(
        .groupingError,
        place == .aggregate
          ? "aggregate function calls cannot be nested"
          : "aggregate functions are not allowed in \((place ?? .values).rawValue)", at: position)
    }
    let level = self.level
    let clause = scope.clause
    scopes[level].hasAggregates = true
    let before = scope.ungrouped.count
    let outerCount = scopes[..<level].reduce(0) { $0 + $1.useCount }
    scopes[level].clause = .aggregate
    var arguments: [Bound] = []
    for argument in call.arguments { arguments.append(try bind(argument)) }
    var filter = ""
    if let condition = call.filter {
      scopes[level].clause = .aggregateFilter
      filter = " FILTER (WHERE \(try bindCondition(condition, "FILTER")))"
    }
    scopes[level].clause = clause
    if scopes[level].useCount == scope.useCount,
      scopes[..<level].reduce(0, { $0 + $1.useCount }) > outerCount
    {
      // SQL computes such an aggregate in the outer query.
      throw SQLError(
        .featureNotSupported, "an aggregate over columns of an outer query only is not supported",
        at: position)
    }
    // Inside of an aggregate every column may stand, grouped or not.
    scopes[level].ungrouped.removeSubrange(before...)
    return try aggregate(kind, call, arguments, filter, at: position)
  }

  private mutating func aggregate(
    _ kind: AggregateKind, _ call: FunctionCall, _ arguments: [Bound], _ filter: String,
    at position: Int
  ) throws(SQLError) -> Bound {
    if kind == .count, call.star || arguments.count == 1 {
      let inner =
        call.star ? "*" : (call.distinct ? "DISTINCT " : "") + collated(try typed(arguments[0]))
      return Bound("count(\(inner))\(filter)", .bigint, at: position, nullable: false)
    }
    if kind == .stringAgg { return try stringAggregate(call, arguments, filter, at: position) }
    guard arguments.count == 1, !call.star else { throw noAggregate(call, arguments) }
    let argument = try typed(arguments[0])
    guard let type = argument.type else { throw noAggregate(call, arguments) }
    let isWide = type.isInteger && (kind == .sum || kind == .avg)
    let inner =
      (call.distinct ? "DISTINCT " : "") + (isWide ? wide(argument) : collated(argument))
    switch kind {
    case .min, .max:
      if type.family == .json { throw noAggregate(call, arguments) }
      if type == .boolean { throw noAggregate(call, arguments) }
      return Bound("\(kind.rawValue)(\(inner))\(filter)", type, at: position)
    case .boolAnd, .boolOr, .every:
      guard type == .boolean else { throw noAggregate(call, arguments) }
      return Bound(
        "\(kind == .boolOr ? "max" : "min")(\(inner))\(filter)", .boolean, at: position)
    case .sum: return try sum(type, inner, filter, call, arguments)
    case .avg: return try average(type, inner, filter, call, arguments)
    case .count, .stringAgg: throw noAggregate(call, arguments)
    }
  }

  private func sum(
    _ type: SQLType, _ inner: String, _ filter: String, _ call: FunctionCall, _ arguments: [Bound]
  ) throws(SQLError) -> Bound {
    let position = call.name.position
    switch type {
    case .smallint, .integer: return Bound("sum(\(inner))\(filter)", .bigint, at: position)
    case .bigint:
      return Bound(
        "kb_numeric_of_bigint(sum(\(inner))\(filter))", type.decimal, at: position)
    case .numeric: return Bound("kb_sum_numeric(\(inner))\(filter)", type.base, at: position)
    case .real, .double: return Bound("sum(\(inner))\(filter)", type, at: position)
    case .interval: return Bound("kb_sum_interval(\(inner))\(filter)", type, at: position)
    default: throw noAggregate(call, arguments)
    }
  }

  private func average(
    _ type: SQLType, _ inner: String, _ filter: String, _ call: FunctionCall, _ arguments: [Bound]
  ) throws(SQLError) -> Bound {
    let position = call.name.position
    let sum: String
    switch type {
    case .smallint, .integer, .bigint: sum = "sum(\(inner))\(filter)"
    case .numeric: sum = "kb_sum_numeric(\(inner))\(filter)"
    case .real, .double: return Bound("avg(\(inner))\(filter)", .double, at: position)
    default: throw noAggregate(call, arguments)
    }
    return Bound(
      "kb_avg_result(\(sum), count(\(inner))\(filter))", type.decimal, at: position)
  }

  private mutating func stringAggregate(
    _ call: FunctionCall, _ arguments: [Bound], _ filter: String, at position: Int
  ) throws(SQLError) -> Bound {
    guard arguments.count == 2 else { throw noAggregate(call, arguments) }
    let value = try typed(arguments[0])
    let separator = try typed(arguments[1])
    guard value.type?.family == .text, separator.type?.family == .text else {
      throw noAggregate(call, arguments)
    }
    if call.distinct {
      // SQLite takes DISTINCT only with one argument.
      throw SQLError(
        .featureNotSupported, "string_agg(DISTINCT …) is not supported", at: position,
        hint: "select the distinct values in a derived table")
    }
    let first = text(try coerce(value, to: .text, .implicit))
    let second = text(try coerce(separator, to: .text, .implicit))
    return Bound("group_concat(\(first), \(second))\(filter)", .text, at: position)
  }

  private func noAggregate(_ call: FunctionCall, _ arguments: [Bound]) -> SQLError {
    let types = call.star ? "*" : arguments.map(\.type.messageName).joined(separator: ", ")
    return SQLError(
      .undefinedFunction, "function \(call.name.text)(\(types)) does not exist",
      at: call.name.position)
  }
}

extension SQLType {
  /// NUMERIC without limits, the type of sums and averages.
  fileprivate var decimal: SQLType { .numeric(precision: nil, scale: nil) }
}
