// SPDX-License-Identifier: Apache-2.0
// A catalog as statements, read back.

import KimberliteCore
import Testing

@Suite struct SchemaTextTests {
  /// The catalog that statements make, each in a record of its own.
  private func catalog(_ sql: String) throws -> Catalog {
    let database = BoundDatabase()
    var parser = Parser(sql)
    while let parsed = try parser.next() {
      guard case .schema(let steps) = try database.binder().bind(parsed.statement) else {
        Issue.record("not of the schema")
        continue
      }
      var next = database.catalog
      for change in steps.compactMap(\.change) { next.apply(change) }
      database.adopt(next)
    }
    return database.catalog
  }

  private func text(_ catalog: Catalog) -> String {
    catalog.schemaTexts(of: Set(catalog.tables.map(\.id) + catalog.streams.map(\.id)))
      .map(\.text).joined()
  }

  /// Without what a statement cannot say: numbers, names in the view, the hidden key's name.
  private func normalized(_ catalog: Catalog) -> [String] {
    func names(_ table: Table, _ ids: [ColumnID]) -> [String] {
      ids.map { table.columns[table.position(of: $0)].name }
    }
    var lines: [String] = []
    for table in catalog.tables {
      for column in table.columns where !column.hidden {
        lines.append(
          "\(table.name).\(column.name) \(column.type) \(column.notNull) \(column.personal) "
            + "\(column.defaultText ?? "-")")
      }
      if let period = table.period {
        lines.append("\(table.name) \(period.name) \(names(table, [period.from, period.to]))")
      }
      if let subject = table.subject { lines.append("\(table.name) of \(names(table, [subject]))") }
      let hasHiddenKey = table.columns[0].hidden
      for constraint in table.constraints {
        switch constraint.kind {
        case .primaryKey(let ids):
          if !hasHiddenKey { lines.append("\(table.name) \(constraint.name) \(names(table, ids))") }
        case .unique(let ids):
          lines.append("\(table.name) \(constraint.name) unique \(names(table, ids))")
        case .withoutOverlaps(let ids):
          lines.append("\(table.name) \(constraint.name) apart \(names(table, ids))")
        case .check(let condition): lines.append("\(table.name) \(constraint.name) \(condition)")
        case .foreignKey(let ids, let id, let targets, let rules):
          guard let target = catalog.table(id) else { continue }
          lines.append(
            "\(table.name) \(constraint.name) \(names(table, ids)) "
              + "\(target.name) \(names(target, targets)) \(rules)")
        }
      }
      for index in catalog.indexes where index.table == table.id {
        lines.append(
          "\(table.name) \(index.name) \(index.unique) \(names(table, index.columns.map(\.id))) "
            + "\(index.columns.map(\.descending))")
      }
    }
    return (lines + catalog.streams.map(\.name)).sorted()
  }

