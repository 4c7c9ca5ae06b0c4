// SPDX-License-Identifier: Apache-2.0
// Retention, holds and settings as values: their bytes, their keys, how intervals compare.

import KimberliteCore
import Testing

@Suite struct PolicyTests {
  private static let ssh =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g bob"
  private static let note =
    "approver.example/ann+5f4d3c49+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

  /// Runs statements, each a record, and answers the database.
  private func database(_ statements: [String]) throws -> BoundDatabase {
    let database = BoundDatabase()
    for sql in statements { try database.run(sql) }
    return database
  }

  private static let letters = "CREATE TABLE letters (id INTEGER PRIMARY KEY, sent DATE, who TEXT)"

  private func state(_ body: () throws -> Void) -> SQLError.State? {
    do { try body() } catch { return (error as? SQLError)?.state }
    return nil
  }

  @Test func `changes of policy read back, and only their own bytes`() throws {
    let ssh = try #require(ApprovalKey(Self.ssh))
    let note = try #require(ApprovalKey(Self.note))
    let approvals = try #require(PurgeApprovals(2, of: [ssh, note]))
    let years = Interval(months: 72, days: 0, microseconds: 0)
    let changes: [SchemaChange] = [
      .setRetention(Retention(table: 1, interval: years, column: 2, isLocked: true)),
      .setRetention(Retention(table: 1, interval: years, column: nil, isLocked: false)),
      .dropRetention(9), .createHold(Hold(matter: "m", table: 1, condition: nil, createdAt: 7)),
      .createHold(Hold(matter: "ä", table: 1, condition: "id = 1", createdAt: 1 << 40)),
      .rewordHold("m", 1, to: "\"a b\" = 1"), .releaseHold("m", 1, at: 8),
      .setLog(.auditReads(true)), .setLog(.auditReads(false)),
      .setLog(.purgeApprovals(approvals)), .setLog(.purgeApprovals(nil)),
      .setLog(.purgeDelay(Interval(months: 0, days: 7, microseconds: -1))),
      .setLog(.purgeDelay(nil)),
    ]
    for change in changes {
      var buffer = ByteBuffer()
      buffer.appendEvent(change)
      var reader = CBORReader(buffer.span)
      #expect(try reader.readEventHead() == .schema)
      #expect(try reader.readSchemaChange() == change)
      for count in 2..<buffer.count {
        var cut = CBORReader(buffer.span.extracting(0..<count))
        let isRefused: Bool
        do {
          _ = try cut.readEventHead()
          isRefused = try cut.readSchemaChange() != change
        } catch { isRefused = true }
        #expect(isRefused, "\(change) cut to \(count)")
      }
    }
  }

