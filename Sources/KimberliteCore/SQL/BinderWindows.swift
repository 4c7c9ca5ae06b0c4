// SPDX-License-Identifier: Apache-2.0
// Window functions: calls with OVER, and the windows that they name.

/// A window as SQLite text.
struct BoundWindow {
  /// The text of OVER, with a blank before it.
  var text: String
  /// Whether rows leave its frame at the start while it moves, and nothing is excluded: SQLite
  /// takes them out again instead of beginning anew.
  var movesStart: Bool
}

extension Binding {
  /// Functions that are nothing but window functions, with the least and most arguments they take.
  static let windowFunctions: [String: ClosedRange<Int>] = [
    "row_number": 0...0, "rank": 0...0, "dense_rank": 0...0, "percent_rank": 0...0,
    "cume_dist": 0...0, "ntile": 1...1, "lag": 1...3, "lead": 1...3, "first_value": 1...1,
    "last_value": 1...1, "nth_value": 2...2,
  ]

  /// Binds a call with OVER.
  mutating func bindWindowCall(_ call: FunctionCall, _ reference: WindowReference)
    throws(SQLError) -> Bound
  {
    let position = call.name.position
    let name = call.name.text
    let isAggregate = AggregateOverload.names.contains(name)
    guard isAggregate || Self.windowFunctions[name] != nil else {
      if Self.orderedSetFunctions.contains(name) {
        throw SQLError(
          .featureNotSupported, "OVER is not supported for ordered-set aggregate \(name)",
          at: position)
      }
      if !isFunction(name) { _ = try chooseOverload(call.name, []) }
      throw SQLError(
        .wrongObjectType,
        "OVER specified, but \(name) is not a window function nor an aggregate function",
        at: position)
    }
    guard let clause = scopes.last?.clause, clause.allowsWindows else {
      throw Self.noWindows(in: scopes.last?.clause ?? .values, at: position)
    }
    try refuseModifiers(call, isAggregate: isAggregate)
    scopes[level].hasWindows = true
    scopes[level].clause = .windowArgument
    var parts = AggregateParts()
    for argument in call.arguments { parts.arguments.append(try bind(argument)) }
    if let condition = call.filter {
      scopes[level].clause = .aggregateFilter
      parts.filter = " FILTER (WHERE \(try bindCondition(condition, "FILTER")))"
    }
    let window = try bind(reference)
    scopes[level].clause = clause
    return isAggregate
      ? try aggregate(call, parts, over: window)
      : try windowFunction(call, parts.arguments, window)
  }

  static func noWindows(in clause: Clause, at position: Int) -> SQLError {
    switch clause {
    case .aggregate:
      SQLError(
        .groupingError, "aggregate function calls cannot contain window function calls",
        at: position)
    case .windowArgument:
      SQLError(.windowingError, "window function calls cannot be nested", at: position)
    default:
      SQLError(
        .windowingError, "window functions are not allowed in \(clause.rawValue)", at: position)
    }
  }

  private func refuseModifiers(_ call: FunctionCall, isAggregate: Bool) throws(SQLError) {
    let what: String
    if call.withinGroup {
      throw SQLError(
        .wrongObjectType,
        "\(call.name.text) is not an ordered-set aggregate, so it cannot have "
          + "WITHIN GROUP", at: call.name.position)
    } else if call.distinct {
      what = "DISTINCT is not implemented for window functions"
    } else if !call.orderBy.isEmpty {
      what = "aggregate ORDER BY is not implemented for window functions"
    } else if call.filter != nil, !isAggregate {
      what = "FILTER is not implemented for non-aggregate window functions"
    } else {
      return
    }
    throw SQLError(.featureNotSupported, what, at: call.name.position)
  }

  private mutating func windowFunction(
    _ call: FunctionCall, _ arguments: [Bound], _ window: BoundWindow
  ) throws(SQLError) -> Bound {
    let position = call.name.position
    let name = call.name.text
    guard let counts = Self.windowFunctions[name], counts.contains(arguments.count), !call.star
    else { throw noAggregate(call, arguments) }
    switch name {
    case "row_number", "rank", "dense_rank":
      return Bound("\(name)()\(window.text)", .bigint, at: position, nullable: false)
    case "percent_rank", "cume_dist":
      return Bound("\(name)()\(window.text)", .double, at: position, nullable: false)
    case "ntile":
      let count = try integerArgument(call, arguments, 0)
      let checked = windowCount(count, name)
      return Bound(
        unlessNull(count, "ntile(\(checked))\(window.text)"), .integer, at: position,
        nullable: count.nullable)
    case "first_value", "last_value":
      let value = try typed(arguments[0])
      return Bound("\(name)(\(text(value)))\(window.text)", value.type ?? .text, at: position)
    case "nth_value":
      let value = try typed(arguments[0])
      let place = try integerArgument(call, arguments, 1)
      let checked = windowCount(place, name)
      return Bound(
        unlessNull(place, "nth_value(\(text(value)), \(checked))\(window.text)"),
        value.type ?? .text, at: position)
    default: return try neighbour(call, arguments, window)
    }
  }

