// SPDX-License-Identifier: Apache-2.0

/// A legal hold: rows of one table that nobody may erase while a matter is open.
///
/// A matter holds rows of several tables by a hold on each. kb-sql(7), Retention and holds.
public struct Hold: Sendable, Equatable {
  /// What the hold is for: the name of a case, say.
  public var matter: String
  /// The table.
  public var table: ObjectID
  /// SQL text of a condition over the table's column names, kept in step with RENAME COLUMN; `nil`:
  /// every row.
  ///
  /// A row is held if the condition is true of any version of it.
  public var condition: String?
  /// The offset of the record that created it.
  public var createdAt: UInt64
  /// The offset of the record that released it.
  public var releasedAt: UInt64?
  /// The name that the table had when it was dropped.
  var droppedName: String?

  /// A hold that stands.
  public init(matter: String, table: ObjectID, condition: String?, createdAt: UInt64) {
    self.matter = matter
    self.table = table
    self.condition = condition
    self.createdAt = createdAt
  }

  /// Whether it has not been released.
  public var isActive: Bool { releasedAt == nil }
}
