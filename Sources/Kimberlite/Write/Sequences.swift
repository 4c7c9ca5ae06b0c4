// SPDX-License-Identifier: Apache-2.0
// How far sequences are, while a statement runs: read from the view when first asked, and written
// as events at its end. What is rolled back was never taken.

internal import KimberliteCore

/// The sequences of one session.
final class SequenceState {
  /// How far a sequence is as the statement begins; `nil`: there is none.
  private let find: (ObjectID) throws(SQLError) -> SequencePosition?
  /// Those that this statement moved.
  private var moved: [SequencePosition] = []
  /// The values that `nextval` gave last in this session.
  private var given: [ObjectID: Int64] = [:]
  private var last: Int64?

  init(find: @escaping (ObjectID) throws(SQLError) -> SequencePosition?) { self.find = find }

  /// Those that were moved since this was asked last.
  func takeMoved() -> [SequencePosition] {
    defer { moved = [] }
    return moved
  }

  /// What has moved so far, to go back to.
  var mark: [SequencePosition] {
    get { moved }
    set { moved = newValue }
  }

  private func position(_ id: ObjectID) throws(SQLError) -> SequencePosition {
    if let known = moved.first(where: { $0.id == id }) { return known }
    guard let position = try find(id) else {
      throw SQLError(.undefinedTable, "the sequence \(id) does not exist")
    }
    return position
  }

  private func move(to position: SequencePosition) {
    if let index = moved.firstIndex(where: { $0.id == position.id }) {
      moved[index] = position
    } else {
      moved.append(position)
    }
  }

  func next(
    _ id: ObjectID, by increment: Int64, _ range: ClosedRange<Int64>, cycles: Bool, _ name: String
  ) throws(SQLError) -> Int64 {
    let position = try position(id)
    var value = position.value
    if position.isCalled {
      let (sum, overflow) = value.addingReportingOverflow(increment)
      if overflow || !range.contains(sum) {
        guard cycles else {
          throw SQLError(
            .sequenceLimit,
            increment > 0
              ? "nextval: reached maximum value of sequence \"\(name)\" (\(range.upperBound))"
              : "nextval: reached minimum value of sequence \"\(name)\" (\(range.lowerBound))")
        }
        value = increment > 0 ? range.lowerBound : range.upperBound
      } else {
        value = sum
      }
    }
    move(to: SequencePosition(id: id, value: value, isCalled: true))
    given[id] = value
    last = value
    return value
  }

  func current(_ id: ObjectID, _ name: String) throws(SQLError) -> Int64 {
    if let value = given[id] { return value }
    throw SQLError(
      .notInState, "currval of sequence \"\(name)\" is not yet defined in this session")
  }

  func lastGiven() throws(SQLError) -> Int64 {
    if let last { return last }
    throw SQLError(.notInState, "lastval is not yet defined in this session")
  }

  func set(
    _ id: ObjectID, _ value: Int64, isCalled: Bool, _ range: ClosedRange<Int64>, _ name: String
  ) throws(SQLError) -> Int64 {
    guard range.contains(value) else {
      throw SQLError(
        .numericOutOfRange,
        "setval: value \(value) is out of bounds for sequence \"\(name)\" "
          + "(\(range.lowerBound)..\(range.upperBound))")
    }
    move(to: SequencePosition(id: id, value: value, isCalled: isCalled))
    if isCalled { given[id] = value }
    return value
  }
}

extension Connection {
  /// The functions that move sequences, or say where they are.
  var sequenceFunctions: [ScalarFunction] {
    let shell = UnownedConnection(self)
    @Sendable func state(_ name: String) throws(SQLError) -> SequenceState {
      if let state = shell.connection.sequences { return state }
      throw SQLError(
        .readOnlyStatement, "cannot execute \(name)() in a read-only transaction",
        hint: "kb-append --sql runs it")
    }
    @Sendable func number(_ value: Value) -> Int64? {
      if case .integer(let number) = value { number } else { nil }
    }
    @Sendable func name(_ value: Value) -> String {
      if case .text(let text) = value { text } else { "" }
    }
    return [
      ScalarFunction("kb_nextval", 6, isDeterministic: false) { (arguments) throws(SQLError) in
        guard let id = number(arguments[0]), let increment = number(arguments[1]),
          let low = number(arguments[2]), let high = number(arguments[3]), low <= high
        else { return .null }
        return .integer(
          try state("nextval").next(
            ObjectID(id), by: increment, low...high, cycles: arguments[4] == .integer(1),
            name(arguments[5])))
      },
      ScalarFunction("kb_currval", 2, isDeterministic: false) { (arguments) throws(SQLError) in
        guard let id = number(arguments[0]) else { return .null }
        return .integer(try state("currval").current(ObjectID(id), name(arguments[1])))
      },
      ScalarFunction("kb_lastval", 0, isDeterministic: false) { (_) throws(SQLError) in
        .integer(try state("lastval").lastGiven())
      },
      ScalarFunction("kb_setval", 6, isDeterministic: false) { (arguments) throws(SQLError) in
        guard let id = number(arguments[0]), let value = number(arguments[1]),
          let low = number(arguments[3]), let high = number(arguments[4]), low <= high,
          arguments[2] != .null
        else { return .null }
        return .integer(
          try state("setval").set(
            ObjectID(id), value, isCalled: arguments[2] == .integer(1), low...high,
            name(arguments[5])))
      },
    ]
  }

  /// How far a sequence is, by the view.
  func sequencePosition(_ id: ObjectID) throws(SQLError) -> SequencePosition? {
    do throws(SQLiteError) {
      let find = try prepare("SELECT value, called FROM kb_sequences WHERE id = ?1")
      try find.bind(1, Int64(id))
      guard try find.step() else { return nil }
      return SequencePosition(id: id, value: find.integer(0), isCalled: find.integer(1) != 0)
    } catch { throw sqlError(error) }
  }
}
