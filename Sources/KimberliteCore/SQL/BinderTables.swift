// SPDX-License-Identifier: Apache-2.0
// From a name in FROM to the relation it means at its moment: common tables, tables, streams and
// the system tables of schema kb.

extension Binding {
  /// Adds the relation that a name in FROM means.
  mutating func bindTable(_ object: ObjectName, time: TimeClause?, alias: TableAlias?)
    throws(SQLError) -> Int
  {
    let name = alias?.name.text ?? object.name.text
    let relation: Int
    if object.schema == nil,
      let index = commonTables.lastIndex(where: { $0.name == object.name.text })
    {
      let common = commonTables[index]
      noteCommon(index)
      if time != nil {
        throw SQLError(
          .wrongObjectType, "\"\(name)\" is a WITH query: it has no history of its own",
          at: object.name.position, hint: "put the time clause inside of it")
      }
      if !common.givesRows {
        throw SQLError(
          .featureNotSupported,
          "WITH query \"\(object.name.text)\" does not have a RETURNING clause",
          at: object.name.position)
      }
      relation = add(name, .common(common.alias), common.columns)
    } else {
      if let schema = object.schema, schema.text == "kb", object.name.text == "accesses" {
        relation = try bindAccesses(as: name, time)
        if let alias { try rename(relation, alias.columns) }
        return relation
      }
      let reach = try reach(time)
      if time != nil { note(clause: reach) }
      if let system = try systemRelation(object) {
        relation = try bindSystemRelation(system, as: name, reach)
      } else if let schema = object.schema, schema.text == "kb" {
        note("kb.\(object.name.text)")
        relation = try bindSystemTable(object.name, as: name, reach)
      } else {
        relation = try bindStored(object, as: name, reach)
      }
    }
    if let alias { try rename(relation, alias.columns) }
    return relation
  }

  /// Applies the column names of `AS t (a, b)`.
  mutating func rename(_ relation: Int, _ names: [Name]) throws(SQLError) {
    let starred = relations[relation].columns.indices.filter {
      relations[relation].columns[$0].starred
    }
    if let extra = names.dropFirst(starred.count).first {
      throw SQLError(
        .invalidColumnReference,
        "table \"\(relations[relation].name)\" has \(starred.count) columns, fewer than named",
        at: extra.position)
    }
    for (index, name) in zip(starred, names) { relations[relation].columns[index].name = name.text }
  }

  private mutating func bindStored(_ object: ObjectName, as name: String, _ reach: Reach)
    throws(SQLError) -> Int
  {
    try requirePlain(object)
    let catalog = try catalog(at: reach)
    if let table = catalog.table(named: object.name.text) {
      note(table.name)
      note(table.id, reach)
      noteUse(of: table.id, reach)
      let indexed = catalog.indexes.filter { $0.table == table.id }
        .compactMap { $0.columns.first.map { table.position(of: $0.id) } }
      var columns = Self.columns(of: table, reach)
      // Versions from before NOT NULL was said.
      if reach.isHistory { for index in columns.indices { columns[index].nullable = true } }
      return add(
        name, .storage(from: SQLText.name(table.storageName), filter: reach.rowFilter), columns,
        key: table.keyColumns,
        leading: table.keyColumns.prefix(1) + indexed, object: .table(table))
    }
    if let stream = catalog.stream(named: object.name.text) {
      note(stream.name)
      note(stream.id, reach)
      noteUse(of: stream.id, reach)
      return add(
        name,
        .storage(from: "\"kb_stream\"(\(stream.id))", filter: reach.logFilter("\"_from\"")),
        Self.streamColumns, object: .stream(stream.id))
    }
    if let view = catalog.view(named: object.name.text) {
      return try bindView(view, as: name, reach, at: object.name.position)
    }
    throw try missing(object.name, in: catalog, reach)
  }

  /// The catalog that describes what is read.
  func catalog(at reach: Reach) throws(SQLError) -> Catalog {
    guard let offset = reach.catalogOffset, offset != binder.moment else { return binder.catalog }
    return try binder.timeline.catalog(offset)
  }

  /// Refuses a schema other than the one that tables have.
  func requirePlain(_ object: ObjectName) throws(SQLError) {
    if let schema = object.schema, schema.text != "public" {
      throw SQLError(
        .undefinedTable, "schema \"\(schema.text)\" does not exist", at: schema.position)
    }
  }

  /// The columns of a table: its own, then the pseudo-columns that only their names select.
  static func columns(of table: Table, _ reach: Reach = .present) -> [RelationColumn] {
    table.columns.map { column in
      RelationColumn(
        name: column.name, type: column.type, nullable: !column.notNull,
        source: SQLText.name(column.storageName), starred: !column.hidden,
        collates: column.type.isNumeric)
    } + [
      pseudo("_offset", .bigint, "\"_from\""),
      pseudo("_created_at", .timestamptz, recordTime("\"_from\"")),
      pseudo("_deleted_at", .timestamptz, recordTime(reach.endOffset), nullable: true),
      pseudo("_deleted_offset", .bigint, reach.endOffset, nullable: true),
    ]
  }

