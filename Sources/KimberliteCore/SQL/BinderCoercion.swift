// SPDX-License-Identifier: Apache-2.0
// Gives untyped literals and parameters their types, and converts typed expressions.

extension Binding {
  /// The SQLite text of an expression, whose value fits its type.
  func text(_ bound: Bound) -> String {
    guard let bits = bound.computedBits, bits > 62 else { return unchecked(bound) }
    return "kb_to_bigint(\(unchecked(bound)))"
  }

  /// The SQLite text of an operand of integer arithmetic, whose result is checked.
  func unchecked(_ bound: Bound) -> String {
    switch bound.form {
    case .sql(let sql): sql
    case .string(let text): SQLText.literal(.text(text))
    case .parameter(let slot): placeholder(slot)
    case .null: "NULL"
    }
  }

  /// The SQLite text, with the collation that makes SQLite compare numbers as numbers.
  func collated(_ bound: Bound) -> String {
    let sql = text(bound)
    guard !bound.collates, let collation = bound.type?.collation else { return sql }
    return "(\(sql) COLLATE \(collation))"
  }

  /// The SQLite text of what equals and groups like a value: of an interval its length, which is
  /// the first half of what is stored; of anything else the value.
  func key(_ bound: Bound) -> String {
    bound.type == .interval ? "substr(\(text(bound)), 1, 16)" : collated(bound)
  }

  /// Reads a literal's text as a type; an error says where the literal stands.
  func parse(_ text: String, as type: SQLType, at position: Int) throws(SQLError) -> Value {
    do {
      return try type.parse(text)
    } catch {
      var error = error
      error.position = error.position ?? position
      throw error
    }
  }

  /// Converts an expression to a type, or throws that it cannot be.
  mutating func coerce(_ bound: Bound, to type: SQLType, _ context: CastContext)
    throws(SQLError) -> Bound
  {
    switch bound.form {
    case .null:
      return Bound(.null, type, at: bound.position)
    case .string(let text):
      return try literal(text, as: type, context, at: bound.position)
    case .parameter(let slot):
      // A value is converted to the base type when it is bound, and fitted to the column here.
      let settled = settle(slot, as: type.family == .text ? .text : type.base)
      let typed = Bound(placeholder(slot), settled, at: bound.position)
      return try coerce(typed, to: type, context)
    case .sql(let sql):
      guard let from = bound.type else { preconditionFailure("only literals lack a type") }
      return try convert(bound, sql, from, to: type, context)
    }
  }

