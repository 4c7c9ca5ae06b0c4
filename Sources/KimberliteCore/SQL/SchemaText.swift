// SPDX-License-Identifier: Apache-2.0
// A catalog as the statements that would make it: CREATE TABLE, CREATE INDEX, CREATE STREAM, for
// people to read and for the parser to read back. kb-sql(7).
//
// What a statement cannot say is not there: ids, names in the view, and the constant that rows
// from before ADD COLUMN show.

extension Catalog {
  /// The statements that make tables and streams and what their foreign keys refer to, in the
  /// order of their creation, each with its indexes; what is not there is passed over.
  public func schemaTexts(of objects: Set<ObjectID>) -> [(object: ObjectID, text: String)] {
    let tables = tables(referredToFrom: objects)
    let made = tables.map { table in
      let indexes = indexes.filter { $0.table == table.id && !table.constrains($0) }
      // A foreign key to a table that came later is added once that is there.
      let late = tables.filter { $0.id < table.id }.flatMap { other in
        other.constraints.filter { $0.target == table.id }.compactMap { constraint in
          schemaText(of: constraint, of: other).map {
            "ALTER TABLE \(SQLText.name(other.name)) ADD CONSTRAINT \(SQLText.name(constraint.name))"
              + " \($0);\n"
          }
        }
      }
      let texts = [schemaText(of: table)] + indexes.map { schemaText(of: $0, on: table) } + late
      return (table.id, texts.joined())
    }
    return made
      + streams.filter { objects.contains($0.id) }.map { stream in
        (stream.id, "CREATE STREAM \(SQLText.name(stream.name));\n")
      } + viewTexts(of: objects)
  }

  /// The statements that make views, those that others are made of first.
  private func viewTexts(of objects: Set<ObjectID>) -> [(object: ObjectID, text: String)] {
    var wanted = views.filter { objects.contains($0.id) }
    var texts: [(object: ObjectID, text: String)] = []
    let binder = Binder(catalog: self, timeline: .empty)
    while !wanted.isEmpty {
      // A view of a past that this catalog does not know does not say what it is made of.
      let ready = wanted.filter { view in
        !wanted.contains { other in
          other.id != view.id
            && ((try? binder.views(using: other.id))?.contains { $0.id == view.id } ?? false)
        }
      }
      for view in ready.isEmpty ? wanted : ready {
        let names = view.columns.map { SQLText.name($0.name) }.joined(separator: ", ")
        texts.append(
          (view.id, "CREATE VIEW \(SQLText.name(view.name)) (\(names)) AS\n  \(view.text);\n"))
      }
      wanted.removeAll { view in texts.contains { $0.object == view.id } }
    }
    return texts
  }

  /// These tables and all that they refer to, in order of creation.
  private func tables(referredToFrom objects: Set<ObjectID>) -> [Table] {
    var wanted = Set(tables.map(\.id).filter(objects.contains))
    while true {
      let targets = tables.filter { wanted.contains($0.id) }.flatMap(\.targets)
      if wanted.isSuperset(of: targets) { break }
      wanted.formUnion(targets)
    }
    return tables.filter { wanted.contains($0.id) }
  }

  private func schemaText(of table: Table) -> String {
    let columns = table.columns.filter { !$0.hidden }.map { column in
      var text = "\(SQLText.name(column.name)) \(column.type.sqlName)"
      if column.personal { text += " PERSONAL" }
      if column.notNull { text += " NOT NULL" }
      // Last: where an expression ends is told by what cannot go on.
      switch column.source {
      case .generated(let expression)?: text += " GENERATED ALWAYS AS (\(expression)) STORED"
      case .identity(let id, let always)?:
        text += " GENERATED \(always ? "ALWAYS" : "BY DEFAULT") AS IDENTITY"
        if let sequence = sequence(id) {
          text += " (SEQUENCE NAME \(SQLText.name(sequence.name)) \(schemaText(of: sequence)))"
        }
      case .sequence?, nil:
        if let expression = defaultText(of: column) { text += " DEFAULT \(expression)" }
      }
      return text
    }
    let constraints = table.constraints.filter { ($0.target ?? 0) <= table.id }.compactMap {
      constraint in
      schemaText(of: constraint, of: table).map {
        "CONSTRAINT \(SQLText.name(constraint.name)) \($0)"
      }
    }
    let subject = table.subject.map { ["SUBJECT KEY (\(table.namesText([$0])))"] } ?? []
    let period = table.period.map {
      ["PERIOD FOR \(SQLText.name($0.name)) (\(table.namesText([$0.from, $0.to])))"]
    }
    let parts = columns + (period ?? []) + constraints + subject
    let lines = parts.map { "  \($0)" }.joined(separator: ",\n")
    return sequenceText(before: table)
      + "CREATE TABLE \(SQLText.name(table.name)) (\n\(lines)\n);\n"
  }

