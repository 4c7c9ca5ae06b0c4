// SPDX-License-Identifier: Apache-2.0
// The syntax tree: what was written, nothing resolved. Positions are UTF-8 byte offsets into the
// source text, so that every later error can point at its cause.

/// One statement of a script.
public enum Statement: Sendable {
  case select(Query)
  case insert(InsertStatement)
  case update(UpdateStatement)
  case delete(DeleteStatement)
  case createTable(CreateTableStatement)
  case createIndex(CreateIndexStatement)
  case createStream(name: ObjectName, ifNotExists: Bool)
  case drop(DropStatement)
  case alterTable(AlterTableStatement)
  case begin
  case commit
  case rollback
  case explain(Query)
}

/// An identifier as resolved by the lexer: unquoted names are folded to lower case.
public struct Name: Sendable, Equatable {
  public var text: String
  public var position: Int
  public init(_ text: String, at position: Int) {
    self.text = text
    self.position = position
  }
}

/// `name` or `schema.name` (`kb.records`).
public struct ObjectName: Sendable, Equatable {
  public var schema: Name?
  public var name: Name
  public init(schema: Name?, name: Name) {
    self.schema = schema
    self.name = name
  }
}

/// `[WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …]`.
public struct Query: Sendable {
  public var with: [CommonTable] = []
  public var body: QueryBody
  public var orderBy: [OrderItem] = []
  public var limit: Expression?
  public var offset: Expression?
  public var position: Int
  public init(body: QueryBody, position: Int) {
    self.body = body
    self.position = position
  }
}

/// One `name [(columns)] AS (query)` of a WITH clause (not recursive).
public struct CommonTable: Sendable {
  public var name: Name
  public var columns: [Name]
  public var query: Query
  public init(name: Name, columns: [Name], query: Query) {
    self.name = name
    self.columns = columns
    self.query = query
  }
}

public indirect enum QueryBody: Sendable {
  case select(Select)
  case values([[Expression]], position: Int)
  case setOperation(SetOperator, all: Bool, left: Query, right: Query, position: Int)
}

public enum SetOperator: Sendable { case union, intersect, except }

/// SELECT … FROM … WHERE … GROUP BY … HAVING.
public struct Select: Sendable {
  public var distinct = false
  public var items: [SelectItem] = []
  public var from: [TableReference] = []
  public var filter: Expression?
  public var groupBy: [Expression] = []
  public var having: Expression?
  public var position: Int
  public init(position: Int) { self.position = position }
}

public enum SelectItem: Sendable {
  /// `*`
  case all(position: Int)
  /// `t.*`
  case allOf(Name)
  case expression(Expression, alias: Name?)
}

public struct OrderItem: Sendable {
  public var expression: Expression
  public var descending: Bool
  /// `nil`: PostgreSQL's default, nulls last ascending and first descending.
  public var nullsFirst: Bool?
  public init(expression: Expression, descending: Bool, nullsFirst: Bool?) {
    self.expression = expression
    self.descending = descending
    self.nullsFirst = nullsFirst
  }
}

public indirect enum TableReference: Sendable {
  case named(ObjectName, time: TimeClause?, alias: TableAlias?)
  case subquery(Query, alias: TableAlias?, position: Int)
  case join(JoinKind, left: TableReference, right: TableReference, JoinCondition, position: Int)
}

public struct TableAlias: Sendable {
  public var name: Name
  public var columns: [Name]
  public init(name: Name, columns: [Name] = []) {
    self.name = name
    self.columns = columns
  }
}

public enum JoinKind: Sendable { case inner, left, right, full, cross }

public enum JoinCondition: Sendable {
  case none
  case on(Expression)
  case using([Name])
  case natural
}

/// A moment: `AS OF TIMESTAMP e`, `AS OF OFFSET e`.
public enum Moment: Sendable {
  case timestamp(Expression)
  case offset(Expression)
}

