// SPDX-License-Identifier: Apache-2.0
// What policy says of rows that somebody would erase: which holds cover them, which must be kept
// still, which are due. kb-sql(7), Retention and holds.

internal import KimberliteCore

/// Asks a view about the policy of its newest catalog.
struct PolicyCheck {
  let connection: Connection
  let catalog: Catalog
  /// The moment that retention is held against: microseconds since 1970.
  let now: Int64

  init(_ connection: Connection, _ catalog: Catalog, now: Int64) {
    self.connection = connection
    self.catalog = catalog
    self.now = now
    // What the condition of a hold takes for the time.
    connection.now = now
  }

  // MARK: Holds

  /// A hold and how many of the keys asked about it covers.
  struct HoldFinding {
    var hold: Hold
    var keys: Int
  }

  /// The holds that cover a version, of any time, of any of the rows.
  func holds(covering keys: KeySet) throws(SQLError) -> [HoldFinding] {
    var findings: [HoldFinding] = []
    for hold in catalog.activeHolds(on: keys.table.id) {
      let covered = try covered(by: hold, keys)
      let count = try run { () throws(SQLiteError) in try keys.count(where: covered) }
      if count > 0 { findings.append(HoldFinding(hold: hold, keys: count)) }
    }
    return findings
  }

  /// Drops the keys that holds cover; answers the holds.
  func removeHeld(from keys: KeySet) throws(SQLError) -> [HoldFinding] {
    let findings = try holds(covering: keys)
    for finding in findings {
      let covered = try covered(by: finding.hold, keys)
      try run { () throws(SQLiteError) in try keys.remove(where: covered) }
    }
    return findings
  }

  private func covered(by hold: Hold, _ keys: KeySet) throws(SQLError) -> String {
    let predicate = try Binder(catalog: catalog, timeline: .empty)
      .predicate(of: hold, on: keys.table, alias: KeySet.version)
    return """
      (EXISTS (SELECT 1 FROM \(keys.versions) AND \(predicate))
      OR EXISTS (SELECT 1 FROM \(keys.passingVersions) AND \(predicate)))
      """
  }

  // MARK: Retention

  /// What a table's retention says of keys.
  struct RetentionFinding {
    var retention: Retention
    /// Keys whose time is not over.
    var kept: Int
    /// Keys that state no moment in any version: a lock keeps them, and they are never due.
    var undated: Int
    /// When the time of the last of them is over: microseconds since 1970.
    var until: Int64?

    /// Whether the rows must not be erased.
    var forbids: Bool { retention.isLocked && kept + undated > 0 }
  }

  /// Which of the rows are not due yet; `nil` where the table has no retention.
  func retained(_ keys: KeySet) throws(SQLError) -> RetentionFinding? {
    guard let retention = catalog.retention(of: keys.table.id) else { return nil }
    let until = try Self.end(of: retention, keys)
    return try run { () throws(SQLiteError) in
      let find = try connection.prepare(
        """
        WITH ends (until) AS MATERIALIZED (SELECT \(until) FROM \(keys.name) AS \(KeySet.key))
        SELECT count(*) FILTER (WHERE until > ?1), count(*) FILTER (WHERE until IS NULL),
        max(until) FILTER (WHERE until > ?1) FROM ends
        """)
      try find.bind(1, now)
      guard try find.step() else { throw Storage.contradiction }
      return RetentionFinding(
        retention: retention, kept: Int(find.integer(0)), undated: Int(find.integer(1)),
        until: find.isNull(2) ? nil : find.integer(2))
    }
  }

  /// The rows of a table whose time is over; `nil` where it has no retention.
  ///
  /// Held ones are among them.
  func due(_ table: Table) throws(SQLError) -> KeySet? {
    guard let retention = catalog.retention(of: table.id) else { return nil }
    let keys = try run { () throws(SQLiteError) in
      try KeySet(of: table, in: connection, where: "1")
    }
    let until = try Self.end(of: retention, keys)
    try run { () throws(SQLiteError) in
      try keys.remove(where: "coalesce(\(until) > \(now), 1)")
    }
    return keys
  }

  /// When the time of a key is over, as SQLite text over `KeySet.key`; NULL where it states no
  /// moment.
  ///
  /// The newest version that states one counts: what was corrected no longer does.
  private static func end(of retention: Retention, _ keys: KeySet) throws(SQLError) -> String {
    let begin: String
    if let id = retention.column {
      let column = keys.table.columns[keys.table.position(of: id)]
      let value = "\(KeySet.version).\(Storage.quote(column.storageName))"
      let instant = column.type == .date ? "\(value) * \(Calendar.day)" : value
      // What nobody may shorten, no later version of the row may shorten either.
      begin =
        retention.isLocked
        ? "(SELECT max(\(instant)) FROM \(keys.versions))"
        : """
        (SELECT \(instant) FROM \(keys.versions) AND \(value) IS NOT NULL
        ORDER BY \(KeySet.version)._from DESC LIMIT 1)
        """
    } else {
      begin = """
        (SELECT timestamp / 1000 FROM kb_records
        WHERE offset = (SELECT min(\(KeySet.version)._from) FROM \(keys.versions)))
        """
    }
    // What would end behind the calendar never does. A month to spare: subtracting is not the
    // exact inverse of adding.
    let last = try Calendar.subtracting(
      retention.interval, from: Calendar.instants.upperBound - 31 * Calendar.day)
    let length = SQLText.literal(.blob(retention.interval.storage))
    return """
      (SELECT CASE WHEN begun > \(last) THEN \(Int64.max)
      ELSE kb_timestamp_add(begun, \(length)) END FROM (SELECT \(begin) AS begun))
      """
  }

  // MARK: Refusal

  /// Refuses to erase rows that a hold covers or a locked retention keeps.
  func requireErasable(_ keys: KeySet) throws(SQLError) {
    let table = "table \"\(keys.table.name)\""
    if let held = try holds(covering: keys).first {
      let verb = held.keys == 1 ? "is" : "are"
      throw SQLError(
        .insufficientPrivilege,
        "\(held.keys.counted("row")) of \(table) \(verb) under hold '\(held.hold.matter)'",
        hint: "kb.holds lists them; RELEASE HOLD ends one")
    }
    guard let kept = try retained(keys), kept.forbids else { return }
    let count = kept.kept + kept.undated
    let until = kept.until.map { until in
      until == .max ? ", for ever" : ", until \(SQLType.timestamptz.format(.integer(until)))"
    }
    throw SQLError(
      .insufficientPrivilege,
      "\(count.counted("row")) of \(table) must be kept: its retention is locked\(until ?? "")",
      hint: kept.undated > 0
        ? "\(kept.undated.counted("row")) of them state no moment to count from" : nil)
  }

  private func run<R>(_ body: () throws(SQLiteError) -> R) throws(SQLError) -> R {
    do throws(SQLiteError) { return try body() } catch { throw connection.sqlError(error) }
  }
}
