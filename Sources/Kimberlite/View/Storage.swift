// SPDX-License-Identifier: Apache-2.0
// How the catalog lies in SQLite: our own tables, and the DDL that a schema change means.
// Constraints are checked by the writer; the view holds only keys, since it also holds the past.

internal import CSQLite
internal import KimberliteCore

/// The SQLite text of the view's structure.
enum Storage {
  /// Raised when the layout changes: a view of another version is rebuilt from the log.
  static let version = 9

  /// The tables that hold what is not a user's table.
  static let systemTables = """
    CREATE TABLE kb_state (
      id INTEGER PRIMARY KEY CHECK (id = 0), version INTEGER, log_id BLOB, count INTEGER,
      hash BLOB, timestamp INTEGER, segment INTEGER, position INTEGER, holes INTEGER, blind BLOB,
      subjects INTEGER
    ) STRICT;
    CREATE TABLE kb_records (
      offset INTEGER PRIMARY KEY, timestamp INTEGER, actor TEXT, reason TEXT, ticket TEXT,
      request TEXT, progress INTEGER, last INTEGER, events INTEGER, hash BLOB
    ) STRICT;
    CREATE UNIQUE INDEX kb_records_timestamp ON kb_records (timestamp);
    CREATE INDEX kb_records_request ON kb_records (request) WHERE request IS NOT NULL;
    CREATE TABLE kb_schema (
      offset INTEGER, place INTEGER, change BLOB, PRIMARY KEY (offset, place)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE kb_streams (id INTEGER PRIMARY KEY, next INTEGER) STRICT;
    CREATE TABLE kb_sequences (id INTEGER PRIMARY KEY, value INTEGER, called INTEGER) STRICT;
    CREATE TABLE kb_traces (object INTEGER, key BLOB, offset INTEGER,
      PRIMARY KEY (object, key, offset)) STRICT, WITHOUT ROWID;
    CREATE TABLE kb_purges (
      offset INTEGER PRIMARY KEY, object INTEGER, scope TEXT, events INTEGER, records INTEGER,
      plan BLOB, not_before INTEGER, approvals TEXT
    ) STRICT;
    CREATE TABLE kb_purge_ends (
      purge INTEGER PRIMARY KEY, offset INTEGER, outcome TEXT, events INTEGER, segments INTEGER,
      searched INTEGER
    ) STRICT;
    CREATE TABLE kb_subjects (
      object INTEGER, value BLOB, key BLOB, offset INTEGER, place INTEGER, retired INTEGER,
      PRIMARY KEY (object, value, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX kb_subjects_key ON kb_subjects (key);
    CREATE TABLE kb_denied (object INTEGER, hash BLOB, PRIMARY KEY (object, hash))
    STRICT, WITHOUT ROWID;
    ANALYZE sqlite_schema;
    """

  /// The view says what no fold of a log says.
  static let contradiction = SQLiteError(
    code: SQLITE_CORRUPT, message: "the view contradicts itself")

  /// A name in double quotes.
  static func quote(_ name: String) -> String {
    "\"" + name.replacing("\"", with: "\"\"") + "\""
  }

  /// The table that says where a stream's events are in the log.
  static func streamTable(_ id: ObjectID) -> String { "kb_stream_\(id)" }

  /// What a change does to the structure of the view.
  ///
  /// `catalog` is the one before the change.
  static func statements(for change: SchemaChange, in catalog: Catalog) -> [String] {
    switch change {
    case .createTable(let table):
      [create(table)] + createSubjects(of: table)
        + statistics(
          of: table.storageName, on: table, columns: table.keyColumns.count, isUnique: true)
    case .addColumn(let id, let column, _):
      catalog.table(id).map {
        ["ALTER TABLE \(quote($0.storageName)) ADD COLUMN \(declaration(column))\(fill(column))"]
      } ?? []
    case .define(.retypeColumn(let id, _, let column)):
      catalog.table(id).map {
        ["ALTER TABLE \(quote($0.storageName)) ADD COLUMN \(declaration(column))"]
      } ?? []
    case .define(.createSequence(let sequence)):
      ["INSERT INTO kb_sequences VALUES (\(sequence.id), \(sequence.start), 0)"]
    case .define(.dropSequence(let id)): ["DELETE FROM kb_sequences WHERE id = \(id)"]
    case .define(.setSequence(let position)):
      [
        """
        UPDATE kb_sequences SET value = \(position.value), called = \(position.isCalled ? 1 : 0)
        WHERE id = \(position.id)
        """
      ]
    case .createStream(let stream):
      // A row for each run of events that follow one another, in the stream and in a record.
      [
        """
        CREATE TABLE \(streamTable(stream.id)) (
          first INTEGER PRIMARY KEY, count INTEGER, _from INTEGER, _place INTEGER
        ) STRICT
        """
      ]
    case .dropIndex(let id):
      catalog.indexes.contains { $0.id == id && $0.tokenize != nil }
        ? WordTable.removal(of: id)
        : ["DROP INDEX IF EXISTS kb_index_\(id)", "DROP INDEX IF EXISTS kb_past_\(id)"]
    case .dropColumn(let id, let column):
      catalog.indexes.filter { index in
        index.table == id && index.columns.contains { $0.id == column }
      }.flatMap { statements(for: .dropIndex($0.id), in: catalog) }
    case .dropTable(let id):
      // The versions stay: the past is still asked. Their keys go, nothing is added any more.
      // Nor are words searched in any more.
      catalog.indexes.filter { $0.table == id && ($0.unique || $0.tokenize != nil) }
        .flatMap { statements(for: .dropIndex($0.id), in: catalog) }
    case .createIndex, .renameTable, .renameColumn, .dropStream, .setRetention, .dropRetention,
      .createHold, .rewordHold, .releaseHold, .setLog, .define:
      []
    }
  }

