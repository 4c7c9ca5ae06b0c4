// SPDX-License-Identifier: Apache-2.0
// MATCH and what is asked of its hits: rank, snippet, highlight. An index of words holds every
// version of a row, so a match is that the version which is read is among those that it finds.

/// What an index of words is asked for a relation, once for all that is said of its hits.
struct WordSearch {
  var index: Index
  /// The table as it is read.
  var table: Table
  /// SQLite text of the query.
  var query: String
  /// Whether the query is the same for every row.
  var isConstant: Bool
  /// What of a hit is wanted, as SQLite text; the columns are `kb_hit_0`, ….
  var items: [String] = []
  /// The relation's own FROM.
  var base: String?
}

extension Binding {
  /// `t MATCH query` or `column MATCH query`.
  mutating func match(
    _ operand: Expression, _ query: Expression, negated: Bool, at position: Int
  ) throws(SQLError) -> Bound {
    let target = try wordTarget(operand)
    let bound = try typed(try bind(query))
    guard bound.type?.family == .text else {
      throw Self.noOperator("MATCH", .text, bound.type, at: position)
    }
    let filter = target.column.map { SQLText.name(target.table.columns[$0].storageName) }
    let sql =
      "kb_match(\(text(try coerce(bound, to: .text, .implicit))), "
      + "\(SQLText.literal(filter.map { .text($0) } ?? .null)))"
    let isConstant = bound.constant != nil || query.isWordConstant
    if isConstant { try probe(target.index, sql, at: query.position) }
    if relations[target.relation].search == nil {
      relations[target.relation].search = WordSearch(
        index: target.index, table: target.table, query: sql, isConstant: isConstant)
    }
    let name = FullTextNames.table(target.index.id)
    var keys: [String] = []
    for column in target.table.keyColumns {
      keys.append(
        text(
          use(
            ColumnPlace(relation: target.relation, column: column), level: target.level,
            at: position)))
    }
    let from = text(
      use(
        ColumnPlace(
          relation: target.relation, column: relations[target.relation].offsetColumn),
        level: target.level, at: position))
    let found = keys.indices.map(FullTextNames.key) + [FullTextNames.from]
    let hits = "FROM \(name) WHERE \(name) MATCH \(sql)"
    // The first: SQLite finds the rows by their key, where the table is read by nothing better.
    let condition = """
      (\(keys[0]) IN (SELECT \(found[0]) \(hits)) AND \
      (\((keys + [from]).joined(separator: ", "))) IN \
      (SELECT \(found.joined(separator: ", ")) \(hits)))
      """
    return Bound(
      negated ? "(NOT \(condition))" : condition, .boolean, at: position, nullable: false)
  }

  /// Asks a query that does not depend on rows once, so that what is wrong with it has a place.
  private func probe(_ index: Index, _ sql: String, at position: Int) throws(SQLError) {
    guard let evaluate = binder.timeline.evaluate, slots.isEmpty else { return }
    let name = FullTextNames.table(index.id)
    do throws(SQLError) {
      _ = try evaluate(
        "(SELECT count(*) FROM (SELECT 1 FROM \(name) WHERE \(name) MATCH \(sql) LIMIT 1))")
    } catch {
      var error = error
      error.position = position
      throw error
    }
  }

  // MARK: What is searched

  private struct WordTarget {
    var relation: Int
    var level: Int
    var table: Table
    var index: Index
    /// The column that is searched; `nil`: all of the index.
    var column: Int?
  }

  /// The table or column that the left side names.
  private func wordTarget(_ operand: Expression) throws(SQLError) -> WordTarget {
    guard case .column(let path) = operand.kind, let last = path.last else {
      throw SQLError(
        .wrongObjectType, "MATCH searches a table or a column of one", at: operand.position)
    }
    for level in scopes.indices.reversed() {
      let places = self.places(named: last.text, level: level).filter { place in
        path.count == 1 || relations[place.relation].name == path[path.count - 2].text
      }
      if places.count > 1 {
        throw SQLError(
          .ambiguousColumn, "column reference \"\(last.text)\" is ambiguous", at: operand.position)
      }
      if let place = places.first {
        return try wordTarget(place.relation, place.column, level, operand)
      }
      if path.count == 1,
        let relation = scopes[level].relations.first(where: { relations[$0].name == last.text })
      {
        return try wordTarget(relation, nil, level, operand)
      }
    }
    throw SQLError(
      .undefinedColumn, "there is no column or table \"\(last.text)\" to search",
      at: operand.position)
  }

