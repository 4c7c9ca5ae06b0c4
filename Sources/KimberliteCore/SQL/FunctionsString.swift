// SPDX-License-Identifier: Apache-2.0
// More run-time functions over text: parts and places, quoting, lists, normal forms.

@_spi(_Unicode) import Swift

extension FunctionRegistry {
  static let stringFunctions: [ScalarFunction] = [
    ScalarFunction(strict: "kb_overlay", -1) { (arguments) throws(SQLError) in
      let text = Array(try arguments[0].string().unicodeScalars)
      let part = Array(try arguments[1].string().unicodeScalars)
      let result = try overlay(text, part, arguments)
      return .text(String(String.UnicodeScalarView(result)))
    },
    ScalarFunction(strict: "kb_translate", 3) { (arguments) throws(SQLError) in
      let from = Array(try arguments[1].string().unicodeScalars)
      let to = Array(try arguments[2].string().unicodeScalars)
      var result = String.UnicodeScalarView()
      for scalar in try arguments[0].string().unicodeScalars {
        guard let place = from.firstIndex(of: scalar) else {
          result.append(scalar)
          continue
        }
        if place < to.count { result.append(to[place]) }
      }
      return .text(String(result))
    },
    ScalarFunction(strict: "kb_to_hex", 2) { (arguments) throws(SQLError) in
      let number = UInt64(bitPattern: try arguments[0].int64())
      let bits = try arguments[1].int64() == 32 ? number & 0xFFFF_FFFF : number
      return .text(String(bits, radix: 16))
    },
    ScalarFunction(strict: "kb_quote_ident", 1) { (arguments) throws(SQLError) in
      .text(Quoting.identifier(try arguments[0].string()))
    },
    ScalarFunction(strict: "kb_quote_literal", 1) { (arguments) throws(SQLError) in
      .text(Quoting.literal(try arguments[0].string()))
    },
    ScalarFunction("kb_quote_nullable", 1) { (arguments) throws(SQLError) in
      .text(arguments[0] == .null ? "NULL" : Quoting.literal(try arguments[0].string()))
    },
    ScalarFunction("kb_format", -1) { (arguments) throws(SQLError) in
      if arguments[0] == .null { return .null }
      var format = FormatText(try arguments[0].string(), Array(arguments.dropFirst()))
      return .text(try format.result())
    },
    ScalarFunction(strict: "kb_parse_ident", 2) { (arguments) throws(SQLError) in
      let parts = try Quoting.parts(
        of: try arguments[0].string(), isStrict: try arguments[1].int64() != 0)
      return .text(JSONText.array(parts))
    },
    ScalarFunction("kb_string_to_array", 3, body: stringToArray),
    ScalarFunction("kb_array_to_string", 3, body: arrayToString),
    ScalarFunction(strict: "kb_unistr", 1) { (arguments) throws(SQLError) in
      .text(try UnicodeEscapes.decode(try arguments[0].string(), escape: "\\", isFunction: true))
    },
    ScalarFunction(strict: "kb_normalize", 2) { (arguments) throws(SQLError) in
      .text(try normalized(try arguments[0].string(), try arguments[1].string()))
    },
    ScalarFunction(strict: "kb_is_normalized", 2) { (arguments) throws(SQLError) in
      let text = try arguments[0].string()
      let normal = try normalized(text, try arguments[1].string())
      return .integer(normal.isIdentical(to: text) ? 1 : 0)
    },
    ScalarFunction("kb_output_boolean", 1) { (arguments) throws(SQLError) in
      if arguments[0] == .null { return .null }
      return .text(try arguments[0].int64() == 0 ? "f" : "t")
    },
  ]

  /// `overlay(whole, part, start[, count])`.
  static func overlay<Element>(_ whole: [Element], _ part: [Element], _ arguments: [Value])
    throws(SQLError) -> [Element]
  {
    let start = try arguments[2].int64()
    let count = arguments.count > 3 ? try arguments[3].int64() : Int64(part.count)
    if start < 1 { throw SQLError(.init("22011"), "negative substring length not allowed") }
    let (end, overflow) = start.addingReportingOverflow(count)
    if overflow { throw SQLError(.numericOutOfRange, "integer out of range") }
    let head = whole.prefix(Int(clamping: start - 1))
    let tail = whole.dropFirst(Int(clamping: max(0, end - 1)))
    return head + part + tail
  }

