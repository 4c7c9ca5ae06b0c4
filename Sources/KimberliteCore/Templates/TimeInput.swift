// SPDX-License-Identifier: Apache-2.0
// to_timestamp and to_date: a text by a template. formatting.c, DCH_from_char and do_to_timestamp.

/// Reads a text by a template.
struct TimeInput {
  private let text: [Unicode.Scalar]
  private let nodes: [TemplatePattern.Node]
  private var position = 0
  /// Whether every character counts (`FX`).
  private var isExact = false
  /// Characters passed over beyond those that the template has.
  private var extra = 0
  /// The numbers that were read, by what they are; 0: not read.
  private var values: [Part: Int] = [:]
  private var yearDigits = 0
  private var zoneSign = 0
  /// The digits behind the point that `FF3` and its like keep.
  private var precision = 6
  private var isTwelveHours = false
  private var convention: Convention?

  private enum Part {
    case hour, minute, second, daySeconds, millisecond, microsecond, afternoon, weekday, day
    case dayOfYear, month, year, beforeChrist, century, week, weekOfMonth, julian, zoneHour
    case zoneMinute
  }
  private enum Convention { case gregorian, isoWeek }

  /// The instant in UTC, in microseconds.
  static func instant(_ text: String, _ template: TemplatePattern) throws(SQLError) -> Int64 {
    var input = TimeInput(text, template)
    try input.read()
    return try input.result(text)
  }

  private init(_ text: String, _ template: TemplatePattern) {
    self.text = Array(text.unicodeScalars)
    nodes = template.nodes
  }

  private func value(_ part: Part) -> Int { values[part] ?? 0 }

  private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

  private func error(_ message: String, hint: String? = nil) -> SQLError {
    SQLError(.invalidDatetime, message, hint: hint)
  }

  private mutating func skipBlanks() {
    while let scalar = next, scalar.isTemplateBlank {
      position += 1
      extra += 1
    }
  }

  // MARK: The text

  private mutating func read() throws(SQLError) {
    for (index, node) in nodes.enumerated() {
      if next == nil { return }
      var isField = false
      var isMode = false
      if case .field(let field) = node {
        isField = true
        isMode = field.name.uppercased() == "FX"
      }
      if !isExact, !isMode, isField || index == 0 { skipBlanks() }
      switch node {
      case .blank, .separator:
        if isExact {
          position += 1
        } else {
          // One for one, or nothing where there is none.
          extra -= 1
          if let scalar = next, scalar.isTemplateBlank || scalar.isTemplateSeparator {
            position += 1
            extra += 1
          }
        }
      case .character:
        // What was passed over before may have been this.
        if !isExact, extra > 0 { extra -= 1 } else if next != nil { position += 1 }
      case .field(let field):
        if next == nil, !isMode { return }
        try read(field, at: index)
        if !isExact {
          extra = 0
          skipBlanks()
        }
      }
    }
  }

  private mutating func read(_ field: TemplatePattern.Field, at index: Int) throws(SQLError) {
    let name = field.name.uppercased()
    try setConvention(name)
    switch name {
    case "FX": isExact = true
    case "A.M.", "P.M.", "AM", "PM":
      let words = name.contains(".") ? ["a.m.", "p.m."] : ["am", "pm"]
      try set(.afternoon, to: try word(words, field), field)
      isTwelveHours = true
    case "A.D.", "B.C.", "AD", "BC":
      let words = name.contains(".") ? ["a.d.", "b.c."] : ["ad", "bc"]
      try set(.beforeChrist, to: try word(words, field), field)
    case "MONTH": try set(.month, to: try word(TimeOutput.months, field) + 1, field)
    case "MON":
      try set(
        .month, to: try word(TimeOutput.months.map { String($0.prefix(3)) }, field) + 1, field)
    case "DAY":
      let day = try word(TimeOutput.days, field)
      try set(.weekday, to: day + 1, field)
    case "DY":
      let day = try word(TimeOutput.days.map { String($0.prefix(3)) }, field)
      try set(.weekday, to: day + 1, field)
    case "RM":
      // The longest first: each begins with a shorter one.
      let romans = TimeOutput.romanMonths.enumerated().sorted {
        $0.element.count > $1.element.count
      }
      let place = try word(romans.map(\.element), field)
      try set(.month, to: romans[place].offset + 1, field)
    case "TZ", "OF":
      throw SQLError(
        .featureNotSupported,
        "formatting field \"\(field.name)\" is only supported in to_char")
    case "TZH":
      zoneSign = 1
      if let sign = next, sign == "+" || sign == "-" || sign == " " {
        if sign == "-" { zoneSign = -1 }
        position += 1
      } else if extra > 0, position > 0, text[position - 1] == "-" {
        // The sign was taken for a separator.
        zoneSign = -1
      }
      try integer(.zoneHour, 2, field, index)
    case "TZM":
      if zoneSign == 0 { zoneSign = 1 }
      try integer(.zoneMinute, 2, field, index)
    case "Y,YYY": try groupedYear(field)
    default: try number(name, field, index)
    }
  }

