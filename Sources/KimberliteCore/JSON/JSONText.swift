// SPDX-License-Identifier: Apache-2.0
// JSON values as text: the normal form in which JSONB is stored, and the one for people.

extension JSONValue {
  /// The normal form: `{"a": 1, "b": [1, 2]}`.
  ///
  /// - Throws: 54000 where it is nested too deeply or too long to be read again.
  func text() throws(SQLError) -> String {
    var output = ByteBuffer()
    try write(to: &output, depth: 0)
    return output.span.text
  }

  /// As `text()`, on lines of their own with four blanks a level: `jsonb_pretty`.
  func prettyText() throws(SQLError) -> String {
    var output = ByteBuffer()
    try write(to: &output, depth: 0, isPretty: true)
    return output.span.text
  }

  private func write(
    to output: inout ByteBuffer, depth: Int, isPretty: Bool = false
  ) throws(SQLError) {
    if output.count > Limits.eventBytesMax {
      throw SQLError(.programLimit, "a JSON text is longer than \(Limits.eventBytesMax) bytes")
    }
    switch self {
    case .null: output.append(utf8: "null")
    case .boolean(let value): output.append(utf8: value ? "true" : "false")
    case .number(let digits): output.append(utf8: digits)
    case .string(let text): text.withSpan { output.append(json: $0) }
    case .array(let elements):
      try Self.check(depth)
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        Self.separate(&output, index, depth + 1, isPretty)
        try element.write(to: &output, depth: depth + 1, isPretty: isPretty)
      }
      if isPretty { Self.startLine(&output, depth) }
      output.append(UInt8(ascii: "]"))
    case .object(let object):
      try Self.check(depth)
      output.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        Self.separate(&output, index, depth + 1, isPretty)
        member.key.withSpan { output.append(json: $0) }
        output.append(utf8: ": ")
        try member.value.write(to: &output, depth: depth + 1, isPretty: isPretty)
      }
      if isPretty { Self.startLine(&output, depth) }
      output.append(UInt8(ascii: "}"))
    }
  }

  private static func check(_ depth: Int) throws(SQLError) {
    if depth < Limits.jsonDepthMax { return }
    throw SQLError(
      .programLimit, "a JSON value is nested deeper than \(Limits.jsonDepthMax) levels")
  }

  private static func separate(
    _ output: inout ByteBuffer, _ index: Int, _ depth: Int, _ isPretty: Bool
  ) {
    if index > 0 { output.append(UInt8(ascii: ",")) }
    if isPretty {
      startLine(&output, depth)
    } else if index > 0 {
      output.append(UInt8(ascii: " "))
    }
  }

  private static func startLine(_ output: inout ByteBuffer, _ depth: Int) {
    output.append(UInt8(ascii: "\n"))
    for _ in 0..<depth { output.append(utf8: "    ") }
  }
}

/// JSONB as it is stored.
public enum JSONB {
  /// The normal form of a JSON text.
  ///
  /// - Throws: 22P02, 22P05 or 22003, as for a JSONB literal.
  public static func normalized(_ text: Span<UInt8>) throws(SQLError) -> String {
    try JSONValue(parsing: text).text()
  }

  /// The collation under which JSONB texts in normal form compare as PostgreSQL's JSONB does.
  public static let collation = "kb_jsonb"
}
