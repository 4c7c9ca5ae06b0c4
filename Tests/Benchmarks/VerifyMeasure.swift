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

  // A leaf is a prefix, a salt and the event; a node above leaves a prefix and two hashes; a
  // record its header, and a node of the log's tree.
  private var leafBytes: Int { eventBytes / max(1, events) + 17 }
  // One less than events in each record, one less than records in all.
  private var nodes: Int { events }
  private static let nodeBytes = 65
  private static let headerBytes = 109

  var total: Int {
    leafBytes * events + Self.nodeBytes * nodes + Self.headerBytes * records
  }

  init(log path: String) throws {
    var cursor = try LogReader(directory: path, disk: PosixDisk()).records(from: 0)
    while try cursor.next() {
      records += 1
      events += cursor.events.count
      for range in cursor.events { eventBytes += range.count }
    }
  }

  /// CPU seconds of hashing as many messages of these lengths, and nothing else, on one core.
  func floor(over bytes: [UInt8]) -> Double {
    let parts = [
      (leafBytes, events), (Self.nodeBytes, nodes), (Self.headerBytes, records),
    ]
    return parts.reduce(0.0) { sum, part in
      let best = (0..<3).map { _ in Floors.hash(bytes, size: part.0).cpu }.min() ?? .nan
      return sum + best * Double(part.0 * part.1) / Double(bytes.count)
    }
  }
}

extension Bench {
  func measureVerify() throws {
    let hashed = try HashedBytes(log: log)
    let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let bytes = Array(try Files.bytes(input).prefix(64 << 20))
    let raw = Floors.hashSpeed(size: 1 << 16, bytes: bytes)
    let floor = hashed.floor(over: bytes)
    var (walls, cpus) = (Samples(), Samples())
    for _ in 0..<min(3, repeats) {
      let cost = try tool(["kb-verify", log]).cost
      walls.add(cost.wall)
      cpus.add(cost.cpu)
    }
    var line = Line(work: "kb-verify")
    line.note =
      "as a process, least of \(walls.count), of \(Show.megabytes(Double(hashed.total))) that are "
      + "hashed in \(hashed.events) leaves and as many nodes; floor: bare SHA-256 of messages of "
      + "those lengths, as many, by one core's CPU time; the share is the floor on \(cores) cores "
      + "against our wall time"
    line.ours =
      "\(Show.seconds(walls.least)) (CPU \(Show.digits(cpus.least))), "
      + Show.speed(Double(hashed.total) / walls.least)
    line.floor = "\(Show.seconds(floor)), \(Show.speed(Double(hashed.total) / floor)) a core"
    line.atLeast(0.8, floor / Double(cores) / walls.least, Show.percent)
    report.add(line)

    line = Line(work: "kb-verify, CPU time")
    line.note =
      "the same by CPU time, which other work on the machine distorts less; SHA-256 of blocks of "
      + "64 KiB, without the padding of short messages, makes \(Show.speed(raw)) a core here"
    line.ours = Show.speed(Double(hashed.total) / cpus.least) + " a core"
    line.floor = Show.speed(Double(hashed.total) / floor) + " a core"
    line.measured = Show.percent(floor / cpus.least)
    report.add(line)
  }
}
