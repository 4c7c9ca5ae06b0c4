// SPDX-License-Identifier: Apache-2.0
// Run-time conversions between types: reading and writing text, range checks, rounding.

extension FunctionRegistry {
  private static let decimal = SQLType.numeric(precision: nil, scale: nil)

  /// One type for each suffix of `kb_parse_…` and `kb_text_…`.
  static let conversionTypes: [SQLType] = [
    .boolean, .smallint, .integer, .bigint, .real, .double, decimal, .text, .bytea, .date, .time,
    .timestamp, .timestamptz, .interval, .uuid, .json, .jsonb,
  ]

  static let conversionFunctions: [ScalarFunction] =
    conversionTypes.map { type in
      ScalarFunction(strict: "kb_parse_\(type.functionKey)", 1) { (arguments) throws(SQLError) in
        try type.parse(try arguments[0].string())
      }
    }
    + conversionTypes.map { type in
      ScalarFunction(strict: "kb_text_\(type.functionKey)", 1) { (arguments) throws(SQLError) in
        .text(type.format(arguments[0]))
      }
    }
    + [
      converting("kb_numeric_of_double", .double, decimal),
      converting("kb_numeric_of_real", .real, decimal),
      converting("kb_double_of_numeric", decimal, .double),
      converting("kb_bigint_of_numeric", decimal, .bigint),
      converting("kb_bigint_of_double", .double, .bigint),
      converting("kb_interval_of_time", .time, .interval),
      ScalarFunction(strict: "kb_numeric_fit", 3) { (arguments) throws(SQLError) in
        let type = SQLType.numeric(
          precision: Int(try arguments[1].int64()), scale: Int(try arguments[2].int64()))
        return .text(try type.fit(try arguments[0].numeric()).text)
      },
      ScalarFunction(strict: "kb_numeric_stored", 1) { (arguments) throws(SQLError) in
        // Canonical text of so few bytes has no 39th digit.
        guard case .text(let digits) = arguments[0],
          digits.utf8.count <= Decimal.digitsMax || Decimal(canonical: digits) != nil
        else { throw Decimal.outOfRange }
        return arguments[0]
      },
      ScalarFunction(strict: "kb_varchar", 2) { (arguments) throws(SQLError) in
        let type = SQLType.varchar(limit: Int(try arguments[1].int64()))
        return try type.coerce(arguments[0], from: .text, explicit: false)
      },
      ScalarFunction(strict: "kb_char", 2) { (arguments) throws(SQLError) in
        let type = SQLType.char(count: Int(try arguments[1].int64()))
        return try type.coerce(arguments[0], from: .text, explicit: false)
      },
      ScalarFunction(strict: "kb_char_cut", 2) { (arguments) throws(SQLError) in
        let type = SQLType.char(count: Int(try arguments[1].int64()))
        return try type.coerce(arguments[0], from: .text, explicit: true)
      },
      ScalarFunction("kb_limit", 1) { (arguments) throws(SQLError) in
        try count(arguments[0], ifNull: -1, "LIMIT", "2201W")
      },
      ScalarFunction("kb_offset", 1) { (arguments) throws(SQLError) in
        try count(arguments[0], ifNull: 0, "OFFSET", "2201X")
      },
      ScalarFunction("kb_single", 2) { (arguments) throws(SQLError) in
        if try arguments[1].int64() > 1 {
          throw SQLError(
            .cardinalityViolation, "more than one row returned by a subquery used as an expression")
        }
        return arguments[0]
      },
    ]

  private static func converting(_ name: String, _ from: SQLType, _ to: SQLType) -> ScalarFunction {
    ScalarFunction(strict: name, 1) { (arguments) throws(SQLError) in
      try to.coerce(arguments[0], from: from)
    }
  }

  private static func count(_ value: Value, ifNull: Int64, _ word: String, _ code: String)
    throws(SQLError) -> Value
  {
    if value == .null { return .integer(ifNull) }
    if try value.int64() < 0 { throw SQLError(.init(code), "\(word) must not be negative") }
    return value
  }
}
