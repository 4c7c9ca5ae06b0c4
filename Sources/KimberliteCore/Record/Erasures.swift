// SPDX-License-Identifier: Apache-2.0
// Which events are to be erased: by number, never by value. kb-log(5), Purge order.

/// Events of records, by offset and place.
public struct Erasures: Sendable, Equatable {
  /// Consecutive events of one record.
  public struct Run: Sendable, Equatable {
    /// The record.
    public var offset: UInt64
    /// The events' places in the record, from 0.
    public var events: Range<Int>

    /// Consecutive events of a record.
    public init(offset: UInt64, events: Range<Int>) {
      self.offset = offset
      self.events = events
    }
  }

  /// Ascending; runs of one record neither meet nor overlap.
  public private(set) var runs: [Run] = []

  /// No events.
  public init() {}

  /// The events of runs in the order that `runs` has; `nil` where they have another.
  public init?(runs: [Run]) {
    for (index, run) in runs.enumerated() {
      guard !run.events.isEmpty, run.events.lowerBound >= 0 else { return nil }
      guard index > 0 else { continue }
      let before = runs[index - 1]
      guard
        before.offset < run.offset
          || (before.offset == run.offset && before.events.upperBound < run.events.lowerBound)
      else { return nil }
    }
    self.runs = runs
  }

  /// Whether there are none.
  public var isEmpty: Bool { runs.isEmpty }
  /// How many events there are.
  public var eventCount: Int { runs.reduce(0) { $0 + $1.events.count } }
  /// How many records they are of.
  public var recordCount: Int {
    runs.indices.count { $0 == 0 || runs[$0 - 1].offset != runs[$0].offset }
  }

  /// Adds an event; events come in ascending order.
  public mutating func append(_ event: Int, of offset: UInt64) {
    if let last = runs.last, last.offset == offset {
      precondition(event >= last.events.upperBound, "events ascend")
      if event == last.events.upperBound {
        runs[runs.count - 1].events = last.events.lowerBound..<event + 1
        return
      }
    } else {
      precondition(runs.last.map { $0.offset < offset } ?? true, "records ascend")
    }
    runs.append(Run(offset: offset, events: event..<event + 1))
  }

  /// The places of the events of a record.
  public func events(of offset: UInt64) -> [Range<Int>] {
    runs[index(of: offset)...].prefix { $0.offset == offset }.map(\.events)
  }

  /// Whether any is of a record in a range.
  public func touches(_ offsets: Range<UInt64>) -> Bool {
    let first = index(of: offsets.lowerBound)
    return first < runs.count && runs[first].offset < offsets.upperBound
  }

  /// Whether an event is among them.
  public func contains(_ event: Int, of offset: UInt64) -> Bool {
    events(of: offset).contains { $0.contains(event) }
  }

  /// Adds events of later records.
  public mutating func append(_ later: Erasures) {
    precondition(
      runs.isEmpty || later.isEmpty || runs[runs.count - 1].offset < later.runs[0].offset,
      "records ascend")
    runs += later.runs
  }

  /// Those of any of some.
  public init(union all: some Sequence<Erasures>) {
    let sorted = all.flatMap(\.runs).sorted {
      ($0.offset, $0.events.lowerBound) < ($1.offset, $1.events.lowerBound)
    }
    for run in sorted {
      if let last = runs.last, last.offset == run.offset,
        last.events.upperBound >= run.events.lowerBound
      {
        let end = max(last.events.upperBound, run.events.upperBound)
        runs[runs.count - 1].events = last.events.lowerBound..<end
      } else {
        runs.append(run)
      }
    }
  }

  /// The first run of a record at or behind `offset`.
  private func index(of offset: UInt64) -> Int {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].offset < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
