// SPDX-License-Identifier: Apache-2.0
// All rows: one number out of them, and all of them out.

internal import Glibc
internal import Kimberlite
internal import KimberliteCore

extension Bench {
  private static let query =
    "SELECT count(*), sum(visits), max(birth_date) FROM patients WHERE city = 'Leipzig'"

  func measureScan() throws {
    let query = Self.query
    let reader = try Reader(opening: log)
    let database = try SQLitePeer(database)
    let select = try database.prepare(query)
    var (ours, theirs) = (Samples(), Samples())
    for _ in 0..<repeats {
      ours.add(try scan(reader).cpu)
      theirs.add(
        try Timing.measure {
          guard try select.step(), select.readColumns() > 0 else {
            throw BenchmarkError("SQLite finds nothing")
          }
          select.reset()
        }.cpu)
    }
    var line = Line(work: "full scan, filter and aggregates")
    line.note =
      "\(query), in process, binding included; least CPU time of \(repeats) (median); SQLite on a "
      + "rowid table of the same rows; PostgreSQL: wall time by psql, as many workers as it likes"
    func show(_ samples: Samples) -> String {
      "\(Show.milliseconds(samples.least)) (\(Show.digits(samples.median * 1e3)))"
    }
    line.ours = show(ours)
    line.sqlite = show(theirs)
    if let postgres = try loadedPostgres() {
      try postgres.run(["VACUUM ANALYZE patients"])
      let times = try postgres.run(Array(repeating: query, count: repeats))
      line.postgres = Show.milliseconds(times.min() ?? .nan)
    }
    line.atMost(1.1, ours.least / theirs.least, Show.ratio)
    report.add(line)
  }

  /// Asks one number of all rows, binding included.
  func scan(_ reader: Reader) throws -> Cost {
    var parser = Parser(Self.query)
    guard let statement = try parser.next() else { throw BenchmarkError("no statement") }
    return try Timing.measure {
      let rows = try reader.prepare(statement)
      guard try rows.next(), case .integer(let count) = try rows.value(0), count > 0 else {
        throw BenchmarkError("the scan finds nothing")
      }
    }
  }

  func measureOutput() throws {
    var (walls, cpus) = (Samples(), Samples())
    for _ in 0..<min(3, repeats) {
      let path = folder + "/out.ndjson"
      let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      let cost = try tool(
        ["kb-query", "--format", "ndjson", log, "SELECT * FROM patients"], output: file
      ).cost
      close(file)
      if Files.size(path) < Files.size(input) / 2 { throw BenchmarkError("rows are missing") }
      remove(path)
      walls.add(cost.wall)
      cpus.add(cost.cpu)
    }
    var line = Line(work: "\(rows) rows as NDJSON")
    line.note =
      "kb-query into a file, as a process, least of \(walls.count); SQLite: json_object over its "
      + "rows, stepped; PostgreSQL: COPY of row_to_json to psql. The aim is for a million rows"
    line.ours = "\(Show.seconds(walls.least)) (CPU \(Show.digits(cpus.least)))"
    let database = try SQLitePeer(database)
    let fields = PatientBatch.columns.map { "'\($0)', \($0)" }.joined(separator: ", ")
    let select = try database.prepare("SELECT json_object(\(fields)) FROM patients")
    let cost = try Timing.measure {
      var sum = 0
      while try select.step() { sum += select.readColumns() }
    }
    line.sqlite = Show.seconds(cost.wall)
    if let postgres = try loadedPostgres() {
      line.postgres = Show.seconds(
        try postgres.stream("COPY (SELECT row_to_json(p) FROM patients p) TO STDOUT"))
    }
    line.atMost(1.5 * Double(rows) / 1e6, walls.least, Show.seconds)
    report.add(line)
  }
}
