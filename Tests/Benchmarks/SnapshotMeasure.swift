// SPDX-License-Identifier: Apache-2.0
// Archives against tar of the same files, and their verification against bare SHA-256.

internal import Glibc
internal import Kimberlite

/// What was done with archives, ours and tar's.
private struct ArchiveTimes {
  var (writing, restoring, verifying) = (Series(), Series(), Series())
  var (tarring, extracting, syncing) = (Series(), Series(), Series())
}

extension Bench {
  func measureSnapshot() throws {
    let log = folder + "/archived.kb"
    try makeArchived(log, bytes: options.quick ? 50_000_000 : 1_000_000_000)
    defer { remove(log) }
    let (ours, theirs) = (folder + "/ours.tar", folder + "/theirs.tar")
    let (copy, files) = (folder + "/restored.kb", folder + "/files")
    defer { for path in [ours, theirs, copy, files] { remove(path) } }
    var times = ArchiveTimes()
    for _ in 0..<min(3, repeats) {
      times.writing.add(try into(ours) { try tool(["kb-snapshot", log], output: $0) })
      let names = ["checkpoint", "vkey", "segments"]
      times.tarring.add(
        try into(theirs) {
          try ChildProcess.run(["tar", "cf", "-", "-C", log] + names, output: $0)
        })
      times.restoring.add(try tool(["kb-snapshot", "--restore", copy, ours]).cost)
      times.extracting.add(try extract(theirs, into: files))
      remove(files)
      let extracted = try extract(theirs, into: files)
      let sync = ["find", files, "-exec", "sync", "{}", "+"]
      times.syncing.add(extracted + (try ChildProcess.run(sync).cost))
      times.verifying.add(try tool(["kb-verify", "--snapshot", ours]).cost)
      for path in [copy, files] { remove(path) }
    }
    let bytes = Files.size(ours)
    if abs(Files.size(theirs) - bytes) > bytes / 20 { throw BenchmarkError("tar has other bytes") }
    report(times, bytes)
    try reportVerification(times.verifying, of: log, archive: bytes)

    let scale = 1e9 / Double(bytes)
    let restore = times.restoring.walls.least * scale
    let verify = times.verifying.walls.least * scale
    var line = Line(work: "1 GB restored, then verified")
    line.note =
      "kb-snapshot --restore and kb-verify --snapshot, their times above for "
      + "\(Show.megabytes(Double(bytes))) scaled to 1 GB"
    line.ours = "\(Show.seconds(restore)) + \(Show.seconds(verify))"
    line.atMost(30, restore + verify, Show.seconds)
    report.add(line)
  }

  private func report(_ times: ArchiveTimes, _ bytes: Int) {
    var line = Line(work: "kb-snapshot to a file")
    line.note =
      "\(Show.megabytes(Double(bytes))), as a process, least of \(times.writing.walls.count), "
      + "digests and checkpoint included; floor: tar cf - of the same files to a file, in turns; "
      + "the share is our speed"
    line.ours = times.writing.shown(bytes)
    line.floor = "tar " + times.tarring.shown(bytes)
    line.atLeast(0.7, times.tarring.walls.least / times.writing.walls.least, Show.percent)
    report.add(line)

    line = Line(work: "kb-snapshot --restore")
    line.note =
      "verified and durable when it ends; floor: tar xf of the same files, neither of the two"
    line.ours = times.restoring.shown(bytes)
    line.floor = "tar " + times.extracting.shown(bytes)
    line.atLeast(0.7, times.extracting.walls.least / times.restoring.walls.least, Show.percent)
    report.add(line)

    line = Line(work: "the same, tar made durable")
    line.note = "the same restoration against tar xf and a sync of each file"
    line.ours = times.restoring.shown(bytes)
    line.floor = "tar " + times.syncing.shown(bytes)
    line.measured = Show.percent(times.syncing.walls.least / times.restoring.walls.least)
    report.add(line)
  }

  /// A log of the patients as a stream, as often as it takes to have so many bytes.
  private func makeArchived(_ path: String, bytes: Int) throws {
    var passes = 0
    while passes == 0 || logBytes(path) < bytes {
      // What is sealed is smaller than what is not yet: it takes a second look, or a third.
      let missing = passes == 0 ? 1 : max(1, (bytes - logBytes(path)) * passes / logBytes(path))
      try tool(
        ["kb-append", "--create", "--stream", "patients", path]
          + Array(repeating: input, count: missing))
      passes += missing
    }
  }

  private func reportVerification(
    _ ours: Series, of log: String, archive bytes: Int
  ) throws {
    let hashed = try HashedBytes(log: log)
    let sample = Array(try Files.bytes(input).prefix(64 << 20))
    let raw = Floors.hashSpeed(size: 1 << 16, bytes: sample)
    let floor = hashed.floor(over: sample) + Double(bytes) / raw
    let total = hashed.total + bytes
    let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    var line = Line(work: "kb-verify --snapshot")
    line.note =
      "as a process, least of \(ours.walls.count), of \(Show.megabytes(Double(hashed.total))) that "
      + "are hashed in records and the \(Show.megabytes(Double(bytes))) of the archive; floor: "
      + "bare SHA-256 of messages of those lengths, by one core's CPU time; the share is the floor "
      + "on \(cores) cores against our wall time"
    line.ours = ours.shown(total)
    line.floor = "\(Show.seconds(floor)), \(Show.speed(Double(total) / floor)) a core"
    line.atLeast(0.8, floor / Double(cores) / ours.walls.least, Show.percent)
    report.add(line)

    line = Line(work: "kb-verify --snapshot, CPU time")
    line.note = "the same by CPU time, which other work on the machine distorts less"
    line.ours = Show.speed(Double(total) / ours.cpus.least) + " a core"
    line.floor = Show.speed(Double(total) / floor) + " a core"
    line.measured = Show.percent(floor / ours.cpus.least)
    report.add(line)
  }

  private func into(
    _ path: String, _ work: (Int32) throws -> ChildProcess.Outcome
  ) throws -> Cost {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if file < 0 { throw BenchmarkError("cannot create \(path)") }
    defer { close(file) }
    return try work(file).cost
  }

  private func extract(_ archive: String, into folder: String) throws -> Cost {
    if mkdir(folder, 0o700) != 0 { throw BenchmarkError("cannot make \(folder)") }
    return try ChildProcess.run(["tar", "xf", archive, "-C", folder]).cost
  }
}
