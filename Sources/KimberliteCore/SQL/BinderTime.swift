// SPDX-License-Identifier: Apache-2.0
// Time travel: from a time clause to the offsets it means, and to the predicate that picks the
// versions. A question about a time that has no answer is an error, never an empty result.

/// The versions that a table reference reads.
enum Reach {
  case present
  /// The state after the record at an offset.
  case at(UInt64)
  /// Versions valid at any time from the state at `first` (-1: before any record) to the state at
  /// `last`.
  case range(first: Int64, last: Int64)
  case all

  /// The predicate on a versioned storage table.
  var rowFilter: String? {
    switch self {
    case .present: "\"_live\" = 1"
    case .at(let offset):
      "\"_live\" IN (0, 1) AND \"_to\" > \(VersionEnd.stored(Int64(offset))) AND \"_from\" <= \(offset)"
    // From a moment to itself, which is not part of it.
    case .range(let first, let last) where first > last: "0"
    case .range(let first, let last):
      "\"_live\" IN (0, 1) AND \"_from\" <= \(last) AND \"_to\" > \(VersionEnd.stored(first))"
    case .all: nil
    }
  }

  /// Whether versions of several moments are read.
  var isHistory: Bool {
    switch self {
    case .present, .at: false
    case .range, .all: true
    }
  }

  /// The predicate of the present for a query that reads all live rows anyway.
  ///
  /// They are the end of the tree. Without an upper bound SQLite just reads to there; with one it
  /// compares each row with it, a sixth of the time that a plain scan takes.
  static let everyLiveRow = "\"_live\" >= 1"

  /// The predicate on something that is only ever added to, by the offset that added it.
  func logFilter(_ column: String) -> String? {
    switch self {
    case .present, .all: nil
    case .at(let offset): "\(column) <= \(offset)"
    case .range(_, let last): "\(column) <= \(last)"
    }
  }

  /// The offset whose catalog describes what is read: the end of it; `nil`: the binder's own.
  var catalogOffset: UInt64? {
    switch self {
    case .at(let offset): offset
    case .range(_, let last): UInt64(max(0, last))
    case .present, .all: nil
    }
  }

  /// What ended the versions that are read, seen from where they are read: what is read as of a
  /// moment had not ended by then.
  var endOffset: String {
    switch self {
    case .present, .at: "NULL"
    case .range, .all: VersionEnd.offset
    }
  }
}

extension Binding {
  /// What a table reference with or without a time clause reads.
  mutating func reach(_ clause: TimeClause?) throws(SQLError) -> Reach {
    switch clause {
    case nil:
      if let inheritedReach { return inheritedReach }
      guard let moment = binder.moment else { return .present }
      try requireRecorded(moment, at: nil)
      return .at(moment)
    case .asOf(let moment, let position):
      return .at(UInt64(try self.offset(of: moment, orBefore: nil, at: position)))
    case .between(let low, let high, let position):
      return try range(
        try offset(of: low, orBefore: -1, at: position),
        try offset(of: high, orBefore: nil, at: position), at: position)
    case .fromTo(let low, let high, let position):
      let end = try offset(of: high, orBefore: nil, exclusive: true, at: position)
      return try range(
        try offset(of: low, orBefore: -1, at: position), end, at: position, isHalfOpen: true)
    case .all: return .all
    }
  }

  func range(_ first: Int64, _ last: Int64, at position: Int, isHalfOpen: Bool = false)
    throws(SQLError) -> Reach
  {
    if first > last + (isHalfOpen ? 1 : 0) {
      throw SQLError(
        .invalidParameterValue, "the range of time ends before it begins", at: position)
    }
    return .range(first: first, last: last)
  }

  private func requireRecorded(_ offset: UInt64, at position: Int?) throws(SQLError) {
    guard let newest = binder.timeline.newest else {
      throw SQLError(.snapshotOutOfRange, "the log has no record yet", at: position)
    }
    if offset > newest {
      throw SQLError(
        .snapshotOutOfRange, "offset \(offset) is not in the log yet", at: position,
        hint: "the newest offset is \(newest)")
    }
  }

