// SPDX-License-Identifier: Apache-2.0
// Arithmetic of numbers. Every operation is checked, as PostgreSQL checks it; what provably fits
// its type, and 64-bit integers, whose overflow SQLite shows, stay plain SQL.

extension Binding {
  /// The largest n such that a result of at most 2^n surely fits.
  private static func bitsMax(_ type: SQLType) -> Int {
    switch type {
    case .smallint: 14
    case .integer: 30
    default: 62
    }
  }

  /// A result of SQLite's integer arithmetic, checked at once where its type is narrower than
  /// SQLite's and it may not fit.
  func checked(_ bound: Bound) -> Bound {
    guard let type = bound.type, type == .smallint || type == .integer,
      let bits = bound.computedBits, bits > Self.bitsMax(type)
    else { return bound }
    return Bound(
      "kb_to_\(type.functionKey)(\(unchecked(bound)))", type, at: bound.position,
      nullable: bound.nullable)
  }

  mutating func arithmetic(
    _ op: BinaryOperator, _ a: Bound, _ b: Bound, _ type: SQLType, at position: Int
  ) throws(SQLError) -> Bound {
    var type = type
    // There is no operator of REAL and another type of number.
    if type == .real, a.type != .real || b.type != .real { type = .double }
    if op == .power { type = type.isNumeric ? type : .double }
    if op == .modulo, type.isFloat { throw Self.noOperator("%", a.type, b.type, at: position) }
    let first = try coerce(a, to: type, .implicit)
    let second = try coerce(b, to: type, .implicit)
    if op == .power {
      let name = type.isNumeric ? "kb_numeric_power" : "kb_power"
      return Bound(
        "\(name)(\(text(first)), \(text(second)))", type, at: position,
        nullable: a.nullable || b.nullable)
    }
    guard type.isInteger, op != .divide && op != .modulo || Self.isSafeDivisor(second) else {
      return folded(op, first, second, type, at: position)
    }
    let bits = Self.bits(op, first, second)
    if type != .bigint, let bits, bits > Self.bitsMax(type) {
      return folded(op, first, second, type, at: position)
    }
    let chain: Chain = op == .add || op == .subtract ? .sum : .product
    // SQLite's % makes an integer of what overflowed; the others stay a float, which is caught.
    let head = op == .modulo ? text(first) : link(first, chain)
    var result = Bound(
      "(\(head) \(op.rawValue) \(unchecked(second)))", type, at: position,
      nullable: a.nullable || b.nullable)
    result.computedBits = bits
    result.chain = chain
    return result
  }

  /// Arithmetic by our own functions.
  private func folded(
    _ op: BinaryOperator, _ left: Bound, _ right: Bound, _ type: SQLType, at position: Int
  ) -> Bound {
    let fold =
      if let fold = left.fold, fold.type == type,
        fold.operators.utf8.count < ArithmeticFold.lengthMax
      {
        ArithmeticFold(
          type: type, operators: fold.operators + op.rawValue,
          operands: fold.operands + [text(right)])
      } else {
        ArithmeticFold(
          type: type, operators: op.rawValue, operands: [text(left), text(right)])
      }
    // One operation of SQLite's and a check are faster than a call that does both.
    let isPlain =
      fold.operands.count == 2 && (type == .smallint || type == .integer)
      && (op != .divide && op != .modulo || Self.isSafeDivisor(right))
    let sql =
      isPlain
      ? "kb_to_\(type.functionKey)(\(fold.operands[0]) \(op.rawValue) \(fold.operands[1]))"
      : fold.sql
    var result = Bound(sql, type, at: position, nullable: left.nullable || right.nullable)
    result.fold = fold
    return result
  }

  /// The size of the result of integer arithmetic; `nil` where it cannot leave the type.
  private static func bits(_ op: BinaryOperator, _ left: Bound, _ right: Bound) -> Int? {
    guard let a = left.integerBits, let b = right.integerBits else { return nil }
    switch op {
    case .add, .subtract: return max(a, b) + 1
    case .multiply: return a + b
    case .divide: return left.computedBits
    default: return nil
    }
  }

  /// A divisor that can neither be zero nor overflow.
  private static func isSafeDivisor(_ bound: Bound) -> Bool {
    if case .integer(let number)? = bound.constant { return number > 0 }
    return false
  }
}
