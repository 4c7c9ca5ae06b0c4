// SPDX-License-Identifier: Apache-2.0
// MERGE: one query that joins the source with the table, and for each WHEN a program over a joined
// row that says whether it fits and what becomes of the row.

extension Binder {
  func plan(_ statement: MergeStatement) throws(SQLError) -> MergePlan {
    let table = try target(statement.table)
    let name = statement.alias?.text ?? table.name
    let width = table.columns.count
    var binding = Binding(self)
    let (own, other, on) = try binding.bindMerge(statement, table, name)
    let source = binding.relations[other]
    var used = Array(repeating: false, count: source.columns.count)
    var clauses: [MergePlan.Clause] = []
    for clause in statement.clauses {
      var program = Binding(self, inputCount: width + source.columns.count)
      program.scopes.append(Scope(.assignment))
      let row = program.addInputs(name, table, from: 0)
      let inputs = program.addInputs(source, from: width)
      program.scopes[0].relations = clause.isMatched ? [row, inputs] : [inputs]
      let bound = try program.bind(clause, table, row: row)
      for index in used.indices where program.relations[inputs].used[index] { used[index] = true }
      clauses.append(
        MergePlan.Clause(
          isMatched: clause.isMatched, action: clause.kind, program: program.program(bound)))
    }
    var items = binding.row(own, table)
    items.append("\(items[table.keyColumns[0]]) IS NOT NULL")
    for index in used.indices {
      let place = ColumnPlace(relation: other, column: index)
      items.append(used[index] ? binding.text(binding.use(place, level: 0, at: 0)) : "NULL")
    }
    let joins = statement.clauses.contains { !$0.isMatched } ? "LEFT JOIN" : "JOIN"
    let sql =
      "SELECT \(items.joined(separator: ", ")) FROM \(binding.relations[other].sql) "
      + "\(joins) \(binding.relations[own].sql) ON \(on)"
    let columns = items.map { _ in ResultColumn(name: "", type: .text) }
    return MergePlan(table: table, source: binding.source(sql, columns), clauses: clauses)
  }
}

extension MergeClause {
  fileprivate var kind: MergePlan.Action {
    switch action {
    case .nothing: .nothing
    case .delete: .delete
    case .update: .update
    case .insert: .insert
    }
  }
}

extension Binding {
  /// Binds what MERGE joins: the table, the source and the condition.
  fileprivate mutating func bindMerge(
    _ statement: MergeStatement, _ table: Table, _ name: String
  ) throws(SQLError) -> (own: Int, source: Int, on: String) {
    if case .join(_, _, _, _, let position) = statement.source {
      throw SQLError(
        .featureNotSupported, "a join as the source of MERGE is not supported", at: position,
        hint: "put it into a subquery")
    }
    scopes.append(Scope(.from))
    guard let from = try bindFrom([statement.source]), let source = from.relations.first else {
      preconditionFailure("MERGE has a source")
    }
    if relations[source].name == name {
      throw SQLError(
        .duplicateAlias, "name \"\(name)\" specified more than once",
        at: statement.source.position,
        hint: "the name is used both as MERGE target table and data source")
    }
    let own = add(
      name,
      .storage(from: SQLText.name(table.storageName), filter: Reach.present.rowFilter),
      Self.columns(of: table))
    scopes[0].relations = [own, source]
    let on = try bindCondition(statement.condition, "JOIN/ON")
    return (own, source, on)
  }

  /// The columns of a relation as inputs of a row program.
  mutating func addInputs(_ relation: Relation, from first: Int) -> Int {
    let columns = relation.columns.enumerated().map { index, column in
      var column = column
      column.source = "?\(first + index + 1)"
      column.nullable = true
      column.collates = false
      return column
    }
    return add(relation.name, .inputs, columns)
  }

  /// Whether a clause fits, and the row that it makes.
  fileprivate mutating func bind(
    _ clause: MergeClause, _ table: Table, row: Int
  ) throws(SQLError) -> [(name: String, bound: Bound)] {
    scopes[0].clause = .filter
    let condition = try clause.condition.map { (condition) throws(SQLError) in
      try bindBoolean(condition, "MERGE WHEN")
    }
    var items = [
      (name: "when", bound: condition ?? Bound(.integer(1), .boolean, at: clause.position))
    ]
    scopes[0].clause = .assignment
    var values: [Int: String] = [:]
    switch clause.action {
    case .nothing, .delete: return items
    case .update(let assignments):
      values = try bindAssignments(assignments, table, row: row)
      for index in table.columns.indices where values[index] == nil {
        values[index] = "?\(index + 1)"
      }
    case .insert(let names, let cells):
      values = try bindInsert(names, cells, table, at: clause.position)
    }
    for (index, column) in table.columns.enumerated() {
      items.append((column.name, Bound(values[index] ?? "NULL", column.type, at: 0)))
    }
    return items
  }

  private mutating func bindInsert(
    _ names: [Name], _ cells: [Expression?]?, _ table: Table, at position: Int
  ) throws(SQLError) -> [Int: String] {
    let columns = try binder.columns(names, of: table)
    let cells = cells ?? []
    try binder.requireWidth(
      cells.count, columns.count, listsColumns: !names.isEmpty && !cells.isEmpty,
      at: cells.first.flatMap { $0?.position } ?? position)
    var values: [Int: String] = [:]
    for (index, cell) in zip(columns, cells) {
      guard let cell else { continue }
      try binder.requireGiven(table.columns[index], nil, at: cell.position)
      values[index] = text(try assign(try bind(cell), to: table.columns[index]))
    }
    for (index, column) in table.columns.enumerated() where values[index] == nil {
      values[index] = try defaultText(column)
    }
    return values
  }
}