  @Test func `a public key is a line of ssh-keygen or a verifier key, and nothing else`() throws {
    let ssh = try #require(ApprovalKey(Self.ssh))
    #expect(ssh.form == .ssh && ssh.name == "bob" && ssh.publicKey == (1...32).map { $0 })
    let note = try #require(ApprovalKey(Self.note))
    #expect(note.form == .note && note.name == "approver.example/ann")
    #expect(note.publicKey == (0..<32).map { $0 })
    for bad in [
      "", "ssh-ed25519", "ssh-ed25519 ", "ssh-ed25519 AAAA", "ssh-rsa AAAA bob",
      Self.ssh.replacing("AAAAC3", with: "AAAAC4"), Self.ssh.replacing(" bob", with: "\nbob"),
      Self.ssh.replacing("ed25519 ", with: "ed25519  "),
      // The hash is of the name too.
      Self.note.replacing("ann", with: "bob"), Self.note + "=", "+" + Self.note, "a+b+c",
    ] { #expect(ApprovalKey(bad) == nil, "\(bad)") }
    #expect(PurgeApprovals(0, of: [ssh]) == nil && PurgeApprovals(2, of: [ssh]) == nil)
    #expect(PurgeApprovals(1, of: [ssh, ssh]) == nil && PurgeApprovals(2, of: [ssh, note]) != nil)
  }

  @Test(arguments: [
    ("6 years", "6 years", true), ("6 years", "72 mons", true), ("6 years", "7 years", true),
    ("6 years", "5 years", false), ("6 years", "2191 days", false),
    ("6 years", "2192 days", true),
    ("1 month", "31 days", true), ("1 month", "30 days", false), ("30 days", "1 month", false),
    ("28 days", "1 month", true), ("1 day", "24 hours", true), ("24 hours", "1 day", true),
    ("1 day", "23:59:59.999999", false), ("4 years", "1461 days", true),
  ])
  func `a lock is lengthened, from whichever month it is counted`(
    _ old: String, _ new: String, _ isAllowed: Bool
  ) throws {
    let database = try database([
      Self.letters, "ALTER TABLE letters SET RETENTION '\(old)' FROM sent LOCK",
    ])
    let failure = state {
      try database.run("ALTER TABLE letters SET RETENTION '\(new)' FROM sent LOCK")
    }
    #expect(failure == (isAllowed ? nil : .insufficientPrivilege))
  }

  // Evidence: R50
  @Test func `a lock is never loosened in any other way either`() throws {
    let database = try database([
      Self.letters, "ALTER TABLE letters SET RETENTION '6 years' FROM sent LOCK",
    ])
    for sql in [
      "ALTER TABLE letters SET RETENTION '7 years' FROM sent",
      "ALTER TABLE letters SET RETENTION '7 years' FROM _created_at LOCK",
      "ALTER TABLE letters DROP RETENTION", "ALTER TABLE letters DROP COLUMN sent",
      "DROP TABLE letters", "DROP TABLE IF EXISTS letters",
    ] { #expect(state { try database.run(sql) } == .insufficientPrivilege, "\(sql)") }
    try database.run("ALTER TABLE letters RENAME COLUMN sent TO posted")
    try database.run("ALTER TABLE letters RENAME TO post")
    let catalog = database.catalog
    let rule = try #require(catalog.retention(of: 1))
    #expect(rule.isLocked && catalog.columnName(of: rule) == "posted")
  }

  @Test(arguments: ["-1 day", "0 days", "1 month -31 days", "9000 years", "soon"])
  func `a retention or delay lasts some time`(interval: String) throws {
    let database = try database([Self.letters])
    for sql in [
      "ALTER TABLE letters SET RETENTION '\(interval)' FROM sent",
      "ALTER LOG SET PURGE DELAY '\(interval)'",
    ] {
      let failure = state { try database.run(sql) }
      #expect([.invalidParameterValue, .invalidDatetime].contains(failure), "\(sql)")
    }
  }

  @Test func `an unlocked retention may be changed, and goes on for what is left of its table`()
    throws
  {
    let database = try database([
      Self.letters, "ALTER TABLE letters SET RETENTION INTERVAL '6 years' FROM sent",
      "ALTER TABLE letters SET RETENTION '1 year' FROM _created_at",
      "ALTER TABLE letters DROP RETENTION",
      "ALTER TABLE letters SET RETENTION '6 years' FROM sent",
    ])
    #expect(
      state { try database.run("ALTER TABLE letters DROP COLUMN sent") } == .dependentObjects)
    try database.run("DROP TABLE letters")
    #expect(database.catalog.retentions.map(\.table) == database.catalog.droppedTables.map(\.id))
    #expect(database.catalogs[2].retentions.first?.column == nil)
  }

  @Test func `holds stand by matter and table, follow renamings and are released`() throws {
    let database = try database([
      Self.letters, "CREATE TABLE calls (id INTEGER PRIMARY KEY)",
      "CREATE HOLD 'Lee' ON letters WHERE who = 'Ann' AND letters.id > 1",
      "CREATE HOLD 'Lee' ON calls", "CREATE HOLD 'Roe' ON letters WHERE sent > '2020-01-01'",
    ])
    #expect(state { try database.run("CREATE HOLD 'Lee' ON calls") } == .duplicateObject)
    for (sql, expected) in [
      ("CREATE HOLD 'x' ON letters WHERE nobody = 1", SQLError.State.undefinedColumn),
      ("CREATE HOLD 'x' ON letters WHERE id", .datatypeMismatch),
      ("CREATE HOLD 'x' ON letters WHERE id = $1", .undefinedParameter),
      ("CREATE HOLD 'x' ON letters WHERE EXISTS (SELECT 1)", .featureNotSupported),
      ("CREATE HOLD 'x' ON letters WHERE count(*) > 1", .groupingError),
      ("CREATE HOLD '' ON letters", .nameTooLong), ("CREATE HOLD 'x' ON lettres", .undefinedTable),
      ("RELEASE HOLD 'Leo'", .undefinedObject), ("RELEASE HOLD 'Roe' ON calls", .undefinedObject),
      ("DROP TABLE letters", .insufficientPrivilege),
      ("ALTER TABLE letters DROP COLUMN who", .insufficientPrivilege),
      // The condition writes a column with the table's name.
      ("ALTER TABLE letters RENAME TO post", .featureNotSupported),
    ] { #expect(state { try database.run(sql) } == expected, "\(sql)") }
    try database.run("ALTER TABLE letters RENAME COLUMN who TO \"To whom\"")
    #expect(
      database.catalog.holds[0].condition == "\"To whom\" = 'Ann' AND letters.id > 1")
    try database.run("RELEASE HOLD 'Lee'")
    try database.run("CREATE HOLD 'Lee' ON calls WHERE id = 1")
    #expect(database.catalog.holds.map(\.isActive) == [false, false, true, true])
    #expect(
      flat(
        try database.run(
          "SELECT matter, table_name, condition, created_offset, released_offset FROM kb.holds"))
        == "Lee|letters|\"To whom\" = 'Ann' AND letters.id > 1|2|6 Lee|calls|NULL|3|6 "
        + "Roe|letters|sent > '2020-01-01'|4|NULL Lee|calls|id = 1|7|NULL")
    #expect(flat(try database.run("SELECT count(*) FROM kb.holds AS OF OFFSET 2")) == "1")
  }

