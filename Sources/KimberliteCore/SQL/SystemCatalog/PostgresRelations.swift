// SPDX-License-Identifier: Apache-2.0
// pg_catalog: schemas, relations, columns and types, as psql, SQLAlchemy and JDBC ask for them.
// https://www.postgresql.org/docs/15/catalogs.html

extension SystemRelation {
  static func postgres(
    _ name: String, _ columns: [(name: String, type: SQLType)],
    rows: @escaping @Sendable (Catalog) -> [[Value]] = { _ in [] }
  ) -> SystemRelation {
    SystemRelation("pg_catalog", name, columns, rows: rows)
  }

  static let postgresRelations: [SystemRelation] = [
    postgres(
      "pg_namespace",
      [("oid", .bigint), ("nspname", .text), ("nspowner", .bigint), ("nspacl", .text)]
    ) {
      _ in
      [
        (ObjectNumber.catalogSchema, "pg_catalog"), (ObjectNumber.userSchema, userSchema),
        (ObjectNumber.informationSchema, "information_schema"), (ObjectNumber.systemSchema, "kb"),
      ].map { [.integer($0), .text($1), .integer(ObjectNumber.owner), .null] }
    },
    postgres("pg_class", classColumns) { catalog in
      catalog.described.map { relationRow($0, catalog) } + indexes(catalog).map(indexRow)
    },
    postgres("pg_attribute", attributeColumns) { catalog in
      catalog.described.flatMap { relation in
        relation.columns.map { attributeRow($0, of: ObjectNumber.object(relation.id)) }
      }
        + indexes(catalog).flatMap { index in
          index.columns.enumerated().map { place, number in
            var column = index.relation.columns[number - 1]
            column.number = place + 1
            column.defaultText = nil
            return attributeRow(column, of: index.oid)
          }
        }
    },
    postgres(
      "pg_attrdef",
      [("oid", .bigint), ("adrelid", .bigint), ("adnum", .smallint), ("adbin", .text)]
    ) { catalog in
      catalog.described.flatMap { relation in
        relation.columns.compactMap { column in
          column.defaultText.map { text in
            [
              .integer(ObjectNumber.defaultValue(relation.id, column.number)),
              .integer(ObjectNumber.object(relation.id)), .number(column.number), .text(text),
            ]
          }
        }
      }
    },
    postgres("pg_type", typeColumns) { _ in PostgresType.types.map(typeRow) },
    postgres(
      "pg_description",
      [("objoid", .bigint), ("classoid", .bigint), ("objsubid", .integer), ("description", .text)]
    ) { catalog in
      catalog.described.flatMap { relation in
        let own = relation.comment.map { [commentRow(relation.id, 0, $0)] } ?? []
        return own
          + relation.columns.compactMap { column in
            column.comment.map { commentRow(relation.id, column.number, $0) }
          }
      }
    },
    postgres(
      "pg_tables",
      [
        ("schemaname", .text), ("tablename", .text), ("tableowner", .text), ("tablespace", .text),
        ("hasindexes", .boolean), ("hasrules", .boolean), ("hastriggers", .boolean),
        ("rowsecurity", .boolean),
      ]
    ) { catalog in
      catalog.tables.map { table in
        [
          .text(userSchema), .text(table.name), .text(database), .null, .flag(true), .flag(false),
          .flag(false), .flag(false),
        ]
      }
    },
    postgres(
      "pg_views",
      [("schemaname", .text), ("viewname", .text), ("viewowner", .text), ("definition", .text)]
    ) { catalog in
      catalog.views.map { view in
        [.text(userSchema), .text(view.name), .text(database), .text(view.text)]
      }
    },
    postgres(
      "pg_database",
      [
        ("oid", .bigint), ("datname", .text), ("datdba", .bigint), ("encoding", .integer),
        ("datcollate", .text), ("datctype", .text), ("datistemplate", .boolean),
        ("datallowconn", .boolean), ("datconnlimit", .integer), ("datlocprovider", .text),
        ("daticulocale", .text), ("datacl", .text),
      ]
    ) { _ in
      [
        [
          .integer(1), .text(database), .integer(ObjectNumber.owner), .integer(6), .text("C"),
          .text("C"), .flag(false), .flag(true), .integer(-1), .text("c"), .null, .null,
        ]
      ]
    },
    postgres(
      "pg_roles",
      [
        ("oid", .bigint), ("rolname", .text), ("rolsuper", .boolean), ("rolinherit", .boolean),
        ("rolcreaterole", .boolean), ("rolcreatedb", .boolean), ("rolcanlogin", .boolean),
        ("rolreplication", .boolean), ("rolconnlimit", .integer), ("rolvaliduntil", .timestamptz),
        ("rolbypassrls", .boolean),
      ]
    ) { _ in
      [
        [
          .integer(ObjectNumber.owner), .text(database), .flag(true), .flag(true), .flag(true),
          .flag(true), .flag(true), .flag(true), .integer(-1), .null, .flag(true),
        ]
      ]
    },
    postgres("pg_am", [("oid", .bigint), ("amname", .text), ("amtype", .text)]) { _ in
      [
        [.integer(2), .text("heap"), .text("t")], [.integer(403), .text("btree"), .text("i")],
      ]
    },
    postgres(
      "pg_collation",
      [
        ("oid", .bigint), ("collname", .text), ("collnamespace", .bigint), ("collowner", .bigint),
        ("collprovider", .text), ("collisdeterministic", .boolean), ("collencoding", .integer),
        ("collcollate", .text), ("collctype", .text), ("colliculocale", .text),
      ]
    ) { _ in
      [(100, "default"), (950, "C"), (12_000, "unicode_ci")].map { oid, name in
        [
          .integer(oid), .text(name), .integer(ObjectNumber.catalogSchema),
          .integer(ObjectNumber.owner), .text("c"), .flag(name != "unicode_ci"), .integer(-1),
          .text(name), .text(name), .null,
        ]
      }
    },
  ]

