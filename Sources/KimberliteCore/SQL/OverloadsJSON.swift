// SPDX-License-Identifier: Apache-2.0

extension Overload {
  /// Functions over JSON and JSONB of fixed arity.
  static let json: [Overload] = [
    .init("json_typeof", [.json], .text, "kb_json_typeof($1)"),
    .init("jsonb_typeof", [.jsonb], .text, "kb_json_typeof($1)"),
    .init("json_array_length", [.json], .integer, "kb_json_length($1)"),
    .init("jsonb_array_length", [.jsonb], .integer, "kb_json_length($1)"),
    .init("json_strip_nulls", [.json], .json, "kb_json_strip_nulls($1)"),
    .init("jsonb_strip_nulls", [.jsonb], .jsonb, "kb_jsonb_strip_nulls($1)"),
    .init("jsonb_pretty", [.jsonb], .text, "kb_jsonb_pretty($1)"),
  ]
}
