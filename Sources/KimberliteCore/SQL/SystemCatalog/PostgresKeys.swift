// SPDX-License-Identifier: Apache-2.0
// pg_catalog: constraints and indexes, and how a statement would make them.

/// An index, or the key that the rows of a table lie by.
struct DescribedIndex {
  var oid: Int64
  var name: String
  var relation: DescribedRelation
  /// Positions of its columns as shown, from 1.
  var columns: [Int]
  var descending: [Bool]
  var isUnique: Bool
  var isPrimary: Bool

  /// The statement that would make it.
  var text: String {
    let list = zip(columns, descending).map { number, descending in
      SQLText.plainName(relation.columns[number - 1].name) + (descending ? " DESC" : "")
    }
    return "CREATE \(isUnique ? "UNIQUE " : "")INDEX \(SQLText.plainName(name)) "
      + "ON \(SystemRelation.userSchema).\(SQLText.plainName(relation.name)) "
      + "USING btree (\(list.joined(separator: ", ")))"
  }
}

extension SQLText {
  /// A name as PostgreSQL writes it: quoted only where it has to be.
  static func plainName(_ text: String) -> String {
    let isPlain =
      text.utf8.enumerated().allSatisfy { index, byte in
        byte == UInt8(ascii: "_") || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
          || (index > 0 && byte.isDigit)
      } && !text.isEmpty && !Keywords.isReserved(text)
    return isPlain ? text : name(text)
  }
}

extension SystemRelation {
  /// The indexes of all tables, the keys of their rows among them.
  static func indexes(_ catalog: Catalog) -> [DescribedIndex] {
    catalog.described.filter(\.isTable).flatMap { relation -> [DescribedIndex] in
      guard let table = catalog.table(relation.id) else { return [] }
      let primary = catalog.describedConstraints.first {
        $0.table.id == table.id && $0.kind == .primaryKey
      }.map { key in
        DescribedIndex(
          oid: ObjectNumber.primaryIndex(of: table.id), name: key.constraint.name,
          relation: relation, columns: key.numbers,
          descending: key.numbers.map { _ in false }, isUnique: true, isPrimary: true)
      }
      let others = catalog.indexes.filter { $0.table == table.id }.map { index in
        DescribedIndex(
          oid: ObjectNumber.object(index.id), name: index.name, relation: relation,
          columns: index.columns.map { table.number(of: $0.id) },
          descending: index.columns.map(\.descending), isUnique: index.unique, isPrimary: false)
      }
      return (primary.map { [$0] } ?? []) + others
    }
  }

  static let postgresKeys: [SystemRelation] = [
    postgres("pg_constraint", constraintColumns) { catalog in
      catalog.describedConstraints.map { constraintRow($0, catalog) }
    },
    postgres("pg_index", indexColumns) { catalog in indexes(catalog).map(indexRow) },
    postgres(
      "pg_indexes",
      [
        ("schemaname", .text), ("tablename", .text), ("indexname", .text), ("tablespace", .text),
        ("indexdef", .text),
      ]
    ) { catalog in
      indexes(catalog).map { index in
        [
          .text(userSchema), .text(index.relation.name), .text(index.name), .null,
          .text(index.text),
        ]
      }
    },
  ]

  // MARK: pg_constraint

  private static let constraintColumns: [(name: String, type: SQLType)] = [
    ("oid", .bigint), ("conname", .text), ("connamespace", .bigint), ("contype", .text),
    ("condeferrable", .boolean), ("condeferred", .boolean), ("convalidated", .boolean),
    ("conrelid", .bigint), ("contypid", .bigint), ("conindid", .bigint), ("conparentid", .bigint),
    ("confrelid", .bigint), ("confupdtype", .text), ("confdeltype", .text),
    ("confmatchtype", .text), ("conislocal", .boolean), ("coninhcount", .integer),
    ("connoinherit", .boolean), ("conkey", .text), ("confkey", .text), ("conpfeqop", .text),
    ("conppeqop", .text), ("conffeqop", .text), ("confdelsetcols", .text), ("conexclop", .text),
    ("conbin", .text),
  ]

