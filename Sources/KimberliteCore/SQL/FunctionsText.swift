// SPDX-License-Identifier: Apache-2.0
// Run-time functions over text. A character is a Unicode scalar, as PostgreSQL counts.

extension FunctionRegistry {
  static let textFunctions: [ScalarFunction] = [
    mapping("kb_lower") { $0.lowercased() },
    mapping("kb_upper") { $0.uppercased() },
    mapping("kb_initcap", initcap),
    mapping("kb_reverse") { text(text: Array($0.unicodeScalars).reversed()) },
    ScalarFunction(strict: "kb_substr", -1, body: substring),
    ScalarFunction(strict: "kb_left", 2) { (arguments) throws(SQLError) in
      let scalars = Array(try arguments[0].string().unicodeScalars)
      let count = try arguments[1].int64()
      let kept =
        count >= 0 ? min(Int(clamping: count), scalars.count) : scalars.count - drop(count, scalars)
      return .text(text(text: scalars.prefix(kept)))
    },
    ScalarFunction(strict: "kb_right", 2) { (arguments) throws(SQLError) in
      let scalars = Array(try arguments[0].string().unicodeScalars)
      let count = try arguments[1].int64()
      let kept =
        count >= 0 ? min(Int(clamping: count), scalars.count) : scalars.count - drop(count, scalars)
      return .text(text(text: scalars.suffix(kept)))
    },
    padding("kb_lpad", atStart: true),
    padding("kb_rpad", atStart: false),
    ScalarFunction(strict: "kb_repeat", 2) { (arguments) throws(SQLError) in
      let part = try arguments[0].string()
      let count = Int(clamping: max(0, try arguments[1].int64()))
      let (bytes, overflow) = part.utf8.count.multipliedReportingOverflow(by: count)
      if overflow || bytes > Limits.eventBytesMax { throw tooLong }
      return .text(String(repeating: part, count: part.isEmpty ? 0 : count))
    },
    ScalarFunction(strict: "kb_split_part", 3, body: splitPart),
    ScalarFunction(strict: "kb_starts_with", 2) { (arguments) throws(SQLError) in
      let prefix = try arguments[1].string()
      return .integer(try arguments[0].string().utf8.starts(with: prefix.utf8) ? 1 : 0)
    },
    ScalarFunction(strict: "kb_ascii", 1) { (arguments) throws(SQLError) in
      .integer(Int64(try arguments[0].string().unicodeScalars.first?.value ?? 0))
    },
    ScalarFunction(strict: "kb_chr", 1) { (arguments) throws(SQLError) in
      let number = try arguments[0].int64()
      if number < 0 { throw SQLError(.invalidParameterValue, "character number must be positive") }
      if number == 0 { throw SQLError(.programLimit, "null character not permitted") }
      guard let code = UInt32(exactly: number), let scalar = Unicode.Scalar(code) else {
        throw SQLError(
          .programLimit,
          number > 0x10FFFF
            ? "requested character too large for encoding: \(number)"
            : "requested character not valid for encoding: \(number)")
      }
      return .text(String(Character(scalar)))
    },
    ScalarFunction("kb_concat", -1) { (arguments) throws(SQLError) in
      var result = ""
      for part in arguments where part != .null { result += try part.string() }
      return .text(result)
    },
    ScalarFunction("kb_concat_ws", -1) { (arguments) throws(SQLError) in
      guard let separator = arguments.first, separator != .null else { return .null }
      var parts: [String] = []
      for part in arguments.dropFirst() where part != .null { parts.append(try part.string()) }
      return .text(parts.joined(separator: try separator.string()))
    },
    ScalarFunction(strict: "kb_bytes_concat", 2) { (arguments) throws(SQLError) in
      .blob(try arguments[0].bytes() + arguments[1].bytes())
    },
    ScalarFunction(strict: "kb_like", 3) { (arguments) throws(SQLError) in
      try like(arguments, fold: false)
    },
    ScalarFunction(strict: "kb_ilike", 3) { (arguments) throws(SQLError) in
      try like(arguments, fold: true)
    },
    ScalarFunction(strict: "kb_like_bytes", 3) { (arguments) throws(SQLError) in
      let escape = try arguments[2].bytes()
      if escape.count > 1 { throw badEscape }
      let compiled = try compile(
        arguments[1].bytes(), escape: escape.first, one: UInt8(ascii: "_"), many: UInt8(ascii: "%"))
      return .integer(matches(try arguments[0].bytes(), compiled) ? 1 : 0)
    },
  ]

  static let tooLong = SQLError(.programLimit, "the text would be too long")

  private static func mapping(_ name: String, _ body: @escaping @Sendable (String) -> String)
    -> ScalarFunction
  {
    ScalarFunction(strict: name, 1) { (arguments) throws(SQLError) in
      .text(body(try arguments[0].string()))
    }
  }

  private static func text(text scalars: some Sequence<Unicode.Scalar>) -> String {
    String(String.UnicodeScalarView(scalars))
  }

