// SPDX-License-Identifier: Apache-2.0
// The syntax tree of valid time: which instants of a table's period are asked for or changed.
// SQL:2011 §7.6, §14.9, §14.14.

/// `FOR period AS OF … | BETWEEN … AND … | FROM … TO … | ALL` behind a table.
public struct PeriodClause: Sendable {
  /// Which instants.
  public enum Extent: Sendable {
    case asOf(Expression)
    case between(Expression, Expression)
    case fromTo(Expression, Expression)
    case all
  }
  /// The period's name.
  public var period: Name
  /// Which instants.
  public var extent: Extent
  /// A clause of known parts.
  public init(period: Name, extent: Extent) {
    self.period = period
    self.extent = extent
  }
}

/// `FOR PORTION OF period FROM a TO b` of UPDATE and DELETE.
public struct PortionClause: Sendable {
  /// The period's name.
  public var period: Name
  /// The first instant.
  public var from: Expression
  /// The first instant behind it.
  public var to: Expression
  /// A clause of known parts.
  public init(period: Name, from: Expression, to: Expression) {
    self.period = period
    self.from = from
    self.to = to
  }
}
