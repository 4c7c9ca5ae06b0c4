// SPDX-License-Identifier: Apache-2.0
// CREATE VIEW, renaming, and which views need a table, a column or another view.

extension Binder {
  func plan(_ statement: CreateViewStatement) throws(SQLError) -> [SchemaChange] {
    let name = try newName(statement.name, kind: "view")
    let old = catalog.view(named: name.text)
    if isTaken(name.text), old == nil {
      if statement.replaces {
        throw SQLError(
          .wrongObjectType, "\"\(name.text)\" is not a view", at: name.position)
      }
      throw alreadyExists(name)
    }
    if old != nil, !statement.replaces { throw alreadyExists(name) }
    var binding = Binding(self)
    binding.stars = []
    let bound = try binding.bind(statement.query)
    try binding.requireNoParameters(in: "a view", at: statement.query.position)
    if let old, try uses(of: binding, reach: old.id) {
      throw SQLError(
        .invalidObjectDefinition,
        "infinite recursion detected in rules for relation \"\(name.text)\"", at: name.position)
    }
    var columns = bound.columns.map { ViewColumn(name: $0.name, type: $0.type) }
    try rename(&columns, statement.columns, "CREATE VIEW")
    let text = try Self.expand(
      binding.stars ?? [], in: statement.text, from: statement.query.position)
    if let old { try requireSameColumns(old, columns, at: name.position) }
    let view = StoredView(
      id: old?.id ?? catalog.nextID, name: name.text, columns: columns, text: text,
      createdAt: old?.createdAt ?? nextOffset)
    return [.define(old == nil ? .createView(view) : .replaceView(view))]
  }

  /// Gives columns of a query the names that a statement lists, and refuses a name twice.
  func rename(_ columns: inout [ViewColumn], _ names: [Name], _ what: String) throws(SQLError) {
    if let extra = names.dropFirst(columns.count).first {
      throw SQLError(
        .syntaxError, "\(what) specifies more column names than columns", at: extra.position)
    }
    for (index, name) in names.enumerated() {
      try requireUnreserved(name)
      columns[index].name = name.text
    }
    var seen: Set<String> = []
    for (index, column) in columns.enumerated() where !seen.insert(column.name).inserted {
      throw SQLError(
        .duplicateColumn, "column \"\(column.name)\" specified more than once",
        at: index < names.count ? names[index].position : nil, hint: "name it with AS")
    }
  }

  /// What others make of a view they can go on making of it: it keeps its columns.
  private func requireSameColumns(_ old: StoredView, _ new: [ViewColumn], at position: Int)
    throws(SQLError)
  {
    if new.count < old.columns.count {
      throw SQLError(.invalidTableDefinition, "cannot drop columns from view", at: position)
    }
    for (was, column) in zip(old.columns, new) {
      if was.name != column.name {
        throw SQLError(
          .invalidTableDefinition,
          "cannot change name of view column \"\(was.name)\" to \"\(column.name)\"", at: position)
      }
      if was.type != column.type {
        throw SQLError(
          .invalidTableDefinition,
          "cannot change data type of view column \"\(was.name)\" from \(was.type.messageName) to "
            + column.type.messageName, at: position)
      }
    }
  }

