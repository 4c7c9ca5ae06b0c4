// SPDX-License-Identifier: Apache-2.0

public import KimberliteCore

extension Reader {
  /// Whether every query has to be noted before its rows are shown.
  public var auditsReads: Bool { catalog.settings.auditsReads }

  /// Has a query noted, where the log audits reads; only when this returns may its rows be shown.
  ///
  /// `count` runs the query to its end and says how many rows will be shown; it is run again for
  /// them. Where it fails that is noted as well, since its message may tell what is in the rows.
  /// `sql` is the statement's text, `moment` as in `prepare`. `asEvidence`: the rows leave with what
  /// proves them.
  ///
  /// - Returns: how many rows may be shown; `nil` where it does not matter. `skipsNothing`: a count
  ///   of 0 is not noted.
  public func note(
    _ rows: Rows, of sql: String, moment: UInt64?, context: Context, asEvidence: Bool = false,
    skipsNothing: Bool = false, count: (Rows) throws(DatabaseError) -> Int
  ) throws(DatabaseError) -> Int? {
    if !auditsReads || rows.isExplanation { return nil }
    var entry = AccessEntry(
      query: QueryFingerprint(sql), tables: rows.tables, rows: 0, asOf: moment, newest: newest)
    entry.isEvidence = asEvidence
    do throws(DatabaseError) {
      entry.rows = try count(rows)
    } catch {
      entry.error = (error.sql?.state ?? .internalError).code
      try accessLog.append(entry, context: context)
      throw error
    }
    if entry.rows > 0 || !skipsNothing { try accessLog.append(entry, context: context) }
    try rows.restart()
    return entry.rows
  }
}

extension Rows {
  /// Runs to the end; answers how many rows there are.
  public func countAll() throws(DatabaseError) -> Int {
    var count = 0
    while try next() { count += 1 }
    return count
  }

  /// What to say of a query that gives more rows than were noted.
  public static let unstable = DatabaseError(
    SQLError(
      .featureNotSupported, "the query gives other rows each time it runs, so it cannot be noted"))
}
