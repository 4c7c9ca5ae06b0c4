// SPDX-License-Identifier: Apache-2.0
// The syntax tree of tables that are made after another, or of a query's rows.

/// `AS query [WITH [NO] DATA]` of CREATE TABLE.
public struct TableQuery: Sendable {
  /// What the first rows are.
  public var query: Query
  /// Names of the columns; fewer than there are, or none: the query's.
  public var names: [Name]
  /// Whether the rows are taken, or only their columns.
  public var hasData: Bool
  /// A table query of known parts.
  public init(query: Query, names: [Name], hasData: Bool) {
    self.query = query
    self.names = names
    self.hasData = hasData
  }
}

/// `LIKE table [INCLUDING …]` among the columns of CREATE TABLE.
public struct LikeClause: Sendable {
  /// What is taken besides names, types and NOT NULL.
  public enum Option: String, Sendable, CaseIterable {
    case comments, compression, constraints, defaults, generated, identity, indexes, statistics
    case storage
  }
  /// The table or view.
  public var source: ObjectName
  /// How many columns stand before it.
  public var place: Int
  /// What else is taken.
  public var options: Set<Option>
  /// A clause of known parts.
  public init(source: ObjectName, place: Int, options: Set<Option>) {
    self.source = source
    self.place = place
    self.options = options
  }
}
