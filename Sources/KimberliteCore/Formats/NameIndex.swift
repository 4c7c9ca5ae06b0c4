// SPDX-License-Identifier: Apache-2.0

/// Finds a column by the bytes of its name: open addressing over FNV-1a, no allocation a lookup.
struct NameIndex {
  /// All names, one after the other.
  private var bytes: [UInt8] = []
  /// Where each name lies in `bytes`.
  private var ranges: [Range<Int>] = []
  /// Positions of names plus one; 0 is free.
  ///
  /// A power of two, at most half full.
  private var slots: [Int32] = []

  init(_ names: [String]) {
    for name in names {
      let start = bytes.count
      bytes += name.utf8
      ranges.append(start..<bytes.count)
    }
    var size = 8
    while size < names.count * 2 { size *= 2 }
    slots = [Int32](repeating: 0, count: size)
    for position in ranges.indices {
      let hash = bytes.span.extracting(ranges[position]).nameHash
      var slot = Int(truncatingIfNeeded: hash) & (size - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = Int32(position + 1)
    }
  }

  /// Whether the name at `position` is these bytes.
  @inline(__always)
  func matches(_ position: Int, _ name: Span<UInt8>) -> Bool {
    let range = ranges[position]
    guard range.count == name.count else { return false }
    let start = range.lowerBound
    for index in 0..<name.count where bytes[start + index] != name[index] { return false }
    return true
  }

  /// The position of a name.
  func find(_ name: Span<UInt8>) -> Int? {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: name.nameHash) & mask
    while slots[slot] != 0 {
      let position = Int(slots[slot]) - 1
      if matches(position, name) { return position }
      slot = (slot + 1) & mask
    }
    return nil
  }
}

extension Span where Element == UInt8 {
  fileprivate var nameHash: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in 0..<count { hash = (hash ^ UInt64(self[index])) &* 0x100_0000_01b3 }
    return hash ^ hash >> 32
  }
}