  /// The offset that a moment means.
  ///
  /// `orBefore` is the answer for a timestamp before the first
  /// record; without it that is an error. `exclusive`: the last offset before the moment.
  mutating func offset(
    of moment: Moment, orBefore: Int64?, exclusive: Bool = false, at position: Int
  ) throws(SQLError) -> Int64 {
    switch moment {
    case .offset(let expression):
      let value = try constant(expression, as: .bigint)
      guard case .integer(let number) = value, number >= 0 else {
        throw SQLError(
          .invalidParameterValue, "an offset is a number from 0", at: expression.position)
      }
      if exclusive {
        if number > 0 { try requireRecorded(UInt64(number - 1), at: expression.position) }
        return number - 1
      }
      try requireRecorded(UInt64(number), at: expression.position)
      return number
    case .timestamp(let expression):
      guard case .integer(let time) = try constant(expression, as: .timestamptz) else {
        throw SQLError(
          .invalidParameterValue, "a moment cannot be NULL", at: expression.position)
      }
      if binder.timeline.newest == nil {
        throw SQLError(.snapshotOutOfRange, "the log has no record yet", at: position)
      }
      // Timestamps in SQL count microseconds, so "before t" is "up to the one before t".
      do throws(SQLError) {
        if let offset = try binder.timeline.offset(exclusive ? time - 1 : time) {
          return Int64(offset)
        }
      } catch {
        var error = error
        error.position = error.position ?? expression.position
        throw error
      }
      if let orBefore { return orBefore }
      let text = SQLType.timestamptz.format(.integer(time))
      throw SQLError(
        .snapshotOutOfRange, "the log had no record yet at \(text)", at: expression.position)
    }
  }

  /// The value of a time clause's expression: a literal, a cast of one or a bound parameter.
  private mutating func constant(_ expression: Expression, as type: SQLType) throws(SQLError)
    -> Value
  {
    switch expression.kind {
    case .null: return .null
    case .parameter(let name):
      guard let value = binder.parameterTexts[name] else {
        throw SQLError(
          .undefinedParameter, "a time clause needs the value of parameter \(name)",
          at: expression.position)
      }
      guard let text = value else { return .null }
      return try parse(text, as: type, at: expression.position)
    case .cast(let inner, let target) where target == type || target.family == type.family:
      return try constant(inner, as: target).asInstant(target)
    default:
      break
    }
    let bound = try bind(expression)
    if case .string(let text) = bound.form {
      return try parse(text, as: type, at: expression.position)
    }
    if type == .bigint, bound.type?.family == .number, bound.type?.isInteger == false {
      throw SQLError(
        .invalidParameterValue, "an offset is a whole number", at: expression.position)
    }
    guard let from = bound.type, from.family == type.family, from.rank <= type.rank else {
      throw SQLError(
        .featureNotSupported, "a time clause takes a literal, a parameter or a constant expression",
        at: expression.position)
    }
    if let value = bound.constant { return value.asInstant(from) }
    return try computed(expression).asInstant(from)
  }
}

extension Binding {
  /// The value of an expression over constants, bound anew so that nothing of the query around it
  /// is seen.
  func computed(_ expression: Expression) throws(SQLError) -> Value {
    var alone = Binding(binder)
    alone.scopes = [Scope(.values)]
    let bound = try alone.bind(expression)
    guard let evaluate = binder.timeline.evaluate, alone.relations.isEmpty,
      alone.parameterSlots.isEmpty
    else {
      throw SQLError(
        .featureNotSupported, "only a literal or a constant expression can stand here",
        at: expression.position)
    }
    do { return try evaluate(alone.text(bound)) } catch {
      var error = error
      error.position = expression.position
      throw error
    }
  }
}

extension Value {
  /// A date as its first microsecond; anything else as it is.
  fileprivate func asInstant(_ type: SQLType) -> Value {
    guard type == .date, case .integer(let days) = self else { return self }
    return .integer(days * 86_400_000_000)
  }
}
