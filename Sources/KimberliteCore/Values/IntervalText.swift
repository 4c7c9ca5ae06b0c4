// SPDX-License-Identifier: Apache-2.0
// Intervals as text: PostgreSQL's verbose form, `HH:MM:SS` and ISO 8601 durations in;
// "1 year 2 mons 3 days 04:05:06.7" out.

/// A field of INTERVAL, largest first.
enum IntervalField: String, Comparable {
  case year, month, day, hour, minute, second

  init?(name: String) { self.init(rawValue: name) }

  private static let order: [IntervalField] = [.year, .month, .day, .hour, .minute, .second]

  /// Smaller units come later.
  static func < (a: IntervalField, b: IntervalField) -> Bool {
    (order.firstIndex(of: a) ?? 0) < (order.firstIndex(of: b) ?? 0)
  }

  /// The same field of a moment.
  var field: Calendar.Field {
    switch self {
    case .year: .year
    case .month: .month
    case .day: .day
    case .hour: .hour
    case .minute: .minute
    case .second: .second
    }
  }
}

/// Sums the parts of an interval while it is read.
private struct IntervalSum {
  var months: Int64 = 0
  var days: Int64 = 0
  var microseconds: Int128 = 0

  /// Adds `whole.fraction` of a unit; a fraction trickles down to days and time, as PostgreSQL's.
  mutating func add(_ number: IntervalNumber, _ unit: String) -> Bool {
    switch unit {
    case "us", "usec", "usecs", "microsecond", "microseconds": addTime(number, 1)
    case "ms", "msec", "msecs", "millisecond", "milliseconds": addTime(number, 1000)
    case "s", "sec", "secs", "second", "seconds": addTime(number, 1_000_000)
    case "m", "min", "mins", "minute", "minutes": addTime(number, 60_000_000)
    case "h", "hr", "hrs", "hour", "hours": addTime(number, 3_600_000_000)
    case "d", "day", "days": addDays(number, 1)
    case "w", "week", "weeks": addDays(number, 7)
    case "mon", "mons", "month", "months":
      months += number.whole
      addDays(IntervalNumber(whole: 0, fraction: number.fraction), 30)
    case "y", "yr", "yrs", "year", "years": addYears(number, 1)
    case "dec", "decs", "decade", "decades": addYears(number, 10)
    case "c", "cent", "century", "centuries": addYears(number, 100)
    case "mil", "mils", "millennium", "millennia": addYears(number, 1000)
    default: return false
    }
    return isBounded
  }

  /// Whether another part can be added without overflow, however many there are: a part adds less
  /// than 2^54 months or days.
  var isBounded: Bool { months.magnitude < 1 << 60 && days.magnitude < 1 << 60 }

  private mutating func addYears(_ number: IntervalNumber, _ years: Int64) {
    months += number.whole * years * 12
    months += Int64((number.fraction * Double(years) * 12).rounded(.toNearestOrEven))
  }

  private mutating func addDays(_ number: IntervalNumber, _ count: Int64) {
    days += number.whole * count
    let part = number.fraction * Double(count)
    days += Int64(part.rounded(.towardZero))
    let rest = (part - part.rounded(.towardZero)) * Double(Calendar.day)
    microseconds += Int128(rest.rounded(.toNearestOrEven))
  }

  private mutating func addTime(_ number: IntervalNumber, _ unit: Int64) {
    microseconds += Int128(number.whole) * Int128(unit)
    microseconds += Int128((number.fraction * Double(unit)).rounded(.toNearestOrEven))
  }
}

/// `whole + fraction`, both of one sign.
private struct IntervalNumber {
  var whole: Int64
  var fraction: Double
}

extension TextCursor {
  /// `[+-]digits[.digits]`.
  @_lifetime(self: copy self)
  fileprivate mutating func intervalNumber() -> IntervalNumber? {
    let negative = accept(UInt8(ascii: "-"))
    if !negative { _ = accept(UInt8(ascii: "+")) }
    let start = position
    var whole: Int64 = 0
    if next != UInt8(ascii: ".") {
      // Twelve digits of any unit, summed some times over, stay within 64 bits.
      guard let number = number(), number < 1_000_000_000_000 else { return nil }
      whole = number
    }
    var fraction = 0.0
    if accept(UInt8(ascii: ".")) {
      var unit = 1.0
      while next.isDigit {
        unit *= 10
        fraction = fraction * 10 + Double(next - UInt8(ascii: "0"))
        if unit > 1e15 { return nil }
        skip()
      }
      fraction /= unit
    }
    if position == start || (position == start + 1 && bytes[start] == UInt8(ascii: ".")) {
      return nil
    }
    return IntervalNumber(
      whole: negative ? -whole : whole, fraction: negative ? -fraction : fraction)
  }

