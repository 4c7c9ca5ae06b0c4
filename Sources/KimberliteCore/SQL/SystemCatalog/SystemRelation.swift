// SPDX-License-Identifier: Apache-2.0
// What a relation of information_schema or pg_catalog is, and where all of them are found.

/// A relation whose rows are computed from the catalog of a moment.
struct SystemRelation {
  /// `information_schema` or `pg_catalog`.
  var schema: String
  var name: String
  var columns: [(name: String, type: SQLType)]
  /// One value for each column.
  var rows: @Sendable (Catalog) -> [[Value]]

  init(
    _ schema: String, _ name: String, _ columns: [(name: String, type: SQLType)],
    rows: @escaping @Sendable (Catalog) -> [[Value]] = { _ in [] }
  ) {
    self.schema = schema
    self.name = name
    self.columns = columns
    self.rows = rows
  }
}

extension SystemRelation {
  /// The schemas that have system relations, besides kb.
  static let schemas = ["information_schema", "pg_catalog"]
  /// What a database is called, where PostgreSQL has many: a log is one.
  static let database = "kimberlite"
  /// The schema of what users make.
  static let userSchema = "public"

  private static let all: [String: SystemRelation] = Dictionary(
    (informationSchema + postgresRelations + postgresKeys + postgresEmpty)
      .map { ("\($0.schema).\($0.name)", $0) }, uniquingKeysWith: { first, _ in first })

  static func named(_ schema: String, _ name: String) -> SystemRelation? {
    all["\(schema).\(name)"]
  }

  /// The names in a schema, in order.
  static func names(in schema: String) -> [String] {
    all.values.filter { $0.schema == schema }.map(\.name).sorted()
  }
}

extension Value {
  static func optional(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
  static func optional(_ number: Int?) -> Value { number.map { .integer(Int64($0)) } ?? .null }
  static func number(_ number: some BinaryInteger) -> Value { .integer(Int64(number)) }
  static func flag(_ value: Bool) -> Value { .integer(value ? 1 : 0) }
  /// The standard's yes or no.
  static func answer(_ value: Bool) -> Value { .text(value ? "YES" : "NO") }
}

extension Binding {
  /// The system relation that a name in FROM means; `nil` where it means something else.
  ///
  /// Those of pg_catalog need no schema, unless somebody made a table of that name.
  func systemRelation(_ object: ObjectName) throws(SQLError) -> SystemRelation? {
    let name = object.name.text
    guard let schema = object.schema else {
      return name.hasPrefix("pg_") && !binder.isTaken(name)
        ? SystemRelation.named("pg_catalog", name) : nil
    }
    guard SystemRelation.schemas.contains(schema.text) else { return nil }
    if let relation = SystemRelation.named(schema.text, name) { return relation }
    throw SQLError(
      .undefinedTable, "relation \"\(schema.text).\(name)\" does not exist",
      at: object.name.position,
      hint: nearestHint(to: name, among: SystemRelation.names(in: schema.text)))
  }

  /// Adds a relation of information_schema or pg_catalog, as it is at what is reached.
  mutating func bindSystemRelation(_ relation: SystemRelation, as alias: String, _ reach: Reach)
    throws(SQLError) -> Int
  {
    note("\(relation.schema).\(relation.name)")
    let rows = relation.rows(try catalog(at: reach))
    return add(
      alias, catalogRows(rows, relation.columns.count), Self.constantColumns(relation.columns))
  }
}
