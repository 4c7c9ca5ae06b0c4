// SPDX-License-Identifier: Apache-2.0

/// Validation of UTF-8 (RFC 3629), fast on runs of ASCII.
public enum UTF8Validation {
  /// Whether the bytes are well-formed UTF-8: no overlong forms, no surrogates, nothing beyond
  /// U+10FFFF.
  public static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let raw = UnsafeRawBufferPointer(bytes)
    var index = 0
    let count = bytes.count
    while index < count {
      if index + 8 <= count,
        raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        index += 8
        continue
      }
      // Text is short and mostly ASCII: its last bytes are looked at once more, together.
      if index + 8 > count, count >= 8,
        raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        return true
      }
      let length = sequenceLength(raw, index)
      if length == 0 { return false }
      index += length
    }
    return true
  }

  /// The length of the well-formed sequence at `index`, 0 if there is none.
  @inline(__always)
  static func sequenceLength(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Int {
    let first = bytes[index]
    if first < 0x80 { return 1 }
    let left = bytes.count - index
    func continues(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xbf) -> Bool {
      range.contains(bytes[index + offset])
    }
    switch first {
    case 0xc2...0xdf: return left >= 2 && continues(1) ? 2 : 0
    case 0xe0: return left >= 3 && continues(1, 0xa0...0xbf) && continues(2) ? 3 : 0
    case 0xed: return left >= 3 && continues(1, 0x80...0x9f) && continues(2) ? 3 : 0
    case 0xe1...0xef: return left >= 3 && continues(1) && continues(2) ? 3 : 0
    case 0xf0:
      return left >= 4 && continues(1, 0x90...0xbf) && continues(2) && continues(3) ? 4 : 0
    case 0xf1...0xf3: return left >= 4 && continues(1) && continues(2) && continues(3) ? 4 : 0
    case 0xf4:
      return left >= 4 && continues(1, 0x80...0x8f) && continues(2) && continues(3) ? 4 : 0
    default: return 0
    }
  }
}
