// SPDX-License-Identifier: Apache-2.0
// A view in FROM is its query, bound by the catalog of the moment that is read. What the query
// names is noted on the way, so that nothing that a view needs can be dropped.

/// A table, stream or view that is named where no view is around it.
struct SchemaUse {
  var object: ObjectID
  /// The relation whose columns tell which ones are used; none of a view's are of interest.
  var relation: Int?
}

/// What a `*` of a select list stands for.
struct StarExpansion {
  /// Where the item begins.
  var position: Int
  var columns: [String]
}

extension Binding {
  /// The relation that a view is at a moment.
  mutating func bindView(
    _ view: StoredView, as name: String, _ reach: Reach, at position: Int
  ) throws(SQLError) -> Int {
    switch reach {
    case .present, .at: break
    case .range, .all:
      throw SQLError(
        .featureNotSupported, "the history of a view is not supported: \"\(view.name)\" is a view",
        at: position, hint: "ask for FOR SYSTEM_TIME of the tables that it shows")
    }
    note(view.name)
    note(view.id, reach)
    noteUse(of: view.id, reach)
    viewCount += 1
    if viewCount > Limits.viewExpansionsMax {
      throw SQLError(
        .statementTooComplex,
        "the statement is too complex: its views are made of more than "
          + "\(Limits.viewExpansionsMax) views", at: position)
    }
    let around = (scopes, commonTables, inheritedReach, stars)
    (scopes, commonTables, stars) = ([], [], nil)
    if case .at = reach { inheritedReach = reach }
    viewDepth += 1
    // A view is as deep as what it was written as.
    for _ in 0..<StatementParser.queryLevels { try enter(at: position) }
    defer {
      for _ in 0..<StatementParser.queryLevels { leave() }
      viewDepth -= 1
      (scopes, commonTables, inheritedReach, stars) = around
    }
    let bound: BoundQuery
    do throws(SQLError) {
      bound = try bind(
        try Parser.parseQuery(view.text), targets: view.columns.map(\.type))
    } catch {
      var error = error
      error.position = position
      error.message = "view \"\(view.name)\": \(error.message)"
      throw error
    }
    guard bound.columns.count == view.columns.count else {
      throw SQLError(
        .dataCorrupted, "view \"\(view.name)\" has not the columns of its query", at: position)
    }
    var columns = bound.relationColumns
    for (index, column) in view.columns.enumerated() { columns[index].name = column.name }
    return add(name, .query(bound.sql), columns)
  }

  /// What a time clause behind a derived table or a view says to all that is inside.
  mutating func reach(within time: TimeClause, _ what: String) throws(SQLError) -> Reach {
    guard case .asOf = time else {
      throw SQLError(
        .featureNotSupported, "the history of \(what) is not supported", at: time.position,
        hint: "write AS OF, or FOR SYSTEM_TIME behind the tables inside")
    }
    let reach = try reach(time)
    note(clause: reach)
    return reach
  }

  /// Notes what the schema of the present must not lose.
  mutating func noteUse(of object: ObjectID, _ reach: Reach) {
    if viewDepth > 0 { return }
    if let offset = reach.catalogOffset, offset != binder.moment { return }
    // Of a table, the relation that is about to be added.
    uses.append(
      SchemaUse(
        object: object,
        relation: binder.catalog.table(object) == nil ? nil : relations.count))
  }

  // MARK: What * stands for

  mutating func noteStar(at position: Int) {
    guard stars != nil else { return }
    let scope = scopes[level]
    let hidden = scope.merged.flatMap(\.members)
    var names = scope.merged.map { SQLText.name($0.name) }
    for relation in scope.relations { names += starNames(of: relation, except: hidden) }
    stars?.append(StarExpansion(position: position, columns: names))
  }

  mutating func noteStar(of relation: Int, at position: Int) {
    guard stars != nil else { return }
    let names = starNames(of: relation, except: [])
    stars?.append(StarExpansion(position: position, columns: names))
  }

  private func starNames(of index: Int, except hidden: [ColumnPlace]) -> [String] {
    let relation = relations[index]
    let prefix = relation.name.isEmpty ? "" : SQLText.name(relation.name) + "."
    return relation.columns.indices.filter { column in
      relation.columns[column].starred && !hidden.contains(.init(relation: index, column: column))
    }.map { prefix + SQLText.name(relation.columns[$0].name) }
  }

  /// Rows of kb.columns of the views.
  static func viewColumnRows(_ catalog: Catalog) -> [[Value]] {
    catalog.views.flatMap { view in
      view.columns.enumerated().map { index, column in
        [
          .text(view.name), .text(column.name), .integer(Int64(index + 1)),
          .text(column.type.sqlName), .integer(0), .null, .integer(0), .integer(0), .integer(0),
          catalog.comment(on: .column(view.id, ColumnID(index + 1))).map { .text($0) } ?? .null,
          .null, .null,
        ] as [Value]
      }
    }
  }
}
