// SPDX-License-Identifier: Apache-2.0
// information_schema: ISO/IEC 9075-11, with PostgreSQL's columns.

extension SystemRelation {
  private static func text(_ names: String...) -> [(name: String, type: SQLType)] {
    names.map { ($0, .text) }
  }

  private static func relation(
    _ name: String, _ columns: [(name: String, type: SQLType)],
    rows: @escaping @Sendable (Catalog) -> [[Value]] = { _ in [] }
  ) -> SystemRelation {
    SystemRelation("information_schema", name, columns, rows: rows)
  }

  private static let place: [Value] = [.text(database), .text(userSchema)]

  static let informationSchema: [SystemRelation] = [
    relation("information_schema_catalog_name", text("catalog_name")) { _ in [[.text(database)]] },
    relation(
      "schemata",
      text(
        "catalog_name", "schema_name", "schema_owner", "default_character_set_catalog",
        "default_character_set_schema", "default_character_set_name", "sql_path")
    ) { _ in
      ([userSchema, "kb"] + schemas).map { name in
        [.text(database), .text(name), .text(database), .null, .null, .null, .null]
      }
    },
    relation(
      "tables",
      text(
        "table_catalog", "table_schema", "table_name", "table_type",
        "self_referencing_column_name", "reference_generation", "user_defined_type_catalog",
        "user_defined_type_schema", "user_defined_type_name", "is_insertable_into", "is_typed",
        "commit_action")
    ) { catalog in
      catalog.described.map { relation in
        place + [
          .text(relation.name), .text(relation.isTable ? "BASE TABLE" : "VIEW"), .null, .null,
          .null, .null, .null, .answer(relation.isTable), .answer(false), .null,
        ]
      }
    },
    relation("columns", columnColumns) { catalog in
      catalog.described.flatMap { relation in
        relation.columns.map { row(of: $0, in: relation) }
      }
    },
    relation(
      "views",
      text(
        "table_catalog", "table_schema", "table_name", "view_definition", "check_option",
        "is_updatable", "is_insertable_into", "is_trigger_updatable", "is_trigger_deletable",
        "is_trigger_insertable_into")
    ) { catalog in
      catalog.views.map { view in
        place + [.text(view.name), .text(view.text), .text("NONE")]
          + Array(repeating: .answer(false), count: 5)
      }
    },
    relation(
      "table_constraints",
      text(
        "constraint_catalog", "constraint_schema", "constraint_name", "table_catalog",
        "table_schema", "table_name", "constraint_type", "is_deferrable", "initially_deferred",
        "enforced", "nulls_distinct")
    ) { catalog in
      catalog.describedConstraints.map { described in
        place + [.text(described.constraint.name)] + place + [
          .text(described.table.name), .text(described.kind.rawValue),
          .answer(described.rules.isDeferrable), .answer(described.rules.isDeferred),
          .answer(true), described.kind == .unique ? .answer(true) : .null,
        ]
      }
    },
    relation(
      "key_column_usage",
      text(
        "constraint_catalog", "constraint_schema", "constraint_name", "table_catalog",
        "table_schema", "table_name", "column_name")
        + [("ordinal_position", .integer), ("position_in_unique_constraint", .integer)]
    ) { catalog in
      catalog.describedConstraints.filter { $0.kind != .check }.flatMap { described in
        described.numbers.indices.map { index in
          place + [.text(described.constraint.name)] + place + [
            .text(described.table.name),
            .text(described.table.shownColumns[described.numbers[index] - 1].name),
            .number(index + 1), .optional(described.positionInKey(index)),
          ]
        }
      }
    },
    relation(
      "constraint_column_usage",
      text(
        "table_catalog", "table_schema", "table_name", "column_name", "constraint_catalog",
        "constraint_schema", "constraint_name")
    ) { catalog in
      catalog.describedConstraints.flatMap { described in
        let (table, numbers) =
          described.target.map { ($0.table, $0.numbers) } ?? (described.table, described.numbers)
        return numbers.map { number in
          place + [.text(table.name), .text(table.shownColumns[number - 1].name)] + place
            + [.text(described.constraint.name)]
        }
      }
    },
    relation(
      "referential_constraints",
      text(
        "constraint_catalog", "constraint_schema", "constraint_name",
        "unique_constraint_catalog", "unique_constraint_schema", "unique_constraint_name",
        "match_option", "update_rule", "delete_rule")
    ) { catalog in
      catalog.describedConstraints.compactMap { described in
        guard let target = described.target else { return nil }
        return place + [.text(described.constraint.name)] + place + [
          .text(target.key), .text(described.rules.matchesFull ? "FULL" : "NONE"),
          .text(described.rules.onUpdate.standardName),
          .text(described.rules.onDelete.standardName),
        ]
      }
    },
    relation(
      "check_constraints",
      text("constraint_catalog", "constraint_schema", "constraint_name", "check_clause")
    ) { catalog in
      catalog.describedConstraints.compactMap { described in
        guard case .check(let condition) = described.constraint.kind else { return nil }
        return place + [.text(described.constraint.name), .text("(\(condition))")]
      }
    },
    relation(
      "table_privileges",
      text(
        "grantor", "grantee", "table_catalog", "table_schema", "table_name", "privilege_type",
        "is_grantable", "with_hierarchy")),
    relation(
      "routines", text("specific_catalog", "specific_schema", "specific_name", "routine_name")),
    relation(
      "triggers",
      text("trigger_catalog", "trigger_schema", "trigger_name", "event_object_table")),
  ]

