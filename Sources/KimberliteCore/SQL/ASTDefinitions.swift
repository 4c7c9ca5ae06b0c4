// SPDX-License-Identifier: Apache-2.0
// The syntax tree of what makes, changes and drops tables, indexes and streams.

/// `CREATE TABLE …`.
public struct CreateTableStatement: Sendable {
  /// Its name.
  public var name: ObjectName
  /// Whether it may be there already.
  public var ifNotExists: Bool
  /// Its columns, in order.
  public var columns: [ColumnDefinition]
  /// What its rows must keep.
  public var constraints: [TableConstraint]
  /// Tables whose columns it takes.
  public var likes: [LikeClause]
  /// The query that makes its columns and rows, where one does.
  public var source: TableQuery?
  /// Where it begins in the source text.
  public var position: Int
  /// A create table statement of known parts.
  public init(
    name: ObjectName, ifNotExists: Bool, columns: [ColumnDefinition],
    constraints: [TableConstraint], likes: [LikeClause] = [], source: TableQuery? = nil,
    position: Int
  ) {
    self.likes = likes
    self.source = source
    self.name = name
    self.ifNotExists = ifNotExists
    self.columns = columns
    self.constraints = constraints
    self.position = position
  }
}

/// A column of CREATE TABLE or ADD COLUMN.
public struct ColumnDefinition: Sendable {
  /// Its name.
  public var name: Name
  /// Its type.
  public var type: SQLType
  /// Whether NULL is refused.
  public var notNull: Bool
  /// The expression and its source text, which is what the log keeps.
  public var defaultValue: SourceExpression?
  /// PRIMARY KEY, UNIQUE, CHECK and REFERENCES written on the column, as table constraints.
  public var constraints: [TableConstraint]
  /// Whether it is declared PERSONAL.
  public var personal: Bool
  /// What makes its values, where no DEFAULT does.
  public var generation: ColumnGeneration?
  /// A column definition of known parts.
  public init(
    name: Name, type: SQLType, notNull: Bool, defaultValue: SourceExpression?,
    constraints: [TableConstraint], personal: Bool = false
  ) {
    self.name = name
    self.type = type
    self.personal = personal
    self.notNull = notNull
    self.defaultValue = defaultValue
    self.constraints = constraints
  }
}

/// An expression together with its text, for CHECK and DEFAULT, which are stored as text.
public struct SourceExpression: Sendable {
  /// The expression.
  public var expression: Expression
  /// The text.
  public var text: String
  /// A source expression of known parts.
  public init(expression: Expression, text: String) {
    self.expression = expression
    self.text = text
  }
}

/// A constraint on a column or on the table.
public struct TableConstraint: Sendable {
  /// Its name.
  public var name: Name?
  /// What kind it is.
  public var kind: Kind
  /// Whether the rows that exist must keep it: not where NOT VALID says so.
  public var isValid = true
  /// Where it begins in the source text.
  public var position: Int
  /// What kinds there are.
  public enum Kind: Sendable {
    case primaryKey([Name])
    case unique([Name])
    /// `PRIMARY KEY | UNIQUE (columns, period WITHOUT OVERLAPS)`
    case withoutOverlaps([Name], period: Name, isPrimary: Bool)
    /// `PERIOD FOR name (from, to)`
    case period(Name, from: Name, to: Name)
    case check(SourceExpression)
    /// `FOREIGN KEY (columns) REFERENCES table [(targets)]`; empty targets: its primary key.
    case foreignKey(
      [Name], table: ObjectName, targets: [Name], rules: ReferenceRules<Name>)
    /// `SUBJECT KEY (column)`: whose a row is.
    case subjectKey(Name)
  }
  /// Whether it is PERIOD FOR.
  var isPeriod: Bool { if case .period = kind { true } else { false } }
  /// A table constraint of known parts.
  public init(name: Name?, kind: Kind, position: Int) {
    self.name = name
    self.kind = kind
    self.position = position
  }
}

/// `CREATE [UNIQUE] INDEX …`.
public struct CreateIndexStatement: Sendable {
  /// `nil`: named by us, as PostgreSQL does (`patients_name_idx`).
  public var name: Name?
  /// Whether it may be there already.
  public var ifNotExists: Bool
  /// Whether a key may be there once only.
  public var unique: Bool
  /// The table it is about.
  public var table: ObjectName
  /// Its columns, in order.
  public var columns: [(name: Name, descending: Bool)]
  /// Whether it is one of words: `USING fts`.
  public var isFullText = false
  /// `WITH (tokenize = '…')`.
  public var tokenize: TextLiteral?
  /// Where it begins in the source text.
  public var position: Int
  /// A create index statement of known parts.
  public init(
    name: Name?, ifNotExists: Bool, unique: Bool, table: ObjectName,
    columns: [(name: Name, descending: Bool)], position: Int
  ) {
    self.name = name
    self.ifNotExists = ifNotExists
    self.unique = unique
    self.table = table
    self.columns = columns
    self.position = position
  }
}

/// `DROP TABLE | INDEX | STREAM …`.
public struct DropStatement: Sendable {
  /// What kinds there are.
  public enum Kind: Sendable { case table, index, stream, view, sequence }
  /// What kind it is.
  public var kind: Kind
  /// What is dropped.
  public var names: [ObjectName]
  /// Whether it may be missing.
  public var ifExists: Bool
  /// Whether what depends on it goes as well.
  public var cascades: Bool
  /// Where it begins in the source text.
  public var position: Int
  /// A drop statement of known parts.
  public init(
    kind: Kind, names: [ObjectName], ifExists: Bool, cascades: Bool, position: Int
  ) {
    self.kind = kind
    self.names = names
    self.ifExists = ifExists
    self.cascades = cascades
    self.position = position
  }
}
