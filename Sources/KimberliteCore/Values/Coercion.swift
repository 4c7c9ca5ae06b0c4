// SPDX-License-Identifier: Apache-2.0
// Conversion of values between types: casts and assignments, as PostgreSQL 15 converts.

extension SQLType {
  /// Converts a value of type `source` to this type.
  ///
  /// - Parameter explicit: a cast, which cuts text that is too long for VARCHAR(n) and CHAR(n);
  ///   an assignment refuses it.
  /// - Throws: 42846 where no conversion exists; 22003, 22008, 22001, 22P02, 22007 where this
  ///   value has none.
  public func coerce(_ value: Value, from source: SQLType, explicit: Bool = true) throws(SQLError)
    -> Value
  {
    if value == .null { return value }
    switch self {
    case .boolean, .smallint, .integer, .bigint:
      return .integer(try integer(value, from: source))
    case .real, .double: return .real(try float(value, from: source))
    case .numeric: return .text(try fit(numeric(value, from: source)).text)
    case .text: return .text(source.unpadded(value))
    case .varchar, .char: return .text(try fit(source.unpadded(value), explicit: explicit))
    case .date, .time, .timestamp, .timestamptz:
      return .integer(try moment(value, from: source))
    case .interval:
      if source == .interval { return value }
      if source == .time, case .integer(let time) = value {
        return .blob(Interval(months: 0, days: 0, microseconds: time).storage)
      }
    case .bytea, .uuid:
      if source == self { return value }
    case .json, .jsonb:
      if source == self || source == .jsonb { return value }
      if source == .json, case .text(let text) = value { return try parse(text) }
    }
    return try parsed(value, from: source)
  }

  /// Whether values are character strings.
  public var isText: Bool {
    switch self {
    case .text, .varchar, .char: true
    default: false
    }
  }

  private var isDecimal: Bool {
    if case .numeric = self { true } else { false }
  }

  /// The output text; the padding of CHAR(n) does not count, as in PostgreSQL's cast to TEXT.
  private func unpadded(_ value: Value) -> String {
    let text = format(value)
    guard case .char = self else { return text }
    let scalars = text.unicodeScalars
    guard let last = scalars.lastIndex(where: { $0 != " " }) else { return "" }
    return String(scalars[...last])
  }

  private func noConversion(from source: SQLType) -> SQLError {
    SQLError(.cannotCoerce, "cannot cast type \(source.sqlName) to \(sqlName)")
  }

  private func outOfRange(_ text: String) -> SQLError {
    text.withSpan { outOfRange($0) }
  }

  /// Reads text; nothing else has a conversion here.
  private func parsed(_ value: Value, from source: SQLType) throws(SQLError) -> Value {
    guard source.isText, case .text(let text) = value else { throw noConversion(from: source) }
    return try parse(text)
  }

  private func integer(_ value: Value, from source: SQLType) throws(SQLError) -> Int64 {
    let number: Int64
    switch (value, source) {
    case (.integer(let bit), .boolean):
      guard self == .boolean || self == .integer else { throw noConversion(from: source) }
      number = bit
    case (.integer(let whole), .smallint), (.integer(let whole), .integer),
      (.integer(let whole), .bigint):
      if self == .boolean { return whole == 0 ? 0 : 1 }
      number = whole
    case (.real(let real), _) where self != .boolean:
      guard let whole = Int64(exactly: real.rounded(.toNearestOrEven)) else {
        throw outOfRange(source.format(value))
      }
      number = whole
    case (.text(let text), .numeric) where self != .boolean:
      guard let whole = Numeric(text)?.int64 else { throw outOfRange(text) }
      number = whole
    default:
      guard case .integer(let whole) = try parsed(value, from: source) else {
        throw noConversion(from: source)
      }
      return whole
    }
    guard integerRange.contains(number) else { throw outOfRange(String(number)) }
    return number
  }

  private func float(_ value: Value, from source: SQLType) throws(SQLError) -> Double {
    let number: Double
    switch (value, source) {
    case (.integer(let whole), .smallint), (.integer(let whole), .integer),
      (.integer(let whole), .bigint):
      number = self == .real ? Double(Float(whole)) : Double(whole)
    case (.real(let real), _): number = real
    case (.text(let text), _) where source.isText || source.isDecimal:
      guard case .real(let real) = try parse(text) else { throw noConversion(from: source) }
      number = real
    default: throw noConversion(from: source)
    }
    guard self == .real, number.isFinite else { return number }
    let single = Float(number)
    if single.isInfinite || (single == 0 && number != 0) {
      throw outOfRange(SQLType.double.format(.real(number)))
    }
    return Double(single)
  }

  private func numeric(_ value: Value, from source: SQLType) throws(SQLError) -> Numeric {
    switch (value, source) {
    case (.integer(let whole), .smallint), (.integer(let whole), .integer),
      (.integer(let whole), .bigint):
      return Numeric(whole)
    case (.real(let real), _):
      // PostgreSQL converts a REAL by its six digits, a DOUBLE PRECISION by fifteen.
      guard let number = Numeric(real, digits: source == .real ? 6 : 15) else {
        throw SQLError(.featureNotSupported, "cannot convert infinity to numeric")
      }
      return number
    case (.text(let text), .numeric):
      guard let number = Numeric(text) else { throw outOfRange(text) }
      return number
    case (.text(let text), _) where source.isText:
      return try text.withSpan { text throws(SQLError) in
        try parseNumeric(text.extracting(text.trimmedRange))
      }
    default: throw noConversion(from: source)
    }
  }

  private func moment(_ value: Value, from source: SQLType) throws(SQLError) -> Int64 {
    switch (value, source, self) {
    case (.integer(let same), _, _) where source == self: return same
    case (.integer(let instant), .timestamp, .timestamptz),
      (.integer(let instant), .timestamptz, .timestamp):
      return instant
    case (.integer(let day), .date, .timestamp), (.integer(let day), .date, .timestamptz):
      return try Calendar.instant(day: day, microseconds: 0)
    case (.integer(let instant), .timestamp, .date), (.integer(let instant), .timestamptz, .date):
      return Calendar.split(instant).day
    case (.integer(let instant), .timestamp, .time), (.integer(let instant), .timestamptz, .time):
      return Calendar.split(instant).microseconds
    case (.blob(let bytes), .interval, .time):
      guard let interval = Interval(storage: bytes) else { throw noConversion(from: source) }
      return Calendar.adding(interval, toTime: 0)
    default:
      guard case .integer(let moment) = try parsed(value, from: source) else {
        throw noConversion(from: source)
      }
      return moment
    }
  }
}
