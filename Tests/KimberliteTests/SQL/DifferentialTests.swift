// SPDX-License-Identifier: Apache-2.0
// Random queries over random tables, answered by us and by another database: by PostgreSQL where
// KB_POSTGRES names the folder of its socket, else by SQLite for what both have. And oracles that
// need no other (Rigger and Su: NoREC 2020, TLP 2020). KB_SEEDS=n for n seeds, KB_SEED=n for one.

import CSQLite
import Glibc
import Testing

private func number(_ name: String) -> UInt64? {
  getenv(name).flatMap { UInt64(String(cString: $0)) }
}

private var seeds: Range<UInt64> {
  number("KB_SEED").map { $0..<$0 + 1 } ?? 1..<(number("KB_SEEDS") ?? 8) + 1
}

@Suite struct DifferentialTests {
  private static let queriesPerSeed = 60

  @Test func `another database gives the same`() throws {
    for seed in seeds {
      let peer = Peer(seed: seed)
      var queries = RandomQueries(seed: seed, isFull: peer.isPostgres)
      let log = try StatementLog()
      for sql in queries.creation() {
        let (ours, theirs) = (log.answer(sql), peer.answer(sql))
        #expect(ours.error == nil && theirs.error == nil, "\(sql)\n\(ours)\n\(theirs)")
      }
      for _ in 0..<Self.queriesPerSeed {
        let sql = queries.query(1 + queries.below(3)).0
        let (ours, theirs) = (log.answer(sql), peer.answer(sql))
        if ours.isRefused { continue }
        #expect(
          ours.error == theirs.error && bag(ours, peer) == bag(theirs, peer),
          "KB_SEED=\(seed): \(sql)\nours: \(show(ours))\ntheirs: \(show(theirs))")
      }
      try log.close()
    }
  }

  @Test func `a condition parts the rows in three, whatever is asked of them`() throws {
    for seed in seeds {
      var queries = RandomQueries(seed: seed, isFull: true)
      let log = try StatementLog()
      for sql in queries.creation() { #expect(log.answer(sql).error == nil) }
      for _ in 0..<Self.queriesPerSeed {
        let depth = 1 + queries.below(2)
        let (from, scope) = queries.from(depth)
        let test = queries.predicate(depth, scope)
        for question in Question.drawn(&queries, from, test, scope) {
          let (whole, parts) = (log.answer(question.whole), log.answer(question.parts))
          if whole.isRefused || parts.isRefused { continue }
          #expect(
            whole.error == parts.error && bag(whole) == bag(parts),
            "KB_SEED=\(seed): \(question.name)\n\(question.whole)\n\(question.parts)\nwhole: \(show(whole))\nparts: \(show(parts))"
          )
        }
      }
      try log.close()
    }
  }
}

/// Two queries that must give the same.
private struct Question {
  var name: String
  var whole: String
  var parts: String

  static func drawn(
    _ queries: inout RandomQueries, _ from: String, _ test: String, _ scope: RandomScope
  ) -> [Question] {
    let value = queries.expression(.integer, 1, scope)
    let key = queries.leaf(.text, scope)
    let each = [test, "NOT (\(test))", "(\(test)) IS NULL"]
    func union(_ part: (String) -> String) -> String {
      each.map(part).joined(separator: " UNION ALL ")
    }
    func rows(_ columns: String) -> String {
      union { "SELECT \(columns) FROM \(from) WHERE \($0)" }
    }
    let having = queries.predicate(
      1, RandomScope([(key, .text), ("COUNT(*)", .integer)], outer: []))
    let grouped = "SELECT \(key) AS k, COUNT(*) AS n FROM \(from) GROUP BY \(key)"
    return [
      Question(
        name: "NoREC", whole: "SELECT COUNT(*) FROM \(from) WHERE \(test)",
        parts: "SELECT COALESCE(SUM(CASE WHEN \(test) THEN 1 ELSE 0 END), 0) FROM \(from)"),
      Question(
        name: "TLP WHERE", whole: "SELECT \(value) AS v, \(key) AS k FROM \(from)",
        parts: rows("\(value) AS v, \(key) AS k")),
      Question(
        name: "TLP DISTINCT", whole: "SELECT DISTINCT \(key) AS k FROM \(from)",
        parts: "SELECT DISTINCT k FROM (\(rows("\(key) AS k"))) AS parts"),
      Question(
        name: "TLP aggregates",
        whole: "SELECT COUNT(\(value)), SUM(\(value)), MIN(\(key)), MAX(\(key)) FROM \(from)",
        parts: "SELECT CAST(SUM(c) AS BIGINT), CAST(SUM(s) AS BIGINT), MIN(l), MAX(h) FROM ("
          + rows("COUNT(\(value)) AS c, SUM(\(value)) AS s, MIN(\(key)) AS l, MAX(\(key)) AS h")
          + ") AS parts"),
      Question(
        name: "TLP GROUP BY", whole: grouped,
        parts: "SELECT k, CAST(SUM(n) AS BIGINT) FROM ("
          + union { "SELECT \(key) AS k, COUNT(*) AS n FROM \(from) WHERE \($0) GROUP BY \(key)" }
          + ") AS parts GROUP BY k"),
      Question(
        name: "TLP HAVING", whole: grouped,
        parts: [having, "NOT (\(having))", "(\(having)) IS NULL"].map { "\(grouped) HAVING \($0)" }
          .joined(separator: " UNION ALL ")),
    ]
  }
}

