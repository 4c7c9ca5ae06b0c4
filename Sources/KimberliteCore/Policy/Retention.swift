// SPDX-License-Identifier: Apache-2.0
// How long the rows of a table must be kept. kb-sql(7), Retention and holds.

/// The rule that keeps a table's rows for a time.
public struct Retention: Sendable, Equatable {
  /// The table.
  public var table: ObjectID
  /// How long after the moment that the column states.
  public var interval: Interval
  /// The column that states it; `nil`: when the row's key was first inserted.
  public var column: ColumnID?
  /// Whether it can only be lengthened, and keeps rows that state no moment for ever.
  public var isLocked: Bool

  /// A rule of known parts.
  public init(table: ObjectID, interval: Interval, column: ColumnID?, isLocked: Bool) {
    self.table = table
    self.interval = interval
    self.column = column
    self.isLocked = isLocked
  }

  /// The pseudo-column that `nil` stands for.
  static let creation = "_created_at"
}

extension Interval {
  /// The first of each month of 2000 to 2003: a leap cycle, from which months and days are counted
  /// where intervals are compared.
  private static let referenceDays: [Int64] = (0..<48).map {
    Calendar.dayNumber(.init(year: 2000 + $0 / 12, month: $0 % 12 + 1, day: 1))
  }

  private func end(from day: Int64) throws(SQLError) -> Int64 {
    try Calendar.adding(self, to: day * Calendar.day)
  }

  /// Whether it ends no earlier than another, from whichever month of a leap cycle both are counted.
  ///
  /// `1 mon` is thus neither at least `30 days` nor the other way round.
  func isAtLeast(_ other: Interval) throws(SQLError) -> Bool {
    for day in Self.referenceDays where try end(from: day) < other.end(from: day) { return false }
    return true
  }

  /// Whether it ends later than it begins, from whichever month.
  func isPositive() throws(SQLError) -> Bool {
    for day in Self.referenceDays where try end(from: day) <= day * Calendar.day { return false }
    return true
  }
}
