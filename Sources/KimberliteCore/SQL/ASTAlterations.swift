// SPDX-License-Identifier: Apache-2.0
// The syntax tree of ALTER TABLE and of COMMENT ON.

/// `ALTER TABLE …`.
public struct AlterTableStatement: Sendable {
  /// The table it is about.
  public var table: ObjectName
  /// Whether it may be missing.
  public var ifExists: Bool
  /// What is done, in order.
  public var actions: [Action]
  /// Where it begins in the source text.
  public var position: Int
  /// What can be done.
  public enum Action: Sendable {
    case addColumn(ColumnDefinition, ifNotExists: Bool)
    case dropColumn(Name, ifExists: Bool, cascades: Bool)
    case alterColumn(Name, ColumnAction)
    case renameColumn(Name, to: Name)
    case renameTable(to: Name)
    case addConstraint(TableConstraint)
    case dropConstraint(Name, ifExists: Bool, cascades: Bool)
    case renameConstraint(Name, to: Name)
    case validateConstraint(Name)
    case setRetention(RetentionClause)
    case dropRetention(position: Int)
  }
  /// What can be done to a column.
  public enum ColumnAction: Sendable {
    /// `nil`: DROP DEFAULT.
    case setDefault(SourceExpression?)
    case setNotNull(Bool)
    /// `TYPE type [USING expression]`
    case setType(SQLType, using: Expression?)
    case addIdentity(always: Bool, SequenceOptions)
    /// `SET GENERATED …`, `SET …`, `RESTART …` of an identity column; `always`: where it is said.
    case setIdentity(always: Bool?, SequenceOptions)
    case dropIdentity(ifExists: Bool)
    case dropExpression(ifExists: Bool)
  }
  /// An alter table statement of known parts.
  public init(table: ObjectName, ifExists: Bool = false, actions: [Action], position: Int) {
    self.table = table
    self.ifExists = ifExists
    self.actions = actions
    self.position = position
  }
}

/// `COMMENT ON … IS 'text'`.
public struct CommentStatement: Sendable {
  /// What it is about.
  public enum Target: Sendable {
    case object(DropStatement.Kind, ObjectName)
    case column(ObjectName, Name)
    case constraint(Name, on: ObjectName)
  }
  /// What it is about.
  public var target: Target
  /// What is said; `nil`: nothing any more.
  public var text: String?
  /// A statement of known parts.
  public init(target: Target, text: String?) {
    self.target = target
    self.text = text
  }
}
