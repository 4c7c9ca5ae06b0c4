// SPDX-License-Identifier: Apache-2.0
// What encryption costs: an encrypted log and its view against plain ones, taking turns.

internal import Glibc
internal import Kimberlite
internal import KimberliteCore

/// A log of the patients with its key, if it has one.
private struct Ward {
  let path: String
  /// The master key and the file that it is in.
  var key: (file: String, key: MasterKey)?
  var times = Series()
}

extension Bench {
  func measureEncryption() throws {
    let key = try makeMasterKey()
    var plain = Ward(path: folder + "/plain.kb")
    var encrypted = Ward(path: folder + "/encrypted.kb", key: key)
    for round in 0..<min(3, repeats) {
      // Who goes first has no advantage in the end.
      if round % 2 == 0 { try append(to: &plain) }
      try append(to: &encrypted)
      if round % 2 == 1 { try append(to: &plain) }
    }
    var line = Line(work: "NDJSON into an encrypted table")
    line.note =
      "kb-append --table of \(rows) rows, as a process from start to end, least of "
      + "\(plain.times.walls.count); floor: the same into a plain log, in turns; the share is the "
      + "encrypted log's throughput"
    line.ours = encrypted.times.shown
    line.floor = plain.times.shown
    line.atLeast(0.85, plain.times.walls.least / encrypted.times.walls.least, Show.percent)
    report.add(line)

    line = Line(work: "the same, CPU time")
    line.note = "of all threads, which other work on the machine distorts less"
    line.ours = Show.microseconds(encrypted.times.cpus.least / Double(rows)) + " a row"
    line.floor = Show.microseconds(plain.times.cpus.least / Double(rows)) + " a row"
    line.measured = Show.percent(plain.times.cpus.least / encrypted.times.cpus.least)
    report.add(line)

    try comparePoints(plain, encrypted)
    try compareScans(plain, encrypted)
    for ward in [plain, encrypted] { remove(ward.path) }
  }

  private func makeMasterKey() throws -> (file: String, key: MasterKey) {
    let file = folder + "/master.key"
    var random = Random(32)
    let bytes = (0..<32).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    try Files.write(bytes, to: file)
    // A key file that others may read is refused.
    chmod(file, 0o600)
    guard let key = MasterKey(bytes.span) else { throw BenchmarkError("that is no key") }
    return (file, key)
  }

  private func append(to ward: inout Ward) throws {
    remove(ward.path)
    let options = ward.key.map { ["--key-file", $0.file] } ?? []
    try makeLog(ward.path, options: options)
    guard (Files.size(ward.path + "/keys") > 0) == (ward.key != nil) else {
      throw BenchmarkError("\(ward.path) is not encrypted, or is without a key")
    }
    let cost = try tool(["kb-append", "--table", "patients"] + options + [ward.path, input]).cost
    ward.times.add(cost)
  }

  private func comparePoints(_ plain: Ward, _ encrypted: Ward) throws {
    let count = pointCount
    // Neighbours, whose pages the page cache of a connection holds, and all rows: of a million
    // it does not hold most.
    for (keys, name) in [
      (rows / 100, "point query, encrypted, pages cached"), (rows, "point query, encrypted"),
    ] {
      let theirs = try Prepared(plain.path)
      let ours = try Prepared(encrypted.path, key: encrypted.key?.key)
      _ = try (theirs.read(count, seed: 0, keys), ours.read(count, seed: 0, keys))
      var (mine, others) = (Samples(), Samples())
      for round in 1...repeats {
        others.add(try theirs.read(count, seed: UInt64(round), keys))
        mine.add(try ours.read(count, seed: UInt64(round), keys))
      }
      var line = Line(work: name)
      line.note =
        "\(repeats) times \(count) random keys among \(keys) of \(rows) rows after as many to warm "
        + "up, CPU time of one, least; floor: the same of a plain log, in turns"
      line.ours = Show.microseconds(mine.least)
      line.floor = Show.microseconds(others.least)
      line.atMost(1.1, mine.least / others.least, Show.ratio)
      report.add(line)
    }
  }

  private func compareScans(_ plain: Ward, _ encrypted: Ward) throws {
    let theirs = try Reader(opening: plain.path)
    let ours = try Reader(opening: encrypted.path, key: encrypted.key?.key)
    _ = try (scan(theirs), scan(ours))
    var (mine, others) = (Samples(), Samples())
    for _ in 0..<repeats {
      others.add(try scan(theirs).cpu)
      mine.add(try scan(ours).cpu)
    }
    var line = Line(work: "full scan, encrypted")
    line.note =
      "the scan above after one to warm up, CPU time, least of \(repeats); floor: the same of a "
      + "plain log, in turns; a page that the page cache does not hold is decrypted"
    line.ours = Show.milliseconds(mine.least)
    line.floor = Show.milliseconds(others.least)
    line.atMost(1.1, mine.least / others.least, Show.ratio)
    report.add(line)
  }
}