  static let streamColumns = [
    RelationColumn(name: "sequence", type: .bigint, nullable: false, source: "\"sequence\""),
    RelationColumn(name: "id", type: .text, nullable: true, source: "\"id\""),
    RelationColumn(name: "type", type: .text, nullable: true, source: "\"type\""),
    RelationColumn(name: "data", type: .json, nullable: false, source: "\"data\""),
    pseudo("_offset", .bigint, "\"_from\""),
    pseudo("_created_at", .timestamptz, recordTime("\"_from\"")),
  ]

  static func pseudo(
    _ name: String, _ type: SQLType, _ source: String, nullable: Bool = false
  ) -> RelationColumn {
    RelationColumn(name: name, type: type, nullable: nullable, source: source, starred: false)
  }

  /// The time of the record at an offset.
  ///
  /// Records keep nanoseconds, SQL counts microseconds.
  static func recordTime(_ offset: String) -> String {
    "(SELECT \"timestamp\" / 1000 FROM \"kb_records\" WHERE \"offset\" = \(offset))"
  }
}

// MARK: Schema kb

extension Binding {
  private mutating func bindSystemTable(_ name: Name, as alias: String, _ reach: Reach)
    throws(SQLError) -> Int
  {
    switch name.text {
    case "records":
      return add(
        alias,
        .storage(from: "\"kb_records\"", filter: reach.logFilter("\"offset\"")),
        Self.recordColumns, key: [0], object: .records)
    case "purges":
      return add(
        alias, .storage(from: "\"kb_purges\"", filter: reach.logFilter("\"offset\"")),
        Self.purgeColumns(reach), key: [0])
    case "tables":
      let catalog = try catalog(at: reach)
      return add(
        alias, catalogRows(Self.tableRows(catalog), Self.tableColumns.count), Self.tableColumns)
    case "columns":
      let catalog = try catalog(at: reach)
      return add(
        alias, catalogRows(Self.columnRows(catalog), Self.columnColumns.count), Self.columnColumns)
    case "sequences":
      let catalog = try catalog(at: reach)
      var columns = Self.sequenceColumns
      // Where a sequence is, only the present knows.
      columns.append(
        RelationColumn(
          name: "last_value", type: .bigint, nullable: true,
          source: reach.catalogOffset == nil
            ? "(SELECT \"value\" FROM \"kb_sequences\" WHERE \"id\" = \"column1\" AND \"called\")"
            : "NULL"))
      return add(
        alias, catalogRows(catalog.sequenceRows, Self.sequenceColumns.count), columns)
    case "holds", "retention", "settings":
      let catalog = try catalog(at: reach)
      return bindPolicyTable(name.text, as: alias, catalog)
    default:
      throw SQLError(
        .undefinedTable, "table \"kb.\(name.text)\" does not exist", at: name.position,
        hint: nearestHint(to: name.text, among: Catalog.systemTables)
          ?? "there are \(Catalog.systemTables.map { "kb.\($0)" }.joined(separator: ", "))")
    }
  }

  /// Orders to erase; what became of one is as at the moment that is read.
  private static func purgeColumns(_ reach: Reach) -> [RelationColumn] {
    func end(_ column: String) -> String {
      let moment = reach.logFilter("\"kb_purge_ends\".\"offset\"").map { " AND \($0)" } ?? ""
      return """
        (SELECT \(column) FROM "kb_purge_ends" WHERE "purge" = "kb_purges"."offset"\(moment))
        """
    }
    return [
      RelationColumn(name: "offset", type: .bigint, nullable: false, source: "\"offset\""),
      RelationColumn(name: "object_id", type: .bigint, nullable: false, source: "\"object\""),
      RelationColumn(name: "scope", type: .text, nullable: false, source: "\"scope\""),
      RelationColumn(name: "events", type: .bigint, nullable: false, source: "\"events\""),
      RelationColumn(name: "records", type: .bigint, nullable: false, source: "\"records\""),
      RelationColumn(
        name: "plan", type: .text, nullable: false, source: "lower(hex(\"plan\"))"),
      RelationColumn(
        name: "not_before", type: .timestamptz, nullable: true, source: "\"not_before\" / 1000"),
      RelationColumn(
        name: "approvals", type: .text, nullable: false, source: "\"approvals\""),
      RelationColumn(
        name: "outcome", type: .text, nullable: true, source: end("\"outcome\"")),
      RelationColumn(
        name: "completed_offset", type: .bigint, nullable: true, source: end("\"offset\"")),
    ]
  }

