// SPDX-License-Identifier: Apache-2.0
// Foreign keys that are looked at when the transaction ends.

internal import KimberliteCore

/// What is left to look at in a transaction, and what it put off.
struct DeferredChecks {
  /// A question about one row.
  struct Check {
    let constraint: ConstraintKey
    let question: Question
  }
  enum Question {
    /// Is there what this row refers to?
    case refers([Value])
    /// Is nothing left that refers to this key?
    case isLeft([Value])
  }

  private(set) var checks: [Check] = []
  /// What SET CONSTRAINTS ALL said last.
  private var all: Bool?
  /// What SET CONSTRAINTS said of single ones since.
  private var chosen: [ConstraintKey: Bool] = [:]

  /// Whether a foreign key is to be looked at later.
  func defers(_ reference: Reference) -> Bool {
    reference.rules.isDeferrable
      && (chosen[reference.key] ?? all ?? reference.rules.isDeferred)
  }

  mutating func append(_ question: Question, about reference: Reference) {
    checks.append(Check(constraint: reference.key, question: question))
  }

  /// Puts constraints off, or takes them out of what was put off; `nil`: all.
  ///
  /// Answers what has to be looked at now.
  mutating func set(_ constraints: [ConstraintKey]?, areDeferred: Bool) -> [Check] {
    if let constraints {
      for constraint in constraints { chosen[constraint] = areDeferred }
    } else {
      all = areDeferred
      chosen = [:]
    }
    if areDeferred { return [] }
    return take { constraints?.contains($0.constraint) ?? true }
  }

  /// Takes out what meets a condition.
  mutating func take(where isMeant: (Check) -> Bool = { _ in true }) -> [Check] {
    let taken = checks.filter(isMeant)
    checks.removeAll(where: isMeant)
    return taken
  }
}

extension Writer {
  /// Looks at what was put off.
  func look(at checks: [DeferredChecks.Check]) throws(SQLError) {
    for check in checks {
      // A table that is gone has no row that could be wrong.
      guard let table = view.catalog.table(check.constraint.table) else { continue }
      let constraints = try constraints(table)
      guard
        let reference = constraints.references.first(where: { $0.name == check.constraint.name })
      else { continue }
      switch check.question {
      case .refers(let row):
        // What came behind it was looked at for itself.
        if try constraints.live(row) == row { try reference.check(row) }
      case .isLeft(let key):
        if try !reference.hasTarget(key) { try reference.refuse(rowsReferringTo: key) }
      }
    }
  }

  /// `SET CONSTRAINTS`; no names: all.
  func setConstraints(_ names: [Name], areDeferred: Bool) throws(SQLError) {
    var keys: [ConstraintKey] = []
    for name in names {
      let named = view.catalog.tables.flatMap { table in
        table.constraints.filter { $0.name == name.text }.map { (table, $0) }
      }
      if named.isEmpty {
        throw SQLError(
          .undefinedObject, "constraint \"\(name.text)\" does not exist", at: name.position,
          hint: nearestHint(
            to: name.text, among: view.catalog.tables.flatMap { $0.constraints.map(\.name) }))
      }
      for (table, constraint) in named {
        guard case .foreignKey(_, _, _, let rules) = constraint.kind, rules.isDeferrable else {
          throw SQLError(
            .wrongObjectType, "constraint \"\(name.text)\" is not deferrable", at: name.position)
        }
        keys.append(ConstraintKey(table: table.id, name: constraint.name))
      }
    }
    try look(at: deferred.set(names.isEmpty ? nil : keys, areDeferred: areDeferred))
  }

  /// Refuses a change of a table whose rows, or whose key, are still to be looked at.
  func requireNothingDeferred(about changed: (ObjectID) -> Bool) throws(SQLError) {
    for check in deferred.checks {
      guard let table = view.catalog.table(check.constraint.table),
        let constraint = table.constraints.first(where: { $0.name == check.constraint.name }),
        case .foreignKey(_, let target, _, _) = constraint.kind
      else { continue }
      for id in [table.id, target] where changed(id) {
        let name = view.catalog.table(id)?.name ?? table.name
        throw SQLError(
          .objectInUse,
          "cannot change table \"\(name)\" because foreign keys of it are still to be checked",
          hint: "SET CONSTRAINTS ALL IMMEDIATE checks them")
      }
    }
  }
}
