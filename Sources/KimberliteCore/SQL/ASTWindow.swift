// SPDX-License-Identifier: Apache-2.0
// The syntax tree of windows: which rows a window function sees.

/// What follows OVER.
public indirect enum WindowReference: Sendable {
  /// `OVER w`
  case named(Name)
  /// `OVER (…)`
  case specification(WindowSpecification)
}

/// `([base] [PARTITION BY …] [ORDER BY …] [frame])`.
public struct WindowSpecification: Sendable {
  /// The window that it refines.
  public var base: Name?
  /// PARTITION BY.
  public var partitionBy: [Expression] = []
  /// ORDER BY.
  public var orderBy: [OrderItem] = []
  /// The frame; `nil`: RANGE from the first row of the partition to the current one and its peers.
  public var frame: WindowFrame?
  /// Where it begins in the source text.
  public var position: Int
  /// A window of known parts.
  public init(position: Int) { self.position = position }
}

/// `ROWS BETWEEN start AND end EXCLUDE …`.
public struct WindowFrame: Sendable {
  /// What offsets count.
  public enum Unit: String, Sendable {
    case rows = "ROWS"
    case range = "RANGE"
    case groups = "GROUPS"
  }

  /// Which rows around the current one are left out.
  public enum Exclusion: String, Sendable {
    case currentRow = "CURRENT ROW"
    case group = "GROUP"
    case ties = "TIES"
  }

  /// Where a frame begins or ends.
  public enum Bound: Sendable {
    case unboundedPreceding
    case preceding(Expression)
    case currentRow
    case following(Expression)
    case unboundedFollowing
  }

  /// What offsets count.
  public var unit: Unit
  /// Its first row.
  public var start: Bound
  /// Its last row.
  public var end: Bound
  /// What is left out; `nil`: nothing.
  public var exclusion: Exclusion?
  /// Where it begins in the source text.
  public var position: Int
  /// A frame of known parts.
  public init(
    unit: Unit, start: Bound, end: Bound, exclusion: Exclusion?, position: Int
  ) {
    self.unit = unit
    self.start = start
    self.end = end
    self.exclusion = exclusion
    self.position = position
  }
}