  // MARK: columns

  private static let columnColumns: [(name: String, type: SQLType)] =
    text("table_catalog", "table_schema", "table_name", "column_name")
    + [("ordinal_position", .integer)]
    + text("column_default", "is_nullable", "data_type")
    + [
      ("character_maximum_length", .integer), ("character_octet_length", .integer),
      ("numeric_precision", .integer), ("numeric_precision_radix", .integer),
      ("numeric_scale", .integer), ("datetime_precision", .integer), ("interval_type", .text),
      ("interval_precision", .integer),
    ]
    + text(
      "character_set_catalog", "character_set_schema", "character_set_name", "collation_catalog",
      "collation_schema", "collation_name", "domain_catalog", "domain_schema", "domain_name",
      "udt_catalog", "udt_schema", "udt_name", "scope_catalog", "scope_schema", "scope_name")
    + [("maximum_cardinality", .integer)]
    + text(
      "dtd_identifier", "is_self_referencing", "is_identity", "identity_generation",
      "identity_start", "identity_increment", "identity_maximum", "identity_minimum",
      "identity_cycle", "is_generated", "generation_expression", "is_updatable")

  private static func row(
    of column: DescribedRelation.Column, in relation: DescribedRelation
  ) -> [Value] {
    let type = column.type
    let nothing = Value.null
    let first: [Value] =
      place + [
        .text(relation.name), .text(column.name), .number(column.number),
        .optional(column.defaultText), .answer(!column.notNull), .text(type.messageName),
      ]
    let sizes: [Value] = [
      .optional(type.characterLimit), .optional(type.octetLimit),
      .optional(type.numberSize?.precision), .optional(type.numberSize?.radix),
      .optional(type.numberSize?.scale), .optional(type.timePrecision), nothing, nothing,
    ]
    let names: [Value] =
      Array(repeating: nothing, count: 9)
      + [.text(database), .text("pg_catalog"), .text(type.postgres.name)]
      + Array(repeating: nothing, count: 4)
    let last: [Value] = [
      .text("\(column.number)"), .answer(false), .answer(false), nothing, nothing, nothing,
      nothing, nothing, .answer(false), .text("NEVER"), nothing, .answer(relation.isTable),
    ]
    return first + sizes + names + last
  }
}

extension Table {
  /// The columns that `*` selects.
  var shownColumns: [Column] { columns.filter { !$0.hidden } }
}

extension DescribedConstraint {
  /// The position, from 1, in the key referred to, of what the foreign key's column at `index`
  /// refers to.
  fileprivate func positionInKey(_ index: Int) -> Int? {
    guard let target else { return nil }
    let key = target.table.constraints.first { $0.name == target.key }
    let ids = key?.columns ?? []
    return ids.firstIndex { target.table.number(of: $0) == target.numbers[index] }.map { $0 + 1 }
  }
}

extension SQLType {
  /// Characters at most, where a type says how many.
  fileprivate var characterLimit: Int? {
    switch self {
    case .varchar(let limit): limit
    case .char(let count): count
    default: nil
    }
  }

  fileprivate var octetLimit: Int? {
    family == .text ? characterLimit.map { $0 * 4 } ?? 1_073_741_824 : nil
  }

  fileprivate var numberSize: (precision: Int?, radix: Int, scale: Int?)? {
    switch self {
    case .smallint: (16, 2, 0)
    case .integer: (32, 2, 0)
    case .bigint: (64, 2, 0)
    case .real: (24, 2, nil)
    case .double: (53, 2, nil)
    case .numeric(let precision, let scale):
      (precision, 10, precision == nil ? nil : scale ?? 0)
    default: nil
    }
  }

  fileprivate var timePrecision: Int? {
    switch self {
    case .date: 0
    case .time, .timestamp, .timestamptz, .interval: 6
    default: nil
    }
  }
}