  /// A text of a query with each `*` replaced by what it stands for: what a table gets later is
  /// not the view's.
  static func expand(_ stars: [StarExpansion], in text: String, from start: Int)
    throws(SQLError) -> String
  {
    if stars.isEmpty { return text }
    var bytes = Array(text.utf8)
    var tokens: [Token] = []
    var lexer = Lexer(bytes)
    repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
    var done: Set<Int> = []
    for star in stars.sorted(by: { $0.position > $1.position })
    where done.insert(star.position).inserted {
      guard let first = tokens.firstIndex(where: { $0.start == star.position - start }) else {
        preconditionFailure("a star stands in the text of its query")
      }
      // `*`, or `t.*`
      let last = tokens[first].isSymbol("*") ? first : first + 2
      bytes.replaceSubrange(
        tokens[first].start..<tokens[last].range.upperBound,
        with: Array(star.columns.joined(separator: ", ").utf8))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: Dependents

  /// What a view names itself, with the binding that says which columns.
  private func uses(of view: StoredView) throws(SQLError) -> Binding {
    var binding = Binding(self)
    do throws(SQLError) { _ = try binding.bind(try Parser.parseQuery(view.text)) } catch {
      var error = error
      error.position = nil
      error.message = "view \"\(view.name)\": \(error.message)"
      throw error
    }
    return binding
  }

  /// Whether what was bound is made of an object, through any number of views.
  private func uses(of binding: Binding, reach object: ObjectID) throws(SQLError) -> Bool {
    for use in binding.uses {
      if use.object == object { return true }
      if let view = catalog.view(use.object), try uses(of: uses(of: view), reach: object) {
        return true
      }
    }
    return false
  }

  /// The views that name a table, stream or view themselves; of a table, with `column`, those that
  /// use this column.
  func views(using object: ObjectID, column: ColumnID? = nil) throws(SQLError) -> [StoredView] {
    var found: [StoredView] = []
    for view in catalog.views where view.id != object {
      let binding = try uses(of: view)
      let isUsed = binding.uses.contains { use in
        guard use.object == object else { return false }
        guard let column, let relation = use.relation, let table = catalog.table(object) else {
          return true
        }
        return binding.relations[relation].used[table.position(of: column)]
      }
      if isUsed { found.append(view) }
    }
    return found
  }

  /// The views that name an object, those that name these, and so on: what depends on most first.
  func allViews(using object: ObjectID, column: ColumnID? = nil) throws(SQLError) -> [StoredView] {
    var result: [StoredView] = []
    for view in try views(using: object, column: column) {
      for above in try allViews(using: view.id) where !result.contains(above) {
        result.append(above)
      }
      if !result.contains(view) { result.append(view) }
    }
    return result
  }

  /// Refuses to change what a view needs.
  func requireNoView(
    using object: ObjectID, column: ColumnID? = nil, _ what: String, at position: Int
  ) throws(SQLError) {
    guard let view = try views(using: object, column: column).first else { return }
    throw SQLError(
      .dependentObjects, "\(what): view \"\(view.name)\" depends on it", at: position,
      hint: "drop the view, and create it again afterwards")
  }

  // MARK: Renaming

  func plan(_ statement: RenameStatement) throws(SQLError) -> [SchemaChange] {
    let name = statement.name.name
    let new = statement.newName
    let change: SchemaChange
    switch statement.kind {
    case .view:
      guard var view = catalog.view(named: name.text) else {
        if isTaken(name.text) { throw notA("view", name) }
        if statement.ifExists { return [] }
        throw noRelation(name, among: catalog.views.map(\.name))
      }
      try requireNoView(
        using: view.id, "view \"\(view.name)\" cannot be renamed", at: name.position)
      view.name = new.text
      change = .define(.replaceView(view))
    case .index:
      guard var index = catalog.index(named: name.text) else {
        if isTaken(name.text) { throw notA("index", name) }
        if statement.ifExists { return [] }
        throw noRelation(name, among: catalog.indexes.map(\.name))
      }
      if let table = catalog.table(index.table), table.constraint(named: index.name) != nil {
        let rename = AlterTableStatement(
          table: ObjectName(schema: nil, name: Name(table.name, at: name.position)),
          actions: [.renameConstraint(name, to: new)], position: name.position)
        return try plan(rename).compactMap(\.change)
      }
      index.name = new.text
      change = .define(.alterIndex(index))
    case .sequence:
      guard var sequence = catalog.sequence(named: name.text) else {
        if isTaken(name.text) { throw notA("sequence", name) }
        if statement.ifExists { return [] }
        throw noRelation(name, among: catalog.sequences.map(\.name))
      }
      sequence.name = new.text
      change = .define(.alterSequence(sequence))
    case .table, .stream:
      throw SQLError(
        .featureNotSupported, "ALTER \("\(statement.kind)".uppercased()) … RENAME is not supported",
        at: name.position)
    }
    if isTaken(new.text) { throw alreadyExists(new) }
    try requireUnreserved(new)
    return [change]
  }

  func notA(_ kind: String, _ name: Name) -> SQLError {
    SQLError(
      .wrongObjectType, "\"\(name.text)\" is not a\(kind == "index" ? "n" : "") \(kind)",
      at: name.position)
  }

  func noRelation(_ name: Name, among names: [String]) -> SQLError {
    SQLError(
      .undefinedTable, "relation \"\(name.text)\" does not exist", at: name.position,
      hint: nearestHint(to: name.text, among: names))
  }
}
