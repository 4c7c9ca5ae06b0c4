// SPDX-License-Identifier: Apache-2.0
// The syntax tree of GROUP BY.

/// One element of GROUP BY: each stands for grouping sets, and several for all their combinations.
public indirect enum GroupingElement: Sendable {
  case expression(Expression)
  /// `(a, b)`: one set, or one step of ROLLUP and CUBE; `()` groups all rows.
  case list([Expression])
  case rollup([[Expression]])
  case cube([[Expression]], position: Int)
  /// `GROUPING SETS (…)`
  case sets([GroupingElement])

  /// All expressions in it.
  var expressions: [Expression] {
    switch self {
    case .expression(let expression): [expression]
    case .list(let list): list
    case .rollup(let steps), .cube(let steps, _): steps.flatMap { $0 }
    case .sets(let elements): elements.flatMap(\.expressions)
    }
  }
}
