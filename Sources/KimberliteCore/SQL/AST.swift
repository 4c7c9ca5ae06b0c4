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
  case createHold(CreateHoldStatement)
  /// `RELEASE HOLD 'matter' [ON table]`; `nil`: on every table.
  case releaseHold(TextLiteral, table: ObjectName?)
  case alterLog(AlterLogStatement)
  case begin
  case commit
  case rollback
  case explain(Query)
}

/// An identifier as resolved by the lexer: unquoted names are folded to lower case.
public struct Name: Sendable, Equatable {
  /// The text.
  public var text: String
  /// Where it begins in the source text.
  public var position: Int
  /// Whether it is written in double quotes.
  public var isQuoted: Bool
  /// A name of known parts.
  public init(_ text: String, at position: Int, isQuoted: Bool = false) {
    self.text = text
    self.position = position
    self.isQuoted = isQuoted
  }
}

/// `name` or `schema.name` (`kb.records`).
public struct ObjectName: Sendable, Equatable {
  /// The schema, where one is written.
  public var schema: Name?
  /// Its name.
  public var name: Name
  /// An object name of known parts.
  public init(schema: Name?, name: Name) {
    self.schema = schema
    self.name = name
  }
}

/// `[WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …]`.
public struct Query: Sendable {
  /// The common tables of WITH.
  public var with: [CommonTable] = []
  /// What is selected, without order and limit.
  public var body: QueryBody
  /// ORDER BY.
  public var orderBy: [OrderItem] = []
  /// LIMIT.
  public var limit: Expression?
  /// OFFSET.
  public var offset: Expression?
  /// Where it begins in the source text.
  public var position: Int
  /// A query of known parts.
  public init(body: QueryBody, position: Int) {
    self.body = body
    self.position = position
  }
}

/// One `name [(columns)] AS (query)` of a WITH clause (not recursive).
public struct CommonTable: Sendable {
  /// Its name.
  public var name: Name
  /// Its columns, in order.
  public var columns: [Name]
  /// The query.
  public var query: Query
  /// A common table of known parts.
  public init(name: Name, columns: [Name], query: Query) {
    self.name = name
    self.columns = columns
    self.query = query
  }
}

/// A query without WITH, order and limit.
public indirect enum QueryBody: Sendable {
  case select(Select)
  case values([[Expression]], position: Int)
  case setOperation(SetOperator, all: Bool, left: Query, right: Query, position: Int)
}

/// What joins two queries into one.
public enum SetOperator: Sendable { case union, intersect, except }

/// SELECT … FROM … WHERE … GROUP BY … HAVING.
public struct Select: Sendable {
  /// Whether DISTINCT is written.
  public var distinct = false
  /// What is selected.
  public var items: [SelectItem] = []
  /// The tables in FROM.
  public var from: [TableReference] = []
  /// The condition, if there is one.
  public var filter: Expression?
  /// GROUP BY.
  public var groupBy: [Expression] = []
  /// HAVING.
  public var having: Expression?
  /// Where it begins in the source text.
  public var position: Int
  /// A select of known parts.
  public init(position: Int) { self.position = position }
}

/// One item of a SELECT list.
public enum SelectItem: Sendable {
  /// `*`
  case all(position: Int)
  /// `t.*`
  case allOf(Name)
  case expression(Expression, alias: Name?)
}

/// One item of ORDER BY.
public struct OrderItem: Sendable {
  /// The expression.
  public var expression: Expression
  /// Whether the greatest come first.
  public var descending: Bool
  /// `nil`: PostgreSQL's default, nulls last ascending and first descending.
  public var nullsFirst: Bool?
  /// An order item of known parts.
  public init(expression: Expression, descending: Bool, nullsFirst: Bool?) {
    self.expression = expression
    self.descending = descending
    self.nullsFirst = nullsFirst
  }
}

/// What stands in FROM.
public indirect enum TableReference: Sendable {
  case named(ObjectName, time: TimeClause?, alias: TableAlias?)
  case subquery(Query, alias: TableAlias?, position: Int)
  case join(JoinKind, left: TableReference, right: TableReference, JoinCondition, position: Int)
}

/// `AS t (a, b)`.
public struct TableAlias: Sendable {
  /// Its name.
  public var name: Name
  /// Its columns, in order.
  public var columns: [Name]
  /// A table alias of known parts.
  public init(name: Name, columns: [Name] = []) {
    self.name = name
    self.columns = columns
  }
}

/// Which rows without a partner a join keeps.
public enum JoinKind: Sendable { case inner, left, right, full, cross }

/// What a join joins by.
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

/// The time travel of one table reference.
///
/// SQL:2011 §7.6.
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
  /// What kind it is.
  public var kind: Kind
  /// Where it begins in the source text.
  public var position: Int
  /// An expression of known parts.
  public init(_ kind: Kind, at position: Int) {
    self.kind = kind
    self.position = position
  }

  /// What kinds there are.
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
    case caseWhen(
      operand: Expression?, [(when: Expression, then: Expression)], otherwise: Expression?)
    case cast(Expression, SQLType)
    case call(FunctionCall)
  }
}

/// An operator before its operand.
public enum UnaryOperator: Sendable { case not, minus, plus }

/// An operator between two operands, by its symbol.
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

/// LIKE, or ILIKE, which ignores case.
public enum LikeKind: Sendable { case like, ilike }