  private func wordTarget(
    _ relation: Int, _ column: Int?, _ level: Int, _ operand: Expression
  ) throws(SQLError) -> WordTarget {
    guard case .table(let table)? = relations[relation].object,
      case .storage = relations[relation].source
    else {
      throw SQLError(
        .wrongObjectType, "\"\(relations[relation].name)\" is no table whose words are indexed",
        at: operand.position, hint: "MATCH stands where the table itself is in FROM")
    }
    if let column, column >= table.columns.count {
      throw SQLError(.wrongObjectType, "a hidden column has no words", at: operand.position)
    }
    // Of the past, too, the index of today knows all versions.
    var catalog = binder.catalog
    if let newest = binder.timeline.newest, binder.moment != nil {
      catalog = try binder.timeline.catalog(newest)
    }
    let known = catalog.indexes.filter { index in
      index.table == table.id && index.tokenize != nil
        && index.columns.allSatisfy { table.has($0.id) }
        && (column == nil || index.columns.contains { $0.id == table.columns[column ?? 0].id })
    }
    guard let index = known.first else {
      let what = column.map { "column \"\(table.columns[$0].name)\" of table" } ?? "table"
      let columns =
        column.map { SQLText.name(table.columns[$0].name) } ?? "column, …"
      throw SQLError(
        .undefinedObject, "no index of words is on \(what) \"\(table.name)\"",
        at: operand.position,
        hint: "CREATE INDEX ON \(SQLText.name(table.name)) USING fts (\(columns))")
    }
    return WordTarget(
      relation: relation, level: level, table: table, index: index, column: column)
  }

  // MARK: Rank, snippet, highlight

  /// `fts_rank(t)`, `fts_highlight(column, open, close)`,
  /// `fts_snippet(column, open, close, ellipsis, words)` of what a MATCH found.
  mutating func bindFullText(_ call: FunctionCall) throws(SQLError) -> Bound? {
    let name = call.name.text
    let count = ["fts_rank": 1, "fts_highlight": 3, "fts_snippet": 5][name]
    guard let count else { return nil }
    guard call.arguments.count == count, !call.distinct, !call.star, call.filter == nil else {
      throw SQLError(
        .undefinedFunction, "\(name) takes \(count) argument\(count == 1 ? "" : "s")",
        at: call.name.position,
        hint: "fts_rank(t), fts_highlight(column, open, close) or "
          + "fts_snippet(column, open, close, ellipsis, words)")
    }
    let target = try wordTarget(call.arguments[0])
    guard let search = relations[target.relation].search, search.isConstant else {
      throw SQLError(
        .wrongObjectType, "\(name) is of what a MATCH in WHERE found", at: call.name.position,
        hint: "write WHERE \(relations[target.relation].name) MATCH '…'")
    }
    let index = FullTextNames.table(search.index.id)
    if name == "fts_rank" {
      return hit(target, "- bm25(\(index))", .double, at: call.name.position)
    }
    guard let column = target.column,
      let place = search.index.columns.firstIndex(where: {
        $0.id == target.table.columns[column].id
      })
    else {
      throw SQLError(
        .wrongObjectType, "\(name) is of a column of the index that MATCH searched",
        at: call.arguments[0].position)
    }
    var texts: [String] = []
    for (number, argument) in call.arguments.dropFirst().enumerated() {
      let type: SQLType = number == 3 ? .integer : .text
      texts.append(text(try coerce(try bind(argument), to: type, .implicit)))
      if !argument.isWordConstant {
        throw SQLError(
          .featureNotSupported, "\(name) takes literals behind its column",
          at: argument.position)
      }
    }
    let function = name == "fts_snippet" ? "snippet" : "highlight"
    return hit(
      target, "\(function)(\(index), \(place), \(texts.joined(separator: ", ")))", .text,
      at: call.name.position)
  }

  /// A column of the hit that a row of a relation is; NULL where it is none.
  private mutating func hit(
    _ target: WordTarget, _ item: String, _ type: SQLType, at position: Int
  ) -> Bound {
    let relation = target.relation
    guard var search = relations[relation].search,
      case .storage(let from, let filter) = relations[relation].source
    else { preconditionFailure("only a searched table has hits") }
    let base = search.base ?? from
    let place = search.items.firstIndex(of: item) ?? search.items.count
    if place == search.items.count { search.items.append(item) }
    search.base = base
    relations[relation].search = search
    let index = FullTextNames.table(search.index.id)
    let keys = search.table.keyColumns.map { SQLText.name(search.table.columns[$0].storageName) }
    let stored = SQLText.name(search.table.storageName)
    let places = keys.indices.map(FullTextNames.key) + [FullTextNames.from]
    let equal = zip(places, keys + ["\"_from\""]).map { "\"kb_hits\".\($0) = \(stored).\($1)" }
    let items = search.items.enumerated().map { "\($1) AS kb_hit_\($0)" }
    relations[relation].source = .storage(
      from: """
        \(base) LEFT JOIN (SELECT \((places + items).joined(separator: ", ")) FROM \(index) \
        WHERE \(index) MATCH \(search.query)) AS "kb_hits" ON \(equal.joined(separator: " AND "))
        """, filter: filter)
    let name = "fts \(place)"
    let column: Int
    if let known = relations[relation].columns.firstIndex(where: { $0.name == name }) {
      column = known
    } else {
      column = relations[relation].columns.count
      relations[relation].columns.append(
        RelationColumn(
          name: name, type: type, nullable: true, source: "\"kb_hits\".kb_hit_\(place)",
          starred: false))
      relations[relation].used.append(false)
      relations[relation].sought.append(false)
    }
    return use(
      ColumnPlace(relation: relation, column: column), level: target.level, at: position)
  }
}

extension Expression {
  /// Whether it is a literal or a parameter.
  fileprivate var isWordConstant: Bool {
    switch kind {
    case .string, .number, .typed, .parameter: true
    case .cast(let inner, _): inner.isWordConstant
    case .binary(.concatenate, let a, let b): a.isWordConstant && b.isWordConstant
    default: false
    }
  }
}
