// SPDX-License-Identifier: Apache-2.0
// The parts of writes that are bound as expressions: targets, assignments, defaults, VALUES and
// programs over one row.

extension Binding {
  /// A relation whose columns are the inputs of a row program.
  mutating func addInputs(_ name: String, _ table: Table, from first: Int) -> Int {
    let columns = table.columns.enumerated().map { index, column in
      RelationColumn(
        name: column.name, type: column.type, nullable: !column.notNull,
        source: "?\(first + index + 1)", starred: !column.hidden)
    }
    return add(name, .inputs, columns)
  }

  /// A program that yields the items.
  func program(_ items: [(name: String, bound: Bound)]) -> RowProgram {
    var program = RowProgram(
      sql: "\(hint)SELECT \(items.map { text($0.bound) }.joined(separator: ", "))",
      inputCount: inputCount, parameters: parameterSlots,
      columns: items.map { ResultColumn(name: $0.name, type: $0.bound.type ?? .text) })
    program.tables = tables
    return program
  }

  /// A query that finds the rows of a write.
  func source(_ sql: String, _ columns: [ResultColumn]) -> QueryPlan {
    var plan = QueryPlan(sql: hint + sql, parameters: parameterSlots, columns: columns)
    plan.tables = tables
    return plan
  }

  /// The table that a write changes, joined with what it names besides.
  mutating func bindTarget(
    _ table: Table, _ name: String, with others: [TableReference]
  ) throws(SQLError) -> (Int, BoundFrom) {
    scopes.append(Scope(.filter))
    let own = add(
      name,
      .storage(from: SQLText.name(table.storageName), filter: Reach.present.rowFilter),
      Self.columns(of: table), object: .table(table))
    var from = BoundFrom.relation(own)
    if let more = try bindFrom(others) {
      if let clash = more.relations.first(where: { relations[$0].name == name }) {
        throw SQLError(
          .duplicateAlias, "table name \"\(relations[clash].name)\" specified more than once")
      }
      from = .join("JOIN", left: from, right: more, on: nil)
    }
    scopes[0].relations.insert(own, at: 0)
    return (own, from)
  }

  /// ` WHERE …` of UPDATE and DELETE.
  mutating func bindWriteFilter(
    _ filter: Expression?, _ portion: BoundPortion? = nil
  ) throws(SQLError) -> String {
    scopes[0].clause = .filter
    var conditions = portion.map { [$0.condition] } ?? []
    if let filter { conditions.append(try bindCondition(filter, "WHERE")) }
    return conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
  }

  /// The stored row, column by column.
  mutating func row(_ relation: Int, _ table: Table) -> [String] {
    table.columns.indices.map {
      text(use(ColumnPlace(relation: relation, column: $0), level: 0, at: 0))
    }
  }

  /// The new values of SET, by column position.
  mutating func bindAssignments(
    _ assignments: [Assignment], _ table: Table, row: Int
  ) throws(SQLError) -> [Int: String] {
    var values: [Int: String] = [:]
    for assignment in assignments {
      let index = try binder.position(of: assignment.column, in: table)
      if values[index] != nil {
        throw SQLError(
          .syntaxError, "multiple assignments to same column \"\(assignment.column.text)\"",
          at: assignment.column.position)
      }
      if assignment.value != nil || assignment.output != nil,
        table.columns[index].isAlwaysGenerated
      {
        throw SQLError(
          .generatedAlways,
          "column \"\(assignment.column.text)\" can only be updated to DEFAULT",
          at: assignment.column.position)
      }
      if let output = assignment.output {
        values[index] = text(try assign(try bind(output), to: table.columns[index]))
      } else if let value = assignment.value {
        values[index] = text(try assign(try bind(value), to: table.columns[index]))
      } else {
        values[index] = try defaultText(table.columns[index])
      }
    }
    return values
  }

  /// One output of the query of `(columns) = (SELECT …)`, which is asked once for each.
  private mutating func bind(
    _ output: (query: Query, index: Int, count: Int)
  ) throws(SQLError) -> Bound {
    let bound = try bind(output.query)
    guard bound.columns.count == output.count else {
      throw SQLError(
        .syntaxError, "number of columns does not match number of values",
        at: output.query.position)
    }
    return Bound(
      "(SELECT kb_single(\"c\(output.index + 1)\", count(*)) "
        + "FROM (SELECT * FROM (\(bound.sql)) LIMIT 2))",
      bound.columns[output.index].type, at: output.query.position)
  }

  /// A column's default as text that yields it.
  mutating func defaultText(_ column: Column) throws(SQLError) -> String {
    if let id = column.source?.sequence {
      guard let sequence = binder.catalog.sequence(id) else {
        throw SQLError(
          .dataCorrupted, "column \"\(column.name)\" takes its values from no sequence")
      }
      movesSequences = true
      let value = Bound(nextValue(of: sequence), .bigint, at: 0, nullable: false)
      return text(try assign(value, to: column))
    }
    guard let source = column.defaultText else { return "NULL" }
    let visible = scopes
    scopes = [Scope(.defaultValue)]
    defer { scopes = visible }
    let bound = try stored(source) { (binding, expression) throws(SQLError) in
      try binding.assign(try binding.bind(expression), to: column)
    }
    return text(bound)
  }

  /// Binds an expression of the catalog; its errors have no place in the statement.
  mutating func stored(
    _ text: String, _ body: (inout Binding, Expression) throws(SQLError) -> Bound
  ) throws(SQLError) -> Bound {
    do {
      return try body(&self, try Parser.parseExpression(text))
    } catch {
      var error = error
      error.position = nil
      throw error
    }
  }

  /// The rows of INSERT … VALUES, linear in their number.
  mutating func insertValues(
    _ rows: [[Expression?]], _ table: Table, _ columns: [Int], _ defaults: [String?],
    _ statement: InsertStatement
  ) throws(SQLError) -> String {
    scopes = [Scope(.values)]
    var fallback: [Int: String] = [:]
    var places = [Int?](repeating: nil, count: table.columns.count)
    for (place, column) in columns.enumerated() { places[column] = place }
    var sql = "VALUES "
    for (number, row) in rows.enumerated() {
      let position = row.first.flatMap { $0?.position } ?? statement.position
      try binder.requireWidth(
        row.count, columns.count, listsColumns: !statement.columns.isEmpty, at: position)
      for (place, cell) in row.enumerated() where cell != nil {
        try binder.requireGiven(
          table.columns[columns[place]], statement.overriding, at: cell?.position ?? position)
      }
      if row.count != rows[0].count {
        throw SQLError(
          .syntaxError, "VALUES lists must all be the same length", at: position)
      }
      sql += number == 0 ? "(" : ", ("
      for (index, column) in table.columns.enumerated() {
        if index > 0 { sql += ", " }
        let isOverridden = statement.overriding == .user && column.identity != nil
        if let place = places[index], place < row.count, !isOverridden, let cell = row[place] {
          sql += text(try assign(try bind(cell), to: column))
        } else if let text = defaults[index] ?? fallback[index] {
          sql += text
        } else {
          let text = try defaultText(column)
          fallback[index] = text
          sql += text
        }
      }
      sql += ")"
    }
    return sql
  }
}
