// SPDX-License-Identifier: Apache-2.0
// Frames of windows. SQLite counts RANGE offsets over numbers alone, so that other columns are
// ordered by a number that has the same order and the same distances.

/// A frame as SQLite text.
struct BoundFrame {
  var text: String
  /// The order of the window, by numbers where offsets of RANGE need them.
  var order: [BoundOrder]
  var movesStart: Bool
}

extension Binding {
  mutating func bindFrame(_ frame: WindowFrame, _ order: [BoundOrder]) throws(SQLError)
    -> BoundFrame
  {
    if frame.unit == .groups, order.isEmpty {
      throw SQLError(
        .windowingError, "GROUPS mode requires an ORDER BY clause", at: frame.position)
    }
    var scale = RangeScale(order: order)
    if frame.unit == .range, frame.hasOffset {
      guard order.count == 1, case .expression(let key) = order[0].key else {
        throw SQLError(
          .windowingError,
          "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column",
          at: frame.position)
      }
      scale = try rangeScale(key, order[0])
    }
    let start = try text(frame.start, "starting", frame, scale)
    let end = try text(frame.end, "ending", frame, scale)
    var text = "\(frame.unit.rawValue) BETWEEN \(start) AND \(end)"
    if let exclusion = frame.exclusion { text += " EXCLUDE \(exclusion.rawValue)" }
    var moves = frame.exclusion == nil
    if case .unboundedPreceding = frame.start { moves = false }
    return BoundFrame(text: text, order: scale.order, movesStart: moves)
  }

  private mutating func text(
    _ bound: WindowFrame.Bound, _ end: String, _ frame: WindowFrame, _ scale: RangeScale
  ) throws(SQLError) -> String {
    switch bound {
    case .unboundedPreceding: "UNBOUNDED PRECEDING"
    case .currentRow: "CURRENT ROW"
    case .unboundedFollowing: "UNBOUNDED FOLLOWING"
    case .preceding(let offset): "\(try frameOffset(offset, end, frame, scale)) PRECEDING"
    case .following(let offset): "\(try frameOffset(offset, end, frame, scale)) FOLLOWING"
    }
  }

  // MARK: Offsets

  /// How far the frame reaches from the current row, as a constant: SQLite takes nothing else.
  private mutating func frameOffset(
    _ expression: Expression, _ end: String, _ frame: WindowFrame, _ scale: RangeScale
  ) throws(SQLError) -> String {
    let uses = scopes.map(\.useCount)
    scopes[level].clause = frame.unit.clause
    let bound = try bind(expression)
    scopes[level].clause = .window
    if scopes.map(\.useCount) != uses {
      throw SQLError(
        .invalidColumnReference,
        "argument of \(frame.unit.rawValue) must not contain variables", at: expression.position)
    }
    let type: SQLType = frame.unit == .range ? try scale.offsetType(bound) : .bigint
    if let from = bound.type, Conversion.convert("", from, type, .implicit) == nil {
      throw SQLError(
        .datatypeMismatch,
        "argument of \(frame.unit.rawValue) must be type \(type.messageName), not type "
          + from.messageName, at: expression.position)
    }
    let offset = try coerce(bound, to: type, .implicit)
    if case .parameter = expression.kind, type.isInteger || type.isFloat { return text(offset) }
    let value: Value
    if let known = offset.constant {
      value = known
    } else {
      value = try computed(.init(.cast(expression, type), at: expression.position))
    }
    let error = SQLError(
      .invalidFrameSize, "frame \(end) offset must not be negative", at: expression.position)
    switch value {
    case .null:
      throw SQLError(
        .init("22004"), "frame \(end) offset must not be null", at: expression.position)
    case .integer(let number) where frame.unit != .range || type.isInteger:
      if number < 0 { throw error }
      return "\(number)"
    default:
      guard let text = try scale.distance(value, type, frame, end, at: expression.position) else {
        throw SQLError(
          .invalidFrameSize, "invalid preceding or following size in window function",
          at: expression.position)
      }
      return text
    }
  }