  /// The sequences that defaults of a table name, unless a table before it has them.
  private func sequenceText(before table: Table) -> String {
    let needed = table.columns.compactMap { column -> ObjectID? in
      if case .sequence(let id)? = column.source { id } else { nil }
    }
    return sequences.filter { sequence in
      needed.contains(sequence.id)
        && !columns(fedBy: sequence.id).contains { $0.table.id < table.id }
    }.map { sequence in
      "CREATE SEQUENCE \(SQLText.name(sequence.name)) AS \(sequence.type.sqlName) "
        + "\(schemaText(of: sequence));\n"
    }.joined()
  }

  private func schemaText(of sequence: StoredSequence) -> String {
    "INCREMENT \(sequence.increment) MINVALUE \(sequence.minimum) MAXVALUE \(sequence.maximum)"
      + " START \(sequence.start)\(sequence.cycles ? " CYCLE" : "")"
  }

  /// What follows the name of a constraint; `nil` for the key that nobody asked for.
  private func schemaText(of constraint: Constraint, of table: Table) -> String? {
    switch constraint.kind {
    case .primaryKey(let ids):
      if ids.contains(where: { table.columns[table.position(of: $0)].hidden }) { return nil }
      if let period = table.period,
        table.constraints.contains(where: { $0.excludes(as: constraint) })
      {
        let name = SQLText.name(period.name)
        return "PRIMARY KEY (\(table.namesText(Array(ids.dropLast()))), \(name) WITHOUT OVERLAPS)"
      }
      return "PRIMARY KEY (\(table.namesText(ids)))"
    case .withoutOverlaps(let ids):
      // Of a primary key it is said there.
      guard let period = table.period,
        !table.constraints.contains(where: { constraint.excludes(as: $0) })
      else { return nil }
      let name = SQLText.name(period.name)
      return "UNIQUE (\(table.namesText(ids)), \(name) WITHOUT OVERLAPS)"
    case .unique(let ids): return "UNIQUE (\(table.namesText(ids)))"
    case .check(let condition):
      // That a period is never empty goes without saying.
      if constraint.name == table.period.map({ "\(table.name)_\($0.name)_check" }),
        condition
          == table.period.map({ table.namesText([$0.from]) + " < " + table.namesText([$0.to]) })
      {
        return nil
      }
      return "CHECK (\(condition))"
    case .foreignKey(let ids, let id, let targets, let rules):
      guard let target = self.table(id) else {
        preconditionFailure("a foreign key refers to a table that there is")
      }
      return "FOREIGN KEY (\(table.namesText(ids))) REFERENCES \(SQLText.name(target.name))"
        + " (\(target.namesText(targets)))" + table.text(of: rules)
    }
  }

  private func schemaText(of index: Index, on table: Table) -> String {
    if let tokenize = index.tokenize {
      let columns = table.namesText(index.columns.map(\.id))
      return "CREATE INDEX \(SQLText.name(index.name)) ON \(SQLText.name(table.name)) USING fts"
        + " (\(columns)) WITH (tokenize = \(SQLText.literal(.text(tokenize))));\n"
    }
    let columns = index.columns.map { column in
      table.namesText([column.id]) + (column.descending ? " DESC" : "")
    }
    return "CREATE \(index.unique ? "UNIQUE " : "")INDEX \(SQLText.name(index.name))"
      + " ON \(SQLText.name(table.name)) (\(columns.joined(separator: ", ")));\n"
  }
}

extension Table {
  /// The tables that foreign keys refer to.
  fileprivate var targets: [ObjectID] {
    constraints.compactMap {
      if case .foreignKey(_, let table, _, _) = $0.kind { table } else { nil }
    }
  }

  /// Whether an index is there because a constraint is: they have one name.
  fileprivate func constrains(_ index: Index) -> Bool {
    constraints.contains { $0.kind.needsIndex && $0.name == index.name }
  }

  fileprivate func namesText(_ ids: [ColumnID]) -> String {
    ids.map { SQLText.name(columns[position(of: $0)].name) }.joined(separator: ", ")
  }

  /// What follows the key that a foreign key refers to.
  func text(of rules: ReferenceRules<ColumnID>) -> String {
    var text = rules.matchesFull ? " MATCH FULL" : ""
    if rules.onDelete != .noAction { text += " ON DELETE \(self.text(of: rules.onDelete))" }
    if rules.onUpdate != .noAction { text += " ON UPDATE \(self.text(of: rules.onUpdate))" }
    if rules.isDeferrable { text += " DEFERRABLE" }
    if rules.isDeferred { text += " INITIALLY DEFERRED" }
    return text
  }

  private func text(of action: ReferentialAction<ColumnID>) -> String {
    switch action {
    case .noAction: "NO ACTION"
    case .restrict: "RESTRICT"
    case .cascade: "CASCADE"
    case .setNull(let ids): "SET NULL" + (ids.isEmpty ? "" : " (\(namesText(ids)))")
    case .setDefault(let ids): "SET DEFAULT" + (ids.isEmpty ? "" : " (\(namesText(ids)))")
    }
  }
}

extension Constraint {
  /// Whether it is what makes a primary key one WITHOUT OVERLAPS: they have one name.
  fileprivate func excludes(as key: Constraint) -> Bool {
    guard case .withoutOverlaps = kind, case .primaryKey = key.kind else { return false }
    return name == key.name
  }
}