  private static func create(_ table: Table) -> String {
    // `_from` is never NULL either, but SQLite 3.40's integrity_check sees NULLs where there are
    // none in a NOT NULL column between key columns of a table WITHOUT ROWID.
    let columns =
      [declarations(table)] + [
        "_live INTEGER NOT NULL", "_from INTEGER", "_to INTEGER NOT NULL",
      ]
    let key = table.keyColumns.map { quote(table.columns[$0].storageName) }
    return """
      CREATE TABLE \(quote(table.storageName)) (
        \(columns.joined(separator: ", ")),
        PRIMARY KEY (_live, \(key.joined(separator: ", ")), _to)
      ) STRICT, WITHOUT ROWID
      """
  }

  /// The index that says whether anything is left of a subject.
  private static func createSubjects(of table: Table) -> [String] {
    guard let subject = table.subject else { return [] }
    let column = table.columns[table.position(of: subject)]
    return [
      "CREATE INDEX kb_subject_\(table.id) ON \(quote(table.storageName)) (\(quote(column.storageName)))"
    ]
  }

  /// The columns of a table, with their types.
  static func declarations(_ table: Table) -> String {
    table.columns.map(declaration).joined(separator: ", ")
  }

  private static func declaration(_ column: Column) -> String {
    "\(quote(column.storageName)) \(type(column.type))"
  }

  /// What SQLite declares a column of a type to be.
  static func type(_ type: SQLType) -> String {
    let collation = if case .numeric = type { " COLLATE kb_numeric" } else { "" }
    return "\(type.storageClass.rawValue)\(collation)"
  }

  private static func fill(_ column: Column) -> String {
    switch column.fill {
    case .null: ""
    case .integer(let value): " DEFAULT \(value)"
    // Seventeen digits keep a double; an infinity is beyond every literal.
    case .real(let value) where value.isFinite: " DEFAULT \(value)"
    case .real(let value): " DEFAULT \(value < 0 ? "-" : "")9e999"
    case .text(let text): " DEFAULT '\(text.replacing("'", with: "''"))'"
    case .blob(let bytes):
      " DEFAULT X'\(bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())'"
    }
  }

  /// Rows of a table that nobody has counted, and of them those with one value of `_live`.
  static let unknownSize = "1000000 900000"

  /// Ends the statistics of an index: what its entries take, of which only the order counts.
  ///
  /// By SQLite 3.40's own estimate those of a table's key, which are the rows, are so long that it
  /// reads whole tables by way of another index, row by row. That is several times as dear as what
  /// it costs to count rows by the key where a smaller index would do.
  static func entrySize(isKey: Bool) -> String { isKey ? " sz=2" : " sz=8" }

  /// Tells SQLite's planner what it would never guess: that half of a big table and more is live,
  /// so that `_live` finds nothing, and what follows it in an index does.
  ///
  /// `index`: by name; the key of a table has the table's.
  /// https://www.sqlite.org/fileformat2.html#the_sqlite_stat1_table
  static func statistics(
    of index: String, on table: Table, columns: Int, isUnique: Bool
  ) -> [String] {
    func literal(_ name: String) -> String { "'\(name.replacing("'", with: "''"))'" }
    let counts = (1...columns).map { $0 == columns ? isUnique ? " 1" : " 10" : " 100" }.joined()
    let size = entrySize(isKey: index == table.storageName)
    return [
      """
      INSERT INTO sqlite_stat1 VALUES (\(literal(table.storageName)), \(literal(index)),
      '\(unknownSize)\(counts)\(size)')
      """, "ANALYZE sqlite_schema",
    ]
  }

  /// The index of a plain CREATE INDEX: led by `_live`, so that it serves the present and the past.
  static func create(_ index: Index, on table: Table) -> String {
    "CREATE INDEX kb_index_\(index.id) ON \(quote(table.storageName)) (_live, \(columns(index, table)))"
  }

  /// The index of a unique key that is as old as its table: no version ended before it.
  ///
  /// Live versions share one `_to`, so live keys are unique; two versions that ended at one offset
  /// were live together before it, so past entries are unique as well, and one index serves both.
  static func createUnique(_ index: Index, on table: Table) -> String {
    """
    CREATE UNIQUE INDEX kb_index_\(index.id) ON \(quote(table.storageName))
    (_live, \(columns(index, table)), _to)
    """
  }

  /// The indexes of a unique key on an older table, whose past may break it.
  ///
  /// Whether it does is not looked at: what the view is must not depend on what was erased.
  static func createUniqueBesidePast(_ index: Index, on table: Table) -> [String] {
    [
      """
      CREATE UNIQUE INDEX kb_index_\(index.id) ON \(quote(table.storageName))
      (\(columns(index, table))) WHERE _live = 1
      """,
      """
      CREATE INDEX kb_past_\(index.id) ON \(quote(table.storageName))
      (_live, \(columns(index, table)))
      """,
    ]
  }

  private static func columns(_ index: Index, _ table: Table) -> String {
    index.columns.map {
      quote(table.columns[table.position(of: $0.id)].storageName) + ($0.descending ? " DESC" : "")
    }.joined(separator: ", ")
  }
}
