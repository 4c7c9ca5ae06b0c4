// SPDX-License-Identifier: Apache-2.0
// Types under the numbers and names that PostgreSQL's clients know them by (pg_type.dat).

/// What PostgreSQL's catalog says of a type.
struct PostgresType {
  var oid: Int64
  var name: String
  /// Bytes; -1: as many as it takes.
  var length: Int64
  /// pg_type.typcategory.
  var category: String

  init(_ oid: Int64, _ name: String, _ length: Int64, _ category: String) {
    self.oid = oid
    self.name = name
    self.length = length
    self.category = category
  }

  /// Every type of ours, one of each.
  static let types: [SQLType] = [
    .boolean, .bytea, .bigint, .smallint, .integer, .text, .json, .real, .double, .char(count: 1),
    .varchar(limit: nil), .date, .time, .timestamp, .timestamptz, .interval,
    .numeric(precision: nil, scale: nil), .uuid, .jsonb,
  ]
}

extension SQLType {
  var postgres: PostgresType {
    switch self {
    case .boolean: PostgresType(16, "bool", 1, "B")
    case .bytea: PostgresType(17, "bytea", -1, "U")
    case .bigint: PostgresType(20, "int8", 8, "N")
    case .smallint: PostgresType(21, "int2", 2, "N")
    case .integer: PostgresType(23, "int4", 4, "N")
    case .text: PostgresType(25, "text", -1, "S")
    case .json: PostgresType(114, "json", -1, "U")
    case .real: PostgresType(700, "float4", 4, "N")
    case .double: PostgresType(701, "float8", 8, "N")
    case .char: PostgresType(1042, "bpchar", -1, "S")
    case .varchar: PostgresType(1043, "varchar", -1, "S")
    case .date: PostgresType(1082, "date", 4, "D")
    case .time: PostgresType(1083, "time", 8, "D")
    case .timestamp: PostgresType(1114, "timestamp", 8, "D")
    case .timestamptz: PostgresType(1184, "timestamptz", 8, "D")
    case .interval: PostgresType(1186, "interval", 16, "T")
    case .numeric: PostgresType(1700, "numeric", -1, "N")
    case .uuid: PostgresType(2950, "uuid", 16, "U")
    case .jsonb: PostgresType(3802, "jsonb", -1, "U")
    }
  }

  /// pg_attribute.atttypmod: what a type is limited to; -1: to nothing.
  var modifier: Int64 {
    switch self {
    case .varchar(let limit?): Int64(limit) + 4
    case .char(let count): Int64(count) + 4
    case .numeric(let precision?, let scale): Int64(precision << 16 | (scale ?? 0)) + 4
    default: -1
    }
  }

  /// The type of a number and a modifier, as `format_type` is asked for it.
  init?(oid: Int64, modifier: Int64) {
    guard let base = PostgresType.types.first(where: { $0.postgres.oid == oid }) else { return nil }
    let size = Int(truncatingIfNeeded: modifier - 4)
    switch base {
    case .varchar where size > 0: self = .varchar(limit: size)
    case .char where size > 0: self = .char(count: size)
    case .numeric where size > 0: self = .numeric(precision: size >> 16, scale: size & 0xffff)
    default: self = base
    }
  }

  /// As `format_type` writes it: `character varying(8)`, `numeric(8,2)`.
  var formatted: String {
    switch self {
    case .varchar(let limit?): "character varying(\(limit))"
    case .char(let count): "character(\(count))"
    case .numeric(let precision?, let scale): "numeric(\(precision),\(scale ?? 0))"
    default: messageName
    }
  }
}