// MARK: Comparing

extension StatementAnswer {
  /// Whether it is not supported, or too much for SQLite's parser: no answer that could be wrong.
  fileprivate var isRefused: Bool { error == "0A000" || error == "54001" }
}

/// Rows in an order of their own, numbers by their value.
private func bag(_ answer: StatementAnswer, _ peer: Peer? = nil) -> [String] {
  answer.rows.map { row in
    row.map { value in
      if peer?.isPostgres == false, value == "true" || value == "false" {
        return value == "true" ? "1" : "0"
      }
      return value.contains(".") ? trimmed(value) : value
    }.joined(separator: "|")
  }.sorted()
}

/// Without zeros at the end of a number.
private func trimmed(_ text: String) -> String {
  guard text.utf8.allSatisfy({ $0 == 0x2d || $0 == 0x2e || $0 - 0x30 < 10 }) else { return text }
  var bytes = Array(text.utf8)
  while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
  if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
  return bytes == Array("-0".utf8) ? "0" : String(decoding: bytes, as: UTF8.self)
}

private func show(_ answer: StatementAnswer) -> String {
  if let error = answer.error { return "\(error) \(answer.message)" }
  return answer.rows.map { $0.joined(separator: "|") }.sorted().prefix(20).joined(separator: " / ")
}

/// The other database: PostgreSQL if there is one, else an SQLite in memory.
private final class Peer {
  private let postgres: PostgresSession?
  private let folder = getenv("KB_POSTGRES").map { String(cString: $0) }
  private let name: String
  private var sqlite: OpaquePointer?
  var isPostgres: Bool { postgres != nil }

  init(seed: UInt64) {
    name = "kb_\(getpid())_\(seed)"
    if let folder, let server = PostgresSession(folder: folder, database: "postgres") {
      _ = server.run("CREATE DATABASE \(name) TEMPLATE template0")
      postgres = PostgresSession(folder: folder, database: name)
    } else {
      postgres = nil
    }
    if postgres == nil {
      sqlite3_open(":memory:", &sqlite)
      _ = answer("PRAGMA case_sensitive_like = ON")
    }
  }

  deinit {
    sqlite3_close_v2(sqlite)
    if isPostgres, let folder, let server = PostgresSession(folder: folder, database: "postgres") {
      _ = server.run("DROP DATABASE \(name) WITH (FORCE)")
    }
  }

  func answer(_ sql: String) -> StatementAnswer {
    if let postgres { return postgres.run(sql) }
    var answer = StatementAnswer()
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(sqlite, sql, -1, &statement, nil) == SQLITE_OK else {
      return StatementAnswer(error: String(cString: sqlite3_errmsg(sqlite)))
    }
    defer { sqlite3_finalize(statement) }
    while sqlite3_step(statement) == SQLITE_ROW {
      answer.rows.append(
        (0..<sqlite3_column_count(statement)).map {
          sqlite3_column_text(statement, $0).map { String(cString: $0) } ?? "NULL"
        })
    }
    return answer
  }
}