  private static let recordColumns = [
    RelationColumn(name: "offset", type: .bigint, nullable: false, source: "\"offset\""),
    RelationColumn(
      name: "timestamp", type: .timestamptz, nullable: false, source: "\"timestamp\" / 1000"),
    RelationColumn(name: "actor", type: .text, nullable: true, source: "\"actor\""),
    RelationColumn(name: "reason", type: .text, nullable: true, source: "\"reason\""),
    RelationColumn(name: "ticket", type: .text, nullable: true, source: "\"ticket\""),
    RelationColumn(name: "request_id", type: .text, nullable: true, source: "\"request\""),
    RelationColumn(name: "events", type: .bigint, nullable: false, source: "\"events\""),
    RelationColumn(name: "hash", type: .text, nullable: false, source: "lower(hex(\"hash\"))"),
  ]

  private static let tableColumns = constantColumns([
    ("id", .bigint), ("name", .text), ("kind", .text), ("columns", .bigint),
    ("created_offset", .bigint), ("primary_key", .text), ("definition", .text),
    ("comment", .text), ("period", .text),
  ])

  private static let columnColumns = constantColumns([
    ("table_name", .text), ("name", .text), ("position", .bigint), ("type", .text),
    ("not_null", .boolean), ("default", .text), ("primary_key", .boolean),
    ("personal", .boolean), ("subject_key", .boolean), ("comment", .text),
    ("generated", .text), ("identity", .text),
  ])

  private static let sequenceColumns = constantColumns([
    ("id", .bigint), ("name", .text), ("type", .text), ("start", .bigint), ("minimum", .bigint),
    ("maximum", .bigint), ("increment", .bigint), ("cycles", .boolean), ("owner", .text),
  ])

  static func constantColumns(_ columns: [(name: String, type: SQLType)])
    -> [RelationColumn]
  {
    columns.enumerated().map { index, column in
      RelationColumn(
        name: column.name, type: column.type, nullable: true, source: "\"column\(index + 1)\"")
    }
  }

  func catalogRows(_ rows: [[Value]], _ width: Int) -> Relation.Source {
    let texts = rows.map { "(\($0.map(SQLText.literal).joined(separator: ", ")))" }
    let nothing = "(\(Array(repeating: "NULL", count: width).joined(separator: ", ")))"
    return .storage(
      from: "(VALUES \(rows.isEmpty ? nothing : texts.joined(separator: ", ")))",
      filter: rows.isEmpty ? "0" : nil)
  }

  private static func tableRows(_ catalog: Catalog) -> [[Value]] {
    let tables = catalog.tables.map { table in
      let shown = table.columns.filter { !$0.hidden }
      let key = table.keyColumns.map { table.columns[$0] }.filter { !$0.hidden }.map(\.name)
      return [
        .integer(Int64(table.id)), .text(table.name), .text("table"),
        .integer(Int64(shown.count)), .integer(Int64(table.createdAt)),
        key.isEmpty ? .null : .text(key.joined(separator: ", ")),
      ] as [Value]
    }
    let streams = catalog.streams.map { stream in
      [
        .integer(Int64(stream.id)), .text(stream.name), .text("stream"),
        .integer(4), .integer(Int64(stream.createdAt)), .text("sequence"),
      ] as [Value]
    }
    let views = catalog.views.map { view in
      [
        .integer(Int64(view.id)), .text(view.name), .text("view"),
        .integer(Int64(view.columns.count)), .integer(Int64(view.createdAt)), .null,
      ] as [Value]
    }
    let relations = tables + streams + views
    return zip(relations, catalog.relationIDs).map { row, id in
      row + [
        catalog.view(id).map { .text($0.text) } ?? .null,
        catalog.comment(on: .object(id)).map { .text($0) } ?? .null,
        catalog.table(id)?.periodText.map { .text($0) } ?? .null,
      ]
    }
  }

  private static func columnRows(_ catalog: Catalog) -> [[Value]] {
    catalog.tables.flatMap { table in
      let key = table.keyColumns.map { table.columns[$0].id }
      let shown = table.columns.filter { !$0.hidden }
      return shown.enumerated().map { index, column in
        [
          .text(table.name), .text(column.name), .integer(Int64(index + 1)),
          .text(column.type.sqlName), .integer(column.notNull ? 1 : 0),
          catalog.defaultText(of: column).map { .text($0) } ?? .null,
          .integer(key.contains(column.id) ? 1 : 0), .integer(column.personal ? 1 : 0),
          .integer(table.subject == column.id ? 1 : 0),
          catalog.comment(on: .column(table.id, column.id)).map { .text($0) } ?? .null,
          column.generation.map { .text($0) } ?? .null,
          column.identity.map { .text($0 ? "always" : "by default") } ?? .null,
        ] as [Value]
      }
    } + viewColumnRows(catalog)
  }
}
