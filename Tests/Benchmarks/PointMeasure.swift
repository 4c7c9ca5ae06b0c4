// SPDX-License-Identifier: Apache-2.0
// One row by its key, again and again: prepared in process, and as a process of its own.

internal import Glibc
internal import Kimberlite
internal import KimberliteCore

extension Bench {
  var pointCount: Int { options.quick ? 5_000 : 20_000 }

  func measurePoints() throws {
    let ours = try Prepared(log)
    let database = try SQLitePeer(database)
    let select = try database.prepare("SELECT * FROM patients WHERE id = ?1")
    try database.execute("BEGIN")
    var (mine, theirs) = (Samples(), Samples())
    for round in 0..<repeats {
      mine.add(try ours.read(pointCount, seed: UInt64(round), rows))
      theirs.add(
        try time(pointCount, seed: UInt64(round)) { id in
          select.bind(1, id)
          guard try select.step() else { throw BenchmarkError("SQLite has no row \(id)") }
          let sum = select.readColumns()
          select.reset()
          return sum
        })
    }
    try database.execute("COMMIT")
    var line = Line(work: "point query by key, prepared, in process")
    line.note =
      "\(repeats) times \(pointCount) random keys, CPU time of one, median; all eleven columns "
      + "read as Swift values on both sides, inside one read transaction; PostgreSQL: pgbench "
      + "over a socket, wall time"
    line.ours = Show.microseconds(mine.median)
    line.sqlite = Show.microseconds(theirs.median)
    if let postgres = try loadedPostgres() {
      let script =
        "\\set id random(1, \(rows))\nSELECT * FROM patients WHERE id = :id;\n"
      line.postgres = Show.microseconds(try postgres.repeated(script, count: pointCount).median)
    }
    line.atMost(1.2, mine.median / theirs.median, Show.ratio)
    report.add(line)
  }

  /// The rows as they were before the update, against the rows as they are.
  func measurePast() throws {
    let present = try Prepared(log)
    guard let before = momentBeforeUpdate else { throw BenchmarkError("nothing was updated") }
    let past = try Prepared(log, moment: before)
    var (now, then) = (Samples(), Samples())
    for round in 0..<repeats {
      now.add(try present.read(pointCount, seed: UInt64(round), rows))
      then.add(try past.read(pointCount, seed: UInt64(round), rows))
    }
    var line = Line(work: "the same, as of the past")
    line.note =
      "every row was updated once; as of the offset before, against the present; CPU time"
    line.ours = "\(Show.microseconds(then.median)), now \(Show.microseconds(now.median))"
    line.atMost(3, then.median / now.median, Show.ratio)
    report.add(line)
  }

  /// CPU seconds of one of `count` readings.
  private func time(
    _ count: Int, seed: UInt64, _ read: (Int64) throws -> Int
  ) throws -> Double {
    var random = Random(seed)
    var sum = 0
    let cost = try Timing.measure {
      for _ in 0..<count { sum &+= try read(Int64(1 + random.below(rows))) }
    }
    if sum == 0 { throw BenchmarkError("the rows are empty") }
    return cost.cpu / Double(count)
  }

  func measureProcess() throws {
    var walls = Samples()
    var cpus = Samples()
    var random = Random(7)
    for _ in 0..<(options.quick ? 20 : 50) {
      let sql = "SELECT * FROM patients WHERE id = \(1 + random.below(rows))"
      let cost = try tool(["kb-query", log, sql]).cost
      walls.add(cost.wall)
      cpus.add(cost.cpu)
    }
    var line = Line(work: "kb-query … WHERE id = …, as a process")
    line.note =
      "from spawn to exit, \(walls.count) random keys among \(rows) rows: median (least, 90 %; "
      + "CPU)"
    line.ours =
      "\(Show.milliseconds(walls.median)) (\(Show.digits(walls.least * 1e3)), "
      + "\(Show.digits(walls.percentile(90) * 1e3)); CPU \(Show.digits(cpus.median * 1e3)))"
    line.atMost(20e-3, walls.median, Show.milliseconds)
    report.add(line)
  }
}

/// Our point query, ready to run.
struct Prepared {
  // Kept: its snapshot is what the rows come from.
  private let reader: Reader
  private let rows: Rows

  init(_ log: String, key: MasterKey? = nil, moment: UInt64? = nil) throws {
    reader = try Reader(opening: log, key: key)
    var parser = Parser("SELECT * FROM patients WHERE id = $1")
    guard let statement = try parser.next() else { throw BenchmarkError("no statement") }
    rows = try reader.prepare(statement, moment: moment, parameters: ["1": "1"])
  }

  /// CPU seconds of one of `count` readings.
  func read(_ count: Int, seed: UInt64, _ rowCount: Int) throws -> Double {
    var random = Random(seed)
    var sum = 0
    let cost = try Timing.measure {
      for _ in 0..<count {
        let id = Int64(1 + random.below(rowCount))
        try rows.rebind([.integer(id)])
        guard try rows.next() else { throw BenchmarkError("the log has no row \(id)") }
        for column in rows.columns.indices {
          switch try rows.value(column) {
          case .integer(let number): sum &+= Int(number)
          case .text(let text): sum &+= text.utf8.count
          default: break
          }
        }
      }
    }
    if sum == 0 { throw BenchmarkError("the rows are empty") }
    return cost.cpu / Double(count)
  }
}