  /// `lag` and `lead`.
  private mutating func neighbour(
    _ call: FunctionCall, _ arguments: [Bound], _ window: BoundWindow
  ) throws(SQLError) -> Bound {
    let isLag = call.name.text == "lag"
    var type = arguments[0].type ?? arguments.last?.type ?? .text
    if arguments.count == 3, let other = arguments[2].type {
      guard let common = type.common(with: other) else { throw noAggregate(call, arguments) }
      type = common
    }
    let value = text(try coerce(arguments[0], to: type, .implicit))
    guard arguments.count > 1 else {
      return Bound("\(call.name.text)(\(value))\(window.text)", type, at: call.name.position)
    }
    let offset = try integerArgument(call, arguments, 1)
    // SQLite's lag reads no row behind the current one, where a negative offset points.
    let isBackward: Bool
    if case .integer(let number)? = offset.constant {
      isBackward = number >= 0
    } else {
      isBackward = false
    }
    var texts = [value]
    texts.append(isLag && !isBackward ? "-\(text(offset))" : text(offset))
    if arguments.count == 3 { texts.append(text(try coerce(arguments[2], to: type, .implicit))) }
    let name = isLag && isBackward ? "lag" : "lead"
    let sql = "\(name)(\(texts.joined(separator: ", ")))\(window.text)"
    return Bound(
      arguments.count == 3 ? unlessNull(offset, sql) : sql, type, at: call.name.position)
  }

  private mutating func integerArgument(
    _ call: FunctionCall, _ arguments: [Bound], _ index: Int
  ) throws(SQLError) -> Bound {
    if let type = arguments[index].type, !type.isInteger || type == .bigint {
      throw noAggregate(call, arguments)
    }
    return try coerce(arguments[index], to: .integer, .implicit)
  }

  /// A count that has to be positive; for NULL, whose answer is not asked for, 1.
  private func windowCount(_ count: Bound, _ name: String) -> String {
    let number = count.nullable ? "coalesce(\(text(count)), 1)" : text(count)
    return "kb_window_count(\(number), '\(name)')"
  }

  private func unlessNull(_ argument: Bound, _ sql: String) -> String {
    argument.nullable ? "(CASE WHEN \(text(argument)) IS NOT NULL THEN \(sql) END)" : sql
  }

  // MARK: Windows

  /// Notes the windows of WINDOW for the calls of this query.
  mutating func bindWindows(_ list: [(name: Name, window: WindowSpecification)])
    throws(SQLError)
  {
    for (name, window) in list {
      if scopes[level].windows.contains(where: { $0.name == name.text }) {
        throw SQLError(
          .windowingError, "window \"\(name.text)\" is already defined", at: name.position)
      }
      // What is wrong with it is wrong whether it is used or not.
      _ = try bind(.specification(window))
      scopes[level].windows.append((name.text, window))
    }
  }

  private mutating func bind(_ reference: WindowReference) throws(SQLError) -> BoundWindow {
    let clause = scopes[level].clause
    scopes[level].clause = .window
    defer { scopes[level].clause = clause }
    let window: WindowSpecification
    switch reference {
    case .named(let name): window = try completed(try named(name))
    case .specification(let specification): window = try completed(specification)
    }
    var parts: [String] = []
    if !window.partitionBy.isEmpty {
      var texts: [String] = []
      for expression in window.partitionBy {
        let bound = try typed(try bind(expression))
        try requireOperator("equality", bound.type, at: bound.position)
        // SQLite would take a bare number for a column's position.
        texts.append(bound.constant == nil ? key(bound) : "NULL")
      }
      parts.append("PARTITION BY \(texts.joined(separator: ", "))")
    }
    let order = try bindOrderTerms(window.orderBy)
    let frame = try window.frame.map { (frame) throws(SQLError) in try bindFrame(frame, order) }
    if !order.isEmpty {
      // Constants make all rows peers.
      let terms = orderText(frame?.order ?? order, [])
      parts.append(terms.isEmpty ? "ORDER BY NULL" : String(terms.dropFirst()))
    }
    if let frame { parts.append(frame.text) }
    return BoundWindow(
      text: " OVER (\(parts.joined(separator: " ")))", movesStart: frame?.movesStart ?? false)
  }

  private func named(_ name: Name) throws(SQLError) -> WindowSpecification {
    if let found = scopes[level].windows.first(where: { $0.name == name.text }) {
      return found.window
    }
    throw SQLError(
      .undefinedObject, "window \"\(name.text)\" does not exist", at: name.position,
      hint: nearestHint(to: name.text, among: scopes[level].windows.map(\.name)))
  }

  /// A window with what it takes from its base.
  private func completed(_ window: WindowSpecification) throws(SQLError) -> WindowSpecification {
    guard let name = window.base else { return window }
    let base = try completed(try named(name))
    if !window.partitionBy.isEmpty {
      throw SQLError(
        .windowingError, "cannot override PARTITION BY clause of window \"\(name.text)\"",
        at: name.position)
    }
    if !window.orderBy.isEmpty, !base.orderBy.isEmpty {
      throw SQLError(
        .windowingError, "cannot override ORDER BY clause of window \"\(name.text)\"",
        at: name.position)
    }
    if base.frame != nil {
      throw SQLError(
        .windowingError,
        "cannot copy window \"\(name.text)\" because it has a frame clause", at: name.position,
        hint: "omit the parentheses in this OVER clause")
    }
    var result = window
    result.base = nil
    result.partitionBy = base.partitionBy
    if result.orderBy.isEmpty { result.orderBy = base.orderBy }
    return result
  }
}
