// SPDX-License-Identifier: Apache-2.0
// Dates and times as text: ISO 8601 in and out, RFC 3339 for TIMESTAMPTZ. kb-sql(7), Types.

/// Why a text is no date or time.
enum DateTimeFault: Error {
  /// Not the form that the type wants, or no such date.
  case form
  /// Well-formed, beyond the years 1 … 9999.
  case range
}

extension TextCursor {
  /// `YYYY-MM-DD`, a day that exists.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func date() throws(DateTimeFault) -> Int64 {
    guard let year = digits(4), accept(UInt8(ascii: "-")), let month = digits(2),
      accept(UInt8(ascii: "-")), let day = digits(2),
      let number = Calendar.dayNumber(year: year, month: month, day: day)
    else { throw .form }
    return number
  }

  /// `HH:MM[:SS[.ffffff]]`, up to 24:00:00; a second 60 is the next minute's first.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func time() throws(DateTimeFault) -> Int64 {
    guard let hour = digits(2), accept(UInt8(ascii: ":")), let minute = digits(2), minute < 60
    else { throw .form }
    var time = Int64(hour * 60 + minute) * 60_000_000
    if accept(UInt8(ascii: ":")) {
      guard let second = digits(2), second <= 60 else { throw .form }
      time += Int64(second) * Calendar.second
      if accept(UInt8(ascii: ".")) {
        guard let fraction = microseconds() else { throw .form }
        time += fraction
      }
    }
    guard time <= Calendar.day else { throw .form }
    return time
  }

  /// `Z`, `UTC`, `±HH`, `±HHMM`, `±HH:MM[:SS]`: microseconds to subtract.
  ///
  /// No zone is UTC.
  @_lifetime(self: copy self)
  mutating func zone() throws(DateTimeFault) -> Int64 {
    if accept(UInt8(ascii: "Z")) || accept(UInt8(ascii: "z")) || isAtEnd { return 0 }
    skipBlanks()
    let negative = next == UInt8(ascii: "-")
    guard negative || next == UInt8(ascii: "+") else {
      let name = word()
      if name == "utc" || name == "gmt" || name == "z" { return 0 }
      throw .form
    }
    skip()
    guard let hour = digits(2), hour < 16 else { throw .form }
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
      guard
        separator == UInt8(ascii: "T") || separator == UInt8(ascii: "t")
          || separator == UInt8(ascii: " ")
      else { throw .form }
      cursor.skip()
      if separator == UInt8(ascii: " ") { cursor.skipBlanks() }
      instant += try cursor.time()
      let offset = try cursor.zone()
      if zoned { instant -= offset }
      guard cursor.isAtEnd else { throw .form }
    }
    guard Calendar.instants.contains(instant) else { throw .range }
    return instant
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
