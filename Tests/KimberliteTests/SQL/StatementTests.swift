// SPDX-License-Identifier: Apache-2.0
// One parsed statement, run again and again with other values.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct StatementTests {
  private let folder = Folder()
  private let writer: Writer

  init() throws { writer = try Writer(opening: folder.path + "/log", create: true) { _ in } }

  private func parse(_ sql: String) throws -> ParsedStatement {
    var parser = Parser(sql)
    return try #require(try parser.next())
  }

  @discardableResult
  private func run(_ sql: String, _ parameters: [String: String?] = [:]) throws -> [[Value]] {
    try writer.run(try parse(sql), parameters: parameters).rows
  }

  private func state(of body: () throws -> Void) -> SQLError.State? {
    do { try body() } catch { return (error as? DatabaseError)?.sql?.state }
    return nil
  }

  private func rows(_ sql: String) throws -> [[Value]] {
    try writer.settle()
    let rows = try Reader(opening: folder.path + "/log").prepare(try parse(sql))
    var all: [[Value]] = []
    while try rows.next() {
      var row: [Value] = []
      for index in rows.columns.indices { row.append(try rows.value(index)) }
      all.append(row)
    }
    return all
  }

  @Test func `each part of a statement gets the parameters that it names`() throws {
    try run("CREATE TABLE t (id TEXT PRIMARY KEY, v TEXT)")
    let upsert = try parse(
      "INSERT INTO t VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET v = $3 RETURNING v, $4")
    for (given, kept) in [("a", "inserted"), ("b", "updated")] {
      let outcome = try writer.run(
        upsert, parameters: ["1": "key", "2": "inserted", "3": "updated", "4": given])
      #expect(outcome.rows == [[.text(kept), .text(given)]])
    }
    #expect(
      try run("UPDATE t SET v = :v WHERE id = :id RETURNING :id", ["v": "w", "id": "key"])
        == [[.text("key")]])
    #expect(
      try run("DELETE FROM t WHERE v = :v RETURNING id = :id", ["v": "w", "id": "key"])
        == [[.integer(1)]])
  }
}
