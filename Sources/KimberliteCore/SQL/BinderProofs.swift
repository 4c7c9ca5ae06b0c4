// SPDX-License-Identifier: Apache-2.0
// Hidden outputs that say which events the rows of a result came from.

/// Whether the rows of a query are to say which events they came from.
public enum RowProofs: Sendable {
  /// Nobody asked.
  case none
  /// They have to: a query whose rows have no event of their own is refused.
  case required
  /// Where they have one; else the plan says why not.
  case ifPossible
}

/// What the rows of a relation are.
public enum ProvenObject: Sendable {
  /// Rows of a table, as it was when they are read; found by their key.
  case table(Table)
  /// Events of a stream, found by their number.
  case stream(ObjectID)
  /// Records.
  case records
}

/// A table of FROM, and the hidden outputs that name a row's event.
public struct ProvenTable: Sendable {
  /// What it is.
  public var object: ProvenObject
  /// The first hidden output, counted from 0: the offset of the record, NULL where an outer join
  /// found no row; the values of the key, or the number in the stream, follow.
  public var output: Int
  /// How many values follow.
  public var keyCount: Int
}

extension Binding {
  /// Refuses a query whose rows do not come from one row each of tables, where they have to.
  mutating func checkProvable(_ query: Query) throws(SQLError) {
    guard binder.proofs != .none else { return }
    guard case .select(let select) = query.body else {
      return try giveUp("it combines queries", at: query.position)
    }
    if select.distinct || !select.distinctOn.isEmpty {
      try giveUp("DISTINCT merges rows", at: query.position)
    }
    if query.withTies { try giveUp("WITH TIES compares rows", at: query.position) }
  }

  /// The hidden outputs of an outermost select with `count` outputs of its own.
  mutating func provingItems(
    behind count: Int, isGrouped: Bool, at position: Int
  ) throws(SQLError) -> [(name: String, bound: Bound)] {
    guard binder.proofs != .none, unproven == nil, queryDepth == 1 else { return [] }
    if isGrouped { try giveUp("it groups rows", at: position) }
    if scopes[level].hasWindows { try giveUp("a window looks at other rows", at: position) }
    if scopes[level].relations.isEmpty { try giveUp("it reads no table", at: position) }
    for index in scopes[level].relations where relations[index].object == nil {
      try giveUp("\"\(relations[index].name)\" is no table or stream", at: position)
    }
    if unproven != nil { return [] }
    scopes[level].clause = .select
    var items: [(name: String, bound: Bound)] = []
    for index in scopes[level].relations {
      let relation = relations[index]
      guard let object = relation.object else { continue }
      let columns: [Int]
      switch object {
      case .table(let table): columns = [relation.offsetColumn] + table.keyColumns
      case .stream: columns = [relation.offsetColumn, 0]
      case .records: columns = [0]
      }
      proven.append(
        ProvenTable(object: object, output: count + items.count, keyCount: columns.count - 1))
      for column in columns {
        let place = ColumnPlace(relation: index, column: column)
        items.append(("", use(place, level: level, at: position)))
      }
    }
    return items
  }

  /// Does without proofs for a reason, or refuses to.
  private mutating func giveUp(_ why: String, at position: Int) throws(SQLError) {
    if binder.proofs == .ifPossible {
      unproven = unproven ?? why
      return
    }
    throw SQLError(
      .featureNotSupported,
      "a receipt is for a row that comes from one row of each table in FROM; of this query, \(why)",
      at: position, hint: "ask for the rows themselves")
  }
}

extension Relation {
  /// The column that says in which record a version of a row or an event is.
  var offsetColumn: Int {
    guard let column = columns.lastIndex(where: { $0.name == "_offset" }) else {
      preconditionFailure("every table and stream has an _offset")
    }
    return column
  }
}
