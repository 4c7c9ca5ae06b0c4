// SPDX-License-Identifier: Apache-2.0
// INSERT, UPDATE, DELETE: the rows they mean, as queries that yield whole rows already converted
// to the columns' types. What the rows do to the table is the shell's work.

extension Binder {
  func plan(_ statement: InsertStatement) throws(SQLError) -> InsertPlan {
    let table = try target(statement.table)
    let columns = try columns(statement.columns, of: table)
    let source = try source(statement, table, columns)
    let name = statement.alias?.text ?? table.name
    var binding = Binding(self)
    return InsertPlan(
      table: table, source: source,
      conflict: try conflict(statement.conflict, table, name),
      returning: try binding.bindReturning(statement.returning, table, name).program)
  }

  /// The positions of the columns that an INSERT names, each once; of none that it names, all.
  func columns(_ names: [Name], of table: Table) throws(SQLError) -> [Int] {
    if names.isEmpty { return table.columns.indices.filter { !table.columns[$0].hidden } }
    var columns: [Int] = []
    for name in names {
      let index = try position(of: name, in: table)
      if columns.contains(index) {
        throw SQLError(
          .duplicateColumn, "column \"\(name.text)\" specified more than once", at: name.position)
      }
      columns.append(index)
    }
    return columns
  }

  func plan(_ statement: UpdateStatement) throws(SQLError) -> UpdatePlan {
    let table = try target(statement.table)
    let name = statement.alias?.text ?? table.name
    var binding = Binding(self)
    let (own, from) = try binding.bindTarget(table, name, with: statement.from)
    binding.scopes[0].clause = .assignment
    var values = try binding.bindAssignments(statement.assignments, table, row: own)
    let portion = try statement.portion.map { (portion) throws(SQLError) in
      try binding.bind(portion, table, row: own, in: &values, statement.assignments)
    }
    let condition = try binding.bindWriteFilter(statement.filter, portion)
    let old = binding.row(own, table)
    let new = table.columns.indices.map { values[$0] ?? old[$0] }
    let (returning, others) = try binding.bindReturning(
      statement.returning, table, name, beside: from.relations.filter { $0 != own })
    let outputs = old + new + others + (portion?.ends ?? [])
    var sql = "SELECT \(outputs.joined(separator: ", "))"
    sql += " FROM \(from.sql(binding.relations))\(condition)"
    if !statement.from.isEmpty {
      // A row that several rows of FROM meet takes the values of one of them, as in PostgreSQL.
      sql += " GROUP BY \(table.keyColumns.map { old[$0] }.joined(separator: ", "))"
    }
    let columns = table.columns.map { ResultColumn(name: $0.name, type: $0.type) }
    var plan = UpdatePlan(
      table: table, source: binding.source(sql, columns + columns), returning: returning)
    plan.portion = portion?.columns
    return plan
  }

  func plan(_ statement: DeleteStatement) throws(SQLError) -> DeletePlan {
    let table = try target(statement.table)
    let name = statement.alias?.text ?? table.name
    var binding = Binding(self)
    let (own, from) = try binding.bindTarget(table, name, with: statement.using)
    var none: [Int: String] = [:]
    let portion = try statement.portion.map { (portion) throws(SQLError) in
      try binding.bind(portion, table, row: own, in: &none, [])
    }
    let condition = try binding.bindWriteFilter(statement.filter, portion)
    let old = binding.row(own, table)
    let (returning, others) = try binding.bindReturning(
      statement.returning, table, name, beside: from.relations.filter { $0 != own })
    let outputs = old + others + (portion?.ends ?? [])
    var sql = "SELECT \(outputs.joined(separator: ", "))"
    sql += " FROM \(from.sql(binding.relations))\(condition)"
    if !statement.using.isEmpty {
      // A row that several rows of USING meet is deleted once.
      sql += " GROUP BY \(table.keyColumns.map { old[$0] }.joined(separator: ", "))"
    }
    var plan = DeletePlan(
      table: table,
      source: binding.source(
        sql, table.columns.map { ResultColumn(name: $0.name, type: $0.type) }),
      returning: returning)
    plan.portion = portion?.columns
    return plan
  }

  /// The CHECK constraints of a table over a row.
  ///
  /// Inputs: the full row in table order. Outputs: one column a CHECK in the order of the
  /// constraints, 1, 0 (violated) or NULL. `nil` when the table has none.
  public func checkProgram(for table: Table) throws(SQLError) -> RowProgram? {
    var items: [(name: String, bound: Bound)] = []
    var binding = Binding(self, inputCount: table.columns.count)
    binding.scopes.append(Scope(.check))
    binding.scopes[0].relations = [binding.addInputs(table.name, table, from: 0)]
    for constraint in table.constraints {
      guard case .check(let text) = constraint.kind else { continue }
      let bound = try binding.stored(text) { (binding, expression) throws(SQLError) in
        try binding.bindBoolean(expression, "CHECK")
      }
      items.append((constraint.name, bound))
    }
    return items.isEmpty ? nil : binding.program(items)
  }