  private static func constraintRow(_ described: DescribedConstraint, _ catalog: Catalog)
    -> [Value]
  {
    let kind =
      switch described.kind {
      case .primaryKey: "p"
      case .unique: "u"
      case .check: "c"
      case .foreignKey: "f"
      }
    let index = indexes(catalog).first {
      $0.relation.id == described.table.id && $0.name == described.constraint.name
    }
    let rules = described.rules
    func letter(_ text: String) -> Value { .text(described.target == nil ? " " : text) }
    let first: [Value] = [
      .integer(described.oid), .text(described.constraint.name),
      .integer(ObjectNumber.userSchema), .text(kind), .flag(rules.isDeferrable),
      .flag(rules.isDeferred), .flag(true),
      .integer(ObjectNumber.object(described.table.id)), .integer(0), .integer(index?.oid ?? 0),
      .integer(0),
    ]
    let second: [Value] = [
      .integer(described.target.map { ObjectNumber.object($0.table.id) } ?? 0),
      letter(rules.onUpdate.letter), letter(rules.onDelete.letter),
      letter(rules.matchesFull ? "f" : "s"), .flag(true), .integer(0), .flag(true),
      .text(arrayText(described.numbers)),
    ]
    let condition: Value =
      if case .check(let text) = described.constraint.kind { .text(text) } else { .null }
    return first + second + [
      .optional(described.target.map { arrayText($0.numbers) }), .null, .null, .null, .null, .null,
      condition,
    ]
  }

  private static func arrayText(_ numbers: [Int]) -> String {
    "{\(numbers.map(String.init).joined(separator: ","))}"
  }

  // MARK: pg_index

  private static let indexColumns: [(name: String, type: SQLType)] = [
    ("indexrelid", .bigint), ("indrelid", .bigint), ("indnatts", .smallint),
    ("indnkeyatts", .smallint), ("indisunique", .boolean), ("indnullsnotdistinct", .boolean),
    ("indisprimary", .boolean), ("indisexclusion", .boolean), ("indimmediate", .boolean),
    ("indisclustered", .boolean), ("indisvalid", .boolean), ("indcheckxmin", .boolean),
    ("indisready", .boolean), ("indislive", .boolean), ("indisreplident", .boolean),
    ("indkey", .text), ("indcollation", .text), ("indclass", .text), ("indoption", .text),
    ("indexprs", .text), ("indpred", .text),
  ]

  private static func indexRow(_ index: DescribedIndex) -> [Value] {
    func vector(_ numbers: [Int]) -> Value {
      .text(numbers.map(String.init).joined(separator: " "))
    }
    let zeros = index.columns.map { _ in 0 }
    let first: [Value] = [
      .integer(index.oid), .integer(ObjectNumber.object(index.relation.id)),
      .number(index.columns.count), .number(index.columns.count), .flag(index.isUnique),
      .flag(false), .flag(index.isPrimary), .flag(false), .flag(true), .flag(false), .flag(true),
      .flag(false), .flag(true), .flag(true), .flag(false),
    ]
    return first + [
      vector(index.columns), vector(zeros), vector(zeros),
      vector(index.descending.map { $0 ? 3 : 0 }), .null, .null,
    ]
  }

  // MARK: How a statement would make them

  /// What `pg_get_constraintdef` says.
  static func definition(_ described: DescribedConstraint) -> String {
    func list(_ table: Table, _ numbers: [Int]) -> String {
      numbers.map { SQLText.plainName(table.shownColumns[$0 - 1].name) }.joined(separator: ", ")
    }
    let own = list(described.table, described.numbers)
    if case .check(let condition) = described.constraint.kind { return "CHECK ((\(condition)))" }
    guard let target = described.target else { return "\(described.kind.rawValue) (\(own))" }
    return "FOREIGN KEY (\(own)) REFERENCES \(SQLText.plainName(target.table.name))"
      + "(\(list(target.table, target.numbers)))" + described.table.text(of: described.rules)
  }
}

extension ReferentialAction {
  /// As the standard's catalog names it.
  var standardName: String {
    switch self {
    case .noAction: "NO ACTION"
    case .restrict: "RESTRICT"
    case .cascade: "CASCADE"
    case .setNull: "SET NULL"
    case .setDefault: "SET DEFAULT"
    }
  }

  /// As PostgreSQL's catalog abbreviates it.
  fileprivate var letter: String {
    switch self {
    case .noAction: "a"
    case .restrict: "r"
    case .cascade: "c"
    case .setNull: "n"
    case .setDefault: "d"
    }
  }
}
