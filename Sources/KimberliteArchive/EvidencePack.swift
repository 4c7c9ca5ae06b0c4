// SPDX-License-Identifier: Apache-2.0
// A query's answer and what shows that it stands in the log, as a tar for those who have neither.
// kb-query(1), Evidence; what verifies it is verify.sh, which goes with it.

public import Kimberlite
public import KimberliteCore

/// Evidence of what a log answered: rows are taken one by one, then all is written.
///
/// Used by one thread. Memory grows with the rows as that of `EventProver` does.
public final class EvidencePack {
  private let question: EvidenceQuestion
  private let reader: Reader
  private let rows: Rows
  private let evidence: EvidenceLog
  private let prover: EventProver
  private var table: MeasuredRows
  private var lines: MeasuredRows
  private var rowCount = 0

  /// The rows of a query of a reader, prepared with `RowProofs.ifPossible`.
  ///
  /// `key`: of an encrypted log. `moment`: the offset that was asked about, else the newest.
  /// Throws where the log cannot sign.
  public init(
    _ rows: Rows, of reader: Reader, sql: String, parameters: [String: String?], moment: UInt64?,
    context: Context, tool: String, log: String, key: MasterKey? = nil,
    stateFolder: String? = Writer.defaultStateFolder
  ) throws(DatabaseError) {
    guard let moment = moment ?? reader.newest else {
      throw DatabaseError(SQLError(.snapshotOutOfRange, "the log has no record yet"))
    }
    if let reach = rows.reach, reach > moment {
      throw DatabaseError(
        SQLError(
          .invalidParameterValue,
          "the query reads up to record \(reach), which is after the moment that is asked about,"
            + " record \(moment)",
          hint: "leave out --as-of, or let the query ask about no later time"
        ))
    }
    question = EvidenceQuestion(
      sql: sql, parameters: parameters, moment: moment, asked: Int64(Clock.realtime / 1000),
      context: context, tool: tool)
    self.rows = rows
    self.reader = reader
    evidence = try DatabaseError.wrap { () throws(LogError) in
      try EvidenceLog(
        log, covering: max(moment, reader.newest ?? 0) + 1, key: key, stateFolder: stateFolder)
    }
    prover = EventProver(log: log, discloses: true, key: key, stateFolder: stateFolder)
    table = MeasuredRows(.csv, rows.columns)
    lines = MeasuredRows(.ndjson, rows.columns)
  }

  /// Takes the current row.
  public func add() throws(DatabaseError) {
    rowCount += 1
    prover.add(rows)
    try table.add(rows)
    try lines.add(rows)
    try DatabaseError.wrap { () throws(LogError) in
      if table.isFull { try table.take() }
      if lines.isFull { try lines.take() }
    }
  }

  /// Writes the pack; `path` is what messages call the descriptor.
  ///
  /// The query runs again for each format, and has to give the same rows.
  public func write(to descriptor: Int32, path: String) throws(DatabaseError) {
    table.finish()
    lines.finish()
    try DatabaseError.wrap { () throws(LogError) in
      try table.take()
      try lines.take()
    }
    let schema = try reader.schemaText(of: prover.sources.union(rows.sources))
    let (moment, nanoseconds) = try DatabaseError.wrap { () throws(LogError) in
      try evidence.receipt(of: question.moment)
    }
    let origin = evidence.checkpoint.checkpoint.origin
    let timestamp = Int64(nanoseconds / 1000)
    var readme = EvidenceReadme(
      question: question, log: origin, verifier: evidence.verifier, timestamp: timestamp,
      rowCount: rowCount, rows: rows)
    readme.hasLeftChains = try DatabaseError.wrap { () throws(LogError) in
      try evidence.hasLeftChains()
    }
    var archive = try DatabaseError.wrap { () throws(LogError) in
      EvidenceArchive(
        try TarWriter(descriptor: descriptor, path: path), seconds: nanoseconds / 1_000_000_000)
    }
    try DatabaseError.wrap { () throws(LogError) in
      try archive.add("query.sql", question.sql + "\n")
      try archive.add(
        "query.json",
        question.json(
          log: origin, timestamp: timestamp, tables: rows.tables, rows: rowCount,
          unproven: rows.unproven))
      try archive.add("schema.sql", schema)
    }
    try archive.add("rows.csv", rows, .csv, byteCount: table.byteCount, digest: table.digest)
    try archive.add("rows.ndjson", rows, .ndjson, byteCount: lines.byteCount, digest: lines.digest)
    try DatabaseError.wrap { () throws(LogError) in
      let names = try prover.issue(reader, leadingTo: evidence.checkpoint) {
        (name, receipt) throws(LogError) in
        readme.count(receipt)
        try archive.add("receipts/\(name)", receipt.text)
      }
      readme.rowsWithout = names.count(where: \.isEmpty)
      try archive.add("receipts.ndjson", EventProver.index(names))
      try archive.add("moment.tlog-proof", moment.text)
      try archive.add("checkpoint", evidence.checkpoint.text)
      try archive.add("vkey", evidence.verifier.text + "\n")
      for (name, bytes) in try evidence.anchors() {
        readme.anchors.append(name)
        try archive.add(name, bytes)
      }
      try archive.add("verify.sh", PackageResources.verify_sh, mode: 0o700)
      try archive.add("README.txt", readme.text)
    }
    do throws(LogError) {
      try archive.finish { sums in
        evidence.signed(question.statement(log: origin, rows: rowCount, sums: sums))
      }
    } catch { throw DatabaseError(error) }
  }
}
