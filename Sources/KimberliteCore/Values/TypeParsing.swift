// SPDX-License-Identifier: Apache-2.0
// Text to values: PostgreSQL's input syntax of every type. kb-sql(7), Types.

extension SQLType {
  /// Reads the text form of a value of this type.
  ///
  /// - Throws: 22P02 or 22007 where the text is not of the form, 22003 or 22008 where the value is
  ///   out of range, 22001 where it is too long.
  public func parse(_ text: String) throws(SQLError) -> Value {
    try text.withSpan { text throws(SQLError) in try parse(text) }
  }

  /// Reads the text form of a value of this type from UTF-8.
  public func parse(_ text: Span<UInt8>) throws(SQLError) -> Value {
    let body = text.extracting(text.trimmedRange)
    switch self {
    case .boolean: return .integer(try parseBoolean(body) ? 1 : 0)
    case .smallint, .integer, .bigint: return .integer(try parseInteger(body))
    case .real, .double: return .real(try parseFloat(body))
    case .numeric: return .text(try parseNumeric(body).text)
    case .text: return .text(text.text)
    case .varchar, .char: return .text(try fit(text.text, explicit: false))
    case .bytea: return .blob(try parseBytes(text))
    case .date, .time, .timestamp, .timestamptz: return .integer(try parseDateTime(body))
    case .interval:
      guard let interval = Interval(parsing: body) else { throw mismatch(text) }
      return .blob(interval.storage)
    case .uuid: return .blob(try parseUUID(body))
    case .json, .jsonb:
      do throws(InputError) { try JSONValidator.validate(body) } catch {
        throw SQLError(error.state, "\(error.message) at byte \(error.column) of a \(sqlName)")
      }
      return .text(self == .jsonb ? try JSONB.normalized(body) : body.text)
    }
  }

  /// `"31/02/1980" is not a DATE (want YYYY-MM-DD)`.
  func mismatch(_ text: Span<UInt8>) -> SQLError {
    let want: String? =
      switch self {
      case .date: "YYYY-MM-DD"
      case .time: "HH:MM:SS"
      case .timestamp: "YYYY-MM-DDTHH:MM:SS"
      case .timestamptz: "YYYY-MM-DDTHH:MM:SSZ"
      case .interval: "1 day 02:03:04 or P1DT2H3M4S"
      case .bytea: "\\x and hex digits, or \\ and octal digits"
      case .boolean: "true or false"
      default: nil
      }
    let state: SQLError.State =
      switch self {
      case .date, .time, .timestamp, .timestamptz, .interval: .invalidDatetime
      default: .invalidText
      }
    if case .numeric = self {
      switch text.text.lowercased() {
      case "nan", "infinity", "+infinity", "-infinity", "inf", "+inf", "-inf":
        return SQLError(
          .featureNotSupported, "\(SQLError.quote(text)) is not supported in \(sqlName)")
      default: break
      }
    }
    if let refusal = beyondCalendar(text) { return refusal }
    let suffix = want.map { " (want \($0))" } ?? ""
    return SQLError(state, "\(SQLError.quote(text)) is not \(nameWithArticle)\(suffix)")
  }

  /// What PostgreSQL has among dates and we have not.
  private func beyondCalendar(_ text: Span<UInt8>) -> SQLError? {
    guard family == .datetime else { return nil }
    let word = text.text.lowercased()
    if word == "infinity" || word == "-infinity" {
      return SQLError(
        .featureNotSupported, "\(SQLError.quote(text)) is not supported in \(sqlName)")
    }
    guard word.hasSuffix(" bc") else { return nil }
    return SQLError(.featureNotSupported, "years before 1 are not supported in \(sqlName)")
  }

  /// `"99999" is out of range for SMALLINT`.
  func outOfRange(_ text: Span<UInt8>) -> SQLError {
    let state: SQLError.State =
      switch self {
      case .date, .time, .timestamp, .timestamptz: .datetimeOverflow
      default: .numericOutOfRange
      }
    return SQLError(state, "\(SQLError.quote(text)) is out of range for \(sqlName)")
  }

