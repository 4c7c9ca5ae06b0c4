// SPDX-License-Identifier: Apache-2.0
// Operators and functions that take a JSON path. A path that is written out is checked here, so
// that what is wrong with it has a place.

extension Binding {
  /// The functions with a path, and what they yield.
  static let pathFunctions: [String: SQLType] = [
    "jsonb_path_exists": .boolean, "jsonb_path_match": .boolean,
    "jsonb_path_query_array": .jsonb, "jsonb_path_query_first": .jsonb,
  ]

  /// `@?` and `@@`.
  mutating func pathOperator(
    _ op: BinaryOperator, _ left: Bound, _ right: Bound, at position: Int
  ) throws(SQLError) -> Bound {
    guard let json = try jsonb(left), let path = try path(right) else {
      throw Self.noOperator(op.rawValue, left.type, right.type, at: position)
    }
    let name = op == .pathExists ? "kb_jsonb_path_exists" : "kb_jsonb_path_match"
    return Bound("\(name)(\(json), \(path), '{}', 1)", .boolean, at: position)
  }

  /// Binds a call of one of `pathFunctions`; `nil` where the arguments are not what it takes.
  mutating func bindPathFunction(_ name: String, _ arguments: [Bound], at position: Int)
    throws(SQLError) -> Bound?
  {
    guard let result = Self.pathFunctions[name], let texts = try pathArguments(arguments) else {
      return nil
    }
    return Bound("kb_\(name)(\(texts.joined(separator: ", ")))", result, at: position)
  }

  /// (target, path[, variables[, silent]]).
  mutating func pathArguments(_ arguments: [Bound]) throws(SQLError) -> [String]? {
    guard (2...4).contains(arguments.count), let target = try jsonb(arguments[0]),
      let path = try path(arguments[1])
    else { return nil }
    var texts = [target, path]
    if arguments.count > 2 {
      guard let variables = try jsonb(arguments[2]) else { return nil }
      texts.append(variables)
    }
    if arguments.count > 3 {
      guard (arguments[3].type ?? .boolean) == .boolean else { return nil }
      texts.append(text(try coerce(arguments[3], to: .boolean, .implicit)))
    }
    return texts
  }

  /// The text of a path; `nil` where the operand is no text.
  private mutating func path(_ bound: Bound) throws(SQLError) -> String? {
    guard (bound.type ?? .text).family == .text else { return nil }
    if case .string(let path) = bound.form {
      do throws(SQLError) { _ = try JSONPathParser.parse(path) } catch {
        var error = error
        error.position = bound.position
        throw error
      }
    }
    return text(try coerce(bound, to: .text, .implicit))
  }
}