  @Test func `settings of the log are set, reset and refused`() throws {
    let database = try database([
      "ALTER LOG SET AUDIT READS ON", "ALTER LOG SET PURGE DELAY '7 days'",
      "ALTER LOG SET PURGE APPROVALS 1 OF ('\(Self.ssh)', '\(Self.note)')",
    ])
    #expect(database.catalog.settings.auditsReads)
    #expect(database.catalog.settings.purgeApprovals?.keys.count == 2)
    let all = "SELECT value FROM kb.settings"
    #expect(
      flat(try database.run(all))
        == "on|1 OF ('\(Self.ssh)', '\(Self.note)')|7 days"
        .replacing("|", with: " "))
    for (sql, expected) in [
      (
        "ALTER LOG SET PURGE APPROVALS 3 OF ('\(Self.ssh)', '\(Self.note)')",
        SQLError.State.invalidParameterValue
      ),
      ("ALTER LOG SET PURGE APPROVALS 0 OF ('x')", .invalidParameterValue),
      ("ALTER LOG SET PURGE APPROVALS 1 OF ('x')", .invalidParameterValue),
      ("ALTER LOG SET PURGE APPROVALS 1 OF ('\(Self.ssh)', '\(Self.ssh) 2')", .duplicateObject),
      ("ALTER LOG SET PURGE APPROVALS 1", .syntaxError), ("ALTER LOG", .syntaxError),
      ("ALTER LOG SET AUDIT READS", .syntaxError), ("ALTER LOG RESET ALL", .syntaxError),
    ] { #expect(state { try database.run(sql) } == expected, "\(sql)") }
    for sql in [
      "ALTER LOG SET AUDIT READS OFF", "ALTER LOG SET PURGE APPROVALS 0",
      "ALTER LOG RESET PURGE DELAY",
    ] { try database.run(sql) }
    #expect(database.catalog.settings == LogSettings())
    #expect(
      flat(try database.run("SELECT value FROM kb.settings AS OF OFFSET 0")) == "on NULL NULL")
  }
}
