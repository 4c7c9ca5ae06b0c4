// SPDX-License-Identifier: Apache-2.0
// Verification against bare SHA-256 of as many bytes as it has to hash.

internal import Glibc
internal import Kimberlite
internal import KimberliteCore

/// What a log makes a verifier hash.
struct HashedBytes {
  var records = 0
  var events = 0
  /// Encoded events, as they are before compression.
  var eventBytes = 0

  /// A leaf is a prefix, a salt and the event; a node above the leaves a prefix and two hashes;
  /// a record's header 150 bytes or so.
  var total: Int { eventBytes + events * 17 + max(0, events - records) * 65 + records * 216 }

  init(log path: String) throws {
    var cursor = try LogReader(directory: path, disk: PosixDisk()).records(from: 0)
    while try cursor.next() {
      records += 1
      events += cursor.events.count
      for range in cursor.events { eventBytes += range.count }
    }
  }
}

extension Bench {
  func measureVerify() throws {
    let hashed = try HashedBytes(log: log)
    let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let bytes = Array(try Files.bytes(input).prefix(64 << 20))
    let raw = Floors.hashSpeed(size: 1 << 16, bytes: bytes)
    let small = Floors.hashSpeed(size: hashed.eventBytes / max(1, hashed.events), bytes: bytes)
    var (walls, cpus) = (Samples(), Samples())
    for _ in 0..<min(3, repeats) {
      let cost = try tool(["kb-verify", log]).cost
      walls.add(cost.wall)
      cpus.add(cost.cpu)
    }
    var line = Line(work: "kb-verify")
    line.note =
      "as a process, least of \(walls.count), of \(Show.megabytes(Double(hashed.total))) that are "
      + "hashed in \(hashed.events) leaves; floor: SHA-256 of one core in blocks of 64 KiB, in "
      + "messages as long as an event: \(Show.speed(small)); the share is wall time against "
      + "\(cores) cores of the floor"
    line.ours =
      "\(Show.seconds(walls.least)) (CPU \(Show.digits(cpus.least))), "
      + Show.speed(Double(hashed.total) / walls.least)
    line.floor = "\(Show.speed(raw)) a core"
    line.atLeast(0.8, Double(hashed.total) / walls.least / (raw * Double(cores)), Show.percent)
    report.add(line)

    line.work = "kb-verify, CPU time"
    line.note = "the same by CPU time: what other work on the machine cannot distort"
    line.ours = Show.speed(Double(hashed.total) / cpus.least) + " a core"
    line.floor = "\(Show.speed(small)) a core at that length"
    line.aim = ""
    line.measured = Show.percent(Double(hashed.total) / cpus.least / raw)
    report.add(line)
  }
}
