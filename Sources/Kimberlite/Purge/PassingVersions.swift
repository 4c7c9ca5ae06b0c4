// SPDX-License-Identifier: Apache-2.0
// Versions that began and ended in one record: no view ever showed them, and the log holds their
// values all the same. A purge looks at their events as at the versions of the view.

internal import KimberliteCore

extension PurgePlanner {
  /// Has keys of a table know the versions of it that no view showed.
  func loadPassing(into keys: KeySet) throws(DatabaseError) {
    let offsets = try DatabaseError.wrap { () throws(SQLError) in
      try sqlError { () throws(SQLiteError) in try traces(of: keys.table.id) }
    }
    if offsets.isEmpty { return }
    var finder = try EventFinder(of: keys.table.id, log, connection)
    for offset in offsets {
      let versions = try finder.versions(of: offset)
      try DatabaseError.wrap { () throws(SQLError) in
        try sqlError { () throws(SQLiteError) in try keys.load(passing: versions) }
      }
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
  /// The quoted name of the temporary table of the versions that no view showed.
  var passing: String { name + "_passing" }

  /// Makes the temporary table of the versions that no view showed, and none in it.
  func makePassing() throws(SQLiteError) {
    try write("CREATE TABLE \(passing) (\(Storage.declarations(table))) STRICT")
  }

  /// Adds such versions: values by the names of their columns in the view; a column that is not
  /// there has the value of rows that are older than it.
  fileprivate func load(passing versions: [[String: Value]]) throws(SQLiteError) {
    try writing { () throws(SQLiteError) in
      let places = table.columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
      let insert = try connection.prepare("INSERT INTO \(passing) VALUES (\(places))")
      for version in versions {
        try insert.bind(from: 1, table.columns.map { version[$0.storageName] ?? $0.fill })
        try insert.run()
      }
    }
  }

  /// Adds the keys of the rows of which such a version meets a condition: SQLite text over
  /// `version`.
  func addPassing(where predicate: String) throws(SQLiteError) {
    try write(
      """
      INSERT OR IGNORE INTO \(name) SELECT \(Self.keys(of: table, in: Self.version))
      FROM \(passing) AS \(Self.version) WHERE \(predicate)
      """)
  }
}