/// `f(…)`, a function or an aggregate.
public struct FunctionCall: Sendable {
  /// Its name.
  public var name: Name
  /// The arguments, in order.
  public var arguments: [Expression]
  /// Whether DISTINCT is written.
  public var distinct: Bool
  /// Whether it is `count(*)`.
  public var star: Bool
  /// The condition, if there is one.
  public var filter: Expression?
  /// A function call of known parts.
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

/// `INSERT INTO …`.
public struct InsertStatement: Sendable {
  /// The table it is about.
  public var table: ObjectName
  /// The name it goes by here, if another.
  public var alias: Name?
  /// Empty: all columns in order.
  public var columns: [Name]
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

/// `ON CONFLICT [(columns)] DO NOTHING | DO UPDATE SET … [WHERE …]`.
public struct ConflictClause: Sendable {
  /// Its columns, in order.
  public var columns: [Name]
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

/// `CREATE TABLE …`.
public struct CreateTableStatement: Sendable {
  /// Its name.
  public var name: ObjectName
  /// Whether it may be there already.
  public var ifNotExists: Bool
  /// Its columns, in order.
  public var columns: [ColumnDefinition]
  /// What its rows must keep.
  public var constraints: [TableConstraint]
  /// Where it begins in the source text.
  public var position: Int
  /// A create table statement of known parts.
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

/// A column of CREATE TABLE or ADD COLUMN.
public struct ColumnDefinition: Sendable {
  /// Its name.
  public var name: Name
  /// Its type.
  public var type: SQLType
  /// Whether NULL is refused.
  public var notNull: Bool
  /// The expression and its source text, which is what the log keeps.
  public var defaultValue: SourceExpression?
  /// PRIMARY KEY, UNIQUE, CHECK and REFERENCES written on the column, as table constraints.
  public var constraints: [TableConstraint]
  /// Whether it is declared PERSONAL.
  public var personal: Bool
  /// A column definition of known parts.
  public init(
    name: Name, type: SQLType, notNull: Bool, defaultValue: SourceExpression?,
    constraints: [TableConstraint], personal: Bool = false
  ) {
    self.name = name
    self.type = type
    self.personal = personal
    self.notNull = notNull
    self.defaultValue = defaultValue
    self.constraints = constraints
  }
}

/// An expression together with its text, for CHECK and DEFAULT, which are stored as text.
public struct SourceExpression: Sendable {
  /// The expression.
  public var expression: Expression
  /// The text.
  public var text: String
  /// A source expression of known parts.
  public init(expression: Expression, text: String) {
    self.expression = expression
    self.text = text
  }
}

/// A constraint on a column or on the table.
public struct TableConstraint: Sendable {
  /// Its name.
  public var name: Name?
  /// What kind it is.
  public var kind: Kind
  /// Where it begins in the source text.
  public var position: Int
  /// What kinds there are.
  public enum Kind: Sendable {
    case primaryKey([Name])
    case unique([Name])
    case check(SourceExpression)
    /// `FOREIGN KEY (columns) REFERENCES table [(targets)]`; empty targets: its primary key.
    case foreignKey([Name], table: ObjectName, targets: [Name])
    /// `SUBJECT KEY (column)`: whose a row is.
    case subjectKey(Name)
  }
  /// A table constraint of known parts.
  public init(name: Name?, kind: Kind, position: Int) {
    self.name = name
    self.kind = kind
    self.position = position
  }
}

/// `CREATE [UNIQUE] INDEX …`.
public struct CreateIndexStatement: Sendable {
  /// `nil`: named by us, as PostgreSQL does (`patients_name_idx`).
  public var name: Name?
  /// Whether it may be there already.
  public var ifNotExists: Bool
  /// Whether a key may be there once only.
  public var unique: Bool
  /// The table it is about.
  public var table: ObjectName
  /// Its columns, in order.
  public var columns: [(name: Name, descending: Bool)]
  /// Where it begins in the source text.
  public var position: Int
  /// A create index statement of known parts.
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

/// `DROP TABLE | INDEX | STREAM …`.
public struct DropStatement: Sendable {
  /// What kinds there are.
  public enum Kind: Sendable { case table, index, stream }
  /// What kind it is.
  public var kind: Kind
  /// What is dropped.
  public var names: [ObjectName]
  /// Whether it may be missing.
  public var ifExists: Bool
  /// Where it begins in the source text.
  public var position: Int
  /// A drop statement of known parts.
  public init(kind: Kind, names: [ObjectName], ifExists: Bool, position: Int) {
    self.kind = kind
    self.names = names
    self.ifExists = ifExists
    self.position = position
  }
}

/// `ALTER TABLE …`.
public struct AlterTableStatement: Sendable {
  /// The table it is about.
  public var table: ObjectName
  /// What is done.
  public var action: Action
  /// Where it begins in the source text.
  public var position: Int
  /// What can be done.
  public enum Action: Sendable {
    case addColumn(ColumnDefinition, ifNotExists: Bool)
    case dropColumn(Name, ifExists: Bool)
    case renameColumn(Name, to: Name)
    case renameTable(to: Name)
    case setRetention(RetentionClause)
    case dropRetention(position: Int)
  }
  /// An alter table statement of known parts.
  public init(table: ObjectName, action: Action, position: Int) {
    self.table = table
    self.action = action
    self.position = position
  }
}
