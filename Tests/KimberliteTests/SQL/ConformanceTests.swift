// SPDX-License-Identifier: Apache-2.0
// Statements with the answers they must get, run through a writer and a reader of a log. The
// answers in Conformance/ were given by PostgreSQL 15, but for those of timetravel.test.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct ConformanceTests {
  static let folder =
    "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Conformance"

  static var names: [String] {
    ((try? PosixDisk().list(folder)) ?? []).filter { $0.hasSuffix(".test") }.sorted()
      .map { String($0.dropLast(5)) }
  }

  @Test(arguments: names)
  func `every statement gets the answer that is written below it`(_ name: String) throws {
    let blocks = try Block.read("Conformance/\(name).test")
    let log = try StatementLog()
    #expect(!blocks.isEmpty)
    for block in blocks {
      let answer = log.answer(block.sql)
      let outcome = answer.error.map { "error \($0)" } ?? "ok"
      var rows = answer.rows.map { $0.joined(separator: "|") }
      if block.isSorted { rows.sort() }
      #expect(
        outcome == block.outcome && rows == block.rows,
        "\(name).test:\(block.line): \(block.sql)\nanswer: \(outcome) \(rows)")
    }
    try log.close()
  }
}

/// A statement and its answer.
///
/// `ok`, `error SQLSTATE` or `query [sorted]` stand above it, the rows of a query below `----`. An
/// empty line ends it; lines with # are for people.
private struct Block {
  var line: Int
  var outcome: String
  var isSorted = false
  var sql = ""
  var rows: [String] = []

  mutating func add(_ line: Substring) { sql += sql.isEmpty ? String(line) : "\n\(line)" }

  static func read(_ file: String, folder: String = #filePath) throws -> [Block] {
    let path = folder.split(separator: "/").dropLast().joined(separator: "/")
    let text = try #require(readText("/\(path)/\(file)"), "cannot read \(file)")
    var blocks: [Block] = []
    var open: Block?
    var isInRows = false
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if line.isEmpty {
        if let block = open { blocks.append(block) }
        (open, isInRows) = (nil, false)
      } else if open == nil {
        if line.hasPrefix("#") { continue }
        let isQuery = line.hasPrefix("query")
        open = Block(
          line: number + 1, outcome: isQuery ? "ok" : String(line),
          isSorted: line == "query sorted")
      } else if isInRows {
        open?.rows.append(line == "(empty)" ? "" : String(line))
      } else if line == "----" {
        isInRows = true
      } else {
        open?.add(line)
      }
    }
    if let block = open { blocks.append(block) }
    return blocks
  }
}
