// SPDX-License-Identifier: Apache-2.0
// ORDER BY, LIMIT and OFFSET of a whole query. The terms of a plain SELECT are bound in
// BinderSelect.swift, where its columns are in scope.

/// One term of ORDER BY.
struct BoundOrder {
  enum Key {
    /// An output column, 0-based.
    case output(Int)
    case expression(Bound)
  }
  var key: Key
  var descending: Bool
  var nullsFirst: Bool?
}

extension Binding {
  /// ORDER BY of a set operation: output names and positions only.
  func outputOrder(_ items: [OrderItem], _ names: [String]) throws(SQLError)
    -> [BoundOrder]
  {
    var result: [BoundOrder] = []
    for item in items {
      guard let output = try outputIndex(item.expression, names, "ORDER BY") else {
        throw SQLError(
          .featureNotSupported,
          "ORDER BY of a set operation or VALUES takes names and numbers of its columns",
          at: item.expression.position, hint: "put the query into FROM and order around it")
      }
      result.append(
        BoundOrder(
          key: .output(output), descending: item.descending, nullsFirst: item.nullsFirst))
    }
    return result
  }

  /// The output that a term of ORDER BY means by its position or name.
  func outputIndex(
    _ expression: Expression, _ names: [String], _ clause: String
  ) throws(SQLError) -> Int? {
    if let position = try statedPosition(expression, clause, count: names.count) {
      return position - 1
    }
    switch expression.kind {
    case .column(let path) where path.count == 1: return names.firstIndex(of: path[0].text)
    default: return nil
    }
  }

  /// The position, from 1, that a term of ORDER BY or GROUP BY states; no other constant can be one.
  func statedPosition(
    _ expression: Expression, _ clause: String, count: Int
  ) throws(SQLError) -> Int? {
    let digits: String
    switch expression.kind {
    case .number(let text): digits = text
    case .unary(.minus, let operand):
      guard case .number(let text) = operand.kind else { return nil }
      digits = "-" + text
    case .string, .boolean, .null: digits = ""
    default: return nil
    }
    if digits.isEmpty || digits.contains(where: { ".eE".contains($0) }) {
      throw SQLError(
        .syntaxError, "non-integer constant in \(clause)", at: expression.position)
    }
    if let position = Int(digits), position >= 1, position <= count { return position }
    throw SQLError(
      .invalidColumnReference, "\(clause) position \(digits) is not in select list",
      at: expression.position)
  }

  /// ` ORDER BY …`; `nullable`: of each output.
  func orderText(_ order: [BoundOrder], _ nullable: [Bool]) -> String {
    var terms: [String] = []
    for item in order {
      var term: String
      let canBeNull: Bool
      switch item.key {
      case .output(let index):
        term = "\(index + 1)"
        canBeNull = nullable[index]
      case .expression(let bound):
        if bound.constant != nil { continue }
        term = collated(bound)
        canBeNull = bound.nullable
      }
      if item.descending { term += " DESC" }
      // Said only where it matters: SQLite uses no index for an order with NULLS.
      let first = item.nullsFirst ?? item.descending
      if canBeNull, first == item.descending { term += first ? " NULLS FIRST" : " NULLS LAST" }
      terms.append(term)
    }
    return terms.isEmpty ? "" : " ORDER BY \(terms.joined(separator: ", "))"
  }

  /// ` LIMIT … OFFSET …`.
  mutating func bindLimit(_ limit: Expression?, _ offset: Expression?) throws(SQLError)
    -> String
  {
    if limit == nil, offset == nil { return "" }
    var sql = " LIMIT "
    sql += try limit.map { (limit) throws(SQLError) in try count(limit, "LIMIT") } ?? "-1"
    if let offset { sql += " OFFSET \(try count(offset, "OFFSET"))" }
    return sql
  }

  mutating func count(_ expression: Expression, _ word: String) throws(SQLError)
    -> String
  {
    scopes.append(Scope(.limit))
    defer { scopes.removeLast() }
    let level = scopes.count - 1
    let visible = Array(scopes[..<level])
    scopes.removeSubrange(..<level)
    defer { scopes.insert(contentsOf: visible, at: 0) }
    let bound = try coerce(try bind(expression), to: .bigint, .assignment)
    if case .integer(let number)? = bound.constant {
      if number < 0 {
        throw SQLError(
          .init(word == "LIMIT" ? "2201W" : "2201X"), "\(word) must not be negative",
          at: expression.position)
      }
      return "\(number)"
    }
    return "kb_\(word.lowercased())(\(text(bound)))"
  }
}
