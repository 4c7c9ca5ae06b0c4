// SPDX-License-Identifier: Apache-2.0
// A file of NDJSON into a table with a primary key, into a stream, and into the peers.

internal import Glibc

extension Bench {
  func measureIngest() throws {
    try makeLog(log)
    let table = try tool(["kb-append", "--table", "patients", log, input]).cost
    let database = try SQLitePeer(database)
    try database.createTables()
    let bound = try insert(into: database)
    guard wants("ingest") else { return }
    let stream = try tool(
      ["kb-append", "--create", "--stream", "patients", folder + "/stream.kb", input]).cost
    remove(folder + "/stream.kb")

    var line = Line(work: "NDJSON into a table, \(rows) rows")
    line.note =
      "kb-append --table, a record of 1000 rows each, durable, as a process from start to end; "
      + "SQLite: values parsed before the clock starts, bound in place, prepared INSERT, "
      + "transactions of 1000, triggers that keep what is updated or deleted; PostgreSQL: one "
      + "COPY with a trigger of the same kind. Time for each row, CPU time in brackets"
    line.ours = Show.each(table, rows)
    line.sqlite = Show.each(bound, rows)
    if let postgres {
      line.postgres = Show.microseconds(try loadPostgres(postgres) / Double(rows))
    }
    line.atMost(1.2, table.wall / bound.wall, Show.ratio)
    report.add(line)

    try reportJSON(table)
    line = Line(work: "NDJSON into a stream, \(rows) events")
    line.note = "kb-append --stream of the same file, against --table"
    line.ours = Show.each(stream, rows)
    line.atMost(0.5, stream.wall / table.wall, Show.ratio)
    report.add(line)
    try reportFloors(table)
  }

  /// Inserts all patients in transactions of 1000; making the values is not timed.
  private func insert(into database: SQLitePeer) throws -> Cost {
    let marks = (1...11).map { "?\($0)" }.joined(separator: ", ")
    let insert = try database.prepare("INSERT INTO patients VALUES (\(marks))")
    return try inBatches(ids: 1...rows, version: 1) { batch in
      try database.execute("BEGIN IMMEDIATE")
      try batch.bytes.withUnsafeBufferPointer { bytes in
        for row in 0..<batch.count { try insert.run(batch, bytes, row) }
      }
      try database.execute("COMMIT")
    }
  }

  /// Gives `work` a thousand patients at a time, and times nothing else.
  func inBatches(
    ids: some Sequence<Int>, version: Int, _ work: (PatientBatch) throws -> Void
  ) throws -> Cost {
    var total = Cost()
    var batch = PatientBatch()
    var ids = ids.makeIterator()
    while true {
      batch.removeAll()
      while batch.count < 1000, let id = ids.next() {
        patients.add(CollectionOfOne(id), version: version, to: &batch)
      }
      if batch.count == 0 { return total }
      total = total + (try Timing.measure { try work(batch) })
    }
  }

  /// The same work where SQLite has to parse the lines itself.
  private func reportJSON(_ table: Cost) throws {
    let count = rows / 5
    let database = try SQLitePeer(folder + "/json.sqlite")
    defer { remove(folder + "/json.sqlite") }
    try database.createTables()
    let fields = PatientBatch.columns.map { "?1 ->> '\($0)'" }.joined(separator: ", ")
    let insert = try database.prepare("INSERT INTO patients SELECT \(fields)")
    let cost = try inBatches(ids: 1...count, version: 1) { batch in
      var lines: [UInt8] = []
      var ends: [Int] = []
      for row in 0..<batch.count {
        Patients.appendJSON(batch, row, to: &lines)
        ends.append(lines.count)
      }
      try database.execute("BEGIN IMMEDIATE")
      try lines.withUnsafeBufferPointer { bytes in
        var start = 0
        for end in ends {
          insert.bind(1, bytes, start..<end)
          _ = try insert.step()
          insert.reset()
          start = end
        }
      }
      try database.execute("COMMIT")
    }
    let each = Cost(wall: table.wall / Double(rows), cpu: table.cpu / Double(rows))
    var line = Line(work: "the same, each parsing its JSON")
    line.note =
      "SQLite takes the lines apart by its JSON functions (\(count) rows); PostgreSQL keeps every "
      + "change as JSON by an audit trigger (\(rows / 10) rows)"
    line.ours = Show.each(each, 1)
    line.sqlite = Show.each(cost, count)
    if let postgres {
      let part = folder + "/part.tsv"
      try patients.write(1...rows / 10, version: 1, to: part, tabbed: true)
      try postgres.createAudited("audited")
      let seconds = try postgres.run(["COPY audited FROM '\(part)'"]).last ?? .nan
      line.postgres = Show.microseconds(seconds / Double(rows / 10))
    }
    line.measured = Show.ratio(each.wall / (cost.wall / Double(count)))
    report.add(line)
  }

  private func reportFloors(_ table: Cost) throws {
    let bytes = try Files.bytes(input)
    let hash = Floors.hash(bytes, size: bytes.count / rows)
    let pack = Floors.compress(bytes)
    let write = try Floors.write(bytes, size: bytes.count / rows * 1000, path: folder + "/raw")
    var line = Line(work: "floors of the same bytes")
    line.note =
      "\(Show.megabytes(Double(bytes.count))) of input: SHA-256 line by line, LZ4 in blocks of "
      + "64 KiB, write + fdatasync of a thousand lines each. Time for each row; ours is the wall "
      + "time of --table against their sum"
    line.ours = Show.each(table, rows)
    line.floor =
      "SHA-256 \(Show.microseconds(hash.wall / Double(rows))), "
      + "LZ4 \(Show.microseconds(pack.wall / Double(rows))), "
      + "write \(Show.microseconds(write.wall / Double(rows)))"
    line.measured = Show.ratio(table.wall / (hash.wall + pack.wall + write.wall))
    report.add(line)
  }
}
