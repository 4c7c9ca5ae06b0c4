// SPDX-License-Identifier: Apache-2.0
// The functions over regular expressions, by their arguments. Arrays are JSONB.

extension Overload {
  static let patterns: [Overload] =
    [
      .init("substring", [.text, .text], .text, "kb_substring_regex($1, $2)"),
      .init("substring", [.text, .text, .text], .text, "kb_substring_similar($1, $2, $3)"),
      .init("regexp_like", [.text, .text], .boolean, "kb_regexp_like($1, $2, '')"),
      .init("regexp_like", [.text, .text, .text], .boolean, "kb_regexp_like($1, $2, $3)"),
      .init("regexp_match", [.text, .text], .jsonb, "kb_regexp_match($1, $2, '')"),
      .init("regexp_match", [.text, .text, .text], .jsonb, "kb_regexp_match($1, $2, $3)"),
      .init("regexp_split_to_array", [.text, .text], .jsonb, "kb_regexp_split($1, $2, '')"),
      .init("regexp_split_to_array", [.text, .text, .text], .jsonb, "kb_regexp_split($1, $2, $3)"),
    ] + replacing
    + optional(
      "regexp_count", "kb_regexp_count", .integer, [.text, .text],
      [(.bigint, "1"), (.text, "''")])
    + optional(
      "regexp_substr", "kb_regexp_substr", .text, [.text, .text],
      [(.bigint, "1"), (.bigint, "1"), (.text, "''"), (.bigint, "0")])
    + optional(
      "regexp_instr", "kb_regexp_instr", .integer, [.text, .text],
      [(.bigint, "1"), (.bigint, "1"), (.bigint, "0"), (.text, "''"), (.bigint, "0")])

  private static let replacing: [Overload] = [
    .init(
      "regexp_replace", [.text, .text, .text], .text,
      "kb_regexp_replace($1, $2, $3, 1, 1, '')"),
    .init(
      "regexp_replace", [.text, .text, .text, .text], .text,
      "kb_regexp_replace_flags($1, $2, $3, 1, $4)"),
    .init(
      "regexp_replace", [.text, .text, .text, .bigint], .text,
      "kb_regexp_replace($1, $2, $3, $4, 1, '')"),
    .init(
      "regexp_replace", [.text, .text, .text, .bigint, .bigint], .text,
      "kb_regexp_replace($1, $2, $3, $4, $5, '')"),
    .init(
      "regexp_replace", [.text, .text, .text, .bigint, .bigint, .text], .text,
      "kb_regexp_replace($1, $2, $3, $4, $5, $6)"),
  ]

  /// A function whose last arguments may be left out, from the last on.
  private static func optional(
    _ name: String, _ function: String, _ result: SQLType, _ required: [SQLType],
    _ rest: [(type: SQLType, otherwise: String)]
  ) -> [Overload] {
    (0...rest.count).map { given in
      let parameters = required + rest.prefix(given).map(\.type)
      let arguments =
        parameters.indices.map { "$\($0 + 1)" } + rest.dropFirst(given).map(\.otherwise)
      return Overload(
        name, parameters, result, "\(function)(\(arguments.joined(separator: ", ")))")
    }
  }
}
