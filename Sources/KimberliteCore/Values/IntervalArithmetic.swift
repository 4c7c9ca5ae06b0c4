// SPDX-License-Identifier: Apache-2.0
// Arithmetic and order of intervals, as PostgreSQL 15. Overflow is SQLSTATE 22008.

extension Interval {
  /// No time at all.
  public static let zero = Interval(months: 0, days: 0, microseconds: 0)

  static let outOfRange = SQLError(.datetimeOverflow, "interval out of range")

  /// An interval of parts that may be too large.
  init(checkedMonths months: Int64, days: Int64, microseconds: Int128) throws(SQLError) {
    guard let months = Int32(exactly: months), let days = Int32(exactly: days),
      let microseconds = Int64(exactly: microseconds)
    else { throw Self.outOfRange }
    self.init(months: months, days: days, microseconds: microseconds)
  }

  /// The interval with every part's sign turned.
  public func negated() throws(SQLError) -> Interval {
    try Interval(
      checkedMonths: -Int64(months), days: -Int64(days), microseconds: -Int128(microseconds))
  }

  /// The sum, part by part.
  public func adding(_ other: Interval) throws(SQLError) -> Interval {
    try Interval(
      checkedMonths: Int64(months) + Int64(other.months), days: Int64(days) + Int64(other.days),
      microseconds: Int128(microseconds) + Int128(other.microseconds))
  }

  /// The difference, part by part.
  public func subtracting(_ other: Interval) throws(SQLError) -> Interval {
    try Interval(
      checkedMonths: Int64(months) - Int64(other.months), days: Int64(days) - Int64(other.days),
      microseconds: Int128(microseconds) - Int128(other.microseconds))
  }

  /// The product.
  ///
  /// Fractions of months become days of 30 to the month, fractions of days time: PostgreSQL's
  /// interval_mul.
  public func multiplied(by factor: Double) throws(SQLError) -> Interval {
    func cascade(_ value: Double) -> Double {
      (value * 1e6).rounded(.toNearestOrEven) / 1e6
    }
    let allMonths = Double(months) * factor
    let allDays = Double(days) * factor
    guard let wholeMonths = Int64(exactly: allMonths.rounded(.towardZero)),
      var wholeDays = Int64(exactly: allDays.rounded(.towardZero))
    else { throw Self.outOfRange }
    let monthDays = cascade((allMonths - allMonths.rounded(.towardZero)) * 30)
    let fullMonthDays = monthDays.rounded(.towardZero)
    var seconds = cascade(
      (allDays - allDays.rounded(.towardZero) + monthDays - fullMonthDays) * 86_400)
    if abs(seconds) >= 86_400 {
      let extra = (seconds / 86_400).rounded(.towardZero)
      wholeDays += Int64(extra)
      seconds -= extra * 86_400
    }
    wholeDays += Int64(fullMonthDays)
    let time = (Double(microseconds) * factor + seconds * 1e6).rounded(.toNearestOrEven)
    guard let time = Int64(exactly: time) else { throw Self.outOfRange }
    return try Interval(checkedMonths: wholeMonths, days: wholeDays, microseconds: Int128(time))
  }

  /// The quotient.
  ///
  /// - Throws: 22012 when `divisor` is zero.
  public func divided(by divisor: Double) throws(SQLError) -> Interval {
    if divisor == 0 { throw SQLError(.divisionByZero, "division by zero") }
    return try multiplied(by: 1 / divisor)
  }

  /// `later - earlier` of two instants: whole days and the time left, as PostgreSQL subtracts.
  public init(from earlier: Int64, to later: Int64) {
    let length = later - earlier
    self.init(
      months: 0, days: Int32(truncatingIfNeeded: length / Calendar.day),
      microseconds: length % Calendar.day)
  }

  /// Without what is smaller than a unit; `nil`: not a unit that can be truncated to.
  func truncated(to field: Calendar.Field) -> Interval? {
    func months(_ unit: Int32) -> Interval {
      Interval(months: self.months / unit * unit, days: 0, microseconds: 0)
    }
    func time(_ unit: Int64) -> Interval {
      Interval(months: self.months, days: days, microseconds: microseconds / unit * unit)
    }
    switch field {
    case .millennium: return months(12_000)
    case .century: return months(1200)
    case .decade: return months(120)
    case .year: return months(12)
    case .quarter: return months(3)
    case .month: return months(1)
    case .day: return Interval(months: self.months, days: days, microseconds: 0)
    case .hour: return time(3_600_000_000)
    case .minute: return time(60_000_000)
    case .second: return time(1_000_000)
    case .milliseconds: return time(1000)
    case .microseconds: return self
    case .week, .dow, .isodow, .doy, .isoyear, .epoch, .julian, .timezone, .timezoneHour,
      .timezoneMinute:
      return nil
    }
  }

  /// The length with months of 30 days and days of 24 hours, in microseconds: what compares.
  public var length: Int128 {
    (Int128(months) * 30 + Int128(days)) * Int128(Calendar.day) + Int128(microseconds)
  }
}