  @Test func `tables that nothing was changed of come back equal in every part`() throws {
    let made = try catalog(
      #"""
      CREATE TABLE wards (
        code CHAR(2), floor SMALLINT, PRIMARY KEY (floor, code), SUBJECT KEY (code));
      CREATE TABLE stays (
        patient INT, ward TEXT, "from" DATE, until DATE, UNIQUE (ward, stay WITHOUT OVERLAPS),
        PERIOD FOR stay ("from", until), PRIMARY KEY (patient, stay WITHOUT OVERLAPS));
      CREATE TABLE "Odd ""table""" (
        "select" INTEGER PRIMARY KEY, n NUMERIC(6, 2) NOT NULL DEFAULT 1 + 1,
        m NUMERIC(3), v VARCHAR(7) UNIQUE, w VARCHAR, d DOUBLE PRECISION DEFAULT -1e-3,
        t TEXT DEFAULT 'it''s -- none' CHECK (length(t) > 2 /* or */ OR t = ''),
        at TIMESTAMPTZ DEFAULT now() NOT NULL, day DATE, secret TEXT PERSONAL NOT NULL, b BYTEA,
        CONSTRAINT "two cols" UNIQUE (day, m), parent INTEGER REFERENCES "Odd ""table""",
        floor SMALLINT, code CHAR(2), FOREIGN KEY (floor, code) REFERENCES wards
          MATCH FULL ON DELETE SET NULL (code) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
        CHECK (n > 0 -- cents
          AND m IS NOT NULL));
      CREATE UNIQUE INDEX ON wards (code DESC, floor);
      CREATE INDEX "an index" ON "Odd ""table""" (at);
      """#)
    let again = try catalog(text(made))
    #expect(again.tables.count == 3)
    // They were made by as many records, but in another order.
    for table in again.tables {
      var other = try #require(made.table(named: table.name))
      other.createdAt = table.createdAt
      other.id = table.id
      var table = table
      // Foreign keys refer to tables by number.
      table.constraints = []
      other.constraints = []
      #expect(table == other)
    }
    #expect(normalized(again) == normalized(made))
    #expect(text(again) == text(made))
  }

  @Test func `what was altered reads as it is now`() throws {
    let made = try catalog(
      """
      CREATE TABLE log (note TEXT, old INTEGER);
      CREATE STREAM s;
      CREATE TABLE b (id INTEGER PRIMARY KEY, x TEXT CHECK (x <> 'no'));
      ALTER TABLE log ADD COLUMN b INTEGER;
      ALTER TABLE log DROP COLUMN old;
      ALTER TABLE log ADD COLUMN phone TEXT DEFAULT 'none' PERSONAL;
      ALTER TABLE log RENAME TO notes;
      ALTER TABLE b RENAME COLUMN x TO "the x";
      DROP TABLE notes;
      CREATE TABLE notes (note TEXT, b INTEGER REFERENCES b);
      ALTER TABLE notes ADD COLUMN n INTEGER NOT NULL DEFAULT 7 CHECK (n > 0);
      CREATE INDEX ON notes (b, note DESC);
      """)
    let again = try catalog(text(made))
    #expect(normalized(again) == normalized(made))
    #expect(
      text(made) == """
        CREATE TABLE "b" (
          "id" INTEGER NOT NULL,
          "the x" TEXT,
          CONSTRAINT "b_pkey" PRIMARY KEY ("id"),
          CONSTRAINT "b_x_check" CHECK ("the x" <> 'no')
        );
        CREATE TABLE "notes" (
          "note" TEXT,
          "b" INTEGER,
          "n" INTEGER NOT NULL DEFAULT 7,
          CONSTRAINT "notes_b_fkey" FOREIGN KEY ("b") REFERENCES "b" ("id"),
          CONSTRAINT "notes_n_check" CHECK (n > 0)
        );
        CREATE INDEX "notes_b_note_idx" ON "notes" ("b", "note" DESC);
        CREATE STREAM "s";

        """)
  }

  @Test func `a table brings what it refers to, and nothing else`() throws {
    let made = try catalog(
      """
      CREATE TABLE a (id INTEGER PRIMARY KEY);
      CREATE TABLE other (id INTEGER PRIMARY KEY);
      CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a, b INTEGER REFERENCES b);
      CREATE TABLE c (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b);
      """)
    func ids(_ names: [String]) -> Set<ObjectID> {
      Set(names.compactMap { made.table(named: $0)?.id })
    }
    let texts = made.schemaTexts(of: ids(["c"]).union([99]))
    #expect(texts.map(\.object) == ids(["a", "b", "c"]).sorted())
    #expect(
      texts.map(\.text).joined().matches(of: /CREATE TABLE "(.*)"/).map { String($0.1) }
        == ["a", "b", "c"])
    #expect(texts.map(\.text) == made.schemaTexts(of: ids(["b", "c"])).map(\.text))
    #expect(made.schemaTexts(of: []).isEmpty)
  }
}
