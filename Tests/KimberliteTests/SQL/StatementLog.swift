// SPDX-License-Identifier: Apache-2.0
// A log of its own for statements of any kind, for tests that compare answers: a writer for those
// that write, and a reader that is opened again only after something was written.

import Kimberlite
import KimberliteCore

/// What came of a statement.
struct StatementAnswer {
  /// The SQLSTATE, or what else went wrong.
  var error: String?
  var message = ""
  /// None where there is no result.
  var types: [SQLType] = []
  /// Values as they print; NULL is `NULL`.
  var rows: [[String]] = []
}

/// Runs statements against a log that goes with it.
final class StatementLog {
  private let folder: Folder
  private let writer: Writer
  /// Open until something is written.
  private var reader: Reader?

  init() throws {
    folder = Folder()
    writer = try Writer(opening: folder.path + "/log", create: true, stateFolder: nil) { _ in }
  }

  func close() throws { try writer.close() }

  /// The answer to one or more statements: the rows of all, or the first error.
  func answer(_ sql: String) -> StatementAnswer {
    var answer = StatementAnswer()
    do {
      var parser = Parser(sql)
      while let statement = try parser.next() { try run(statement, into: &answer) }
    } catch {
      let cause = (error as? SQLError) ?? (error as? DatabaseError)?.sql
      answer = StatementAnswer(
        error: cause?.state.code ?? "\(error)", message: cause?.message ?? "\(error)")
    }
    return answer
  }

  private func run(_ statement: ParsedStatement, into answer: inout StatementAnswer) throws {
    // What moves a sequence, or asks for what it gave, is the writer's.
    let isOfSequence = ["nextval(", "currval(", "setval(", "lastval("]
      .contains(where: statement.text.contains)
    guard case .select = statement.statement, !writer.isInTransaction, !isOfSequence else {
      reader = nil
      let outcome = try writer.run(statement)
      if !writer.isInTransaction { try writer.settle() }
      if let columns = outcome.columns {
        answer.types = columns.map(\.type)
        answer.rows += outcome.rows.map { Self.texts($0, columns) }
      }
      return
    }
    let reader = try self.reader ?? Reader(opening: folder.path + "/log")
    self.reader = reader
    let rows = try reader.prepare(statement)
    answer.types = rows.columns.map(\.type)
    while try rows.next() {
      var values: [Value] = []
      for index in rows.columns.indices { values.append(try rows.value(index)) }
      answer.rows.append(Self.texts(values, rows.columns))
    }
  }

  private static func texts(_ values: [Value], _ columns: [ResultColumn]) -> [String] {
    zip(values, columns).map { $0 == .null ? "NULL" : $1.type.format($0) }
  }
}