  private mutating func number(_ name: String, _ field: TemplatePattern.Field, _ index: Int)
    throws(SQLError)
  {
    switch name {
    case "HH", "HH12":
      isTwelveHours = true
      try integer(.hour, 2, field, index)
    case "HH24": try integer(.hour, 2, field, index)
    case "MI": try integer(.minute, 2, field, index)
    case "SS": try integer(.second, 2, field, index)
    case "MS": try fraction(.millisecond, 3, field, index)
    case "US": try fraction(.microsecond, 6, field, index)
    case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
      precision = Int(name.utf8.last ?? 0x36) - 0x30
      try fraction(.microsecond, precision, field, index)
    case "SSSS", "SSSSS": try integer(.daySeconds, name.utf8.count, field, index)
    case "MM": try integer(.month, 2, field, index)
    case "DDD", "IDDD": try integer(.dayOfYear, 3, field, index)
    case "DD": try integer(.day, 2, field, index)
    case "D": try integer(.weekday, 1, field, index)
    case "ID":
      let (day, _) = try scanned(1, field, index)
      // Sunday is the first day here, and the seventh there.
      try set(.weekday, to: day + 1 > 7 ? 1 : day + 1, field)
    case "WW", "IW": try integer(.week, 2, field, index)
    case "Q": _ = try scanned(1, field, index)
    case "CC": try integer(.century, 2, field, index)
    case "YYYY", "IYYY", "YYY", "IYY", "YY", "IY", "Y", "I":
      yearDigits = name.utf8.count { $0 == UInt8(ascii: "Y") } + (name.hasPrefix("I") ? 1 : 0)
      let (number, used) = try scanned(yearDigits, field, index)
      try set(.year, to: yearDigits < 4 && used < 4 ? Self.nearest2020(number) : number, field)
    case "W": try integer(.weekOfMonth, 1, field, index)
    case "J": try integer(.julian, 1, field, index)
    default: preconditionFailure("every name of a template has its meaning")
    }
  }

  /// A year of less than four digits is the one nearest to 2020.
  private static func nearest2020(_ year: Int) -> Int {
    switch year {
    case ..<70: year + 2000
    case ..<100: year + 1900
    case ..<520: year + 2000
    case ..<1000: year + 1000
    default: year
    }
  }

  private mutating func groupedYear(_ field: TemplatePattern.Field) throws(SQLError) {
    let start = position
    func digits(_ limit: Int) -> Int? {
      var value: Int?
      var count = 0
      while count < limit, let scalar = next, scalar.isTemplateDigit {
        value = (value ?? 0) * 10 + Int(scalar.value - 0x30)
        position += 1
        count += 1
      }
      return value
    }
    guard let thousands = digits(6), next == "," else {
      position = start
      throw error("invalid input string for \"Y,YYY\"")
    }
    position += 1
    guard let rest = digits(3) else { throw error("invalid input string for \"Y,YYY\"") }
    yearDigits = 4
    try set(.year, to: thousands * 1000 + rest, field)
    skipOrdinal(field)
  }

  /// Gregorian dates and ISO weeks do not mix.
  private mutating func setConvention(_ name: String) throws(SQLError) {
    let wanted: Convention
    switch name {
    case "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I": wanted = .isoWeek
    case "DDD", "DD", "D", "MM", "MONTH", "MON", "RM", "W", "WW", "Y,YYY", "YYYY", "YYY", "YY",
      "Y":
      wanted = .gregorian
    default: return
    }
    if let convention, convention != wanted {
      throw error(
        "invalid combination of date conventions",
        hint: "Do not mix Gregorian and ISO week date conventions in a formatting template.")
    }
    convention = wanted
  }

