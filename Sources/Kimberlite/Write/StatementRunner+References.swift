// SPDX-License-Identifier: Apache-2.0
// Foreign keys, once a statement's rows are in: what refers to rows that went follows them, or
// forbids it, and what new rows refer to must be there. In the order in which PostgreSQL's triggers
// look at it: first come, first served, and what an action changes comes last.

internal import KimberliteCore

/// A row that was added, changed or ended.
struct RowChange {
  let table: Table
  /// `nil`: the row is new.
  let old: [Value]?
  /// `nil`: the row is gone.
  let new: [Value]?
}

extension StatementRunner {
  /// Follows references from and to rows that were changed.
  ///
  /// `isOneStatement`: not by several parts, one of which may have put right what another did.
  func settle(_ changes: [RowChange], isOneStatement: Bool = true) throws(SQLError) {
    var queue = changes
    var next = 0
    while next < queue.count {
      let change = queue[next]
      let constraints = try writer.constraints(change.table)
      if let old = change.old {
        for reference in constraints.dependents {
          queue += try follow(reference, old, change.new)
        }
      }
      if let new = change.new {
        // A row whose reference stays was looked at when it came, unless that is put off, or the
        // same statement has changed it before.
        let isFirst = isOneStatement && next < changes.count
        for reference in constraints.references {
          if isFirst, !reference.rules.isDeferrable, let old = change.old,
            reference.columns.allSatisfy({ old[$0] == new[$0] })
          {
            continue
          }
          if writer.deferred.defers(reference) {
            writer.deferred.append(.refers(new), about: reference)
            continue
          }
          do { try reference.check(new) } catch {
            // It may be gone, or refer to another row, by now.
            if try constraints.live(new) == new { throw error }
          }
        }
      }
      next += 1
    }
  }

  /// What has to happen to rows that refer to one that went or was changed.
  private func follow(
    _ reference: Reference, _ old: [Value], _ new: [Value]?
  ) throws(SQLError) -> [RowChange] {
    let key = reference.targets.map { old[$0] }
    if key.contains(.null) { return [] }
    let newKey = new.map { new in reference.targets.map { new[$0] } }
    if newKey == key { return [] }
    switch reference.action(deletes: new == nil) {
    case .restrict: try reference.refuse(rowsReferringTo: key)
    case .noAction: try require(reference, nothingRefersTo: key)
    case .cascade, .setNull:
      return try act(reference, key, newKey)
    case .setDefault:
      let changes = try act(reference, key, newKey)
      // The default may be the very key that went.
      try require(reference, nothingRefersTo: key)
      return changes
    }
    return []
  }

  private func require(_ reference: Reference, nothingRefersTo key: [Value]) throws(SQLError) {
    if writer.deferred.defers(reference) {
      writer.deferred.append(.isLeft(key), about: reference)
    } else if try !reference.hasTarget(key) {
      try reference.refuse(rowsReferringTo: key)
    }
  }

  private func act(
    _ reference: Reference, _ old: [Value], _ new: [Value]?
  ) throws(SQLError) -> [RowChange] {
    let action = try reference.act(deletes: new == nil, writer)
    var values: [String: Value] = [:]
    for (place, value) in old.enumerated() { values["old\(place)"] = value }
    for (place, value) in (new ?? []).enumerated() { values["new\(place)"] = value }
    let runner = StatementRunner(writer, draft, programs: action.programs, values: values)
    return try runner.apply(runner.effects(of: action.plan).changes)
  }
}
