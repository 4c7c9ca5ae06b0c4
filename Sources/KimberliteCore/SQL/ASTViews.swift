// SPDX-License-Identifier: Apache-2.0
// The syntax tree of views.

/// `CREATE [OR REPLACE] VIEW name [(columns)] AS query`.
public struct CreateViewStatement: Sendable {
  /// Its name.
  public var name: ObjectName
  /// Whether a view of this name gives way.
  public var replaces: Bool
  /// Names of its columns; fewer than it has, or none: the query's.
  public var columns: [Name]
  /// What it shows.
  public var query: Query
  /// The text of the query, which is what the log keeps.
  public var text: String
  /// Where it begins in the source text.
  public var position: Int
  /// A statement of known parts.
  public init(
    name: ObjectName, replaces: Bool, columns: [Name], query: Query, text: String, position: Int
  ) {
    self.name = name
    self.replaces = replaces
    self.columns = columns
    self.query = query
    self.text = text
    self.position = position
  }
}

/// `ALTER VIEW name RENAME TO new`, and the same of an index or a sequence.
public struct RenameStatement: Sendable {
  /// What it is.
  public var kind: DropStatement.Kind
  /// Its name.
  public var name: ObjectName
  /// Whether it may be missing.
  public var ifExists: Bool
  /// Its new name.
  public var newName: Name
  /// A statement of known parts.
  public init(kind: DropStatement.Kind, name: ObjectName, ifExists: Bool, newName: Name) {
    self.kind = kind
    self.name = name
    self.ifExists = ifExists
    self.newName = newName
  }
}
