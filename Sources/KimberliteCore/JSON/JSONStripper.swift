// SPDX-License-Identifier: Apache-2.0

/// `json_strip_nulls`: a JSON text without the members that are null, on one line without blanks,
/// and as it was written in all else.
enum JSONStripper {
  static func strip(_ text: Span<UInt8>) throws(SQLError) -> String {
    var scanner = JSONScanner(text)
    var output = ByteBuffer(capacity: text.count)
    do throws(InputError) {
      try value(&scanner, &output)
    } catch {
      throw SQLError(.invalidText, "a stored value is not JSON")
    }
    return output.span.text
  }

  /// The text is valid, and so nested no deeper than `Limits.jsonDepthMax`.
  @_lifetime(scanner: copy scanner)
  private static func value(
    _ scanner: inout JSONScanner, _ output: inout ByteBuffer
  ) throws(InputError) {
    scanner.skipBlanks()
    let opening = scanner.next
    guard opening == UInt8(ascii: "{") || opening == UInt8(ascii: "[") else {
      let start = scanner.position
      let kind = try scanner.skipValue()
      return append(scanner.bytes.extracting(start..<scanner.position), kind, to: &output)
    }
    let isObject = opening == UInt8(ascii: "{")
    let closing = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
    output.append(opening)
    _ = scanner.accept(opening)
    var isFirst = true
    while true {
      scanner.skipBlanks()
      if scanner.accept(closing) { break }
      let size = output.count
      if !isFirst { output.append(UInt8(ascii: ",")) }
      if isObject {
        let start = scanner.position
        let kind = try scanner.skipValue()
        append(scanner.bytes.extracting(start..<scanner.position), kind, to: &output)
        scanner.skipBlanks()
        _ = scanner.accept(UInt8(ascii: ":"))
        output.append(UInt8(ascii: ":"))
        scanner.skipBlanks()
      }
      if isObject, scanner.next == UInt8(ascii: "n") {
        _ = try scanner.skipValue()
        output.truncate(to: size)
      } else {
        try value(&scanner, &output)
        isFirst = false
      }
      scanner.skipBlanks()
      _ = scanner.accept(UInt8(ascii: ","))
    }
    output.append(closing)
  }

  private static func append(
    _ scalar: Span<UInt8>, _ kind: JSONKind, to output: inout ByteBuffer
  ) {
    guard kind == .escapedString else { return output.append(scalar) }
    var text = ByteBuffer(capacity: scalar.count)
    text.append(unescaping: scalar.extracting(1..<scalar.count - 1))
    output.append(json: text.span)
  }
}
