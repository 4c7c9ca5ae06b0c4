// SPDX-License-Identifier: Apache-2.0
// SELECT … FROM … WHERE … GROUP BY … HAVING … ORDER BY: one query level.

/// A select whose outputs may still lack a type.
struct BoundSelect {
  var distinct: Bool
  var items: [(name: String, bound: Bound)]
  /// ` FROM … WHERE … GROUP BY … HAVING …`.
  var tail: String
  var order: [BoundOrder]
  /// Whether it has one row at most: aggregates over all rows.
  var isSingle = false
  /// What DISTINCT ON tells rows apart by.
  var distinctOn: [BoundOrder] = []
  /// What stands in layers around the select sees of it besides the items: `o1`, `o2`, ….
  var extras: [Bound] = []
  /// Whether the extras are outputs.
  var showsExtras = false

  /// The SQLite text without ORDER BY.
  func sql(_ binding: Binding) -> String {
    let columns = items.map { binding.collated($0.bound) }
    var list = columns.enumerated().map { "\($1) AS \"c\($0 + 1)\"" }
    list += extras.enumerated().map { "\(binding.collated($1)) AS \"o\($0 + 1)\"" }
    let sql = "SELECT \(distinct ? "DISTINCT " : "")\(list.joined(separator: ", "))\(tail)"
    return distinctOn.isEmpty ? sql : picked(sql, binding)
  }

  /// The first row of those that DISTINCT ON takes for equal.
  private func picked(_ sql: String, _ binding: Binding) -> String {
    let keys = distinctOn.map { binding.layerText($0.key, items) }.joined(separator: ", ")
    let order = binding.layerOrder(order, items)
    let number = "row_number() OVER (PARTITION BY \(keys)\(order)) AS \"n\""
    return
      "SELECT \(outputs) FROM (SELECT *, \(number) FROM (\(sql)) AS \"s\") AS \"s\" "
      + "WHERE \"n\" = 1"
  }

  /// The names of what a layer hands on.
  private var outputs: String {
    let extras = showsExtras ? extras.indices.map { "\"o\($0 + 1)\"" } : []
    return (items.indices.map { "\"c\($0 + 1)\"" } + extras).joined(separator: ", ")
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
    if select.distinct {
      for item in items {
        try requireOperator("equality", item.bound.type, at: item.bound.position)
      }
    }
    var having: String?
    if let condition = select.having {
      scopes[level].clause = .having
      having = try bindCondition(condition, "HAVING")
    }
    scopes[level].clause = .orderBy
    let order = try bindOrder(orderBy, items, distinct: select.distinct)
    let distinctOn = try bindDistinctOn(select.distinctOn, items, order)
    let isGrouped =
      !select.groupBy.isEmpty || scopes[level].hasAggregates || select.having != nil
    if isGrouped { try requireGrouped() }
    let hidden = try provingItems(behind: items.count, isGrouped: isGrouped, at: position)
    if queryDepth == 1, groups.sets == nil {
      readToTheEnd(isOrdered: select.distinct || !order.isEmpty)
    }
    var tail = from.map { " FROM \($0.sql(relations))" } ?? ""
    tail += conditions
    if let sets = groups.sets {
      tail = unionText(sets, tail) + (having.map { " WHERE \($0)" } ?? "")
    } else if isGrouped, groups.texts.isEmpty, !scopes[level].hasAggregates {
      // One group of all rows, where no aggregate makes SQLite see one.
      tail = " FROM (SELECT count(*)\(tail))" + (having.map { " WHERE \($0)" } ?? "")
    } else {
      if !groups.texts.isEmpty { tail += " GROUP BY \(groups.texts.joined(separator: ", "))" }
      if let having {
        tail += " HAVING \(having)"
        if groups.texts.isEmpty { try aggregateFirst(&items) }
      }
    }
    var result = BoundSelect(
      distinct: select.distinct, items: items + hidden, tail: tail, order: order)
    result.isSingle = isGrouped && select.groupBy.isEmpty
    result.distinctOn = distinctOn
    if !distinctOn.isEmpty { makeLayer(&result) }
    return result
  }

  /// Makes an aggregate of the first output: SQLite has HAVING only where the list has one.
  private mutating func aggregateFirst(
    _ items: inout [(name: String, bound: Bound)]
  ) throws(SQLError) {
    guard let first = try items.first.map({ (item) throws(SQLError) in try typed(item.bound) }),
      let type = first.type
    else { return }
    items[0].bound = Bound(
      "CASE WHEN count(*) > -1 THEN \(text(first)) END", type, at: first.position)
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

  mutating func bindOrder(
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
