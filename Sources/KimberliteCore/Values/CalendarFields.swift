// SPDX-License-Identifier: Apache-2.0
// extract() and date_trunc(): fields of instants, times and intervals, as PostgreSQL 15 counts.

extension Calendar {
  /// A field of a moment, by the name that `extract` and `date_trunc` take.
  public enum Field: String, Sendable, CaseIterable {
    case microseconds, milliseconds, second, minute, hour, day, week, month, quarter, year
    case decade, century, millennium, dow, isodow, doy, isoyear, epoch, julian, timezone
    case timezoneHour = "timezone_hour"
    case timezoneMinute = "timezone_minute"

    /// The field of a name; PostgreSQL's plurals and abbreviations too.
    public init?(name: String) {
      let name = name.lowercased()
      if let field = Field(rawValue: name) {
        self = field
        return
      }
      switch name {
      case "us", "usec", "usecs", "microsecond": self = .microseconds
      case "ms", "msec", "msecs", "millisecond": self = .milliseconds
      case "s", "sec", "secs", "seconds": self = .second
      case "min", "mins", "minutes": self = .minute
      case "h", "hr", "hrs", "hours": self = .hour
      case "d", "days": self = .day
      case "w", "weeks": self = .week
      case "mon", "mons", "months": self = .month
      case "qtr", "quarters": self = .quarter
      case "y", "yr", "yrs", "years": self = .year
      case "dec", "decades": self = .decade
      case "c", "cent", "centuries": self = .century
      case "millennia", "mil": self = .millennium
      default: return nil
      }
    }
  }

  /// The Julian day of 1970-01-01.
  static let julianEpoch: Int64 = 2_440_588

  /// `extract(field FROM instant)`: NUMERIC; seconds carry six digits; `nil`: a time without zone
  /// has no such field.
  public static func extract(_ field: Field, from instant: Int64) -> Decimal? {
    let (number, time) = split(instant)
    let date = civil(number)
    switch field {
    case .microseconds, .milliseconds, .second, .minute, .hour:
      return extract(field, fromTime: time) ?? Decimal(0)
    case .day: return Decimal(Int64(date.day))
    case .month: return Decimal(Int64(date.month))
    case .quarter: return Decimal(Int64((date.month - 1) / 3 + 1))
    case .year: return Decimal(Int64(date.year))
    case .decade: return Decimal(Int64(date.year / 10))
    case .century: return Decimal(Int64((date.year + 99) / 100))
    case .millennium: return Decimal(Int64((date.year + 999) / 1000))
    case .dow: return Decimal(weekday(number) % 7)
    case .isodow: return Decimal(weekday(number))
    case .doy:
      return Decimal(number - dayNumber(Civil(year: date.year, month: 1, day: 1)) + 1)
    case .week: return Decimal(isoWeek(number).week)
    case .isoyear: return Decimal(Int64(isoWeek(number).year))
    case .epoch: return Decimal(coefficient: Int128(instant), scale: 6)
    case .julian:
      let day = Decimal(number + julianEpoch)
      let part = try? Decimal(coefficient: Int128(time), scale: 6).divided(
        by: Decimal(coefficient: 86_400_000_000, scale: 6))
      return part.flatMap { try? day.adding($0) }
    case .timezone, .timezoneHour, .timezoneMinute: return nil
    }
  }

  /// `extract(field FROM time)`; `nil`: a time of day has no such field.
  public static func extract(_ field: Field, fromTime time: Int64) -> Decimal? {
    switch field {
    case .microseconds: Decimal(time % 60_000_000)
    case .milliseconds: Decimal(coefficient: Int128(time % 60_000_000), scale: 3)
    case .second: Decimal(coefficient: Int128(time % 60_000_000), scale: 6)
    case .minute: Decimal(time / 60_000_000 % 60)
    case .hour: Decimal(time / 3_600_000_000)
    case .epoch: Decimal(coefficient: Int128(time), scale: 6)
    default: nil
    }
  }

  /// `extract(field FROM interval)`; `nil`: an interval has no such field.
  public static func extract(_ field: Field, from interval: Interval) -> Decimal? {
    let months = Int64(interval.months)
    switch field {
    case .microseconds, .milliseconds, .second, .minute, .hour:
      return extract(field, fromTime: interval.microseconds)
    case .day: return Decimal(Int64(interval.days))
    case .month: return Decimal(months % 12)
    case .quarter: return Decimal(months % 12 / 3 + 1)
    case .year: return Decimal(months / 12)
    case .decade: return Decimal(months / 120)
    case .century: return Decimal(months / 1200)
    case .millennium: return Decimal(months / 12_000)
    case .epoch:
      // PostgreSQL: a year has 365.25 days here, a month 30.
      let quarterDays = Int128(months / 12) * 1461 + Int128(months % 12) * 120
      let days = quarterDays + Int128(interval.days) * 4
      return Decimal(
        coefficient: days * Int128(day / 4) + Int128(interval.microseconds), scale: 6)
    case .week, .dow, .isodow, .doy, .isoyear, .julian, .timezone, .timezoneHour, .timezoneMinute:
      return nil
    }
  }

  /// `date_trunc(field, instant)`; `nil`: not a unit that can be truncated to.
  public static func truncate(_ instant: Int64, to field: Field) -> Int64? {
    let (number, time) = split(instant)
    let date = civil(number)
    func start(_ year: Int, _ month: Int = 1) -> Int64 {
      dayNumber(Civil(year: max(year, 1), month: month, day: 1)) * day
    }
    switch field {
    case .microseconds: return instant
    case .milliseconds: return instant - time % 1000
    case .second: return instant - time % second
    case .minute: return instant - time % 60_000_000
    case .hour: return instant - time % 3_600_000_000
    case .day: return number * day
    case .week: return max((number - weekday(number) + 1) * day, instants.lowerBound)
    case .month: return start(date.year, date.month)
    case .quarter: return start(date.year, (date.month - 1) / 3 * 3 + 1)
    case .year: return start(date.year)
    case .decade: return start(date.year / 10 * 10)
    case .century: return start((date.year - 1) / 100 * 100 + 1)
    case .millennium: return start((date.year - 1) / 1000 * 1000 + 1)
    case .dow, .isodow, .doy, .isoyear, .epoch, .julian, .timezone, .timezoneHour,
      .timezoneMinute:
      return nil
    }
  }

  /// Monday 1 … Sunday 7.
  ///
  /// Day 0 was a Thursday.
  public static func weekday(_ number: Int64) -> Int64 {
    let rest = (number + 3) % 7
    return (rest < 0 ? rest + 7 : rest) + 1
  }

  /// The ISO 8601 week: week 1 has the year's first Thursday.
  public static func isoWeek(_ number: Int64) -> (year: Int, week: Int64) {
    let thursday = number - weekday(number) + 4
    let year = civil(thursday).year
    let first = dayNumber(Civil(year: year, month: 1, day: 1))
    return (year, (thursday - first) / 7 + 1)
  }
}
