// SPDX-License-Identifier: Apache-2.0

/// Every limit of the system, with its reason.
///
/// Documented in kb-log(5) and kb-sql(7).
public enum Limits {
  /// Events of one record: they and their salts are held in memory until the record is durable.
  public static let recordEventsMax = 1 << 22
  /// Bytes of one record's events: a body is compressed in one call and held in memory.
  public static let recordBytesMax = 1 << 30
  /// Bytes of one event: a value must fit in SQLite's default length limit with room to spare.
  public static let eventBytesMax = 64 << 20
  /// Bytes of one line of input.
  public static let lineBytesMax = 16 << 20
  /// Bytes of events after which kb-append closes a record whatever its number of lines, so that
  /// memory stays flat.
  public static let batchBytesMax = 4 << 20
  /// Levels of nesting of a JSON value.
  public static let jsonDepthMax = 128
  /// Bytes of one SQL statement.
  public static let statementBytesMax = 16 << 20
  /// Levels of nesting of SQL: parentheses, signs, CASE, right sides of operators; a call counts as
  /// two and a subquery as four.
  ///
  /// Bounded before the stack is: a parser or binder frame is below 2 KiB and the stack 8 MiB.
  public static let sqlDepthMax = 250
  /// Height of a tree of operators, joins or set operations: below SQLite's expression depth of
  /// 1000 with room for what the binder adds.
  public static let sqlHeightMax = 900
  /// Tables of one FROM: SQLite joins at most 64, with one to spare for the target of a write.
  public static let joinTablesMax = 63
  /// Columns of a table: below SQLite's 2000 with room for ours.
  public static let columnsMax = 1600
  /// Views that one statement is made of, each counted as often as it is written out: a view of two
  /// views of two views doubles with each.
  public static let viewExpansionsMax = 256
  /// Grouping sets of one select: SQLite joins at most 500 queries into one.
  public static let groupingSetsMax = 500
  /// Bytes of the rows that one aggregate keeps, to sort them or for a moving frame.
  public static let aggregateBytesMax = 256 << 20
  /// Bytes of a name.
  public static let nameBytesMax = 255
  /// States of the automata of one regular expression: they are made and walked in memory.
  public static let regexStatesMax = 50_000
  /// Steps of matching one text, beside some for each of its characters: about a second.
  public static let regexStepsMax = 50_000_000
  /// Bytes of actor, reason, ticket and request id each.
  public static let contextBytesMax = 4096
}
