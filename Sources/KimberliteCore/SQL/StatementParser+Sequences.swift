// SPDX-License-Identifier: Apache-2.0
// CREATE SEQUENCE, ALTER SEQUENCE, and GENERATED of columns.

extension StatementParser {
  /// What follows CREATE SEQUENCE.
  mutating func createSequence() throws(SQLError) -> CreateSequenceStatement {
    let ifNotExists = try ifNotExists()
    let name = try objectName("a sequence")
    return CreateSequenceStatement(
      name: name, ifNotExists: ifNotExists, options: try sequenceOptions())
  }

  /// What follows ALTER SEQUENCE.
  mutating func alterSequence() throws(SQLError) -> Statement {
    let start = index
    let ifExists = try ifExists()
    let name = try objectName("a sequence")
    if at("rename") {
      index = start
      return try renameObject(.sequence)
    }
    if at("owner", "to") || at("set") {
      throw unsupported("ALTER SEQUENCE … \(token.text.uppercased())")
    }
    let options = try sequenceOptions()
    guard index > start + 1 + (ifExists ? 2 : 0) else { throw syntaxError(expected: "an option") }
    return .alterSequence(
      AlterSequenceStatement(name: name, ifExists: ifExists, options: options))
  }

  /// Options, as many as follow.
  mutating func sequenceOptions() throws(SQLError) -> SequenceOptions {
    var options = SequenceOptions(at: token.start)
    while token.kind == .word {
      let start = token.start
      func once(_ isNew: Bool) throws(SQLError) {
        if isNew { return }
        throw SQLError(.syntaxError, "conflicting or redundant options", at: start)
      }
      if accept("as") {
        try once(options.type == nil)
        options.type = try typeName()
        guard options.type?.isInteger == true else {
          throw SQLError(
            .invalidParameterValue, "sequence type must be smallint, integer, or bigint", at: start)
        }
      } else if accept("increment") {
        _ = accept("by")
        try once(options.increment == nil)
        options.increment = try signedNumber()
      } else if accept("minvalue") {
        try once(options.minimum == nil)
        options.minimum = .value(try signedNumber())
      } else if accept("maxvalue") {
        try once(options.maximum == nil)
        options.maximum = .value(try signedNumber())
      } else if accept("no", "minvalue") {
        try once(options.minimum == nil)
        options.minimum = SequenceOptions.Bound.none
      } else if accept("no", "maxvalue") {
        try once(options.maximum == nil)
        options.maximum = SequenceOptions.Bound.none
      } else if accept("start") {
        _ = accept("with")
        try once(options.start == nil)
        options.start = try signedNumber()
      } else if accept("restart") {
        try once(options.restart == nil)
        let isGiven = accept("with") || token.kind == .number || at(symbol: "-")
        options.restart = isGiven ? .value(try signedNumber()) : SequenceOptions.Bound.none
      } else if accept("cache") {
        // There is one writer: nothing is gained by values kept ready.
        if try signedNumber() <= 0 {
          throw SQLError(.invalidParameterValue, "CACHE must be greater than zero", at: start)
        }
      } else if accept("cycle") {
        try once(options.cycles == nil)
        options.cycles = true
      } else if accept("no", "cycle") {
        try once(options.cycles == nil)
        options.cycles = false
      } else if accept("owned") {
        try expect("by")
        try once(options.owner == nil)
        options.owner = accept("none") ? SequenceOptions.Owner.none : try owner()
      } else if accept("sequence") {
        try expect("name")
        try once(options.name == nil)
        options.name = try objectName("a sequence")
      } else {
        break
      }
    }
    return options
  }

  private mutating func owner() throws(SQLError) -> SequenceOptions.Owner {
    let first = try objectName("a column of a table")
    if accept(symbol: ".") { return .column(table: first, try label("a column name")) }
    guard let table = first.schema else {
      throw SQLError(
        .syntaxError, "invalid OWNED BY option", at: first.name.position,
        hint: "write OWNED BY table.column or OWNED BY NONE")
    }
    return .column(table: ObjectName(schema: nil, name: table), first.name)
  }

  private mutating func signedNumber() throws(SQLError) -> Int64 {
    let start = token.start
    let isNegative = accept(symbol: "-")
    if !isNegative { _ = accept(symbol: "+") }
    guard token.kind == .number else { throw syntaxError(expected: "a number") }
    guard let value = Int64(isNegative ? "-\(token.text)" : token.text) else {
      throw SQLError(
        .numericOutOfRange, "value \"\(token.text)\" is out of range for type bigint", at: start)
    }
    advance()
    return value
  }

  // MARK: Columns

  /// `GENERATED ALWAYS AS (…) STORED`, `GENERATED {ALWAYS | BY DEFAULT} AS IDENTITY [(options)]`.
  mutating func generation() throws(SQLError) -> ColumnGeneration {
    let start = token.start
    try expect("generated")
    var always = accept("always")
    if !always {
      guard accept("by", "default") else { throw syntaxError(expected: "ALWAYS or BY DEFAULT") }
      always = false
    }
    try expect("as")
    if accept("identity") {
      guard accept(symbol: "(") else {
        return .identity(always: always, SequenceOptions(at: start))
      }
      let options = try sequenceOptions()
      try expect(symbol: ")")
      return .identity(always: always, options)
    }
    try expect(symbol: "(")
    let first = index
    let expression = try expression()
    let source = SourceExpression(expression: expression, text: text(from: first))
    try expect(symbol: ")")
    if !always {
      throw SQLError(
        .syntaxError, "for a generated column, GENERATED ALWAYS must be specified", at: start)
    }
    guard accept("stored") else {
      if at("virtual") { throw unsupported("VIRTUAL columns", hint: "write STORED") }
      throw syntaxError(expected: "STORED")
    }
    return .expression(source)
  }

  /// SERIAL and its like; `nil` for any other type.
  mutating func serialType() -> SQLType? {
    let types: [String: SQLType] = [
      "serial": .integer, "serial4": .integer, "bigserial": .bigint, "serial8": .bigint,
      "smallserial": .smallint, "serial2": .smallint,
    ]
    guard token.kind == .word, let type = types[token.text] else { return nil }
    advance()
    return type
  }
}