  // MARK: pg_class

  private static let classColumns: [(name: String, type: SQLType)] = [
    ("oid", .bigint), ("relname", .text), ("relnamespace", .bigint), ("reltype", .bigint),
    ("reloftype", .bigint), ("relowner", .bigint), ("relam", .bigint), ("relfilenode", .bigint),
    ("reltablespace", .bigint), ("relpages", .integer), ("reltuples", .real),
    ("relallvisible", .integer), ("reltoastrelid", .bigint), ("relhasindex", .boolean),
    ("relisshared", .boolean), ("relpersistence", .text), ("relkind", .text),
    ("relnatts", .smallint), ("relchecks", .smallint), ("relhasrules", .boolean),
    ("relhastriggers", .boolean), ("relhassubclass", .boolean), ("relrowsecurity", .boolean),
    ("relforcerowsecurity", .boolean), ("relispopulated", .boolean), ("relreplident", .text),
    ("relispartition", .boolean), ("relrewrite", .bigint), ("relfrozenxid", .bigint),
    ("relminmxid", .bigint), ("relacl", .text), ("reloptions", .text), ("relpartbound", .text),
  ]

  private static func relationRow(_ relation: DescribedRelation, _ catalog: Catalog) -> [Value] {
    let constraints = catalog.table(relation.id)?.constraints ?? []
    let checks = constraints.count { if case .check = $0.kind { true } else { false } }
    let references = constraints.contains { constraint in
      if case .foreignKey = constraint.kind { true } else { false }
    }
    return classRow(
      ObjectNumber.object(relation.id), relation.name, kind: relation.isTable ? "r" : "v",
      method: relation.isTable ? 2 : 0, columns: relation.columns.count,
      hasIndex: relation.isTable, checks: checks, hasTriggers: references,
      hasRules: !relation.isTable)
  }

  private static func indexRow(_ index: DescribedIndex) -> [Value] {
    classRow(
      index.oid, index.name, kind: "i", method: 403, columns: index.columns.count, hasIndex: false,
      checks: 0, hasTriggers: false, hasRules: false)
  }

