// SPDX-License-Identifier: Apache-2.0
// The syntax tree of INSERT, UPDATE and DELETE.

/// `INSERT INTO …`.
public struct InsertStatement: Sendable {
  /// The table it is about.
  public var table: ObjectName
  /// The name it goes by here, if another.
  public var alias: Name?
  /// Empty: all columns in order.
  public var columns: [Name]
  /// Whose values count for identity columns, where it is said.
  public var overriding: Overriding?
  /// Where the rows come from.
  public var source: InsertSource
  /// What to do where a key exists.
  public var conflict: ConflictClause?
  /// `nil`: no RETURNING.
  public var returning: [SelectItem]?
  /// Where it begins in the source text.
  public var position: Int
  /// An insert statement of known parts.
  public init(
    table: ObjectName, alias: Name?, columns: [Name], source: InsertSource,
    conflict: ConflictClause?, returning: [SelectItem]?, position: Int
  ) {
    self.table = table
    self.alias = alias
    self.columns = columns
    self.source = source
    self.conflict = conflict
    self.returning = returning
    self.position = position
  }
}

/// Where the rows of an INSERT come from.
public enum InsertSource: Sendable {
  case defaultValues
  /// A `nil` cell is the keyword DEFAULT.
  case values([[Expression?]])
  case query(Query)
}

/// `ON CONFLICT [(columns) [WHERE …] | ON CONSTRAINT name] DO NOTHING | DO UPDATE SET … [WHERE …]`.
public struct ConflictClause: Sendable {
  /// Its columns, in order.
  public var columns: [Name]
  /// The condition behind the columns: any key meets it.
  public var filter: Expression?
  /// The key, where it is named.
  public var constraint: Name?
  /// What is done.
  public var action: Action
  /// Where it begins in the source text.
  public var position: Int
  /// What can be done.
  public enum Action: Sendable {
    case nothing
    case update([Assignment], filter: Expression?)
  }
  /// A conflict clause of known parts.
  public init(columns: [Name], action: Action, position: Int) {
    self.columns = columns
    self.action = action
    self.position = position
  }
}

/// `column = value`; a `nil` value is the keyword DEFAULT.
public struct Assignment: Sendable {
  /// The column.
  public var column: Name
  /// The value.
  public var value: Expression?
  /// Of `(columns) = (SELECT …)`: the query, and which of how many outputs this column gets.
  public var output: (query: Query, index: Int, count: Int)?
  /// An assignment of known parts.
  public init(column: Name, value: Expression?) {
    self.column = column
    self.value = value
  }
}

/// `UPDATE …`.
public struct UpdateStatement: Sendable {
  /// The table it is about.
  public var table: ObjectName
  /// The name it goes by here, if another.
  public var alias: Name?
  /// SET.
  public var assignments: [Assignment]
  /// The tables in FROM.
  public var from: [TableReference]
  /// The condition, if there is one.
  public var filter: Expression?
  /// FOR PORTION OF.
  public var portion: PortionClause?
  /// What RETURNING asks for.
  public var returning: [SelectItem]?
  /// Where it begins in the source text.
  public var position: Int
  /// An update statement of known parts.
  public init(
    table: ObjectName, alias: Name?, assignments: [Assignment], from: [TableReference],
    filter: Expression?, returning: [SelectItem]?, position: Int
  ) {
    self.table = table
    self.alias = alias
    self.assignments = assignments
    self.from = from
    self.filter = filter
    self.returning = returning
    self.position = position
  }
}

/// `DELETE FROM …`.
public struct DeleteStatement: Sendable {
  /// The table it is about.
  public var table: ObjectName
  /// The name it goes by here, if another.
  public var alias: Name?
  /// The tables in USING.
  public var using: [TableReference]
  /// The condition, if there is one.
  public var filter: Expression?
  /// FOR PORTION OF.
  public var portion: PortionClause?
  /// What RETURNING asks for.
  public var returning: [SelectItem]?
  /// Where it begins in the source text.
  public var position: Int
  /// A delete statement of known parts.
  public init(
    table: ObjectName, alias: Name?, using: [TableReference], filter: Expression?,
    returning: [SelectItem]?, position: Int
  ) {
    self.table = table
    self.alias = alias
    self.using = using
    self.filter = filter
    self.returning = returning
    self.position = position
  }
}
