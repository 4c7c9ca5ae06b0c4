// SPDX-License-Identifier: Apache-2.0
// Aggregates WITHIN GROUP: percentiles, the mode, and where a row would stand among others.

extension Binding {
  /// What stands WITHIN GROUP only.
  static let orderedSetFunctions = ["mode", "percentile_cont", "percentile_disc"]

  /// The text of a call WITHIN GROUP whose parts are bound.
  mutating func orderedSet(_ call: FunctionCall, _ parts: AggregateParts) throws(SQLError) -> Bound
  {
    let name = call.name.text
    if Hypothesis(rawValue: name) != nil { return try hypothesis(call, parts) }
    let types = parts.arguments + parts.order.map(\.bound)
    guard Self.orderedSetFunctions.contains(name),
      parts.arguments.count == (name == "mode" ? 0 : 1), parts.order.count == 1
    else {
      throw noAggregate(call, types)
    }
    let value = parts.order[0].bound
    guard let type = value.type else { throw noAggregate(call, types) }
    if name == "mode" {
      let sql = sorted("mode", [], parts, by: parts.order)
      return Bound(sql, type, at: call.name.position)
    }
    return try percentile(call, parts, value, type)
  }

  private mutating func percentile(
    _ call: FunctionCall, _ parts: AggregateParts, _ value: Bound, _ type: SQLType
  ) throws(SQLError) -> Bound {
    let position = call.name.position
    var fraction = parts.arguments[0]
    let isArray = fraction.type?.family == .json
    if let given = fraction.type, !isArray, given.family != .number {
      throw noAggregate(call, [fraction, value])
    }
    if !isArray { fraction = try coerce(fraction, to: .double, .implicit) }
    var order = parts.order[0]
    var columns = [text(fraction)]
    var result = type
    var function = "kb_percentile_disc"
    if call.name.text == "percentile_cont" {
      guard type.family == .number || type == .interval else {
        throw noAggregate(call, [fraction, value])
      }
      result = type == .interval ? .interval : .double
      function = type == .interval ? "kb_percentile_cont_interval" : "kb_percentile_cont"
      order.key = .expression(try coerce(value, to: result, .implicit))
      columns.append(text(order.bound))
    } else {
      columns.append(collated(value))
      if isArray { columns.append("kb_json_of_\(type.functionKey)(\(text(value)))") }
    }
    let sql = sorted(function, columns, parts, by: [order])
    return Bound(sql, isArray ? .jsonb : result, at: position)
  }

  /// Rank and its kin of a row that is not there.
  private mutating func hypothesis(_ call: FunctionCall, _ parts: AggregateParts)
    throws(SQLError) -> Bound
  {
    let position = call.name.position
    guard parts.arguments.count == parts.order.count else {
      var error = noAggregate(call, parts.arguments + parts.order.map(\.bound))
      error.hint =
        "there must be as many arguments (here \(parts.arguments.count)) as columns to order by "
        + "(here \(parts.order.count))"
      throw error
    }
    var columns: [String] = []
    var order: [BoundOrder] = []
    for (argument, term) in zip(parts.arguments, parts.order) {
      let type = try unify([argument, term.bound], "WITHIN GROUP", at: argument.position)
      columns.append(collated(try coerce(argument, to: type, .implicit)))
      var term = term
      term.key = .expression(try coerce(term.bound, to: type, .implicit))
      order.append(term)
    }
    // Each key has a column of its own behind the arguments.
    var list = RowOrder(
      function: call.name.text, argumentCount: columns.count, distinct: false, keys: [])
    for term in order {
      list.keys.append(RowOrder.Key(term, column: columns.count))
      columns.append(collated(term.bound))
    }
    let sql = "kb_ordered('\(list.text)', \(columns.joined(separator: ", ")))\(parts.filter)"
    let isRank = call.name.text.hasSuffix("rank") && call.name.text != "percent_rank"
    // Among no rows it is the first.
    let alone = isRank ? "1" : call.name.text == "cume_dist" ? "1.0" : "0.0"
    return Bound(
      "coalesce(\(sql), \(alone))", isRank ? .bigint : .double, at: position, nullable: false)
  }

  private func sorted(
    _ function: String, _ arguments: [String], _ parts: AggregateParts, by terms: [BoundOrder]
  ) -> String {
    var columns = arguments
    var order = RowOrder(
      function: function, argumentCount: columns.count, distinct: false, keys: [])
    for term in terms { add(term, to: &order, &columns) }
    return "kb_ordered('\(order.text)', \(columns.joined(separator: ", ")))\(parts.filter)"
  }
}

extension BoundOrder {
  /// The expression of a term that means no output.
  var bound: Bound {
    guard case .expression(let bound) = key else {
      preconditionFailure("a call's order is of expressions")
    }
    return bound
  }
}

extension RowOrder.Key {
  /// The key that a term of ORDER BY makes of a column.
  init(_ term: BoundOrder, column: Int) {
    self.init(
      column: column, descending: term.descending,
      nullsFirst: term.nullsFirst ?? term.descending,
      isNumeric: term.bound.type?.isNumeric == true)
  }
}
