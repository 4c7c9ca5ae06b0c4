// SPDX-License-Identifier: Apache-2.0
// to_char of times: a moment or an interval by a template. formatting.c, DCH_to_char.

/// The parts of a time that templates name.
struct TimeParts {
  var year: Int64 = 0
  var month: Int64 = 0
  var day: Int64 = 0
  var hour: Int64 = 0
  var minute: Int64 = 0
  var second: Int64 = 0
  var microsecond: Int64 = 0
  /// Sunday is 0.
  var weekday: Int64 = 0
  var dayOfYear: Int64 = 0
  /// Days since 1970-01-01.
  var date: Int64 = 0
  var isInterval = false
  /// Of an instant: UTC.
  var hasZone = false

  init(instant: Int64, hasZone: Bool) {
    self.hasZone = hasZone
    let (number, time) = Calendar.split(instant)
    let civil = Calendar.civil(number)
    (year, month, day) = (Int64(civil.year), Int64(civil.month), Int64(civil.day))
    date = number
    weekday = Calendar.weekday(number) % 7
    dayOfYear = number - Calendar.dayNumber(.init(year: civil.year, month: 1, day: 1)) + 1
    setTime(time)
  }

  init(_ interval: Interval) {
    isInterval = true
    year = Int64(interval.months) / 12
    month = Int64(interval.months) % 12
    day = Int64(interval.days)
    dayOfYear = Int64(interval.months) * 30 + day
    setTime(interval.microseconds)
  }

  private mutating func setTime(_ time: Int64) {
    hour = time / 3_600_000_000
    minute = time / 60_000_000 % 60
    second = time / 1_000_000 % 60
    microsecond = time % 1_000_000
  }

  /// The ISO year.
  var isoYear: Int64 { isInterval ? year : Int64(Calendar.isoWeek(date).year) }
}

