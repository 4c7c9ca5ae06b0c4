// SPDX-License-Identifier: Apache-2.0
// Which rows a hold covers, which must be kept still, which are due.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct PolicyCheckTests {
  private let folder = Folder()
  private let writer: Writer

  init() throws {
    writer = try Writer(opening: folder.path + "/log", create: true) { _ in }
    try run(
      "CREATE TABLE letters (id INTEGER, part NUMERIC(4,2), sent DATE, who TEXT, "
        + "PRIMARY KEY (id, part))")
  }

  private func run(_ sql: String) throws {
    var parser = Parser(sql)
    while let statement = try parser.next() { _ = try writer.run(statement) }
  }

  private func reader() throws -> Reader {
    try writer.settle()
    return try Reader(opening: folder.path + "/log")
  }

  private func moment(_ text: String) throws -> Int64 {
    guard case .integer(let moment) = try SQLType.timestamptz.parse(text) else { return 0 }
    return moment
  }

  private func kind(_ body: () throws -> Void) -> (DatabaseError.Kind, String)? {
    do { try body() } catch { return (error as? DatabaseError).map { ($0.kind, $0.message) } }
    return nil
  }

  @Test func `a hold covers a row by any of its versions, past and ended ones too`() throws {
    try run(
      """
      INSERT INTO letters VALUES (1, 1, NULL, 'Ann'), (2, 1, NULL, 'Bob'), (3, 1, NULL, NULL);
      UPDATE letters SET who = 'Cy' WHERE id = 1; DELETE FROM letters WHERE id = 2;
      CREATE HOLD 'Ann' ON letters WHERE who = 'Ann';
      CREATE HOLD 'numbers' ON letters WHERE id > 1 AND who IS NOT NULL;
      CREATE HOLD 'nobody' ON letters WHERE who = 'Eve';
      """)
    let now = try moment("2030-01-01")
    let all = try reader().policy(of: "letters", now: now)
    #expect(all.rows == 3 && all.holds.map(\.matter) == ["Ann", "numbers"])
    #expect(all.holds.map(\.rows) == [1, 1])
    let one = try reader().policy(of: "letters", where: "who = 'Cy'", now: now)
    #expect(one.rows == 1 && one.holds.map(\.matter) == ["Ann"])
    let third = try reader().policy(of: "letters", where: "id = 3", now: now)
    #expect(third.rows == 1 && third.holds.isEmpty)
    try reader().requireErasable("letters", where: "id = 3", now: now)
    let refused = kind { try reader().requireErasable("letters", now: now) }
    #expect(refused?.0 == .forbidden)
    #expect(refused?.1 == "1 row of table \"letters\" is under hold 'Ann'")
    // The names of then and of now: the condition follows.
    try run("ALTER TABLE letters RENAME COLUMN who TO \"to\"; ALTER TABLE letters RENAME TO post")
    #expect(try reader().policy(of: "post", where: "\"to\" = 'Cy'", now: now).holds.count == 1)
    try run("CREATE HOLD 'all' ON post; RELEASE HOLD 'Ann'")
    #expect(
      try reader().policy(of: "post", now: now).holds.map(\.matter) == ["numbers", "all"])
  }

  @Test func `a condition that cannot be evaluated refuses`() throws {
    try run(
      "INSERT INTO letters VALUES (0, 1, NULL, 'x'); CREATE HOLD 'h' ON letters WHERE 1 / id = 1")
    let refused = kind { try reader().requireErasable("letters", now: 0) }
    #expect(refused?.0 == .data && refused?.1 == "division by zero")
  }

  @Test func `a row is kept from the newest value of its versions that is there`() throws {
    try run(
      """
      ALTER TABLE letters SET RETENTION '6 years' FROM sent;
      INSERT INTO letters VALUES (1, 1, '2030-01-01', 'typo'), (2, 1, '2020-02-29', 'leap'),
        (3, 1, NULL, 'undated'), (4, 1, '2010-06-01', 'gone'), (5, 1, '9999-12-31', 'never'),
        (6, 1.50, '2019-12-31', 'past');
      UPDATE letters SET sent = '2015-01-01' WHERE id = 1;
      UPDATE letters SET sent = NULL WHERE id = 2;
      DELETE FROM letters WHERE id = 4;
      """)
    let now = try moment("2026-01-01T00:00:00Z")
    let found = try reader().policy(of: "letters", now: now)
    #expect(found.rows == 6 && found.kept == 2 && found.undated == 1 && found.until == .max)
    let leap = try reader().policy(of: "letters", where: "id = 2", now: now)
    let leapEnd = try moment("2026-02-28T00:00:00Z")
    #expect(leap.kept == 1 && leap.until == leapEnd)
    let due = try reader().due("letters", now: now)
    #expect(due.keys.map { $0[0] } == [.integer(1), .integer(4), .integer(6)])
    #expect(due.keys.last?[1] == .text("1.50"))
    // The very microsecond: due when the time is over.
    let end = try moment("2025-12-31T00:00:00Z")
    #expect(try reader().policy(of: "letters", where: "id = 6", now: end).kept == 0)
    #expect(try reader().policy(of: "letters", where: "id = 6", now: end - 1).kept == 1)
    // Without LOCK a purge is not refused.
    try reader().requireErasable("letters", now: now)
    try run("ALTER TABLE letters SET RETENTION '6 years' FROM sent LOCK")
    let refused = kind { try reader().requireErasable("letters", now: now) }
    #expect(refused?.0 == .forbidden && refused?.1.contains("its retention is locked") == true)
    let undated = kind { try reader().requireErasable("letters", where: "id = 3", now: now) }
    #expect(undated?.0 == .forbidden)
    try reader().requireErasable("letters", where: "id = 4", now: now)
    // Nor does a later version shorten what is locked.
    let shortened = kind { try reader().requireErasable("letters", where: "id = 1", now: now) }
    #expect(shortened?.0 == .forbidden)
    // A hold takes out of what is due.
    try run("CREATE HOLD 'gone' ON letters WHERE who = 'gone'")
    let rest = try reader().due("letters", now: now)
    #expect(rest.keys.count == 1 && rest.held.map(\.matter) == ["gone"])
    #expect(rest.held.map(\.rows) == [1])
  }

  @Test func `_created_at counts from when the key was first inserted`() throws {
    try run(
      """
      ALTER TABLE letters SET RETENTION '1 hour' FROM _created_at LOCK;
      INSERT INTO letters VALUES (1, 1, NULL, 'a'); UPDATE letters SET who = 'b';
      DELETE FROM letters; INSERT INTO letters VALUES (1, 1, NULL, 'c');
      """)
    let opened = try reader()
    var parser = Parser(
      "SELECT min(_created_at) AS a, max(_created_at) AS b FROM letters FOR SYSTEM_TIME ALL")
    let rows = try opened.prepare(try #require(try parser.next()))
    #expect(try rows.next())
    guard case .integer(let first) = try rows.value(0), case .integer(let last) = try rows.value(1)
    else { return #expect(Bool(false)) }
    #expect(first < last)
    let hour: Int64 = 3_600_000_000
    #expect(try opened.policy(of: "letters", now: first + hour - 1).kept == 1)
    let found = try opened.policy(of: "letters", now: first + hour)
    #expect(found.rows == 1 && found.kept == 0 && found.undated == 0)
    #expect(try opened.due("letters", now: first + hour).keys == [[.integer(1), .text("1.00")]])
  }

  @Test func `timestamps count as they stand, and a table without a rule has nothing due`() throws {
    for (name, type) in [("a", "TIMESTAMP"), ("b", "TIMESTAMPTZ")] {
      try run(
        """
        CREATE TABLE \(name) (at \(type));
        INSERT INTO \(name) VALUES ('2020-01-01 10:00:00');
        """)
      #expect(try reader().due(name, now: .max / 2000).keys.isEmpty)
      #expect(try reader().policy(of: name, now: 0).retention == nil)
      try run("ALTER TABLE \(name) SET RETENTION '1 day' FROM at")
      let end = try moment("2020-01-02T10:00:00Z")
      #expect(try reader().due(name, now: end - 1).keys.isEmpty)
      #expect(try reader().due(name, now: end).keys.count == 1)
    }
    #expect(kind { _ = try reader().due("nothing", now: 0) }?.0 == .data)
  }
}
