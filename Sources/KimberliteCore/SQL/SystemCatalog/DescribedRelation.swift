// SPDX-License-Identifier: Apache-2.0
// Tables, views and streams in one form: what catalogs say of anything that can stand in FROM.

/// A table, view or stream, as catalogs describe it.
struct DescribedRelation {
  enum Kind { case table, view, stream }

  struct Column {
    /// From 1, as shown.
    var number: Int
    var name: String
    var type: SQLType
    var notNull: Bool
    var defaultText: String?
    var comment: String?
  }

  var id: ObjectID
  var name: String
  var kind: Kind
  var columns: [Column]
  /// The query of a view.
  var definition: String?
  var comment: String?

  /// What PostgreSQL calls its kind; a stream is read like a view and filled by kb-append.
  var isTable: Bool { kind == .table }
}

/// A constraint with the table that it is on.
struct DescribedConstraint {
  enum Kind: String {
    case primaryKey = "PRIMARY KEY"
    case unique = "UNIQUE"
    case check = "CHECK"
    case foreignKey = "FOREIGN KEY"
  }

  var table: Table
  var constraint: Constraint
  var kind: Kind
  /// Positions of its columns as shown, from 1.
  var numbers: [Int]
  /// What a foreign key refers to, and the positions there.
  var target: (table: Table, numbers: [Int], key: String)?
  /// What a foreign key does; of other constraints nothing is said.
  var rules = ReferenceRules<ColumnID>()
  /// A number that no other constraint has.
  var oid: Int64
}

extension Table {
  /// The position of a column among those that are shown, from 1.
  func number(of id: ColumnID) -> Int {
    1 + shownColumns.prefix { $0.id != id }.count
  }

  /// The positions, among those that are shown, of the columns that a condition names.
  fileprivate func numbers(namedBy condition: String) -> [Int] {
    guard let expression = try? Parser.parseExpression(condition) else {
      preconditionFailure("the text of a CHECK was parsed before it was stored")
    }
    let names = expression.columnPaths.compactMap(\.last?.text)
    return shownColumns.indices.filter { names.contains(shownColumns[$0].name) }.map { $0 + 1 }
  }
}

extension Catalog {
  /// All that can stand in FROM, tables first.
  var described: [DescribedRelation] {
    tables.map(described) + views.map(described) + streams.map(described)
  }

  private func described(_ table: Table) -> DescribedRelation {
    let shown = table.columns.filter { !$0.hidden }
    return DescribedRelation(
      id: table.id, name: table.name, kind: .table,
      columns: shown.enumerated().map { index, column in
        .init(
          number: index + 1, name: column.name, type: column.type, notNull: column.notNull,
          defaultText: column.defaultText, comment: comment(on: .column(table.id, column.id)))
      }, comment: comment(on: .object(table.id)))
  }

  private func described(_ view: StoredView) -> DescribedRelation {
    DescribedRelation(
      id: view.id, name: view.name, kind: .view,
      columns: view.columns.enumerated().map { index, column in
        .init(
          number: index + 1, name: column.name, type: column.type, notNull: false,
          comment: comment(on: .column(view.id, ColumnID(index + 1))))
      }, definition: view.text, comment: comment(on: .object(view.id)))
  }

  private func described(_ stream: Stream) -> DescribedRelation {
    DescribedRelation(
      id: stream.id, name: stream.name, kind: .stream,
      columns: Binding.streamColumns.filter(\.starred).enumerated().map { index, column in
        .init(
          number: index + 1, name: column.name, type: column.type, notNull: !column.nullable)
      }, comment: comment(on: .object(stream.id)))
  }

  /// The constraints of all tables, without the keys that nobody asked for.
  var describedConstraints: [DescribedConstraint] {
    tables.flatMap { table in
      table.constraints.enumerated().compactMap { index, constraint in
        described(constraint, index, of: table)
      }
    }
  }

  private func described(_ constraint: Constraint, _ index: Int, of table: Table)
    -> DescribedConstraint?
  {
    let ids = constraint.columns
    if ids.contains(where: { table.columns[table.position(of: $0)].hidden }) { return nil }
    var kind = DescribedConstraint.Kind.check
    var numbers = ids.map(table.number(of:))
    var rules = ReferenceRules<ColumnID>()
    var target: (table: Table, numbers: [Int], key: String)?
    switch constraint.kind {
    case .primaryKey: kind = .primaryKey
    case .unique: kind = .unique
    case .withoutOverlaps:
      // A primary key is one constraint with it.
      if table.constraints.contains(where: { $0.isPrimaryKey && $0.name == constraint.name }) {
        return nil
      }
      kind = .unique
    case .check(let condition):
      kind = .check
      numbers = table.numbers(namedBy: condition)
    case .foreignKey(_, let id, let targets, let written):
      kind = .foreignKey
      rules = written
      target = self.table(id).map { other in
        let key = other.constraints.first { candidate in
          switch candidate.kind {
          case .primaryKey(let ids), .unique(let ids): ids.sorted() == targets.sorted()
          case .check, .foreignKey, .withoutOverlaps: false
          }
        }
        return (other, targets.map(other.number(of:)), key?.name ?? "")
      }
    }
    return DescribedConstraint(
      table: table, constraint: constraint, kind: kind, numbers: numbers,
      target: target, rules: rules, oid: ObjectNumber.constraint(table.id, index))
  }
}

/// The numbers that catalogs know things by: unlike ours they share a space with PostgreSQL's own.
enum ObjectNumber {
  /// The first that PostgreSQL gives to what users make.
  private static let first: Int64 = 16_384
  /// The schemas' and the owner's, as PostgreSQL has them.
  static let catalogSchema: Int64 = 11
  static let userSchema: Int64 = 2200
  static let informationSchema: Int64 = 13_000
  static let systemSchema: Int64 = 13_001
  static let owner: Int64 = 10
  /// The catalogs' own, which comments and dependencies name.
  static let relations: Int64 = 1259
  static let constraints: Int64 = 2606

  static func object(_ id: ObjectID) -> Int64 { first + Int64(id) }
  static func constraint(_ table: ObjectID, _ index: Int) -> Int64 {
    1 << 32 + Int64(table) << 12 + Int64(index)
  }
  static func primaryIndex(of table: ObjectID) -> Int64 { 1 << 31 + Int64(table) }
  static func defaultValue(_ table: ObjectID, _ column: Int) -> Int64 {
    1 << 40 + Int64(table) << 12 + Int64(column)
  }
}