  /// "an INTEGER", "a DATE".
  var nameWithArticle: String {
    switch self {
    case .integer, .interval: "an \(sqlName)"
    default: "a \(sqlName)"
    }
  }

  private func parseBoolean(_ text: Span<UInt8>) throws(SQLError) -> Bool {
    guard text.count <= 5 else { throw mismatch(text) }
    switch text.text {
    case "true", "t": return true
    case "false", "f": return false
    default: break
    }
    switch text.text.lowercased() {
    case "t", "tr", "tru", "true", "y", "ye", "yes", "on", "1": return true
    case "f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0": return false
    default: throw mismatch(text)
    }
  }

  /// The values of an integer type.
  var integerRange: ClosedRange<Int64> {
    switch self {
    case .smallint: -0x8000...0x7fff
    case .integer: -0x8000_0000...0x7fff_ffff
    default: .min ... .max
    }
  }

  func parseInteger(_ text: Span<UInt8>) throws(SQLError) -> Int64 {
    switch NumberText.integer(text) {
    case .number(let value):
      guard integerRange.contains(value) else { throw outOfRange(text) }
      return value
    case .outOfRange: throw outOfRange(text)
    case .notANumber: throw mismatch(text)
    }
  }

  func parseFloat(_ text: Span<UInt8>) throws(SQLError) -> Double {
    let outcome: NumberText.Outcome<Double> =
      switch self {
      case .real:
        switch NumberText.single(text) {
        case .number(let value): .number(Double(value))
        case .outOfRange: .outOfRange
        case .notANumber: .notANumber
        }
      default: NumberText.double(text)
      }
    switch outcome {
    case .number(let value):
      // The view's storage holds neither: it makes NULL of one and 0.0 of the other.
      if value.isNaN { throw SQLError(.featureNotSupported, "NaN is not supported") }
      return value == 0 ? 0 : value
    case .outOfRange: throw outOfRange(text)
    case .notANumber: throw mismatch(text)
    }
  }

  /// A number of any length, fitted to the type.
  func parseNumeric(_ text: Span<UInt8>) throws(SQLError) -> Numeric {
    let number: Numeric
    switch Decimal.scan(text) {
    case .notANumber: throw mismatch(text)
    case .number(let decimal, exact: true): number = .small(decimal)
    case .number, .outOfRange:
      guard let wide = WideDecimal(parsing: text) else { throw outOfRange(text) }
      number = .wide(try wide.checked())
    }
    do throws(SQLError) { return try fit(number) } catch { throw outOfRange(text) }
  }

  /// A number that a column can hold, which has 38 digits.
  func parseDecimal(_ text: Span<UInt8>) throws(SQLError) -> Decimal {
    switch Decimal.scan(text) {
    case .notANumber: throw mismatch(text)
    case .outOfRange: throw outOfRange(text)
    case .number(let number, let exact):
      guard case .numeric(_?, let scale) = self else {
        if !exact { throw outOfRange(text) }
        return number
      }
      // The first digit that was dropped decides the rounding.
      if !exact && number.scale <= scale ?? 0 { throw outOfRange(text) }
      do throws(SQLError) { return try fit(number) } catch { throw outOfRange(text) }
    }
  }

  /// A decimal rounded to a NUMERIC's precision and scale.
  ///
  /// - Throws: 22003 when it has too many digits before the point.
  func fit(_ number: Decimal) throws(SQLError) -> Decimal {
    guard case .numeric(let precision?, let scale) = self else { return number }
    let rounded = try number.rounded(toScale: scale ?? 0)
    // A negative scale stands for zeros before the point, beside the digits of the precision.
    let digits = min(precision - min(scale ?? 0, 0), Decimal.digitsMax)
    if rounded.coefficient.magnitude >= UInt128(Decimal.power(digits)) {
      throw SQLError(.numericOutOfRange, "\"\(number.text)\" is out of range for \(sqlName)")
    }
    return rounded
  }

