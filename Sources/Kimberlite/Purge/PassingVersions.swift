// SPDX-License-Identifier: Apache-2.0
// Versions that began and ended in one record: no view ever showed them, and the log holds their
// values all the same. A condition is tried on their events.

internal import KimberliteCore

extension PurgePlanner {
  /// Adds the keys of rows of which such a version meets a condition: SQLite text over
  /// `KeySet.version`.
  func addPassing(to keys: KeySet, where predicate: String) throws(DatabaseError) {
    let table = keys.table
    let offsets = try DatabaseError.wrap { () throws(SQLError) in
      try sqlError { () throws(SQLiteError) in try traces(of: table.id) }
    }
    if offsets.isEmpty { return }
    var finder = try EventFinder(of: table.id, log, connection)
    var versions: [[String: Value]] = []
    for offset in offsets { versions += try finder.versions(of: offset) }
    try DatabaseError.wrap { () throws(SQLError) in
      try sqlError { () throws(SQLiteError) in try keys.add(versions, where: predicate) }
    }
  }

  /// The records that hold such versions of a table, ascending.
  private func traces(of table: ObjectID) throws(SQLiteError) -> [UInt64] {
    let find = try connection.prepare(
      "SELECT DISTINCT offset FROM kb_traces WHERE object = ?1 ORDER BY offset")
    try find.bind(1, Int64(table))
    var offsets: [UInt64] = []
    while try find.step() { offsets.append(UInt64(find.integer(0))) }
    return offsets
  }
}

extension KeySet {
  /// Adds the keys of versions that meet a condition: SQLite text over `version`.
  ///
  /// Values by the names of their columns in the view; a column that is not there has the value of
  /// rows that are older than it.
  fileprivate func add(
    _ versions: [[String: Value]], where predicate: String
  ) throws(SQLiteError) {
    let passing = name + "_passing"
    try write("CREATE TABLE \(passing) (\(Storage.declarations(table))) STRICT")
    defer { try? write("DROP TABLE \(passing)") }
    try writing { () throws(SQLiteError) in
      let places = table.columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
      let insert = try connection.prepare("INSERT INTO \(passing) VALUES (\(places))")
      for version in versions {
        try insert.bind(from: 1, table.columns.map { version[$0.storageName] ?? $0.fill })
        try insert.run()
      }
    }
    try write(
      """
      INSERT OR IGNORE INTO \(name) SELECT \(Self.keys(of: table, in: Self.version))
      FROM \(passing) AS \(Self.version) WHERE \(predicate)
      """)
  }
}
