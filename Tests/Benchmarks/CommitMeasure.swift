// SPDX-License-Identifier: Apache-2.0
// One row, one record, one sync, before the next one begins. Takes turns with the floor and
// SQLite, so that all see the same disk.

internal import Glibc
internal import Kimberlite
internal import KimberliteCore

/// Lets one thread wait for what the commit thread says.
private final class Arrivals: @unchecked Sendable {
  // Sendable: a semaphore is made for this; it never moves.
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }

  deinit { semaphore.deallocate() }

  func arrive() { sem_post(semaphore) }
  func wait() { while sem_wait(semaphore) != 0 {} }
}

extension Bench {
  private static let insert =
    "INSERT INTO patients VALUES (" + (1...11).map { "$\($0)" }.joined(separator: ", ") + ")"

  func measureCommits() throws {
    let rounds = 10
    let each = options.quick ? 50 : 200
    var (raw, ours, theirs) = (Samples(), Samples(), Samples())
    let floor = try RawCommits(path: folder + "/commits.raw", bytes: 4 << 20)
    let database = try SQLitePeer(folder + "/commits.sqlite")
    try database.createTables()
    let marks = (1...11).map { "?\($0)" }.joined(separator: ", ")
    let insert = try database.prepare("INSERT INTO patients VALUES (\(marks))")
    try makeLog(folder + "/commits.kb")
    let arrivals = Arrivals()
    let writer = try Writer(opening: folder + "/commits.kb") { receipts in
      for _ in receipts { arrivals.arrive() }
    }
    var parser = Parser(Self.insert)
    guard let statement = try parser.next() else { throw BenchmarkError("no statement") }
    var cpu = 0.0
    for round in 0..<rounds {
      let ids = (round * each + 1)...(round * each + each)
      var batch = PatientBatch()
      patients.add(ids, version: 1, to: &batch)
      for _ in ids { raw.add(try Timing.measure { try floor.commit() }.wall) }
      for row in 0..<batch.count {
        let values = Self.parameters(batch, row)
        let cost = try Timing.measure {
          _ = try writer.run(statement, parameters: values)
          arrivals.wait()
        }
        ours.add(cost.wall)
        cpu += cost.cpu
      }
      try batch.bytes.withUnsafeBufferPointer { bytes in
        for row in 0..<batch.count {
          theirs.add(try Timing.measure { try insert.run(batch, bytes, row) }.wall)
        }
      }
    }
    try writer.close()
    let piped = try pipedCommits(count: each * 2)
    try report(raw, ours, theirs, piped, cpu: cpu / Double(ours.count))
    for name in ["commits.kb", "commits.raw", "commits.sqlite"] { remove("\(folder)/\(name)") }
  }

  private static func parameters(_ batch: PatientBatch, _ row: Int) -> [String: String?] {
    var values: [String: String?] = ["1": String(batch.ids[row]), "11": String(batch.visits[row])]
    for text in 0..<PatientBatch.textCount { values[String(text + 2)] = batch.text(row, text) }
    return values
  }

  /// Feeds lines to kb-append --batch 1, each after the receipt of the one before.
  private func pipedCommits(count: Int) throws -> Samples {
    let path = folder + "/piped.kb"
    try makeLog(path)
    let (input, output) = (try Pipe(), try Pipe())
    let child = try start(
      ["kb-append", "--table", "patients", "--batch", "1", path], input: input.reading,
      output: output.writing)
    close(input.reading)
    close(output.writing)
    var samples = Samples()
    var batch = PatientBatch()
    patients.add(1...count, version: 1, to: &batch)
    var receipt = [UInt8](repeating: 0, count: 1024)
    for row in 0..<count {
      var line: [UInt8] = []
      Patients.appendJSON(batch, row, to: &line)
      let cost = try Timing.measure {
        guard write(input.writing, line, line.count) == line.count else {
          throw BenchmarkError("kb-append does not take its input")
        }
        var last: UInt8 = 0
        while last != 0x0a {
          let count = read(output.reading, &receipt, receipt.count)
          if count <= 0 { throw BenchmarkError("kb-append gives no receipt") }
          last = receipt[count - 1]
        }
      }
      samples.add(cost.wall)
    }
    close(input.writing)
    _ = try finish(child, "kb-append")
    close(output.reading)
    remove(path)
    return samples
  }

  private func report(
    _ raw: Samples, _ ours: Samples, _ theirs: Samples, _ piped: Samples, cpu: Double
  ) throws {
    var line = Line(work: "one row per durable record, in process")
    line.note =
      "medians of \(ours.count); Writer.run of one parsed INSERT with parameters until its record "
      + "is durable (CPU time of all threads in brackets); floor: 200 bytes into zeros written "
      + "ahead, fdatasync; SQLite: one prepared INSERT, autocommit; PostgreSQL: pgbench, prepared, "
      + "JSON audit trigger"
    line.ours = "\(Show.microseconds(ours.median)) (CPU \(Show.digits(cpu * 1e6)))"
    line.sqlite = Show.microseconds(theirs.median)
    line.floor = Show.microseconds(raw.median)
    if let postgres {
      try postgres.createAudited("singles")
      let script = """
        INSERT INTO singles VALUES ((random() * 1e15)::bigint, 'M00000001', 'Magdalena', 'Schneider', '1956-04-12',
          'female', 'Lindenstraße 12', 'Leipzig', '+49 151 5551234',
          'magdalena.schneider42@example.org', 12);
        """
      line.postgres = Show.microseconds(
        try postgres.repeated(script, count: options.quick ? 300 : 2000).median)
    }
    line.atMost(1.5, ours.median / raw.median, Show.ratio)
    report.add(line)

    line = Line(work: "one row per durable record, through a pipe")
    line.note =
      "kb-append --batch 1, each line sent when the receipt of the one before is read; against "
      + "the same floor"
    line.ours = Show.microseconds(piped.median)
    line.floor = Show.microseconds(raw.median)
    line.measured = Show.ratio(piped.median / raw.median)
    report.add(line)
  }
}
