// SPDX-License-Identifier: Apache-2.0
// Time zones: what a file of the system's database says (TZif, RFC 9636, which replaced RFC 8536),
// and when local time means which instant, as PostgreSQL 15 resolves it. Bytes in; who finds them
// is the shell.

/// The offsets from UTC that hold somewhere, over all time.
public struct TimeZone: Sendable {
  /// Seconds since 1970 at which the offset changes, ascending, and the offset from then on.
  private var transitions: [(time: Int64, offset: Int64)] = []
  /// The offset before the first of them, in seconds east of UTC.
  private var first: Int64
  /// What holds after the last of them.
  private var rule: ZoneRule?

  /// A zone that never changes; seconds east of UTC.
  public init(offset: Int64) { first = offset }

  /// A zone of a rule alone.
  init(_ rule: ZoneRule) {
    first = rule.standard
    self.rule = rule
  }

  /// Reads a TZif file; `nil` where it is none.
  public init?(tzif bytes: Span<UInt8>) {
    guard bytes.count <= 1 << 20, let old = Block(bytes, at: 0, timeSize: 4) else { return nil }
    if old.version < UInt8(ascii: "2") {
      self.init(old, bytes)
      return
    }
    guard let new = Block(bytes, at: old.end, timeSize: 8) else { return nil }
    self.init(new, bytes)
    // A newline, the rule, and a newline.
    var end = new.end + 1
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
    guard end < bytes.count, bytes[new.end] == UInt8(ascii: "\n") else { return nil }
    let text = bytes.extracting(new.end + 1..<end)
    if text.count > 0 {
      guard let rule = ZoneRule(parsing: text) else { return nil }
      self.rule = rule
    }
  }

  private init?(_ block: Block, _ bytes: Span<UInt8>) {
    guard let offset = block.offset(ofType: 0, bytes) else { return nil }
    first = offset
    for index in 0..<block.timeCount {
      guard let time = block.time(index, bytes),
        let offset = block.offset(ofType: Int(bytes[block.typesAt + index]), bytes),
        transitions.last.map({ $0.time < time }) ?? true
      else { return nil }
      transitions.append((time, offset))
    }
  }

  /// One block of a TZif file: a header and what it counts.
  private struct Block {
    var version: UInt8
    var timeCount: Int
    var typeCount: Int
    var timesAt: Int
    var typesAt: Int { timesAt + timeCount * timeSize }
    var localsAt: Int { typesAt + timeCount }
    var end: Int
    var timeSize: Int

    init?(_ bytes: Span<UInt8>, at start: Int, timeSize: Int) {
      let magic: [UInt8] = [0x54, 0x5A, 0x69, 0x66]
      guard bytes.count >= start + 44, (0..<4).allSatisfy({ bytes[start + $0] == magic[$0] })
      else { return nil }
      func count(_ index: Int) -> Int {
        let value: UInt32 = bytes.bigEndian(at: start + 20 + 4 * index)
        return Int(value)
      }
      let (utc, standard, leaps) = (count(0), count(1), count(2))
      let (times, types, letters) = (count(3), count(4), count(5))
      self.timeSize = timeSize
      version = bytes[start + 4]
      timeCount = times
      typeCount = types
      timesAt = start + 44
      end = timesAt + times * (timeSize + 1) + types * 6 + letters
      end += leaps * (timeSize + 4) + standard + utc
      guard end <= bytes.count else { return nil }
    }

    func time(_ index: Int, _ bytes: Span<UInt8>) -> Int64? {
      let place = timesAt + index * timeSize
      if timeSize == 8 { return bytes.bigEndian(at: place) as Int64 }
      return Int64(bytes.bigEndian(at: place) as Int32)
    }

    /// `nil`: there is no such type.
    func offset(ofType type: Int, _ bytes: Span<UInt8>) -> Int64? {
      guard type < typeCount else { return nil }
      let offset: Int32 = bytes.bigEndian(at: localsAt + type * 6)
      // RFC 9636, section 3.2: within about a day of UTC.
      return (-93_599...93_599).contains(offset) ? Int64(offset) : nil
    }
  }

  // MARK: Offsets

  /// Seconds east of UTC at a time in seconds since 1970.
  func offset(at time: Int64) -> Int64 {
    guard let last = transitions.last else { return rule?.offset(at: time) ?? first }
    if time >= last.time, let rule { return rule.offset(at: time) }
    var (low, high) = (0, transitions.count)
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle].time <= time { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? first : transitions[low - 1].offset
  }

  /// The first time after another at which the offset may change.
  private func boundary(after time: Int64) -> Int64? {
    if let last = transitions.last, time < last.time {
      return transitions.first { $0.time > time }?.time
    }
    return rule?.boundary(after: time)
  }

  /// The offset of a local time, in seconds since 1970 as if it were UTC.
  ///
  /// A time that a change of clocks skips has the offset before it, one that comes twice the offset
  /// after it: PostgreSQL's DetermineTimeZoneOffset.
  func offset(ofLocal local: Int64) -> Int64 {
    let start = local - 86_400
    let before = offset(at: start)
    guard let boundary = boundary(after: start) else { return before }
    let after = offset(at: boundary)
    let (early, late) = (local - before, local - after)
    if early < boundary, late < boundary { return before }
    if early > boundary, late >= boundary { return after }
    return early > late ? before : after
  }

  // MARK: Microseconds

  /// The local time of an instant, both in microseconds since 1970.
  public func local(_ instant: Int64) throws(SQLError) -> Int64 {
    let second = (instant - Calendar.modulo(instant, Calendar.second)) / Calendar.second
    return try Calendar.checked(instant + offset(at: second) * Calendar.second)
  }

  /// The instant of a local time.
  public func instant(local: Int64) throws(SQLError) -> Int64 {
    let second = (local - Calendar.modulo(local, Calendar.second)) / Calendar.second
    return try Calendar.checked(local - offset(ofLocal: second) * Calendar.second)
  }
}

extension Calendar {
  /// The remainder, never negative, of a division by a positive number.
  static func modulo(_ value: Int64, _ divisor: Int64) -> Int64 {
    let rest = value % divisor
    return rest < 0 ? rest + divisor : rest
  }
}
