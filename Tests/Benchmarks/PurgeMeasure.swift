// SPDX-License-Identifier: Apache-2.0
// One subject erased from among many: the segments without them must stay untouched.

internal import Glibc
internal import Kimberlite
internal import KimberliteCore

extension Bench {
  /// Purges one row from a copy of the log that holds other things too.
  func measurePurge() throws {
    let path = folder + "/purge.kb"
    _ = try ChildProcess.run(["cp", "-a", log, path])
    defer { remove(path) }
    // The rows fill one segment, if that: events that are none of theirs fill others behind it.
    let passes = options.quick ? 8 : 3
    try tool(
      ["kb-append", "--create", "--stream", "visits", path]
        + Array(repeating: input, count: passes))
    // Else a segment might be sealed on the way, which is not the purge's doing.
    var settings = LogOptions()
    settings.unsealedMax = 0
    try LogWriter(directory: path, disk: PosixDisk(), acknowledged: 0, options: settings).close()

    let before = try segments(of: path)
    defer { for segment in before { close(segment.held) } }
    let purge = [
      "kb-purge", "--table", "patients", "--where", "id = \(rows / 2)", "--reason", "benchmark",
    ]
    let plan = try answer(purge + [path])
    guard let digest = plan.text.firstMatch(of: /"digest":"([0-9a-f]+)"/)?.1 else {
      throw BenchmarkError("kb-purge has no plan")
    }
    let holders = before.filter { plan.text.contains($0.name) }
    let done = try answer(purge + ["--execute", String(digest), path])
    guard done.text.contains("\"purged\""), !holders.isEmpty else {
      throw BenchmarkError("kb-purge erased nothing")
    }
    let after = try segments(of: path)
    defer { for segment in after { close(segment.held) } }
    let rewritten = before.filter { old in !after.contains { $0.file == old.file } }
    func bytes(_ segments: [Segment]) -> Double { Double(segments.reduce(0) { $0 + $1.bytes }) }

    var line = Line(work: "purge of one subject of \(rows): bytes rewritten")
    line.note =
      "segment files that are others afterwards, as a share of the bytes of all \(before.count); "
      + "the aim is the share of those that hold the subject"
    line.ours =
      "\(rewritten.count) of \(before.count) segments, \(Show.megabytes(bytes(rewritten))) of "
      + Show.megabytes(bytes(before))
    line.floor = "\(holders.count) with the subject"
    line.atMost(bytes(holders) / bytes(before), bytes(rewritten) / bytes(before), Show.percent)
    report.add(line)

    line = Line(work: "the same, time")
    line.note =
      "kb-purge --execute, as a process from start to end: order, erase, view compacted, every "
      + "file of the log searched for what was erased, completion; the plan is made "
      + "by a run before; floor: kb-verify of the log afterwards, which reads all of it as well"
    line.ours =
      "\(Show.seconds(done.cost.wall)) (CPU \(Show.digits(done.cost.cpu))), plan "
      + Show.milliseconds(plan.cost.wall)
    line.floor = Show.seconds(try tool(["kb-verify", path]).cost.wall)
    report.add(line)
  }

  private struct Segment {
    var name: String
    var file: ino_t
    var bytes: Int
    /// A descriptor: as long as the file is open, no other gets its number.
    var held: Int32
  }

  private func segments(of path: String) throws -> [Segment] {
    try Files.matching(path + "/segments/*").map { file in
      let held = open(file, O_RDONLY | O_CLOEXEC)
      var info = stat()
      if held < 0 || fstat(held, &info) != 0 { throw BenchmarkError("cannot open \(file)") }
      return Segment(
        name: String(file.split(separator: "/").last ?? ""), file: info.st_ino,
        bytes: Int(info.st_size), held: held)
    }
  }
}
