// SPDX-License-Identifier: Apache-2.0
// FOR PORTION OF: a row of which a part is changed or deleted leaves the rest of itself behind, as
// rows of the same values before and behind the portion. SQL:2011 §14.9, §14.14.

internal import KimberliteCore

extension StatementRunner {
  /// What an UPDATE of a portion is to do.
  func effects(_ plan: UpdatePlan, of period: (from: Int, to: Int)) throws(SQLError) -> Effects {
    let width = plan.table.columns.count
    var changes: [RowChange] = []
    var news: [[Value]] = []
    for row in try found(plan.source, plan.table) {
      let old = Array(row[..<width])
      let new = Array(row[width..<2 * width])
      let rest = Self.rest(of: old, period, row.suffix(2))
      // The part before the portion is the row itself, which ends sooner: its key is the same.
      if let before = rest.before {
        changes.append(RowChange(table: plan.table, old: old, new: before))
        changes.append(RowChange(table: plan.table, old: nil, new: new))
      } else {
        changes.append(RowChange(table: plan.table, old: old, new: new))
      }
      if let behind = rest.behind {
        changes.append(RowChange(table: plan.table, old: nil, new: behind))
      }
      news.append(Array(row[width...].dropLast(2)))
    }
    return Effects(changes: changes, returned: try returned(plan.returning, news))
  }

  /// What a DELETE of a portion of rows is to do.
  func effects(
    _ plan: DeletePlan, of period: (from: Int, to: Int), _ rows: [[Value]]
  ) throws(SQLError) -> Effects {
    let width = plan.table.columns.count
    var changes: [RowChange] = []
    for row in rows {
      let old = Array(row[..<width])
      let rest = Self.rest(of: old, period, row.suffix(2))
      changes.append(RowChange(table: plan.table, old: old, new: rest.before ?? rest.behind))
      if rest.before != nil, let behind = rest.behind {
        changes.append(RowChange(table: plan.table, old: nil, new: behind))
      }
    }
    return Effects(
      changes: changes, returned: try returned(plan.returning, rows.map { Array($0.dropLast(2)) }))
  }

  /// The parts of a row before and behind a portion, where there are any.
  private static func rest(
    of row: [Value], _ period: (from: Int, to: Int), _ portion: ArraySlice<Value>
  ) -> (before: [Value]?, behind: [Value]?) {
    guard case .integer(let from) = row[period.from], case .integer(let to) = row[period.to],
      case .integer(let first)? = portion.first, case .integer(let last)? = portion.last
    else { preconditionFailure("periods are of numbers, and never NULL") }
    var (before, behind) = (row, row)
    before[period.to] = .integer(first)
    behind[period.from] = .integer(last)
    return (from < first ? before : nil, last < to ? behind : nil)
  }
}
