// SPDX-License-Identifier: Apache-2.0
// Functions that write values of any type as text: concat, format, quote_literal.

extension Binding {
  static let textFunctions = ["concat", "concat_ws", "format", "quote_literal", "quote_nullable"]

  /// Binds a call of one of `textFunctions`; `nil`: it takes other arguments.
  mutating func bindTextFunction(_ name: String, _ arguments: [Bound], at position: Int)
    throws(SQLError) -> Bound?
  {
    var texts: [String] = []
    switch name {
    case "concat", "concat_ws":
      guard !arguments.isEmpty else { return nil }
      for argument in arguments { texts.append(try output(argument)) }
      return Bound(
        "kb_\(name)(\(texts.joined(separator: ", ")))", .text, at: position,
        nullable: name == "concat_ws" && arguments[0].nullable)
    case "format":
      guard let first = arguments.first, first.type?.family ?? .text == .text else { return nil }
      texts.append(text(try coerce(first, to: .text, .implicit)))
      for argument in arguments.dropFirst() { texts.append(try output(argument)) }
    default:
      guard arguments.count == 1 else { return nil }
      texts.append(text(try coerce(try typed(arguments[0]), to: .text, .assignment)))
    }
    return Bound("kb_\(name)(\(texts.joined(separator: ", ")))", .text, at: position)
  }

  /// A value in its output form: that of a BOOLEAN is a letter, that of a CHAR has its blanks.
  private mutating func output(_ argument: Bound) throws(SQLError) -> String {
    let bound = try typed(argument)
    if bound.type == .boolean { return "kb_output_boolean(\(text(bound)))" }
    if case .char? = bound.type { return text(bound) }
    return text(try coerce(bound, to: .text, .assignment))
  }
}
