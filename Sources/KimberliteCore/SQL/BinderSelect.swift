// SPDX-License-Identifier: Apache-2.0
// SELECT … FROM … WHERE … GROUP BY … HAVING … ORDER BY: one query level.

/// A select whose outputs may still lack a type.
struct BoundSelect {
  var distinct: Bool
  var items: [(name: String, bound: Bound)]
  /// ` FROM … WHERE … GROUP BY … HAVING …`.
  var tail: String
  var order: [BoundOrder]

  /// The SQLite text without ORDER BY.
  func sql(_ binding: Binding) -> String {
    let list = items.enumerated().map { "\(binding.collated($1.bound)) AS \"c\($0 + 1)\"" }
    return "SELECT \(distinct ? "DISTINCT " : "")\(list.joined(separator: ", "))\(tail)"
  }
}

extension Binding {
  /// The innermost scope's number.
  var level: Int { scopes.count - 1 }

  mutating func bind(
    _ select: Select, orderBy: [OrderItem], at position: Int = 0
  ) throws(SQLError) -> BoundSelect {
    scopes.append(Scope(.from))
    defer { scopes.removeLast() }
    let from = try bindFrom(select.from)
    var conditions = ""
    if let filter = select.filter {
      scopes[level].clause = .filter
      conditions += " WHERE \(try bindCondition(filter, "WHERE"))"
    }
    let groups = try bindGroups(select)
    scopes[level].ungrouped = []
    scopes[level].clause = .window
    try bindWindows(select.windows)
    scopes[level].clause = .select
    var items = try bindItems(select.items)
    let isAggregated = scopes[level].hasAggregates || !groups.isEmpty
    if select.distinct {
      for item in items {
        try requireOperator("equality", item.bound.type, at: item.bound.position)
      }
    }
    var having = ""
    if let condition = select.having {
      scopes[level].clause = .having
      having = " HAVING \(try bindCondition(condition, "HAVING"))"
    }
    scopes[level].clause = .orderBy
    let order = try bindOrder(orderBy, items, distinct: select.distinct)
    let isGrouped = !groups.isEmpty || scopes[level].hasAggregates || select.having != nil
    if isGrouped { try requireGrouped() }
    let hidden = try provingItems(behind: items.count, isGrouped: isGrouped, at: position)
    if select.having != nil, !isAggregated, let first = items.first?.bound {
      // SQLite has HAVING only where the list has an aggregate.
      let value = first.type == nil ? try coerce(first, to: .text, .implicit) : first
      items[0].bound.form = .sql("CASE WHEN count(*) > -1 THEN \(text(value)) END")
      (items[0].bound.type, items[0].bound.constant) = (value.type, nil)
    }
    if queryDepth == 1 { readToTheEnd(isOrdered: select.distinct || !order.isEmpty) }
    var tail = from.map { " FROM \($0.sql(relations))" } ?? ""
    tail += conditions
    if !groups.isEmpty { tail += " GROUP BY \(groups.joined(separator: ", "))" }
    return BoundSelect(
      distinct: select.distinct, items: items + hidden, tail: tail + having, order: order)
  }

  /// Lets the only table of an outermost query be read to its end, if nothing in the query could
  /// be answered by a search: a query around it, or a table beside it, might search in it.
  private mutating func readToTheEnd(isOrdered: Bool) {
    guard scopes[level].relations.count == 1, let index = scopes[level].relations.first,
      case .storage(let from, let filter?) = relations[index].source,
      filter == Reach.present.rowFilter
    else { return }
    // What is sorted by may be an output.
    let relation = relations[index]
    let sought = isOrdered ? relation.used : relation.sought
    if relation.leading.contains(where: { sought[$0] }) { return }
    relations[index].source = .storage(from: from, filter: Reach.everyLiveRow)
  }

  /// An expression that must be true, as SQLite text.
  mutating func bindCondition(_ expression: Expression, _ clause: String) throws(SQLError)
    -> String
  {
    text(try bindBoolean(expression, clause))
  }

  /// An operand of a place that takes only BOOLEAN.
  mutating func bindBoolean(_ expression: Expression, _ place: String) throws(SQLError) -> Bound {
    let bound = try bind(expression)
    if let type = bound.type, type != .boolean {
      throw SQLError(
        .datatypeMismatch,
        "argument of \(place) must be type boolean, not type \(type.messageName)",
        at: bound.position)
    }
    return try coerce(bound, to: .boolean, .implicit)
  }

  /// Binds the list after SELECT or RETURNING.
  mutating func bindItems(_ items: [SelectItem]) throws(SQLError) -> [(name: String, bound: Bound)]
  {
    var result: [(name: String, bound: Bound)] = []
    for item in items {
      switch item {
      case .all(let position):
        if scopes[level].relations.isEmpty {
          throw SQLError(
            .syntaxError, "SELECT * with no tables specified is not valid", at: position)
        }
        noteStar(at: position)
        result += starColumns(at: position)
      case .allOf(let name):
        guard
          let relation = scopes[level].relations.first(where: { relations[$0].name == name.text })
        else {
          throw SQLError(
            .undefinedTable, "missing FROM-clause entry for table \"\(name.text)\"",
            at: name.position,
            hint: nearestHint(
              to: name.text, among: scopes[level].relations.map { relations[$0].name }))
        }
        noteStar(of: relation, at: name.position)
        result += columns(of: relation, at: name.position)
      case .expression(let expression, let alias):
        let bound = try bind(expression)
        result.append((alias?.text ?? expression.outputName ?? "?column?", bound))
      }
    }
    if result.count > Limits.columnsMax {
      throw SQLError(.programLimit, "a result has at most \(Limits.columnsMax) columns")
    }
    return result
  }

