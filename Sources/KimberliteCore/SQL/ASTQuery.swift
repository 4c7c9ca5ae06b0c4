// SPDX-License-Identifier: Apache-2.0
// The syntax tree of what reads: queries, what stands in FROM, and the moments it is read at.

/// `[WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …]`.
public struct Query: Sendable {
  /// The common tables of WITH.
  public var with: [CommonTable] = []
  /// Whether RECURSIVE is written.
  public var isRecursive = false
  /// What is selected, without order and limit.
  public var body: QueryBody
  /// ORDER BY.
  public var orderBy: [OrderItem] = []
  /// LIMIT.
  public var limit: Expression?
  /// OFFSET.
  public var offset: Expression?
  /// The moment of all that it reads, where it stands in FROM and is followed by one.
  public var time: TimeClause?
  /// Whether FETCH … WITH TIES is written: what is equal to the last row counts as it.
  public var withTies = false
  /// Where it begins in the source text.
  public var position: Int
  /// A query of known parts.
  public init(body: QueryBody, position: Int) {
    self.body = body
    self.position = position
  }
}

/// One `name [(columns)] AS [[NOT] MATERIALIZED] (query)` of a WITH clause.
public struct CommonTable: Sendable {
  /// Its name.
  public var name: Name
  /// Its columns, in order.
  public var columns: [Name]
  /// Whether its rows are computed once and kept; `nil`: nobody said.
  public var isMaterialized: Bool?
  /// The query.
  public var query: Query
  /// A common table of known parts.
  public init(name: Name, columns: [Name], isMaterialized: Bool? = nil, query: Query) {
    self.name = name
    self.columns = columns
    self.isMaterialized = isMaterialized
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
  /// DISTINCT ON.
  public var distinctOn: [Expression] = []
  /// What is selected.
  public var items: [SelectItem] = []
  /// The tables in FROM.
  public var from: [TableReference] = []
  /// The condition, if there is one.
  public var filter: Expression?
  /// GROUP BY.
  public var groupBy: [GroupingElement] = []
  /// Whether GROUP BY DISTINCT is written: equal grouping sets count once.
  public var groupDistinct = false
  /// WINDOW, in order.
  public var windows: [(name: Name, window: WindowSpecification)] = []
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
  /// `LATERAL (query)`: it sees what stands to its left.
  case lateral(Query, alias: TableAlias?, position: Int)
  case function(TableFunction, alias: TableAlias?)
  case difference(TableDifference)
  /// A table and the instants of its period: `t FOR valid_time AS OF …`.
  case during(TableReference, PeriodClause)
  case join(JoinKind, left: TableReference, right: TableReference, JoinCondition, position: Int)
}

/// `DIFF OF t BETWEEN a AND b [AS alias]`: what became of the rows between two moments.
public struct TableDifference: Sendable {
  /// The table.
  public var table: ObjectName
  /// The moment before.
  public var from: Moment
  /// The moment after.
  public var to: Moment
  /// The name it goes by here.
  public var alias: TableAlias?
  /// Where it begins in the source text.
  public var position: Int
  /// A difference of known parts.
  public init(
    table: ObjectName, from: Moment, to: Moment, alias: TableAlias?, position: Int
  ) {
    self.table = table
    self.from = from
    self.to = to
    self.alias = alias
    self.position = position
  }
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
