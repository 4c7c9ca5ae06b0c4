// SPDX-License-Identifier: Apache-2.0
// Statements with the answers they must get, run through a writer and a reader of a log. The
// answers in Conformance/ were given by PostgreSQL 15, but for those of timetravel.test.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct ConformanceTests {
  @Test(arguments: ["expressions", "queries", "writes", "timetravel", "limits"])
  func `every statement gets the answer that is written below it`(_ name: String) throws {
    let folder = Folder()
    let blocks = try Block.read("Conformance/\(name).test")
    let runner = try BlockRunner(folder.path + "/log")
    #expect(!blocks.isEmpty)
    for block in blocks {
      let answer = runner.answer(block.sql)
      let rows = block.isSorted ? answer.rows.sorted() : answer.rows
      #expect(
        answer.outcome == block.outcome && rows == block.rows,
        "\(name).test:\(block.line): \(block.sql)\nanswer: \(answer.outcome) \(rows)")
    }
    try runner.close()
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

/// Runs statements against a log of its own.
private final class BlockRunner {
  private let path: String
  private let writer: Writer
  /// Open until something is written.
  private var reader: Reader?

  init(_ path: String) throws {
    self.path = path
    writer = try Writer(opening: path, create: true, stateFolder: nil) { _ in }
  }

  func close() throws { try writer.close() }

  func answer(_ sql: String) -> (outcome: String, rows: [String]) {
    do {
      var rows: [String] = []
      var parser = Parser(sql)
      while let statement = try parser.next() { rows += try run(statement) }
      return ("ok", rows)
    } catch let error as SQLError {
      return ("error \(error.state.code)", [])
    } catch let error as DatabaseError {
      return ("error \(error.sql?.state.code ?? "\(error)")", [])
    } catch {
      return ("\(error)", [])
    }
  }

  private func run(_ statement: ParsedStatement) throws -> [String] {
    guard case .select = statement.statement else {
      reader = nil
      let outcome = try writer.run(statement)
      try writer.settle()
      guard let columns = outcome.columns else { return [] }
      return outcome.rows.map { Self.text($0, columns) }
    }
    let reader = try self.reader ?? Reader(opening: path)
    self.reader = reader
    let rows = try reader.prepare(statement)
    var texts: [String] = []
    while try rows.next() {
      var values: [Value] = []
      for index in rows.columns.indices { values.append(try rows.value(index)) }
      texts.append(Self.text(values, rows.columns))
    }
    return texts
  }

  private static func text(_ values: [Value], _ columns: [ResultColumn]) -> String {
    zip(values, columns).map { value, column in
      value == .null ? "NULL" : column.type.format(value)
    }.joined(separator: "|")
  }
}
