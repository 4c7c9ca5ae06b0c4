// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// Keys of one table's rows, in a temporary table: what is asked about them is one statement,
/// however many they are.
///
/// A row is all versions of a key. The temporary table lies in memory and goes with this object.
final class KeySet {
  let table: Table
  let connection: Connection
  /// The quoted name of the temporary table; its columns are `k0`, `k1`, ….
  let name: String

  /// What queries call the versions of the table.
  static let version = "v"
  /// What queries call the keys.
  static let key = "k"

  /// No keys yet.
  init(of table: Table, in connection: Connection) throws(SQLiteError) {
    self.table = table
    self.connection = connection
    connection.keySetCount += 1
    name = "temp.kb_keys_\(connection.keySetCount)"
    let columns = table.keyColumns.enumerated().map { index, position in
      "k\(index) \(Storage.type(table.columns[position].type))"
    }
    let key = columns.indices.map { "k\($0)" }.joined(separator: ", ")
    try write(
      """
      CREATE TABLE \(name) (\(columns.joined(separator: ", ")), PRIMARY KEY (\(key)))
      STRICT, WITHOUT ROWID
      """)
    try makePassing()
  }

  deinit {
    // A connection that is closed takes them along; nobody is left to tell what else may go wrong.
    for table in [name, passing] { try? write("DROP TABLE \(table)") }
  }

  /// The keys of the rows of which a version meets a condition: SQLite text over `version`.
  convenience init(
    of table: Table, in connection: Connection, where predicate: String
  ) throws(SQLiteError) {
    try self.init(of: table, in: connection)
    try write(
      """
      INSERT OR IGNORE INTO \(name) SELECT \(Self.keys(of: table, in: Self.version))
      FROM \(Storage.quote(table.storageName)) AS \(Self.version) WHERE \(predicate)
      """)
  }

  /// The keys that a query yields, in key order.
  convenience init(
    of table: Table, in connection: Connection, query: String
  ) throws(SQLiteError) {
    try self.init(of: table, in: connection)
    try write("INSERT OR IGNORE INTO \(name) \(query)")
  }

  /// Keys by their values, in key order.
  convenience init(
    of table: Table, in connection: Connection, keys: [[Value]]
  ) throws(SQLiteError) {
    try self.init(of: table, in: connection)
    try writing { () throws(SQLiteError) in
      let places = table.keyColumns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
      let insert = try connection.prepare("INSERT OR IGNORE INTO \(name) VALUES (\(places))")
      for key in keys {
        try insert.bind(from: 1, key)
        try insert.run()
      }
    }
  }

  /// How many there are.
  func count() throws(SQLiteError) -> Int { try count(where: "1") }

  /// How many meet a condition: SQLite text over `key`.
  func count(where predicate: String) throws(SQLiteError) -> Int {
    let count = try connection.prepare(
      "SELECT count(*) FROM \(name) AS \(Self.key) WHERE \(predicate)")
    return try count.step() ? Int(count.integer(0)) : 0
  }

  /// Drops the keys that meet a condition: SQLite text over `key`.
  func remove(where predicate: String) throws(SQLiteError) {
    try write("DELETE FROM \(name) AS \(Self.key) WHERE \(predicate)")
  }

  /// Drops the keys that are among others.
  func remove(_ other: KeySet) throws(SQLiteError) {
    let same = table.keyColumns.indices.map { "o.k\($0) = \(Self.key).k\($0)" }
    try remove(
      where: "EXISTS (SELECT 1 FROM \(other.name) AS o WHERE \(same.joined(separator: " AND ")))")
  }

  /// Each key, in order.
  func forEach(_ body: ([Value]) throws(SQLiteError) -> Void) throws(SQLiteError) {
    let keys = try connection.prepare("SELECT * FROM \(name) ORDER BY \(columns)")
    while try keys.step() { try body(keys.row()) }
  }

  private var columns: String {
    table.keyColumns.indices.map { "k\($0)" }.joined(separator: ", ")
  }

  /// The key columns of a table as `alias` shows them.
  static func keys(of table: Table, in alias: String) -> String {
    table.keyColumns.map { "\(alias).\(Storage.quote(table.columns[$0].storageName))" }
      .joined(separator: ", ")
  }

  /// All versions of the row of a key: what stands behind `FROM` in a subquery over `key`.
  var versions: String {
    """
    \(Storage.quote(table.storageName)) AS \(Self.version)
    WHERE \(Self.version)._live IN (0, 1) AND \(isSame)
    """
  }

  /// Those versions of it that no view showed.
  var passingVersions: String { "\(passing) AS \(Self.version) WHERE \(isSame)" }

  private var isSame: String {
    table.keyColumns.enumerated().map { index, position in
      "\(Self.version).\(Storage.quote(table.columns[position].storageName)) = \(Self.key).k\(index)"
    }.joined(separator: " AND ")
  }

  // MARK: Writing

  func write(_ sql: String) throws(SQLiteError) {
    try writing { () throws(SQLiteError) in try connection.execute(sql) }
  }

  /// A connection of a reader refuses to write even what is temporary.
  func writing(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
    let mode = try connection.prepare("PRAGMA query_only")
    let isReader = try mode.step() && mode.integer(0) != 0
    mode.reset()
    guard isReader else { return try body() }
    try connection.execute("PRAGMA query_only = OFF")
    defer { try? connection.execute("PRAGMA query_only = ON") }
    try body()
  }
}