  private static func classRow(
    _ oid: Int64, _ name: String, kind: String, method: Int64, columns: Int, hasIndex: Bool,
    checks: Int, hasTriggers: Bool, hasRules: Bool
  ) -> [Value] {
    let first: [Value] = [
      .integer(oid), .text(name), .integer(ObjectNumber.userSchema), .integer(0), .integer(0),
      .integer(ObjectNumber.owner), .integer(method), .integer(oid), .integer(0), .integer(0),
      .real(-1), .integer(0), .integer(0),
    ]
    let middle: [Value] = [
      .flag(hasIndex), .flag(false), .text("p"), .text(kind), .number(columns), .number(checks),
      .flag(hasRules), .flag(hasTriggers), .flag(false), .flag(false), .flag(false), .flag(true),
      .text(kind == "r" ? "d" : "n"), .flag(false),
    ]
    return first + middle
      + [.integer(0), .integer(0), .integer(0), .null, .null, .null]
  }

  // MARK: pg_attribute

  private static let attributeColumns: [(name: String, type: SQLType)] = [
    ("attrelid", .bigint), ("attname", .text), ("atttypid", .bigint), ("attstattarget", .integer),
    ("attlen", .smallint), ("attnum", .smallint), ("attndims", .integer),
    ("attcacheoff", .integer), ("atttypmod", .integer), ("attbyval", .boolean),
    ("attalign", .text), ("attstorage", .text), ("attcompression", .text),
    ("attnotnull", .boolean), ("atthasdef", .boolean), ("atthasmissing", .boolean),
    ("attidentity", .text), ("attgenerated", .text), ("attisdropped", .boolean),
    ("attislocal", .boolean), ("attinhcount", .integer), ("attcollation", .bigint),
    ("attacl", .text), ("attoptions", .text), ("attfdwoptions", .text), ("attmissingval", .text),
  ]

  private static func attributeRow(_ column: DescribedRelation.Column, of oid: Int64) -> [Value] {
    let type = column.type.postgres
    let first: [Value] = [
      .integer(oid), .text(column.name), .integer(type.oid), .integer(-1), .integer(type.length),
      .number(column.number), .integer(0), .integer(-1), .integer(column.type.modifier),
      .flag(type.length > 0 && type.length <= 8), .text("i"),
      .text(type.length < 0 ? "x" : "p"), .text(""),
    ]
    return first + [
      .flag(column.notNull), .flag(column.defaultText != nil), .flag(false), .text(""), .text(""),
      .flag(false), .flag(true), .integer(0),
      .integer(column.type.family == .text ? 100 : 0), .null, .null, .null, .null,
    ]
  }

  // MARK: pg_type, pg_description

  private static let typeColumns: [(name: String, type: SQLType)] = [
    ("oid", .bigint), ("typname", .text), ("typnamespace", .bigint), ("typowner", .bigint),
    ("typlen", .smallint), ("typbyval", .boolean), ("typtype", .text), ("typcategory", .text),
    ("typispreferred", .boolean), ("typisdefined", .boolean), ("typdelim", .text),
    ("typrelid", .bigint), ("typsubscript", .text), ("typelem", .bigint), ("typarray", .bigint),
    ("typinput", .text), ("typoutput", .text), ("typreceive", .text), ("typsend", .text),
    ("typnotnull", .boolean), ("typbasetype", .bigint), ("typtypmod", .integer),
    ("typndims", .integer), ("typcollation", .bigint), ("typdefault", .text), ("typacl", .text),
  ]

  private static func typeRow(_ type: SQLType) -> [Value] {
    let postgres = type.postgres
    let name = postgres.name
    let isPreferred = [.boolean, .text, .double, .timestamptz, .interval].contains(type)
    let first: [Value] = [
      .integer(postgres.oid), .text(name), .integer(ObjectNumber.catalogSchema),
      .integer(ObjectNumber.owner), .integer(postgres.length),
      .flag(postgres.length > 0 && postgres.length <= 8), .text("b"), .text(postgres.category),
      .flag(isPreferred), .flag(true), .text(","), .integer(0), .text("-"), .integer(0),
      .integer(0),
    ]
    return first + ["in", "out", "recv", "send"].map { .text(name + $0) } + [
      .flag(false), .integer(0), .integer(-1), .integer(0),
      .integer(type.family == .text ? 100 : 0), .null, .null,
    ]
  }

  private static func commentRow(_ id: ObjectID, _ column: Int, _ text: String) -> [Value] {
    [
      .integer(ObjectNumber.object(id)), .integer(ObjectNumber.relations), .number(column),
      .text(text),
    ]
  }
}
