// SPDX-License-Identifier: Apache-2.0
// What an expression is made of: the one place that knows the parts of every kind.

extension Expression {
  /// The expressions that it is directly made of, in the order of the text; queries aside.
  var parts: [Expression] {
    switch kind {
    case .null, .boolean, .number, .string, .bytes, .typed, .parameter, .column, .exists, .subquery,
      .arrayQuery:
      []
    case .unary(_, let a), .isNull(let a, _), .isTruth(let a, _, _), .cast(let a, _),
      .inQuery(let a, _, _), .arrayCast(let a, _), .collate(let a, _),
      .quantified(let a, _, _, .query):
      [a]
    case .binary(_, let a, let b), .isDistinct(let a, let b, _),
      .quantified(let a, _, _, .elements(let b)):
      [a, b]
    case .between(let a, let low, let high, _), .betweenSymmetric(let a, let low, let high, _):
      [a, low, high]
    case .inList(let a, let list, _): [a] + list
    case .row(let list), .array(let list): list
    case .like(let a, let pattern, let escape, _, _): [a, pattern] + (escape.map { [$0] } ?? [])
    case .caseWhen(let operand, let branches, let otherwise):
      (operand.map { [$0] } ?? []) + branches.flatMap { [$0.when, $0.then] }
        + (otherwise.map { [$0] } ?? [])
    case .call(let call): call.parts
    }
  }

  /// The queries in it, wherever they stand; not those inside of these.
  var queries: [Query] {
    let own: [Query] =
      switch kind {
      case .exists(let query), .subquery(let query), .arrayQuery(let query),
        .inQuery(_, let query, _), .quantified(_, _, _, .query(let query)):
        [query]
      default: []
      }
    return own + parts.flatMap(\.queries)
  }

  /// Every column that the expression names, subqueries aside.
  var columnPaths: [[Name]] {
    if case .column(let path) = kind { return [path] }
    return parts.flatMap(\.columnPaths)
  }
}

extension FunctionCall {
  fileprivate var parts: [Expression] {
    var parts = arguments + orderBy.map(\.expression)
    if let filter { parts.append(filter) }
    if case .specification(let window) = over {
      parts += window.partitionBy + window.orderBy.map(\.expression)
      for case .some(let bound) in [window.frame?.start, window.frame?.end] {
        switch bound {
        case .preceding(let offset), .following(let offset): parts.append(offset)
        case .unboundedPreceding, .currentRow, .unboundedFollowing: break
        }
      }
    }
    return parts
  }
}
