// SPDX-License-Identifier: Apache-2.0
// nextval, currval, setval and lastval: the sequence is known when the statement is bound, and
// what it counts by stands in the SQLite text. How far it is, the writer knows.

extension Binding {
  static let sequenceFunctions: Set<String> = ["nextval", "currval", "setval", "lastval"]

  mutating func bindSequence(_ call: FunctionCall) throws(SQLError) -> Bound {
    let position = call.name.position
    let name = call.name.text
    let counts = ["nextval": 1...1, "currval": 1...1, "setval": 2...3, "lastval": 0...0]
    guard let count = counts[name], count.contains(call.arguments.count) else {
      throw SQLError(
        .undefinedFunction,
        "function \(name) with \(call.arguments.count) arguments does not exist", at: position)
    }
    if name == "lastval" { return Bound("kb_lastval()", .bigint, at: position) }
    let sequence = try sequence(named: call.arguments[0])
    if name == "currval" {
      return Bound(
        "kb_currval(\(sequence.id), \(SQLText.literal(.text(sequence.name))))", .bigint,
        at: position)
    }
    movesSequences = true
    if name == "nextval" { return Bound(nextValue(of: sequence), .bigint, at: position) }
    let value = try coerce(try bind(call.arguments[1]), to: .bigint, .implicit)
    let isCalled =
      call.arguments.count == 3 ? text(try bindBoolean(call.arguments[2], "setval")) : "1"
    return Bound(
      "kb_setval(\(sequence.id), \(text(value)), \(isCalled), \(sequence.minimum), "
        + "\(sequence.maximum), \(SQLText.literal(.text(sequence.name))))", .bigint, at: position)
  }

  /// The call that takes the next value.
  func nextValue(of sequence: StoredSequence) -> String {
    let numbers = [
      sequence.increment, sequence.minimum, sequence.maximum, sequence.cycles ? 1 : 0,
    ].map { SQLText.literal(.integer($0)) }.joined(separator: ", ")
    return "kb_nextval(\(sequence.id), \(numbers), \(SQLText.literal(.text(sequence.name))))"
  }

  /// The sequence that a literal names: `'s'`, `'public.s'`, `'"My s"'`, each also cast to
  /// regclass.
  private func sequence(named argument: Expression) throws(SQLError) -> StoredSequence {
    guard case .string(let text) = argument.kind else {
      throw SQLError(
        .featureNotSupported, "a sequence is named by a string: nextval('name')",
        at: argument.position)
    }
    let path: [Name]
    do throws(SQLError) {
      guard case .column(let names) = try Parser.parseExpression(text).kind else {
        throw SQLError(.undefinedTable, "")
      }
      path = names
    } catch {
      throw SQLError(
        .init("42602"), "invalid name syntax: '\(text)' names no sequence", at: argument.position)
    }
    guard let name = path.last, path.count == 1 || path[0].text == "public",
      let sequence = binder.catalog.sequence(named: name.text)
    else {
      let name = path.last?.text ?? text
      let isOther = binder.isTaken(name)
      throw SQLError(
        isOther ? .wrongObjectType : .undefinedTable,
        isOther ? "\"\(name)\" is not a sequence" : "relation \"\(text)\" does not exist",
        at: argument.position,
        hint: nearestHint(to: name, among: binder.catalog.sequences.map(\.name)))
    }
    return sequence
  }
}

extension Binder {
  /// The sequence of a DEFAULT that is `nextval('name')` and nothing else.
  func sequence(of source: SourceExpression) throws(SQLError) -> StoredSequence? {
    guard case .call(let call) = source.expression.kind, call.name.text == "nextval",
      call.arguments.count == 1, case .string(let text) = call.arguments[0].kind,
      let expression = try? Parser.parseExpression(text), case .column(let path) = expression.kind
    else { return nil }
    return path.last.flatMap { catalog.sequence(named: $0.text) }
  }
}
