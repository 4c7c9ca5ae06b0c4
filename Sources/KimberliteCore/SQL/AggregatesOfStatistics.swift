// SPDX-License-Identifier: Apache-2.0
// The statistical aggregates: over whole numbers and NUMERIC exact, over floats by the method of
// Youngs and Cramer, as PostgreSQL 15 has them (src/backend/utils/adt/float.c, numeric.c).

extension AggregateOverload {
  private static let spreads = [
    "stddev": "stddev_samp", "stddev_samp": "stddev_samp", "stddev_pop": "stddev_pop",
    "variance": "var_samp", "var_samp": "var_samp", "var_pop": "var_pop",
  ]

  private static let regressions = [
    "corr", "covar_pop", "covar_samp", "regr_avgx", "regr_avgy", "regr_intercept", "regr_r2",
    "regr_slope", "regr_sxx", "regr_sxy", "regr_syy",
  ]

  static let statistics: [AggregateOverload] =
    spreads.sorted { $0.key < $1.key }.flatMap { name, function -> [AggregateOverload] in
      [
        .init(name, [.type(.bigint)], decimal, own: "kb_\(function)_numeric"),
        .init(name, [.type(decimal)], decimal, own: "kb_\(function)_numeric"),
        .init(name, [.type(.double)], .double, own: "kb_\(function)_double", .ordered),
      ]
    }
    + regressions.map { name in
      .init(name, [.type(.double), .type(.double)], .double, own: "kb_\(name)", .ordered)
    } + [
      .init("regr_count", [.type(.double), .type(.double)], .bigint, own: "kb_regr_count")
    ]
}

extension FunctionRegistry {
  static let statisticAggregates: [AggregateFunction] =
    Spread.allCases.flatMap { spread -> [AggregateFunction] in
      [
        .init("kb_\(spread.rawValue)_double", 1) { DoubleSpread(spread) },
        .init("kb_\(spread.rawValue)_numeric", 1) { NumericSpread(spread) },
      ]
    }
    + PairFigure.allCases.map { figure in
      .init("kb_\(figure.rawValue)", 2) { Regression(figure) }
    }
}

/// How far values are spread.
enum Spread: String, CaseIterable {
  case variance = "var_samp"
  case populationVariance = "var_pop"
  case deviation = "stddev_samp"
  case populationDeviation = "stddev_pop"

  var isSample: Bool { self == .variance || self == .deviation }
  var isRoot: Bool { self == .deviation || self == .populationDeviation }
}

private final class DoubleSpread: Aggregation {
  private let spread: Spread
  private var count = 0.0
  private var sum = 0.0
  private var squares = 0.0

  init(_ spread: Spread) { self.spread = spread }

  override func step(_ arguments: Arguments) throws(SQLError) {
    if arguments[0].isNull { return }
    let value = try arguments[0].double()
    count += 1
    sum += value
    if count > 1 {
      let distance = value * count - sum
      squares += distance * distance / (count * (count - 1))
      if sum.isInfinite || squares.isInfinite {
        if value.isFinite { throw floatOverflow }
        squares = .nan
      }
    } else if !value.isFinite {
      squares = .nan
    }
  }

  override func value() throws(SQLError) -> Value {
    let divisor = spread.isSample ? count - 1 : count
    if divisor <= 0 { return .null }
    let variance = squares / divisor
    return .real(spread.isRoot ? variance.squareRoot() : variance)
  }
}

private let floatOverflow = SQLError(.numericOutOfRange, "value out of range: overflow")
