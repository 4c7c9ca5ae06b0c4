// SPDX-License-Identifier: Apache-2.0
// Dates and times as text: ISO 8601 in and out, RFC 3339 for TIMESTAMPTZ. kb-sql(7), Types.

/// Why a text is no date or time.
enum DateTimeFault: Error {
  /// Not the form that the type wants.
  case form
  /// A part that no date or time has: a 30th of February.
  case field
  /// More than fifteen hours from UTC.
  case displacement
  /// The name of a time zone, which only the system's database knows.
  case zone(String)
  /// Well-formed, beyond the years 1 … 9999.
  case range
}

extension TextCursor {
  /// `YYYY-MM-DD`, where zeros before month and day may be missing, or `YYYYMMDD`.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func date() throws(DateTimeFault) -> Int64 {
    guard let year = digits(4) else { throw .form }
    let isPlain = next.isDigit
    if !isPlain, !accept(UInt8(ascii: "-")) { throw .form }
    guard let month = digits(2) ?? (isPlain ? nil : digits(1)),
      isPlain || accept(UInt8(ascii: "-")),
      let day = digits(2) ?? (isPlain ? nil : digits(1))
    else { throw isPlain ? .range : .form }
    if next.isDigit { throw isPlain ? .range : .field }
    guard let number = Calendar.dayNumber(year: year, month: month, day: day) else { throw .field }
    return number
  }

  /// `HH:MM[:SS[.ffffff]]`, up to 24:00:00; a second 60 is the next minute's first.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func time() throws(DateTimeFault) -> Int64 {
    guard let hour = digits(2) ?? digits(1), accept(UInt8(ascii: ":")), let minute = digits(2)
    else { throw .form }
    if minute > 59 { throw .field }
    var time = Int64(hour * 60 + minute) * 60_000_000
    if accept(UInt8(ascii: ":")) {
      guard let second = digits(2) else { throw .form }
      if second > 60 { throw .field }
      time += Int64(second) * Calendar.second
      if accept(UInt8(ascii: ".")) {
        guard let fraction = microseconds() else { throw .form }
        time += fraction
      }
    }
    guard time <= Calendar.day else { throw .field }
    return time
  }

  /// `Z`, `UTC`, `±H`, `±HH`, `±HHMM`, `±HH:MM[:SS]`: microseconds to subtract.
  ///
  /// No zone is UTC; any other name is thrown.
  @_lifetime(self: copy self)
  mutating func zone() throws(DateTimeFault) -> Int64 {
    if isAtEnd { return 0 }
    if next | 0x20 == UInt8(ascii: "z"), position + 1 == bytes.count {
      skip()
      return 0
    }
    skipBlanks()
    let negative = next == UInt8(ascii: "-")
    guard negative || next == UInt8(ascii: "+") else {
      guard next.isLetter else { throw .form }
      let name = bytes.extracting(position..<bytes.count).text
      move(to: bytes.count)
      if let zone = TimeZone.abbreviated(name) { return zone.offset(at: 0) * Calendar.second }
      throw .zone(name)
    }
    skip()
    guard let hour = digits(2) ?? digits(1) else { throw .form }
    if hour > 15 { throw .displacement }
    var seconds = hour * 3600
    let colon = accept(UInt8(ascii: ":"))
    if colon || next.isDigit {
      guard let minute = digits(2), minute < 60 else { throw .form }
      seconds += minute * 60
      if colon, accept(UInt8(ascii: ":")) {
        guard let second = digits(2), second < 60 else { throw .form }
        seconds += second
      }
    }
    return Int64(negative ? -seconds : seconds) * Calendar.second
  }
}

/// Reads dates and times.
///
/// The text has no blanks at its ends.
enum DateTimeText {
  /// Days since 1970-01-01.
  static func date(_ text: Span<UInt8>) throws(DateTimeFault) -> Int64 {
    var cursor = TextCursor(text)
    let day = try cursor.date()
    guard cursor.isAtEnd else { throw .form }
    return day
  }

  /// Microseconds since midnight.
  static func time(_ text: Span<UInt8>) throws(DateTimeFault) -> Int64 {
    var cursor = TextCursor(text)
    let time = try cursor.time()
    guard cursor.isAtEnd else { throw .form }
    return time
  }