  /// `[+-]H+:MM[:SS[.f]]` in microseconds, or `M+:SS[.f]`; nothing is consumed where there is none.
  @_lifetime(self: copy self)
  fileprivate mutating func clock(isMinutes: Bool = false) -> Int128? {
    var cursor = TextCursor(bytes)
    cursor.move(to: position)
    let negative = cursor.accept(UInt8(ascii: "-"))
    if !negative { _ = cursor.accept(UInt8(ascii: "+")) }
    guard let hours = cursor.number(), cursor.accept(UInt8(ascii: ":")),
      let minutes = cursor.digits(2), minutes < 60
    else { return nil }
    var time = (Int128(hours) * 60 + Int128(minutes)) * 60_000_000
    if cursor.next == UInt8(ascii: "."), hours < 1_000_000_000 || isMinutes {
      // Two parts with a fraction are minutes and seconds.
      cursor.skip()
      guard let fraction = cursor.microseconds() else { return nil }
      time = time / 60 + Int128(fraction)
    } else if isMinutes, cursor.next != UInt8(ascii: ":") {
      time /= 60
    } else if cursor.accept(UInt8(ascii: ":")) {
      guard let seconds = cursor.digits(2), seconds <= 60 else { return nil }
      time += Int128(seconds) * Int128(Calendar.second)
      if cursor.accept(UInt8(ascii: ".")) {
        guard let fraction = cursor.microseconds() else { return nil }
        time += Int128(fraction)
      }
    }
    move(to: cursor.position)
    return negative ? -time : time
  }
}

extension Interval {
  /// Reads an interval of given fields: a bare number is of the last of them, and what is smaller is
  /// cut off, as PostgreSQL does.
  init?(parsing text: Span<UInt8>, fields: ClosedRange<IntervalField>) {
    let body = text.extracting(text.trimmedRange)
    guard let whole = Interval(parsing: body, last: fields) else { return nil }
    self = whole.truncated(to: fields.upperBound.field) ?? whole
    if fields.upperBound == .second { self = whole }
  }

  /// Reads an interval; the text has no blanks at its ends.
  init?(parsing text: Span<UInt8>) { self.init(parsing: text, last: .second ... .second) }

  private init?(parsing text: Span<UInt8>, last fields: ClosedRange<IntervalField>) {
    var cursor = TextCursor(text)
    var sum = IntervalSum()
    let valid =
      cursor.next == UInt8(ascii: "P")
      ? Self.readISO(&cursor, into: &sum) : Self.readVerbose(&cursor, into: &sum, fields)
    guard valid, let months = Int32(exactly: sum.months), let days = Int32(exactly: sum.days),
      let microseconds = Int64(exactly: sum.microseconds)
    else { return nil }
    self.init(months: months, days: days, microseconds: microseconds)
  }

  /// `P[nY][nM][nW][nD][T[nH][nM][nS]]`, every number with its own sign.
  private static func readISO(_ cursor: inout TextCursor, into sum: inout IntervalSum) -> Bool {
    cursor.skip()
    if let isWritten = readDated(&cursor, into: &sum) { return isWritten }
    var inTime = false
    var parts = 0
    while !cursor.isAtEnd {
      if !inTime && cursor.accept(UInt8(ascii: "T")) { inTime = true }
      if cursor.isAtEnd { break }
      guard let number = cursor.intervalNumber() else { return false }
      let unit = cursor.next
      if !cursor.isAtEnd { cursor.skip() }
      let name: String
      switch (unit, inTime) {
      case (UInt8(ascii: "Y"), false): name = "year"
      case (UInt8(ascii: "M"), false): name = "month"
      case (UInt8(ascii: "W"), false): name = "week"
      case (UInt8(ascii: "D"), false): name = "day"
      case (UInt8(ascii: "H"), true): name = "hour"
      case (UInt8(ascii: "M"), true): name = "minute"
      case (UInt8(ascii: "S"), true): name = "second"
      default: return false
      }
      if !sum.add(number, name) { return false }
      parts += 1
    }
    return parts > 0
  }

