// SPDX-License-Identifier: Apache-2.0
// The catalog: what tables, streams and indexes exist at one offset. A fold over schema changes,
// so the catalog of any past moment is the fold of the changes up to it. Nothing here is ever
// mutated except by `apply`.

/// Identifies a table, stream or index for ever: the numbers are never reused.
public typealias ObjectID = UInt32
/// Identifies a column within its table for ever.
public typealias ColumnID = UInt32

/// One column of a table.
public struct Column: Sendable, Equatable {
  /// Its number, never used again.
  public var id: ColumnID
  /// Its name now.
  public var name: String
  /// Its type.
  public var type: SQLType
  /// Whether NULL is refused.
  public var notNull: Bool
  /// SQL text of the DEFAULT expression.
  public var defaultText: String?
  /// The constant that rows from before ADD COLUMN show: evaluated once, by the writer.
  public var fill: Value
  /// The row identity of a table without primary key; not selected by `*`.
  public var hidden: Bool
  /// Whether its values are events of their own, beside the rest of their rows, so that they can
  /// be erased while the rest stays.
  public var personal: Bool
  /// Its name in the view, fixed at creation, unique within the storage table.
  public var storageName: String
  /// What gives it its values, where no DEFAULT of its own does.
  public var source: ColumnSource?

  /// A column of known parts.
  public init(
    id: ColumnID, name: String, type: SQLType, notNull: Bool, defaultText: String? = nil,
    fill: Value = .null, hidden: Bool = false, personal: Bool = false, storageName: String
  ) {
    self.id = id
    self.name = name
    self.type = type
    self.notNull = notNull
    self.defaultText = defaultText
    self.fill = fill
    self.hidden = hidden
    self.personal = personal
    self.storageName = storageName
  }
}

/// A PRIMARY KEY, UNIQUE, CHECK or REFERENCES of a table.
public struct Constraint: Sendable, Equatable {
  /// What kinds there are.
  public enum Kind: Sendable, Equatable {
    case primaryKey([ColumnID])
    case unique([ColumnID])
    /// SQL text over the table's column names; kept in step with RENAME COLUMN.
    case check(String)
    case foreignKey(
      [ColumnID], table: ObjectID, targets: [ColumnID], rules: ReferenceRules<ColumnID>)
    /// Rows that are equal in the columns do not share an instant of the table's period.
    case withoutOverlaps([ColumnID])
  }
  /// Its name.
  public var name: String
  /// What kind it is.
  public var kind: Kind
  /// Whether all rows are known to keep it; one that is NOT VALID is held against new ones alone.
  public var isValid: Bool
  /// A constraint of known parts.
  public init(name: String, kind: Kind, isValid: Bool = true) {
    self.isValid = isValid
    self.name = name
    self.kind = kind
  }

  var isPrimaryKey: Bool { if case .primaryKey = kind { true } else { false } }

  /// The table that a foreign key refers to.
  var target: ObjectID? {
    if case .foreignKey(_, let table, _, _) = kind { table } else { nil }
  }

  /// The columns of it that a foreign key refers to.
  var targetColumns: [ColumnID] {
    if case .foreignKey(_, _, let targets, _) = kind { targets } else { [] }
  }

  /// The columns of its table that it is made of; those a CHECK names are in its text alone.
  var columns: [ColumnID] {
    switch kind {
    case .primaryKey(let ids), .unique(let ids), .foreignKey(let ids, _, _, _),
      .withoutOverlaps(let ids):
      ids
    case .check: []
    }
  }
}

