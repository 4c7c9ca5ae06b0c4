// SPDX-License-Identifier: Apache-2.0
// Run-time functions over regular expressions: `~`, SIMILAR TO, regexp_…. The engine is in Regex/.

extension FunctionRegistry {
  static let patternFunctions: [ScalarFunction] = [
    pattern("kb_regex", 2) { (arguments, cache) throws(SQLError) in
      let isMatch = try cache.matches(arguments[0].string(), arguments[1].string())
      return .integer(isMatch ? 1 : 0)
    },
    pattern("kb_iregex", 2) { (arguments, cache) throws(SQLError) in
      var options = RegexOptions()
      options.ignoresCase = true
      let isMatch = try cache.matches(arguments[0].string(), arguments[1].string(), options)
      return .integer(isMatch ? 1 : 0)
    },
    pattern("kb_similar", 3) { (arguments, cache) throws(SQLError) in
      let isMatch = try cache.matches(
        arguments[0].string(), arguments[1].string(), escape: arguments[2].string())
      return .integer(isMatch ? 1 : 0)
    },
    pattern("kb_regexp_like", 3) { (arguments, cache) throws(SQLError) in
      let flags = try RegexFlags(arguments[2].string(), of: "regexp_like()")
      let isMatch = try cache.matches(
        arguments[0].string(), arguments[1].string(), flags.options)
      return .integer(isMatch ? 1 : 0)
    },
    pattern("kb_substring_regex", 2) { (arguments, cache) throws(SQLError) in
      var search = try cache.search(
        arguments[0].string(), arguments[1].string(), RegexOptions())
      return try search.next(from: 0) ? search.value(min(1, search.regex.groupCount)) : .null
    },
    pattern("kb_substring_similar", 3) { (arguments, cache) throws(SQLError) in
      var search = try cache.search(
        arguments[0].string(), arguments[1].string(), RegexOptions(),
        escape: arguments[2].string())
      return try search.next(from: 0) ? search.value(min(1, search.regex.groupCount)) : .null
    },
    pattern("kb_regexp_match", 3) { (arguments, cache) throws(SQLError) in
      let flags = try RegexFlags(
        arguments[2].string(), of: "regexp_match()", instead: "regexp_matches")
      var search = try cache.search(
        arguments[0].string(), arguments[1].string(), flags.options)
      return try search.next(from: 0) ? .text(JSONText.array(search.groups)) : .null
    },
    pattern("kb_regexp_matches", 3) { (arguments, cache) throws(SQLError) in
      let flags = try RegexFlags(arguments[2].string())
      var search = try cache.search(
        arguments[0].string(), arguments[1].string(), flags.options)
      var rows: [String] = []
      try search.forEach { search throws(SQLError) in
        rows.append(JSONText.array(search.groups))
        return flags.isGlobal
      }
      return .text("[\(rows.joined(separator: ", "))]")
    },
    pattern("kb_regexp_count", 4) { (arguments, cache) throws(SQLError) in
      let flags = try RegexFlags(arguments[3].string(), of: "regexp_count()")
      let start = try positive(arguments[2], "start")
      var search = try cache.search(
        arguments[0].string(), arguments[1].string(), flags.options)
      var count: Int64 = 0
      try search.forEach(from: start - 1) { _ throws(SQLError) in
        count += 1
        return true
      }
      return .integer(count)
    },
    pattern("kb_regexp_substr", 6) { (arguments, cache) throws(SQLError) in
      let start = try positive(arguments[2], "start")
      let number = try positive(arguments[3], "n")
      let flags = try RegexFlags(arguments[4].string(), of: "regexp_substr()")
      let group = try atLeastZero(arguments[5], "subexpr")
      var search = try cache.search(
        arguments[0].string(), arguments[1].string(), flags.options)
      guard try search.find(number, from: start - 1) else { return .null }
      return group <= search.regex.groupCount ? search.value(group) : .null
    },
    pattern("kb_regexp_instr", 7, body: position),
    pattern("kb_regexp_replace", 6) { (arguments, cache) throws(SQLError) in
      let number = try atLeastZero(arguments[4], "n")
      let flags = try RegexFlags(arguments[5].string())
      return try replace(arguments, number, flags, &cache)
    },
    pattern("kb_regexp_replace_flags", 5) { (arguments, cache) throws(SQLError) in
      let flags = try RegexFlags(arguments[4].string())
      return try replace(arguments, flags.isGlobal ? 0 : 1, flags, &cache)
    },
    pattern("kb_regexp_split", 3, body: split),
  ]

