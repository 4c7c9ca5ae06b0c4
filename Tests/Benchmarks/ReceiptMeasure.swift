// SPDX-License-Identifier: Apache-2.0
// Receipts of a log with many records: how long one is, what making it and checking it takes.

internal import Glibc
internal import Kimberlite
internal import KimberliteCore

extension Bench {
  func measureReceipts() throws {
    let path = folder + "/receipts.kb"
    try makeRecords(path)
    defer { remove(path) }
    let receipts = folder + "/receipts"
    var (alone, together) = (Series(), Series())
    var random = Random(11)
    // Of a query of one row, and of one with many: opening the log is shared.
    let many = 200
    for _ in 0..<repeats * 4 {
      alone.add(try prove(1, of: path, in: receipts, &random))
      let cost = try prove(many, of: path, in: receipts, &random)
      together.add(Cost(wall: cost.wall / Double(many), cpu: cost.cpu / Double(many)))
    }
    let files = Files.matching(receipts + "/*.tlog-proof")
    guard let longest = files.max(by: { Files.size($0) < Files.size($1) }) else {
      throw BenchmarkError("there are no receipts")
    }
    var line = Line(work: "receipt of one event, \(rows) records")
    line.note =
      "bytes of the longest of \(files.count) random ones; the file that kb-query --prove writes"
    line.ours = "\(Files.size(longest)) bytes"
    line.atMost(2048, Double(Files.size(longest)), { "\(Int($0)) bytes" })
    report.add(line)

    line = Line(work: "making a receipt, one of \(many)")
    line.note =
      "EventProver.finish for random events of \(rows), in process, CPU time of one, median of "
      + "\(together.cpus.count): record found, read and decompressed, proof made, verified and "
      + "written to its file"
    line.ours =
      "\(Show.milliseconds(together.cpus.median)) "
      + "(wall \(Show.digits(together.walls.median * 1e3)))"
    line.atMost(1e-3, together.cpus.median, Show.milliseconds)
    report.add(line)

    line = Line(work: "making a single receipt")
    line.note =
      "the same for one event: with opening the log, and in the wall time a sync of the list of "
      + "receipts; median (90 %)"
    line.ours =
      "\(Show.milliseconds(alone.cpus.median)) (\(Show.digits(alone.cpus.percentile(90) * 1e3)); "
      + "wall \(Show.digits(alone.walls.median * 1e3)))"
    line.atMost(1e-3, alone.cpus.median, Show.milliseconds)
    report.add(line)
    try measureChecking(files, key: path + "/vkey")
    remove(receipts)
  }

  /// A log of as many records as there are rows, of one event each.
  private func makeRecords(_ path: String) throws {
    var lines: [UInt8] = []
    for number in 1...rows {
      lines.append(contentsOf: "{\"n\":".utf8)
      lines.append(decimal: number)
      lines.append(contentsOf: "}\n".utf8)
    }
    let file = folder + "/notes.ndjson"
    try Files.write(lines, to: file)
    defer { remove(file) }
    try tool(["kb-append", "--create", "--stream", "notes", "--batch", "1", path, file])
  }

  /// Makes receipts of `count` random events; what it took once the rows were found.
  private func prove(
    _ count: Int, of log: String, in receipts: String, _ random: inout Random
  ) throws -> Cost {
    let reader = try Reader(opening: log)
    var parser = Parser("SELECT data FROM notes WHERE sequence = $1")
    guard let statement = try parser.next() else { throw BenchmarkError("no statement") }
    let rows = try reader.prepare(statement, parameters: ["1": "1"], proofs: .required)
    try EventProver.makeFolder(receipts)
    let prover = EventProver(log: log, discloses: false, stateFolder: nil)
    for _ in 0..<count {
      try rows.rebind([.integer(Int64(1 + random.below(self.rows)))])
      guard try rows.next() else { throw BenchmarkError("an event is missing") }
      prover.add(rows)
    }
    return try Timing.measure { try prover.finish(reader, in: receipts) }
  }

  private func measureChecking(_ files: [String], key: String) throws {
    var (walls, cpus) = (Samples(), Samples())
    for file in files.prefix(options.quick ? 20 : 100) {
      let cost = try tool(["kb-verify", "--key", key, "--receipt", file]).cost
      walls.add(cost.wall)
      cpus.add(cost.cpu)
    }
    var line = Line(work: "kb-verify --receipt, as a process")
    line.note =
      "from spawn to exit, \(walls.count) receipts: median (least, 90 %; CPU); floor: the median "
      + "of --version, which only starts and ends"
    line.ours =
      "\(Show.milliseconds(walls.median)) (\(Show.digits(walls.least * 1e3)), "
      + "\(Show.digits(walls.percentile(90) * 1e3)); CPU \(Show.digits(cpus.median * 1e3)))"
    var bare = Samples()
    for _ in 0..<walls.count { bare.add(try tool(["kb-verify", "--version"]).cost.wall) }
    line.floor = Show.milliseconds(bare.median)
    line.atMost(5e-3, walls.median, Show.milliseconds)
    report.add(line)
  }
}
