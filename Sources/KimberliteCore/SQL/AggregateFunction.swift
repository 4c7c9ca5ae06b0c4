// SPDX-License-Identifier: Apache-2.0
// Aggregates at run time: what the shell registers with SQLite, as aggregate and as window
// function. What each computes is in Aggregates….swift.

/// An argument of an aggregate, valid during the call.
public enum BorrowedValue {
  case null
  case integer(Int64)
  case real(Double)
  case text(UnsafeRawBufferPointer)
  case blob(UnsafeRawBufferPointer)

  /// A copy that lasts.
  var value: Value {
    switch self {
    case .null: .null
    case .integer(let number): .integer(number)
    case .real(let number): .real(number)
    case .text(let bytes): .text(String(decoding: bytes, as: UTF8.self))
    case .blob(let bytes): .blob(Array(bytes))
    }
  }

  var isNull: Bool {
    if case .null = self { return true }
    return false
  }

  /// A whole number or a decimal.
  @inline(__always)
  func numeric() throws(SQLError) -> Numeric {
    switch self {
    case .text(let bytes):
      if let decimal = Decimal(canonical: bytes) { return .small(decimal) }
      if let wide = Numeric(String(decoding: bytes, as: UTF8.self)) { return wide }
      throw unexpected("a decimal")
    case .integer(let number): return Numeric(number)
    case .real, .blob, .null: throw unexpected("a decimal")
    }
  }

  func int64() throws(SQLError) -> Int64 {
    guard case .integer(let number) = self else { throw unexpected("an integer") }
    return number
  }

  func double() throws(SQLError) -> Double {
    switch self {
    case .real(let number): return number
    case .integer(let number): return Double(number)
    case .text, .blob, .null: throw unexpected("a number")
    }
  }

  private func unexpected(_ wanted: String) -> SQLError {
    SQLError(.internalError, "an aggregate got a value that is not \(wanted)")
  }
}

/// What an aggregate has taken in of one group or frame.
open class Aggregation {
  /// The arguments of one row.
  public typealias Arguments = UnsafeBufferPointer<BorrowedValue>

  /// Nothing taken in.
  public init() {}

  /// Takes in one row.
  open func step(_ arguments: Arguments) throws(SQLError) {}

  /// Takes the oldest row out again, of which SQLite gives the arguments anew.
  ///
  /// Called only where the binder says that the aggregate can.
  open func inverse(_ arguments: Arguments) throws(SQLError) {
    throw SQLError(.internalError, "an aggregate without an inverse stands in a moving frame")
  }

  /// The result over all rows taken in; more may follow.
  open func value() throws(SQLError) -> Value { .null }
}

/// An aggregate function of bound SQL.
///
/// SQLite's DISTINCT and FILTER apply before `step`. Over no rows at all, the result is that of
/// a fresh aggregation.
public struct AggregateFunction: Sendable {
  /// Its name in SQLite.
  public var name: String
  /// How many arguments it takes; -1: any number.
  public var argumentCount: Int
  /// Begins a group.
  public var make: @Sendable () -> Aggregation

  /// A function of known parts.
  public init(_ name: String, _ argumentCount: Int, make: @escaping @Sendable () -> Aggregation) {
    self.name = name
    self.argumentCount = argumentCount
    self.make = make
  }
}

extension Decimal {
  /// Reads the canonical form `-?digits[.digits]` from bytes, as `text` writes it.
  init?(canonical bytes: UnsafeRawBufferPointer) {
    var magnitude: UInt64 = 0
    var scale = 0
    var index = 0
    let negative = bytes.first == UInt8(ascii: "-")
    if negative { index = 1 }
    // Eighteen digits fit in 64 bits; longer ones take the long way.
    guard bytes.count - index <= 18, index < bytes.count else {
      self.init(canonical: String(decoding: bytes, as: UTF8.self))
      return
    }
    var point: Int?
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "."), point == nil {
        point = index
      } else {
        let digit = byte &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        magnitude = magnitude &* 10 &+ UInt64(digit)
      }
      index += 1
    }
    if let point { scale = bytes.count - point - 1 }
    let coefficient = Int128(magnitude)
    self.init(coefficient: negative ? -coefficient : coefficient, scale: scale)
  }
}
