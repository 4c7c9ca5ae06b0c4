// SPDX-License-Identifier: Apache-2.0
// Retention, holds and settings through the tools: refused with 77, there after a restart and after
// the view was built anew, and in step with the schema.

import Glibc
import Testing

@Suite struct PolicyTests {
  let folder = Folder()
  var log: LogAtHand { LogAtHand(path: folder.file("log")) }

  private func makeLog() {
    log.execute(
      """
      CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT, seen DATE);
      INSERT INTO p VALUES (1, 'Ann', '2020-01-01');
      ALTER TABLE p SET RETENTION '6 years' FROM seen LOCK;
      CREATE HOLD 'Lee' ON p WHERE name = 'Ann'
      """, creates: true)
  }

  // Evidence: R50
  @Test func `what a hold or a lock forbids ends with 77 and changes nothing`() {
    makeLog()
    let records = log.records()
    for (sql, message) in [
      ("ALTER TABLE p SET RETENTION '5 years' FROM seen LOCK", "cannot be shortened"),
      ("ALTER TABLE p SET RETENTION '6 years' FROM seen", "cannot be unlocked"),
      ("ALTER TABLE p DROP RETENTION", "cannot be dropped"),
      ("ALTER TABLE p DROP COLUMN seen", "the locked retention counts from it"),
      ("ALTER TABLE p DROP COLUMN name", "hold 'Lee' goes by it"),
      ("DROP TABLE p", "hold 'Lee' is on it"),
      ("BEGIN; RELEASE HOLD 'Lee'; DROP TABLE p; COMMIT", "its retention is locked"),
    ] {
      let outcome = log.append(["--sql", "-c", sql])
      #expect(outcome.status == 77 && outcome.output.isEmpty, "\(outcome)")
      #expect(outcome.error.contains(message), "\(outcome)")
      #expect(outcome.error.contains("SQLSTATE 42501"), "\(outcome)")
    }
    #expect(log.records() == records)
    let unknown = log.append(["--sql", "-c", "RELEASE HOLD 'Leo'"])
    #expect(unknown.status == 65 && unknown.error.contains("did you mean \"Lee\"?"), "\(unknown)")
  }

  // Evidence: R4, R54
  @Test func `policy is there after a kill, after the view is rebuilt, and at any moment`() {
    makeLog()
    let append = ToolProcess(
      "kb-append", ["--sql", log.path], input: .pipe, isPiped: true)
    append.write(
      """
      ALTER LOG SET PURGE DELAY '7 days';
      ALTER TABLE p RENAME COLUMN name TO "Full name";
      CREATE HOLD 'Roe' ON p;
      RELEASE HOLD 'Lee';

      """)
    for _ in 0..<4 { #expect(append.readLine() != nil) }
    append.kill(SIGKILL)
    #expect(append.wait().signal == SIGKILL)
    let questions = [
      "SELECT matter, table_name, condition, created_offset, released_offset FROM kb.holds",
      "SELECT matter FROM kb.holds WHERE created_at < released_at",
      "SELECT * FROM kb.retention", "SELECT * FROM kb.settings",
      "SELECT condition, released_offset FROM kb.holds AS OF OFFSET 3",
      "SELECT count(*) AS n FROM kb.retention AS OF OFFSET 1",
    ]
    let answers = questions.map { log.rows($0) }
    #expect(
      answers == [
        [
          #"{"matter":"Lee","table_name":"p","condition":"\"Full name\" = 'Ann'","created_offset":3,"released_offset":7}"#,
          #"{"matter":"Roe","table_name":"p","condition":null,"created_offset":6,"released_offset":null}"#,
        ], [#"{"matter":"Lee"}"#],
        [#"{"table_name":"p","interval":"6 years","column_name":"seen","locked":true}"#],
        [
          #"{"name":"audit reads","value":"off"}"#, #"{"name":"purge approvals","value":null}"#,
          #"{"name":"purge delay","value":"7 days"}"#,
        ], [#"{"condition":"name = 'Ann'","released_offset":null}"#], [#"{"n":0}"#],
      ])
    for suffix in ["", "-wal", "-shm"] { unlink(log.path + "/view.sqlite" + suffix) }
    #expect(questions.map { log.rows($0) } == answers)
    let verified = run("kb-verify", ["--deep", "--view", log.path])
    #expect(verified.status == 0, "\(verified)")
    #expect(log.append(["--sql", "-c", "DROP TABLE p"]).status == 77)
  }
}