struct TimeOutput {
  private let parts: TimeParts
  private var output = ""

  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  static let days = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]
  static let romanMonths = [
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII",
  ]

  /// A time as a template says.
  static func text(_ parts: TimeParts, _ template: TemplatePattern) throws(SQLError) -> String {
    var output = TimeOutput(parts: parts)
    for node in template.nodes {
      switch node {
      case .character(let scalar), .blank(let scalar), .separator(let scalar):
        output.output.unicodeScalars.append(scalar)
      case .field(let field): try output.append(field)
      }
    }
    return output.output
  }

  private init(parts: TimeParts) { self.parts = parts }

  private mutating func append(_ field: TemplatePattern.Field) throws(SQLError) {
    let name = field.name
    switch name.uppercased() {
    case "A.M.", "P.M.", "AM", "PM":
      let isAfternoon = parts.hour % 24 >= 12
      word(isAfternoon ? "pm" : "am", name)
    case "A.D.", "B.C.", "AD", "BC":
      try requireDate()
      word(parts.year <= 0 ? "bc" : "ad", name)
    case "HH", "HH12":
      number(parts.hour % 12 == 0 ? 12 : parts.hour % 12, width: signed(parts.hour, 2), field)
    case "HH24": number(parts.hour, width: signed(parts.hour, 2), field)
    case "MI": number(parts.minute, width: signed(parts.minute, 2), field)
    case "SS": number(parts.second, width: signed(parts.second, 2), field)
    case "FF1": fraction(1, field)
    case "FF2": fraction(2, field)
    case "FF3", "MS": fraction(3, field)
    case "FF4": fraction(4, field)
    case "FF5": fraction(5, field)
    case "FF6", "US": fraction(6, field)
    case "SSSS", "SSSSS":
      number(parts.hour * 3600 + parts.minute * 60 + parts.second, width: 0, field)
    case "TZ":
      try requireDate()
      if parts.hasZone { output += name == "tz" ? "utc" : "UTC" }
    case "TZH":
      try requireDate()
      output += "+00"
    case "TZM":
      try requireDate()
      output += "00"
    case "OF":
      try requireDate()
      output += field.isFill ? "+0" : "+00"
    case "MONTH", "MON", "DAY", "DY": try nameOfDate(field)
    case "RM": romanMonth(field)
    case "FX": break
    default: try dateNumber(field)
    }
  }

  private mutating func dateNumber(_ field: TemplatePattern.Field) throws(SQLError) {
    let date = parts
    switch field.name.uppercased() {
    case "MM": number(date.month, width: signed(date.month, 2), field)
    case "DDD": number(date.dayOfYear, width: 3, field)
    case "IDDD":
      let (year, _) = Calendar.isoWeek(date.date)
      let first = Self.isoYearStart(Int64(year))
      number(date.isInterval ? date.dayOfYear : date.date - first + 1, width: 3, field)
    case "DD": number(date.day, width: 2, field)
    case "D":
      try requireDate()
      number(date.weekday + 1, width: 0, field)
    case "ID":
      try requireDate()
      number(date.weekday == 0 ? 7 : date.weekday, width: 0, field)
    case "WW": number((date.dayOfYear - 1) / 7 + 1, width: 2, field)
    case "IW": number(Int64(Calendar.isoWeek(date.date).week), width: 2, field)
    case "Q": if date.month != 0 { number((date.month - 1) / 3 + 1, width: 0, field) }
    case "CC":
      let century =
        date.isInterval
        ? date.year / 100
        : date.year > 0 ? (date.year - 1) / 100 + 1 : date.year / 100 - 1
      number(century, width: century.magnitude <= 99 ? signed(century, 2) : 0, field)
    case "Y,YYY":
      let year = date.year
      let rest = String((year % 1000).magnitude)
      output += "\(year / 1000)," + String(repeating: "0", count: 3 - rest.utf8.count) + rest
      appendOrdinal(field)
    case "YYYY": number(date.year, width: signed(date.year, 4), field)
    case "IYYY": number(date.isoYear, width: signed(date.isoYear, 4), field)
    case "YYY": number(date.year % 1000, width: signed(date.year, 3), field)
    case "IYY": number(date.isoYear % 1000, width: signed(date.isoYear, 3), field)
    case "YY": number(date.year % 100, width: signed(date.year, 2), field)
    case "IY": number(date.isoYear % 100, width: signed(date.isoYear, 2), field)
    case "Y": number(date.year % 10, width: 1, field)
    case "I": number(date.isoYear % 10, width: 1, field)
    case "W": number((date.day - 1) / 7 + 1, width: 0, field)
    case "J": number(julian, width: 0, field)
    default: preconditionFailure("every name of a template has its meaning")
    }
  }

  /// The Julian day; of an interval, of the date that its parts would be.
  private var julian: Int64 {
    if !parts.isInterval { return parts.date + 2_440_588 }
    return Calendar.julianDay(year: parts.year, month: parts.month, day: parts.day)
  }

  /// The Monday of an ISO year's first week.
  static func isoYearStart(_ year: Int64) -> Int64 {
    let fourth = Calendar.dayNumber(.init(year: Int(year), month: 1, day: 4))
    return fourth - Calendar.weekday(fourth) + 1
  }

  private func requireDate() throws(SQLError) {
    if parts.isInterval {
      throw SQLError(
        .invalidDatetime, "invalid format specification for an interval value",
        hint: "Intervals are not tied to specific calendar dates.")
    }
  }

  /// A sign takes a place.
  private func signed(_ value: Int64, _ width: Int) -> Int { value >= 0 ? width : width + 1 }

  private mutating func number(_ value: Int64, width: Int, _ field: TemplatePattern.Field) {
    let digits = String(value.magnitude)
    let sign = value < 0 ? "-" : ""
    let missing = field.isFill ? 0 : width - digits.utf8.count - sign.utf8.count
    output += sign + String(repeating: "0", count: max(0, missing)) + digits
    appendOrdinal(field)
  }

  private mutating func appendOrdinal(_ field: TemplatePattern.Field) {
    if let form = field.ordinal {
      output += TemplatePattern.ordinalEnding(of: output, form)
    }
  }

  private mutating func fraction(_ digits: Int, _ field: TemplatePattern.Field) {
    var value = parts.microsecond
    for _ in digits..<6 { value /= 10 }
    let text = String(value.magnitude)
    output += value < 0 ? "-" : ""
    let width = value < 0 ? digits - 1 : digits
    output += String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    appendOrdinal(field)
  }

  /// `am` in the case and with the dots of the pattern.
  private mutating func word(_ letters: String, _ pattern: String) {
    var text = letters
    if pattern.contains(".") { text = letters.map { "\($0)." }.joined() }
    output +=
      pattern.unicodeScalars.first?.properties.isUppercase == true
      ? text.uppercased() : text
  }

  private mutating func nameOfDate(_ field: TemplatePattern.Field) throws(SQLError) {
    try requireDate()
    let isMonth = field.name.uppercased().hasPrefix("M")
    let full = isMonth ? Self.months[Int(parts.month) - 1] : Self.days[Int(parts.weekday)]
    let isShort = field.name.utf8.count == (isMonth ? 3 : 2)
    var text = isShort ? String(full.prefix(3)) : full
    switch field.name.dropFirst().first {
    case let letter? where letter.isUppercase: text = text.uppercased()
    case _? where field.name.first?.isLowercase == true: text = text.lowercased()
    default: break
    }
    output += text
    if !isShort, !field.isFill, !field.isTranslated {
      output += String(repeating: " ", count: 9 - text.utf8.count)
    }
  }

  private mutating func romanMonth(_ field: TemplatePattern.Field) {
    if parts.month == 0, parts.year == 0 { return }
    let place: Int64
    if parts.month == 0 {
      // An interval of whole years.
      place = parts.year >= 0 ? 12 : 1
    } else {
      place = parts.month > 0 ? parts.month : 13 + parts.month
    }
    let text = Self.romanMonths[Int(place) - 1]
    output += field.name == "rm" ? text.lowercased() : text
    if !field.isFill { output += String(repeating: " ", count: 4 - text.utf8.count) }
  }
}

extension Calendar {
  /// The Julian day of a date whose parts may be any, as PostgreSQL's date2j has it.
  static func julianDay(year: Int64, month: Int64, day: Int64) -> Int64 {
    let y = month > 2 ? year + 4800 : year + 4799
    let m = month > 2 ? month + 1 : month + 13
    let century = y / 100
    return y * 365 - 32167 + (y / 4 - century + century / 4) + 7834 * m / 256 + day
  }
}
