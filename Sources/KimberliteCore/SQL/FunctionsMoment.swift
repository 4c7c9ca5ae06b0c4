// SPDX-License-Identifier: Apache-2.0
// Run-time functions that make, cut and compare dates and times.

extension FunctionRegistry {
  static let momentFunctions: [ScalarFunction] = [
    ScalarFunction(strict: "kb_make_time", 3) { (arguments) throws(SQLError) in
      let time = try madeTime(arguments[0], arguments[1], arguments[2])
      return .integer(time)
    },
    ScalarFunction(strict: "kb_make_timestamp", 6) { (arguments) throws(SQLError) in
      .integer(try madeTimestamp(arguments))
    },
    ScalarFunction(strict: "kb_make_interval", 7) { (arguments) throws(SQLError) in
      var numbers: [Int64] = []
      for argument in arguments.prefix(6) { numbers.append(try argument.int64()) }
      let seconds = (try arguments[6].double() * 1e6).rounded(.toNearestOrEven)
      guard let microseconds = Int128(exactly: seconds) else { throw Interval.outOfRange }
      let time = Int128(numbers[4] * 60 + numbers[5]) * 60_000_000 + microseconds
      return .blob(
        try Interval(
          checkedMonths: numbers[0] * 12 + numbers[1], days: numbers[2] * 7 + numbers[3],
          microseconds: time
        ).storage)
    },
    ScalarFunction(strict: "kb_timestamp_of_epoch", 1) { (arguments) throws(SQLError) in
      let seconds = try arguments[0].double()
      guard let instant = Int64(exactly: (seconds * 1e6).rounded(.toNearestOrEven)) else {
        throw SQLError(.datetimeOverflow, "timestamp out of range")
      }
      return .integer(try Calendar.checked(instant))
    },
    ScalarFunction(strict: "kb_age", 2) { (arguments) throws(SQLError) in
      .blob(
        Interval.age(from: try arguments[1].int64(), to: try arguments[0].int64()).storage)
    },
    ScalarFunction(strict: "kb_date_bin", 3) { (arguments) throws(SQLError) in
      let stride = try arguments[0].interval()
      if stride.months != 0 {
        throw SQLError(
          .featureNotSupported,
          "timestamps cannot be binned into intervals containing months or years")
      }
      let length = stride.length
      guard length > 0 else {
        throw SQLError(.datetimeOverflow, "stride must be greater than zero")
      }
      let (moment, origin) = (try arguments[1].int64(), try arguments[2].int64())
      let difference = Int128(moment) - Int128(origin)
      var rest = difference % length
      if rest < 0 { rest += length }
      return .integer(try Calendar.checked(Int64(clamping: Int128(moment) - rest)))
    },
    ScalarFunction(strict: "kb_moment_round", 2) { (arguments) throws(SQLError) in
      // PostgreSQL counts from 2000, and rounds halves away from there.
      let epoch = 10_957 * Calendar.day
      let moment = try arguments[0].int64() - epoch
      return .integer(try Calendar.checked(rounded(moment, arguments[1]) + epoch))
    },
    ScalarFunction(strict: "kb_time_round", 2) { (arguments) throws(SQLError) in
      .integer(rounded(try arguments[0].int64(), arguments[1]))
    },
    ScalarFunction(strict: "kb_interval_round", 2) { (arguments) throws(SQLError) in
      var interval = try arguments[0].interval()
      interval.microseconds = rounded(interval.microseconds, arguments[1])
      return .blob(interval.storage)
    },
    justify("kb_justify_hours") { $0.justifiedHours },
    justify("kb_justify_days") { $0.justifiedDays },
    justify("kb_justify_interval") { $0.justified },
    ScalarFunction("kb_overlaps", 4) { (arguments) throws(SQLError) in
      try overlaps(arguments)
    },
  ]

  private static func justify(
    _ name: String, _ compute: @escaping @Sendable (Interval) -> Interval
  ) -> ScalarFunction {
    ScalarFunction(strict: name, 1) { (arguments) throws(SQLError) in
      .blob(compute(try arguments[0].interval()).storage)
    }
  }

  /// Rounded to so many digits of a second, half away from zero.
  private static func rounded(_ microseconds: Int64, _ digits: Value) -> Int64 {
    guard case .integer(let digits) = digits, digits < 6 else { return microseconds }
    let unit = (0..<(6 - max(digits, 0))).reduce(Int64(1)) { unit, _ in unit * 10 }
    let rest = microseconds % unit
    let whole = microseconds - rest
    return rest.magnitude * 2 >= unit.magnitude ? whole + (rest < 0 ? -unit : unit) : whole
  }

  private static func madeTime(_ hour: Value, _ minute: Value, _ second: Value)
    throws(SQLError) -> Int64
  {
    let (hours, minutes) = (try hour.int64(), try minute.int64())
    let seconds = try second.double()
    let microseconds = (seconds * 1e6).rounded(.toNearestOrEven)
    guard (0...24).contains(hours), (0..<60).contains(minutes), (0...60).contains(seconds),
      hours < 24 || (minutes == 0 && seconds == 0)
    else {
      throw SQLError(
        .datetimeOverflow, "time field value out of range: \(hours):\(minutes):\(seconds)")
    }
    return (hours * 60 + minutes) * 60_000_000 + Int64(microseconds)
  }

  /// The timestamp of year, month, day, hour, minute and second.
  static func madeTimestamp(_ parts: [Value]) throws(SQLError) -> Int64 {
    let (year, month, day) = (try parts[0].int64(), try parts[1].int64(), try parts[2].int64())
    guard
      let number = Calendar.dayNumber(
        year: Int(year), month: Int(month), day: Int(day))
    else {
      throw SQLError(
        .datetimeOverflow, "date field value out of range: \(year)-\(month)-\(day)")
    }
    let time = try madeTime(parts[3], parts[4], parts[5])
    return try Calendar.checked(number * Calendar.day + time)
  }

  /// The unit that is cut to, and a local time cut to it.
  static func truncated(_ moment: Int64, _ unit: Value, _ what: String) throws(SQLError) -> (
    Calendar.Field, Int64
  ) {
    let field = try field(unit)
    guard let start = Calendar.truncate(moment, to: field) else {
      throw SQLError(
        .invalidParameterValue, "unit \"\(try unit.string())\" not recognized for \(what)")
    }
    return (field, start)
  }

  /// Whether two spans, each of two moments in either order, share a moment.
  ///
  /// An end belongs to a span only where it is also its start. Of NULLs what SQL says:
  /// PostgreSQL's overlaps_timestamp.
  private static func overlaps(_ arguments: [Value]) throws(SQLError) -> Value {
    func span(_ a: Value, _ b: Value) throws(SQLError) -> (start: Int64, end: Int64?)? {
      if a == .null { return b == .null ? nil : (try b.int64(), nil) }
      let start = try a.int64()
      if b == .null { return (start, nil) }
      let end = try b.int64()
      return (min(start, end), max(start, end))
    }
    guard let one = try span(arguments[0], arguments[1]),
      let other = try span(arguments[2], arguments[3])
    else { return .null }
    if one.start == other.start {
      return one.end == nil || other.end == nil ? .null : .integer(1)
    }
    let (early, late) = one.start < other.start ? (one, other) : (other, one)
    guard let end = early.end else { return .null }
    if late.start < end { return .integer(1) }
    return late.end == nil ? .null : .integer(0)
  }
}
