// SPDX-License-Identifier: Apache-2.0
// Sums and averages that SQLite does not compute as SQL says.

extension FunctionRegistry {
  static let sumAggregates: [AggregateFunction] = [
    .init("kb_sum_bigint", 1) { IntegerSum() },
    .init("kb_avg_bigint", 1) { IntegerAverage() },
    .init("kb_sum_numeric", 1) { DecimalSum() },
    .init("kb_avg_numeric", 1) { DecimalAverage() },
    .init("kb_sum_real", 1) { SingleSum() },
    .init("kb_sum_double", 1) { DoubleSum() },
    .init("kb_avg_double", 1) { DoubleAverage() },
    .init("kb_sum_interval", 1) { IntervalSumming() },
    .init("kb_avg_interval", 1) { IntervalAverage() },
    .init("kb_frame", -1) { FrameRows() },
  ]

  static let bitAggregates: [AggregateFunction] = [
    .init("kb_bit_and", 1) { Bits { $0 & $1 } },
    .init("kb_bit_or", 1) { Bits { $0 | $1 } },
    .init("kb_bit_xor", 1) { Bits { $0 ^ $1 } },
  ]
}

/// A sum of 64-bit integers as NUMERIC: no number of rows makes it overflow 128 bits.
private class IntegerSum: Aggregation {
  final var sum: Int128 = 0
  final var count: Int64 = 0

  override func step(_ arguments: Arguments) throws(SQLError) {
    if case .integer(let number) = arguments[0] {
      sum &+= Int128(number)
      count += 1
    }
  }

  override func inverse(_ arguments: Arguments) throws(SQLError) {
    if case .integer(let number) = arguments[0] {
      sum &-= Int128(number)
      count -= 1
    }
  }

  override func value() throws(SQLError) -> Value {
    count == 0 ? .null : .text(Numeric(sum).text)
  }
}

private final class IntegerAverage: IntegerSum {
  override func value() throws(SQLError) -> Value {
    if count == 0 { return .null }
    return .text(try Numeric(sum).divided(by: Numeric(count)).text)
  }
}

/// A sum of decimals, with as many digits after the point as the row that has most.
private class DecimalSum: Aggregation {
  /// At the largest scale that was ever met.
  private var sum = Numeric(Int64(0))
  /// How many rows have each scale.
  private var scales: [Int32] = []
  final var count: Int64 = 0

  override func step(_ arguments: Arguments) throws(SQLError) {
    if arguments[0].isNull { return }
    let value = try arguments[0].numeric()
    try add(value)
    while scales.count <= value.scale { scales.append(0) }
    scales[value.scale] &+= 1
    count += 1
  }

  override func inverse(_ arguments: Arguments) throws(SQLError) {
    if arguments[0].isNull { return }
    let value = try arguments[0].numeric()
    try add(value.negated)
    scales[value.scale] &-= 1
    count -= 1
  }

  private func add(_ value: Numeric) throws(SQLError) {
    if case .small(let a) = sum, case .small(let b) = value, a.scale == b.scale {
      let (result, overflow) = a.coefficient.addingReportingOverflow(b.coefficient)
      if !overflow, result.magnitude < DecimalSum.limit {
        sum = .small(Decimal(coefficient: result, scale: a.scale))
        return
      }
    }
    sum = try sum.adding(value)
  }

  private static let limit = UInt128(Decimal.power(Decimal.digitsMax))

  /// The sum of the rows that are in.
  final func total() throws(SQLError) -> Numeric {
    let scale = scales.lastIndex { $0 != 0 } ?? 0
    return scale < sum.scale ? try sum.truncated(toScale: scale) : sum
  }

  override func value() throws(SQLError) -> Value {
    count == 0 ? .null : .text(try total().text)
  }
}

private final class DecimalAverage: DecimalSum {
  override func value() throws(SQLError) -> Value {
    count == 0 ? .null : .text(try total().divided(by: Numeric(count)).text)
  }
}