  private func literal(
    _ text: String, as type: SQLType, _ context: CastContext, at position: Int
  ) throws(SQLError) -> Bound {
    if context == .implicit, type.family == .text {
      return Bound(.text(text), type == .text ? .text : type.base, at: position)
    }
    if type.namesZone(text) { return zoned(text, type, at: position) }
    let value: Value
    switch type {
    case .varchar(let limit?) where context == .explicit:
      value = .text(String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))))
    case .char(let count) where context == .explicit:
      let cut = String(String.UnicodeScalarView(text.unicodeScalars.prefix(count)))
      value = try parse(cut, as: type, at: position)
    default:
      value = try parse(text, as: context == .implicit ? type.base : type, at: position)
    }
    return Bound(value, context == .implicit ? type.base : type, at: position)
  }

  /// A timestamp with the name of a zone, which is looked up when the statement runs.
  func zoned(_ text: String, _ type: SQLType, at position: Int) -> Bound {
    let literal = SQLText.literal(.text(text))
    return Bound("kb_parse_\(type.functionKey)(\(literal))", type, at: position, nullable: false)
  }

  private func convert(
    _ bound: Bound, _ sql: String, _ from: SQLType, to type: SQLType, _ context: CastContext
  ) throws(SQLError) -> Bound {
    if context == .assignment, case .numeric(nil, _) = type, let stored = try storable(bound) {
      return stored
    }
    if from == type, bound.computedBits == nil || context == .implicit { return bound }
    if case .integer(let number)? = bound.constant, from.isInteger, from.rank <= type.rank {
      // A number that is written out needs no conversion when the statement runs.
      switch type {
      case .smallint, .integer, .bigint: return Bound(.integer(number), type, at: bound.position)
      case .numeric(let precision, _) where precision == nil || context == .implicit:
        return Bound(.text("\(number)"), type, at: bound.position)
      case .double, .real: return Bound(.real(Double(number)), type, at: bound.position)
      default: break
      }
    }
    if let folded = try fold(bound, from, to: type, context) { return folded }
    let staysWide = context == .implicit && type.isInteger
    let source = staysWide ? sql : text(bound)
    guard let converted = Conversion.convert(source, from, type, context) else {
      throw Self.cannot(from, type, context, at: bound.position)
    }
    let keeps = converted == sql
    var result = Bound(
      converted, type, at: bound.position, nullable: bound.nullable,
      collates: keeps && bound.collates)
    result.computedBits = keeps && staysWide ? bound.computedBits : nil
    return result
  }

  /// What is assigned to a NUMERIC column, which holds 38 digits, whereas expressions compute with
  /// more; `nil` where nothing has to be done.
  private func storable(_ bound: Bound) throws(SQLError) -> Bound? {
    guard let from = bound.type, from.isNumeric || from.isFloat, !bound.collates else { return nil }
    if case .text(let digits)? = bound.constant {
      if Decimal(canonical: digits) != nil { return nil }
      var error = Decimal.outOfRange
      error.position = bound.position
      throw error
    }
    let type = SQLType.numeric(precision: nil, scale: nil)
    let digits = Conversion.convert(text(bound), from, type, .assignment) ?? text(bound)
    return Bound(
      "kb_numeric_stored(\(digits))", type, at: bound.position, nullable: bound.nullable)
  }

  /// A literal number that is assigned to NUMERIC(p,s) or to a narrower integer: done now, so that
  /// the error has a place and the statement no work.
  private func fold(
    _ bound: Bound, _ from: SQLType, to type: SQLType, _ context: CastContext
  ) throws(SQLError) -> Bound? {
    guard context != .implicit, let constant = bound.constant, from.family == .number,
      type.family == .number, !from.isFloat
    else { return nil }
    let text: String
    switch constant {
    case .integer(let number): text = "\(number)"
    case .text(let digits): text = digits
    case .real, .blob, .null: return nil
    }
    if type.isInteger, from.isNumeric { return nil }
    return Bound(try parse(text, as: type, at: bound.position), type, at: bound.position)
  }

  private static func cannot(
    _ from: SQLType, _ to: SQLType, _ context: CastContext, at position: Int
  ) -> SQLError {
    if context == .explicit {
      return SQLError(
        .cannotCoerce, "cannot cast type \(from.messageName) to \(to.messageName)", at: position)
    }
    return SQLError(
      .datatypeMismatch,
      "expression is of type \(from.messageName), where \(to.messageName) is needed",
      at: position, hint: "write CAST(… AS \(to.sqlName)) to convert it")
  }

  /// Converts a value to the type of the column that it is assigned to.
  mutating func assign(_ bound: Bound, to column: Column) throws(SQLError) -> Bound {
    if let type = bound.type,
      Conversion.convert("", type, column.type, .assignment) == nil
    {
      throw SQLError(
        .datatypeMismatch,
        "column \"\(column.name)\" is of type \(column.type.messageName) "
          + "but expression is of type \(type.messageName)", at: bound.position,
        hint: "write CAST(… AS \(column.type.sqlName)) to convert it")
    }
    return try coerce(bound, to: column.type, .assignment)
  }

  /// The one type of several branches; `nil` where none has a type.
  func unifyOrNil(_ branches: [Bound], _ what: String, at position: Int) throws(SQLError)
    -> SQLType?
  {
    var result: SQLType?
    for branch in branches {
      guard let type = branch.type else { continue }
      guard let known = result else {
        result = type
        continue
      }
      guard let common = known.common(with: type) else {
        throw SQLError(
          .datatypeMismatch,
          "\(what) types \(known.messageName) and \(type.messageName) cannot be matched",
          at: branch.position)
      }
      result = common
    }
    return result
  }

  /// The one type of several branches, TEXT where none has a type.
  func unify(_ branches: [Bound], _ what: String, at position: Int) throws(SQLError) -> SQLType {
    try unifyOrNil(branches, what, at: position) ?? .text
  }
}