  // MARK: GROUP BY

  private mutating func bindGroups(_ select: Select) throws(SQLError) -> [String] {
    scopes[level].clause = .groupBy
    var texts: [String] = []
    var keys: [String] = []
    var places: [ColumnPlace] = []
    for expression in select.groupBy {
      scopes[level].ungrouped = []
      let target = try groupTarget(expression, select.items)
      var bound = try bind(target)
      if bound.type == nil { bound = try coerce(bound, to: .text, .implicit) }
      try requireOperator("equality", bound.type, at: target.position)
      if let constant = bound.constant {
        // SQLite would take a bare number for a position.
        if case .integer = constant { texts.append("CAST(\(text(bound)) AS INTEGER)") }
        continue
      }
      texts.append(collated(bound))
      keys.append(text(bound))
      if case .column = target.kind, let use = scopes[level].ungrouped.first {
        places.append(use.place)
      }
    }
    scopes[level].groups = keys
    scopes[level].groupedPlaces = places
    if !select.groupBy.isEmpty, texts.isEmpty { texts.append("''") }
    return texts
  }

  /// What a GROUP BY term means: an input column before an output name, as in PostgreSQL.
  private func groupTarget(_ expression: Expression, _ items: [SelectItem]) throws(SQLError)
    -> Expression
  {
    if case .column(let path) = expression.kind, path.count == 1 {
      let isInput =
        scopes[level].merged.contains { $0.name == path[0].text }
        || !places(named: path[0].text, level: level).isEmpty
      if isInput { return expression }
      for case .expression(let item, let alias?) in items where alias.text == path[0].text {
        return item
      }
      return expression
    }
    guard let position = try statedPosition(expression, "GROUP BY", count: items.count) else {
      return expression
    }
    var chosen: Expression?
    for (index, item) in items.enumerated() where index < position {
      guard case .expression(let item, _) = item else {
        throw SQLError(
          .featureNotSupported, "a GROUP BY position behind * is not supported",
          at: expression.position, hint: "name the column")
      }
      chosen = item
    }
    return chosen ?? expression
  }

  // MARK: ORDER BY

  /// A name of ORDER BY may be that of several outputs only if they are the same.
  private func requireSame(
    as output: Int, _ items: [(name: String, bound: Bound)], _ term: Expression
  ) throws(SQLError) {
    guard case .column(let path) = term.kind else { return }
    let sql = text(items[output].bound)
    for item in items[(output + 1)...] where item.name == path[0].text {
      if text(item.bound).isIdentical(to: sql) { continue }
      throw SQLError(
        .ambiguousColumn, "ORDER BY \"\(item.name)\" is ambiguous", at: term.position)
    }
  }

  private mutating func bindOrder(
    _ terms: [OrderItem], _ items: [(name: String, bound: Bound)], distinct: Bool
  ) throws(SQLError) -> [BoundOrder] {
    var result: [BoundOrder] = []
    for term in terms {
      let key: BoundOrder.Key
      if let output = try outputIndex(term.expression, items.map(\.name), "ORDER BY") {
        try requireSame(as: output, items, term.expression)
        key = .output(output)
        try requireOperator("ordering", items[output].bound.type, at: term.expression.position)
      } else {
        var bound = try bind(term.expression)
        if bound.type == nil { bound = try coerce(bound, to: .text, .implicit) }
        try requireOperator("ordering", bound.type, at: term.expression.position)
        let sql = text(bound)
        if let same = items.firstIndex(where: {
          $0.bound.type != nil && text($0.bound).isIdentical(to: sql)
        }) {
          key = .output(same)
        } else if distinct {
          throw SQLError(
            .invalidColumnReference,
            "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
            at: term.expression.position)
        } else {
          key = .expression(bound)
        }
      }
      result.append(
        BoundOrder(key: key, descending: term.descending, nullsFirst: term.nullsFirst))
    }
    return result
  }
}

extension Expression {
  /// The name that a column of this expression gets without AS, as in PostgreSQL.
  var outputName: String? {
    switch kind {
    case .column(let path): path.last?.text
    case .call(let call): call.name.text
    case .cast(let inner, let type): inner.outputName ?? type.functionKey
    case .typed(let type, _): type.functionKey
    case .caseWhen: "case"
    case .exists: "exists"
    case .array, .arrayQuery: "array"
    case .row: "row"
    case .boolean: "bool"
    case .subquery(let query):
      if case .select(let select) = query.body,
        case .expression(let item, let alias)? = select.items.first
      {
        alias?.text ?? item.outputName
      } else {
        nil
      }
    default: nil
    }
  }
}
