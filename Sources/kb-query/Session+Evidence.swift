// SPDX-License-Identifier: Apache-2.0

import Kimberlite
import KimberliteArchive
import KimberliteCore
import KimberliteTool

extension Session {
  /// Runs the one statement of a script, prints its rows, and writes an evidence pack of them.
  ///
  /// To standard output, `-`, goes the pack in place of the rows.
  func run(_ script: Script, evidence path: String) throws(Failure) {
    try requireOne(script)
    var unproven: String?
    if path == "-" {
      unproven = try answer(script, to: 1, path: "standard output", shows: false)
    } else {
      // Before anything is asked: what finds no place need not be.
      var file = try fail { () throws(DatabaseError) in try WholeFile(path) }
      unproven = try answer(script, to: file.descriptor, path: path, shows: true)
      try fail { () throws(DatabaseError) in try file.finish() }
    }
    if let unproven, !settings.isQuiet {
      Output.complain("kb-query: no row has a receipt: \(unproven)")
    }
  }

  /// Writes the evidence; answers why no row has a receipt.
  private func answer(
    _ script: Script, to descriptor: Int32, path: String, shows: Bool
  ) throws(Failure) -> String? {
    var unproven: String?
    try eachStatement(of: script) { (rows, sql) throws(DatabaseError) in
      let limit = try note(rows, of: sql, asEvidence: true) { (rows) throws(DatabaseError) in
        try rows.countAll()
      }
      let pack = try EvidencePack(
        rows, of: reader, sql: sql, parameters: settings.parameters, moment: moment,
        context: settings.context, tool: "kb-query \(toolVersion)", log: settings.path,
        key: settings.key)
      if shows {
        try print(rows, limit: limit, isFirst: true) { () throws(DatabaseError) in try pack.add() }
      } else {
        try each(rows, limit: limit) { () throws(DatabaseError) in try pack.add() }
      }
      try pack.write(to: descriptor, path: path)
      unproven = rows.unproven
    }
    return unproven
  }

  private func requireOne(_ script: Script) throws(Failure) {
    var parser = Parser(script.text)
    do throws(SQLError) {
      if let first = try parser.next(), try parser.next() == nil {
        guard case .explain = first.statement else { return }
      }
    } catch { throw script.failure(DatabaseError(error)) }
    throw Failure(.usage, "--evidence is of one query")
  }
}
