// SPDX-License-Identifier: Apache-2.0
// Function calls, also those that SQL writes with words between their arguments.

extension StatementParser {
  /// `f(…)`; the cursor is at the name and "(" follows.
  mutating func call() throws(SQLError) -> Expression {
    let isWord = token.kind == .word
    let name = Name(token.text, at: token.start)
    try enter(levels: Self.callLevels)
    defer { leave(levels: Self.callLevels) }
    advance()
    advance()
    let call: FunctionCall
    switch name.text {
    case "extract" where isWord: call = try extract(name)
    case "substring" where isWord: call = try substring(name)
    case "trim" where isWord: call = try trim(name)
    case "position" where isWord: call = try position(name)
    case "overlay" where isWord: call = try overlay(name)
    case "normalize" where isWord: call = try normalize(name)
    default: call = try plainCall(name)
    }
    try grow()
    return Expression(.call(call), at: name.position)
  }

  private mutating func plainCall(_ name: Name) throws(SQLError) -> FunctionCall {
    var call = FunctionCall(name: name, arguments: [])
    if accept(symbol: "*") {
      call.star = true
    } else if !at(symbol: ")") {
      if accept("distinct") { call.distinct = true } else { _ = accept("all") }
      if name.text == "make_interval", peek().isSymbol("=>") {
        call.arguments = try intervalParts()
      } else {
        repeat { call.arguments.append(try argument()) } while accept(symbol: ",")
      }
    }
    if at("order") { call.orderBy = try orderBy() }
    try expect(symbol: ")")
    if at("within", "group") { try withinGroup(&call) }
    if at("filter"), peek().isSymbol("(") {
      advance()
      advance()
      try expect("where")
      call.filter = try expression()
      try expect(symbol: ")")
    }
    if at("respect", "nulls") || at("ignore", "nulls") {
      throw unsupported("\(token.text.uppercased()) NULLS")
    }
    call.over = try windowReference()
    return call
  }

  /// `WITHIN GROUP (ORDER BY …)`.
  private mutating func withinGroup(_ call: inout FunctionCall) throws(SQLError) {
    let start = token.start
    if call.distinct || !call.orderBy.isEmpty {
      let what = call.distinct ? "DISTINCT" : "multiple ORDER BY clauses"
      throw SQLError(.syntaxError, "cannot use \(what) with WITHIN GROUP", at: start)
    }
    advance()
    advance()
    try expect(symbol: "(")
    guard at("order") else { throw syntaxError(expected: "ORDER BY") }
    call.orderBy = try orderBy()
    call.withinGroup = true
    try expect(symbol: ")")
  }

  /// The parts of make_interval by name; what is not named is 0.
  private mutating func intervalParts() throws(SQLError) -> [Expression] {
    let names = ["years", "months", "weeks", "days", "hours", "mins", "secs"]
    var parts = names.map { _ in Expression(.number("0"), at: token.start) }
    var given: Set<Int> = []
    repeat {
      guard token.kind == .word, let place = names.firstIndex(of: token.text),
        peek().isSymbol("=>"), given.insert(place).inserted
      else { throw syntaxError(expected: "one of \(names.joined(separator: ", ")), once, and =>") }
      advance()
      advance()
      parts[place] = try expression()
    } while accept(symbol: ",")
    return parts
  }

  private mutating func argument() throws(SQLError) -> Expression {
    if at("variadic") { throw unsupported("VARIADIC") }
    if peek().isSymbol("=>") || peek().isSymbol(":=") { throw unsupported("named arguments") }
    if isAtQuery { throw syntaxError(expected: "a query in its own parentheses") }
    return try expression()
  }

  /// `EXTRACT(field FROM x)` is `extract('field', x)`.
  private mutating func extract(_ name: Name) throws(SQLError) -> FunctionCall {
    guard token.kind == .word || token.kind == .quoted || token.kind == .string else {
      throw syntaxError(expected: "a field such as YEAR")
    }
    let field = Expression(.string(token.text), at: token.start)
    advance()
    try expect("from")
    let operand = try expression()
    try expect(symbol: ")")
    return FunctionCall(name: name, arguments: [field, operand])
  }

  /// `SUBSTRING(x FROM a FOR b)` is `substring(x, a, b)`;
  /// `SUBSTRING(x SIMILAR p ESCAPE e)` is `substring(x, p, e)`.
  private mutating func substring(_ name: Name) throws(SQLError) -> FunctionCall {
    var arguments = [try expression()]
    if accept("similar") {
      arguments.append(try expression())
      try expect("escape")
      arguments.append(try expression())
    } else if accept("from") {
      arguments.append(try expression())
      if accept("for") { arguments.append(try expression()) }
    } else if at("for") {
      arguments.append(Expression(.number("1"), at: token.start))
      advance()
      arguments.append(try expression())
    } else {
      while accept(symbol: ",") { arguments.append(try expression()) }
    }
    try expect(symbol: ")")
    return FunctionCall(name: name, arguments: arguments)
  }

  /// `OVERLAY(x PLACING y FROM a FOR b)` is `overlay(x, y, a, b)`.
  private mutating func overlay(_ name: Name) throws(SQLError) -> FunctionCall {
    var arguments = [try expression()]
    if accept("placing") {
      arguments.append(try expression())
      try expect("from")
      arguments.append(try expression())
      if accept("for") { arguments.append(try expression()) }
    } else {
      while accept(symbol: ",") { arguments.append(try expression()) }
    }
    try expect(symbol: ")")
    return FunctionCall(name: name, arguments: arguments)
  }

  /// `TRIM([BOTH|LEADING|TRAILING] [characters] FROM x)` is `btrim`, `ltrim` or `rtrim`
  /// of `(x[, characters])`.
  private mutating func trim(_ name: Name) throws(SQLError) -> FunctionCall {
    var function = "btrim"
    if accept("leading") {
      function = "ltrim"
    } else if accept("trailing") {
      function = "rtrim"
    } else {
      _ = accept("both")
    }
    var arguments: [Expression] = []
    if accept("from") {
      arguments = [try expression()]
    } else {
      arguments = [try expression()]
      if accept("from") { arguments.insert(try expression(), at: 0) }
    }
    while accept(symbol: ",") { arguments.append(try expression()) }
    try expect(symbol: ")")
    return FunctionCall(name: Name(function, at: name.position), arguments: arguments)
  }

  /// `POSITION(part IN whole)` is `position(part, whole)`.
  private mutating func position(_ name: Name) throws(SQLError) -> FunctionCall {
    let part = try expression(above: .pattern)
    try expect("in")
    let whole = try expression(above: .pattern)
    try expect(symbol: ")")
    return FunctionCall(name: name, arguments: [part, whole])
  }

  /// `NORMALIZE(x, NFC)` is `normalize(x, 'NFC')`.
  private mutating func normalize(_ name: Name) throws(SQLError) -> FunctionCall {
    var arguments = [try expression()]
    if accept(symbol: ",") {
      guard token.kind == .word, ["nfc", "nfd", "nfkc", "nfkd"].contains(token.text) else {
        throw syntaxError(expected: "NFC, NFD, NFKC or NFKD")
      }
      arguments.append(Expression(.string(token.text.uppercased()), at: token.start))
      advance()
    }
    try expect(symbol: ")")
    return FunctionCall(name: name, arguments: arguments)
  }
}