  // MARK: Parts

  func target(_ name: ObjectName) throws(SQLError) -> Table {
    if let moment {
      throw SQLError(
        .readOnlyStatement, "the past cannot be written: this session reads offset \(moment)",
        at: name.name.position)
    }
    return try existingTable(name)
  }

  /// The table of a name that a statement changes.
  func existingTable(_ name: ObjectName) throws(SQLError) -> Table {
    if let schema = name.schema, schema.text == "kb" {
      throw SQLError(
        .wrongObjectType, "kb.\(name.name.text) is a system table: it is only read",
        at: schema.position)
    }
    try Binding(self).requirePlain(name)
    if let table = catalog.table(named: name.name.text) { return table }
    if catalog.stream(named: name.name.text) != nil {
      throw SQLError(
        .wrongObjectType, "\"\(name.name.text)\" is a stream, not a table",
        at: name.name.position, hint: "append to it with kb-append --stream \(name.name.text)")
    }
    if catalog.view(named: name.name.text) != nil {
      throw SQLError(
        .wrongObjectType, "\"\(name.name.text)\" is a view: it is only read",
        at: name.name.position, hint: "write to the tables that it shows")
    }
    throw SQLError(
      .undefinedTable, "table \"\(name.name.text)\" does not exist", at: name.name.position,
      hint: nearestHint(to: name.name.text, among: catalog.tables.map(\.name)))
  }

  /// The position of a column that a statement may write.
  func position(of name: Name, in table: Table) throws(SQLError) -> Int {
    if let index = table.columns.firstIndex(where: { $0.name == name.text && !$0.hidden }) {
      return index
    }
    throw SQLError(
      .undefinedColumn,
      "column \"\(name.text)\" of table \"\(table.name)\" does not exist", at: name.position,
      hint: nearestHint(
        to: name.text, among: table.columns.filter { !$0.hidden }.map(\.name)))
  }

  private func source(_ statement: InsertStatement, _ table: Table, _ columns: [Int])
    throws(SQLError) -> QueryPlan
  {
    var binding = Binding(self)
    let shown = table.columns.map { ResultColumn(name: $0.name, type: $0.type) }
    var defaults: [String?] = []
    for (index, column) in table.columns.enumerated() {
      let isGiven =
        columns.contains(index) && (statement.overriding != .user || column.identity == nil)
      // Only a query that is longer than its columns were named would use it.
      defaults.append(isGiven ? nil : try binding.defaultText(column))
    }
    let sql: String
    switch statement.source {
    case .defaultValues:
      var items: [String] = []
      for column in table.columns { items.append(try binding.defaultText(column)) }
      sql = "VALUES (\(items.joined(separator: ", ")))"
    case .values(let rows):
      sql = try binding.insertValues(rows, table, columns, defaults, statement)
    case .query(let query):
      let bound = try binding.bind(query, targets: columns.map { table.columns[$0].type })
      try requireWidth(
        bound.columns.count, columns.count, listsColumns: !statement.columns.isEmpty,
        at: query.position)
      var items: [String] = []
      for (index, column) in table.columns.enumerated() {
        guard let place = columns.firstIndex(of: index), defaults[index] == nil else {
          items.append(defaults[index] ?? "NULL")
          continue
        }
        guard place < bound.columns.count else {
          items.append(try binding.defaultText(column))
          continue
        }
        try requireGiven(column, statement.overriding, at: query.position)
        let cell = Bound("\"s0\".\"c\(place + 1)\"", bound.columns[place].type, at: query.position)
        items.append(binding.text(try binding.assign(cell, to: column)))
      }
      sql = "SELECT \(items.joined(separator: ", ")) FROM (\(bound.sql)) AS \"s0\""
    }
    return binding.source(sql, shown)
  }

  /// Refuses a row of INSERT that does not fit its columns.
  func requireWidth(
    _ count: Int, _ columns: Int, listsColumns: Bool, at position: Int
  ) throws(SQLError) {
    if count > columns {
      throw SQLError(
        .syntaxError, "INSERT has more expressions than target columns", at: position)
    }
    // Without a column list the columns that are left take their defaults, as in PostgreSQL.
    if count < columns, listsColumns {
      throw SQLError(
        .syntaxError, "INSERT has more target columns than expressions", at: position)
    }
  }

