// SPDX-License-Identifier: Apache-2.0
// The SQL/JSON path language of PostgreSQL 15: what a path is made of. PostgreSQL manual, "The
// SQL/JSON Path Language"; ISO/IEC 19075-6.

/// A path, parsed.
struct JSONPath: Sendable {
  /// Whether arrays are unwrapped and wrapped as needed, and what is not there is passed over.
  var isLax: Bool
  var expression: JSONPathExpression
}

/// What yields any number of items.
indirect enum JSONPathExpression: Sendable {
  /// Where it begins, and what is done to it one after the other.
  case chain(JSONPathStart, [JSONPathStep])
  case arithmetic(JSONPathOperator, JSONPathExpression, JSONPathExpression)
  case sign(isNegative: Bool, JSONPathExpression)
  /// A condition as a value.
  case predicate(JSONPathPredicate)
}

/// Where a chain begins.
enum JSONPathStart: Sendable {
  /// `$`
  case root
  /// `@`
  case current
  /// `last`
  case last
  case literal(JSONValue)
  /// `$name`
  case variable(String)
  /// `( … )`
  case inner(JSONPathExpression)
}

/// One step of a chain.
enum JSONPathStep: Sendable {
  /// `.key`
  case member(String)
  /// `.*`
  case anyMember
  /// `[*]`
  case anyElement
  /// `[a, b to c]`
  case elements([(from: JSONPathExpression, to: JSONPathExpression?)])
  /// `.**{first to last}`; `nil` is `last`, the level of what has nothing below.
  case descendants(first: Int?, last: Int?)
  /// `? ( … )`
  case filter(JSONPathPredicate)
  case method(JSONPathMethod)
}

/// `.type()` and its like.
enum JSONPathMethod: String, Sendable, CaseIterable {
  case type, size, double, ceiling, floor, abs, keyvalue, datetime
}

/// An operator of arithmetic.
enum JSONPathOperator: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
}

/// A condition: true, false or unknown.
indirect enum JSONPathPredicate: Sendable {
  case and(JSONPathPredicate, JSONPathPredicate)
  case or(JSONPathPredicate, JSONPathPredicate)
  case not(JSONPathPredicate)
  case isUnknown(JSONPathPredicate)
  case exists(JSONPathExpression)
  case comparison(JSONPathComparison, JSONPathExpression, JSONPathExpression)
  /// The right side is a string or a variable.
  case startsWith(JSONPathExpression, JSONPathStart)
}

/// An operator of comparison.
enum JSONPathComparison: String, Sendable {
  case equal = "=="
  case notEqual = "<>"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="

  /// Whether it holds of an order: -1, 0 or 1.
  func holds(_ order: Int) -> Bool {
    switch self {
    case .equal: order == 0
    case .notEqual: order != 0
    case .less: order < 0
    case .lessOrEqual: order <= 0
    case .greater: order > 0
    case .greaterOrEqual: order >= 0
    }
  }
}