/// The time travel of one table reference. SQL:2011 §7.6.
public enum TimeClause: Sendable {
  /// `[FOR SYSTEM_TIME] AS OF moment`
  case asOf(Moment, position: Int)
  /// `FOR SYSTEM_TIME BETWEEN a AND b`: versions valid at any time in [a, b].
  case between(Moment, Moment, position: Int)
  /// `FOR SYSTEM_TIME FROM a TO b`: versions valid at any time in [a, b).
  case fromTo(Moment, Moment, position: Int)
  /// `FOR SYSTEM_TIME ALL`
  case all(position: Int)
}

/// An expression and where it begins (for a binary operator: where the operator stands).
public struct Expression: Sendable {
  public var kind: Kind
  public var position: Int
  public init(_ kind: Kind, at position: Int) {
    self.kind = kind
    self.position = position
  }

  public indirect enum Kind: Sendable {
    case null
    case boolean(Bool)
    /// Digits as written; the binder chooses INTEGER, BIGINT or NUMERIC.
    case number(String)
    case string(String)
    /// `X'00ff'`
    case bytes([UInt8])
    /// `DATE '…'`, `INTERVAL '…'`, `TIMESTAMPTZ '…'`: a literal of a named type.
    case typed(SQLType, String)
    /// `$1` or `:name`; positional names are their digits.
    case parameter(String)
    /// `a`, `t.a`, `kb.records.a`
    case column([Name])
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    case isNull(Expression, negated: Bool)
    /// `IS [NOT] TRUE`, `IS [NOT] FALSE`
    case isTruth(Expression, Bool, negated: Bool)
    case isDistinct(Expression, Expression, negated: Bool)
    case between(Expression, low: Expression, high: Expression, negated: Bool)
    case inList(Expression, [Expression], negated: Bool)
    case inQuery(Expression, Query, negated: Bool)
    case like(Expression, pattern: Expression, escape: Expression?, LikeKind, negated: Bool)
    case exists(Query)
    case subquery(Query)
    /// `CASE [operand] WHEN … THEN … [ELSE …] END`
    case caseWhen(operand: Expression?, [(when: Expression, then: Expression)], otherwise: Expression?)
    case cast(Expression, SQLType)
    case call(FunctionCall)
  }
}

public enum UnaryOperator: Sendable { case not, minus, plus }

public enum BinaryOperator: String, Sendable {
  case or = "OR"
  case and = "AND"
  case equal = "="
  case notEqual = "<>"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case power = "^"
  case concatenate = "||"
  /// `->`: JSON member or element as JSON.
  case jsonMember = "->"
  /// `->>`: JSON member or element as text.
  case jsonText = "->>"
}

public enum LikeKind: Sendable { case like, ilike }

public struct FunctionCall: Sendable {
  public var name: Name
  public var arguments: [Expression]
  public var distinct: Bool
  /// `count(*)`
  public var star: Bool
  public var filter: Expression?
  public init(
    name: Name, arguments: [Expression], distinct: Bool = false, star: Bool = false,
    filter: Expression? = nil
  ) {
    self.name = name
    self.arguments = arguments
    self.distinct = distinct
    self.star = star
    self.filter = filter
  }
}