  private mutating func set(_ part: Part, to number: Int, _ field: TemplatePattern.Field)
    throws(SQLError)
  {
    if let known = values[part], known != 0, known != number {
      throw error(
        "conflicting values for \"\(field.name)\" field in formatting string",
        hint: "This value contradicts a previous setting for the same field type.")
    }
    values[part] = number
  }

  private mutating func integer(
    _ part: Part, _ length: Int, _ field: TemplatePattern.Field, _ index: Int
  ) throws(SQLError) {
    let (number, _) = try scanned(length, field, index)
    try set(part, to: number, field)
  }

  /// Digits behind the point: `25` is a quarter.
  private mutating func fraction(
    _ part: Part, _ length: Int, _ field: TemplatePattern.Field, _ index: Int
  ) throws(SQLError) {
    let (number, used) = try scanned(length, field, index)
    var value = number
    for _ in min(used, part == .millisecond ? 3 : 6)..<(part == .millisecond ? 3 : 6) {
      value *= 10
    }
    try set(part, to: value, field)
  }

  /// An integer of a number of digits, or of as many as there are where no digit can follow.
  ///
  /// `used`: how many characters were taken, blanks before it among them.
  private mutating func scanned(_ length: Int, _ field: TemplatePattern.Field, _ index: Int)
    throws(SQLError) -> (number: Int, used: Int)
  {
    let start = position
    while let scalar = next, scalar.isTemplateBlank { position += 1 }
    let copy = String(String.UnicodeScalarView(text[position...].prefix(length)))
    let isOpen = field.isFill || isDigitless(after: index)
    if !isOpen, text.count - position < length {
      throw error(
        "source string too short for \"\(field.name)\" formatting field",
        hint: "If your source string is not fixed-width, try using the \"FM\" modifier.")
    }
    let begin = position
    let limit = isOpen ? text.count : position + length
    var isNegative = false
    if position < limit, let sign = next, sign == "-" || sign == "+" {
      isNegative = sign == "-"
      position += 1
    }
    var number = 0
    let digits = position
    while position < limit, let scalar = next, scalar.isTemplateDigit {
      number = min(number * 10 + Int(scalar.value - 0x30), 1 << 40)
      position += 1
    }
    if position == digits { position = begin }
    let used = position - begin
    if used == 0 || (!isOpen && used < length) {
      throw error(
        "invalid value \"\(copy)\" for \"\(field.name)\"",
        hint: used == 0
          ? "Value must be an integer."
          : "If your source string is not fixed-width, try using the \"FM\" modifier.")
    }
    if number > Int32.max {
      throw SQLError(
        .datetimeOverflow, "value for \"\(field.name)\" in source string is out of range")
    }
    let taken = position - start
    skipOrdinal(field)
    return (isNegative ? -number : number, taken)
  }

  private mutating func skipOrdinal(_ field: TemplatePattern.Field) {
    if field.ordinal != nil { position = min(position + 2, text.count) }
  }

  private static let wordy: Set<String> = [
    "A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "DAY", "DY", "FX", "MONTH", "MON", "OF", "P.M.",
    "PM", "RM", "TZH", "TZ",
  ]

  /// Whether no digit can follow the field at `index`.
  private func isDigitless(after index: Int) -> Bool {
    if case .field(let field) = nodes[index], field.ordinal != nil { return true }
    guard index + 1 < nodes.count else { return true }
    switch nodes[index + 1] {
    case .field(let field): return Self.wordy.contains(field.name.uppercased())
    case .character(let scalar), .blank(let scalar), .separator(let scalar):
      return !scalar.isTemplateDigit
    }
  }

  /// The place of the word that the text goes on with.
  private mutating func word(_ words: [String], _ field: TemplatePattern.Field) throws(SQLError)
    -> Int
  {
    for (index, word) in words.enumerated() {
      let letters = word.unicodeScalars
      let piece = text[position...].prefix(letters.count)
      let isSame = String(String.UnicodeScalarView(piece)).lowercased() == word.lowercased()
      if isSame, piece.count == letters.count {
        position += letters.count
        return index
      }
    }
    let shown = text[position...].prefix { !$0.isTemplateBlank }
    throw error(
      "invalid value \"\(String(String.UnicodeScalarView(shown)))\" for \"\(field.name)\"",
      hint: "The given value did not match any of the allowed values for this field.")
  }

  // MARK: The date

  private func overflow(_ source: String) -> SQLError {
    SQLError(.datetimeOverflow, "date/time field value out of range: \"\(source)\"")
  }

