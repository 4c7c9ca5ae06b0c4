// SPDX-License-Identifier: Apache-2.0
// WITH around statements that change rows: each part is a plan of its own, and finds the rows of
// those before it in tables that the shell fills.

extension Binder {
  func plan(_ statement: WithStatement) throws(SQLError) -> Plan {
    var binder = self
    var parts: [CombinedPlan.Part] = []
    var names: [String] = []
    for (number, part) in statement.parts.enumerated() {
      let plan: Plan
      let (name, columns): (Name, [Name])
      switch part {
      case .query(let common, let isRecursive):
        (name, columns) = (common.name, [])
        var query = Self.query(of: common)
        query.isRecursive = isRecursive
        plan = .query(try binder.bindTop(query))
      case .change(let changeName, let changeColumns, let change):
        (name, columns) = (changeName, changeColumns)
        plan = try binder.bind(change)
      }
      if names.contains(name.text) {
        throw SQLError(
          .duplicateAlias, "WITH query name \"\(name.text)\" specified more than once",
          at: name.position)
      }
      names.append(name.text)
      let table = "kb_with_\(number + 1)"
      parts.append(CombinedPlan.Part(name: table, plan: plan))
      binder.commonTables.append(
        try CommonTableBinding(name, columns, plan.columnsReturned, storedAs: table))
    }
    return .combined(CombinedPlan(parts: parts, last: try binder.bind(statement.statement)))
  }

  /// A common table on its own, which may be recursive.
  private static func query(of common: CommonTable) -> Query {
    let position = common.name.position
    var select = Select(position: position)
    select.items = [.all(position: position)]
    select.from = [
      .named(ObjectName(schema: nil, name: common.name), time: nil, alias: nil)
    ]
    var query = Query(body: .select(select), position: position)
    query.with = [common]
    return query
  }
}

extension CommonTableBinding {
  /// What a part of WITH gives to those behind it; `nil`: nothing.
  fileprivate init(
    _ name: Name, _ columns: [Name], _ returned: [ResultColumn]?, storedAs alias: String
  ) throws(SQLError) {
    self.init(
      name: name.text, alias: alias,
      columns: (returned ?? []).map {
        RelationColumn(
          name: $0.name, type: $0.type, nullable: true, source: "",
          collates: $0.type.isNumeric)
      })
    givesRows = returned != nil
    if let extra = columns.dropFirst(self.columns.count).first {
      throw SQLError(
        .invalidColumnReference,
        "WITH query \"\(name.text)\" has \(self.columns.count) columns available but \(columns.count) columns specified",
        at: extra.position)
    }
    for (index, name) in columns.enumerated() { self.columns[index].name = name.text }
  }
}

extension Plan {
  /// The columns of what a statement gives back; `nil`: nothing.
  var columnsReturned: [ResultColumn]? {
    switch self {
    case .query(let plan): plan.columns
    case .insert(let plan): plan.returning?.columns
    case .update(let plan): plan.returning?.columns
    case .delete(let plan): plan.returning?.columns
    case .combined(let plan): plan.last.columnsReturned
    case .merge, .explain, .schema, .transaction: nil
    }
  }
}

extension Plan {
  /// The query that finds the rows of a statement.
  var finding: QueryPlan {
    switch self {
    case .query(let plan), .explain(let plan): plan
    case .insert(let plan): plan.source
    case .update(let plan): plan.source
    case .delete(let plan): plan.source
    case .merge(let plan): plan.source
    case .combined, .schema, .transaction:
      preconditionFailure("the parser explains what finds rows")
    }
  }
}
