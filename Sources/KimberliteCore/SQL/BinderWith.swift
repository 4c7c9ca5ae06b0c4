// SPDX-License-Identifier: Apache-2.0
// WITH: the common tables of a query, plain and recursive.

/// A common table that a query can name.
struct CommonTableBinding {
  var name: String
  /// Our name of it: `w1`.
  var alias: String
  var columns: [RelationColumn]
  /// `"w1" AS (…)`, once it is bound.
  var definition = ""
  /// Not of a statement without RETURNING.
  var givesRows = true
}

extension Binding {
  /// Binds the common tables of a query, which sees them from then on; answers the text of WITH.
  mutating func bindWith(_ query: Query) throws(SQLError) -> String {
    var parts: [String] = []
    var names: [String] = []
    for common in query.with {
      if names.contains(common.name.text) {
        throw SQLError(
          .duplicateAlias, "WITH query name \"\(common.name.text)\" specified more than once",
          at: common.name.position)
      }
      names.append(common.name.text)
      let part =
        try query.isRecursive && common.readsItself ? bindRecursive(common) : bindPlain(common)
      commonTables[commonTables.count - 1].definition = part
      parts.append(part)
    }
    if parts.isEmpty { return "" }
    return "WITH \(query.isRecursive ? "RECURSIVE " : "")\(parts.joined(separator: ", ")) "
  }

  private mutating func bindPlain(_ common: CommonTable) throws(SQLError) -> String {
    let query = try bind(common.query)
    let columns = try named(query.relationColumns, common)
    serial += 1
    let alias = "w\(serial)"
    commonTables.append(.init(name: common.name.text, alias: alias, columns: columns))
    let hint =
      switch common.isMaterialized {
      case true?: "MATERIALIZED "
      case false?: "NOT MATERIALIZED "
      case nil: ""
      }
    return "\"\(alias)\" AS \(hint)(\(query.sql))"
  }

  /// Gives the columns of a common table the names that WITH writes.
  private func named(_ columns: [RelationColumn], _ common: CommonTable) throws(SQLError)
    -> [RelationColumn]
  {
    var columns = columns
    if let extra = common.columns.dropFirst(columns.count).first {
      throw SQLError(
        .invalidColumnReference,
        "WITH query \"\(common.name.text)\" has \(columns.count) columns, fewer than named",
        at: extra.position)
    }
    for (index, name) in common.columns.enumerated() { columns[index].name = name.text }
    return columns
  }

  // MARK: RECURSIVE

  /// `initial UNION [ALL] recursive`: the types are the initial part's.
  private mutating func bindRecursive(_ common: CommonTable) throws(SQLError) -> String {
    let name = common.name.text
    let hint = "it is written: initial query UNION [ALL] query that reads \"\(name)\" once"
    func invalid(_ place: String, at position: Int) -> SQLError {
      SQLError(
        .invalidRecursion,
        "recursive reference to query \"\(name)\" must not appear \(place)", at: position,
        hint: hint)
    }
    guard
      case .setOperation(.union, let all, let left, let right, let position) = common.query.body,
      common.query.with.isEmpty
    else {
      throw SQLError(
        .invalidRecursion,
        "recursive query \"\(name)\" does not have the form "
          + "non-recursive-term UNION [ALL] recursive-term", at: common.query.position, hint: hint)
    }
    if !common.query.orderBy.isEmpty {
      throw SQLError(
        .featureNotSupported, "ORDER BY in a recursive query is not implemented",
        at: common.query.orderBy[0].expression.position)
    }
    if common.query.limit != nil || common.query.offset != nil {
      throw SQLError(
        .featureNotSupported, "LIMIT in a recursive query is not implemented",
        at: common.query.position, hint: "write it where the query is read")
    }
    if left.reads(name) > 0 {
      throw invalid("within its non-recursive term", at: left.position)
    }
    guard case .select(let step) = right.body, right.with.isEmpty, right.orderBy.isEmpty,
      right.limit == nil, right.offset == nil
    else { throw invalid("in more than the FROM of one SELECT", at: right.position) }
    let joined = step.from.reduce(0) { $0 + $1.joins(name) }
    if step.reads(name) > joined { throw invalid("within a subquery", at: right.position) }
    if joined > 1 { throw invalid("more than once", at: right.position) }
    if step.from.contains(where: { $0.mayMiss(name) }) {
      throw invalid("within an outer join", at: right.position)
    }
    var initial = try bindOperand(left)
    let types = initial.outputs.map { $0.type ?? .text }
    initial = try settle(initial, types)
    let outputs = initial.outputs
    let columns = try named(
      outputs.enumerated().map { index, output in
        RelationColumn(
          name: output.name, type: types[index], nullable: true, source: "",
          collates: types[index].isNumeric)
      }, common)
    serial += 1
    let alias = "w\(serial)"
    commonTables.append(.init(name: name, alias: alias, columns: columns))
    var repeated = try bind(right.body)
    guard repeated.outputs.count == outputs.count else {
      throw SQLError(
        .syntaxError, "each UNION query must have the same number of columns", at: position)
    }
    for (index, output) in repeated.outputs.enumerated() {
      guard let type = output.type, type.base != types[index].base else { continue }
      if type.common(with: types[index])?.base == types[index].base { continue }
      throw SQLError(
        .datatypeMismatch,
        "recursive query \"\(name)\" column \(index + 1) has type \(types[index].messageName) in "
          + "non-recursive term but type \(type.messageName) overall", at: right.position,
        hint: "cast the output of the non-recursive term to the correct type")
    }
    repeated = try settle(repeated, types)
    let head = left.isPlainSelect ? emit(initial) : "SELECT * FROM (\(emit(initial)))"
    return "\"\(alias)\" AS (\(head) UNION \(all ? "ALL " : "")\(emit(repeated)))"
  }
}
