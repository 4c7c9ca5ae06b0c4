// SPDX-License-Identifier: Apache-2.0
// Indexes of words: FTS5 tables with a row for each version of a row of a table.
// https://www.sqlite.org/fts5.html
//
// No trigger keeps them in step: the view's schema is not trusted, and then FTS5 takes none.

internal import KimberliteCore

/// How an index of words lies in the view.
struct WordTable {
  let name: String
  private let stored: String
  private let texts: [String]
  private let keys: [String]
  private let tokenize: String

  /// `nil` of an index that is not of words.
  init?(_ index: Index, on table: Table) {
    guard let tokenize = index.tokenize else { return nil }
    name = FullTextNames.table(index.id)
    stored = Storage.quote(table.storageName)
    texts = index.columns.map {
      Storage.quote(table.columns[table.position(of: $0.id)].storageName)
    }
    keys = table.keyColumns.map { Storage.quote(table.columns[$0].storageName) }
    self.tokenize = tokenize
  }

  /// Its columns: what is searched, and which version it is of.
  var columns: [String] { texts + places }
  /// The values of a version that they hold, by the names of its columns, without `_from`.
  var values: [String] { texts + keys }
  private var places: [String] { keys.indices.map(FullTextNames.key) + [FullTextNames.from] }

  /// What makes it, of all versions that there are.
  var creation: [String] {
    let unsearched = places.map { "\($0) UNINDEXED" }
    return [
      """
      CREATE VIRTUAL TABLE \(name) USING fts5 (\((texts + unsearched).joined(separator: ", ")),
      tokenize = '\(tokenize)')
      """,
      // FTS5 keeps the columns of a row as c0, c1, …: so a version is found by its key.
      """
      CREATE INDEX \(name)_key ON \(name)_content
      (\(places.indices.map { "c\(texts.count + $0)" }.joined(separator: ", ")))
      """,
      """
      INSERT INTO \(name) (\(columns.joined(separator: ", ")))
      SELECT \((values + ["_from"]).joined(separator: ", ")) FROM \(stored)
      """,
    ]
  }

  /// What takes it away.
  static func removal(of index: ObjectID) -> [String] {
    ["DROP TABLE IF EXISTS \(FullTextNames.table(index))"]
  }

  /// What forgets the version that began at `?1` of the row with the key `?2`, ….
  var deletion: String { "DELETE FROM \(name) WHERE \(version)" }

  /// What blanks columns of a version, by their names; `nil` where none is of the index.
  func blanking(_ columns: [String]) -> String? {
    let blank = texts.filter(columns.contains).map { "\($0) = NULL" }
    return blank.isEmpty
      ? nil : "UPDATE \(name) SET \(blank.joined(separator: ", ")) WHERE \(version)"
  }

  private var version: String {
    let key = keys.indices.map { "c\(texts.count + $0) = ?\($0 + 2)" }
    let parts = key + ["c\(texts.count + keys.count) = ?1"]
    return
      "rowid IN (SELECT id FROM \(name)_content WHERE \(parts.joined(separator: " AND ")))"
  }

  /// What makes it anew from the texts that are left: FTS5 notes that something was deleted and
  /// keeps its words until it merges.
  var renewal: String { "INSERT INTO \(name) (\(name)) VALUES ('rebuild')" }

  /// Whether a table of the view is FTS5's own, behind an index of words.
  static func isBehind(_ name: String) -> Bool {
    name.hasPrefix("kb_fts_")
      && ["_data", "_idx", "_content", "_docsize", "_config"].contains { name.hasSuffix($0) }
  }
}

/// The statements that keep an index of words in step with its table.
struct WordWriter {
  let insert: EventInsert
  let delete: Prepared

  /// `order`: the columns whose values events hold, in their order.
  init(
    _ words: WordTable, _ shape: RowEvents, _ order: [Column], _ connection: Connection
  ) throws(SQLiteError) {
    let held = order.map { Storage.quote($0.storageName) }
    let values = words.values.compactMap { value in
      held.firstIndex(of: value).map { "c\($0)" }
    }
    insert = try EventInsert(
      into: "\(words.name) (\(words.columns.joined(separator: ", ")))", shape, connection
    ) { "SELECT \(values.joined(separator: ", ")), ?1 FROM \($0)" }
    delete = try connection.prepare(words.deletion, persistent: true)
  }
}

extension View {
  /// The indexes of words of a table.
  func wordTables(of table: ObjectID) -> [WordTable] {
    guard let now = catalog.table(table) else { return [] }
    return catalog.indexes.filter { $0.table == table }.compactMap { WordTable($0, on: now) }
  }
}
