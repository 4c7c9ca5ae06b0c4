// SPDX-License-Identifier: Apache-2.0
// Aggregates over pairs of floats: correlation, covariance and linear regression by the method of
// Youngs and Cramer, as PostgreSQL 15 has them (src/backend/utils/adt/float.c).

/// What relates two columns; the names are those of SQL.
enum PairFigure: String, CaseIterable {
  case corr
  case covariance = "covar_pop"
  case sampleCovariance = "covar_samp"
  case averageX = "regr_avgx"
  case averageY = "regr_avgy"
  case count = "regr_count"
  case intercept = "regr_intercept"
  case determination = "regr_r2"
  case slope = "regr_slope"
  case squaresX = "regr_sxx"
  case products = "regr_sxy"
  case squaresY = "regr_syy"
}

/// The least squares fit of the first argument over the second.
final class Regression: Aggregation {
  private let figure: PairFigure
  private var count = 0.0
  private var sumX = 0.0
  private var sumY = 0.0
  private var squaresX = 0.0
  private var squaresY = 0.0
  private var products = 0.0

  init(_ figure: PairFigure) { self.figure = figure }

  override func step(_ arguments: Arguments) throws(SQLError) {
    if arguments[0].isNull || arguments[1].isNull { return }
    let y = try arguments[0].double()
    let x = try arguments[1].double()
    let before = count
    count += 1
    sumX += x
    sumY += y
    guard before > 0 else {
      if !x.isFinite { (squaresX, products) = (.nan, .nan) }
      if !y.isFinite { (squaresY, products) = (.nan, .nan) }
      return
    }
    let distanceX = x * count - sumX
    let distanceY = y * count - sumY
    let scale = 1 / (count * before)
    squaresX += distanceX * distanceX * scale
    squaresY += distanceY * distanceY * scale
    products += distanceX * distanceY * scale
    if [sumX, sumY, squaresX, squaresY, products].contains(where: \.isInfinite) {
      if x.isFinite, y.isFinite {
        throw SQLError(.numericOutOfRange, "value out of range: overflow")
      }
      if squaresX.isInfinite { squaresX = .nan }
      if squaresY.isInfinite { squaresY = .nan }
      if products.isInfinite { products = .nan }
    }
  }

  override func value() throws(SQLError) -> Value {
    if figure == .count { return .integer(Int64(count)) }
    return result.map { .real($0) } ?? .null
  }

  private var result: Double? {
    if count == 0 { return nil }
    switch figure {
    case .count: return count
    case .covariance: return products / count
    case .sampleCovariance: return count < 2 ? nil : products / (count - 1)
    case .averageX: return sumX / count
    case .averageY: return sumY / count
    case .squaresX: return squaresX
    case .squaresY: return squaresY
    case .products: return products
    case .corr:
      return squaresX == 0 || squaresY == 0
        ? nil : products / (squaresX * squaresY).squareRoot()
    case .determination:
      if squaresX == 0 { return nil }
      return squaresY == 0 ? 1 : (products * products) / (squaresX * squaresY)
    case .slope: return squaresX == 0 ? nil : products / squaresX
    case .intercept:
      return squaresX == 0 ? nil : (sumY - sumX * products / squaresX) / count
    }
  }
}
