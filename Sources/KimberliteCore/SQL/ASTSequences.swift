// SPDX-License-Identifier: Apache-2.0
// The syntax tree of sequences, identity and generated columns.

/// The options of CREATE SEQUENCE, ALTER SEQUENCE and of an identity column; `nil`: not written.
public struct SequenceOptions: Sendable {
  /// A number, or NO where that may be said.
  public enum Bound: Sendable {
    case none
    case value(Int64)
  }
  /// What OWNED BY says.
  public enum Owner: Sendable {
    case none
    case column(table: ObjectName, Name)
  }
  /// AS.
  public var type: SQLType?
  /// INCREMENT BY.
  public var increment: Int64?
  /// MINVALUE.
  public var minimum: Bound?
  /// MAXVALUE.
  public var maximum: Bound?
  /// START WITH.
  public var start: Int64?
  /// RESTART WITH; `.none`: at its start.
  public var restart: Bound?
  /// CYCLE.
  public var cycles: Bool?
  /// OWNED BY.
  public var owner: Owner?
  /// SEQUENCE NAME, of an identity column.
  public var name: ObjectName?
  /// Where they begin in the source text.
  public var position: Int
  /// No options.
  public init(at position: Int) { self.position = position }
}

/// `CREATE SEQUENCE …`.
public struct CreateSequenceStatement: Sendable {
  /// Its name.
  public var name: ObjectName
  /// Whether it may be there already.
  public var ifNotExists: Bool
  /// How it counts.
  public var options: SequenceOptions
  /// A statement of known parts.
  public init(name: ObjectName, ifNotExists: Bool, options: SequenceOptions) {
    self.name = name
    self.ifNotExists = ifNotExists
    self.options = options
  }
}

/// `ALTER SEQUENCE …`.
public struct AlterSequenceStatement: Sendable {
  /// Its name.
  public var name: ObjectName
  /// Whether it may be missing.
  public var ifExists: Bool
  /// How it counts from now on.
  public var options: SequenceOptions
  /// A statement of known parts.
  public init(name: ObjectName, ifExists: Bool, options: SequenceOptions) {
    self.name = name
    self.ifExists = ifExists
    self.options = options
  }
}

/// What gives a column its value, in CREATE TABLE and ADD COLUMN.
public enum ColumnGeneration: Sendable {
  /// SERIAL and its like.
  case serial
  case identity(always: Bool, SequenceOptions)
  case expression(SourceExpression)
}

/// `OVERRIDING SYSTEM VALUE | USER VALUE`.
public enum Overriding: Sendable { case system, user }
