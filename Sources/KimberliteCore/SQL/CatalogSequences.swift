// SPDX-License-Identifier: Apache-2.0
// Sequences, and what gives a column its value where a statement gives none.

/// A sequence as it is at one offset; how far it is stands in the view, not in the catalog.
public struct StoredSequence: Sendable, Equatable {
  /// Its number, never used again.
  public var id: ObjectID
  /// Its name.
  public var name: String
  /// SMALLINT, INTEGER or BIGINT.
  public var type: SQLType
  /// What is added each time; not 0.
  public var increment: Int64
  /// The least value.
  public var minimum: Int64
  /// The greatest value.
  public var maximum: Int64
  /// The first value.
  public var start: Int64
  /// Whether it begins anew at its end.
  public var cycles: Bool
  /// The column that it goes with, if one.
  public var owner: SequenceOwner?
  /// The offset of the record that created it.
  public var createdAt: UInt64

  /// A sequence of known parts.
  public init(
    id: ObjectID, name: String, type: SQLType, increment: Int64, minimum: Int64, maximum: Int64,
    start: Int64, cycles: Bool, owner: SequenceOwner?, createdAt: UInt64
  ) {
    self.id = id
    self.name = name
    self.type = type
    self.increment = increment
    self.minimum = minimum
    self.maximum = maximum
    self.start = start
    self.cycles = cycles
    self.owner = owner
    self.createdAt = createdAt
  }

  /// The least and the greatest value of a type.
  static func limits(of type: SQLType) -> ClosedRange<Int64> {
    switch type {
    case .smallint: Int64(Int16.min)...Int64(Int16.max)
    case .integer: Int64(Int32.min)...Int64(Int32.max)
    default: Int64.min...Int64.max
    }
  }
}

/// The column that a sequence goes with.
public struct SequenceOwner: Sendable, Equatable {
  /// The table.
  public var table: ObjectID
  /// The column.
  public var column: ColumnID
  /// An owner of known parts.
  public init(table: ObjectID, column: ColumnID) {
    self.table = table
    self.column = column
  }
}

/// How far a sequence is.
public struct SequencePosition: Sendable, Equatable {
  /// The sequence.
  public var id: ObjectID
  /// The value that was given last, or that will be given first.
  public var value: Int64
  /// Whether it was given.
  public var isCalled: Bool
  /// A position of known parts.
  public init(id: ObjectID, value: Int64, isCalled: Bool) {
    self.id = id
    self.value = value
    self.isCalled = isCalled
  }
}

/// What gives a column its value, besides a DEFAULT that is SQL.
public enum ColumnSource: Sendable, Equatable {
  /// `DEFAULT nextval('sequence')`
  case sequence(ObjectID)
  /// `GENERATED … AS IDENTITY`; `always`: a statement gives none.
  case identity(ObjectID, always: Bool)
  /// `GENERATED ALWAYS AS (expression) STORED`: SQL text over the columns' names.
  case generated(String)

  /// The sequence that values are taken from.
  public var sequence: ObjectID? {
    switch self {
    case .sequence(let id), .identity(let id, _): id
    case .generated: nil
    }
  }
}

extension Column {
  /// The expression of a generated column.
  public var generation: String? {
    if case .generated(let text)? = source { text } else { nil }
  }

  /// Whether it is GENERATED … AS IDENTITY, and ALWAYS.
  var identity: Bool? {
    if case .identity(_, let always)? = source { always } else { nil }
  }

  /// Whether a value that a statement gives is refused unless OVERRIDING lets it pass.
  var isAlwaysGenerated: Bool { generation != nil || identity == true }
}

extension Catalog {
  /// The sequence of a name, if there is one.
  public func sequence(named name: String) -> StoredSequence? {
    sequences.first { $0.name == name }
  }
  /// The sequence with an id, if it exists at this offset.
  public func sequence(_ id: ObjectID) -> StoredSequence? { sequences.first { $0.id == id } }

  /// The columns that take their values from a sequence.
  func columns(fedBy id: ObjectID) -> [(table: Table, column: Column)] {
    tables.flatMap { table in
      table.columns.filter { $0.source?.sequence == id }.map { (table, $0) }
    }
  }

  /// The sequences that go with a table, or with one column of it.
  func sequences(ownedBy table: ObjectID, _ column: ColumnID? = nil) -> [StoredSequence] {
    sequences.filter { sequence in
      sequence.owner?.table == table && (column == nil || sequence.owner?.column == column)
    }
  }

  /// What stands behind DEFAULT, if anything does.
  func defaultText(of column: Column) -> String? {
    if case .sequence(let id)? = column.source, let sequence = sequence(id) {
      return "nextval(\(SQLText.literal(.text(SQLText.plainName(sequence.name)))))"
    }
    return column.defaultText
  }

  /// Rows of kb.sequences; how far each is comes from the view.
  var sequenceRows: [[Value]] {
    sequences.map { sequence in
      let owner = sequence.owner.flatMap { owner in
        table(owner.table).flatMap { table in
          table.columns.first { $0.id == owner.column }.map { "\(table.name).\($0.name)" }
        }
      }
      return [
        .integer(Int64(sequence.id)), .text(sequence.name), .text(sequence.type.sqlName),
        .integer(sequence.start), .integer(sequence.minimum), .integer(sequence.maximum),
        .integer(sequence.increment), .integer(sequence.cycles ? 1 : 0),
        owner.map { .text($0) } ?? .null,
      ]
    }
  }
}
