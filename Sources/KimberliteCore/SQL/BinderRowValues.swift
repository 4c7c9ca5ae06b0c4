// SPDX-License-Identifier: Apache-2.0
// Row values: (a, b) = (c, d), (a, b) < (c, d), (a, b) IN (…). SQLite compares rows as SQL does, part
// by part, each under the collation of its left side.

/// One side of a comparison of rows.
enum RowSide {
  case items([Expression])
  case query(Query, at: Int)
}

extension Binding {
  /// The sides of a comparison of rows; `nil` where it is one of values.
  static func rows(_ left: Expression, _ right: Expression) -> (left: RowSide, right: RowSide)? {
    switch (left.kind, right.kind) {
    case (.row(let a), .row(let b)): return (.items(a), .items(b))
    case (.row(let a), .subquery(let query)):
      return (.items(a), .query(query, at: right.position))
    case (.subquery(let query), .row(let b)):
      return (.query(query, at: left.position), .items(b))
    default: return nil
    }
  }

  /// The parts of a side, and what its text is made of from theirs.
  private struct BoundSide {
    var parts: [Bound]
    /// The query that gives the parts, under the name that they use.
    var query: (sql: String, name: String)?

    func text(_ parts: [String]) -> String {
      let list = parts.joined(separator: ", ")
      guard let query else { return parts.count == 1 ? list : "(\(list))" }
      return "(SELECT \(list) FROM \(query.sql) AS \"\(query.name)\")"
    }
  }

  private mutating func bind(_ side: RowSide) throws(SQLError) -> BoundSide {
    switch side {
    case .items(let items):
      var parts: [Bound] = []
      for item in items { parts.append(try bind(item)) }
      return BoundSide(parts: parts)
    case .query(let query, let position):
      let bound = try bind(query)
      serial += 1
      let name = "s\(serial)"
      let parts = bound.columns.enumerated().map { index, column in
        Bound("\"\(name)\".\"c\(index + 1)\"", column.type, at: position)
      }
      return BoundSide(
        parts: parts, query: (singleRow(query, bound, columns: parts.count), name))
    }
  }

  /// Both sides of a comparison of rows as text that SQLite compares as their types do.
  mutating func comparableRows(_ op: String, _ left: RowSide, _ right: RowSide, at position: Int)
    throws(SQLError) -> (left: String, right: String)
  {
    let first = try bind(left)
    let second = try bind(right)
    let pairs = try comparableParts(op, first.parts, second.parts, at: position)
    return (first.text(pairs.map(\.left)), second.text(pairs.map(\.right)))
  }

  private mutating func comparableParts(
    _ op: String, _ left: [Bound], _ right: [Bound], at position: Int
  ) throws(SQLError) -> [(left: String, right: String)] {
    guard left.count == right.count else {
      throw SQLError(
        .syntaxError, "unequal number of entries in row expressions", at: position)
    }
    guard !left.isEmpty else {
      throw SQLError(.featureNotSupported, "cannot compare rows of zero length", at: position)
    }
    var pairs: [(left: String, right: String)] = []
    for (a, b) in zip(left, right) { pairs.append(try comparable(op, a, b, at: position)) }
    return pairs
  }

  // MARK: Tests

  /// A row is NULL where all its parts are, and NOT NULL where none is.
  mutating func rowIsNull(_ items: [Expression], negated: Bool, at position: Int)
    throws(SQLError) -> Bound
  {
    var tests: [String] = []
    for item in items { tests.append("\(text(try bind(item))) IS \(negated ? "NOT " : "")NULL") }
    return test(tests.isEmpty ? "1" : tests.joined(separator: " AND "), at: position)
  }

  mutating func rowBetween(
    _ operand: Expression, _ low: Expression, _ high: Expression, negated: Bool, at position: Int
  ) throws(SQLError) -> Bound {
    let above = Expression(.binary(.greaterOrEqual, operand, low), at: position)
    let below = Expression(.binary(.lessOrEqual, operand, high), at: position)
    let both = Expression(.binary(.and, above, below), at: position)
    return try bind(negated ? Expression(.unary(.not, both), at: position) : both)
  }

  /// `(a, b) IN ((1, 2), (3, 4))`.
  mutating func rowInList(
    _ items: [Expression], _ list: [Expression], negated: Bool, at position: Int
  ) throws(SQLError) -> Bound {
    let left = try bind(.items(items))
    var rows: [[Bound]] = []
    for row in list {
      guard case .row(let parts) = row.kind else {
        throw SQLError(
          .syntaxError, "unequal number of entries in row expressions", at: row.position)
      }
      let bound = try bind(.items(parts)).parts
      guard bound.count == left.parts.count else {
        throw SQLError(
          .syntaxError, "unequal number of entries in row expressions", at: row.position)
      }
      rows.append(bound)
    }
    var heads: [String] = []
    for (index, part) in left.parts.enumerated() {
      let cells = rows.map { $0[index] }
      let type = padded(try unify([part] + cells, "IN", at: position))
      heads.append(collated(try coerce(part, to: type, .implicit)))
      for row in rows.indices {
        rows[row][index] = try coerce(rows[row][index], to: type, .implicit)
      }
    }
    return Bound(
      "(\(left.text(heads)) \(negated ? "NOT IN" : "IN") (\(valuesText(rows))))", .boolean,
      at: position)
  }

  /// `(a, b) IN (SELECT c, d …)`.
  mutating func rowInQuery(
    _ items: [Expression], _ query: Query, negated: Bool, at position: Int
  ) throws(SQLError) -> Bound {
    let left = try bind(.items(items))
    let bound = try bind(query, targets: left.parts.map { $0.type ?? .text })
    guard bound.columns.count == left.parts.count else {
      let few = bound.columns.count < left.parts.count ? "few" : "many"
      throw SQLError(.syntaxError, "subquery has too \(few) columns", at: query.position)
    }
    serial += 1
    let name = "s\(serial)"
    let columns = bound.columns.enumerated().map { index, column in
      Bound("\"\(name)\".\"c\(index + 1)\"", column.type, at: query.position)
    }
    let pairs = try comparableParts("=", left.parts, columns, at: position)
    let list = pairs.map(\.right).joined(separator: ", ")
    return Bound(
      "(\(left.text(pairs.map(\.left))) \(negated ? "NOT IN" : "IN") "
        + "(SELECT \(list) FROM (\(bound.sql)) AS \"\(name)\"))", .boolean, at: position)
  }
}