/// A sum of single precision, rounded with every row as PostgreSQL does.
private final class SingleSum: Aggregation {
  private var sum: Float?

  override func step(_ arguments: Arguments) throws(SQLError) {
    if arguments[0].isNull { return }
    let (before, value) = (sum ?? 0, Float(try arguments[0].double()))
    let result = before + value
    try FunctionRegistry.check(Double(result), of: Double(before), Double(value))
    sum = result
  }

  override func value() throws(SQLError) -> Value { sum.map { .real(Double($0)) } ?? .null }
}

/// A sum in the order in which rows come.
private class DoubleSum: Aggregation {
  final var sum = 0.0
  final var count = 0

  override func step(_ arguments: Arguments) throws(SQLError) {
    if arguments[0].isNull { return }
    let value = try arguments[0].double()
    let result = sum + value
    if !result.isFinite { try FunctionRegistry.check(result, of: sum, value) }
    sum = result
    count += 1
  }

  override func value() throws(SQLError) -> Value { count == 0 ? .null : .real(sum) }
}

private final class DoubleAverage: DoubleSum {
  override func value() throws(SQLError) -> Value {
    count == 0 ? .null : .real(sum / Double(count))
  }
}

private class IntervalSumming: Aggregation {
  final var sum = Interval.zero
  final var count: Int64 = 0

  override func step(_ arguments: Arguments) throws(SQLError) {
    if arguments[0].isNull { return }
    sum = try sum.adding(try arguments[0].value.interval())
    count += 1
  }

  override func inverse(_ arguments: Arguments) throws(SQLError) {
    if arguments[0].isNull { return }
    sum = try sum.subtracting(try arguments[0].value.interval())
    count -= 1
  }

  override func value() throws(SQLError) -> Value { count == 0 ? .null : .blob(sum.storage) }
}

private final class IntervalAverage: IntervalSumming {
  override func value() throws(SQLError) -> Value {
    count == 0 ? .null : .blob(try sum.divided(by: Double(count)).storage)
  }
}

/// An operator over the bits of integers.
private final class Bits: Aggregation {
  private let combine: (Int64, Int64) -> Int64
  private var bits: Int64?

  init(_ combine: @escaping (Int64, Int64) -> Int64) { self.combine = combine }

  override func step(_ arguments: Arguments) throws(SQLError) {
    guard case .integer(let number) = arguments[0] else { return }
    bits = bits.map { combine($0, number) } ?? number
  }

  override func value() throws(SQLError) -> Value { bits.map { .integer($0) } ?? .null }
}

/// The rows of a moving frame, for an aggregate from which none can be taken out: its name is the
/// first argument.
private final class FrameRows: Aggregation {
  private var function: AggregateFunction?
  private var rows = CollectedRows()

  override func step(_ arguments: Arguments) throws(SQLError) {
    if function == nil { function = try FunctionRegistry.aggregate(named: arguments[0]) }
    try rows.append(.init(rebasing: arguments[1...]))
  }

  override func inverse(_ arguments: Arguments) throws(SQLError) { rows.removeFirst() }

  override func value() throws(SQLError) -> Value {
    guard let aggregation = function?.make() else { return .null }
    for row in 0..<rows.count {
      try rows.withRow(row) { (row) throws(SQLError) in try aggregation.step(row) }
    }
    return try aggregation.value()
  }
}

extension FunctionRegistry {
  private static let named = Dictionary(
    uniqueKeysWithValues: aggregates.map { ($0.name, $0) })

  /// The function whose name is an argument.
  static func aggregate(named argument: BorrowedValue) throws(SQLError) -> AggregateFunction {
    guard case .text(let name) = argument else {
      throw SQLError(.internalError, "an aggregate is named by a text")
    }
    return try aggregate(String(decoding: name, as: UTF8.self))
  }

  static func aggregate(_ name: String) throws(SQLError) -> AggregateFunction {
    guard let function = named[name] else {
      throw SQLError(.internalError, "there is no aggregate \(name)")
    }
    return function
  }
}
