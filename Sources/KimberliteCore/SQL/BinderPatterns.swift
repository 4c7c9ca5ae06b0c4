// SPDX-License-Identifier: Apache-2.0
// LIKE, ILIKE, SIMILAR TO and `~`: a value and one pattern.

extension LikeKind {
  /// The operator that it is.
  func symbol(negated: Bool) -> String {
    let symbol =
      switch self {
      case .like, .similar: "~~"
      case .ilike: "~~*"
      case .regex: "~"
      case .iregex: "~*"
      case .match: "MATCH"
      }
    return negated ? "!\(symbol)" : symbol
  }
}

extension Binding {
  /// Whether a value matches a pattern.
  mutating func match(
    _ kind: LikeKind, _ value: Bound, _ pattern: Bound, escape: Bound? = nil, negated: Bool,
    at position: Int
  ) throws(SQLError) -> Bound {
    let isBytes = kind == .like && (value.type == .bytea || pattern.type == .bytea)
    let type: SQLType = isBytes ? .bytea : .text
    var arguments: [String] = []
    for (index, operand) in ([value, pattern] + (escape.map { [$0] } ?? [])).enumerated() {
      if let known = operand.type, known.family != type.family {
        throw Self.noOperator(
          kind.symbol(negated: negated), value.type, pattern.type, at: position)
      }
      // The blanks of a CHAR are characters of the value, and none of the pattern.
      if index == 0, case .char? = operand.type {
        arguments.append(text(operand))
      } else {
        arguments.append(text(try coerce(operand, to: type, .implicit)))
      }
    }
    let function: String
    switch kind {
    case .like: function = isBytes ? "kb_like_bytes" : "kb_like"
    case .ilike: function = "kb_ilike"
    case .similar: function = "kb_similar"
    case .regex: function = "kb_regex"
    case .iregex: function = "kb_iregex"
    case .match: preconditionFailure("words are searched by an index, not by a pattern")
    }
    if escape == nil, kind != .regex, kind != .iregex {
      arguments.append(isBytes ? "X'5c'" : "'\\'")
    }
    let call = "\(function)(\(arguments.joined(separator: ", ")))"
    return Bound(
      negated ? "(NOT \(call))" : call, .boolean, at: position,
      nullable: value.nullable || pattern.nullable || escape?.nullable ?? false)
  }

  /// `text ^@ text`.
  mutating func startsWith(_ value: Bound, _ prefix: Bound, at position: Int) throws(SQLError)
    -> Bound
  {
    for type in [value.type, prefix.type] where (type ?? .text).family != .text {
      throw Self.noOperator("^@", value.type, prefix.type, at: position)
    }
    let whole = text(try coerce(value, to: .text, .implicit))
    let part = text(try coerce(prefix, to: .text, .implicit))
    return Bound(
      "kb_starts_with(\(whole), \(part))", .boolean, at: position,
      nullable: value.nullable || prefix.nullable)
  }
}
