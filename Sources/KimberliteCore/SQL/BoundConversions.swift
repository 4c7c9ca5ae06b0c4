// SPDX-License-Identifier: Apache-2.0
// Conversions between types, as SQLite text. PostgreSQL's three contexts: what happens unasked,
// what an assignment to a column may do, and what CAST may do.

/// How freely a value may be converted.
enum CastContext { case implicit, assignment, explicit }

extension SQLType {
  /// The suffix of the functions that read and write a type's text: `kb_parse_…`, `kb_text_…`.
  var functionKey: String {
    switch self {
    case .boolean: "boolean"
    case .smallint: "smallint"
    case .integer: "integer"
    case .bigint: "bigint"
    case .real: "real"
    case .double: "double"
    case .numeric: "numeric"
    case .text, .varchar, .char: "text"
    case .bytea: "bytea"
    case .date: "date"
    case .time: "time"
    case .timestamp: "timestamp"
    case .timestamptz: "timestamptz"
    case .interval: "interval"
    case .uuid: "uuid"
    case .json: "json"
    case .jsonb: "jsonb"
    }
  }
}

enum Conversion {
  /// SQLite text that converts `sql` of one type to another; `nil` where the context forbids it.
  static func convert(_ sql: String, _ from: SQLType, _ to: SQLType, _ context: CastContext)
    -> String?
  {
    if from == to { return sql }
    switch (from.family, to.family) {
    case (.number, .number): return number(sql, from, to, context)
    case (.text, .text): return text(sql, from, to, context)
    case (.datetime, .datetime): return datetime(sql, from, to, context)
    case (.json, .json):
      return context == .implicit ? nil : to == .json ? sql : "kb_parse_jsonb(\(sql))"
    case (.boolean, .number):
      return context == .explicit && to.isInteger ? sql : nil
    case (.number, .boolean):
      return context == .explicit && from.isInteger ? "(\(sql) <> 0)" : nil
    case (.json, .boolean):
      return from == .jsonb && context == .explicit ? "kb_jsonb_boolean(\(sql))" : nil
    case (.json, .number):
      guard from == .jsonb, context == .explicit else { return nil }
      let name = SQLText.literal(.text(to.messageName))
      if to.isFloat { return number("kb_jsonb_double(\(sql), \(name))", .double, to, context) }
      let read = "kb_jsonb_numeric(\(sql), \(name))"
      return to == to.base && to.isNumeric
        ? read : number(read, .numeric(precision: nil, scale: nil), to, context)
    case (.datetime, .time):
      return context != .implicit && from != .date ? "kb_time_of(\(sql))" : nil
    case (.interval, .time):
      return context == .implicit ? nil : "kb_time_add(0, \(sql))"
    case (.time, .interval): return "kb_interval_of_time(\(sql))"
    case (_, .text):
      if context == .implicit { return nil }
      let written = from.isNumeric ? sql : "kb_text_\(from.functionKey)(\(sql))"
      return text(written, .text, to, context)
    case (.text, _):
      if context != .explicit { return nil }
      let read = "kb_parse_\(to.functionKey)(\(sql))"
      return to.isNumeric ? number(read, to.base, to, context) : read
    default: return nil
    }
  }

  private static func number(
    _ sql: String, _ from: SQLType, _ to: SQLType, _ context: CastContext
  ) -> String? {
    if context == .implicit, to.rank < from.rank { return nil }
    switch to {
    case .numeric(let precision, let scale):
      let digits: String =
        if from.isInteger {
          "CAST(\(sql) AS TEXT)"
        } else if from.isFloat {
          "kb_numeric_of_\(from.functionKey)(\(sql))"
        } else {
          sql
        }
      guard let precision, context != .implicit else { return digits }
      return "kb_numeric_fit(\(digits), \(precision), \(scale ?? 0))"
    case .real, .double:
      if from == .real { return sql }
      let real =
        from == .double
        ? sql : from.isNumeric ? "kb_double_of_numeric(\(sql))" : "CAST(\(sql) AS REAL)"
      return to == .real && context != .implicit ? "kb_to_real(\(real))" : real
    default:
      if from.isInteger {
        return from.rank <= to.rank ? sql : "kb_to_\(to.functionKey)(\(sql))"
      }
      let rounded = from.isNumeric ? "kb_bigint_of_numeric(\(sql))" : "kb_bigint_of_double(\(sql))"
      return to == .bigint ? rounded : "kb_to_\(to.functionKey)(\(rounded))"
    }
  }

  private static func text(
    _ sql: String, _ from: SQLType, _ to: SQLType, _ context: CastContext
  ) -> String? {
    // Blank padding is not part of the value of a CHAR.
    var sql = sql
    if case .char = from { sql = "rtrim(\(sql), ' ')" }
    if context == .implicit { return sql }
    switch (from, to) {
    case (.varchar(let short?), .varchar(let long?)) where short <= long: return sql
    case (_, .varchar(let limit?)):
      return context == .explicit ? "substr(\(sql), 1, \(limit))" : "kb_varchar(\(sql), \(limit))"
    case (_, .char(let count)):
      return context == .explicit ? "kb_char_cut(\(sql), \(count))" : "kb_char(\(sql), \(count))"
    default: return sql
    }
  }

  private static func datetime(
    _ sql: String, _ from: SQLType, _ to: SQLType, _ context: CastContext
  ) -> String? {
    if from == .date { return "(\(sql) * 86400000000)" }
    if to == .date { return context == .implicit ? nil : "kb_day_of(\(sql))" }
    // Both count microseconds, and the session's time zone is UTC.
    return context == .implicit && to.rank < from.rank ? nil : sql
  }
}
