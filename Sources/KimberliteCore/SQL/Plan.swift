// SPDX-License-Identifier: Apache-2.0
// What the front end hands to the shell: SQLite text and what is needed to run it. Nothing of the
// user's text survives into it but bound values.

/// A column of a result.
public struct ResultColumn: Sendable, Equatable {
  /// Its name.
  public var name: String
  /// Its type.
  public var type: SQLType
  /// A result column of known parts.
  public init(name: String, type: SQLType) {
    self.name = name
    self.type = type
  }
}

/// A parameter of a statement: `?1` of the SQLite text is the first.
public struct ParameterSlot: Sendable, Equatable {
  /// "1" for `$1`, "name" for `:name`.
  public var name: String
  /// The type that its use asks for; a value is converted to it when bound.
  public var type: SQLType
  /// A parameter slot of known parts.
  public init(name: String, type: SQLType) {
    self.name = name
    self.type = type
  }
}

/// A table or stream as it was after a record.
public struct ObjectMoment: Hashable, Sendable {
  /// The table or stream.
  public var object: ObjectID
  /// The offset of the record.
  public var offset: UInt64
  /// A moment of known parts.
  public init(_ object: ObjectID, _ offset: UInt64) {
    self.object = object
    self.offset = offset
  }
}

/// A SELECT ready for SQLite.
public struct QueryPlan: Sendable {
  /// The text for SQLite.
  public var sql: String
  /// The parameters to bind, in order.
  public var parameters: [ParameterSlot]
  /// Its columns, in order.
  public var columns: [ResultColumn]
  /// The tables whose rows the rows come from, with outputs behind the columns; none where nobody
  /// asked.
  public var proven: [ProvenTable] = []
  /// Why rows do not come from one row of each table, of this query: `it groups rows`.
  public var unproven: String?
  /// The tables that it reads, each once, system tables with their schema.
  public var tables: [String] = []
  /// The tables and streams that it reads, each once for every moment whose schema it reads it by.
  public var sources: [ObjectMoment] = []
  /// Whether it takes values of sequences, or sets them: then it writes.
  public var movesSequences = false
  /// The last record that its own time clauses reach to, where it has any.
  public var reach: UInt64?
  /// A query plan of known parts.
  public init(sql: String, parameters: [ParameterSlot], columns: [ResultColumn]) {
    self.sql = sql
    self.parameters = parameters
    self.columns = columns
  }
}

/// Expressions over one row, ready for SQLite: CHECK, RETURNING, DO UPDATE SET.
///
/// `sql` is a SELECT without FROM table: the inputs of the row are `?1 … ?n` in the order stated
/// by whoever made the program, statement parameters follow.
public struct RowProgram: Sendable {
  /// The text for SQLite.
  public var sql: String
  /// The tables that subqueries in it read, each once.
  public var tables: [String] = []
  /// How many `?` the row takes, before the statement's own parameters.
  public var inputCount: Int
  /// The parameters to bind, in order.
  public var parameters: [ParameterSlot]
  /// Its columns, in order.
  public var columns: [ResultColumn]
  /// A row program of known parts.
  public init(
    sql: String, inputCount: Int, parameters: [ParameterSlot], columns: [ResultColumn]
  ) {
    self.sql = sql
    self.inputCount = inputCount
    self.parameters = parameters
    self.columns = columns
  }
}

/// Rows to insert: `source` yields the full row (all columns in table order, the hidden key NULL),
/// already assigned to the columns' types.
public struct InsertPlan: Sendable {
  /// The table it is about.
  public var table: Table
  /// Where the rows come from.
  public var source: QueryPlan
  /// What to do where a key exists.
  public var conflict: Conflict?
  /// Inputs: the new row.
  public var returning: RowProgram?

  /// ON CONFLICT.
  public struct Conflict: Sendable {
    /// Column positions of the arbiter key; empty means any key (DO NOTHING only).
    public var key: [Int]
    /// `nil`: DO NOTHING.
    ///
    /// Inputs: the existing row, then the proposed row. The first output is the WHERE (1, 0 or
    /// NULL), then the full new row.
    public var update: RowProgram?
    /// A conflict of known parts.
    public init(key: [Int], update: RowProgram?) {
      self.key = key
      self.update = update
    }
  }

  /// An insert plan of known parts.
  public init(table: Table, source: QueryPlan, conflict: Conflict?, returning: RowProgram?) {
    self.table = table
    self.source = source
    self.conflict = conflict
    self.returning = returning
  }
}

