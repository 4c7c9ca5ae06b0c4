// SPDX-License-Identifier: Apache-2.0
// Arithmetic of dates, times, timestamps and intervals, as PostgreSQL's table 9.32 has it.

extension Binding {
  mutating func timeArithmetic(
    _ op: BinaryOperator, _ left: Bound, _ right: Bound, at position: Int
  ) throws(SQLError) -> Bound {
    // An untyped operand is an interval beside a `+`, else of the other's type.
    var a = left
    var b = right
    if let known = b.type, a.type == nil {
      a = try coerce(a, to: op == .add && known != .time ? .interval : known, .implicit)
    }
    if let known = a.type, b.type == nil {
      let other: SQLType =
        switch (op, known) {
        case (.multiply, _), (.divide, _): .double
        case (.subtract, _): known
        default: .interval
        }
      b = try coerce(b, to: other, .implicit)
    }
    guard let first = a.type, let second = b.type else {
      throw Self.noOperator(op.rawValue, left.type, right.type, at: position)
    }
    if op == .add, let sum = try sum(a, first, b, second, at: position) { return sum }
    if op == .add, let sum = try sum(b, second, a, first, at: position) { return sum }
    if op == .subtract, let rest = try difference(a, first, b, second, at: position) { return rest }
    if op == .multiply || op == .divide {
      if first == .interval, second.family == .number {
        return try scaled(op, a, b, at: position)
      }
      if op == .multiply, second == .interval, first.family == .number {
        return try scaled(op, b, a, at: position)
      }
    }
    throw Self.noOperator(op.rawValue, left.type, right.type, at: position)
  }

  /// The arguments of OVERLAPS, where an interval stands for its start and itself added.
  mutating func spanEnds(_ arguments: [Bound]) throws(SQLError) -> [Bound] {
    var result = arguments
    for end in [1, 3] where arguments.count == 4 && arguments[end].type == .interval {
      let start = arguments[end - 1]
      result[end] = try timeArithmetic(.add, start, arguments[end], at: start.position)
    }
    return result
  }

  private func result(_ sql: String, _ type: SQLType, _ a: Bound, _ b: Bound, _ position: Int)
    -> Bound
  {
    Bound(sql, type, at: position, nullable: a.nullable || b.nullable)
  }

  private mutating func sum(
    _ a: Bound, _ first: SQLType, _ b: Bound, _ second: SQLType, at position: Int
  ) throws(SQLError) -> Bound? {
    let left = text(a)
    let right = text(b)
    switch (first, second) {
    case (.date, _) where second.isInteger:
      return result("kb_date_add(\(left), \(right))", .date, a, b, position)
    case (.date, .interval):
      let moment = text(try coerce(a, to: .timestamp, .implicit))
      return result("kb_timestamp_add(\(moment), \(right))", .timestamp, a, b, position)
    case (.timestamp, .interval), (.timestamptz, .interval):
      return result("kb_timestamp_add(\(left), \(right))", first, a, b, position)
    case (.date, .time):
      return result("(\(left) * 86400000000 + \(right))", .timestamp, a, b, position)
    case (.time, .interval): return result("kb_time_add(\(left), \(right))", .time, a, b, position)
    case (.interval, .interval):
      return result("kb_interval_add(\(left), \(right))", .interval, a, b, position)
    default: return nil
    }
  }

  private mutating func difference(
    _ a: Bound, _ first: SQLType, _ b: Bound, _ second: SQLType, at position: Int
  ) throws(SQLError) -> Bound? {
    let left = text(a)
    let right = text(b)
    switch (first, second) {
    case (.date, .date): return result("(\(left) - \(right))", .integer, a, b, position)
    case (.date, _) where second.isInteger:
      return result("kb_date_add(\(left), -(\(right)))", .date, a, b, position)
    case (_, .interval) where first.family == .datetime || first == .interval || first == .time:
      let negated = Bound(
        "kb_interval_neg(\(right))", .interval, at: b.position, nullable: b.nullable)
      return try sum(a, first, negated, .interval, at: position)
    case (.time, .time):
      return result("kb_interval_of_time(\(left) - \(right))", .interval, a, b, position)
    case (_, _) where first.family == .datetime && second.family == .datetime:
      guard let common = first.common(with: second) else { return nil }
      let from = text(try coerce(a, to: common, .implicit))
      let to = text(try coerce(b, to: common, .implicit))
      return result("kb_timestamp_sub(\(from), \(to))", .interval, a, b, position)
    default: return nil
    }
  }

  private mutating func scaled(
    _ op: BinaryOperator, _ interval: Bound, _ factor: Bound, at position: Int
  )
    throws(SQLError) -> Bound
  {
    let number = text(try coerce(factor, to: .double, .implicit))
    let name = op == .multiply ? "kb_interval_mul" : "kb_interval_div"
    return result("\(name)(\(text(interval)), \(number))", .interval, interval, factor, position)
  }
}
