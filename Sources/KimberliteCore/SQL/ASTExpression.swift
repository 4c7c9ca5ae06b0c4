// SPDX-License-Identifier: Apache-2.0
// The syntax tree of expressions.

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
    /// `BETWEEN SYMMETRIC`: the bounds in either order.
    case betweenSymmetric(Expression, Expression, Expression, negated: Bool)
    case inList(Expression, [Expression], negated: Bool)
    case inQuery(Expression, Query, negated: Bool)
    /// LIKE and its like, as words and as operators.
    case like(Expression, pattern: Expression, escape: Expression?, LikeKind, negated: Bool)
    case exists(Query)
    case subquery(Query)
    /// `CASE [operand] WHEN … THEN … [ELSE …] END`
    case caseWhen(
      operand: Expression?, [(when: Expression, then: Expression)], otherwise: Expression?)
    case cast(Expression, SQLType)
    case call(FunctionCall)
    /// `(a, b)` and `ROW(a, b)`: stands where rows are compared.
    case row([Expression])
    /// `ARRAY[a, b]`.
    case array([Expression])
    /// `ARRAY(query)`.
    case arrayQuery(Query)
    /// `x::type[]` of what is not written out: an array whose elements are of a type.
    case arrayCast(Expression, SQLType)
    /// `x COLLATE name`.
    case collate(Expression, Name)
    /// `x op ANY (…)`, `x op ALL (…)`.
    case quantified(Expression, QuantifiedOperator, all: Bool, QuantifiedSet)
  }
}

/// What is asked of each element behind ANY and ALL.
public enum QuantifiedOperator: Sendable {
  case binary(BinaryOperator)
  case like(LikeKind, negated: Bool)
}

/// What ANY and ALL range over.
public enum QuantifiedSet: Sendable {
  case query(Query)
  /// An array.
  case elements(Expression)
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
  /// `^@`: begins with.
  case startsWith = "^@"
  /// `->`: JSON member or element as JSON.
  case jsonMember = "->"
  /// `->>`: JSON member or element as text.
  case jsonText = "->>"
  /// `#>`: what a path leads to, as JSON.
  case jsonPath = "#>"
  /// `#>>`: what a path leads to, as text.
  case jsonPathText = "#>>"
  /// `@>`: whether JSONB contains another.
  case contains = "@>"
  case containedBy = "<@"
  /// `?`: whether a text is a key or a string element of JSONB.
  case hasKey = "?"
  case hasAnyKey = "?|"
  case hasAllKeys = "?&"
  /// `#-`: JSONB without what a path leads to.
  case deletePath = "#-"
  /// `@?`: whether a JSON path finds anything.
  case pathExists = "@?"
  /// `@@`: what a JSON path says as a condition.
  case match = "@@"
}

/// How a pattern is read.
public enum LikeKind: Sendable {
  /// LIKE, `~~`.
  case like
  /// ILIKE, `~~*`, which ignores case.
  case ilike
  /// SIMILAR TO.
  case similar
  /// `~`: a regular expression.
  case regex
  /// `~*`: a regular expression that ignores case.
  case iregex
  /// MATCH: a search for words.
  case match
}

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
  /// ORDER BY among the arguments, or of WITHIN GROUP.
  public var orderBy: [OrderItem] = []
  /// Whether `orderBy` stands in WITHIN GROUP.
  public var withinGroup = false
  /// OVER.
  public var over: WindowReference?
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
