// SPDX-License-Identifier: Apache-2.0
// What SQLite's planner is told of the tables' sizes. A new table is said to be big
// (`Storage.statistics`); a session that made it much bigger says at its end how big it is.

internal import CSQLite
internal import KimberliteCore

/// What a session did to a table that its statistics may no longer say.
struct Growth {
  var rows = 0
  var hasNewIndex = false
}

extension View {
  /// A table of fewer rows is said to have so many: one that is said to be tiny would be read
  /// from end to end by those who ask while it grows.
  private static let rowsMin = 1000

  /// A table whose statistics say too little of it.
  struct Uncounted {
    fileprivate let table: Table
    fileprivate let isSmall: Bool
  }

  /// The tables that grew by half since they were counted, or got an index.
  ///
  /// So counting costs no more than a pass over twice the rows added.
  func uncountedTables() throws(SQLiteError) -> [Uncounted] {
    var uncounted: [Uncounted] = []
    for (id, growth) in takeGrowth().sorted(by: { $0.key < $1.key }) {
      guard let table = catalog.table(id) else { continue }
      let counted = try countedRows(table)
      if let counted, counted > Self.rowsMin, !growth.hasNewIndex, growth.rows < counted / 2 {
        continue
      }
      let name = Storage.quote(table.storageName)
      let bounded = try connection.prepare(
        "SELECT count(*) FROM (SELECT 1 FROM \(name) LIMIT \(Self.rowsMin))")
      guard try bounded.step(), bounded.integer(0) > 0 else { continue }
      let isSmall = bounded.integer(0) < Self.rowsMin
      // What is small was said to be so once.
      if isSmall, counted != nil, !growth.hasNewIndex { continue }
      uncounted.append(Uncounted(table: table, isSmall: isSmall))
    }
    return uncounted
  }

  /// Counts tables, inside a write transaction.
  ///
  /// No statistics change an answer, and none are compared with those of a fresh fold.
  func count(_ tables: [Uncounted]) throws(SQLiteError) {
    for uncounted in tables {
      let table = uncounted.table
      if uncounted.isSmall {
        try sayIsSmall(table)
        continue
      }
      try connection.execute("ANALYZE main.\(Storage.quote(table.storageName))")
      let (key, other) = (Storage.entrySize(isKey: true), Storage.entrySize(isKey: false))
      let update = try connection.prepare(
        """
        UPDATE sqlite_stat1 SET stat = stat || iif(idx = tbl, '\(key)', '\(other)')
        WHERE tbl = ?1
        """)
      try update.bind(1, table.storageName)
      try update.run()
    }
  }

  /// How many rows its statistics say that a table has; `nil` where nobody has counted.
  private func countedRows(_ table: Table) throws(SQLiteError) -> Int? {
    let stored = try connection.prepare("SELECT stat FROM sqlite_stat1 WHERE tbl = ?1 AND idx = ?1")
    try stored.bind(1, table.storageName)
    guard try stored.step() else { return nil }
    let text = stored.text(0)
    if text.hasPrefix(Storage.unknownSize) { return nil }
    return text.split(separator: " ").first.flatMap { Int($0) }
  }

  private func sayIsSmall(_ table: Table) throws(SQLiteError) {
    let update = try connection.prepare(
      """
      UPDATE sqlite_stat1 SET stat = '\(Self.rowsMin) \(Self.rowsMin * 9 / 10)' || substr(stat, ?2)
      WHERE tbl = ?1 AND substr(stat, 1, ?2 - 1) = '\(Storage.unknownSize)'
      """)
    try update.bind(1, table.storageName)
    try update.bind(2, Int64(Storage.unknownSize.utf8.count + 1))
    try update.run()
  }
}