  private static func pattern(
    _ name: String, _ argumentCount: Int,
    body: @escaping @Sendable ([Value], inout RegexCache) throws(SQLError) -> Value
  ) -> ScalarFunction {
    ScalarFunction(strict: name, argumentCount, state: { RegexCache() }, body: body)
  }

  private static func positive(_ value: Value, _ name: String) throws(SQLError) -> Int {
    let number = try value.int64()
    if number < 1 { throw invalid(number, name) }
    return Int(clamping: number)
  }

  private static func atLeastZero(_ value: Value, _ name: String) throws(SQLError) -> Int {
    let number = try value.int64()
    if number < 0 { throw invalid(number, name) }
    return Int(clamping: number)
  }

  private static func invalid(_ number: Int64, _ name: String) -> SQLError {
    SQLError(.invalidParameterValue, "invalid value for parameter \"\(name)\": \(number)")
  }

  /// `regexp_instr(text, pattern, start, n, endoption, flags, subexpr)`.
  @Sendable private static func position(_ arguments: [Value], _ cache: inout RegexCache)
    throws(SQLError) -> Value
  {
    let start = try positive(arguments[2], "start")
    let number = try positive(arguments[3], "n")
    let end = try arguments[4].int64()
    if end != 0, end != 1 { throw invalid(end, "endoption") }
    let flags = try RegexFlags(arguments[5].string(), of: "regexp_instr()")
    let group = try atLeastZero(arguments[6], "subexpr")
    var search = try cache.search(
      arguments[0].string(), arguments[1].string(), flags.options)
    guard try search.find(number, from: start - 1), group <= search.regex.groupCount,
      let range = search.captures[group]
    else { return .integer(0) }
    return .integer(Int64(end == 1 ? range.upperBound : range.lowerBound) + 1)
  }

  /// `regexp_replace(text, pattern, replacement, start, …)`; `wanted` 0: every match.
  @Sendable private static func replace(
    _ arguments: [Value], _ wanted: Int, _ flags: RegexFlags, _ cache: inout RegexCache
  ) throws(SQLError) -> Value {
    let start = try positive(arguments[3], "start")
    let replacement = RegexReplacement(try arguments[2].string())
    var search = try cache.search(
      arguments[0].string(), arguments[1].string(), flags.options)
    var result = String.UnicodeScalarView()
    var copied = 0
    var number = 0
    try search.forEach(from: start - 1) { search throws(SQLError) in
      guard let range = search.captures[0] else { return false }
      number += 1
      if wanted > 0, number != wanted { return true }
      result.append(contentsOf: search.text[copied..<range.lowerBound])
      replacement.append(search, to: &result)
      if result.count > Limits.eventBytesMax { throw tooLong }
      copied = range.upperBound
      return wanted == 0
    }
    result.append(contentsOf: search.text[copied...])
    return .text(String(result))
  }

  /// Matches without a character at the ends, or right behind another match, do not split.
  @Sendable private static func split(_ arguments: [Value], _ cache: inout RegexCache)
    throws(SQLError) -> Value
  {
    let flags = try RegexFlags(arguments[2].string(), of: "regexp_split_to_array()")
    var search = try cache.search(
      arguments[0].string(), arguments[1].string(), flags.options)
    var parts: [String?] = []
    var copied = 0
    try search.forEach { search throws(SQLError) in
      guard let range = search.captures[0] else { return false }
      if range.lowerBound < search.text.count, range.upperBound > copied {
        parts.append(search.string(copied..<range.lowerBound))
        copied = range.upperBound
      }
      return true
    }
    parts.append(search.string(copied..<search.text.count))
    return .text(JSONText.array(parts))
  }
}

