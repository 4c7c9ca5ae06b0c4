// SPDX-License-Identifier: Apache-2.0
// The functions that bound SQL calls at run time, all named kb_…, as pure values; the shell
// registers them with SQLite. What they compute is part of the dialect: kb-sql(7).

/// A scalar function of bound SQL.
public struct ScalarFunction: Sendable {
  /// The body: stored values in, a stored value out.
  public typealias Body = (_ arguments: [Value]) throws(SQLError) -> Value
  /// Its name in SQLite.
  public var name: String
  /// -1: any number.
  public var argumentCount: Int
  /// Whether equal arguments always give an equal result.
  public var isDeterministic: Bool
  private let makeBody: @Sendable () -> Body

  /// What it computes: a body for one connection, which may keep what it has worked out.
  public var body: Body { makeBody() }

  /// A function of known parts.
  public init(
    _ name: String, _ argumentCount: Int, isDeterministic: Bool = true,
    body: @escaping @Sendable (_ arguments: [Value]) throws(SQLError) -> Value
  ) {
    self.name = name
    self.argumentCount = argumentCount
    self.isDeterministic = isDeterministic
    makeBody = { body }
  }

  /// A function that is NULL where an argument is and has a state of its own in each connection.
  init<State>(
    strict name: String, _ argumentCount: Int, state: @escaping @Sendable () -> State,
    body: @escaping @Sendable (_ arguments: [Value], inout State) throws(SQLError) -> Value
  ) {
    self.name = name
    self.argumentCount = argumentCount
    isDeterministic = true
    makeBody = {
      var state = state()
      return { (arguments) throws(SQLError) in
        arguments.contains(.null) ? .null : try body(arguments, &state)
      }
    }
  }

  /// A function that is NULL where an argument is.
  init(
    strict name: String, _ argumentCount: Int,
    body: @escaping @Sendable (_ arguments: [Value]) throws(SQLError) -> Value
  ) {
    self.init(name, argumentCount) { (arguments) throws(SQLError) in
      arguments.contains(.null) ? .null : try body(arguments)
    }
  }
}

/// Everything that bound SQL needs in an SQLite connection beside SQLite's own.
///
/// The shell adds functions that the core cannot have: `kb_user()`, who asks; `kb_now()`, the statement's time in
/// microseconds since 1970; `kb_random_uuid()`, a random UUID as 16 bytes; and the table
/// `kb_stream(id)`, the events of a stream.
public enum FunctionRegistry {
  /// The scalar functions.
  public static let scalars: [ScalarFunction] =
    conversionFunctions + numberFunctions + textFunctions + timeFunctions + momentFunctions
    + intervalZones + jsonFunctions + arrayFunctions + catalogFunctions
    + patternFunctions + stringFunctions + bytesFunctions + templateFunctions
    + periodFunctions + fullTextFunctions
  /// The aggregate functions.
  public static let aggregates: [AggregateFunction] =
    sumAggregates + bitAggregates + statisticAggregates + textAggregates + fractionAggregates
  /// The collation under which texts of decimals compare as numbers, with
  /// `Decimal.compareTexts`.
  public static let numericCollation = "kb_numeric"
}

extension Value {
  private func unexpected(_ wanted: String) -> SQLError {
    SQLError(.internalError, "a function got a value that is not \(wanted)")
  }

  /// The number of an INTEGER.
  ///
  /// A REAL is what SQLite makes of integers that overflow.
  func int64() throws(SQLError) -> Int64 {
    switch self {
    case .integer(let number): return number
    case .real: throw SQLError(.numericOutOfRange, "bigint out of range")
    case .text, .blob, .null: throw unexpected("an integer")
    }
  }

  func double() throws(SQLError) -> Double {
    switch self {
    case .real(let number): return number
    case .integer(let number): return Double(number)
    case .text, .blob, .null: throw unexpected("a number")
    }
  }

  func string() throws(SQLError) -> String {
    guard case .text(let text) = self else { throw unexpected("a text") }
    return text
  }

  func bytes() throws(SQLError) -> [UInt8] {
    guard case .blob(let bytes) = self else { throw unexpected("a byte string") }
    return bytes
  }

  func numeric() throws(SQLError) -> Numeric {
    guard case .text(let text) = self, let number = Numeric(text) else {
      throw unexpected("a decimal")
    }
    return number
  }

  func interval() throws(SQLError) -> Interval {
    guard case .blob(let bytes) = self, let interval = Interval(storage: bytes) else {
      throw unexpected("an interval")
    }
    return interval
  }
}
