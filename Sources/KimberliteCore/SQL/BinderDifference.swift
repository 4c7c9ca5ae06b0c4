// SPDX-License-Identifier: Apache-2.0
// DIFF OF t BETWEEN a AND b: what became of each row between two states of a table, by its key.
// The columns are those of the later state, each with its value then and, as old_…, before.

extension Binding {
  /// Adds the relation of a difference.
  mutating func bind(_ difference: TableDifference) throws(SQLError) -> Int {
    let name = difference.table.name
    let stream = try refusal(of: difference)
    let first = try offset(of: difference.from, orBefore: nil, at: difference.position)
    let last = try offset(of: difference.to, orBefore: nil, at: difference.position)
    _ = try range(first, last, at: difference.position)
    let reach = Reach.at(UInt64(last))
    let catalog = try catalog(at: reach)
    guard let after = catalog.table(named: name.text) else {
      if let stream { throw stream }
      throw try missing(name, in: catalog, reach)
    }
    let before = try self.catalog(at: .at(UInt64(first)))
    guard let was = before.table(after.id) else {
      throw SQLError(
        .undefinedTable,
        "table \"\(name.text)\" did not exist at offset \(first); "
          + "it was created at offset \(after.createdAt)", at: name.position)
    }
    if after.keyColumns.contains(where: { after.columns[$0].type.collation != nil }) {
      comparesSpellings = true
    }
    note(after.name)
    note(after.id, reach)
    note(clause: reach)
    let relation = add(
      difference.alias?.name.text ?? name.text,
      .storage(
        from: Self.changedRows(of: after, first, last), filter: Self.differs(after)),
      Self.columns(ofDifference: after, was, last))
    if let alias = difference.alias { try rename(relation, alias.columns) }
    return relation
  }

  /// The error of what has no rows that change, if there is no table of the name.
  private func refusal(of difference: TableDifference) throws(SQLError) -> SQLError? {
    let name = difference.table.name
    func refusal(_ what: String, _ hint: String) -> SQLError {
      SQLError(
        .wrongObjectType, "DIFF OF takes a table; \"\(name.text)\" is \(what)",
        at: name.position, hint: hint)
    }
    if difference.table.schema?.text == "kb" {
      throw refusal("a system table", "read it AS OF each of the moments")
    }
    try requirePlain(difference.table)
    if difference.table.schema == nil, commonTables.contains(where: { $0.name == name.text }) {
      throw refusal("a WITH query", "use the table that it reads")
    }
    if binder.catalog.stream(named: name.text) != nil {
      return refusal("a stream", "it only grows: ask for events by their _offset")
    }
    return nil
  }

  // MARK: SQL

  private static func equalKeys(_ table: Table, _ left: String, _ right: String) -> String {
    table.keyColumns.map { column in
      let name = SQLText.name(table.columns[column].storageName)
      return "\"\(left)\".\(name) = \"\(right)\".\(name)"
    }.joined(separator: " AND ")
  }

  /// The rows that may have changed: `k` has their keys, `o` and `n` the versions of each before
  /// and after.
  ///
  /// The versions are read once, for one that began or ended in between, then found by their keys.
  private static func changedRows(of table: Table, _ first: Int64, _ last: Int64) -> String {
    let name = SQLText.name(table.storageName)
    let keys = table.keyColumns.map { SQLText.name(table.columns[$0].storageName) }
    let (low, high) = (VersionEnd.stored(first), VersionEnd.stored(last))
    func state(_ alias: String, _ offset: Int64) -> String {
      """
      LEFT JOIN \(name) AS "\(alias)" ON "\(alias)"."_live" IN (0, 1) \
      AND \(equalKeys(table, alias, "k")) AND "\(alias)"."_to" > \(VersionEnd.stored(offset)) \
      AND "\(alias)"."_from" <= \(offset)
      """
    }
    return """
      (SELECT DISTINCT \(keys.joined(separator: ", ")) FROM \(name) \
      WHERE ("_from" > \(first) AND "_from" <= \(last)) \
      OR ("_to" > \(low) AND "_to" <= \(high))) AS "k" \
      \(state("o", first)) \(state("n", last))
      """
  }

  /// What was changed and changed back is no difference; every byte counts, also where two
  /// spellings of a number are equal.
  private static func differs(_ table: Table) -> String {
    func row(_ alias: String) -> String {
      let values = table.columns.map {
        "\"\(alias)\".\(SQLText.name($0.storageName)) COLLATE BINARY"
      }
      return "(\(values.joined(separator: ", ")))"
    }
    return """
      "o"."_from" IS NOT "n"."_from" AND ("o"."_from" IS NULL OR "n"."_from" IS NULL \
      OR \(row("o")) IS NOT \(row("n")))
      """
  }

  private static func columns(
    ofDifference table: Table, _ was: Table, _ last: Int64
  ) -> [RelationColumn] {
    let end = """
      (SELECT max("d"."_to") + \(Int64(1) << 62) FROM \(SQLText.name(table.storageName)) AS "d" \
      WHERE "d"."_live" = 0 AND \(equalKeys(table, "d", "k")) \
      AND "d"."_to" <= \(VersionEnd.stored(last)))
      """
    let change = """
      CASE WHEN "o"."_from" IS NULL THEN 'insert' WHEN "n"."_from" IS NULL THEN 'delete' \
      ELSE 'update' END
      """
    let shown = table.columns.filter { !$0.hidden }
    func values(_ prefix: String, _ source: (Column) -> String) -> [RelationColumn] {
      shown.map { column in
        RelationColumn(
          name: prefix + column.name, type: column.type, nullable: true,
          source: source(column), collates: column.type.collation != nil)
      }
    }
    return [
      RelationColumn(name: "_change", type: .text, nullable: false, source: change),
      RelationColumn(
        name: "_offset", type: .bigint, nullable: false,
        source: "coalesce(\"n\".\"_from\", \(end))"),
    ] + values("") { "\"n\".\(SQLText.name($0.storageName))" }
      + values("old_") { column in
        // A column that was not there has no value before, whatever later rows show for it.
        was.columns.contains { $0.id == column.id }
          ? "\"o\".\(SQLText.name(column.storageName))" : "NULL"
      }
  }
}