/// A secondary index, made by CREATE INDEX or by a UNIQUE constraint.
public struct Index: Sendable, Equatable {
  /// Its number, never used again.
  public var id: ObjectID
  /// Its name.
  public var name: String
  /// The table it is about.
  public var table: ObjectID
  /// Its columns, in order.
  public var columns: [(id: ColumnID, descending: Bool)]
  /// Whether a key may be there once only.
  public var unique: Bool
  /// How texts are taken apart, of an index of words; `nil`: of an ordinary one.
  public var tokenize: String?
  /// An index of known parts.
  public init(
    id: ObjectID, name: String, table: ObjectID, columns: [(id: ColumnID, descending: Bool)],
    unique: Bool, tokenize: String? = nil
  ) {
    self.tokenize = tokenize
    self.id = id
    self.name = name
    self.table = table
    self.columns = columns
    self.unique = unique
  }
  /// Equal in every part.
  public static func == (a: Index, b: Index) -> Bool {
    a.id == b.id && a.name == b.name && a.table == b.table && a.unique == b.unique
      && a.tokenize == b.tokenize && a.columns.elementsEqual(b.columns, by: ==)
  }
}

/// When a row's fact is true, from one column to another, which is not part of it.
///
/// SQL:2011 §4.15.2: an application-time period.
public struct Period: Sendable, Equatable {
  /// Its name.
  public var name: String
  /// The column that holds its begin.
  public var from: ColumnID
  /// The column that holds its end.
  public var to: ColumnID
  /// A period of known parts.
  public init(name: String, from: ColumnID, to: ColumnID) {
    self.name = name
    self.from = from
    self.to = to
  }
}

/// A table as it is at one offset.
public struct Table: Sendable, Equatable {
  /// Its number, never used again.
  public var id: ObjectID
  /// Its name.
  public var name: String
  /// In the order of a row's values in its events.
  public var columns: [Column]
  /// What its rows must keep.
  public var constraints: [Constraint]
  /// Its name in the view, fixed at creation, unique in the view.
  public var storageName: String
  /// The offset of the record that created it.
  public var createdAt: UInt64
  /// The id that the next added column gets.
  public var nextColumnID: ColumnID
  /// The column whose value says whose a row is, where each subject's events are under a key of
  /// its own; it is never NULL and never PERSONAL.
  public var subject: ColumnID?
  /// The period in which what a row says is true.
  public var period: Period?

  /// A table of known parts.
  public init(
    id: ObjectID, name: String, columns: [Column], constraints: [Constraint], storageName: String,
    createdAt: UInt64, nextColumnID: ColumnID, subject: ColumnID? = nil
  ) {
    self.id = id
    self.name = name
    self.columns = columns
    self.constraints = constraints
    self.storageName = storageName
    self.createdAt = createdAt
    self.nextColumnID = nextColumnID
    self.subject = subject
  }

  /// Positions in `columns` of the primary key, in key order.
  ///
  /// Never empty: a table declared without one is keyed by its hidden column.
  public var keyColumns: [Int] {
    for constraint in constraints {
      if case .primaryKey(let ids) = constraint.kind { return ids.map(position(of:)) }
    }
    return [0]
  }

  /// The position in `columns` of the column with an id.
  public func position(of id: ColumnID) -> Int {
    guard let position = columns.firstIndex(where: { $0.id == id }) else {
      preconditionFailure("the catalog refers to a column that its table lacks")
    }
    return position
  }

  /// The constraint of a name, if there is one.
  func constraint(named name: String) -> Constraint? { constraints.first { $0.name == name } }

  /// Whether there is a column with an id.
  func has(_ id: ColumnID) -> Bool { columns.contains { $0.id == id } }

  /// Whether a row is two events: its own, and one of the values of its personal columns.
  public var hasPersonal: Bool { columns.contains(where: \.personal) }

  /// Positions in `columns` of those that a row's own event holds, or of those that its personal
  /// one does, in the order of their values there.
  public func positions(personal: Bool) -> [Int] {
    columns.indices.filter { columns[$0].personal == personal }
  }

  /// The column of a name, if there is one.
  public func column(named name: String) -> Column? {
    columns.first { $0.name == name }
  }
}

/// A stream as it is at one offset.
public struct Stream: Sendable, Equatable {
  /// Its number, never used again.
  public var id: ObjectID
  /// Its name.
  public var name: String
  /// The offset of the record that created it.
  public var createdAt: UInt64
  /// A stream of known parts.
  public init(id: ObjectID, name: String, createdAt: UInt64) {
    self.id = id
    self.name = name
    self.createdAt = createdAt
  }
}

