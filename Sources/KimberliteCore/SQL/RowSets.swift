// SPDX-License-Identifier: Apache-2.0
// Set-returning functions at run time: rows one at a time, in memory that does not grow with their
// number. The shell makes the table `kb_expand(name, a, b, c, d)` of them, with columns c1 … c4.

/// The rows of one call of a set-returning function.
public struct RowSet {
  /// The most columns that a row has.
  public static let width = 4
  /// The next row, `nil` at the end.
  public let next: () throws(SQLError) -> [Value]?

  init(_ next: @escaping () throws(SQLError) -> [Value]?) { self.next = next }

  /// One row.
  init(_ row: [Value]) {
    var rest: [Value]? = row
    self.init {
      defer { rest = nil }
      return rest
    }
  }

  /// No row.
  static var empty: RowSet { RowSet { nil } }

  /// The rows of a call; a function that reads something gives no row for NULL.
  public static func open(_ name: String, _ arguments: [Value]) throws(SQLError) -> RowSet {
    if name == "value" { return RowSet(arguments) }
    if name.hasPrefix("unnest") { return try unnest(name, arguments) }
    if arguments.contains(.null) { return .empty }
    switch name {
    case "series": return try integers(arguments)
    case "series_numeric": return try decimals(arguments)
    case "series_time": return try moments(arguments)
    default: return try members(name, arguments)
    }
  }

  // MARK: generate_series

  private static var noStep: SQLError {
    SQLError(.invalidParameterValue, "step size cannot equal zero")
  }

  private static func integers(_ arguments: [Value]) throws(SQLError) -> RowSet {
    var next: Int64? = try arguments[0].int64()
    let end = try arguments[1].int64()
    let step = try arguments[2].int64()
    if step == 0 { throw noStep }
    return RowSet {
      guard let current = next, step > 0 ? current <= end : current >= end else { return nil }
      let (sum, overflow) = current.addingReportingOverflow(step)
      next = overflow ? nil : sum
      return [.integer(current)]
    }
  }

  private static func decimals(_ arguments: [Value]) throws(SQLError) -> RowSet {
    var next = try arguments[0].numeric()
    let end = try arguments[1].numeric()
    let step = try arguments[2].numeric()
    if step.signum == 0 { throw noStep }
    return RowSet { () throws(SQLError) in
      let order = next.compare(end)
      if step.signum > 0 ? order > 0 : order < 0 { return nil }
      let current = next
      next = try current.adding(step)
      return [.text(current.text)]
    }
  }

  private static func moments(_ arguments: [Value]) throws(SQLError) -> RowSet {
    var next = try arguments[0].int64()
    let end = try arguments[1].int64()
    let step = try arguments[2].interval()
    let length =
      (Int128(step.months) * 30 + Int128(step.days)) * 86_400_000_000 + Int128(step.microseconds)
    if length == 0 { throw noStep }
    return RowSet { () throws(SQLError) in
      if length > 0 ? next > end : next < end { return nil }
      let current = next
      next = try Calendar.adding(step, to: current)
      return [.integer(current)]
    }
  }

  // MARK: unnest

  /// `unnest:tj`: an array as texts, one as JSON; the shorter ones are filled with NULL.
  private static func unnest(_ name: String, _ arguments: [Value]) throws(SQLError) -> RowSet {
    let asText = name.utf8.dropFirst("unnest:".utf8.count).map { $0 == UInt8(ascii: "t") }
    var arrays: [[JSONValue]] = []
    for argument in arguments {
      guard argument != .null else {
        arrays.append([])
        continue
      }
      guard case .array(let elements) = try argument.json() else {
        throw SQLError(.invalidParameterValue, "unnest takes an array")
      }
      arrays.append(elements)
    }
    let count = arrays.map(\.count).max() ?? 0
    var index = 0
    return RowSet { () throws(SQLError) in
      if index == count { return nil }
      var row: [Value] = []
      for (array, asText) in zip(arrays, asText) {
        guard index < array.count else {
          row.append(.null)
          continue
        }
        row.append(try asText ? array[index].plainText() : .text(array[index].text()))
      }
      index += 1
      return row
    }
  }
}
