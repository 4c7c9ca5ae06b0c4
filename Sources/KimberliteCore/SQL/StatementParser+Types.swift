// SPDX-License-Identifier: Apache-2.0
// Type names: ours, PostgreSQL's aliases for them, and those refused by name.

extension StatementParser {
  private static let simpleTypes: [String: SQLType] = [
    "bool": .boolean, "boolean": .boolean, "smallint": .smallint, "int2": .smallint,
    "int": .integer, "integer": .integer, "int4": .integer, "bigint": .bigint, "int8": .bigint,
    "real": .real, "float4": .real, "float8": .double, "text": .text, "bytea": .bytea,
    "date": .date, "timestamptz": .timestamptz, "interval": .interval, "uuid": .uuid,
    "json": .json, "jsonb": .jsonb, "oid": .bigint, "name": .text,
  ]

  private static let compoundTypes: Set<String> = [
    "double", "float", "numeric", "decimal", "dec", "varchar", "char", "character", "bpchar",
    "timestamp", "time",
  ]

  private static let columnsOnly = "it is the type of a column, and of nothing else"

  /// Types of PostgreSQL and others that we have not, with what to use instead.
  private static let foreignTypes: [String: String] = [
    "serial": columnsOnly,
    "bigserial": columnsOnly,
    "smallserial": columnsOnly,
    "serial2": columnsOnly, "serial4": columnsOnly, "serial8": columnsOnly,
    "blob": "use BYTEA", "binary": "use BYTEA", "varbinary": "use BYTEA",
    "datetime": "use TIMESTAMP or TIMESTAMPTZ", "timetz": "use TIMESTAMPTZ",
    "string": "use TEXT", "clob": "use TEXT", "nchar": "use CHAR", "national": "use VARCHAR",
    "nvarchar": "use VARCHAR", "citext": "use TEXT", "money": "use NUMERIC",
    "tinyint": "use SMALLINT", "xml": "use TEXT", "inet": "use TEXT", "cidr": "use TEXT",
    "macaddr": "use TEXT", "bit": "use BYTEA", "varbit": "use BYTEA",
    "hstore": "use JSON", "tsvector": "use TEXT", "tsquery": "use TEXT", "point": "use JSON",
    "setof": "use a table", "enum": "use TEXT with a CHECK", "number": "use NUMERIC",
  ]

  static func isTypeWord(_ word: String) -> Bool {
    simpleTypes[word] != nil || compoundTypes.contains(word)
  }

  /// A type with its modifiers, for a column or a literal.
  mutating func typeName() throws(SQLError) -> SQLType {
    let start = token
    let type = try elementType()
    if at(symbol: "[") || at("array") {
      throw unsupported(
        "an array as a type", at: start.start, hint: "use JSONB, or a table of its own")
    }
    return type
  }

  /// A type, without what would make an array of it.
  mutating func elementType() throws(SQLError) -> SQLType {
    guard token.kind == .word || token.kind == .quoted else {
      throw syntaxError(expected: "a type")
    }
    acceptCatalogSchema()
    // PostgreSQL's one-byte type of its catalogs.
    if token.kind == .quoted, token.text == "char" {
      advance()
      return .text
    }
    return try bareType()
  }

  /// Passes over `pg_catalog.`, the schema of all types.
  mutating func acceptCatalogSchema() {
    guard at("pg_catalog"), peek().isSymbol(".") else { return }
    advance()
    advance()
  }

  /// A type of a cast or literal with what rounds its values to: digits of a second.
  mutating func preciseTypeName() throws(SQLError) -> (SQLType, precision: Expression?) {
    let start = token
    guard start.kind == .word,
      ["time", "timestamp", "timestamptz", "interval"].contains(start.text),
      peek().isSymbol("("), peek(2).kind == .number, peek(3).isSymbol(")"),
      let digits = Int(peek(2).text)
    else { return (try elementType(), nil) }
    advance()
    advance()
    let place = token.start
    if digits > 6 {
      throw SQLError(
        .invalidParameterValue, "\(start.text.uppercased())(\(digits)): at most 6 digits",
        at: place)
    }
    advance()
    advance()
    let precision = Expression(.number(String(digits)), at: place)
    switch start.text {
    case "interval": return (.interval, precision)
    case "timestamptz": return (.timestamptz, precision)
    default: return (try timeZoned(start), precision)
    }
  }

