// SPDX-License-Identifier: Apache-2.0
// The functions of dates, times and intervals, with their types.

extension Overload {
  private static let decimal = SQLType.numeric(precision: nil, scale: nil)

  static let times: [Overload] = clocks + fields + made + zoned + spans

  private static let clocks: [Overload] = [
    .init("now", [], .timestamptz, "kb_now()"),
    .init("current_timestamp", [], .timestamptz, "kb_now()"),
    .init("transaction_timestamp", [], .timestamptz, "kb_now()"),
    .init("statement_timestamp", [], .timestamptz, "kb_now()"),
    .init("clock_timestamp", [], .timestamptz, "kb_clock()"),
    .init("localtimestamp", [], .timestamp, "kb_now()"),
    .init("current_date", [], .date, "kb_day_of(kb_now())"),
    .init("current_time", [], .time, "kb_time_of(kb_now())"),
    .init("localtime", [], .time, "kb_time_of(kb_now())"),
    .init("gen_random_uuid", [], .uuid, "kb_random_uuid()"),
  ]

  private static let fields: [Overload] =
    [
      .init("date_trunc", [.text, .timestamp], .timestamp, "kb_date_trunc($1, $2)"),
      .init("date_trunc", [.text, .timestamptz], .timestamptz, "kb_date_trunc($1, $2)"),
      .init("date_trunc", [.text, .interval], .interval, "kb_date_trunc_interval($1, $2)"),
      .init(
        "date_trunc", [.text, .timestamptz, .text], .timestamptz, "kb_date_trunc_zone($1, $2, $3)"),
      .init(
        "date_bin", [.interval, .timestamp, .timestamp], .timestamp, "kb_date_bin($1, $2, $3)"),
      .init(
        "date_bin", [.interval, .timestamptz, .timestamptz], .timestamptz,
        "kb_date_bin($1, $2, $3)"),
    ]
    + [("extract", decimal), ("date_part", SQLType.double)].flatMap { name, type in
      [
        ("date", SQLType.date), ("", .timestamp), ("zoned", .timestamptz), ("time", .time),
        ("interval", .interval),
      ].map { suffix, argument in
        let call = "kb_extract\(suffix.isEmpty ? "" : "_\(suffix)")($1, $2)"
        return .init(
          name, [.text, argument], type, type == .double ? "kb_double_of_numeric(\(call))" : call)
      }
    }

  private static let made: [Overload] =
    [
      .init("make_date", [.integer, .integer, .integer], .date, "kb_make_date($1, $2, $3)"),
      .init("make_time", [.integer, .integer, .double], .time, "kb_make_time($1, $2, $3)"),
      .init(
        "make_timestamp", [.integer, .integer, .integer, .integer, .integer, .double], .timestamp,
        "kb_make_timestamp($1, $2, $3, $4, $5, $6)"),
      .init(
        "make_timestamptz", [.integer, .integer, .integer, .integer, .integer, .double],
        .timestamptz, "kb_make_timestamp($1, $2, $3, $4, $5, $6)"),
      .init(
        "make_timestamptz", [.integer, .integer, .integer, .integer, .integer, .double, .text],
        .timestamptz, "kb_make_timestamptz($1, $2, $3, $4, $5, $6, $7)"),
      .init("to_timestamp", [.double], .timestamptz, "kb_timestamp_of_epoch($1)"),
    ]
    + (0...7).map { count in
      // What is left out is 0.
      let given = (1...7).map { $0 <= count ? "$\($0)" : $0 == 7 ? "0.0" : "0" }
      let types: [SQLType] = [.integer, .integer, .integer, .integer, .integer, .integer, .double]
      return .init(
        "make_interval", Array(types.prefix(count)), .interval,
        "kb_make_interval(\(given.joined(separator: ", ")))")
    }

  private static let zoned: [Overload] = [
    .init("timezone", [.text, .timestamptz], .timestamp, "kb_zone_local($1, $2)"),
    .init("timezone", [.text, .timestamp], .timestamptz, "kb_zone_instant($1, $2)"),
    .init("timezone", [.interval, .timestamptz], .timestamp, "kb_interval_zone($1, $2)"),
    .init(
      "timezone", [.interval, .timestamp], .timestamptz,
      "kb_interval_zone(kb_interval_neg($1), $2)"),
  ]

  private static let spans: [Overload] =
    [
      .init("age", [.timestamp, .timestamp], .interval, "kb_age($1, $2)"),
      .init("age", [.timestamptz, .timestamptz], .interval, "kb_age($1, $2)"),
      .init("age", [.timestamp], .interval, "kb_age(kb_day_of(kb_now()) * 86400000000, $1)"),
      .init("age", [.timestamptz], .interval, "kb_age(kb_day_of(kb_now()) * 86400000000, $1)"),
      .init("justify_hours", [.interval], .interval, "kb_justify_hours($1)"),
      .init("justify_days", [.interval], .interval, "kb_justify_days($1)"),
      .init("justify_interval", [.interval], .interval, "kb_justify_interval($1)"),
      .init("timestamp precision", [.timestamp, .integer], .timestamp, "kb_moment_round($1, $2)"),
      .init(
        "timestamptz precision", [.timestamptz, .integer], .timestamptz, "kb_moment_round($1, $2)"),
      .init("time precision", [.time, .integer], .time, "kb_time_round($1, $2)"),
      .init("interval precision", [.interval, .integer], .interval, "kb_interval_round($1, $2)"),
    ]
    + [SQLType.date, .timestamp, .timestamptz, .interval].map { type in
      // Nothing infinite can be stored.
      .init("isfinite", [type], .boolean, "($1 IS NOT NULL OR NULL)")
    }
    + [SQLType.time, .timestamp, .timestamptz].map { type in
      .init("OVERLAPS", [type, type, type, type], .boolean, "kb_overlaps($1, $2, $3, $4)")
    }
}
