// SPDX-License-Identifier: Apache-2.0
// Intervals between moments by the calendar, and intervals brought into everyday form, as
// PostgreSQL 15's timestamp_age and interval_justify_… do it.

extension Interval {
  /// Years, months, days and time from one moment to another.
  static func age(from earlier: Int64, to later: Int64) -> Interval {
    let isNegative = later < earlier
    let (low, high) = isNegative ? (later, earlier) : (earlier, later)
    let (lowDay, lowTime) = Calendar.split(low)
    let (highDay, highTime) = Calendar.split(high)
    let (a, b) = (Calendar.civil(lowDay), Calendar.civil(highDay))
    var time = highTime - lowTime
    var days = b.day - a.day
    var months = (b.year - a.year) * 12 + b.month - a.month
    if time < 0 {
      time += Calendar.day
      days -= 1
    }
    while days < 0 {
      // The month of the earlier moment lends its days.
      days += Calendar.dayCount(year: a.year, month: a.month)
      months -= 1
    }
    let sign: Int64 = isNegative ? -1 : 1
    return Interval(
      months: Int32(Int64(months) * sign), days: Int32(Int64(days) * sign),
      microseconds: time * sign)
  }

  /// Periods of 24 hours as days.
  var justifiedHours: Interval {
    var days = Int64(days) + microseconds / Calendar.day
    var time = microseconds % Calendar.day
    if days > 0, time < 0 {
      (days, time) = (days - 1, time + Calendar.day)
    } else if days < 0, time > 0 {
      (days, time) = (days + 1, time - Calendar.day)
    }
    return Interval(months: months, days: Int32(clamping: days), microseconds: time)
  }

  /// Periods of 30 days as months.
  var justifiedDays: Interval {
    var months = Int64(months) + Int64(days) / 30
    var days = Int64(days) % 30
    if months > 0, days < 0 {
      (months, days) = (months - 1, days + 30)
    } else if months < 0, days > 0 {
      (months, days) = (months + 1, days - 30)
    }
    return Interval(
      months: Int32(clamping: months), days: Int32(days), microseconds: microseconds)
  }

  /// Both, and every part with the same sign.
  var justified: Interval {
    var time = microseconds % Calendar.day
    let allDays = Int64(days) + microseconds / Calendar.day
    var days = allDays % 30
    var months = Int64(months) + allDays / 30
    if months > 0, days < 0 || (days == 0 && time < 0) {
      (months, days) = (months - 1, days + 30)
    } else if months < 0, days > 0 || (days == 0 && time > 0) {
      (months, days) = (months + 1, days - 30)
    }
    if days > 0, time < 0 {
      (days, time) = (days - 1, time + Calendar.day)
    } else if days < 0, time > 0 {
      (days, time) = (days + 1, time - Calendar.day)
    }
    return Interval(months: Int32(clamping: months), days: Int32(days), microseconds: time)
  }
}