  /// What RANGE offsets over a column count.
  private mutating func rangeScale(_ key: Bound, _ term: BoundOrder) throws(SQLError)
    -> RangeScale
  {
    guard let type = key.type else { preconditionFailure("terms of an order have types") }
    var scale = RangeScale(order: [term], type: type)
    var number: Bound?
    switch type {
    case .smallint, .integer, .bigint, .real, .double, .timestamp, .timestamptz, .time: break
    case .numeric(let precision?, let digits):
      let digits = digits ?? 0
      guard precision <= 18, digits >= 0 else { fallthrough }
      scale.digits = digits
      number = Bound(
        "kb_numeric_units(\(text(key)), \(digits))", .bigint, at: key.position,
        nullable: key.nullable)
    case .numeric:
      throw SQLError(
        .featureNotSupported,
        "RANGE with an offset over NUMERIC is only supported for a column of at most 18 digits",
        at: key.position, hint: "cast it to NUMERIC(18, s) or DOUBLE PRECISION")
    case .date: number = try coerce(key, to: .timestamp, .implicit)
    default:
      throw SQLError(
        .featureNotSupported,
        "RANGE with offset PRECEDING/FOLLOWING is not supported for column type "
          + type.messageName, at: key.position)
    }
    if let number { scale.order[0].key = .expression(number) }
    return scale
  }
}

/// How the offsets of a RANGE frame become numbers.
private struct RangeScale {
  var order: [BoundOrder]
  /// The type of the column that orders.
  var type: SQLType = .bigint
  /// Digits after the point that one unit stands for, where the column is NUMERIC.
  var digits = 0

  /// The type that an offset has to have.
  func offsetType(_ bound: Bound) throws(SQLError) -> SQLType {
    let wanted: SQLType
    switch type {
    case .smallint, .integer, .bigint: wanted = .bigint
    case .real, .double: wanted = .double
    case .numeric: wanted = .numeric(precision: nil, scale: nil)
    default: wanted = .interval
    }
    if let given = bound.type, Conversion.convert("", given, wanted, .implicit) == nil {
      throw SQLError(
        .featureNotSupported,
        "RANGE with offset PRECEDING/FOLLOWING is not supported for column type "
          + "\(type.messageName) and offset type \(given.messageName)", at: bound.position,
        hint: "cast the offset value to an appropriate type")
    }
    return wanted
  }

  /// An offset in the units of the order; `nil` where it is negative.
  func distance(
    _ value: Value, _ offset: SQLType, _ frame: WindowFrame, _ end: String, at position: Int
  ) throws(SQLError) -> String? {
    switch offset {
    case .double:
      let number = try value.double()
      return number >= 0 ? SQLText.literal(.real(number)) : nil
    case .interval:
      let interval = try value.interval()
      if type == .time {
        return interval.microseconds >= 0 ? "\(interval.microseconds)" : nil
      }
      if interval.months != 0 {
        throw SQLError(
          .featureNotSupported, "RANGE with an offset of months is not supported", at: position,
          hint: "give the offset in days")
      }
      guard interval.length >= 0 else { return nil }
      return "\(Int64(clamping: interval.length))"
    default:
      // What lies between two units reaches as far as the lower one.
      let numeric = try value.numeric()
      if numeric.signum < 0 { return nil }
      guard case .small(let number) = numeric else { return "\(Int64.max)" }
      let units = try number.truncated(toScale: digits)
      let missing = digits - units.scale
      guard let whole = Int64(exactly: units.coefficient), missing <= 18,
        case let (scaled, overflow) = whole.multipliedReportingOverflow(
          by: Int64(Decimal.power(missing))), !overflow
      else { return "\(Int64.max)" }
      return "\(scaled)"
    }
  }
}

extension WindowFrame {
  /// Whether it counts from the current row.
  fileprivate var hasOffset: Bool {
    for bound in [start, end] {
      switch bound {
      case .preceding, .following: return true
      default: break
      }
    }
    return false
  }
}

extension WindowFrame.Unit {
  fileprivate var clause: Clause {
    switch self {
    case .rows: .frameRows
    case .range: .frameRange
    case .groups: .frameGroups
    }
  }
}