/// `source` yields the old row (all columns), then the full new row, then what RETURNING asks of the
/// tables in FROM.
public struct UpdatePlan: Sendable {
  /// The table it is about.
  public var table: Table
  /// Where the rows come from.
  public var source: QueryPlan
  /// The columns of the period of FOR PORTION OF: `source` yields the ends of the portion last.
  public var portion: (from: Int, to: Int)?
  /// Inputs: the new row and what is behind it.
  public var returning: RowProgram?
  /// An update plan of known parts.
  public init(table: Table, source: QueryPlan, returning: RowProgram?) {
    self.table = table
    self.source = source
    self.returning = returning
  }
}

/// `source` yields the old row (all columns), then what RETURNING asks of the tables in USING.
public struct DeletePlan: Sendable {
  /// The table it is about.
  public var table: Table
  /// Where the rows come from.
  public var source: QueryPlan
  /// The columns of the period of FOR PORTION OF: `source` yields the ends of the portion last.
  public var portion: (from: Int, to: Int)?
  /// Inputs: the old row and what is behind it.
  public var returning: RowProgram?
  /// A delete plan of known parts.
  public init(table: Table, source: QueryPlan, returning: RowProgram?) {
    self.table = table
    self.source = source
    self.returning = returning
  }
}

/// `source` yields the table's row (all columns, NULL where none matches), whether one matches, and
/// the source's columns.
public struct MergePlan: Sendable {
  /// The table it is about.
  public var table: Table
  /// Where the rows come from.
  public var source: QueryPlan
  /// What is done, the first that fits.
  public var clauses: [Clause]

  /// One WHEN.
  public struct Clause: Sendable {
    /// Whether it is for rows that match.
    public var isMatched: Bool
    /// What is done.
    public var action: Action
    /// Inputs: what the source yields, without whether it matches.
    ///
    /// The first output says whether the clause fits (1, 0 or NULL); of UPDATE and INSERT the full
    /// new row follows.
    public var program: RowProgram
  }
  /// What can be done.
  public enum Action: Sendable { case nothing, delete, update, insert }
}

/// A statement with others in its WITH, which all see what was there before the first.
public struct CombinedPlan: Sendable {
  /// What stands in WITH, in order.
  public var parts: [Part]
  /// What comes behind it.
  public var last: Plan

  /// A part, whose rows are to be found in a temporary table of columns `c1`, `c2`, ….
  public struct Part: Sendable {
    /// The name of the table.
    public var name: String
    /// The part.
    public var plan: Plan
  }
}

/// A bound statement, ready to run.
public enum Plan: Sendable {
  case query(QueryPlan)
  case explain(QueryPlan)
  case insert(InsertPlan)
  case update(UpdatePlan)
  case delete(DeletePlan)
  case merge(MergePlan)
  indirect case combined(CombinedPlan)
  /// What changes of the schema, in order; empty where IF [NOT] EXISTS says that there is nothing
  /// to do.
  case schema([SchemaStep])
  case transaction(TransactionStatement)
}

extension Plan {
  /// Changes of the schema that are nothing to the rows.
  static func schema(changes: [SchemaChange]) -> Plan { .schema(changes.map { .change($0) }) }
}

/// What the binder asks the shell about time.
public struct Timeline: Sendable {
  /// The newest offset of the log; `nil` when it has no record.
  public var newest: UInt64?
  /// The offset of the newest record whose timestamp is ≤ `microseconds` since 1970; `nil` when
  /// there is none.
  public var offset: @Sendable (_ microseconds: Int64) throws(SQLError) -> UInt64?
  /// The catalog after the record at an offset ≤ `newest`.
  public var catalog: @Sendable (_ offset: UInt64) throws(SQLError) -> Catalog

  /// The value of bound SQL that reads no table: `now() - INTERVAL '1 day'`.
  public var evaluate: (@Sendable (_ sql: String) throws(SQLError) -> Value)?

  /// Of a log without a record: every question about time is refused, so a plan that was bound
  /// with it holds at any time.
  public static let empty = Timeline(newest: nil, offset: { _ in nil }, catalog: { _ in Catalog() })

  /// A timeline of known parts.
  public init(
    newest: UInt64?, offset: @escaping @Sendable (Int64) throws(SQLError) -> UInt64?,
    catalog: @escaping @Sendable (UInt64) throws(SQLError) -> Catalog,
    evaluate: (@Sendable (String) throws(SQLError) -> Value)? = nil
  ) {
    self.evaluate = evaluate
    self.newest = newest
    self.offset = offset
    self.catalog = catalog
  }
}
