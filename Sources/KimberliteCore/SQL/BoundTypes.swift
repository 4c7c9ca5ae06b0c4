// SPDX-License-Identifier: Apache-2.0
// How types relate: families, promotion and the name that messages use. kb-sql(7), Types.

extension SQLType {
  /// Types of one family compare with each other.
  enum Family {
    case boolean, number, text, bytea, datetime, time, interval, uuid, json
  }

  var family: Family {
    switch self {
    case .boolean: .boolean
    case .smallint, .integer, .bigint, .real, .double, .numeric: .number
    case .text, .varchar, .char: .text
    case .bytea: .bytea
    case .date, .timestamp, .timestamptz: .datetime
    case .time: .time
    case .interval: .interval
    case .uuid: .uuid
    case .json, .jsonb: .json
    }
  }

  /// The place in the order of implicit promotion within the family.
  var rank: Int {
    switch self {
    case .smallint, .date, .json, .char: 0
    case .integer, .timestamp, .jsonb, .varchar: 1
    case .bigint, .timestamptz, .text: 2
    case .numeric: 3
    case .real: 4
    case .double: 5
    case .boolean, .bytea, .time, .interval, .uuid: 0
    }
  }

  /// Whether SQLite holds it as a 64-bit number that it computes with exactly.
  var isInteger: Bool { family == .number && rank <= 2 }
  var isNumeric: Bool { family == .number && rank == 3 }
  var isFloat: Bool { family == .number && rank >= 4 }

  /// The collation under which SQLite compares its values, where that of their bytes will not do.
  var collation: String? {
    isNumeric ? FunctionRegistry.numericCollation : self == .jsonb ? JSONB.collation : nil
  }

  /// The type without length, precision and scale.
  var base: SQLType {
    switch self {
    case .numeric: .numeric(precision: nil, scale: nil)
    case .varchar: .varchar(limit: nil)
    case .char: .char(count: 1)
    default: self
    }
  }

  /// The type that a value of either type turns into without being asked; `nil` if none.
  func common(with other: SQLType) -> SQLType? {
    if self == other { return self }
    guard family == other.family else { return nil }
    if family == .text { return .text }
    return rank >= other.rank ? (rank == other.rank ? base : self) : other
  }

  /// The name as PostgreSQL's messages write it.
  var messageName: String {
    switch self {
    case .char: "character"
    case .varchar: "character varying"
    case .time: "time without time zone"
    case .timestamp: "timestamp without time zone"
    case .timestamptz: "timestamp with time zone"
    default: base.sqlName.lowercased()
    }
  }
}

extension Optional<SQLType> {
  /// As `SQLType.messageName`, "unknown" where there is none.
  var messageName: String { self?.messageName ?? "unknown" }
}
