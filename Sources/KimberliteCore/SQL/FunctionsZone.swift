// SPDX-License-Identifier: Apache-2.0
// Run-time functions that need time zones. The shell, which reads the system's database, gives
// them the zone of a name.

extension FunctionRegistry {
  /// The zone of a name of the system's database; `nil` where it has none.
  public typealias ZoneLookup = @Sendable (_ name: String) -> TimeZone?

  /// The functions, over a database.
  ///
  /// Two of them stand in place of scalars of the same name, which know abbreviations alone.
  public static func zoneFunctions(_ files: @escaping ZoneLookup) -> [ScalarFunction] {
    [
      ScalarFunction(strict: "kb_zone_local", 2) { (arguments) throws(SQLError) in
        .integer(try zone(arguments[0], files).local(try arguments[1].int64()))
      },
      ScalarFunction(strict: "kb_zone_instant", 2) { (arguments) throws(SQLError) in
        .integer(try zone(arguments[0], files).instant(local: try arguments[1].int64()))
      },
      ScalarFunction(strict: "kb_date_trunc_zone", 3) { (arguments) throws(SQLError) in
        let zone = try zone(arguments[2], files)
        let instant = try arguments[1].int64()
        let local = try zone.local(instant)
        let (field, start) = try truncated(local, arguments[0], "type timestamp with time zone")
        // Within a day the offset stays the same.
        switch field {
        case .hour, .minute, .second, .milliseconds, .microseconds:
          return .integer(instant - (local - start))
        default: return .integer(try zone.instant(local: start))
        }
      },
      ScalarFunction(strict: "kb_make_timestamptz", 7) { (arguments) throws(SQLError) in
        let local = try madeTimestamp(arguments)
        return .integer(try zone(arguments[6], files).instant(local: local))
      },
      ScalarFunction(strict: "kb_parse_timestamptz", 1) { (arguments) throws(SQLError) in
        try SQLType.timestamptz.parseTimestamp(try arguments[0].string(), files)
      },
      ScalarFunction(strict: "kb_parse_timestamp", 1) { (arguments) throws(SQLError) in
        try SQLType.timestamp.parseTimestamp(try arguments[0].string(), files)
      },
    ]
  }

  /// An abbreviation, a name, or a rule, as PostgreSQL looks for them.
  private static func zone(_ value: Value, _ files: ZoneLookup) throws(SQLError) -> TimeZone {
    let name = try value.string()
    if let zone = TimeZone.abbreviated(name) ?? files(name) ?? TimeZone(rule: name) { return zone }
    throw SQLError(.invalidParameterValue, "time zone \"\(name)\" not recognized")
  }

  /// A time moved by an interval that stands for a zone.
  static let intervalZones: [ScalarFunction] = [
    ScalarFunction(strict: "kb_interval_zone", 2) { (arguments) throws(SQLError) in
      let offset = try arguments[0].interval()
      guard offset.months == 0, offset.days == 0 else {
        throw SQLError(
          .invalidParameterValue,
          "interval time zone \"\(SQLType.interval.format(arguments[0]))\" "
            + "must not include months or days")
      }
      let (moment, over) = try arguments[1].int64().addingReportingOverflow(offset.microseconds)
      return .integer(try Calendar.checked(over ? .max : moment))
    }
  ]
}
