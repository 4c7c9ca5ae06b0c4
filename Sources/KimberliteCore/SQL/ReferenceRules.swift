// SPDX-License-Identifier: Apache-2.0
// What a foreign key says beyond its columns. Written with names in the syntax tree and with ids in
// the catalog, so both are of one type.

/// What becomes of rows that refer to one that goes, or that takes another key.
public enum ReferentialAction<Column: Equatable & Sendable>: Equatable, Sendable {
  /// They must be gone, or refer to another, when the statement ends.
  case noAction
  /// They must not be there.
  case restrict
  /// They go too, or take the new key.
  case cascade
  /// These of their columns become NULL; empty: all of the key.
  case setNull([Column])
  /// These of their columns take their defaults; empty: all of the key.
  case setDefault([Column])

  fileprivate func map<Other, Failure: Error>(
    _ convert: ([Column]) throws(Failure) -> [Other]
  ) throws(Failure) -> ReferentialAction<Other> {
    switch self {
    case .noAction: .noAction
    case .restrict: .restrict
    case .cascade: .cascade
    case .setNull(let columns): .setNull(try convert(columns))
    case .setDefault(let columns): .setDefault(try convert(columns))
    }
  }
}

/// `MATCH …`, `ON DELETE …`, `ON UPDATE …` and when a foreign key is looked at.
public struct ReferenceRules<Column: Equatable & Sendable>: Equatable, Sendable {
  /// Whether a key is NULL as a whole or not at all.
  public var matchesFull = false
  /// When the row that is referred to goes.
  public var onDelete = ReferentialAction<Column>.noAction
  /// When it takes another key.
  public var onUpdate = ReferentialAction<Column>.noAction
  /// Whether a transaction may put the check off to its end.
  public var isDeferrable = false
  /// Whether it does unless told otherwise.
  public var isDeferred = false

  /// Rules with everything as SQL has it where nothing is said.
  public init() {}

  /// The same rules with columns called otherwise.
  func map<Other, Failure: Error>(
    _ convert: ([Column]) throws(Failure) -> [Other]
  ) throws(Failure) -> ReferenceRules<Other> {
    var rules = ReferenceRules<Other>()
    rules.matchesFull = matchesFull
    rules.onDelete = try onDelete.map(convert)
    rules.onUpdate = try onUpdate.map(convert)
    rules.isDeferrable = isDeferrable
    rules.isDeferred = isDeferred
    return rules
  }
}