  /// `PYYYY-MM-DD[THH:MM:SS]`; `nil` where it is the form with letters.
  private static func readDated(_ cursor: inout TextCursor, into sum: inout IntervalSum) -> Bool? {
    var probe = TextCursor(cursor.bytes)
    probe.move(to: cursor.position)
    guard let years = probe.number(), probe.accept(UInt8(ascii: "-")) else { return nil }
    guard years < 1_000_000_000, let months = probe.digits(2), probe.accept(UInt8(ascii: "-")),
      let days = probe.digits(2)
    else { return false }
    sum.months = years * 12 + Int64(months)
    sum.days = Int64(days)
    if probe.accept(UInt8(ascii: "T")) {
      guard let time = probe.clock() else { return false }
      sum.microseconds = time
    }
    return probe.isAtEnd
  }

  /// `[@] {number unit | HH:MM:SS | Y-M} … [ago]`; a last bare number counts the last field, one
  /// before a time days.
  private static func readVerbose(
    _ cursor: inout TextCursor, into sum: inout IntervalSum, _ fields: ClosedRange<IntervalField>
  ) -> Bool {
    _ = cursor.accept(UInt8(ascii: "@"))
    var parts = 0
    while true {
      cursor.skipBlanks()
      if cursor.isAtEnd { return parts > 0 }
      if cursor.next.isLetter {
        guard parts > 0, cursor.word() == "ago", cursor.isAtEnd else { return false }
        sum.months = -sum.months
        sum.days = -sum.days
        sum.microseconds = -sum.microseconds
        return true
      }
      parts += 1
      if let time = cursor.clock(isMinutes: fields == .minute ... .second) {
        sum.microseconds += time
        continue
      }
      let negative = cursor.next == UInt8(ascii: "-")
      guard let number = cursor.intervalNumber() else { return false }
      if number.fraction == 0, cursor.accept(UInt8(ascii: "-")) {
        guard let months = cursor.number(), months < 12 else { return false }
        sum.months += number.whole * 12 + (negative ? -months : months)
        if !sum.isBounded { return false }
        continue
      }
      cursor.skipBlanks()
      let unit = cursor.word()
      let name: String
      if !unit.isEmpty {
        name = unit
      } else if cursor.isAtEnd {
        name = fields.upperBound.rawValue
      } else {
        var rest = TextCursor(cursor.bytes)
        rest.move(to: cursor.position)
        let isDays = rest.clock() != nil || fields.upperBound == .hour
        if !isDays { return false }
        name = "day"
      }
      if !sum.add(number, name) { return false }
    }
  }
}

extension ByteBuffer {
  /// Appends an interval in PostgreSQL's style.
  mutating func append(_ interval: Interval) {
    let start = count
    var negative = false
    func unit(_ value: Int64, _ name: String, into buffer: inout ByteBuffer) {
      guard value != 0 else { return }
      if buffer.count > start { buffer.append(UInt8(ascii: " ")) }
      if negative && value > 0 { buffer.append(UInt8(ascii: "+")) }
      buffer.append(decimal: value)
      buffer.append(UInt8(ascii: " "))
      buffer.append(utf8: value == 1 ? name : name + "s")
      negative = value < 0
    }
    unit(Int64(interval.months / 12), "year", into: &self)
    unit(Int64(interval.months % 12), "mon", into: &self)
    unit(Int64(interval.days), "day", into: &self)
    let time = interval.microseconds.magnitude
    guard time != 0 || count == start else { return }
    if count > start { append(UInt8(ascii: " ")) }
    if interval.microseconds < 0 {
      append(UInt8(ascii: "-"))
    } else if negative {
      append(UInt8(ascii: "+"))
    }
    let hours = time / 3_600_000_000
    if hours < 10 { append(UInt8(ascii: "0")) }
    append(decimal: hours)
    for part in [time / 60_000_000 % 60, time / 1_000_000 % 60] {
      append(UInt8(ascii: ":"))
      if part < 10 { append(UInt8(ascii: "0")) }
      append(decimal: part)
    }
    append(fraction: Int(time % 1_000_000))
  }
}