  /// How many characters a negative count leaves out.
  private static func drop(_ count: Int64, _ scalars: [Unicode.Scalar]) -> Int {
    min(Int(clamping: count.magnitude), scalars.count)
  }

  @Sendable private static func initcap(_ text: String) -> String {
    var result = ""
    var isInWord = false
    for scalar in text.unicodeScalars {
      let part = String(Character(scalar))
      result += isInWord ? part.lowercased() : part.uppercased()
      isInWord = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
    return result
  }

  @Sendable private static func substring(_ arguments: [Value]) throws(SQLError) -> Value {
    let scalars = Array(try arguments[0].string().unicodeScalars)
    return .text(text(text: scalars[try window(scalars.count, arguments)]))
  }

  /// The part that `substring(whole, start[, count])` takes.
  static func window(_ length: Int, _ arguments: [Value]) throws(SQLError) -> Range<Int> {
    let start = try arguments[1].int64()
    var end = Int64(length) + 1
    if arguments.count > 2 {
      let count = try arguments[2].int64()
      if count < 0 { throw SQLError(.init("22011"), "negative substring length not allowed") }
      let (sum, overflow) = start.addingReportingOverflow(count)
      if !overflow { end = min(end, sum) }
    }
    let first = max(1, start)
    return first >= end ? 0..<0 : Int(first - 1)..<Int(end - 1)
  }

  private static func padding(_ name: String, atStart: Bool) -> ScalarFunction {
    ScalarFunction(strict: name, 3) { (arguments) throws(SQLError) in
      let scalars = Array(try arguments[0].string().unicodeScalars)
      let count = Int(clamping: max(0, try arguments[1].int64()))
      let fill = Array(try arguments[2].string().unicodeScalars)
      if count <= scalars.count || fill.isEmpty {
        return .text(text(text: scalars.prefix(count)))
      }
      if count > Limits.eventBytesMax / 4 { throw tooLong }
      let pad = (0..<count - scalars.count).map { fill[$0 % fill.count] }
      return .text(text(text: atStart ? pad + scalars : scalars + pad))
    }
  }

  @Sendable private static func splitPart(_ arguments: [Value]) throws(SQLError) -> Value {
    let whole = try arguments[0].string()
    let separator = try arguments[1].string()
    let number = try arguments[2].int64()
    if number == 0 { throw SQLError(.invalidParameterValue, "field position must not be zero") }
    let parts = separator.isEmpty ? [whole] : fields(of: whole, separatedBy: separator)
    let place = number > 0 ? number - 1 : Int64(parts.count) + number
    guard place >= 0, place < parts.count else { return .text("") }
    return .text(parts[Int(place)])
  }

  // MARK: LIKE

  private static func like(_ arguments: [Value], fold: Bool) throws(SQLError) -> Value {
    var value = try arguments[0].string()
    var pattern = try arguments[1].string()
    if fold {
      value = value.lowercased()
      pattern = pattern.lowercased()
    }
    let escape = Array(try arguments[2].string().unicodeScalars)
    if escape.count > 1 { throw badEscape }
    let compiled = try compile(
      Array(pattern.unicodeScalars), escape: escape.first, one: "_", many: "%")
    return .integer(matches(Array(value.unicodeScalars), compiled) ? 1 : 0)
  }

  private static let badEscape = SQLError(
    .init("22025"), "invalid escape string", hint: "Escape string must be empty or one character.")

  private enum PatternItem<Element: Equatable> { case element(Element), one, many }

  private static func compile<Element: Equatable>(
    _ pattern: [Element], escape: Element?, one: Element, many: Element
  ) throws(SQLError) -> [PatternItem<Element>] {
    var items: [PatternItem<Element>] = []
    var isEscaped = false
    for element in pattern {
      if isEscaped {
        items.append(.element(element))
        isEscaped = false
      } else if element == escape {
        isEscaped = true
      } else if element == many {
        items.append(.many)
      } else {
        items.append(element == one ? .one : .element(element))
      }
    }
    if isEscaped {
      throw SQLError(.init("22025"), "LIKE pattern must not end with escape character")
    }
    return items
  }

  /// Greedy matching with one point of return: only the last `%` can still give way.
  private static func matches<Element: Equatable>(
    _ text: [Element], _ pattern: [PatternItem<Element>]
  ) -> Bool {
    var at = 0
    var item = 0
    var retry: (item: Int, at: Int)?
    while at < text.count {
      if item < pattern.count {
        switch pattern[item] {
        case .many:
          retry = (item, at)
          item += 1
          continue
        case .one:
          at += 1
          item += 1
          continue
        case .element(let element):
          if element == text[at] {
            at += 1
            item += 1
            continue
          }
        }
      }
      guard let (many, start) = retry else { return false }
      retry = (many, start + 1)
      item = many + 1
      at = start + 1
    }
    return pattern[item...].allSatisfy { if case .many = $0 { true } else { false } }
  }
}
