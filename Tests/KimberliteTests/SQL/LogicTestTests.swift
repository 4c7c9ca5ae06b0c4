// SPDX-License-Identifier: Apache-2.0
// The runner of sqllogictest files, judged by what each part of the format is for.

import Testing

@Suite struct LogicTestTests {
  /// The lines of records that fail.
  private func failures(_ text: String) throws -> [Int] {
    let test = LogicTest(text)
    #expect(test.mistakes.isEmpty)
    let log = try StatementLog()
    var judge = LogicJudge()
    let lines = test.records.compactMap { record in
      judge.difference(record, log.answer(record.sql)).map { _ in record.line }
    }
    try log.close()
    return lines
  }

  @Test func `what is right passes`() throws {
    let text = """
      # a comment
      hash-threshold 4

      statement ok
      CREATE TABLE t (a INTEGER, b TEXT)

      statement ok
      INSERT INTO t VALUES (2, 'b'), (1, ''),
        (3, NULL)

      statement error
      SELECT nope FROM t

      statement error 42703
      SELECT nope FROM t

      statement error "nope" does not exist
      SELECT nope FROM t

      query IT nosort first
      SELECT a, b FROM t WHERE a < 3 ORDER BY a
      ----
      1
      (empty)
      2
      b

      query IT rowsort first
      SELECT a, b FROM t WHERE a < 3
      ----
      1|(empty)
      2|b

      query IT valuesort
      SELECT a, b FROM t WHERE a > 1
      ----
      2
      3
      NULL
      b

      query IT rowsort
      SELECT a, b FROM t
      ----
      6 values hashing to 25988ad0866126edcb751f8234c4ab8c

      skipif kimberlite
      statement ok
      SELECT nope

      onlyif sqlite
      statement ok
      SELECT nope

      onlyif kimberlite
      query R
      SELECT 1.5

      halt

      statement ok
      SELECT nope
      """
    #expect(try failures(text) == [])
  }

  @Test func `what is wrong is found`() throws {
    let wrong = [
      "statement ok\nSELECT nope", "statement error\nSELECT 1",
      "statement error 42P01\nSELECT nope",
      "statement error some other\nSELECT nope", "query T\nSELECT 1\n----\n1",
      "query I\nSELECT 1\n----\n2", "query I\nSELECT 1\n----\n1\n1", "query I\nSELECT 1\n----",
      "query II\nSELECT 1, 2\n----\n2|1", "query I\nSELECT nope\n----\n1",
      "hash-threshold 1\n\nquery II\nSELECT 1, 2\n----\n2 values hashing to 0",
    ]
    for text in wrong { #expect(try failures(text).count == 1, "\(text)") }
    #expect(try failures("query I nosort x\nSELECT 1\n\nquery I nosort x\nSELECT 2") == [4])
    #expect(LogicTest("queri I\n\nstatement maybe\nSELECT 1").mistakes.count == 2)
  }
}
