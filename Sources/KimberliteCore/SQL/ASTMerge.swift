// SPDX-License-Identifier: Apache-2.0
// The syntax tree of MERGE, and of statements with others in their WITH.

/// `MERGE INTO … USING … ON … WHEN …`.
public struct MergeStatement: Sendable {
  /// The table it is about.
  public var table: ObjectName
  /// The name it goes by here, if another.
  public var alias: Name?
  /// What stands behind USING.
  public var source: TableReference
  /// What makes a row of the source and one of the table match.
  public var condition: Expression
  /// What is done, the first that fits.
  public var clauses: [MergeClause]
  /// Where it begins in the source text.
  public var position: Int
}

/// `WHEN [NOT] MATCHED [AND …] THEN …`.
public struct MergeClause: Sendable {
  /// Whether it is for rows that match.
  public var isMatched: Bool
  /// What has to be true besides, if anything.
  public var condition: Expression?
  /// What is done.
  public var action: Action
  /// Where it begins in the source text.
  public var position: Int
  /// What can be done.
  public enum Action: Sendable {
    case nothing
    case delete
    case update([Assignment])
    /// No columns: all in order. `nil`: DEFAULT VALUES; a `nil` cell is the keyword DEFAULT.
    case insert(columns: [Name], values: [Expression?]?)
  }
}

/// `WITH … statement`, where a part of it or the statement changes rows.
public struct WithStatement: Sendable {
  /// What stands in WITH, in order.
  public var parts: [Part]
  /// What comes behind it.
  public var statement: Statement

  /// One `name [(columns)] AS (…)`.
  public enum Part: Sendable {
    case query(CommonTable, isRecursive: Bool)
    indirect case change(Name, columns: [Name], Statement)
  }
}
