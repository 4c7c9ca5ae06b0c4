// SPDX-License-Identifier: Apache-2.0
// The types a column or an expression can have, and how each is stored. kb-sql(7), Types.

/// A declared or inferred SQL type.
public enum SQLType: Hashable, Sendable {
  case boolean
  case smallint
  case integer
  case bigint
  /// Single precision: values are rounded to a `Float` when assigned.
  case real
  case double
  /// Exact decimal. `nil` is unconstrained, as PostgreSQL's bare NUMERIC.
  case numeric(precision: Int?, scale: Int?)
  case text
  /// At most `limit` characters (Unicode scalars).
  case varchar(limit: Int?)
  /// Exactly `count` characters, blank padded.
  case char(count: Int)
  case bytea
  case date
  case time
  /// Without time zone.
  case timestamp
  /// An instant; shown in UTC.
  case timestamptz
  case interval
  case uuid
  case json
  case jsonb
}

/// How SQLite stores values of a type.
public enum StorageClass: String, Sendable {
  case integer = "INTEGER"
  case real = "REAL"
  case text = "TEXT"
  case blob = "BLOB"
}

extension SQLType {
  /// The class of STRICT column that holds this type.
  ///
  /// - BOOLEAN 0 or 1; DATE days since 1970-01-01; TIME microseconds since midnight; TIMESTAMP and
  ///   TIMESTAMPTZ microseconds since 1970-01-01T00:00:00Z: INTEGER.
  /// - NUMERIC: TEXT, canonical decimal digits with the scale kept ("1.50"), compared with the
  ///   collation `kb_numeric`.
  /// - UUID: BLOB of 16 bytes. INTERVAL: BLOB of 32 bytes, see `Interval`. BYTEA: BLOB.
  /// - JSON, JSONB: TEXT.
  public var storageClass: StorageClass {
    switch self {
    case .boolean, .smallint, .integer, .bigint, .date, .time, .timestamp, .timestamptz: .integer
    case .real, .double: .real
    case .numeric, .text, .varchar, .char, .json, .jsonb: .text
    case .bytea, .uuid, .interval: .blob
    }
  }

  /// The name as SQL writes it: "NUMERIC(12,2)", "TIMESTAMPTZ".
  public var sqlName: String {
    switch self {
    case .boolean: "BOOLEAN"
    case .smallint: "SMALLINT"
    case .integer: "INTEGER"
    case .bigint: "BIGINT"
    case .real: "REAL"
    case .double: "DOUBLE PRECISION"
    case .numeric(let precision?, let scale?): "NUMERIC(\(precision),\(scale))"
    case .numeric(let precision?, nil): "NUMERIC(\(precision))"
    case .numeric: "NUMERIC"
    case .text: "TEXT"
    case .varchar(let limit?): "VARCHAR(\(limit))"
    case .varchar: "VARCHAR"
    case .char(let count): "CHAR(\(count))"
    case .bytea: "BYTEA"
    case .date: "DATE"
    case .time: "TIME"
    case .timestamp: "TIMESTAMP"
    case .timestamptz: "TIMESTAMPTZ"
    case .interval: "INTERVAL"
    case .uuid: "UUID"
    case .json: "JSON"
    case .jsonb: "JSONB"
    }
  }
}

extension SQLType {
  /// Reads exactly what `sqlName` writes.
  public init?(sqlName text: String) {
    let simple: [SQLType] = [
      .boolean, .smallint, .integer, .bigint, .real, .double,
      .numeric(precision: nil, scale: nil), .text, .varchar(limit: nil), .bytea, .date, .time,
      .timestamp, .timestamptz, .interval, .uuid, .json, .jsonb,
    ]
    if let type = simple.first(where: { $0.sqlName == text }) {
      self = type
      return
    }
    guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { return nil }
    let numbers = text[text.index(after: open)..<text.index(before: text.endIndex)]
      .split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    switch (text[..<open], numbers.count) {
    case ("NUMERIC", 1): self = .numeric(precision: numbers[0], scale: nil)
    case ("NUMERIC", 2): self = .numeric(precision: numbers[0], scale: numbers[1])
    case ("VARCHAR", 1): self = .varchar(limit: numbers[0])
    case ("CHAR", 1): self = .char(count: numbers[0] ?? 0)
    default: return nil
    }
    if sqlName != text { return nil }
  }
}