  /// Microseconds since 1970.
  ///
  /// Without `zoned` an offset is read and, as PostgreSQL does, ignored.
  static func timestamp(_ text: Span<UInt8>, zoned: Bool) throws(DateTimeFault) -> Int64 {
    var cursor = TextCursor(text)
    var instant = try cursor.date() * Calendar.day
    if !cursor.isAtEnd {
      let separator = cursor.next
      if separator == UInt8(ascii: "T") || separator == UInt8(ascii: "t") {
        cursor.skip()
        if !cursor.next.isDigit { throw .form }
      } else {
        cursor.skipBlanks()
      }
      // A zone may follow the date at once.
      if cursor.next.isDigit { instant += try cursor.time() }
      let offset = try cursor.zone()
      if zoned { instant -= offset }
      guard cursor.isAtEnd else { throw .form }
    }
    guard Calendar.instants.contains(instant) else { throw .range }
    return instant
  }

  /// The local time and the zone of a timestamp that names one; `nil` for any other text.
  static func named(_ text: Span<UInt8>) -> (local: Int64, zone: String)? {
    do throws(DateTimeFault) {
      _ = try timestamp(text, zoned: true)
      return nil
    } catch {
      guard case .zone(let name) = error, name.utf8.count < text.count else { return nil }
      let rest = text.extracting(0..<text.count - name.utf8.count)
      let trimmed = rest.extracting(rest.trimmedRange)
      return (try? timestamp(trimmed, zoned: false)).map { ($0, name) }
    }
  }
}

extension SQLType {
  /// Reads a timestamp, with or without time zone, that may name a zone of a database.
  func parseTimestamp(_ text: String, _ zones: FunctionRegistry.ZoneLookup) throws(SQLError)
    -> Value
  {
    let named = text.withSpan { DateTimeText.named($0.extracting($0.trimmedRange)) }
    guard let named, let zone = zones(named.zone) else { return try parse(text) }
    return .integer(self == .timestamptz ? try zone.instant(local: named.local) : named.local)
  }

  /// Whether a text is a timestamp that names a zone of a database.
  func namesZone(_ text: String) -> Bool {
    guard self == .timestamp || self == .timestamptz else { return false }
    return text.withSpan { DateTimeText.named($0.extracting($0.trimmedRange)) } != nil
  }
}

extension ByteBuffer {
  /// Appends a number of two digits, zero padded.
  @inline(__always)
  private mutating func append(twoDigits value: Int) {
    append(UInt8(truncatingIfNeeded: 0x30 + value / 10))
    append(UInt8(truncatingIfNeeded: 0x30 + value % 10))
  }

  /// Appends `YYYY-MM-DD`; nothing that the core stores leaves the years 1 … 9999.
  mutating func append(date number: Int64) {
    guard Calendar.days.contains(number) else {
      append(utf8: "out of range")
      return
    }
    let date = Calendar.civil(number)
    append(twoDigits: date.year / 100)
    append(twoDigits: date.year % 100)
    append(UInt8(ascii: "-"))
    append(twoDigits: date.month)
    append(UInt8(ascii: "-"))
    append(twoDigits: date.day)
  }

  /// Appends `HH:MM:SS[.ffffff]` of microseconds since midnight, trailing zeros trimmed.
  mutating func append(time: Int64) {
    guard (0...Calendar.day).contains(time) else {
      append(utf8: "out of range")
      return
    }
    append(twoDigits: Int(time / 3_600_000_000))
    append(UInt8(ascii: ":"))
    append(twoDigits: Int(time / 60_000_000 % 60))
    append(UInt8(ascii: ":"))
    append(twoDigits: Int(time / 1_000_000 % 60))
    append(fraction: Int(time % 1_000_000))
  }

  /// Appends `.ffffff` without trailing zeros; nothing for 0.
  mutating func append(fraction: Int) {
    guard fraction != 0 else { return }
    append(UInt8(ascii: "."))
    append(twoDigits: fraction / 10_000)
    append(twoDigits: fraction / 100 % 100)
    append(twoDigits: fraction % 100)
    var length = count
    withUnsafeBytes { bytes in
      while bytes[length - 1] == UInt8(ascii: "0") { length -= 1 }
    }
    truncate(to: length)
  }

  /// Appends `YYYY-MM-DDTHH:MM:SS[.ffffff]`, with `Z` when `zoned`.
  mutating func append(timestamp instant: Int64, zoned: Bool) {
    let (day, time) = Calendar.split(instant)
    append(date: day)
    append(UInt8(ascii: "T"))
    append(time: time)
    if zoned { append(UInt8(ascii: "Z")) }
  }
}
