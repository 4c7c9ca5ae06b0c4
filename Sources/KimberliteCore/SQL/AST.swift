// SPDX-License-Identifier: Apache-2.0
// The syntax tree: what was written, nothing resolved. Positions are UTF-8 byte offsets into the
// source text, so that every later error can point at its cause.

/// One statement of a script.
public enum Statement: Sendable {
  case select(Query)
  case insert(InsertStatement)
  case update(UpdateStatement)
  case delete(DeleteStatement)
  case merge(MergeStatement)
  indirect case with(WithStatement)
  case createTable(CreateTableStatement)
  case createIndex(CreateIndexStatement)
  case createStream(name: ObjectName, ifNotExists: Bool)
  case createView(CreateViewStatement)
  case createSequence(CreateSequenceStatement)
  case alterSequence(AlterSequenceStatement)
  case rename(RenameStatement)
  case comment(CommentStatement)
  case drop(DropStatement)
  case alterTable(AlterTableStatement)
  case createHold(CreateHoldStatement)
  /// `RELEASE HOLD 'matter' [ON table]`; `nil`: on every table.
  case releaseHold(TextLiteral, table: ObjectName?)
  case alterLog(AlterLogStatement)
  case transaction(TransactionStatement)
  indirect case explain(Statement)
  indirect case prepare(PrepareStatement)
  case execute(ExecuteStatement)
  /// `DEALLOCATE`; `nil`: ALL.
  case deallocate(Name?)
}

/// An identifier as resolved by the lexer: unquoted names are folded to lower case.
public struct Name: Sendable, Equatable {
  /// The text.
  public var text: String
  /// Where it begins in the source text.
  public var position: Int
  /// Whether it is written in double quotes.
  public var isQuoted: Bool
  /// A name of known parts.
  public init(_ text: String, at position: Int, isQuoted: Bool = false) {
    self.text = text
    self.position = position
    self.isQuoted = isQuoted
  }
}

/// `name` or `schema.name` (`kb.records`).
public struct ObjectName: Sendable, Equatable {
  /// The schema, where one is written.
  public var schema: Name?
  /// Its name.
  public var name: Name
  /// An object name of known parts.
  public init(schema: Name?, name: Name) {
    self.schema = schema
    self.name = name
  }
}
