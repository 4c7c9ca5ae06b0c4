// SPDX-License-Identifier: Apache-2.0
// Queries around a select that pick some of its rows: DISTINCT ON and FETCH … WITH TIES, which
// SQLite says with window functions.

extension Binding {
  /// DISTINCT ON: its expressions mean what those of ORDER BY do, and stand first among them.
  mutating func bindDistinctOn(
    _ expressions: [Expression], _ items: [(name: String, bound: Bound)], _ order: [BoundOrder]
  ) throws(SQLError) -> [BoundOrder] {
    if expressions.isEmpty { return [] }
    scopes[level].clause = .orderBy
    let terms = expressions.map {
      OrderItem(expression: $0, descending: false, nullsFirst: nil)
    }
    let keys = try bindOrder(terms, items, distinct: false)
    let texts = keys.map { layerIdentity($0.key) }
    var met: Set<String> = []
    for term in order {
      let text = layerIdentity(term.key)
      if texts.contains(text) {
        met.insert(text)
      } else if met.count < Set(texts).count {
        throw SQLError(
          .invalidColumnReference,
          "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
          at: expressions[0].position)
      }
    }
    return keys
  }

  /// What tells two keys apart.
  private func layerIdentity(_ key: BoundOrder.Key) -> String {
    switch key {
    case .output(let index): "\(index)"
    case .expression(let bound): text(bound)
    }
  }

  /// Makes what a select is ordered by, and is no output, a column that layers around it see.
  mutating func makeLayer(_ select: inout BoundSelect) {
    func moved(_ term: BoundOrder) -> BoundOrder {
      guard case .expression(let bound) = term.key else { return term }
      let sql = text(bound)
      let place =
        select.extras.firstIndex { text($0).isIdentical(to: sql) } ?? select.extras.count
      if place == select.extras.count { select.extras.append(bound) }
      var term = term
      term.key = .expression(
        Bound(
          "\"s\".\"o\(place + 1)\"", bound.type ?? .text, at: bound.position,
          nullable: bound.nullable))
      return term
    }
    select.order = select.order.map(moved)
    select.distinctOn = select.distinctOn.map(moved)
  }

  /// A key in a layer around a select.
  func layerText(_ key: BoundOrder.Key, _ items: [(name: String, bound: Bound)]) -> String {
    switch key {
    case .output(let index):
      let type = items[index].bound.type ?? .text
      return collated(Bound("\"s\".\"c\(index + 1)\"", type, at: 0))
    case .expression(let bound): return collated(bound)
    }
  }

  /// ` ORDER BY …` in a layer, whose outputs have no positions.
  func layerOrder(_ order: [BoundOrder], _ items: [(name: String, bound: Bound)]) -> String {
    orderText(
      order.map { term in
        guard case .output(let index) = term.key else { return term }
        let bound = items[index].bound
        var term = term
        term.key = .expression(
          Bound(
            "\"s\".\"c\(index + 1)\"", bound.type ?? .text, at: 0, nullable: bound.nullable))
        return term
      }, [])
  }

  /// The rows of a query up to FETCH, and all that are equal to the last of them.
  mutating func withTies(
    _ body: BoundBody, _ order: [BoundOrder], _ query: Query
  ) throws(SQLError) -> String {
    guard let limit = query.limit else { preconditionFailure("WITH TIES belongs to FETCH") }
    let count = try self.count(limit, "LIMIT")
    let skipped = try query.offset.map { (offset) throws(SQLError) in
      try self.count(offset, "OFFSET")
    }
    var order = order
    var body = body
    if case .select(var select) = body {
      select.showsExtras = true
      if select.distinctOn.isEmpty {
        makeLayer(&select)
        order = select.order
        select.order = []
      } else {
        order = select.order
      }
      body = .select(select)
    }
    let items = body.outputs.map { output in
      (output.name, Bound("", output.type ?? .text, at: 0, nullable: output.nullable))
    }
    let terms = layerOrder(order, items)
    let columns = items.indices.map { "\"c\($0 + 1)\"" }.joined(separator: ", ")
    let numbers =
      "rank() OVER (\(terms.dropFirst())) AS \"r\", row_number() OVER (\(terms.dropFirst())) AS \"n\""
    var sql = "SELECT \(columns) FROM (SELECT *, \(numbers) FROM (\(emit(body))) AS \"s\") AS \"s\""
    sql += " WHERE \(count) > 0 AND \"r\" <= \(skipped.map { "\($0) + " } ?? "")\(count)"
    if let skipped { sql += " AND \"n\" > \(skipped)" }
    return sql + " ORDER BY \"n\""
  }
}