public struct InsertStatement: Sendable {
  public var table: ObjectName
  public var alias: Name?
  /// Empty: all columns in order.
  public var columns: [Name]
  public var source: InsertSource
  public var conflict: ConflictClause?
  /// `nil`: no RETURNING.
  public var returning: [SelectItem]?
  public var position: Int
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

public enum InsertSource: Sendable {
  case defaultValues
  /// A `nil` cell is the keyword DEFAULT.
  case values([[Expression?]])
  case query(Query)
}

/// `ON CONFLICT [(columns)] DO NOTHING | DO UPDATE SET … [WHERE …]`.
public struct ConflictClause: Sendable {
  public var columns: [Name]
  public var action: Action
  public var position: Int
  public enum Action: Sendable {
    case nothing
    case update([Assignment], filter: Expression?)
  }
  public init(columns: [Name], action: Action, position: Int) {
    self.columns = columns
    self.action = action
    self.position = position
  }
}

/// `column = value`; a `nil` value is the keyword DEFAULT.
public struct Assignment: Sendable {
  public var column: Name
  public var value: Expression?
  public init(column: Name, value: Expression?) {
    self.column = column
    self.value = value
  }
}

public struct UpdateStatement: Sendable {
  public var table: ObjectName
  public var alias: Name?
  public var assignments: [Assignment]
  public var from: [TableReference]
  public var filter: Expression?
  public var returning: [SelectItem]?
  public var position: Int
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

public struct DeleteStatement: Sendable {
  public var table: ObjectName
  public var alias: Name?
  public var using: [TableReference]
  public var filter: Expression?
  public var returning: [SelectItem]?
  public var position: Int
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

public struct CreateTableStatement: Sendable {
  public var name: ObjectName
  public var ifNotExists: Bool
  public var columns: [ColumnDefinition]
  public var constraints: [TableConstraint]
  public var position: Int
  public init(
    name: ObjectName, ifNotExists: Bool, columns: [ColumnDefinition],
    constraints: [TableConstraint], position: Int
  ) {
    self.name = name
    self.ifNotExists = ifNotExists
    self.columns = columns
    self.constraints = constraints
    self.position = position
  }
}

public struct ColumnDefinition: Sendable {
  public var name: Name
  public var type: SQLType
  public var notNull: Bool
  /// The expression and its source text, which is what the log keeps.
  public var defaultValue: SourceExpression?
  /// PRIMARY KEY, UNIQUE, CHECK and REFERENCES written on the column, as table constraints.
  public var constraints: [TableConstraint]
  public init(
    name: Name, type: SQLType, notNull: Bool, defaultValue: SourceExpression?,
    constraints: [TableConstraint]
  ) {
    self.name = name
    self.type = type
    self.notNull = notNull
    self.defaultValue = defaultValue
    self.constraints = constraints
  }
}

/// An expression together with its text, for CHECK and DEFAULT, which are stored as text.
public struct SourceExpression: Sendable {
  public var expression: Expression
  public var text: String
  public init(expression: Expression, text: String) {
    self.expression = expression
    self.text = text
  }
}

public struct TableConstraint: Sendable {
  public var name: Name?
  public var kind: Kind
  public var position: Int
  public enum Kind: Sendable {
    case primaryKey([Name])
    case unique([Name])
    case check(SourceExpression)
    /// `FOREIGN KEY (columns) REFERENCES table [(targets)]`; empty targets: its primary key.
    case foreignKey([Name], table: ObjectName, targets: [Name])
  }
  public init(name: Name?, kind: Kind, position: Int) {
    self.name = name
    self.kind = kind
    self.position = position
  }
}

public struct CreateIndexStatement: Sendable {
  /// `nil`: named by us, as PostgreSQL does (`patients_name_idx`).
  public var name: Name?
  public var ifNotExists: Bool
  public var unique: Bool
  public var table: ObjectName
  public var columns: [(name: Name, descending: Bool)]
  public var position: Int
  public init(
    name: Name?, ifNotExists: Bool, unique: Bool, table: ObjectName,
    columns: [(name: Name, descending: Bool)], position: Int
  ) {
    self.name = name
    self.ifNotExists = ifNotExists
    self.unique = unique
    self.table = table
    self.columns = columns
    self.position = position
  }
}

public struct DropStatement: Sendable {
  public enum Kind: Sendable { case table, index, stream }
  public var kind: Kind
  public var names: [ObjectName]
  public var ifExists: Bool
  public var position: Int
  public init(kind: Kind, names: [ObjectName], ifExists: Bool, position: Int) {
    self.kind = kind
    self.names = names
    self.ifExists = ifExists
    self.position = position
  }
}

public struct AlterTableStatement: Sendable {
  public var table: ObjectName
  public var action: Action
  public var position: Int
  public enum Action: Sendable {
    case addColumn(ColumnDefinition, ifNotExists: Bool)
    case dropColumn(Name, ifExists: Bool)
    case renameColumn(Name, to: Name)
    case renameTable(to: Name)
  }
  public init(table: ObjectName, action: Action, position: Int) {
    self.table = table
    self.action = action
    self.position = position
  }
}
