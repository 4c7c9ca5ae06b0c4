// SPDX-License-Identifier: Apache-2.0
// Definitions are in the log: views, sequences, generated columns and all that ALTER TABLE did are
// there after kill -9, without the view's file, and in a log that comes back from an archive.

import Glibc
import Testing

@Suite struct DefinitionTests {
  let folder = Folder()
  let log: LogAtHand

  init() {
    log = LogAtHand(path: folder.file("ward.kb"))
    let outcome = Self.sql(
      log,
      """
      CREATE TABLE p (
        id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT NOT NULL, fee NUMERIC(8,2),
        gross NUMERIC(10,2) GENERATED ALWAYS AS (fee * 2) STORED, n BIGSERIAL);
      INSERT INTO p (name, fee) VALUES ('Ann', 1), ('Bob', 2);
      CREATE VIEW rich AS SELECT * FROM p WHERE fee > 1;
      CREATE OR REPLACE VIEW rich AS SELECT id, name, fee, gross, n FROM p WHERE fee >= 1;
      CREATE SEQUENCE s START 7 INCREMENT 7;
      COMMENT ON TABLE p IS 'people';
      COMMENT ON COLUMN p.fee IS 'in euros';
      DROP VIEW rich;
      ALTER TABLE p ALTER COLUMN fee TYPE TEXT USING fee::text || ' EUR';
      """)
    // A generated column that is made of it keeps the type.
    precondition(outcome.status != 0, "\(outcome)")
    let more = Self.sql(
      log,
      """
      ALTER TABLE p DROP COLUMN gross, ALTER COLUMN name TYPE VARCHAR(20);
      ALTER TABLE p ALTER COLUMN fee TYPE TEXT USING fee::text || ' EUR';
      ALTER TABLE p ADD COLUMN loud TEXT GENERATED ALWAYS AS (upper(name)) STORED,
        ADD CONSTRAINT short CHECK (length(name) < 9) NOT VALID, ADD UNIQUE (loud);
      CREATE VIEW names AS SELECT id, loud FROM p;
      CREATE TABLE copy AS SELECT * FROM names;
      INSERT INTO p (name, n) VALUES ('Cid', nextval('s'));
      """)
    precondition(more.status == 0, "\(more)")
  }

  private static func sql(_ log: LogAtHand, _ text: String) -> Outcome {
    log.append(["--create", "--sql", "-c", text])
  }

  private func expectAll(of log: LogAtHand, sourceLocation: SourceLocation = #_sourceLocation) {
    func rows(_ sql: String) -> [String] {
      let outcome = log.query(sql, ["--format", "csv"])
      #expect(outcome.status == 0, "\(outcome)", sourceLocation: sourceLocation)
      return Array(outcome.lines.dropFirst())
    }
    #expect(
      rows("SELECT * FROM p ORDER BY id")
        == ["1,Ann,1.00 EUR,1,ANN", "2,Bob,2.00 EUR,2,BOB", "3,Cid,,7,CID"],
      sourceLocation: sourceLocation)
    #expect(
      rows("SELECT * FROM p AS OF OFFSET 1 ORDER BY id")
        == ["1,Ann,1.00,2.00,1", "2,Bob,2.00,4.00,2"], sourceLocation: sourceLocation)
    #expect(
      rows("SELECT id, gross FROM rich AS OF OFFSET 6 ORDER BY id") == ["1,2.00", "2,4.00"],
      sourceLocation: sourceLocation)
    #expect(rows("SELECT id FROM rich AS OF OFFSET 2") == ["2"], sourceLocation: sourceLocation)
    #expect(
      rows("SELECT * FROM names ORDER BY id") == ["1,ANN", "2,BOB", "3,CID"],
      sourceLocation: sourceLocation)
    #expect(
      rows("SELECT * FROM copy ORDER BY id") == ["1,ANN", "2,BOB"],
      sourceLocation: sourceLocation)
    #expect(
      rows("SELECT name, last_value FROM kb.sequences ORDER BY name")
        == ["p_id_seq,3", "p_n_seq,2", "s,7"], sourceLocation: sourceLocation)
    #expect(
      rows("SELECT comment FROM kb.tables WHERE name = 'p'") == ["people"],
      sourceLocation: sourceLocation)
    #expect(
      rows("SELECT comment, type FROM kb.columns WHERE table_name = 'p' AND name = 'fee'")
        == ["in euros,TEXT"], sourceLocation: sourceLocation)
  }

  @Test func `what was defined is there without the view, and after a restore`() {
    expectAll(of: log)
    for name in ["view.sqlite", "view.sqlite-wal", "view.sqlite-shm"] {
      unlink(log.path + "/" + name)
    }
    expectAll(of: log)
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
    let (status, output) = shell(
      "set -o pipefail; kb-snapshot ward.kb > ward.tar && kb-snapshot --restore back.kb ward.tar",
      in: folder)
    #expect(status == 0, "\(output)")
    let back = LogAtHand(path: folder.file("back.kb"))
    expectAll(of: back)
    // Sequences go on where they were.
    #expect(Self.sql(back, "INSERT INTO p (name) VALUES ('Dee')").status == 0)
    let next = back.query("SELECT id, n FROM p WHERE name = 'Dee'", ["--format", "csv"])
    #expect(next.lines == ["id,n", "4,3"], "\(next)")
  }

  @Test func `lines take values from sequences, and kill -9 gives none twice`() {
    let append = ToolProcess(
      "kb-append", ["--table", "p", "--batch", "3", log.path], input: .pipe, isPiped: true)
    var written = 0
    while written < 30 {
      #expect(append.write("{\"name\":\"x\(written)\"}\n"))
      written += 1
    }
    for _ in 0..<4 { _ = append.readLine() }
    append.kill(SIGKILL)
    _ = append.wait()
    let rest = log.append(
      ["--table", "p"], input: .text("{\"name\":\"y\"}\n{\"name\":\"z\",\"id\":500}\n"))
    #expect(rest.status == 0, "\(rest)")
    let counts = log.query(
      "SELECT count(*) = count(DISTINCT id), count(*) = count(DISTINCT n), count(*) >= 13 FROM p WHERE name <> 'Cid'",
      ["--format", "csv"])
    #expect(counts.lines.last == "true,true,true", "\(counts)")
    let loud = log.query("SELECT count(*) FROM p WHERE loud <> upper(name)", ["--format", "csv"])
    #expect(loud.lines == ["count", "0"], "\(loud)")
    #expect(run("kb-verify", ["--view", log.path]).status == 0)
    let given = log.append(["--table", "p"], input: .text("{\"name\":\"q\",\"loud\":\"Q\"}\n"))
    #expect(given.status == 65 && given.error.contains("generated column"), "\(given)")
    let taken = log.append(["--table", "p"], input: .text("{\"name\":\"too long a name\"}\n"))
    #expect(taken.status == 65 && taken.error.contains("\"short\""), "\(taken)")
  }
}
