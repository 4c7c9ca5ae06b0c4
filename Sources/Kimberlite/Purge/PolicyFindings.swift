// SPDX-License-Identifier: Apache-2.0

public import KimberliteCore

/// What policy says of some rows of a table.
public struct PolicyFindings: Sendable {
  /// How many rows were asked about; all versions of a key are one.
  public var rows: Int
  /// The holds that cover a version of any of them, and of how many.
  public var holds: [(matter: String, rows: Int)]
  /// The table's retention.
  public var retention: Retention?
  /// Rows whose time is not over.
  public var kept: Int
  /// Rows that state no moment to count from.
  public var undated: Int
  /// When the time of the last of `kept` is over, `Int64.max` for never: microseconds since 1970.
  public var until: Int64?
}

extension Reader {
  /// What policy says of the rows of which any version meets a condition, `nil` for all.
  ///
  /// `now`: microseconds since 1970.
  public func policy(
    of table: String, where condition: String? = nil, now: Int64
  ) throws(DatabaseError) -> PolicyFindings {
    try DatabaseError.wrap { () throws(SQLError) in
      let keys = try keys(of: table, where: condition)
      let check = PolicyCheck(connection, catalog, now: now)
      let retained = try check.retained(keys)
      return PolicyFindings(
        rows: try count(keys),
        holds: try check.holds(covering: keys).map { ($0.hold.matter, $0.keys) },
        retention: retained?.retention, kept: retained?.kept ?? 0,
        undated: retained?.undated ?? 0, until: retained?.until)
    }
  }

  /// Throws `forbidden` where a hold or a locked retention keeps any of the rows of which a version
  /// meets a condition.
  public func requireErasable(
    _ table: String, where condition: String? = nil, now: Int64
  ) throws(DatabaseError) {
    try DatabaseError.wrap { () throws(SQLError) in
      try PolicyCheck(connection, catalog, now: now)
        .requireErasable(try keys(of: table, where: condition))
    }
  }

  /// The keys of the rows whose time is over, held ones apart; none where the table has no
  /// retention.
  public func due(_ table: String, now: Int64) throws(DatabaseError) -> (
    keys: [[Value]], held: [(matter: String, rows: Int)]
  ) {
    try DatabaseError.wrap { () throws(SQLError) in
      let check = PolicyCheck(connection, catalog, now: now)
      guard let due = try check.due(try self.table(table)) else { return ([], []) }
      let held = try check.removeHeld(from: due)
      var keys: [[Value]] = []
      do throws(SQLiteError) { try due.forEach { keys.append($0) } } catch {
        throw connection.sqlError(error)
      }
      return (keys, held.map { ($0.hold.matter, $0.keys) })
    }
  }

  private func table(_ name: String) throws(SQLError) -> Table {
    if let table = catalog.table(named: name) { return table }
    throw SQLError(
      .undefinedTable, "table \"\(name)\" does not exist",
      hint: nearestHint(to: name, among: catalog.tables.map(\.name)))
  }

  private func keys(of name: String, where condition: String?) throws(SQLError) -> KeySet {
    let table = try table(name)
    let predicate = try condition.map { (text) throws(SQLError) in
      try Binder(catalog: catalog, timeline: .empty)
        .predicate(Parser.parseExpression(text), on: table, alias: KeySet.version)
    }
    do throws(SQLiteError) {
      return try KeySet(of: table, in: connection, where: predicate ?? "1")
    } catch { throw connection.sqlError(error) }
  }

  private func count(_ keys: KeySet) throws(SQLError) -> Int {
    do throws(SQLiteError) { return try keys.count() } catch { throw connection.sqlError(error) }
  }
}
