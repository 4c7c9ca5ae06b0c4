// SPDX-License-Identifier: Apache-2.0
// Dates of the proleptic Gregorian calendar as day numbers, instants as microseconds. Day 0 is
// 1970-01-01. Years run from 1 to 9999; what leaves them is SQLSTATE 22008.

/// The proleptic Gregorian calendar.
public enum Calendar {
  /// Microseconds of a second.
  public static let second: Int64 = 1_000_000
  /// Microseconds of a day.
  public static let day: Int64 = 86_400_000_000
  /// 0001-01-01 … 9999-12-31 as day numbers.
  public static let days: ClosedRange<Int64> = -719_162...2_932_896
  /// The instants of `days`.
  public static let instants: ClosedRange<Int64> =
    (-719_162 * 86_400_000_000)...(2_932_897 * 86_400_000_000 - 1)

  /// A date by its parts.
  public struct Civil: Sendable, Equatable {
    /// From 1 to 9999.
    public var year: Int
    /// From 1 to 12.
    public var month: Int
    /// From 1 to 31.
    public var day: Int
    /// A date of known parts, which may not exist.
    public init(year: Int, month: Int, day: Int) {
      self.year = year
      self.month = month
      self.day = day
    }
  }

  /// Whether a year has a 29 February.
  public static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  /// Days of a month 1 … 12.
  public static func dayCount(year: Int, month: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The day number of a date.
  ///
  /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that
  /// the leap day is the last.
  public static func dayNumber(_ date: Civil) -> Int64 {
    let year = date.month <= 2 ? date.year - 1 : date.year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear =
      (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }

  /// The day number of a date that may not exist.
  public static func dayNumber(year: Int, month: Int, day: Int) -> Int64? {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= dayCount(year: year, month: month)
    else { return nil }
    return dayNumber(Civil(year: year, month: month, day: day))
  }

  /// The date of a day number.
  public static func civil(_ number: Int64) -> Civil {
    let shifted = Int(number) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    return Civil(
      year: yearOfEra + era * 400 + (month >= 10 ? 1 : 0),
      month: month < 10 ? month + 3 : month - 9, day: dayOfYear - (153 * month + 2) / 5 + 1)
  }

  /// The day of an instant and the microseconds since its midnight.
  public static func split(_ instant: Int64) -> (day: Int64, microseconds: Int64) {
    var number = instant / day
    var rest = instant % day
    if rest < 0 {
      number -= 1
      rest += day
    }
    return (number, rest)
  }

  /// The instant of a day's midnight plus microseconds.
  ///
  /// - Throws: 22008 outside the years 1 … 9999.
  public static func instant(day number: Int64, microseconds: Int64) throws(SQLError) -> Int64 {
    let (start, over) = number.multipliedReportingOverflow(by: day)
    let (instant, carry) = start.addingReportingOverflow(microseconds)
    return try checked(over || carry ? .max : instant)
  }

  /// An instant that lies in the years 1 … 9999.
  public static func checked(_ instant: Int64) throws(SQLError) -> Int64 {
    guard instants.contains(instant) else {
      throw SQLError(.datetimeOverflow, "timestamp out of range (years 0001 to 9999)")
    }
    return instant
  }

  /// A day that lies in the years 1 … 9999.
  public static func checked(day number: Int64) throws(SQLError) -> Int64 {
    guard days.contains(number) else {
      throw SQLError(.datetimeOverflow, "date out of range (years 0001 to 9999)")
    }
    return number
  }

  /// Adds months to a day; the 31st becomes the last day of a shorter month.
  public static func adding(months: Int, to number: Int64) throws(SQLError) -> Int64 {
    if months == 0 { return number }
    let date = civil(number)
    let total = date.year * 12 + date.month - 1 + months
    let year = total >= 0 ? total / 12 : (total - 11) / 12
    let month = total - year * 12 + 1
    guard (1...9999).contains(year) else { return try checked(day: .max) }
    let last = dayCount(year: year, month: month)
    return dayNumber(Civil(year: year, month: month, day: min(date.day, last)))
  }

  /// `instant + interval`: months, then days, then microseconds, as PostgreSQL adds.
  public static func adding(_ interval: Interval, to instant: Int64) throws(SQLError) -> Int64 {
    let (start, rest) = split(instant)
    let number = try adding(months: Int(interval.months), to: start) + Int64(interval.days)
    let (time, over) = rest.addingReportingOverflow(interval.microseconds)
    return try Self.instant(day: number, microseconds: over ? .max : time)
  }

  /// `instant - interval`.
  public static func subtracting(_ interval: Interval, from instant: Int64) throws(SQLError)
    -> Int64
  {
    try adding(interval.negated(), to: instant)
  }

  /// `time + interval`: microseconds since midnight, around the clock; only the interval's
  /// microseconds count.
  public static func adding(_ interval: Interval, toTime time: Int64) -> Int64 {
    let sum = (time + interval.microseconds % day) % day
    return sum < 0 ? sum + day : sum
  }
}