/// One change of the catalog.
///
/// Carries everything by value, so that replay needs no decision.
public enum SchemaChange: Sendable, Equatable {
  /// `storageName`s and ids are already chosen by `Catalog.plan…`.
  case createTable(Table)
  case dropTable(ObjectID)
  case renameTable(ObjectID, to: String)
  case addColumn(ObjectID, Column, constraints: [Constraint])
  case dropColumn(ObjectID, ColumnID)
  /// `checks`: the texts of the table's CHECK constraints and of defaults after the renaming.
  case renameColumn(ObjectID, ColumnID, to: String, checks: [Constraint])
  case createIndex(Index)
  case dropIndex(ObjectID)
  case createStream(Stream)
  case dropStream(ObjectID)
  case setRetention(Retention)
  case dropRetention(ObjectID)
  case createHold(Hold)
  /// The condition after the renaming of a column.
  case rewordHold(String, ObjectID, to: String)
  case releaseHold(String, ObjectID, at: UInt64)
  case setLog(LogSetting)
  /// Of views and of what tables are made of.
  case define(Definition)
}

/// What exists at one offset.
public struct Catalog: Sendable, Equatable {
  /// The tables of schema kb.
  public static let systemTables = [
    "records", "tables", "columns", "sequences", "purges", "holds", "retention", "settings",
    "accesses",
  ]
  /// For those who ask as in other databases.
  static let tablesHint = "tables are rows of kb.tables, columns of kb.columns"

  /// In order of creation.
  public internal(set) var tables: [Table] = []
  /// The streams.
  public private(set) var streams: [Stream] = []
  /// The indexes.
  public internal(set) var indexes: [Index] = []
  /// The views, in order of creation.
  public internal(set) var views: [StoredView] = []
  /// The sequences, in order of creation.
  public internal(set) var sequences: [StoredSequence] = []
  /// What people say of tables, columns and the like.
  var comments: [Comment] = []
  /// Tables as they were when they were dropped: their rows are in the past still.
  public private(set) var droppedTables: [Table] = []
  /// Streams that were dropped.
  public private(set) var droppedStreams: [Stream] = []
  /// How long rows are kept; one rule a table at most, dropped ones too.
  public internal(set) var retentions: [Retention] = []
  /// In order of creation, released ones too.
  public internal(set) var holds: [Hold] = []
  /// How this log is to be treated.
  public internal(set) var settings = LogSettings()
  /// The id that the next object gets.
  public internal(set) var nextID: ObjectID = 1
  /// Lower-cased names of every table that the view ever stored, dropped ones too.
  public private(set) var storageNames: Set<String> = []

  /// A catalog of known parts.
  public init() {}

  /// The table of a name, if there is one.
  public func table(named name: String) -> Table? { tables.first { $0.name == name } }
  /// The table with an id, if it exists at this offset.
  public func table(_ id: ObjectID) -> Table? { tables.first { $0.id == id } }
  /// The stream of a name, if there is one.
  public func stream(named name: String) -> Stream? { streams.first { $0.name == name } }
  /// The stream with an id, if it exists at this offset.
  public func stream(_ id: ObjectID) -> Stream? { streams.first { $0.id == id } }
  /// The index of a name, if there is one.
  public func index(named name: String) -> Index? { indexes.first { $0.name == name } }

  /// The table of a name; where there is none, those that were dropped, the last one first.
  public func tables(everNamed name: String) -> [Table] {
    table(named: name).map { [$0] } ?? droppedTables.filter { $0.name == name }.reversed()
  }
  /// The stream of a name; where there is none, those that were dropped, the last one first.
  public func streams(everNamed name: String) -> [Stream] {
    stream(named: name).map { [$0] } ?? droppedStreams.filter { $0.name == name }.reversed()
  }

  /// A name for a new storage table: `name` itself unless it is taken or was ever taken, else with
  /// the id beside it.
  public func storageName(for name: String, id: ObjectID) -> String {
    let folded = name.lowercased()
    // Names of ours and of SQLite's own tables: it is their beginning that is taken.
    if folded.hasPrefix("kb_") || folded.hasPrefix("sqlite_") { return "\(id).\(name)" }
    return storageNames.contains(folded) ? "\(name).\(id)" : name
  }