  private mutating func bareType() throws(SQLError) -> SQLType {
    let start = token
    if start.kind == .word, let type = Self.simpleTypes[start.text] {
      advance()
      if type == .interval { try refuseIntervalFields() }
      if type == .timestamptz { try microseconds() }
      return type
    }
    guard start.kind == .word, Self.compoundTypes.contains(start.text) else {
      throw unknownType(start)
    }
    advance()
    switch start.text {
    case "double":
      try expect("precision")
      return .double
    case "float": return try float()
    case "numeric", "decimal", "dec": return try numeric()
    case "timestamp", "time": return try time(start)
    case "varchar": return .varchar(limit: try length())
    case "character" where accept("varying"), "char" where accept("varying"):
      return .varchar(limit: try length())
    case "bpchar" where !at(symbol: "("): return .text
    default: return .char(count: try length() ?? 1)
    }
  }

  private func unknownType(_ type: Token) -> SQLError {
    let shown = form(of: type)
    if type.kind == .word {
      if let hint = Self.foreignTypes[type.text] {
        return unsupported("type \(type.text.uppercased())", hint: hint)
      }
      if Keywords.isReserved(type.text) { return syntaxError(expected: "a type") }
    }
    let names = (Array(Self.simpleTypes.keys) + Array(Self.compoundTypes)).sorted()
    let hint = Keywords.nearest(to: type.text, in: names).map { "did you mean \($0.uppercased())?" }
    return SQLError(
      .undefinedObject, "type \(shown) does not exist", at: type.start, hint: hint)
  }

  /// `(n)`, or `nil` without parentheses.
  private mutating func length() throws(SQLError) -> Int? {
    guard accept(symbol: "(") else { return nil }
    let length = try typeModifier(in: 1...10_485_760, "length")
    try expect(symbol: ")")
    return length
  }

  private mutating func typeModifier(in range: ClosedRange<Int>, _ what: String)
    throws(SQLError) -> Int
  {
    guard token.kind == .number else { throw syntaxError(expected: "a number") }
    guard let value = Int(token.text), range.contains(value) else {
      throw SQLError(
        .invalidParameterValue,
        "\(what) must be between \(range.lowerBound) and \(range.upperBound)", at: token.start)
    }
    advance()
    return value
  }

  private mutating func float() throws(SQLError) -> SQLType {
    guard accept(symbol: "(") else { return .double }
    let bits = try typeModifier(in: 1...53, "precision of FLOAT")
    try expect(symbol: ")")
    return bits <= 24 ? .real : .double
  }

  private mutating func numeric() throws(SQLError) -> SQLType {
    guard accept(symbol: "(") else { return .numeric(precision: nil, scale: nil) }
    let digits = Decimal.digitsMax
    let precision = try typeModifier(in: 1...digits, "precision of NUMERIC")
    var scale: Int?
    if accept(symbol: ",") {
      if accept(symbol: "-") {
        let zeros = try typeModifier(in: 0...digits, "scale of NUMERIC")
        scale = -zeros
        if zeros + precision > digits {
          throw unsupported("a NUMERIC of more than \(digits) digits")
        }
      } else {
        scale = try typeModifier(in: 0...digits, "scale of NUMERIC")
      }
    }
    try expect(symbol: ")")
    return .numeric(precision: precision, scale: scale)
  }

  private mutating func time(_ start: Token) throws(SQLError) -> SQLType {
    try microseconds()
    return try timeZoned(start)
  }

  private mutating func timeZoned(_ start: Token) throws(SQLError) -> SQLType {
    var hasZone = false
    if at("with", "time") || at("without", "time") {
      hasZone = at("with")
      advance()
      advance()
      try expect("zone")
    }
    if start.text == "timestamp" { return hasZone ? .timestamptz : .timestamp }
    if hasZone {
      throw unsupported("TIME WITH TIME ZONE", at: start.start, hint: "use TIMESTAMPTZ")
    }
    return .time
  }

  /// `(6)` is what we store; another precision would have to round.
  private mutating func microseconds() throws(SQLError) {
    guard at(symbol: "(") else { return }
    guard peek().kind == .number, peek().text == "6", peek(2).isSymbol(")") else {
      throw unsupported(
        "a precision other than 6 of a time column", hint: "round with CAST(… AS TIMESTAMP(0))")
    }
    advance()
    advance()
    advance()
  }

  private func refuseIntervalFields() throws(SQLError) {
    if at(symbol: "(") { throw unsupported("the precision of INTERVAL") }
    guard token.kind == .word else { return }
    switch token.text {
    case "year", "month", "day", "hour", "minute", "second": throw unsupported("fields of INTERVAL")
    default: return
    }
  }
}
