// SPDX-License-Identifier: Apache-2.0
// Column definitions and constraints of CREATE TABLE and ALTER TABLE.

extension StatementParser {
  // MARK: Columns

  mutating func columnDefinition() throws(SQLError) -> ColumnDefinition {
    let name = try name("a column name")
    if at(symbol: ",") || at(symbol: ")") || token.kind == .end {
      throw syntaxError(expected: "a type for column \"\(name.text)\"")
    }
    let serial = serialType()
    let type: SQLType
    if let serial { type = serial } else { type = try typeName() }
    var column = ColumnDefinition(
      name: name, type: type, notNull: false, defaultValue: nil,
      constraints: [])
    if serial != nil { column.generation = .serial }
    var isNullable = false
    while token.kind == .word {
      let start = token.start
      let constraintName = accept("constraint") ? try self.name("a constraint's name") : nil
      if accept("not", "null") {
        column.notNull = true
      } else if accept("null") {
        isNullable = true
      } else if constraintName == nil, accept("personal") {
        column.personal = true
      } else if at("generated") {
        if let old = column.generation {
          throw SQLError(
            .syntaxError,
            old.isIdentity
              ? "multiple identity specifications for column \"\(name.text)\""
              : "multiple generations for column \"\(name.text)\"", at: token.start)
        }
        column.generation = try generation()
      } else if at("default") {
        guard column.defaultValue == nil else {
          throw SQLError(.syntaxError, "column \"\(name.text)\" has two defaults", at: token.start)
        }
        advance()
        column.defaultValue = try defaultValue()
      } else if let kind = try columnConstraint(on: name) {
        column.constraints.append(
          TableConstraint(name: constraintName, kind: kind, position: start))
      } else if constraintName != nil {
        throw syntaxError(expected: "a constraint")
      } else {
        throw unknownColumnOption()
      }
      if column.generation != nil, column.defaultValue != nil {
        throw SQLError(
          .syntaxError, "both default and generation specified for column \"\(name.text)\"",
          at: start)
      }
      if isNullable, column.notNull || column.generation?.isNotNull == true {
        throw SQLError(
          .syntaxError, "column \"\(name.text)\" is declared both NULL and NOT NULL", at: start)
      }
    }
    return column
  }

  /// The operators of a default bind tighter than NOT: `DEFAULT 0 NOT NULL`.
  mutating func defaultValue() throws(SQLError) -> SourceExpression {
    let first = index
    let expression = try expression(above: .not)
    return SourceExpression(expression: expression, text: text(from: first))
  }

  private mutating func columnConstraint(on name: Name)
    throws(SQLError) -> TableConstraint.Kind?
  {
    if accept("primary") {
      try expect("key")
      try constraintEnd()
      return .primaryKey([name])
    }
    if accept("unique") {
      if at("nulls") { throw unsupported("UNIQUE NULLS …") }
      try constraintEnd()
      return .unique([name])
    }
    if accept("check") { return try check() }
    if at("references") { return try references([name]) }
    return nil
  }

  private func unknownColumnOption() -> SQLError {
    switch token.text {
    case "collate", "storage", "compression": unsupported(token.text.uppercased())
    case "subject":
      unsupported("SUBJECT KEY on a column", hint: "write SUBJECT KEY (column) behind the columns")
    case "identity", "autoincrement", "auto_increment":
      unsupported(
        "\(token.text.uppercased()) columns", hint: "write GENERATED ALWAYS AS IDENTITY")
    default: syntaxError(expected: "a constraint, \",\" or \")\"")
    }
  }

  // MARK: Table constraints

  var isAtTableConstraint: Bool {
    guard token.kind == .word else { return false }
    switch token.text {
    case "constraint", "primary", "unique", "check", "foreign": return true
    case "subject": return peek().isWord("key")
    case "period": return peek().isWord("for")
    case "exclude": return peek().isWord("using") || peek().isSymbol("(")
    default: return false
    }
  }

  mutating func tableConstraint() throws(SQLError) -> TableConstraint {
    let start = token.start
    let name = accept("constraint") ? try self.name("a constraint's name") : nil
    let kind: TableConstraint.Kind
    if accept("primary") {
      try expect("key")
      kind = try key(isPrimary: true)
      try constraintEnd()
    } else if accept("unique") {
      if at("nulls") { throw unsupported("UNIQUE NULLS …") }
      kind = try key(isPrimary: false)
      try constraintEnd()
    } else if accept("check") {
      kind = try check()
    } else if accept("foreign") {
      try expect("key")
      kind = try references(try parenthesizedNames("a column name"))
    } else if name == nil, at("period", "for") {
      kind = try period()
    } else if name == nil, at("subject", "key") {
      kind = try subjectKey()
    } else if at("exclude") {
      throw unsupported("EXCLUDE")
    } else {
      throw syntaxError(expected: "PRIMARY KEY, UNIQUE, CHECK or FOREIGN KEY")
    }
    var constraint = TableConstraint(name: name, kind: kind, position: start)
    constraint.isValid = !isInvalid
    isInvalid = false
    return constraint
  }

  /// `SUBJECT KEY (column)`.
  mutating func subjectKey() throws(SQLError) -> TableConstraint.Kind {
    _ = accept("subject", "key")
    let start = token.start
    let names = try parenthesizedNames("a column name")
    guard names.count == 1 else {
      throw SQLError(.syntaxError, "a SUBJECT KEY is one column", at: start)
    }
    return .subjectKey(names[0])
  }

  /// `(expression)` of a CHECK.
  private mutating func check() throws(SQLError) -> TableConstraint.Kind {
    try expect(symbol: "(")
    let first = index
    let expression = try expression()
    let source = SourceExpression(expression: expression, text: text(from: first))
    try expect(symbol: ")")
    if at("no", "inherit") { throw unsupported("NO INHERIT") }
    try constraintEnd()
    return .check(source)
  }

  /// DEFERRABLE and the like: of all constraints but foreign keys, which read them before, they are
  /// checked at once.
  mutating func constraintEnd() throws(SQLError) {
    while token.kind == .word {
      if accept("not", "deferrable") || accept("initially", "immediate") { continue }
      if mayBeInvalid, accept("not", "valid") {
        isInvalid = true
        continue
      }
      if at("not", "valid") || at("not", "enforced") {
        throw unsupported("NOT \(peek().text.uppercased())")
      }
      switch token.text {
      case "deferrable":
        throw unsupported("DEFERRABLE", hint: "a foreign key can be DEFERRABLE")
      case "initially":
        throw unsupported("INITIALLY DEFERRED", hint: "a foreign key can be DEFERRABLE")
      case "include", "with", "using":
        throw unsupported("\(token.text.uppercased()) in a constraint")
      default: return
      }
    }
  }
}

extension ColumnGeneration {
  fileprivate var isIdentity: Bool { if case .identity = self { true } else { false } }

  /// Whether the column is never NULL.
  fileprivate var isNotNull: Bool { if case .expression = self { false } else { true } }
}
