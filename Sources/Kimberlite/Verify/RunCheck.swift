// SPDX-License-Identifier: Apache-2.0
// Verifies a run of consecutive records apart from the rest: a block of a sealed segment, or the
// bodies of some frames. Any thread may do it.

internal import KimberliteCore

/// What the verification of a run of records found.
struct RunCheck: Sendable {
  var good: UInt64 = 0
  var tampered: UInt64 = 0
  var events: UInt64 = 0
  /// Records whose bodies could not be looked into, for want of the key.
  var unread: UInt64 = 0
  var findings: [Finding] = []
  /// Events of subjects whose keys are destroyed.
  var destroyed: UInt64 = 0
  /// Events of subjects whose keys are not here.
  var locked: UInt64 = 0
  /// Events that are not there, of records that are good otherwise.
  var holes = Erasures()
  /// What records say of purges, of chains and of reading.
  var trail = PolicyTrail()
  /// What kept it from looking.
  var error: LogError?
  /// How the records hang together; of a block alone, and `nil` where it could not be read.
  var chain: RunChain?

  /// Counts a record: good, or with what differs in it.
  mutating func count(
    _ segment: UInt64, _ offset: UInt64, at position: UInt64, _ what: String?
  ) {
    guard let what else { return good += 1 }
    tampered += 1
    findings.append(
      Finding(
        SegmentCheck.kind(of: what),
        LogDirectory.damage(segment, offset: offset, at: position, what)))
  }

  /// Passes over a body that cannot be read.
  mutating func pass(count: UInt32) {
    unread += 1
    events += UInt64(count)
  }

  /// Holds a body against its header.
  mutating func check(
    _ body: Span<UInt8>, of header: RecordHeader, _ salts: inout Salts,
    _ subjects: inout SubjectOpener
  ) -> String? {
    let (offset, count) = (header.offset, header.eventCount)
    do {
      let found = try RecordBody.eventsRoot(of: body, count: Int(count), salts: &salts)
      if found != header.eventsRoot { return "the events differ from their root" }
      events += UInt64(count)
      var ranges = try RecordBody.eventRanges(in: body, count: Int(count))
      if RecordBody.isSalted(body) {
        for (event, range) in ranges.enumerated() where range.isEmpty {
          holes.append(event, of: offset)
          events -= 1
        }
      }
      if RecordBody.isSealed(body) {
        for event in try checkSealed(body, of: header, &subjects) { ranges[event] = 0..<0 }
      }
      trail.read(ranges, of: body, offset: offset)
      return nil
    } catch {
      return error.what
    }
  }
}

extension RunCheck {
  /// Opens what is under keys of subjects, as far as they are here; answers which events those are.
  private mutating func checkSealed(
    _ body: Span<UInt8>, of header: RecordHeader, _ subjects: inout SubjectOpener
  ) throws(FormatError) -> [Int] {
    let count = Int(header.eventCount)
    let keys = try RecordBody.subjectKeys(in: body, count: count)
    do throws(LogError) { try subjects.load(keys.map(\.key), of: header.logID) } catch {
      // The leaves are right, and no more can be said here.
      if case .noSubjectKeys = error { locked += UInt64(keys.count) } else { self.error = error }
      return keys.map(\.event)
    }
    var opened = ByteBuffer(capacity: body.count)
    try subjects.open(body, count: count, to: &opened)
    destroyed += UInt64(keys.count { subjects.isDestroyed($0.key) })
    return keys.map(\.event)
  }
}

/// How a run of records joins the log before and behind it.
struct RunChain: Sendable {
  /// The first record's number.
  var firstOffset: UInt64
  /// The record hash that the first record continues.
  var previous: Digest
  /// The first record's timestamp.
  var firstTimestamp: UInt64
  /// Whether the first record is good by itself.
  var firstIsGood: Bool
  /// The state of the log behind the run.
  var head: Head
  /// The subtrees over its records; `nil` once one of them is not known.
  var range: CompactRange?
  /// The subtrees up to sizes at which somebody states a root.
  var ranges: [UInt64: CompactRange] = [:]

  /// Why the run does not continue the log behind `head`; `nil` where it does.
  func mismatch(after head: Head) -> String? {
    if firstTimestamp <= head.timestamp {
      return "the timestamp is not after that of the record before"
    }
    return previous == head.hash ? nil : "the previous record hash differs"
  }
}