  private func result(_ source: String) throws(SQLError) -> Int64 {
    let time = try timeOfDay(source)
    let (year, month, day) = try date()
    guard (1...12).contains(month), day >= 1 else { throw overflow(source) }
    guard let number = Calendar.dayNumber(year: year, month: month, day: day) else {
      if year < 1 || year > 9999 {
        throw SQLError(.datetimeOverflow, "timestamp out of range (years 0001 to 9999)")
      }
      throw overflow(source)
    }
    var instant = try Calendar.instant(day: number, microseconds: time)
    if zoneSign != 0 {
      let hours = value(.zoneHour)
      let minutes = value(.zoneMinute)
      guard (0...15).contains(hours), (0..<60).contains(minutes) else { throw overflow(source) }
      instant -= Int64(zoneSign * (hours * 60 + minutes)) * 60_000_000
    }
    var unit: Int64 = 1
    for _ in precision..<6 { unit *= 10 }
    let rest = instant % unit
    let below = rest < 0 ? rest + unit : rest
    instant += below * 2 >= unit ? unit - below : -below
    return try Calendar.checked(instant)
  }

  private func timeOfDay(_ source: String) throws(SQLError) -> Int64 {
    let seconds = value(.daySeconds)
    var hour = seconds / 3600
    let minute = value(.minute) != 0 ? value(.minute) : seconds / 60 % 60
    let second = value(.second) != 0 ? value(.second) : seconds % 60
    if value(.hour) != 0 { hour = value(.hour) }
    if isTwelveHours {
      guard (1...12).contains(hour) else {
        throw error(
          "hour \"\(hour)\" is invalid for the 12-hour clock",
          hint: "Use the 24-hour clock, or give an hour between 1 and 12.")
      }
      if value(.afternoon) == 1, hour < 12 { hour += 12 }
      if value(.afternoon) == 0, hour == 12 { hour = 0 }
    }
    let micro = value(.millisecond) * 1000 + value(.microsecond)
    guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second),
      (0..<1_000_000).contains(micro)
    else { throw overflow(source) }
    return Int64((hour * 60 + minute) * 60 + second) * 1_000_000 + Int64(micro)
  }

  private var yearRead: Int {
    let before = value(.beforeChrist) == 1
    let century = before ? -value(.century) : value(.century)
    if value(.year) != 0 {
      if value(.century) != 0, yearDigits <= 2 {
        let rest = value(.year) % 100
        if rest != 0 {
          return century >= 0 ? rest + (century - 1) * 100 : (century + 1) * 100 - rest + 1
        }
        return century * 100 + (century >= 0 ? 0 : 1)
      }
      let year = before ? -value(.year) : value(.year)
      return year < 0 ? year + 1 : year
    }
    if value(.century) != 0 { return century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1 }
    return 0
  }

  private func date() throws(SQLError) -> (year: Int, month: Int, day: Int) {
    var year = yearRead
    var month = 1
    var day = 1
    func take(_ number: Int64) {
      let civil = Calendar.civil(number)
      (year, month, day) = (civil.year, civil.month, civil.day)
    }
    var dayOfYear = value(.dayOfYear)
    if value(.julian) != 0 { take(Int64(value(.julian)) - 2_440_588) }
    if value(.week) != 0 {
      if convention == .isoWeek {
        let weekday = value(.weekday)
        let shift = weekday == 0 ? 0 : weekday == 1 ? 6 : weekday - 2
        take(TimeOutput.isoYearStart(Int64(year)) + Int64((value(.week) - 1) * 7 + shift))
      } else {
        dayOfYear = (value(.week) - 1) * 7 + 1
      }
    }
    if value(.weekOfMonth) != 0 { day = (value(.weekOfMonth) - 1) * 7 + 1 }
    if value(.day) != 0 { day = value(.day) }
    if value(.month) != 0 { month = value(.month) }
    if dayOfYear != 0, month <= 1 || day <= 1 {
      if year == 0, value(.beforeChrist) == 0 {
        throw error("cannot calculate day of year without year information")
      }
      if convention == .isoWeek {
        take(TimeOutput.isoYearStart(Int64(year)) + Int64(dayOfYear) - 1)
      } else {
        var place = 1
        var before = 0
        while place <= 12, dayOfYear > before + Calendar.dayCount(year: year, month: place) {
          before += Calendar.dayCount(year: year, month: place)
          place += 1
        }
        if month <= 1 { month = place }
        if day <= 1 { day = dayOfYear - before }
      }
    }
    return (year, month, day)
  }
}
