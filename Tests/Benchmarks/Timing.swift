// SPDX-License-Identifier: Apache-2.0
// Wall time says what a user waits for; CPU time is what a machine that does other work beside us
// cannot distort as much. Both are kept of everything.

internal import Glibc

/// What a piece of work took, in seconds.
struct Cost {
  var wall = 0.0
  var cpu = 0.0

  static func + (left: Cost, right: Cost) -> Cost {
    Cost(wall: left.wall + right.wall, cpu: left.cpu + right.cpu)
  }
}

enum Timing {
  /// Seconds of the monotonic clock.
  static var now: Double { read(CLOCK_MONOTONIC) }
  /// Seconds of CPU that all threads of this process have used.
  static var cpu: Double { read(CLOCK_PROCESS_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  static func measure(_ work: () throws -> Void) rethrows -> Cost {
    let (wall, used) = (now, cpu)
    try work()
    return Cost(wall: now - wall, cpu: cpu - used)
  }
}

/// Repeated measurements of one thing.
struct Samples {
  private(set) var values: [Double] = []

  var count: Int { values.count }
  var isEmpty: Bool { values.isEmpty }

  mutating func add(_ value: Double) { values.append(value) }

  var least: Double { values.min() ?? .nan }
  var median: Double { percentile(50) }

  func percentile(_ percent: Int) -> Double {
    if values.isEmpty { return .nan }
    return values.sorted()[min(values.count - 1, values.count * percent / 100)]
  }
}

/// Wall and CPU times of one kind of work, done again and again.
struct Series {
  private(set) var walls = Samples()
  private(set) var cpus = Samples()

  mutating func add(_ cost: Cost) {
    walls.add(cost.wall)
    cpus.add(cost.cpu)
  }

  var shown: String { "\(Show.seconds(walls.least)) (CPU \(Show.digits(cpus.least)))" }

  /// The times, and the speed for so many bytes.
  func shown(_ bytes: Int) -> String {
    "\(shown), \(Show.speed(Double(bytes) / walls.least))"
  }
}

/// SplitMix64: small, seeded, the same everywhere.
struct Random: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number below `bound`.
  mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }
}