  @Sendable private static func stringToArray(_ arguments: [Value]) throws(SQLError) -> Value {
    if arguments[0] == .null { return .null }
    let text = try arguments[0].string()
    var parts: [String] = []
    if arguments[1] == .null {
      parts = text.unicodeScalars.map { String(Character($0)) }
    } else if !text.isEmpty {
      let separator = try arguments[1].string()
      parts = separator.isEmpty ? [text] : fields(of: text, separatedBy: separator)
    }
    guard case .text(let absent) = arguments[2] else { return .text(JSONText.array(parts)) }
    return .text(JSONText.array(parts.map { $0.isIdentical(to: absent) ? nil : $0 }))
  }

  /// The parts of a text between separators, which is not empty, compared byte by byte.
  static func fields(of text: String, separatedBy separator: String) -> [String] {
    let bytes = Array(text.utf8)
    let mark = Array(separator.utf8)
    var parts: [String] = []
    var start = 0
    var index = 0
    while index + mark.count <= bytes.count {
      if bytes[index] == mark[0], bytes[index..<index + mark.count].elementsEqual(mark) {
        parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
        index += mark.count
        start = index
      } else {
        index += 1
      }
    }
    return parts + [String(decoding: bytes[start...], as: UTF8.self)]
  }

  /// `array_to_string(array, separator, absent)` of a JSONB array, those inside of it laid flat.
  @Sendable private static func arrayToString(_ arguments: [Value]) throws(SQLError) -> Value {
    if arguments[0] == .null || arguments[1] == .null { return .null }
    let json = try arguments[0].string()
    let separator = try arguments[1].string()
    var absent: String?
    if case .text(let text) = arguments[2] { absent = text }
    var parts: [String] = []
    do throws(InputError) {
      try json.withSpan { (bytes) throws(InputError) in
        var scanner = JSONScanner(bytes)
        try elements(&scanner, bytes, absent, &parts)
      }
    } catch {
      throw SQLError(.invalidParameterValue, "array_to_string takes a JSON array")
    }
    return .text(parts.joined(separator: separator))
  }

  @_lifetime(scanner: copy scanner)
  private static func elements(
    _ scanner: inout JSONScanner, _ bytes: Span<UInt8>, _ absent: String?, _ parts: inout [String]
  ) throws(InputError) {
    scanner.skipBlanks()
    guard scanner.accept(UInt8(ascii: "[")) else { throw scanner.unexpected(want: "'['") }
    while true {
      scanner.skipBlanks()
      if scanner.accept(UInt8(ascii: "]")) { return }
      _ = scanner.accept(UInt8(ascii: ","))
      scanner.skipBlanks()
      let start = scanner.position
      if start < bytes.count, bytes[start] == UInt8(ascii: "[") {
        try elements(&scanner, bytes, absent, &parts)
        continue
      }
      let kind = try scanner.skipValue()
      let value = bytes.extracting(start..<scanner.position)
      switch kind {
      case .null: if let absent { parts.append(absent) }
      case .yes: parts.append("t")
      case .no: parts.append("f")
      case .string, .escapedString:
        var buffer = ByteBuffer(capacity: value.count)
        buffer.append(unescaping: value.extracting(1..<value.count - 1))
        parts.append(buffer.span.text)
      case .number, .object, .array: parts.append(value.text)
      }
    }
  }

  private static func normalized(_ text: String, _ form: String) throws(SQLError) -> String {
    var result = String.UnicodeScalarView()
    switch form.uppercased() {
    case "NFC": for scalar in text._nfc { result.append(scalar) }
    case "NFD": for scalar in text._nfd { result.append(scalar) }
    case "NFKC", "NFKD":
      throw SQLError(
        .featureNotSupported, "normalization form \(form.uppercased()) is not supported",
        hint: "there are NFC and NFD")
    default:
      throw SQLError(.invalidParameterValue, "invalid normalization form: \(form)")
    }
    return String(result)
  }
}