  private func conflict(_ clause: ConflictClause?, _ table: Table, _ name: String)
    throws(SQLError) -> InsertPlan.Conflict?
  {
    guard let clause else { return nil }
    var key: [Int] = []
    for column in clause.columns { key.append(try position(of: column, in: table)) }
    if let constraint = clause.constraint {
      key = try arbiter(constraint, table)
    } else if !key.isEmpty {
      key = try arbiter(key, table, at: clause.position)
    }
    if let filter = clause.filter { try requireCondition(filter, table, name) }
    guard case .update(let assignments, let filter) = clause.action else {
      return InsertPlan.Conflict(key: key, update: nil)
    }
    if key.isEmpty {
      throw SQLError(
        .syntaxError, "ON CONFLICT DO UPDATE requires the columns of a key", at: clause.position,
        hint: "for example ON CONFLICT (\(table.columns[table.keyColumns[0]].name))")
    }
    let width = table.columns.count
    var binding = Binding(self, inputCount: 2 * width)
    binding.scopes.append(Scope(.assignment))
    let existing = binding.addInputs(name, table, from: 0)
    binding.scopes[0].relations = [existing, binding.addInputs("excluded", table, from: width)]
    let values = try binding.bindAssignments(assignments, table, row: existing)
    let condition = try filter.map { (filter) throws(SQLError) in
      try binding.bindBoolean(filter, "WHERE")
    }
    var items: [(name: String, bound: Bound)] = [
      ("where", condition ?? Bound(.integer(1), .boolean, at: clause.position))
    ]
    for (index, column) in table.columns.enumerated() {
      items.append((column.name, Bound(values[index] ?? "?\(index + 1)", column.type, at: 0)))
    }
    return InsertPlan.Conflict(key: key, update: binding.program(items))
  }

  /// The key of a constraint.
  private func arbiter(_ name: Name, _ table: Table) throws(SQLError) -> [Int] {
    guard let constraint = table.constraints.first(where: { $0.name == name.text }) else {
      throw SQLError(
        .undefinedObject,
        "constraint \"\(name.text)\" for table \"\(table.name)\" does not exist",
        at: name.position,
        hint: nearestHint(to: name.text, among: table.constraints.map(\.name)))
    }
    switch constraint.kind {
    case .primaryKey(let ids), .unique(let ids): return ids.map(table.position(of:))
    default:
      throw SQLError(
        .wrongObjectType, "constraint in ON CONFLICT clause has no associated index",
        at: name.position)
    }
  }

  /// Refuses what is no condition on a row.
  ///
  /// Of a key that all rows are under, every condition holds.
  private func requireCondition(
    _ filter: Expression, _ table: Table, _ name: String
  ) throws(SQLError) {
    var binding = Binding(self, inputCount: table.columns.count)
    binding.scopes.append(Scope(.filter))
    binding.scopes[0].relations = [binding.addInputs(name, table, from: 0)]
    _ = try binding.bindBoolean(filter, "WHERE")
  }

  /// The key that ON CONFLICT names, in the key's own order.
  private func arbiter(_ columns: [Int], _ table: Table, at position: Int) throws(SQLError) -> [Int]
  {
    let wanted = columns.sorted()
    if table.keyColumns.sorted() == wanted { return table.keyColumns }
    for index in catalog.indexes where index.table == table.id && index.unique {
      let key = index.columns.map { table.position(of: $0.id) }
      if key.sorted() == wanted { return key }
    }
    throw SQLError(
      .invalidColumnReference,
      "there is no unique or primary key matching the ON CONFLICT specification", at: position)
  }
}

extension Binding {
  /// RETURNING: a program over a row of the table, and over what it names of the relations beside
  /// it, whose texts come with it.
  mutating func bindReturning(
    _ items: [SelectItem]?, _ table: Table, _ name: String, beside others: [Int] = []
  ) throws(SQLError) -> (program: RowProgram?, others: [String]) {
    guard let items else { return (nil, []) }
    let places = others.flatMap { relation in
      relations[relation].columns.indices.map { ColumnPlace(relation: relation, column: $0) }
    }
    var binding = Binding(binder, inputCount: table.columns.count + places.count)
    binding.scopes.append(Scope(.returning))
    var own = [binding.addInputs(name, table, from: 0)]
    var first = table.columns.count
    for other in others {
      own.append(binding.addInputs(relations[other], from: first))
      first += relations[other].columns.count
    }
    binding.scopes[0].relations = own
    var bound = try binding.bindItems(items)
    for index in bound.indices { bound[index].bound = try binding.typed(bound[index].bound) }
    let used = own.dropFirst().flatMap { binding.relations[$0].used }
    var texts: [String] = []
    for (place, isUsed) in zip(places, used) {
      texts.append(isUsed ? text(use(place, level: 0, at: 0)) : "NULL")
    }
    return (binding.program(bound), texts)
  }
}
