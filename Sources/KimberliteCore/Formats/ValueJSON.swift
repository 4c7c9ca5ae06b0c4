// SPDX-License-Identifier: Apache-2.0
// A value as JSON: what to_json and arrays make of it, as PostgreSQL does.

extension SQLType {
  /// The JSON text of a value of this type; `null` for NULL.
  ///
  /// Numbers keep their digits, JSON is itself, and everything else is a string of its output text.
  func json(_ value: Value) -> String {
    if value == .null { return "null" }
    let text = format(value)
    switch self {
    case .boolean, .smallint, .integer, .bigint, .numeric, .json, .jsonb: return text
    case .real, .double:
      if case .real(let number) = value, number.isFinite { return text }
    default: break
    }
    var buffer = ByteBuffer(capacity: text.utf8.count + 2)
    text.withSpan { buffer.append(json: $0) }
    return buffer.span.text
  }
}
