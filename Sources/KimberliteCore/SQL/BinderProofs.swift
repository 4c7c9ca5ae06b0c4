// SPDX-License-Identifier: Apache-2.0
// Hidden outputs that say which events the rows of a result came from.

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
  /// Refuses a query whose rows do not come from one row each of tables.
  func requireProvable(_ query: Query) throws(SQLError) {
    guard binder.provesRows else { return }
    guard case .select(let select) = query.body else {
      throw Self.unprovable("it combines queries", at: query.position)
    }
    if select.distinct { throw Self.unprovable("DISTINCT merges rows", at: query.position) }
  }

  /// The hidden outputs of an outermost select with `count` outputs of its own.
  mutating func provingItems(
    behind count: Int, isGrouped: Bool, at position: Int
  ) throws(SQLError) -> [(name: String, bound: Bound)] {
    guard binder.provesRows, queryDepth == 1 else { return [] }
    if isGrouped { throw Self.unprovable("it groups rows", at: position) }
    if scopes[level].relations.isEmpty {
      throw Self.unprovable("it reads no table", at: position)
    }
    scopes[level].clause = .select
    var items: [(name: String, bound: Bound)] = []
    for index in scopes[level].relations {
      let relation = relations[index]
      let columns: [Int]
      switch relation.object {
      case .table(let table)?: columns = [relation.offsetColumn] + table.keyColumns
      case .stream?: columns = [relation.offsetColumn, 0]
      case .records?: columns = [0]
      case nil:
        throw Self.unprovable("\"\(relation.name)\" is no table or stream", at: position)
      }
      if let object = relation.object {
        proven.append(
          ProvenTable(
            object: object, output: count + items.count, keyCount: columns.count - 1))
      }
      for column in columns {
        let place = ColumnPlace(relation: index, column: column)
        items.append(("", use(place, level: level, at: position)))
      }
    }
    return items
  }

  private static func unprovable(_ why: String, at position: Int) -> SQLError {
    SQLError(
      .featureNotSupported,
      "a receipt is for a row that comes from one row of each table in FROM; of this query, \(why)",
      at: position, hint: "ask for the rows themselves")
  }
}

extension Relation {
  /// The column that says in which record a version of a row or an event is.
  fileprivate var offsetColumn: Int {
    guard let column = columns.lastIndex(where: { $0.name == "_offset" }) else {
      preconditionFailure("every table and stream has an _offset")
    }
    return column
  }
}
