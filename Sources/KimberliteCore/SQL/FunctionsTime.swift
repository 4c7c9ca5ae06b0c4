// SPDX-License-Identifier: Apache-2.0
// Run-time functions over dates, times and intervals. Instants are microseconds since 1970.

extension FunctionRegistry {
  private static let dayMicroseconds: Int64 = 86_400_000_000

  static let timeFunctions: [ScalarFunction] = [
    ScalarFunction(strict: "kb_day_of", 1) { (arguments) throws(SQLError) in
      .integer(Calendar.split(try arguments[0].int64()).day)
    },
    ScalarFunction(strict: "kb_time_of", 1) { (arguments) throws(SQLError) in
      .integer(Calendar.split(try arguments[0].int64()).microseconds)
    },
    ScalarFunction(strict: "kb_date_add", 2) { (arguments) throws(SQLError) in
      let (day, overflow) = try arguments[0].int64().addingReportingOverflow(
        try arguments[1].int64())
      guard !overflow, Calendar.days.contains(day) else {
        throw SQLError(.datetimeOverflow, "date out of range")
      }
      return .integer(day)
    },
    ScalarFunction(strict: "kb_timestamp_add", 2) { (arguments) throws(SQLError) in
      .integer(try Calendar.adding(try arguments[1].interval(), to: try arguments[0].int64()))
    },
    ScalarFunction(strict: "kb_timestamp_sub", 2) { (arguments) throws(SQLError) in
      .blob(Interval(from: try arguments[1].int64(), to: try arguments[0].int64()).storage)
    },
    ScalarFunction(strict: "kb_time_add", 2) { (arguments) throws(SQLError) in
      .integer(Calendar.adding(try arguments[1].interval(), toTime: try arguments[0].int64()))
    },
    ScalarFunction(strict: "kb_interval_add", 2) { (arguments) throws(SQLError) in
      .blob(try arguments[0].interval().adding(try arguments[1].interval()).storage)
    },
    ScalarFunction(strict: "kb_interval_neg", 1) { (arguments) throws(SQLError) in
      .blob(try arguments[0].interval().negated().storage)
    },
    ScalarFunction(strict: "kb_interval_mul", 2) { (arguments) throws(SQLError) in
      .blob(try arguments[0].interval().multiplied(by: try arguments[1].double()).storage)
    },
    ScalarFunction(strict: "kb_interval_div", 2) { (arguments) throws(SQLError) in
      let divisor = try arguments[1].double()
      if divisor == 0 { throw divisionByZero }
      return .blob(try arguments[0].interval().divided(by: divisor).storage)
    },
    ScalarFunction(strict: "kb_date_trunc", 2) { (arguments) throws(SQLError) in
      .integer(
        try truncated(try arguments[1].int64(), arguments[0], "type timestamp without time zone").1)
    },
    ScalarFunction(strict: "kb_date_trunc_interval", 2) { (arguments) throws(SQLError) in
      let field = try field(arguments[0])
      guard let interval = try arguments[1].interval().truncated(to: field) else {
        throw noField(try arguments[0].string(), "type interval")
      }
      return .blob(interval.storage)
    },
    ScalarFunction(strict: "kb_extract_date", 2) { (arguments) throws(SQLError) in
      let field = try field(arguments[0])
      let day = try arguments[1].int64()
      switch field {
      case .microseconds, .milliseconds, .second, .minute, .hour, .timezone, .timezoneHour,
        .timezoneMinute:
        throw noField(try arguments[0].string(), "type date")
      case .epoch: return .text(Decimal(day * 86_400).text)
      case .julian: return .text(Decimal(day + Calendar.julianEpoch).text)
      default:
        guard let value = Calendar.extract(field, from: day * Calendar.day) else {
          throw noField(try arguments[0].string(), "type date")
        }
        return .text(value.text)
      }
    },
    ScalarFunction(strict: "kb_extract", 2) { (arguments) throws(SQLError) in
      let field = try field(arguments[0])
      guard let value = Calendar.extract(field, from: try arguments[1].int64()) else {
        throw noField(try arguments[0].string(), "type timestamp without time zone")
      }
      return .text(value.text)
    },
    ScalarFunction(strict: "kb_extract_zoned", 2) { (arguments) throws(SQLError) in
      let field = try field(arguments[0])
      switch field {
      // The session's zone is UTC.
      case .timezone, .timezoneHour, .timezoneMinute: return .text("0")
      default:
        guard let value = Calendar.extract(field, from: try arguments[1].int64()) else {
          throw noField(try arguments[0].string(), "type timestamp with time zone")
        }
        return .text(value.text)
      }
    },
    ScalarFunction(strict: "kb_extract_time", 2) { (arguments) throws(SQLError) in
      let field = try field(arguments[0])
      guard let value = Calendar.extract(field, fromTime: try arguments[1].int64()) else {
        throw noField(try arguments[0].string(), "type time without time zone")
      }
      return .text(value.text)
    },
    ScalarFunction(strict: "kb_extract_interval", 2) { (arguments) throws(SQLError) in
      let field = try field(arguments[0])
      guard let value = Calendar.extract(field, from: try arguments[1].interval()) else {
        throw noField(try arguments[0].string(), "type interval")
      }
      return .text(value.text)
    },
    ScalarFunction(strict: "kb_make_date", 3) { (arguments) throws(SQLError) in
      let year = Int(clamping: try arguments[0].int64())
      let month = Int(clamping: try arguments[1].int64())
      let day = Int(clamping: try arguments[2].int64())
      guard let number = Calendar.dayNumber(year: year, month: month, day: day) else {
        throw SQLError(.datetimeOverflow, "date field value out of range: \(year)-\(month)-\(day)")
      }
      return .integer(number)
    },
  ]

  static func field(_ value: Value) throws(SQLError) -> Calendar.Field {
    let name = try value.string()
    guard let field = Calendar.Field(name: name) else {
      throw SQLError(
        .invalidParameterValue, "unit \"\(name)\" not recognized",
        hint: nearestHint(to: name, among: Calendar.Field.allCases.map(\.rawValue)))
    }
    return field
  }

  static func noField(_ name: String, _ what: String) -> SQLError {
    SQLError(.featureNotSupported, "unit \"\(name)\" not supported for \(what)")
  }
}
