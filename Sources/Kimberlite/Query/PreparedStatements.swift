// SPDX-License-Identifier: Apache-2.0
// PREPARE and EXECUTE: statements that have a name as long as their session lasts.

internal import KimberliteCore

/// The statements of a session that have names.
///
/// Used by one thread.
public final class PreparedStatements {
  private struct Entry {
    let statement: ParsedStatement
    /// Of `$1`, `$2`, ….
    let types: [SQLType]
  }

  private var entries: [String: Entry] = [:]

  /// A session without any.
  public init() {}

  /// What is to be run for a statement, with which parameters; `nil`: it was about names alone.
  ///
  /// `binder` knows the tables, and the types of parameters that it is given.
  func resolve(
    _ statement: ParsedStatement, _ parameters: [String: String?], on connection: Connection,
    binder: ([String: SQLType]) -> Binder
  ) throws(SQLError) -> (statement: ParsedStatement, parameters: [String: String?])? {
    switch statement.statement {
    case .prepare(let prepare):
      try self.prepare(prepare, statement, binder)
      return nil
    case .deallocate(nil):
      entries = [:]
      return nil
    case .deallocate(let name?):
      _ = try entry(name)
      entries[name.text] = nil
      return nil
    case .execute(let execute):
      let entry = try entry(execute.name)
      if entry.types.count != execute.arguments.count {
        throw SQLError(
          .syntaxError,
          "wrong number of parameters for prepared statement \"\(execute.name.text)\": expected \(entry.types.count), got \(execute.arguments.count)",
          at: execute.name.position)
      }
      var values = parameters
      for (index, (argument, type)) in zip(execute.arguments, entry.types).enumerated() {
        let value: Value
        let sql = try binder([:]).text(of: argument, as: type)
        do { value = try connection.evaluate(sql) } catch {
          var error = error
          error.position = argument.position
          throw error
        }
        values["\(index + 1)"] = .some(value == .null ? nil : type.format(value))
      }
      return (entry.statement, values)
    default: return (statement, parameters)
    }
  }

  private func entry(_ name: Name) throws(SQLError) -> Entry {
    if let entry = entries[name.text] { return entry }
    throw SQLError(
      .undefinedStatement, "prepared statement \"\(name.text)\" does not exist",
      at: name.position, hint: nearestHint(to: name.text, among: entries.keys.sorted()))
  }

  private func prepare(
    _ prepare: PrepareStatement, _ statement: ParsedStatement,
    _ binder: ([String: SQLType]) -> Binder
  ) throws(SQLError) {
    let name = prepare.name
    if entries[name.text] != nil {
      throw SQLError(
        .duplicateStatement, "prepared statement \"\(name.text)\" already exists",
        at: name.position, hint: "DEALLOCATE it first")
    }
    var types: [String: SQLType] = [:]
    for (index, type) in prepare.types.enumerated() { types["\(index + 1)"] = type }
    do {
      for slot in try binder(types).bind(prepare.statement).parameters where types[slot.name] == nil
      {
        types[slot.name] = slot.type
      }
    } catch {
      // A moment that a parameter states is looked up when it has a value.
      if error.state != .undefinedParameter { throw error }
    }
    let count = (types.keys + statement.parameterNames).compactMap { Int($0) }.max() ?? 0
    let kept = types.filter { Int($0.key) != nil }
    entries[name.text] = Entry(
      statement: statement.naming(prepare.statement, types: kept),
      types: (0..<count).map { types["\($0 + 1)"] ?? .text })
  }
}