  /// Whether a change is of what there is: new things are new, changed ones exist.
  public func accepts(_ change: SchemaChange) -> Bool {
    switch change {
    case .createTable(let new):
      let ids = Set(new.columns.map(\.id))
      return table(new.id) == nil
        && new.constraints.allSatisfy { $0.columns.allSatisfy(ids.contains) }
        && (new.subject.map(ids.contains) ?? true)
    case .dropTable(let id), .renameTable(let id, _): return table(id) != nil
    case .addColumn(let id, let column, _):
      return table(id).map { column.id >= $0.nextColumnID } ?? false
    case .dropColumn(let id, let column):
      return table(id).map { $0.has(column) && $0.subject != column } ?? false
    case .renameColumn(let id, let column, _, let checks):
      guard let table = table(id), table.has(column) else { return false }
      return checks.allSatisfy { check in table.constraints.contains { $0.name == check.name } }
    case .createIndex(let index):
      guard let table = table(index.table) else { return false }
      return index.columns.allSatisfy { table.has($0.id) }
    case .dropIndex(let id): return indexes.contains { $0.id == id }
    case .createStream(let new): return stream(new.id) == nil
    case .dropStream(let id): return stream(id) != nil
    case .setRetention, .dropRetention, .createHold, .rewordHold, .releaseHold, .setLog:
      return accepts(policy: change)
    case .define(let definition): return accepts(definition)
    }
  }

  /// Applies a change.
  ///
  /// - Precondition: it was planned against this very catalog; a change that does not fit is
  ///   corruption of the log and traps.
  public mutating func apply(_ change: SchemaChange) {
    precondition(accepts(change), "a schema change is of the schema that there is")
    switch change {
    case .createTable(let table):
      tables.append(table)
      storageNames.insert(table.storageName.lowercased())
      nextID = max(nextID, table.id + 1)
    case .dropTable(let id):
      nameHolds(of: id)
      droppedTables += tables.filter { $0.id == id }
      forgetComments(ofTable: id)
      tables.removeAll { $0.id == id }
      indexes.removeAll { $0.table == id }
    case .renameTable(let id, let name):
      edit(id) { $0.name = name }
    case .addColumn(let id, let column, let constraints):
      edit(id) {
        $0.columns.append(column)
        $0.constraints += constraints
        $0.nextColumnID = column.id + 1
      }
    case .dropColumn(let id, let column):
      comments.removeAll { $0.target == .column(id, column) }
      edit(id) { table in
        table.columns.removeAll { $0.id == column }
        table.constraints.removeAll { $0.columns.contains(column) }
      }
      indexes.removeAll { $0.table == id && $0.columns.contains { $0.id == column } }
    case .renameColumn(let id, let column, let name, let checks):
      edit(id) { table in
        table.columns[table.position(of: column)].name = name
        for check in checks {
          guard let at = table.constraints.firstIndex(where: { $0.name == check.name }) else {
            preconditionFailure("a renamed check does not exist")
          }
          table.constraints[at] = check
        }
      }
    case .createIndex(let index):
      indexes.append(index)
      nextID = max(nextID, index.id + 1)
    case .dropIndex(let id):
      indexes.removeAll { $0.id == id }
      comments.removeAll { $0.target == .object(id) }
    case .createStream(let stream):
      streams.append(stream)
      nextID = max(nextID, stream.id + 1)
    case .dropStream(let id):
      droppedStreams += streams.filter { $0.id == id }
      streams.removeAll { $0.id == id }
      comments.removeAll { $0.target == .object(id) }
    case .setRetention, .dropRetention, .createHold, .rewordHold, .releaseHold, .setLog:
      apply(policy: change)
    case .define(let definition): apply(definition)
    }
  }

  mutating func edit(_ id: ObjectID, _ change: (inout Table) -> Void) {
    guard let at = tables.firstIndex(where: { $0.id == id }) else {
      preconditionFailure("a changed table does not exist")
    }
    change(&tables[at])
  }
}
