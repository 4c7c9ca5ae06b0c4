// SPDX-License-Identifier: Apache-2.0
// percentile_cont and percentile_disc over rows that come sorted.

extension FunctionRegistry {
  static let fractionAggregates: [AggregateFunction] = [
    .init("kb_percentile_disc", -1) { DiscretePercentile() },
    .init("kb_percentile_cont", 2) { DoublePercentile() },
    .init("kb_percentile_cont_interval", 2) { IntervalPercentile() },
    .init("kb_ordered", -1) { OrderedRows() },
  ]
}

/// Values in order, and the fractions of the way at which to look: one, or a JSON array of them.
private class Percentile: Aggregation {
  private var fractions: [Double?] = []
  private var isArray = false
  private var isStarted = false
  fileprivate final var rows = CollectedRows()

  override func step(_ arguments: Arguments) throws(SQLError) {
    if !isStarted {
      isStarted = true
      try readFractions(arguments[0])
    }
    if arguments[1].isNull { return }
    try rows.append(.init(rebasing: arguments[1...]))
  }

  private func readFractions(_ argument: BorrowedValue) throws(SQLError) {
    switch argument {
    case .null: fractions = [nil]
    case .text(let json):
      isArray = true
      let texts = try FunctionRegistry.elements(of: String(decoding: json, as: UTF8.self))
      for text in texts {
        guard let text else {
          fractions.append(nil)
          continue
        }
        guard case .real(let number) = try SQLType.double.parse(text) else { continue }
        fractions.append(number)
      }
    case .integer, .real, .blob: fractions = [try argument.double()]
    }
  }

  override final func value() throws(SQLError) -> Value {
    if rows.count == 0 { return .null }
    var results: [Value] = []
    for fraction in fractions {
      guard let fraction else {
        results.append(.null)
        continue
      }
      guard fraction >= 0, fraction <= 1 else {
        let shown = SQLType.double.format(.real(fraction))
        throw SQLError(
          .numericOutOfRange, "percentile value \(shown) is not between 0 and 1")
      }
      results.append(try value(at: fraction))
    }
    if !isArray { return results[0] }
    return .text("[\(results.map(json).joined(separator: ", "))]")
  }

  /// The value at a fraction of the way.
  func value(at fraction: Double) throws(SQLError) -> Value { .null }

  /// A value as it stands in an array.
  func json(_ value: Value) -> String { SQLType.double.json(value) }

  fileprivate final func row(_ index: Int) throws(SQLError) -> Value {
    try rows.withValues { (cells) throws(SQLError) in cells(index, 0).value }
  }
}

/// The first value at or beyond the fraction; for an array, the value as JSON stands behind it.
private final class DiscretePercentile: Percentile {
  override func value(at fraction: Double) throws(SQLError) -> Value {
    let place = (fraction * Double(rows.count)).rounded(.up)
    return try rows.withValues { (cells) throws(SQLError) in
      cells(max(Int(place) - 1, 0), rows.width - 1).value
    }
  }

  override func json(_ value: Value) -> String {
    guard case .text(let text) = value else { return "null" }
    return text
  }
}

/// What a straight line between the two neighbours says.
private class ContinuousPercentile: Percentile {
  override final func value(at fraction: Double) throws(SQLError) -> Value {
    let place = fraction * Double(rows.count - 1)
    let first = try row(Int(place.rounded(.down)))
    if place == place.rounded(.down) { return first }
    return try between(first, try row(Int(place.rounded(.up))), place - place.rounded(.down))
  }

  func between(_ low: Value, _ high: Value, _ part: Double) throws(SQLError) -> Value { .null }
}

private final class DoublePercentile: ContinuousPercentile {
  override func between(_ low: Value, _ high: Value, _ part: Double) throws(SQLError) -> Value {
    let start = try low.double()
    return .real(start + part * (try high.double() - start))
  }
}

private final class IntervalPercentile: ContinuousPercentile {
  override func between(_ low: Value, _ high: Value, _ part: Double) throws(SQLError) -> Value {
    let start = try low.interval()
    let way = try high.interval().subtracting(start).multiplied(by: part)
    return .blob(try start.adding(way).storage)
  }

  override func json(_ value: Value) -> String { SQLType.interval.json(value) }
}
