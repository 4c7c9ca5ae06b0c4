// SPDX-License-Identifier: Apache-2.0
// One parsed statement, run again and again with other values.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct StatementTests {
  private let folder = Folder()
  private let writer: Writer

  init() throws {
    writer = try Writer(opening: folder.path + "/log", create: true, stateFolder: nil) { _ in }
  }

  private func parse(_ sql: String) throws -> ParsedStatement {
    var parser = Parser(sql)
    return try #require(try parser.next())
  }

  @Test func `a reason may be a parameter`() throws {
    try run("CREATE TABLE t (id INT PRIMARY KEY)")
    let insert = try parse("INSERT INTO t VALUES ($1) WITH REASON :why")
    for (id, why) in [("1", "first"), ("2", "second")] {
      _ = try writer.run(insert, parameters: ["1": id, "why": why])
    }
    #expect(state { _ = try writer.run(insert, parameters: ["1": "3"]) } == .undefinedParameter)
    #expect(
      state { _ = try writer.run(insert, parameters: ["1": "3", "why": String?.none]) }
        == .invalidParameterValue)
    #expect(
      try rows("SELECT reason FROM kb.records WHERE reason IS NOT NULL ORDER BY \"offset\"")
        == [[.text("first")], [.text("second")]])
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

  @Test func `a statement runs again with other values, also after one that failed`() throws {
    try run("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    let insert = try parse("INSERT INTO t VALUES ($1, $2)")
    _ = try writer.run(insert, parameters: ["1": "1", "2": "one"])
    #expect(
      state { _ = try writer.run(insert, parameters: ["1": "1", "2": "x"]) } == .uniqueViolation)
    #expect(state { _ = try writer.run(insert, parameters: ["1": "x", "2": "x"]) } != nil)
    #expect(state { _ = try writer.run(insert, parameters: ["1": "2"]) } == .undefinedParameter)
    let missing: String? = nil
    _ = try writer.run(insert, parameters: ["1": "2", "2": missing])
    #expect(try rows("SELECT * FROM t") == [[.integer(1), .text("one")], [.integer(2), .null]])
  }

  @Test func `a statement that runs again sees the catalog as it is then`() throws {
    try run("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    let insert = try parse("INSERT INTO t VALUES ($1)")
    let update = try parse("UPDATE t SET v = $1")
    _ = try writer.run(insert, parameters: ["1": "1"])
    _ = try writer.run(update, parameters: ["1": "1"])
    try run("ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 7")
    _ = try writer.run(insert, parameters: ["1": "2"])
    try run("BEGIN")
    try run("DROP TABLE t")
    try run("CREATE TABLE t (v INTEGER, id INTEGER)")
    _ = try writer.run(insert, parameters: ["1": "3"])
    try run("ROLLBACK")
    _ = try writer.run(insert, parameters: ["1": "4"])
    #expect(
      try rows("SELECT id, v, n FROM t ORDER BY id") == [
        [.integer(1), .text("1"), .integer(7)], [.integer(2), .null, .integer(7)],
        [.integer(4), .null, .integer(7)],
      ])
    try run("DROP TABLE t")
    #expect(state { _ = try writer.run(update, parameters: ["1": "1"]) } == .undefinedTable)
    try run("CREATE TABLE t (v INTEGER, id INTEGER)")
    #expect(state { _ = try writer.run(update, parameters: ["1": "one"]) } != nil)
    _ = try writer.run(insert, parameters: ["1": "5"])
    #expect(try rows("SELECT v, id FROM t") == [[.integer(5), .null]])
  }

  @Test func `a moment that a parameter states is looked up at each run`() throws {
    try run("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    try run("CREATE TABLE u (id INTEGER PRIMARY KEY)")
    for id in 1...3 { try run("INSERT INTO t VALUES (\(id))") }
    let copy = try parse("INSERT INTO u SELECT max(id) FROM t FOR SYSTEM_TIME AS OF OFFSET $1")
    for offset in 2...4 { _ = try writer.run(copy, parameters: ["1": "\(offset)"]) }
    #expect(try rows("SELECT id FROM u") == [[.integer(1)], [.integer(2)], [.integer(3)]])
  }

  @Test func `the clock goes on for a statement that runs again`() throws {
    try run("CREATE TABLE t (id INTEGER PRIMARY KEY, at TIMESTAMPTZ DEFAULT now())")
    let insert = try parse("INSERT INTO t (id) VALUES ($1)")
    for id in 1...3 {
      _ = try writer.run(insert, parameters: ["1": "\(id)"])
      try writer.settle()
    }
    #expect(try rows("SELECT count(DISTINCT at) FROM t") == [[.integer(3)]])
  }
}