  /// A number of any length rounded to a NUMERIC's precision and scale.
  ///
  /// - Throws: 22003 when it has too many digits before the point.
  func fit(_ number: Numeric) throws(SQLError) -> Numeric {
    guard case .numeric(let precision?, let scale) = self else { return number }
    let rounded = try number.rounded(toScale: scale ?? 0)
    let digits = precision - min(scale ?? 0, 0)
    if rounded.signum != 0, rounded.digitCount > digits {
      throw SQLError(.numericOutOfRange, "\"\(number.text)\" is out of range for \(sqlName)")
    }
    return rounded
  }

  /// Text cut or padded to a VARCHAR's or CHAR's length.
  ///
  /// Blanks beyond it are cut silently; other characters only where `explicit`, by a cast.
  ///
  /// - Throws: 22001.
  func fit(_ text: String, explicit: Bool) throws(SQLError) -> String {
    let limit: Int
    switch self {
    case .varchar(let most?): limit = most
    case .char(let count): limit = count
    default: return text
    }
    // No text has more scalars than bytes.
    let count = text.utf8.count <= limit ? -1 : text.unicodeScalars.count
    if count > limit {
      let end = text.unicodeScalars.index(text.unicodeScalars.startIndex, offsetBy: limit)
      let isBlank = text.unicodeScalars[end...].allSatisfy { $0 == " " }
      if !explicit && !isBlank {
        throw SQLError(
          .stringTooLong, "value of \(count) characters is too long for \(sqlName)")
      }
      return String(text.unicodeScalars[..<end])
    }
    guard case .char = self else { return text }
    let length = count < 0 ? text.unicodeScalars.count : count
    return text + String(repeating: " ", count: limit - length)
  }

  /// 32 hex digits, with or without dashes between groups of four, and braces around.
  func parseUUID(_ text: Span<UInt8>) throws(SQLError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    var cursor = TextCursor(text)
    let braced = cursor.accept(UInt8(ascii: "{"))
    while bytes.count < 16 {
      if bytes.count > 0 && bytes.count % 2 == 0 { _ = cursor.accept(UInt8(ascii: "-")) }
      guard let high = cursor.next.hexValue else { throw mismatch(text) }
      cursor.skip()
      guard let low = cursor.next.hexValue else { throw mismatch(text) }
      cursor.skip()
      bytes.append(high << 4 | low)
    }
    if braced && !cursor.accept(UInt8(ascii: "}")) { throw mismatch(text) }
    if !cursor.isAtEnd { throw mismatch(text) }
    return bytes
  }

  @inline(__always)
  func parseDateTime(_ text: Span<UInt8>) throws(SQLError) -> Int64 {
    do throws(DateTimeFault) {
      switch self {
      case .date: return try DateTimeText.date(text)
      case .time: return try DateTimeText.time(text)
      default: return try DateTimeText.timestamp(text, zoned: self == .timestamptz)
      }
    } catch {
      switch error {
      case .form: throw mismatch(text)
      case .range: throw outOfRange(text)
      case .field:
        var error = mismatch(text)
        error.state = .datetimeOverflow
        throw error
      case .displacement:
        throw SQLError(
          .init("22009"), "time zone displacement out of range: \(SQLError.quote(text))")
      case .zone(let name) where name.contains("/"):
        throw SQLError(.invalidParameterValue, "time zone \"\(name)\" not recognized")
      case .zone: throw mismatch(text)
      }
    }
  }
}

extension SQLError {
  /// A text in double quotes as messages show it: at most 60 bytes, control characters as `?`.
  static func quote(_ text: Span<UInt8>) -> String {
    let shown = text.extracting(0..<min(text.count, 60)).text
    let safe = String(
      String.UnicodeScalarView(
        shown.unicodeScalars.map {
          $0.value < 0x20 || (0x7f...0x9f).contains($0.value) ? "?" : $0
        }))
    return text.count > 60 ? "\"\(safe)…\"" : "\"\(safe)\""
  }
}
