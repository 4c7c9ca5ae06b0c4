// SPDX-License-Identifier: Apache-2.0
// The syntax tree of what governs data: retention, holds and the settings of the log.

/// A string literal and where it stands.
public struct TextLiteral: Sendable, Equatable {
  /// The value.
  public var text: String
  /// Where it begins in the source text.
  public var position: Int
  /// A literal of known parts.
  public init(_ text: String, at position: Int) {
    self.text = text
    self.position = position
  }
}

/// `SET RETENTION 'interval' FROM column [LOCK]`.
public struct RetentionClause: Sendable {
  /// How long.
  public var interval: TextLiteral
  /// The column that states from when; may be `_created_at`.
  public var column: Name
  /// Whether LOCK is written.
  public var isLocked: Bool
  /// A clause of known parts.
  public init(interval: TextLiteral, column: Name, isLocked: Bool) {
    self.interval = interval
    self.column = column
    self.isLocked = isLocked
  }
}

/// `CREATE HOLD 'matter' ON table [WHERE condition]`.
public struct CreateHoldStatement: Sendable {
  /// What the hold is for.
  public var matter: TextLiteral
  /// The table whose rows are held.
  public var table: ObjectName
  /// Which rows; `nil`: all.
  public var condition: SourceExpression?
  /// A statement of known parts.
  public init(matter: TextLiteral, table: ObjectName, condition: SourceExpression?) {
    self.matter = matter
    self.table = table
    self.condition = condition
  }
}

/// `ALTER LOG SET … | RESET …`.
public enum AlterLogStatement: Sendable {
  case auditReads(Bool)
  /// `needed OF (keys)`; 0 and no keys: RESET.
  case purgeApprovals(needed: Int, keys: [TextLiteral], position: Int)
  /// `nil`: RESET.
  case purgeDelay(TextLiteral?)
}