/// The flags of the regexp_… functions.
struct RegexFlags {
  var options = RegexOptions()
  var isGlobal = false

  /// `function`: one that takes no `g`, and what to use `instead`.
  init(_ text: String, of function: String? = nil, instead: String? = nil) throws(SQLError) {
    for letter in text.unicodeScalars {
      if letter == "g" {
        isGlobal = true
      } else if letter == "b" || letter == "e" {
        throw SQLError(
          .featureNotSupported, "regular expression option \"\(letter)\" is not supported")
      } else if !options.take(letter) {
        throw SQLError(
          .invalidParameterValue, "invalid regular expression option: \"\(letter)\"")
      }
    }
    if isGlobal, let function {
      throw SQLError(
        .invalidParameterValue, "\(function) does not support the \"global\" option",
        hint: instead.map { "Use the \($0) function instead." })
    }
  }
}

/// The replacement of regexp_replace: `\1`, `\&` and `\\` stand for something.
struct RegexReplacement {
  private enum Piece {
    case scalar(Unicode.Scalar)
    case group(Int)
  }
  private var pieces: [Piece] = []

  init(_ text: String) {
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\\", let next = rest.first else {
        pieces.append(.scalar(scalar))
        continue
      }
      switch next {
      case "1"..."9": pieces.append(.group(Int(next.value - 0x30)))
      case "&": pieces.append(.group(0))
      case "\\": pieces.append(.scalar("\\"))
      default:
        // Nothing special: the backslash stays, and what follows it is read on its own.
        pieces.append(.scalar("\\"))
        continue
      }
      rest.removeFirst()
    }
  }

  func append(_ search: RegexSearch, to result: inout String.UnicodeScalarView) {
    for piece in pieces {
      switch piece {
      case .scalar(let scalar): result.append(scalar)
      case .group(let number):
        if number <= search.regex.groupCount, let range = search.captures[number] {
          result.append(contentsOf: search.text[range])
        }
      }
    }
  }
}

extension RegexSearch {
  func string(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(text[range])) }

  /// What a group took; NULL where it took no part.
  func value(_ group: Int) -> Value { captures[group].map { .text(string($0)) } ?? .null }

  /// What the groups took; without any, the whole match.
  var groups: [String?] {
    regex.groupCount == 0
      ? [captures[0].map(string)] : captures.dropFirst().map { $0.map(string) }
  }

  /// Calls `body` at each match, as long as it answers true.
  mutating func forEach(
    from start: Int = 0, _ body: (RegexSearch) throws(SQLError) -> Bool
  ) throws(SQLError) {
    var start = start
    while start <= text.count, try next(from: start), let range = captures[0] {
      if !(try body(self)) { return }
      start = range.isEmpty ? range.upperBound + 1 : range.upperBound
    }
  }

  /// Goes to the match of a number from 1; whether there is one.
  mutating func find(_ number: Int, from start: Int) throws(SQLError) -> Bool {
    var left = number
    var start = start
    while start <= text.count, try next(from: start), let range = captures[0] {
      left -= 1
      if left == 0 { return true }
      start = range.isEmpty ? range.upperBound + 1 : range.upperBound
    }
    return false
  }
}

/// JSON as JSONB prints it.
enum JSONText {
  /// An array of strings; `nil` is JSON's null.
  static func array(_ items: [String?]) -> String {
    var buffer = ByteBuffer(capacity: 64)
    buffer.append(UInt8(ascii: "["))
    for (index, item) in items.enumerated() {
      if index > 0 { buffer.append(utf8: ", ") }
      if let item {
        item.withSpan { buffer.append(json: $0) }
      } else {
        buffer.append(utf8: "null")
      }
    }
    buffer.append(UInt8(ascii: "]"))
    return buffer.span.text
  }
}
